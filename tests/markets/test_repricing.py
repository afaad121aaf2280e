"""The year that is coming, on paper: share of a year's contribution, kappa by class of scenario."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import supplychain_risk as scr
from supplychain_risk.markets.repricing import contribution_lost, kappa_of_draws, normal_contribution

WAR = {"class": "war"}
LEFT = 0.5 * (1.09 ** (-1 / 52) + 1.09 ** (-2 / 52))
"""Half of a week's sales lost in each of the first two weeks, present value in weeks."""


def test_all_channels_of_a_chain_of_one_on_paper(world) -> None:
    """52 USD bn a year, cm .8, tax .2, market value 100, beta 2: half of two weeks lost, in a war (kappa .6).

    cash flow -.64 x PV weeks / 100; nobody else makes the part, so no customer leaves; the year lacks one week in 52;
    market 2 x -10 %.
    """
    returns = world.returns(**WAR)
    found = {name: array[0, returns.companies.index("maker")] for name, array in returns.channels.items()}
    expected = {"cash_flow": -0.64 * LEFT / 100, "permanent": 0.0, "repricing": -0.6 / 52, "market": -0.2}
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-15)
    row = returns.table().loc["maker"]
    assert row["plain_return"] == pytest.approx(expected["cash_flow"], rel=1e-6)
    assert row["network_return"] == pytest.approx(expected["cash_flow"] + expected["repricing"], rel=1e-6)
    assert row["total_return"] == pytest.approx(sum(expected.values()), rel=1e-6)


def test_revenue_outside_the_model_counts_in_the_year(world) -> None:
    """A quarter of revenue is the part; the rest, with the company's margin and the default share of cost, stays."""
    part = world.company("maker", makes={"part": 0.25}, market_cap_usd_bn=100.0, beta=2.0, **world.whole)
    run = world.run({"maker": part}, **WAR)
    returns = scr.equity_returns(run)
    contribution = normal_contribution(run.network.dataset, returns.accounts)
    assert contribution.tolist() == pytest.approx([52 * 0.8])
    assert returns.channels["repricing"][0, 0] == pytest.approx(-0.6 * 0.25 / 52, rel=1e-6)


def test_an_accident_is_not_repriced(world) -> None:
    returns = world.returns()
    assert np.nan_to_num(returns.channels["repricing"]).any() == False  # noqa: E712
    assert not np.signbit(returns.channels["repricing"]).any()


def test_a_year_cannot_lose_more_than_a_year(world) -> None:
    # cm .8 of one USD bn a week lost for ever, and scrap on top: cut at one year
    run = world.run(severity="1", weeks="400", **WAR)
    accounts = scr.equity_returns(run).accounts
    scrapped = np.full((1, len(run.network.activities)), 90.0, dtype=np.float32)
    run = replace(run, totals=replace(run.totals, blocks=[replace(run.totals.blocks[0], scrapped_days=scrapped)]))
    lost = contribution_lost(run, accounts, normal_contribution(run.network.dataset, accounts))
    assert lost[0, list(accounts.table.index).index("maker")] == -1.0
    assert lost[0, list(accounts.table.index).index("bank")] == 0.0


def test_kappa_is_that_of_the_part_that_happens() -> None:
    network = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    run = scr.simulate(network, "taiwan-quake", n_draws=4, horizon_days=91, seed=1)
    kappa = {"accident": 0.1, "demand": 0.2, "regulatory": 0.3, "war": 0.4}
    assert kappa_of_draws(run, kappa).tolist() == [0.1] * 4
    war, accident = (scr.load_scenario(name) for name in ("taiwan-blockade", "taiwan-quake-severe"))
    both = scr.load_scenario("taiwan-quake")
    mixture = both.mixture.model_copy(update={"parts": (war, accident), "weights": "rates", "alternatives": {}})
    run = scr.simulate(network, both.model_copy(update={"mixture": mixture}), n_draws=12, horizon_days=91, seed=1)
    assert set(run.totals.component) == {0, 1}
    assert kappa_of_draws(run, kappa).tolist() == [(0.4, 0.1)[part] for part in run.totals.component]
