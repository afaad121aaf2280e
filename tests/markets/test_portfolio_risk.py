"""Losses of books: sums on paper, sum rules of all splits, weights of draws, and what must be exactly zero."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import supplychain_risk as scr
from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.kernels import shortfall
from supplychain_risk.markets.portfolio import Portfolio
from supplychain_risk.markets.positions import Position
from supplychain_risk.scenarios.design import Sampling

SIDES = ("network", "total")


def book(**weights):
    lines = [Position(name, weight, "company", {name: 1.0}, 1.0) for name, weight in weights.items()]
    return Portfolio("made up", tuple(lines))


def test_two_holdings_by_hand(drawn):
    """Losses of the whole 7, 5, 3, 1 %; a = .5: the two worst count half each."""
    cash_flow = -np.array([[0.12, 0, 0.02, 0], [0.02, 0, 0.08, 0], [0.06, 0, 0.0, 0], [-0.02, 0, 0.04, 0]])
    returns = drawn(cash_flow=cash_flow, market=np.zeros((4, 4)))
    risk = scr.portfolio_risk(returns, book(maker=0.5, elsewhere=0.5), level=0.5)
    table = risk.table()
    assert table["total"].tolist()[:3] == pytest.approx([0.04, 0.03, 0.06])
    assert table.loc["expected_loss", "total_error"] == pytest.approx(np.std([7, 5, 3, 1], ddof=1) / 100 / 2)
    parts = risk.contributions(by="holding")
    assert parts["total_es"].tolist() == pytest.approx([0.035, 0.025])
    assert parts["total_mean"].tolist() == pytest.approx([0.0225, 0.0175])
    # without elsewhere: losses 6, 1, 3, -1, whose worst two average 4.5
    assert risk.incremental().loc["elsewhere", "total"] == pytest.approx(0.06 - 0.045)
    assert risk.marginal().loc["maker", "total"] == pytest.approx(0.07)


def test_a_book_of_one_company_is_that_company(taiwan):
    risk = scr.portfolio_risk(taiwan, scr.Portfolio.from_weights({"TSM": 1.0}))
    column = taiwan.companies.index("tsmc")
    assert risk.network.losses == pytest.approx(-taiwan.total(with_market=False)[:, column], abs=1e-15)
    assert risk.total.losses == pytest.approx(-taiwan.total()[:, column], abs=1e-15)
    plain = -taiwan.total(with_market=False, with_repricing=False)[:, column]
    assert risk.plain.losses == pytest.approx(plain, abs=1e-15)
    assert risk.table().loc["expected_loss", "plain"] == pytest.approx(plain.mean())
    row = taiwan.table().loc["tsmc"]
    assert float(risk.expected_loss.value) == pytest.approx(-row["total_return"])
    assert float(risk.expected_loss.standard_error) == pytest.approx(row["total_error"])


def test_a_regional_bank_has_exactly_nothing_from_the_network(taiwan):
    risk = scr.portfolio_risk(taiwan, scr.Portfolio.example())
    row = risk.contributions(by="holding").loc["pnc"]
    assert row[[name for name in row.index if name.startswith("network")]].tolist() == [0.0] * 4
    assert row["total_es"] > 0
    assert risk.marginal().loc["pnc", "network"] == risk.incremental().loc["pnc", "network"] == 0.0
    alone = scr.portfolio_risk(taiwan, scr.Portfolio.from_weights({"pnc": 1.0})).contributions(by="channel")
    assert (alone["network_mean"] == 0.0).all()
    assert (alone["total_es"].drop("market") == 0.0).all()


@pytest.mark.parametrize("by", ["holding", "channel"])
def test_parts_of_the_packaged_scenario_add_up(taiwan, by):
    weights = {"nvidia": 0.6, "tsmc": 0.4, "micron": -0.3, "QQQ": 0.2, "stranger": 0.1, "huawei": 0.1, "pnc": -0.05}
    risk = scr.portfolio_risk(taiwan, scr.Portfolio.from_weights(weights), level=0.9)
    parts, table = risk.contributions(by=by), risk.table()
    for side in SIDES:
        assert parts[f"{side}_mean"].sum() == pytest.approx(table.loc["expected_loss", side], abs=1e-9)
        assert parts[f"{side}_es"].sum() == pytest.approx(table.loc["expected_shortfall", side], abs=1e-9)


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.floats(0.05, 0.98))
def test_parts_add_up_for_any_channels_weights_and_level(drawn, seed, level):
    rng = np.random.default_rng(seed)
    names = ("cash_flow", "permanent", "repricing", "market")
    returns = drawn(**{name: rng.normal(-0.3, 0.5, size=(30, 4)).round(1) for name in names})
    weights = dict(zip(("maker", "elsewhere", "bank", "private"), rng.normal(size=4), strict=True))
    risk = scr.portfolio_risk(returns, book(**weights), level=level)
    for by in ("holding", "channel"):
        parts = risk.contributions(by=by)
        for side in SIDES:
            assert parts[f"{side}_mean"].sum() == pytest.approx(risk.table().loc["expected_loss", side], abs=1e-9)
            assert parts[f"{side}_es"].sum() == pytest.approx(risk.table().loc["expected_shortfall", side], abs=1e-9)
    marginal, parts = risk.marginal(), risk.contributions(by="holding")
    assert (marginal["total"] * marginal["weight"]).tolist() == pytest.approx(parts["total_es"].tolist(), abs=1e-9)


def test_what_nobody_knows_moves_with_the_market_alone(drawn):
    returns = drawn(cash_flow=np.zeros((4, 4)), market=np.zeros((4, 4)))  # the scenario's market falls by 10 %
    stranger = Portfolio("x", (Position("XYZ", 0.5, "unknown", {}, 1.2),))
    risk = scr.portfolio_risk(returns, stranger)
    assert risk.table().loc["expected_loss", ["network", "total"]].tolist() == pytest.approx([0.0, 0.06])
    without_value = scr.portfolio_risk(returns, book(private=0.5))
    assert without_value.table().loc["expected_loss", ["network", "total"]].tolist() == pytest.approx([0.0, 0.05])
    assert without_value.contributions(by="holding").loc["private", "covered"] == 0.0


def test_a_short_position_gains_what_the_company_loses(taiwan):
    long, short = (
        scr.portfolio_risk(taiwan, scr.Portfolio.from_weights({"nvidia": weight})).total.losses for weight in (1, -1)
    )
    assert long.tolist() == (-short).tolist()


def test_a_hedge_takes_away_shortfall(taiwan):
    risk = scr.portfolio_risk(taiwan, scr.Portfolio.from_weights({"nvidia": 1.0, "SPY": -0.5}))
    assert risk.incremental().loc["SPY", "total"] < 0
    assert risk.marginal().loc["SPY", "total"] > 0


def test_draws_that_are_weighted_give_the_same_numbers(taiwan):
    """Half of the draws from the rarest part: other draws, weights that make up for it, the same risk."""
    shares = Sampling(shares={"taiwan-invasion": 0.5})
    run = taiwan.run
    again = scr.simulate(run.network, "taiwan", n_draws=256, horizon_days=364, seed=8, sampling=shares)
    held = scr.Portfolio.example()
    plain, weighted = (scr.portfolio_risk(each, held, level=0.8) for each in (taiwan, scr.equity_returns(again)))
    for name in ("expected_loss", "value_at_risk", "expected_shortfall", "spectral"):
        (one, one_error), (other, other_error) = getattr(plain, name), getattr(weighted, name)
        assert abs(one - other) < 4 * np.hypot(one_error, other_error)
    assert weighted.contributions(by="holding")["total_es"].sum() == pytest.approx(weighted.expected_shortfall.value)
    assert weighted.expected_shortfall.standard_error < plain.expected_shortfall.standard_error


def test_a_spectrum_of_one_step_is_expected_shortfall(taiwan):
    step = shortfall.step_spectrum([0.9], [1.0])
    risk = scr.portfolio_risk(taiwan, scr.Portfolio.example(), level=0.9, spectrum=step)
    assert risk.spectral.value == pytest.approx(risk.expected_shortfall.value, abs=1e-12)
    assert risk.spectral.standard_error == pytest.approx(risk.expected_shortfall.standard_error)


def test_few_draws_in_the_tail_are_told_with_their_number_and_a_remedy(taiwan):
    risk = scr.portfolio_risk(taiwan, scr.Portfolio.example())
    (warning,) = risk.warnings
    # 12.8 draws: twelve whole and one by .8, worth (12.8)^2 / (12 + .64) = 12.96 of equal weight; 30 / .05 are wanted
    assert "only 13.0 draws lie in the tail beyond 0.95, fewer than 30" in warning
    assert "600 draws would do" in warning
    assert scr.portfolio_risk(taiwan, scr.Portfolio.example(), level=0.5).warnings == ()


@pytest.mark.parametrize("level", [0.0, 1.0, -0.1, 95.0, float("nan")])
def test_a_level_outside_0_and_1_is_refused(taiwan, level):
    with pytest.raises(InputError, match="expected a number between 0 and 1"):
        scr.portfolio_risk(taiwan, scr.Portfolio.example(), level=level)


def test_what_is_no_book_is_refused(taiwan):
    with pytest.raises(InputError, match=r"book: found a dict, expected a Portfolio: Portfolio\.from_csv"):
        scr.portfolio_risk(taiwan, {"NVDA": 1.0})


def test_an_empty_book_is_refused(taiwan):
    with pytest.raises(InputError, match="a book without positions"):
        scr.portfolio_risk(taiwan, Portfolio("nothing", ()))


def test_an_unknown_split_offers_the_nearest(taiwan):
    with pytest.raises(UnknownNameError, match="no split is called 'holdings'; nearest: holding"):
        scr.portfolio_risk(taiwan, scr.Portfolio.example()).contributions(by="holdings")


def test_errors_of_parts_shrink_with_the_root_of_the_draws(drawn):
    rng = np.random.default_rng(3)
    errors = []
    for n_draws in (400, 1600):
        returns = drawn(cash_flow=rng.normal(size=(n_draws, 4)) / 10, market=np.zeros((n_draws, 4)))
        parts = scr.portfolio_risk(returns, book(maker=0.5, bank=0.5), level=0.8).contributions(by="holding")
        errors.append(parts["network_es_error"].mean())
    assert errors[0] / errors[1] == pytest.approx(2.0, rel=0.25)


def test_equal_weights_are_spread_and_their_risk_is_less_so(taiwan):
    equal = scr.portfolio_risk(taiwan, scr.Portfolio.example()).effective_holdings()
    assert equal["weight"] == pytest.approx(10.0)
    assert 1.0 < equal["network"] < equal["total"] < 10.0
    bank = scr.portfolio_risk(taiwan, scr.Portfolio.from_weights({"pnc": 1.0})).effective_holdings()
    assert np.isnan(bank["network"])


def test_losses_cannot_be_written(taiwan):
    risk = scr.portfolio_risk(taiwan, scr.Portfolio.example())
    with pytest.raises(ValueError, match="read-only"):
        risk.total.losses[0] = 0.0
    with pytest.raises(AttributeError):
        risk.level = 0.5
    assert replace(risk, level=0.9).level == 0.9


def test_a_single_draw_is_no_tail_of_one(world):
    risk = scr.portfolio_risk(world.returns(n_draws=1), scr.Portfolio.from_weights({"tsmc": 1.0}))
    assert "600 draws would do" in risk.warnings[0]
