"""One hit: severities over sites, shared events, one place of several, scrap, and closed borders."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from supplychain_risk.scenarios.hits import Grid
from supplychain_risk.scenarios.sampling import sample_paths

FOLLOWER = {"onset_days": None, "duration_weeks": None, "recovery_weeks": None}
SITE_OF = {"tw_miaoli": "tsmc:cowos", "tw_tainan": "taipower:electricity"}


def sample(scenario, network, n_draws=2_000):
    return sample_paths(scenario, network, n_draws=n_draws, horizon_days=364.0, seed=7)


def row(hit, network, activity):
    return hit.intensity[list(hit.activities).index(network.activity_index(activity))]


@pytest.mark.parametrize("rho", [0.0, 0.6, 1.0])
def test_severities_at_two_sites_have_the_stated_margin_and_correlation(island, make_scenario, rho):
    scenario = make_scenario(common_factor=f"{rho} (0..1) assumption")
    hit = sample(scenario, island, 20_000).hits[0]
    pert = stats.beta(1 + 4 * 0.3 / 0.8, 1 + 4 * 0.5 / 0.8, loc=0.2, scale=0.8)
    u = [pert.cdf(row(hit, island, activity)) for activity in SITE_OF.values()]
    assert np.corrcoef(stats.norm.ppf(u))[0, 1] == pytest.approx(rho, abs=0.03)
    assert np.mean(u) == pytest.approx(0.5, abs=0.01)


def test_intensity_is_the_sum_over_sites_of_share_times_severity(island, make_scenario, make_hit):
    hit = sample(make_scenario({"blow": make_hit(severity="0.5")}), island, 3).hits[0]
    assert row(hit, island, "tsmc:wafer") == pytest.approx(0.8 * 0.5)
    assert row(hit, island, "mediatek:soc") == pytest.approx(1.0 * 0.1 * 0.5)


@settings(max_examples=25, deadline=None)
@given(low=st.floats(0, 1), more=st.floats(0, 1))
def test_a_harder_blow_takes_at_least_as_much_of_everything(island, make_scenario, make_hit, low, more):
    mild, hard = (
        sample(make_scenario({"blow": make_hit(severity=f"pert({low / 2:.6f}, {mode:.6f}, 1)")}), island, 16).hits[0]
        for mode in sorted((low, max(low, more)))
    )
    assert (hard.intensity >= mild.intensity - 1e-12).all()


def test_hits_of_one_event_share_its_course_and_its_shock_at_a_site(island, make_scenario, make_hit):
    hits = {
        "plants": make_hit(targets={"site": "tw_tainan"}),
        "grid": make_hit(targets={"site": "tw_tainan", "product": "electricity"}, clock="plants", **FOLLOWER),
    }
    plants, grid = sample(make_scenario(hits), island).hits
    assert np.array_equal(plants.profile, grid.profile)
    assert np.array_equal(row(plants, island, "taipower:electricity"), grid.intensity[0])


def test_a_hit_with_its_own_recovery_keeps_the_shared_onset_and_duration(island, make_scenario, make_hit):
    hits = {
        "plants": make_hit(recovery_weeks="0"),
        "grid": make_hit(clock="plants", **(FOLLOWER | {"recovery_weeks": "4"})),
    }
    plants, grid = sample(make_scenario(hits), island, 200).hits
    longer = (grid.profile - plants.profile).sum(axis=0) * 7.0
    inside = plants.profile.sum(axis=0) < 40
    assert longer[inside] == pytest.approx(14.0)  # half of a linear recovery of 28 days


def test_hits_of_different_events_are_independent(island, make_scenario, make_hit):
    first, second = sample(make_scenario({"one": make_hit(), "two": make_hit()}), island, 20_000).hits
    assert abs(np.corrcoef(first.intensity[0], second.intensity[0])[0, 1]) < 0.03


def test_one_place_of_several_is_hit_with_equal_chances(island, make_scenario, make_hit):
    parks = {"site": ["tw_hsinchu", "tw_miaoli", "tw_tainan"]}
    hit = sample(make_scenario({"blow": make_hit(targets=parks, places="one")}), island, 6_000).hits[0]
    hsinchu = row(hit, island, "mediatek:soc") > 0
    others = [row(hit, island, activity) > 0 for activity in SITE_OF.values()]
    assert (np.stack([hsinchu, *others]).sum(axis=0) == 1).all()
    assert hsinchu.mean() == pytest.approx(1 / 3, abs=0.025)


def test_scrap_is_days_times_intensity_and_only_of_the_products_named(island, make_scenario, make_hit):
    scrap = {"from": "assumption", "days": "20", "product": ["wafer"]}
    others, wafer = sample(make_scenario({"blow": make_hit(scrap=scrap)}), island, 50).hits
    assert wafer.name == "test/blow/in process"
    assert wafer.activities.tolist() == [island.activity_index("tsmc:wafer")]
    assert wafer.scrap_days == pytest.approx(20.0 * wafer.intensity)
    assert others.scrap_days is None
    assert others.activities.size == 4


def test_scrap_costs_its_days_of_output_on_top_of_the_downtime(island, make_scenario, make_hit):
    scrap = {"from": "assumption", "days": "30", "product": ["wafer"]}
    minutes = make_hit(severity="1", duration_weeks="0.001", recovery_weeks="2", scrap=scrap)
    others, wafer = sample(make_scenario({"blow": minutes}), island, 5).hits
    assert others.profile.sum(axis=0) * 7.0 == pytest.approx(7.007, abs=1e-9)
    assert wafer.profile.sum(axis=0) * 7.0 == pytest.approx(37.007, abs=1e-9)
    assert wafer.intensity == pytest.approx(0.8)


def test_a_closed_border_is_cut_by_the_severity_of_the_event(island, make_scenario, make_hit):
    scenario = make_scenario({"blow": make_hit(closes_border="true")}, common_factor="1 (0..1) assumption")
    paths = sample(scenario, island, 100)
    assert any(hit.border_cut is not None for hit in paths.hits)
    assert paths.hits[0].border_cut == pytest.approx(row(paths.hits[0], island, "tsmc:cowos"))
    assert paths.hits[0].area.tolist() == (island.site_table["country"] == "TW").tolist()


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"to": {"country": "US"}}, "deliveries"),
        ({"targets": {"company": ["tsmc", "asml"]}, "acts_on": "final_demand"}, "demand"),
    ],
)
def test_deliveries_and_demand_fall_by_one_rule_at_all_sites(island, make_scenario, make_hit, changes, kind):
    scenario = make_scenario({"blow": make_hit(**changes)}, common_factor="0 (0..1) assumption")
    paths = sample(scenario, island, 500)
    assert not paths.hits
    (hit,) = getattr(paths, kind)
    severity = hit.intensity / hit.reach[:, None]
    assert severity == pytest.approx(np.broadcast_to(severity[0], severity.shape))
    pert = stats.beta(1 + 4 * 0.3 / 0.8, 1 + 4 * 0.5 / 0.8, loc=0.2, scale=0.8)
    assert stats.kstest(severity[0], pert.cdf).pvalue > 1e-4
    if kind == "deliveries":
        assert hit.border_cut == pytest.approx(severity[0])
        assert hit.area is None


def test_without_a_closed_border_no_links_are_weighed(island, make_scenario):
    paths = sample(make_scenario(), island, 10)
    assert all(hit.border_cut is None for hit in paths.hits)
    assert paths.hits[0].area is None


def test_power_of_a_blockade_goes_fuel_by_fuel_while_it_lasts(island, make_scenario, make_hit):
    kinds = {
        "gas": {"from": "assumption", "share": "0.4 (0..1)", "days": "10"},
        "coal": {"from": "assumption", "share": "0.4 (0..1)", "days": "49"},
    }
    stocks = {"from": "assumption", "fade": "0.25 (0..1)", "kinds": kinds}
    hits = {
        "trade": make_hit(duration_weeks="20", recovery_weeks="0"),
        "power": make_hit(targets={"product": "electricity"}, severity="1", clock="trade", stocks=stocks, **FOLLOWER),
    }
    trade, power = sample(make_scenario(hits), island, 2).hits
    assert trade.profile[:21, 0].tolist() == [1.0] * 20 + [0.0]
    assert power.profile[[0, 3, 10, 19, 20], 0] == pytest.approx([0.0, 0.4, 0.8, 0.8, 0.0])


def test_a_grid_counts_a_last_step_that_is_not_full():
    assert Grid(100.0, 7.0).n_steps == 15
