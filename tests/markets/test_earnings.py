"""The quarter in which the event begins: days left by hand, and names that nothing happens to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import supplychain_risk as scr
from supplychain_risk.errors import UnknownNameError
from supplychain_risk.markets.earnings import coming_quarter


def test_only_the_days_left_of_the_quarter_count(world) -> None:
    # half of 1 USD bn a week is lost in each of the first two weeks, as far as the quarter still lasts; cm .8
    returns = world.returns(n_draws=400)
    left = returns.run.totals.rest_steps
    lost = 0.5 * np.minimum(left, 2.0)
    row = scr.earnings_at_risk(returns).loc["maker"]
    assert row["revenue_usd_bn"] == 13.0
    assert row["revenue_change"] == pytest.approx(-lost.mean(), rel=1e-6)
    assert row["income_change"] == pytest.approx(-0.8 * lost.mean(), rel=1e-6)
    assert row["revenue_error"] == pytest.approx(lost.std(ddof=1) / 20, rel=1e-6)
    assert row["revenue_q05"] == pytest.approx(-1.0, rel=1e-6)
    # uniform over 13 weeks: mean 6.5, and 2/13 of the draws lose less than two half weeks
    assert left.mean() == pytest.approx(6.5, abs=4 * 13 / np.sqrt(12 * 400))
    assert (left < 2).mean() == pytest.approx(2 / 13, abs=4 * np.sqrt(2 / 13 * 11 / 13 / 400))
    assert 0.0 < left.min() < left.max() < 13.0


def test_the_quarter_has_thirteen_weeks_even_where_the_run_has_not(world) -> None:
    # what comes after the horizon counts as normal
    table = scr.earnings_at_risk(world.returns(horizon_days=28), onset="first_day")
    assert table.loc["maker", "revenue_usd_bn"] == 13.0
    assert table.loc["maker", "revenue_change"] == pytest.approx(-1.0, rel=1e-6)


def test_from_the_first_day_it_is_the_first_quarter_of_the_event(world) -> None:
    returns = world.returns(n_draws=3)
    table = scr.earnings_at_risk(returns, onset="first_day")
    quarter = returns.operating_income_by_quarter().set_index(["company", "quarter"])
    assert table.loc["maker", "income_change"] == quarter.loc[("maker", 1), "mean_usd_bn"]


def test_scrapped_work_is_booked_at_once(world) -> None:
    run = world.run(severity="0")
    scrapped = np.zeros((1, len(run.network.activities)), dtype=np.float32)
    scrapped[0, run.network.activity_index("maker:part")] = 3.0
    totals = replace(run.totals, blocks=[replace(run.totals.blocks[0], scrapped_days=scrapped)])
    table = scr.earnings_at_risk(scr.equity_returns(replace(run, totals=totals)))
    assert table.loc["maker", ["revenue_change", "income_change"]].tolist() == pytest.approx(
        [0.0, -3 * 52 / 365 * (1 - 0.6)]
    )


def test_names_without_exposure_have_exactly_nothing_and_names_without_revenue_no_row(world) -> None:
    table = scr.earnings_at_risk(world.returns(n_draws=4))
    columns = ["revenue_change", "revenue_q05", "income_change", "income_q05"]
    assert (table.loc["elsewhere", columns] == 0.0).all()
    assert "bank" not in table.index
    assert table["income_change"].is_monotonic_increasing


@given(day=st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_the_coming_quarter_is_the_one_of_the_next_day(day) -> None:
    first, last = coming_quarter(day)
    assert first <= day + timedelta(days=1) <= last
    assert first.day == 1 and first.month in {1, 4, 7, 10}  # noqa: PT018
    assert (last + timedelta(days=1)).month in {1, 4, 7, 10}
    assert 89 <= (last - first).days <= 91


def test_an_unknown_onset_is_refused(world) -> None:
    with pytest.raises(UnknownNameError, match="first_day"):
        scr.earnings_at_risk(world.returns(), onset="first day")
