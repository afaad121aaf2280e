"""Tables of a simulation: definitions checked on numbers made by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import supplychain_risk as scr
from supplychain_risk.errors import InputError, UnknownNameError


@pytest.fixture(scope="module")
def run(packaged):
    return scr.simulate(packaged, "taiwan-quake", n_draws=40, horizon_days=182, seed=4)


def test_quarters_add_up_to_the_whole(run):
    _, whole = run.lost_days("product")
    parts = [run.lost_days("product", quarter=q)[1] for q in (1, 2)]
    assert whole == pytest.approx(parts[0] + parts[1])


def test_a_company_is_the_sum_of_its_activities_at_normal_output(run):
    labels, of_company = run.lost_days("company")
    _, of_activity = run.lost_days("activity")
    net = run.network
    mine = net.activity_company == net.companies.index("tsmc")
    expected = of_activity[:, mine] @ (net.x0[mine] / net.x0[mine].sum())
    assert of_company[:, labels.get_loc("tsmc")] == pytest.approx(expected)


def test_tables_give_mean_error_and_quantiles_of_the_draws(run):
    labels, lost = run.lost_days("activity")
    table = run.output_loss("activity")
    column = lost[:, labels.get_loc("tsmc:mature_wafer")]
    row = table.loc["tsmc:mature_wafer"]
    assert row["mean_days"] == pytest.approx(column.mean())
    assert row["standard_error"] == pytest.approx(column.std(ddof=1) / np.sqrt(40))
    assert row["q95_days"] == np.sort(column)[37]
    assert table["mean_days"].is_monotonic_decreasing


def test_short_days_are_infinite_where_nothing_was_short(run):
    table = run.short_days("sibelco:high_purity_quartz")
    assert table.index.tolist() == ["first_day_short", "back_at_90", "back_at_99"]
    assert np.isinf(table.loc["first_day_short"]).all() or (table.loc["first_day_short"] >= 0).all()


def test_scrapped_wafers_are_counted_where_fabs_were_hit(run):
    wafers = [i for i, name in enumerate(run.network.activities) if name == "tsmc:leading_edge_wafer_3nm"]
    chips = [i for i, name in enumerate(run.network.activities) if name == "mediatek:smartphone_soc"]
    assert run.totals.scrapped_days[:, wafers].max() > 0
    assert not run.totals.scrapped_days[:, chips].any()


def test_unmet_demand_is_never_negative(run):
    assert (run.unmet_demand()["mean_usd_bn"] >= 0).all()
    assert isinstance(run.unmet_demand(), pd.DataFrame)


def test_cut_share_counts_draws_that_pass_the_horizon(packaged):
    short = scr.simulate(packaged, "taiwan-invasion", n_draws=50, horizon_days=182, seed=0)
    assert short.cut_share == pytest.approx(1.0, abs=0.02)  # the median war lasts two years


def test_unknown_levels_and_quarters_are_refused(run):
    with pytest.raises(UnknownNameError, match="level"):
        run.output_loss("planet")
    with pytest.raises(InputError, match="quarter"):
        run.output_loss(quarter=3)
