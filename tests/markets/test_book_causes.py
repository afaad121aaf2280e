"""Losses of a book led back to hits add up to the book's, on both sides and in every row that is told apart."""

from __future__ import annotations

import numpy as np
import pytest

import supplychain_risk as scr


@pytest.fixture(scope="module")
def risk(packaged):
    """A book with a short position and a fund, in a mixture with floored draws."""
    run = scr.simulate(scr.SupplyNetwork.from_dataset(packaged), "taiwan", n_draws=48, horizon_days=364, seed=7)
    book = scr.Portfolio.from_weights(
        {"tsmc": 0.4, "nvidia": 0.3, "micron": 0.2, "apple": -0.1, "IWM": 0.1, "pnc": 0.1}
    )
    return scr.portfolio_risk(scr.equity_returns(run), book, level=0.8)


@pytest.mark.parametrize("by", ["cause", "path"])
def test_parts_add_up_to_the_mean_and_the_shortfall_of_either_side(risk, by):
    table = risk.contributions(by=by)
    for name, side in (("network", risk.network), ("total", risk.total)):
        assert table[f"{name}_es"].sum() == pytest.approx(float(side.measures.expected_shortfall.value), abs=1e-12)
        assert table[f"{name}_mean"].sum() == pytest.approx(float(side.measures.expected_loss.value), abs=1e-12)
        assert (table[f"{name}_es_error"] >= 0).all()
    assert table.loc["market", ["network_mean", "network_es"]].tolist() == [0.0, 0.0]
    assert table.loc["market", "total_es"] > 0


def test_what_is_hit_in_taiwan_leads(risk):
    table = risk.contributions(by="cause").drop(["prices", "lost customers", "market"])
    taiwan = table["network_es"][table.index.str.contains("(TW)", regex=False)].sum()
    assert taiwan > 0.9 * table["network_es"].sum()


def test_lost_customers_are_the_channel_permanent(risk):
    causes, channels = risk.contributions(by="cause"), risk.contributions(by="channel")
    columns = ["network_es", "total_es"]
    assert causes.loc["lost customers", columns].tolist() == pytest.approx(channels.loc["permanent", columns].tolist())
    assert causes.loc["market", "total_es"] == pytest.approx(channels.loc["market", "total_es"])


def test_one_name_in_one_cause_is_all_of_its_loss(packaged):
    # nothing but the hit on HBM and DRAM can be behind a shortage of HBM, apart from what prices and customers do
    run = scr.simulate(scr.SupplyNetwork.from_dataset(packaged), "hbm-shortage", n_draws=16, horizon_days=364, seed=7)
    risk = scr.portfolio_risk(scr.equity_returns(run), scr.Portfolio.from_weights({"nvidia": 1.0}), level=0.5)
    table = risk.contributions(by="cause")["network_es"]
    memory = table[table.index.str.startswith(("hbm", "dram"))].sum()
    rest = table["prices"] + table["lost customers"]
    assert memory + rest == pytest.approx(float(risk.network.measures.expected_shortfall.value), rel=0.02)
    assert np.sign(memory) == 1
