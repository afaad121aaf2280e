"""Tables of a simulation: definitions checked on numbers made by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import supplychain_risk as scr
from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.simulation.result import half_day


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


def test_days_of_an_activity_are_the_quantiles_of_its_draws(run):
    column = run.network.activity_index("tsmc:mature_wafer")
    first = run.first_day_short("activity").loc["tsmc:mature_wafer"]
    days = run.totals.first_day_short[:, column]
    assert first["never_share"] == np.isinf(days).mean()
    assert [first[f"q{p}_days"] for p in ("05", "50", "95")] == np.sort(days)[[1, 19, 37]].tolist()
    back = run.recovery_days("activity").loc["tsmc:mature_wafer"]
    assert back["q95_days"] == np.sort(run.totals.recovery_day[:, column])[37]


def test_a_quantile_of_days_is_infinite_exactly_where_never_is_likely_enough(run):
    table = run.first_day_short("activity")
    never = table["never_share"] > 0.5 + 1e-9  # the median is the smallest day that half of the draws do not exceed
    assert never.any()
    assert (np.isinf(table["q50_days"]) == never).all()


def test_a_group_is_done_on_the_day_on_which_half_of_it_is():
    days = np.array([[3.0, 1.0, np.inf], [np.inf, np.inf, 2.0]])
    weights = np.array([[0.3, 0.0], [0.3, 0.0], [0.4, 1.0]])
    assert half_day(days, weights).tolist() == [[3.0, np.inf], [np.inf, 2.0]]


def test_every_number_of_the_long_table_has_its_error(run):
    table = scr.result_table(run)
    assert set(table["measure"]) == {"output_loss", "first_day_short", "recovery_days", "unmet_demand"}
    assert not table["standard_error"].isna().any()
    row = table.set_index(["measure", "level", "id", "statistic"]).loc[("output_loss", "product", "hbm", "q95")]
    wide = run.output_loss("product").loc["hbm"]
    assert (row["value"], row["standard_error"]) == (wide["q95_days"], wide["q95_error"])


def test_paths_are_kept_on_request_and_change_nothing_else(packaged, run):
    kept = scr.simulate(packaged, "taiwan-quake", n_draws=40, horizon_days=182, seed=4, keep="paths")
    for name in ("output", "external", "unmet", "lowest", "discounted_external"):
        assert getattr(kept.totals, name).tobytes() == getattr(run.totals, name).tobytes()
    path = kept.output_paths("tsmc:mature_wafer", by="activity")
    column = packaged.activity_index("tsmc:mature_wafer")
    assert path.shape == (40, 26)
    assert path.min(axis=1) == pytest.approx(kept.totals.lowest[:, column], abs=1e-7)
    assert path[:, :13].mean(axis=1) == pytest.approx(kept.totals.output[:, 0, column], abs=1e-6)


def test_paths_that_were_not_kept_or_do_not_exist_are_refused(packaged, run):
    with pytest.raises(InputError, match="keep='paths'"):
        run.output_paths("hbm")
    kept = scr.simulate(packaged, "taiwan-quake", n_draws=1, horizon_days=28, keep="paths")
    with pytest.raises(UnknownNameError, match="hbm"):
        kept.output_paths("hbmm")


def test_paths_beyond_memory_ask_for_a_folder(packaged):
    with pytest.raises(InputError, match=r"100,000 draws x 208 steps x .* GB; choose a folder"):
        scr.simulate(packaged, "taiwan-quake", n_draws=100_000, keep="paths")


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
