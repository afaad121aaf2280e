"""Sampled paths do not depend on how they are made, and follow the records they are made from."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain_risk.dataset.load import load_dataset
from supplychain_risk.errors import InputError
from supplychain_risk.kernels import tail
from supplychain_risk.network.network import SupplyNetwork
from supplychain_risk.scenarios.library import list_scenarios, load_scenario
from supplychain_risk.scenarios.sampling import sample_paths

YEAR = 364.0

# Equivalent full-outage weeks of the target, severity x (duration + recovery / 2), 5 %, 50 % and 95 % quantile of
# 200,000 draws made by another program, as printed: shared/design/SCENARIOS.md section 3.
OUTAGE_WEEKS = {
    "taiwan-quarantine/trade": ("micron:hbm", ".3/1.7/9.8"),
    "taiwan-blockade/trade": ("micron:hbm", "9.5/25.5/70.9"),
    "taiwan-invasion/taiwan": ("micron:hbm", "54/140/380"),
    "taiwan-quake-minor/park": ("guc:ai_asic", ".1/.3/1.6"),
    "taiwan-quake-severe/hsinchu": ("guc:ai_asic", "2.2/8.1/34"),
    "euv-outage/scanners": ("asml:euv_scanner", "6/21/82"),
    "hbm-shortage/hbm": ("micron:hbm", "2.3/7.5/26"),
    "korea-strike/memory": ("samsung_electronics:hbm", ".3/.8/2.4"),
    "korea-conflict/seoul": ("samsung_electronics:dram", "17/44/147"),
    "export-controls/servers": ("dell:ai_server_gpu", "2/13/157"),
    "china-minerals/exports": ("china_gallium:gallium", "9/36/143"),
    "spruce-pine/mines": ("sibelco:high_purity_quartz", "1/5/54"),
    "neon/ukraine": ("ukraine_neon:neon", "9/37/166"),
    "helium/qatar": ("qatar_helium:helium", "5/23/193"),
    "cowos-fire/packaging": ("tsmc:cowos", ".7/2.5/15"),
    "hyperscaler-capex-cut/spending": ("meta:ai_enabled_platform", "7/22/66"),
}


@pytest.fixture(scope="module")
def packaged() -> SupplyNetwork:
    return SupplyNetwork.from_dataset(load_dataset())


@pytest.fixture(scope="module")
def storm(make_scenario, make_hit):
    """A mixture of a storm at every site in Taiwan, with scrap and a closed border, and a fire at one of two sites."""
    scrap = {"from": "assumption", "days": "pert(1, 3, 8)", "product": ["wafer"]}
    kinds = {
        kind: {"from": "assumption", "share": "0.3 (0..1)", "days": days}
        for kind, days in (("gas", "uniform(8, 12)"), ("coal", "49"), ("oil", "140"))
    }
    stocks = {"from": "assumption", "fade": "0.25 (0..1)", "kinds": kinds}
    follower = {"onset_days": None, "duration_weeks": None, "recovery_weeks": None, "clock": "plants"}
    wind = make_scenario(
        {
            "plants": make_hit(scrap=scrap, closes_border="true", onset_days="uniform(0, 20)"),
            "power": make_hit(targets={"product": "electricity"}, stocks=stocks, **follower),
        },
        name="wind",
        market={"from": "assumption", "return": "pert(-0.4, -0.2, 0)", "horizon": "x"},
    )
    parks = {"site": ["tw_hsinchu", "tw_tainan"], "product": "wafer"}
    fire = make_scenario({"park": make_hit(targets=parks, places="one")}, name="fire")
    return make_scenario({}, name="storm", mixture={"parts": [wind, fire]}, frequency=None, common_factor=None)


def arrays(paths):
    """All numbers of sampled paths by name, draws on the last axis."""
    found = {"market": paths.market_factor, "component": paths.component, "end": paths.end_day}
    for hit in paths.hits:
        for field in ("intensity", "profile", "scrap_days", "border_cut"):
            if (values := getattr(hit, field)) is not None:
                found[f"{hit.name}/{field}"] = values
    return found


def sample(scenario, network, n_draws=64, **changes):
    return sample_paths(scenario, network, **({"n_draws": n_draws, "horizon_days": YEAR, "seed": 7} | changes))


@settings(max_examples=20, deadline=None)
@given(first=st.integers(0, 2_500), count=st.integers(1, 500))
def test_any_slice_of_draws_has_the_same_bytes_as_the_whole(storm, island, first, count):
    whole = arrays(sample(storm, island, 3_000))
    part = arrays(sample(storm, island, count, first_draw=first))
    assert part.keys() == whole.keys()
    assert all(part[name].tobytes() == whole[name][..., first : first + count].tobytes() for name in whole)


def test_the_order_of_activities_and_sites_does_not_change_a_byte(storm, make_network):
    forward, backward = make_network(), make_network(-1)
    for a, b in zip(sample(storm, forward).hits, sample(storm, backward).hits, strict=True):
        row = {backward.activities[i]: j for j, i in enumerate(b.activities)}
        order = [row[forward.activities[i]] for i in a.activities]
        assert a.intensity.tobytes() == b.intensity[order].tobytes()
        assert a.profile.tobytes() == b.profile.tobytes()


DIGEST = """
import hashlib
from supplychain_risk.dataset.load import load_dataset
from supplychain_risk.network.network import SupplyNetwork
from supplychain_risk.scenarios.library import load_scenario
from supplychain_risk.scenarios.sampling import sample_paths

network = SupplyNetwork.from_dataset(load_dataset())
paths = sample_paths(load_scenario("taiwan"), network, n_draws=100, horizon_days=700, seed=7)
print(hashlib.sha256(b"".join(hit.intensity.tobytes() + hit.profile.tobytes() for hit in paths.hits)).hexdigest())
"""


@pytest.mark.slow
def test_draws_are_the_same_in_processes_with_different_hash_seeds():
    path = os.pathsep.join(filter(None, sys.path))
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", DIGEST],
            env=os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": path},
            stdout=subprocess.PIPE,
            text=True,
        )
        for hash_seed in ("0", "99")
    ]
    digests = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert digests[0] == digests[1] != ""


def test_a_part_has_the_same_draws_alone_and_in_a_mixture(storm, island):
    mixed = sample(storm, island, 500)
    wind, _ = (part for part, _ in storm.components())
    alone = sample(wind, island, 500)
    own = mixed.component == 0
    for hit, twin in zip(mixed.hits[:3], alone.hits, strict=True):
        assert np.array_equal(hit.intensity[:, own], twin.intensity[:, own])
        assert np.array_equal(hit.profile[:, own], twin.profile[:, own])
        assert not hit.intensity[:, ~own].any()


def test_parts_happen_as_often_as_their_weights_say(packaged):
    paths = sample(load_scenario("taiwan"), packaged, 4_000)
    shares = np.bincount(paths.component) / 4_000
    assert paths.component_names == ("taiwan-quarantine", "taiwan-blockade", "taiwan-invasion")
    assert shares == pytest.approx(paths.weights, abs=4 * np.sqrt(0.25 / 4_000))


@pytest.mark.parametrize("name", OUTAGE_WEEKS)
def test_outage_weeks_agree_with_the_published_table(packaged, name):
    activity, expected = OUTAGE_WEEKS[name]
    part, event = name.split("/")
    scenario = load_scenario(part)
    only = scenario.model_copy(update={"hits": {event: scenario.hits[event]}})
    hit = sample(only, packaged, 20_000, horizon_days=100 * YEAR, step_days=YEAR, seed=1).all_hits[0]
    row = list(hit.activities).index(packaged.activity_index(activity))
    weeks = hit.intensity[row] / hit.reach[row] * hit.profile.sum(axis=0) * YEAR / 7.0
    for p, text in zip((0.05, 0.5, 0.95), expected.split("/"), strict=True):
        value, error = tail.quantile(weeks[weeks > 0.0], p)
        rounding = 0.5 * 10.0 ** -len(text.partition(".")[2])
        assert value == pytest.approx(float(text), abs=rounding + 4 * float(error))


@pytest.mark.parametrize("name", list_scenarios())
def test_every_packaged_scenario_gives_shares(packaged, name):
    paths = sample(load_scenario(name), packaged, 200)
    for hit in paths.all_hits:
        for values in (hit.intensity, hit.profile, *(v for v in (hit.border_cut,) if v is not None)):
            assert values.dtype == np.float64
            assert values.flags.c_contiguous
            assert (values >= 0.0).all()
            assert (values <= 1.0).all()
        assert hit.intensity.any()


def test_outages_beyond_the_horizon_are_counted(island, make_scenario, make_hit):
    scenario = make_scenario({"blow": make_hit(duration_weeks="uniform(0, 20)", recovery_weeks="0")})
    assert sample(scenario, island, 4_000, horizon_days=70.0).cut_share == pytest.approx(0.5, abs=0.04)


def test_the_market_factor_follows_its_own_distribution_and_is_0_without_one(storm, island):
    paths = sample(storm, island, 4_000)
    assert paths.market_factor[paths.component == 0].mean() == pytest.approx(-0.2, abs=0.01)
    assert not paths.market_factor[paths.component == 1].any()


def test_first_draws_equal_the_pinned_values(storm, island):
    """Made by this file on 2026-11-25; equal up to the last digits of scipy's special functions."""
    paths = sample(storm, island, 3)
    assert paths.component.tolist() == [1, 1, 0]
    plants, wafers = paths.hits[:2]  # tsmc:cowos and tsmc:wafer, whose work in process is scrapped
    assert [wafers.intensity[0, 2], plants.intensity[0, 2]] == pytest.approx(
        [0.39329569010220305, 0.6754460233579067], rel=1e-12
    )
    assert plants.profile[1:4, 2] == pytest.approx([0.0, 0.6116142818941839, 1.0], rel=1e-12)


@pytest.mark.parametrize(
    "changes",
    [
        {"n_draws": 0},
        {"n_draws": 1.5},
        {"n_draws": True},
        {"seed": -1},
        {"first_draw": -1},
        {"horizon_days": 0.0},
        {"horizon_days": float("nan")},
        {"step_days": -7.0},
        {"step_days": float("inf")},
    ],
)
def test_numbers_out_of_range_are_refused_by_name(island, make_scenario, changes):
    with pytest.raises(InputError, match=next(iter(changes))):
        sample(make_scenario(), island, **changes)


def test_a_horizon_before_the_onset_is_refused(island, make_scenario, make_hit):
    late = make_scenario({"blow": make_hit(onset_days="uniform(100, 200)")})
    with pytest.raises(InputError, match="begins on day 100 at the earliest"):
        sample(late, island, horizon_days=90.0)
