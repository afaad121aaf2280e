"""What others say of shares, beside the model in the same part of the scenario."""

from __future__ import annotations

import numpy as np
import pytest

import supplychain_risk as scr
from supplychain_risk.markets.anchors import anchors


@pytest.fixture(scope="module")
def risk(taiwan):
    return scr.portfolio_risk(taiwan, scr.Portfolio.example())


def test_the_market_makers_and_the_index_makers_figures_stand_there(risk):
    table = anchors(risk).set_index("source")
    assert table.loc["gts-invasion-2024", ["part", "stated"]].tolist() == ["taiwan-invasion", -0.34]
    assert sorted(table.loc["msci-tech-correction-2025", "stated"]) == [-0.63, -0.18]


def test_numbers_beside_a_statement_are_means_over_the_draws_of_its_part(risk):
    run = risk.returns.run
    row = anchors(risk).set_index("source").loc["gts-invasion-2024"]
    chosen = run.totals.component == run.component_names.index("taiwan-invasion")
    assert row["market"] == pytest.approx(run.totals.market_factor[chosen].mean())
    assert row["book"] == pytest.approx(-risk.total.losses[chosen].mean())
    assert row["book_network"] == pytest.approx(-risk.network.losses[chosen].mean())
    assert row["sp500"] == pytest.approx(scr.index_returns(risk.returns, "sp500")[chosen].mean())
    assert 0 < row["book_error"] < 0.1


def test_a_scenario_of_which_nobody_said_a_return_has_no_row(world):
    returns = world.returns()
    held = scr.Portfolio("x", (scr.Portfolio.example().positions[0],))
    assert anchors(scr.portfolio_risk(returns, held)).empty


def test_a_part_without_draws_is_unknown_not_zero(taiwan):
    few = scr.simulate(taiwan.run.network, "taiwan", n_draws=1, horizon_days=91, seed=7)
    table = anchors(scr.portfolio_risk(scr.equity_returns(few), scr.Portfolio.example()))
    absent = table[table["part"] != few.component_names[few.totals.component[0]]]
    assert len(absent)
    assert np.isnan(absent[["market", "sp500", "book", "book_error"]].to_numpy()).all()
