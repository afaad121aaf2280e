"""Simulation: the same seed gives the same bytes, whatever runs it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

import supplychain_risk as scr
from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.propagation.inventory import propagate
from supplychain_risk.scenarios.paths import capacity_loss
from supplychain_risk.simulation import runner

FIELDS = ("output", "external", "unmet", "discounted_external", "lowest", "first_day_short", "recovery_day")

SCRIPT = """
import hashlib, sys
import supplychain_risk as scr
from supplychain_risk.simulation import runner
runner.BLOCK = int(sys.argv[2])
net = scr.SupplyNetwork.from_dataset(scr.load_dataset())
run = scr.simulate(net, "taiwan", n_draws=48, horizon_days=182, seed=3, threads=int(sys.argv[1]))
digest = hashlib.sha256()
for name in sys.argv[3].split(","):
    digest.update(getattr(run.totals, name).tobytes())
print(digest.hexdigest())
"""


def digest(run):
    total = hashlib.sha256()
    for name in FIELDS:
        total.update(getattr(run.totals, name).tobytes())
    return total.hexdigest()


@pytest.mark.slow
def test_same_bytes_for_any_threads_blocks_and_hash_seed(packaged):
    here = digest(scr.simulate(packaged, "taiwan", n_draws=48, horizon_days=182, seed=3))
    for threads, block, hash_seed in ((1, 48, "0"), (2, 7, "1"), (3, 16, "4321")):
        command = [sys.executable, "-c", SCRIPT, str(threads), str(block), ",".join(FIELDS)]
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert answer.stdout.strip() == here, (threads, block, hash_seed)


def test_first_draws_do_not_depend_on_how_many_follow(packaged):
    few = scr.simulate(packaged, "taiwan-quake", n_draws=5, horizon_days=91, seed=1)
    more = scr.simulate(packaged, "taiwan-quake", n_draws=40, horizon_days=91, seed=1)
    np.testing.assert_array_equal(few.totals.output, more.totals.output[:5])


def test_another_seed_gives_other_draws(packaged):
    one, other = (scr.simulate(packaged, "taiwan-quake", n_draws=4, horizon_days=91, seed=s) for s in (1, 2))
    assert (one.totals.output != other.totals.output).any()


def test_totals_are_those_of_propagate(packaged):
    scenario = scr.load_scenario("euv-outage")  # closes no border, so that the network is the same
    run = scr.simulate(packaged, scenario, n_draws=3, horizon_days=182, seed=5)
    paths = scr.sample_paths(scenario, packaged, n_draws=3, horizon_days=182, seed=5)
    level = propagate(packaged, capacity_loss(paths, len(packaged.activities))).level()
    by_quarter = level.reshape(3, 2, 13, -1).mean(axis=2)
    assert run.totals.output == pytest.approx(by_quarter, abs=1e-6)  # kept in single precision
    assert run.totals.lowest == pytest.approx(level.min(axis=1), abs=1e-6)


def test_a_blockade_stops_plants_inside_and_only_orders_outside(packaged):
    run = scr.simulate(packaged, "taiwan-blockade", n_draws=16, horizon_days=182, seed=2)
    fabs = run.totals.lowest[:, packaged.activity_index("tsmc:leading_edge_wafer_3nm")]
    assert (fabs < 0.45).all()  # at least 60 % of capacity is lost in every draw
    quartz = run.totals.lowest[:, packaged.activity_index("sibelco:high_purity_quartz")]
    assert (quartz > fabs).all()  # loses only the orders of those who stand still


def test_mixture_runs_every_part_and_says_which(packaged):
    run = scr.simulate(packaged, "taiwan", n_draws=64, horizon_days=91, seed=0)
    assert run.component_names == ("taiwan-quarantine", "taiwan-blockade", "taiwan-invasion")
    assert set(run.totals.component) == {0, 1, 2}
    assert run.component_weights.sum() == pytest.approx(1.0)


def test_progress_counts_every_draw_once(packaged):
    seen = []
    scr.simulate(packaged, "taiwan-quake", n_draws=70, horizon_days=28, seed=0, progress=seen.append)
    assert sum(seen) == 70


def test_provenance_says_what_the_result_depends_on(packaged):
    run = scr.simulate(packaged, "taiwan-quake", n_draws=2, horizon_days=28, seed=9)
    assert run.provenance["seed"] == 9
    assert run.provenance["data_digest"] == packaged.digest
    assert run.provenance["scenario"] == "taiwan-quake"
    assert run.provenance["version"] == scr.__version__


@pytest.mark.parametrize("n_draws", [0, -3, 2.5, True, float("nan"), float("inf"), "a"])
def test_number_of_draws_is_checked(packaged, n_draws):
    with pytest.raises(InputError, match=rf"^n_draws: found {n_draws!r}, expected a whole number of at least 1$"):
        scr.simulate(packaged, "taiwan", n_draws=n_draws)


@pytest.mark.parametrize("seed", [-1, 0.5, float("nan"), "a", None])
def test_the_seed_is_checked(packaged, seed):
    with pytest.raises(InputError, match=rf"^seed: found {seed!r}, expected a whole number of at least 0$"):
        scr.simulate(packaged, "taiwan", n_draws=1, seed=seed)


@pytest.mark.parametrize("horizon_days", [-1, 0, True, float("nan"), float("inf"), "x", [91]])
def test_the_horizon_is_checked(packaged, horizon_days):
    with pytest.raises(InputError, match=r"^horizon_days: found .*, expected a number of days above 0$"):
        scr.simulate(packaged, "taiwan", n_draws=1, horizon_days=horizon_days)


@pytest.mark.parametrize("threads", [0, "two"])
def test_the_number_of_threads_is_checked(packaged, threads):
    with pytest.raises(InputError, match="threads"):
        scr.simulate(packaged, "taiwan", n_draws=1, threads=threads)


def test_unknown_scenario_names_the_nearest(packaged):
    with pytest.raises(UnknownNameError, match="taiwan"):
        scr.simulate(packaged, "tawain", n_draws=1)


def test_an_interrupted_run_stops_at_once(packaged):
    def stop(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scr.simulate(packaged, "taiwan-quake", n_draws=4 * runner.BLOCK, horizon_days=91, progress=stop)
