"""Losses as Open Results Data: events."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import supplychain_risk as scr
from supplychain_risk.errors import InputError, OutputError, UnknownNameError
from supplychain_risk.markets.open_results import open_results
from supplychain_risk.scenarios.spec import Scenario

# OasisLMF/ODS_OpenResultsData, Schema/ORD_Data_Types.csv, and oasislmf 2.5.8, pytools/elt/data.py
SELT = ["EventId", "SummaryId", "SampleId", "Loss", "ImpactedExposure"]
MELT = ["EventId", "SummaryId", "SampleType", "EventRate", "ChanceOfLoss", "MeanLoss", "SDLoss", "MaxLoss"]
MELT += ["FootprintExposure", "MeanImpactedExposure", "MaxImpactedExposure"]
WHOLE = {"EventId", "SummaryId", "SampleId", "SampleType"}
BOOK = {"MAKER": 2.0, "bank": 1.0}


@pytest.fixture(scope="module")
def returns(world):
    return world.returns(severity="pert(0, 0.3, 1)", n_draws=40)


@pytest.fixture(scope="module")
def weighted(world):
    run = world.run(severity="pert(0, 0.3, 1)", n_draws=2)
    sampling = scr.Sampling(tilts={"severity": 3.0})
    return scr.equity_returns(
        scr.simulate(run.network, run.scenario, n_draws=64, horizon_days=364, seed=3, sampling=sampling)
    )


def test_tables_have_the_columns_and_types_of_the_standard(returns):
    tables = open_results([returns]).tables
    assert tables["selt"].columns.tolist() == SELT
    assert tables["melt"].columns.tolist() == MELT
    for table in tables.values():
        for name, kind in table.dtypes.items():
            assert kind == (np.int32 if name in WHOLE else np.float64), name


def test_the_loss_of_a_sample_is_what_the_book_loses_in_the_draw(returns):
    table = open_results([returns], holdings=BOOK).tables["selt"]
    frame = returns.to_frame()
    expected = -1e9 * (2.0 * frame["MAKER"] + 1.0 * frame["BANK"])
    assert table["SampleId"].tolist() == list(range(1, 41))
    np.testing.assert_allclose(table["Loss"], expected, rtol=1e-12)
    assert (table["ImpactedExposure"] == 3e9).all()
    assert table[["EventId", "SummaryId"]].drop_duplicates().values.tolist() == [[1, 1]]


def test_moments_are_those_of_the_samples(returns):
    result = open_results([returns], holdings=BOOK, with_market=False)
    row, loss = result.tables["melt"].iloc[0], result.tables["selt"]["Loss"]
    assert row["MeanLoss"] == pytest.approx(loss.mean(), rel=1e-12)
    assert row["SDLoss"] == pytest.approx(loss.std(), rel=1e-12)
    assert row["MaxLoss"] == loss.max()
    assert (row["EventRate"], row["ChanceOfLoss"], row["SampleType"]) == (0.1, 1.0, 2)
    # the bank is not reached by the network
    assert row[["FootprintExposure", "MeanImpactedExposure", "MaxImpactedExposure"]].tolist() == [2e9] * 3


def test_without_holdings_all_market_value_is_held(returns):
    result = open_results([returns])
    assert result.exposure_usd == (100 + 50 + 90) * 1e9
    assert result.left_out == ("private",)


def test_a_holding_without_a_return_is_listed(returns):
    result = open_results([returns], holdings={**BOOK, "private": 5.0})
    assert (result.left_out, result.exposure_usd) == (("private",), 3e9)


def test_samples_without_a_loss_have_no_row(returns):
    assert open_results([returns], holdings={"BANK": 1.0}, with_market=False).tables["selt"].empty


def test_a_book_that_gains_keeps_every_sample(returns):
    table = open_results([returns], holdings={"MAKER": -1.0, "BANK": 1.0}, with_market=False).tables["selt"]
    assert len(table) == 40
    assert (table["Loss"] <= 0.0).all()
    np.testing.assert_allclose(table["Loss"], 1e9 * returns.to_frame(with_market=False)["MAKER"], rtol=1e-12)


def test_weighted_draws_become_samples_of_equal_weight(weighted):
    tables = open_results([weighted], holdings=BOOK).tables
    exact = -1e9 * (weighted.to_frame()[["MAKER", "BANK"]] @ [2.0, 1.0]) @ weighted.probabilities()
    assert tables["melt"]["MeanLoss"].iloc[0] == pytest.approx(exact, rel=1e-12)
    samples = weighted.to_riskfolio(64).returns[["MAKER", "BANK"]].to_numpy() @ [2.0, 1.0]
    np.testing.assert_allclose(tables["selt"]["Loss"], -1e9 * samples, rtol=1e-12)
    assert tables["selt"]["SampleId"].tolist() == list(range(1, 65))


def with_scenario(returns, scenario: Scenario):
    """The same returns under another scenario."""
    return replace(returns, run=replace(returns.run, scenario=scenario))


def test_a_mixture_happens_as_often_as_its_parts_together(returns):
    taiwan = with_scenario(returns, scr.load_scenario("taiwan"))
    assert open_results([taiwan]).tables["melt"]["EventRate"].tolist() == pytest.approx([0.05 + 0.03 + 0.015])


def test_a_scenario_without_a_rate_needs_one(returns):
    shortage = with_scenario(returns, scr.load_scenario("hbm-shortage"))
    with pytest.raises(InputError, match=r"hbm-shortage: found no frequency \(in force: .* rates=\{'hbm-shortage'"):
        open_results([shortage])
    table = open_results([shortage], rates={"hbm-shortage": 0.25}).tables["melt"]
    assert table["EventRate"].tolist() == [0.25]


def test_each_scenario_is_an_event(returns):
    result = open_results([returns, with_scenario(returns, scr.load_scenario("taiwan"))])
    assert result.tables["melt"]["EventId"].tolist() == [1, 2]
    assert result.events[["EventId", "EventDescription"]].values.tolist() == [[1, "stop"], [2, "taiwan"]]
    assert result.events["EventMetaData"].iloc[0] == returns.run.scenario.digest


@pytest.mark.parametrize("rate", [-1.0, float("nan")])
def test_a_rate_is_a_number_from_zero(returns, rate):
    with pytest.raises(InputError, match="rates, stop: found"):
        open_results([returns], rates={"stop": rate})


def test_unknown_names_are_told_with_the_nearest(returns):
    with pytest.raises(UnknownNameError, match=r"holdings: no company or ticker is called 'MAKR'; nearest: MAKER"):
        open_results([returns], holdings={"MAKR": 1.0})
    with pytest.raises(UnknownNameError, match=r"rates: no scenario is called 'stpo'; nearest: stop"):
        open_results([returns], rates={"stpo": 1.0})


def test_books_and_results_that_make_no_table_are_refused(returns, world):
    with pytest.raises(InputError, match="found none with a return"):
        open_results([returns], holdings={"private": 1.0})
    with pytest.raises(InputError, match="holdings, MAKER: found nan"):
        open_results([returns], holdings={"MAKER": float("nan")})
    with pytest.raises(InputError, match="found the scenario stop twice"):
        open_results([returns, returns])
    with pytest.raises(InputError, match="n_draws: found 1"):
        open_results([world.returns()])
    with pytest.raises(InputError, match="expected 4 and 40 as in the first"):
        open_results([returns, with_scenario(world.returns(n_draws=2), scr.load_scenario("taiwan"))])
    with pytest.raises(InputError, match="results: found none"):
        open_results([])


def test_files_hold_the_tables_and_say_what_is_left_out(returns, tmp_path):
    years = pd.DataFrame({"year": [2, 2], "scenario": "stop", "draw": [0, 39], "loss": [0.5, -0.25]})
    written = returns.to_ord(tmp_path / "output", holdings={**BOOK, "private": 1.0}, years=years, n_years=4)
    names = {path.name for path in (tmp_path / "output").iterdir()}
    tables = {f"gul_S1_{name}.csv" for name in ("selt", "melt", "splt", "palt", "ept", "summary-info")}
    assert names == tables | {"events.csv", "analysis_settings.json", "manifest.json"}
    for name, table in written.tables.items():
        read = pd.read_csv(tmp_path / "output" / f"gul_S1_{name}.csv")
        pd.testing.assert_frame_equal(read, table, check_dtype=False, atol=0.005)
    manifest = json.loads((tmp_path / "output" / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["left_out"], manifest["currency"]) == (["private"], "USD")
    assert manifest["provenance"][0]["scenario_digest"] == returns.run.scenario.digest
    settings = json.loads((tmp_path / "output" / "analysis_settings.json").read_text(encoding="utf-8"))
    assert settings["number_of_samples"] == 40


def test_a_folder_that_cannot_be_written_is_told_and_nothing_is_left(returns, tmp_path):
    (tmp_path / "events.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match=r"events\.csv there was not written by an earlier run"):
        returns.to_ord(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["events.csv"]
