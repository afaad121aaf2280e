"""What packaged scenarios do to the packaged network, held to what is known from outside.

Few draws: tolerances are wide against their Monte Carlo errors, which `output_loss` states. Where a number comes from
is said at each test; the sources are those of the scenario files.
"""

from __future__ import annotations

import pytest

import supplychain_risk as scr
from supplychain_risk.report.scenario_card import scenario_card

pytestmark = pytest.mark.slow

WAFERS = ("leading_edge_wafer_3nm", "leading_edge_wafer_5nm", "mature_wafer")
CHIPS = (*WAFERS, "dram", "hbm", "ai_accelerator", "auto_industrial_chip")
AI = ("ai_accelerator", "hbm", "cowos")
TOOLS = ("dry_etch_tool", "euv_scanner", "process_control_tool")
USERS = ("cloud_ai_compute", "general_cloud", "consumer_device")
OTHERS = ("leading_edge_wafer_3nm", "mature_wafer", "dram", *TOOLS, *USERS)


def simulate(network, scenario, days=364.0, n_draws=64):
    return scr.simulate(network, scenario, n_draws=n_draws, horizon_days=days, seed=1)


def mean_days(run, by="product", quarter=None):
    return run.output_loss(by, quarter=quarter)["mean_days"]


def test_neon_of_ukraine_costs_no_chip_as_in_2022(packaged):
    assert mean_days(simulate(packaged, "neon"))[list(CHIPS)].abs().max() < 0.1


def test_two_weeks_without_spruce_pine_cost_no_chip_as_in_2024(packaged):
    """Sibelco delivered again after 14 days, and chip makers expected no disruption (Project Blue)."""
    scenario = scr.load_scenario("spruce-pine")
    mines = scenario.hits["mines"]
    fortnight = mines.duration_weeks.model_copy(update={"kind": "constant", "parameters": (2.0,)})
    hits = {"mines": mines.model_copy(update={"duration_weeks": fortnight})}
    run = simulate(packaged, scenario.model_copy(update={"hits": hits}))
    assert mean_days(run)[["silicon_wafer", *CHIPS]].abs().max() < 0.1


def test_helium_from_qatar_costs_next_to_nothing_in_three_months_as_in_2026(packaged):
    """No fab is known to have cut output in the first thirteen weeks (Tom's Hardware); a month's stock, and rivals.

    Korean memory takes two thirds of its helium from there and comes closest to a loss: under two per cent.
    """
    run = simulate(packaged, "helium", days=91.0)
    lost = mean_days(run)[list(CHIPS)]
    assert lost.drop("dram").abs().max() < 0.5
    assert 0.0 <= lost["dram"] < 0.02 * 91


def test_a_minor_quake_costs_tsmc_days_and_accelerators_a_day(packaged):
    """TSMC lost between about half a day of sales (92 mn USD in April 2024) and 6.35 days of full outage (1999)."""
    run = simulate(packaged, "taiwan-quake-minor", days=91.0, n_draws=256)
    assert 0.4 < mean_days(run, by="company")["tsmc"] < 6.35
    accelerators = run.output_loss().loc["ai_accelerator"]
    assert accelerators["q50_days"] < 1.0
    assert accelerators["mean_days"] < 0.02 * 91


def test_without_new_euv_scanners_wafers_lack_a_year_later_and_not_next_quarter(packaged):
    """MODEL 5: a capital-goods outage leaves next-quarter output of its users within 1 %; here parts are hit too."""
    run = simulate(packaged, "euv-outage", days=728.0)
    wafers = [mean_days(run, quarter=q)["leading_edge_wafer_3nm"] for q in range(1, 9)]
    assert wafers[0] < 0.015 * 91
    assert min(wafers[3:6]) > 2.5 * wafers[0]
    accelerators = [mean_days(run, quarter=q)["ai_accelerator"] for q in range(1, 9)]
    assert accelerators[0] < 0.1
    assert accelerators[4] > 1.0


def test_a_cut_of_ai_spending_hits_accelerators_hbm_and_cowos_first_and_most(packaged):
    run = simulate(packaged, "hyperscaler-capex-cut", days=728.0)
    quarters = [mean_days(run, quarter=q) for q in range(1, 9)]
    assert quarters[0][list(AI)].min() > quarters[0]["leading_edge_wafer_5nm"] > quarters[0][list(OTHERS)].max()
    for lost in (quarters[0], mean_days(run)):
        assert lost[list(AI)].min() > 2 * lost[list(OTHERS)].max()
    for tool in TOOLS:  # with a lag: makers of chips plan by the demand that they see
        course = [quarter[tool] for quarter in quarters]
        assert course[1] > 1.5 * course[0] > 0
        assert course.index(max(course)) in (1, 2, 3)
    compute = [quarter["cloud_ai_compute"] for quarter in quarters]  # growth forgone adds up, nothing stops
    assert compute[0] < 1.0
    assert compute[:5] == sorted(compute[:5])


def test_export_controls_cost_the_exporter_about_what_it_sold_to_china(packaged):
    """NVIDIA's sales to China were about 17 bn USD a year when H20 was stopped (Winbuzzer): 4 bn a quarter at most."""
    run = simulate(packaged, "export-controls", days=182.0)
    nvidia = packaged.x0[packaged.activity_index("nvidia:ai_accelerator")]
    lost = mean_days(run, by="activity", quarter=1)
    usd_bn = lost["nvidia:ai_accelerator"] / 364 * nvidia
    assert 17 / 4 / 2 < usd_bn < 17 / 4
    assert abs(lost["microsoft:cloud_ai_compute"]) < 0.05  # users elsewhere lose nothing
    assert lost["alibaba:cloud_ai_compute"] > 1.0
    assert lost["lam_research:dry_etch_tool"] > 0.5  # a broad rule bites in part,
    assert lost["tokyo_electron:dry_etch_tool"] < 0.0  # and rivals from elsewhere step in


def test_without_taiwan_tsmc_has_arizona_and_no_3_nm(packaged):
    run = simulate(packaged, "tsmc-arizona-only", n_draws=4)
    lost = mean_days(run, by="activity")
    arizona = 0.15 * 1.05  # site share and largest over-production of the data
    assert lost["tsmc:leading_edge_wafer_5nm"] / 364 == pytest.approx(1 - arizona, abs=0.02)
    assert lost["tsmc:leading_edge_wafer_3nm"] / 364 > 0.98
    assert lost["samsung_electronics:leading_edge_wafer_5nm"] < 0.0


def test_taiwan_prints_its_mixture(packaged):
    """Weights from the parts' rates, MODEL 14; the survey of what China is able to do is an option."""
    sections = {section.title: section for section in scenario_card(scr.load_scenario("taiwan"), packaged.dataset)}
    table = sections["One of these happens; weights in use: rates"].table.set_index("part")
    assert table["rates"].round(2).tolist() == [0.53, 0.32, 0.16]
    assert table["capability"].round(2).tolist() == [0.45, 0.42, 0.13]
    assert simulate(packaged, "taiwan-capability", days=28.0).component_weights == pytest.approx([0.45, 0.42, 0.13])
