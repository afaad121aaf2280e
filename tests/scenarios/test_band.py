"""The band of a scenario's course follows from its distributions."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from supplychain_risk.errors import InputError
from supplychain_risk.scenarios.band import capacity_band

SURE = {"onset_days": "7", "duration_weeks": "2", "recovery_weeks": "2"}


def test_a_sure_course_has_no_width(island, make_scenario, make_hit):
    scenario = make_scenario({"blow": make_hit(severity="0.4", **SURE)})
    band = capacity_band(island, scenario, n_draws=8, horizon_days=49)
    assert band["target"].unique().tolist() == ["test/blow"]
    for column in ("low", "median", "high"):
        assert band[column].tolist() == pytest.approx([1, 0.6, 0.6, 0.7, 0.9, 1, 1])  # a linear recovery of two weeks


def test_the_band_holds_the_stated_part_of_the_draws(island, make_scenario, make_hit):
    scenario = make_scenario({"blow": make_hit(severity="uniform(0, 1)", **SURE)}, common_factor="1 (0..1) assumption")
    week = capacity_band(island, scenario, n_draws=20_000, horizon_days=21, level=0.8).iloc[1]
    assert [week["low"], week["median"], week["high"]] == pytest.approx([0.1, 0.5, 0.9], abs=0.01)


def test_the_normal_level_is_that_of_what_is_reached(island, make_scenario, make_hit):
    """Of the wafers 0.3 are made at Hsinchu and of the design there 0.1 depends on it, all of which stops."""
    hit = make_hit(targets={"site": "tw_hsinchu"}, severity="1", **SURE)
    assert capacity_band(island, make_scenario({"blow": hit}), n_draws=4, horizon_days=21)["median"].iloc[1] == 0.0


def test_each_target_is_conditional_on_its_own_part(island, make_scenario, make_hit):
    parts = [make_scenario({"blow": make_hit(severity=s, **SURE)}, name=f"p{s[-1]}") for s in ("0.2", "0.7")]
    mixed = make_scenario({}, name="mix", mixture={"parts": parts}, frequency=None, common_factor=None)
    week = capacity_band(island, mixed, n_draws=50, horizon_days=28).query("week == 1").set_index("target")
    assert week["median"].to_dict() == pytest.approx({"p2/blow": 0.8, "p7/blow": 0.3})


def test_every_kind_of_hit_and_work_in_process_has_a_course(island, make_scenario, make_hit):
    scrap = {"from": "assumption", "days": "7", "product": ["wafer"]}
    final = make_hit(targets={"product": "soc"}, acts_on="final_demand", severity="-0.5", **SURE)
    hits = {
        "plants": make_hit(severity="1", scrap=scrap, **SURE),
        "rule": make_hit(to={"company": "nvidia"}, severity="0.5", **SURE),
        "boom": final,
    }
    band = capacity_band(island, make_scenario(hits), n_draws=4, horizon_days=49)
    kinds = band.drop_duplicates("target").set_index("target")["acts_on"].to_dict()
    assert kinds == {"test/plants": "capacity", "test/rule": "deliveries", "test/boom": "final_demand"}
    week = band.set_index(["target", "week"])["median"]
    assert week["test/rule", 2] == 0.5
    assert week["test/boom", 2] == 1.5
    assert 0.0 < week["test/plants", 3] < 0.5  # wafers are out a week longer than the rest


def test_the_lengths_are_those_of_the_distribution(island, make_scenario, make_hit):
    hit = make_hit(severity="1", onset_days="0", duration_weeks="lognormal(10, 30)", recovery_weeks="0")
    band = capacity_band(island, make_scenario({"blow": hit}), n_draws=4_000, horizon_days=420)
    last_down = band[band["low"] < 0.5]["week"].max()
    p90 = stats.lognorm(s=np.log(3.0) / stats.norm.ppf(0.9), scale=10.0).ppf(0.9)
    assert last_down == pytest.approx(p90, abs=2)


@pytest.mark.parametrize("level", [0.0, 1.0, float("nan")])
def test_a_band_of_none_or_all_draws_is_refused(island, make_scenario, level):
    with pytest.raises(InputError, match="level"):
        capacity_band(island, make_scenario(), n_draws=4, level=level)
