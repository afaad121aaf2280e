"""The report of a book: what stands in it, that it fits, and that its files start no formula."""

from __future__ import annotations

import pytest

import supplychain_risk as scr
from supplychain_risk.report.export import tidy, to_csv
from supplychain_risk.report.portfolio_report import index_section, portfolio_document, portfolio_report
from supplychain_risk.report.tables import render


@pytest.fixture(scope="module")
def returns():
    network = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    return scr.equity_returns(scr.simulate(network, "taiwan", n_draws=64, horizon_days=182, seed=7))


@pytest.fixture(scope="module")
def risk(returns):
    weights = {"nvidia": 0.4, "huawei": 0.1, "IWM": 0.2, "XYZ": 0.1, "=cmd": 0.1, "micron": -0.1}
    return scr.portfolio_risk(returns, scr.Portfolio.from_weights(weights))


@pytest.mark.parametrize("width", [80, 120])
def test_it_fits_and_tells_everything_that_was_assumed(risk, width):
    text = render(portfolio_report(risk), width=width)
    assert max(map(len, text.splitlines())) <= width
    flat = " ".join(text.split())
    for said in (
        "All numbers hold given that the event happens",
        "3 companies, 1 fund looked through, 2 holdings not in the data; 20.0% cash, 10.0% sold short",
        "Warning: only 3.4 draws lie in the tail",
        "Losses are positive. Value at risk: the smallest loss",
        "IWM is looked through as Russell 2000",
        "huawei has no market value in the data, so it moves with 1 x the market",
        "has no network part: XYZ (10.0%), =cmd (10.0%)",
        "the Russell 2000 returns",
        "taiwan-invasion: fall of US",
        "assumption gts-invasion-2024",
        "Cash does not move",
    ):
        assert said in flat


def test_numbers_of_the_text_are_those_of_the_result_in_per_cent(risk):
    measures = portfolio_report(risk)[1]
    assert measures.table["with market"].tolist() == (100 * risk.table()["total"]).tolist()
    assert measures.rows["total"].tolist() == risk.table()["total"].tolist()


def test_by_channel_the_holdings_are_left_out(risk):
    titles = [section.title for section in portfolio_report(risk, by="channel")]
    assert not any("By holding" in title for title in titles)
    assert any("By channel" in title for title in titles)


def test_rows_for_programs_hold_every_measure_and_start_no_formula(risk):
    rows = tidy(portfolio_report(risk))
    assert set(rows["table"]) == {"measure", "holding", "channel", "index"}
    es = rows[(rows["table"] == "holding") & (rows["measure"] == "total_es")]["value"].sum()
    assert es == pytest.approx(float(risk.expected_shortfall.value), abs=1e-9)
    cells = [cell for line in to_csv(rows).splitlines() for cell in line.split(",")[:3]]
    assert "'=cmd" in cells
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


def test_a_document_says_version_book_level_and_where_it_is_from(risk):
    document = portfolio_document(risk, portfolio_report(risk))
    assert (document["schema_version"], document["kind"], document["name"]) == (1, "portfolio_risk", "taiwan")
    assert document["provenance"]["level"] == 0.95
    assert document["provenance"]["data_digest"] == risk.returns.run.network.digest


def test_named_indices_are_shown_with_their_cover(returns):
    section = index_section(returns, ["sox", "IWM"])
    assert section.table["index"].tolist() == ["soxx_etf", "russell2000"]
    assert section.table["covered"].tolist() == pytest.approx([0.6, 0.089], abs=0.01)


def test_a_scenario_without_statements_says_whose_the_fall_of_the_market_is(risk):
    run = scr.simulate(risk.returns.run.network, "taiwan-quake", n_draws=16, horizon_days=91, seed=7)
    text = render(portfolio_report(scr.portfolio_risk(scr.equity_returns(run), risk.book)))
    assert "Nobody's figure for shares is on record for this scenario" in " ".join(text.split())


def test_a_scenario_without_a_fall_of_all_shares_says_so(returns, tmp_path):
    (tmp_path / "calm.yaml").write_text("extends: cowos-fire\nmarket:\n")
    calm = scr.load_scenario(tmp_path / "calm.yaml")
    run = scr.simulate(returns.run.network, calm, n_draws=8, horizon_days=91, seed=7)
    text = render(portfolio_report(scr.portfolio_risk(scr.equity_returns(run), scr.Portfolio.example())), width=80)
    assert "The scenario states no fall of all shares" in " ".join(text.split())
