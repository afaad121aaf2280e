"""Channels and earnings at risk as a report shows them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import supplychain_risk as scr
from supplychain_risk.report.channel_tables import channel_section, risk_section
from supplychain_risk.report.company_tables import earnings_section
from supplychain_risk.report.tables import render


@pytest.fixture(scope="module")
def returns():
    network = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    return scr.equity_returns(scr.simulate(network, "taiwan-blockade", n_draws=48, horizon_days=364, seed=7))


def test_columns_of_channels_add_up_and_programs_get_every_company(returns):
    section = channel_section(returns)
    table = section.table.set_index("company")
    parts = table.drop(columns=["total", "+/-"])
    assert parts.sum(axis=1).to_numpy() == pytest.approx(table["total"].to_numpy(), abs=1e-9)
    assert (table.loc["tsmc", ["permanent", "repricing"]] < 0.0).all()
    assert len(section.rows) == len(returns.companies)
    assert {"plain", "network", "repricing_error"} <= set(section.rows.columns)


def test_names_that_are_asked_for_are_shown_and_a_bank_has_nothing_by_the_network(returns):
    table = channel_section(returns, ("pnc", "openai")).table.set_index("company")
    assert (table.loc["pnc", ["cash flow", "permanent", "repricing", "floor"]] == 0.0).all()
    assert table.loc["openai"].isna().all()  # no market value


def test_a_residual_has_a_column(returns):
    covariance = pd.DataFrame([[0.04]], index=["tsmc"], columns=["tsmc"])
    with_residual = scr.equity_returns(returns.run, residual=covariance)
    assert "residual" in channel_section(with_residual).table
    assert "residual" not in channel_section(returns).table


def test_earnings_at_risk_are_those_of_the_function(returns):
    section = risk_section(returns, ("tsmc", "ciena"))
    expected = scr.earnings_at_risk(returns).loc["tsmc"]
    (row,) = section.table.to_dict("records")  # nobody knows the revenue of the other
    assert (row["inc"], row["5 % "]) == (expected["income_change"], expected["income_q05"])
    assert expected["quarter_end"] in section.title
    assert risk_section(returns, ("ciena",)).rows.empty
    shown = risk_section(returns).table["inc"].to_numpy()
    assert (np.diff(shown) >= 0.0).all()


def test_a_bank_has_no_quarters_and_that_is_said_instead_of_an_empty_table(returns):
    for section in (risk_section(returns, ["pnc"]), earnings_section(returns, ["pnc"])):
        assert section.table is None
        assert section.lines == ("No quarterly revenue is known of the companies that were asked for.",)


def test_both_fit_80_columns(returns):
    text = render([channel_section(returns), risk_section(returns)], width=80)
    assert max(map(len, text.splitlines())) <= 80
    assert "do not identify" in " ".join(text.split())
