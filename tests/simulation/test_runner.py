"""Simulation: the same seed gives the same bytes, whatever runs it."""

from __future__ import annotations

import gc
import hashlib
import os
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import supplychain_risk as scr
from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.propagation.inventory import propagate
from supplychain_risk.scenarios.paths import capacity_loss
from supplychain_risk.scenarios.spec import Scenario
from supplychain_risk.simulation import blocks, runner
from supplychain_risk.simulation.totals import FIELDS

SCRIPT = """
import sys
from test_runner import islands_digest, digest
import supplychain_risk as scr
from supplychain_risk.simulation import blocks

def executor_called(name):
    if name != "dask":
        return getattr(scr, name)(2)
    from distributed import Client
    return scr.DaskExecutor(Client(processes=False, n_workers=1, threads_per_worker=2, dashboard_address=None))

if __name__ == "__main__":
    blocks.BLOCK, blocks.PIECE = int(sys.argv[2]), int(sys.argv[3])
    executor = executor_called(sys.argv[1])
    net = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    run = scr.simulate(net, "taiwan", n_draws=48, horizon_days=182, seed=3, executor=executor)
    print(digest(run), islands_digest(order=int(sys.argv[4]), executor=executor))
"""


def digest(run):
    total = hashlib.sha256()
    for name in FIELDS:
        total.update(getattr(run.totals, name).tobytes())
    return total.hexdigest()


def islands_digest(*, order, executor=None):
    """Digest of a small run whose activities and sites are listed forwards or backwards, read in one order."""
    conftest = Path(__file__).parents[1] / "scenarios" / "conftest.py"
    islands = runpy.run_path(str(conftest))
    network = islands["island_network"](order)
    scenario = Scenario.model_validate(islands["scenario_record"]())
    run = scr.simulate(network, scenario, n_draws=48, horizon_days=364, seed=5, executor=executor)
    rows = np.argsort(network.activities)
    total = hashlib.sha256()
    for name in ("output", "lowest", "discounted_external", "recovery_day"):
        total.update(np.ascontiguousarray(getattr(run.totals, name)[..., rows]).tobytes())
    return total.hexdigest()


@pytest.mark.slow
def test_same_bytes_for_any_blocks_executor_hash_seed_and_order_of_nodes(packaged, tmp_path):
    run = scr.simulate(packaged, "taiwan", n_draws=48, horizon_days=182, seed=3)
    here = f"{digest(run)} {islands_digest(order=1)}"
    script = tmp_path / "run.py"
    script.write_text(SCRIPT)
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    settings = (
        ("LocalThreads", 48, 32, 1, "0"),
        ("LocalThreads", 7, 5, -1, "1"),
        ("LocalProcesses", 16, 16, -1, "4321"),
        ("dask", 20, 48, -1, "random"),
    )
    for executor, block, piece, order, hash_seed in settings:
        command = [sys.executable, str(script), executor, str(block), str(piece), str(order)]
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": path}
        answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert answer.stdout.strip() == here, (executor, block, piece, order, hash_seed)


@pytest.mark.parametrize(
    "sampling", ["antithetic", "sobol", scr.Sampling("sobol", tilts={"severity": 3.0}, shares={"taiwan-invasion": 0.5})]
)
def test_every_way_of_sampling_gives_the_same_bytes_for_any_blocks(packaged, monkeypatch, sampling):
    whole = scr.simulate(packaged, "taiwan", n_draws=40, horizon_days=91, seed=3, sampling=sampling)
    monkeypatch.setattr(blocks, "BLOCK", 7)
    cut = scr.simulate(
        packaged, "taiwan", n_draws=40, horizon_days=91, seed=3, sampling=sampling, executor=scr.LocalThreads(3)
    )
    assert digest(whole) == digest(cut)


def test_draws_worth_less_than_their_number_are_counted_as_such(packaged):
    plain, weighted = (
        scr.simulate(packaged, "taiwan", n_draws=64, horizon_days=28, sampling=sampling)
        for sampling in ("random", scr.Sampling(shares={"taiwan-invasion": 0.5}))
    )
    assert plain.effective_draws == 64
    assert 20 < weighted.effective_draws < 60
    assert (weighted.totals.component == 2).sum() > (plain.totals.component == 2).sum()


@pytest.mark.parametrize("keep", ["path", "", None])
def test_only_quarters_or_paths_can_be_kept(packaged, keep):
    with pytest.raises(InputError, match="keep"):
        scr.simulate(packaged, "taiwan", n_draws=1, keep=keep)


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


@pytest.mark.parametrize("horizon_days", [5825, 1e9, 1e300])
def test_a_horizon_beyond_the_longest_of_the_parameters_is_refused_before_memory_is_asked_for(packaged, horizon_days):
    assert packaged.parameters.model.horizon_longest_days.value == 5824
    with pytest.raises(InputError, match=r"^horizon_days: found .*, expected at most 5824, horizon_longest_days"):
        scr.simulate(packaged, "euv-outage", n_draws=64, horizon_days=horizon_days)


@pytest.mark.parametrize("horizon_days", [-1, 0, True, float("nan"), float("inf"), "x", [91]])
def test_the_horizon_is_checked(packaged, horizon_days):
    with pytest.raises(InputError, match=r"^horizon_days: found .*, expected a number of days above 0$"):
        scr.simulate(packaged, "taiwan", n_draws=1, horizon_days=horizon_days)


def test_unknown_scenario_names_the_nearest(packaged):
    with pytest.raises(UnknownNameError, match="taiwan"):
        scr.simulate(packaged, "tawain", n_draws=1)


def test_an_interrupted_run_stops_at_once(packaged):
    def stop(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scr.simulate(packaged, "taiwan-quake", n_draws=10_000, horizon_days=91, progress=stop)


def test_totals_too_large_for_memory_go_to_temporary_files_and_are_the_same(packaged, monkeypatch):
    arguments = {"n_draws": 150, "horizon_days": 91, "seed": 6}
    monkeypatch.setattr(blocks, "BLOCK", 128)
    memory = scr.simulate(packaged, "taiwan-quake", **arguments)
    monkeypatch.setattr(runner, "IN_MEMORY", 0)
    spilled = scr.simulate(packaged, "taiwan-quake", **arguments)
    folder = Path(spilled.totals.blocks.folder)
    assert len(list(folder.glob("block-*.npy"))) == 2
    assert digest(spilled) == digest(memory)
    pd.testing.assert_frame_equal(spilled.output_loss(), memory.output_loss())
    del spilled
    gc.collect()
    assert not folder.exists()
