"""Losses as Open Results Data: simulated years."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.markets.open_years import EventExposure, exceedance, year_tables

# OasisLMF/ODS_OpenResultsData, Schema/ORD_Data_Types.csv, and oasislmf 2.5.8, pytools/{plt,lec,aal}/data.py
SPLT = ["Period", "PeriodWeight", "EventId", "Year", "Month", "Day", "Hour", "Minute", "SummaryId", "SampleId"]
SPLT += ["Loss", "ImpactedExposure"]
EPT = ["SummaryId", "EPCalc", "EPType", "ReturnPeriod", "Loss"]
PALT = ["SummaryId", "SampleType", "MeanLoss", "SDLoss"]
FLOATS = {"PeriodWeight", "Loss", "ImpactedExposure", "ReturnPeriod", "MeanLoss", "SDLoss"}

EVENTS = {name: EventExposure(number, np.array([1.0, 2.0])) for number, name in enumerate("abcd", 1)}
LOSS = {"a": 85.0, "b": 370.0, "c": 50.0, "d": 10.0}
TEN_YEARS = pd.DataFrame(
    [(year, name, 1, LOSS[name] / 1e9) for name, year in ("a1", "b2", "c3", "c7", "d7", "d9") for year in [int(year)]],
    columns=["year", "scenario", "draw", "loss"],
)


def curve(table: pd.DataFrame, kind: int) -> dict[float, float]:
    rows = table[table["EPType"] == kind]
    return dict(zip(rows["ReturnPeriod"].round(6), rows["Loss"].round(6), strict=True))


def test_curves_of_ten_years_are_those_of_oasis():
    """oasislmf 2.5.8, lecpy -F -f, on the same years."""
    table = year_tables(EVENTS, TEN_YEARS, 10)["ept"]
    assert curve(table, 1) == {10.0: 370, 5.0: 85, 3.333333: 50, 2.5: 50, 2.0: 10}
    assert curve(table, 3) == {10.0: 370, 5.0: 85, 3.333333: 60, 2.5: 50, 2.0: 10}
    assert curve(table, 2) == pytest.approx({10.0: 370, 5.0: 227.5, 3.333333: 168.333328, 2.5: 138.75, 2.0: 113})
    assert curve(table, 4) == pytest.approx({10.0: 370, 5.0: 227.5, 3.333333: 171.666672, 2.5: 141.25, 2.0: 115})


def test_tables_have_the_columns_and_types_of_the_standard():
    tables = year_tables(EVENTS, TEN_YEARS, 10)
    assert [tables[name].columns.tolist() for name in ("splt", "ept", "palt")] == [SPLT, EPT, PALT]
    for table in tables.values():
        for name, kind in table.dtypes.items():
            assert kind == (np.float64 if name in FLOATS else np.int32), name


def test_periods_are_years_in_order_and_weigh_alike():
    years = TEN_YEARS.iloc[::-1].astype({"scenario": "category"})
    table = year_tables(EVENTS, years, 10)["splt"]
    assert table["Period"].tolist() == [1, 2, 3, 7, 7, 9]
    assert table["EventId"].tolist() == [1, 2, 3, 4, 3, 4]
    assert (table["PeriodWeight"] == 0.1).all()
    assert (table[["SampleId", "ImpactedExposure"]] == [1, 2.0]).all(axis=None)


def test_the_average_counts_years_without_a_loss():
    row = year_tables(EVENTS, TEN_YEARS, 10)["palt"].iloc[0]
    yearly = [85, 370, 50, 0, 0, 0, 60, 0, 10, 0]
    assert row[["MeanLoss", "SDLoss"]].tolist() == pytest.approx([np.mean(yearly), np.std(yearly, ddof=1)])


def test_a_gain_lowers_the_sum_of_its_year_and_is_on_no_curve():
    years = pd.DataFrame({"year": [1, 1, 2], "scenario": ["a", "b", "a"], "draw": 0, "loss": [3e-9, -1e-9, -2e-9]})
    tables = year_tables(EVENTS, years, 4)
    assert curve(tables["ept"], 1) == {4.0: 3.0}
    assert curve(tables["ept"], 3) == {4.0: 2.0}
    assert tables["palt"]["MeanLoss"].iloc[0] == pytest.approx(0.0, abs=1e-15)


@given(st.lists(st.floats(-5.0, 100.0), min_size=1, max_size=50))
def test_curves_fall_from_the_largest_loss(losses):
    periods, ordered, means = exceedance(np.array(losses))
    assert len(periods) == sum(loss > 0 for loss in losses)
    assert (np.diff(periods) < 0).all()
    assert (np.diff(ordered) <= 0).all()
    assert (means >= ordered - 1e-9).all()
    for period, loss in zip(periods, ordered, strict=True):
        assert sum(other >= loss for other in losses) >= len(losses) / period - 1e-9


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"year": [0] * 6}, "years, year: found 0, expected whole numbers 1 to 10"),
        ({"year": [11] * 6}, "years, year: found 11, expected whole numbers 1 to 10"),
        ({"year": [1.5] * 6}, r"years, year: found 1\.5"),
        ({"draw": [2] * 6}, "years, draw: found 2, expected whole numbers 0 to 1"),
        ({"loss": [float("nan")] * 6}, "years, loss: found nan, expected USD bn"),
    ],
)
def test_a_table_of_years_that_does_not_fit_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        year_tables(EVENTS, TEN_YEARS.assign(**change), 10)


def test_a_missing_column_is_named():
    with pytest.raises(InputError, match="found the columns year, scenario, loss, expected year, scenario, draw, loss"):
        year_tables(EVENTS, TEN_YEARS.drop(columns="draw"), 10)


def test_a_scenario_that_is_not_among_the_results_is_named():
    events = {"taiwan": EVENTS["a"]}
    with pytest.raises(UnknownNameError, match="years: no scenario is called 'taiwn'; nearest: taiwan"):
        year_tables(events, TEN_YEARS.assign(scenario="taiwn"), 10)


@pytest.mark.parametrize("n_years", [None, 1])
def test_the_number_of_years_must_be_told(n_years):
    with pytest.raises(InputError, match="n_years: found"):
        year_tables(EVENTS, TEN_YEARS, n_years)
