"""What positions return: companies, looked-through indices, and what nobody knows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain_risk.markets.positions import Position, channel_returns, expose, position_returns

MAKER, PRIVATE, ELSEWHERE, BANK = range(4)
"""Columns of the made-up companies; `silent` has no revenue, so no row. The market falls by 10 %."""


def position(**changes):
    return Position(**({"name": "x", "weight": 1.0, "kind": "index", "companies": {}, "rest_beta": 0.5} | changes))


def test_an_index_is_its_companies_and_a_rest_that_moves_with_the_market(drawn):
    returns = drawn(cash_flow=np.array([[-0.2, 0.0, 0.1, 0.0]]), market=np.array([[-0.2, 0.0, -0.1, -0.05]]))
    held = position(companies={"maker": 0.3, "elsewhere": 0.2, "private": 0.4, "nobody": 0.05})
    exposures = expose(returns, [held])
    assert exposures.covered == pytest.approx([0.5])  # private has no market value, nobody no accounts
    network, total = (position_returns(returns, exposures, with_market=each)[0, 0] for each in (False, True))
    assert network == pytest.approx(0.3 * -0.2 + 0.2 * 0.1)
    assert total == pytest.approx(0.3 * -0.4 + 0.2 * 0.0 + 0.5 * 0.5 * -0.1)


def test_the_rest_cannot_lose_more_than_all(drawn):
    returns = drawn(cash_flow=np.zeros((1, 4)), market=np.zeros((1, 4)))
    exposures = expose(returns, [position(rest_beta=20.0)])
    assert position_returns(returns, exposures, with_market=True)[0, 0] == -1.0


def test_a_floored_company_has_its_channels_scaled(drawn):
    returns = drawn(cash_flow=np.full((1, 4), -1.5), market=np.full((1, 4), -0.5))
    held = [position(kind="company", companies={"maker": 1.0})]
    found = channel_returns(returns, expose(returns, held), np.ones(1), with_market=True)
    assert {name: float(array[0]) for name, array in found.items()} == {"cash_flow": -0.75, "market": -0.25}


@given(st.integers(0, 2**32 - 1))
def test_channels_add_up_to_positions_in_every_draw(drawn, seed):
    rng = np.random.default_rng(seed)
    returns = drawn(**{name: rng.normal(-0.5, 0.6, size=(12, 4)) for name in ("cash_flow", "permanent", "market")})
    held = [position(companies={"maker": 0.4, "bank": 0.3}), position(companies={"elsewhere": 1.0}), position()]
    weights, exposures = rng.normal(size=3), expose(returns, held)
    for with_market in (False, True):
        whole = position_returns(returns, exposures, with_market=with_market) @ weights
        parts = channel_returns(returns, exposures, weights, with_market=with_market)
        assert np.sum(list(parts.values()), axis=0) == pytest.approx(whole, abs=1e-12)
        assert ("market" in parts) is with_market


def test_blocks_of_draws_change_nothing(drawn, monkeypatch):
    returns = drawn(cash_flow=np.random.default_rng(0).normal(size=(12, 4)), market=np.zeros((12, 4)))
    exposures = expose(returns, [position(companies={"maker": 0.4, "bank": 0.3})])
    whole = position_returns(returns, exposures, with_market=True)
    monkeypatch.setattr("supplychain_risk.markets.positions.ROWS", 5)
    assert position_returns(returns, exposures, with_market=True) == pytest.approx(whole, abs=1e-15)
