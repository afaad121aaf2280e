"""Blocks on disk: killed runs go on, torn files are seen, other runs are refused, and the bytes are always the same."""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest

import supplychain_risk as scr
from supplychain_risk.errors import InputError, OutputError
from supplychain_risk.simulation import blocks, store
from supplychain_risk.simulation.totals import FIELDS

SCRIPT = """
import sys
import supplychain_risk as scr
from supplychain_risk.simulation import blocks

blocks.BLOCK = 4
net = scr.SupplyNetwork.from_dataset(scr.load_dataset())
scr.simulate(net, "taiwan", n_draws=480, horizon_days=182, seed=3, store=sys.argv[1])
"""


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 4)


@pytest.fixture
def quake(packaged):
    def run(**changes):
        arguments = {"n_draws": 18, "horizon_days": 91, "seed": 1, **changes}
        return scr.simulate(packaged, arguments.pop("scenario", "taiwan-quake"), **arguments)

    return run


def content(folder):
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def kill_after(seconds, folder):
    """Kill a run so long after it has written its next block; returns whether it was still at work."""
    before = set(folder.glob("block-*.npy"))
    with subprocess.Popen([sys.executable, "-c", SCRIPT, str(folder)], env=environment()) as process:
        while process.poll() is None and set(folder.glob("block-*.npy")) == before:
            time.sleep(0.002)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
    return process.returncode == -signal.SIGKILL


def environment():
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


@pytest.mark.slow
def test_a_run_killed_at_any_moment_goes_on_and_ends_with_the_same_bytes(packaged, tmp_path):
    broken, whole = tmp_path / "broken", tmp_path / "whole"
    broken.mkdir()
    moments, done = random.Random(4), [0]  # noqa: S311
    for _ in range(4):
        assert kill_after(moments.uniform(0.0, 0.08), broken)
        done.append(len(list(broken.glob("block-*.npy"))))
    assert done == sorted(set(done))  # every attempt adds blocks
    assert done[-1] < 120
    run = {"n_draws": 480, "horizon_days": 182, "seed": 3}
    progress = []
    scr.simulate(packaged, "taiwan", **run, store=broken, progress=progress.append)
    assert progress[0] >= 4 * done[-1]  # what was there was not computed again
    scr.simulate(packaged, "taiwan", **run, store=whole)
    assert content(broken) == content(whole)
    assert len(content(whole)) == 121


@pytest.mark.parametrize("damage", ["cut", "changed", "empty"])
def test_a_torn_block_is_seen_and_computed_again(quake, tmp_path, damage):
    quake(store=tmp_path)
    before, torn = content(tmp_path), tmp_path / "block-000002.npy"
    whole = torn.read_bytes()
    damaged = {"cut": whole[:-100], "changed": whole[:5000] + b"\1" + whole[5001:], "empty": b""}
    torn.write_bytes(damaged[damage])
    with pytest.raises(InputError, match="1 of 5 blocks are missing"):
        scr.load_simulation(tmp_path)
    progress = []
    quake(store=tmp_path, progress=progress.append)
    assert progress == [14, 4]
    assert content(tmp_path) == before


def test_more_draws_extend_a_run(quake, tmp_path):
    quake(store=tmp_path / "one")
    progress = []
    quake(n_draws=30, store=tmp_path / "one", progress=progress.append)
    assert progress[0] == 16  # the last block was short and is computed again
    quake(n_draws=30, store=tmp_path / "two")
    assert content(tmp_path / "one") == content(tmp_path / "two")


def test_fewer_draws_than_begun_are_refused(quake, tmp_path):
    quake(store=tmp_path)
    with pytest.raises(InputError, match="begun for 18 draws, found n_draws 9"):
        quake(n_draws=9, store=tmp_path)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"seed": 2}, "seed: 1 there, 2 here"),
        ({"sampling": "antithetic"}, "sampling: .* 'random', .* there, .* 'antithetic', .* here"),
        ({"keep": "paths"}, "keep: quarters there, paths here"),
        ({"horizon_days": 182}, r"horizon: {'days': 91.0, .* there, {'days': 182.0, .* here"),
        ({"scenario": "euv-outage"}, "scenario: taiwan-quake there, euv-outage here"),
    ],
)
def test_a_changed_input_refuses_to_mix_and_is_named(quake, tmp_path, changes, named):
    quake(store=tmp_path)
    before = content(tmp_path)
    with pytest.raises(InputError, match=named):
        quake(**changes, store=tmp_path)
    assert content(tmp_path) == before


def test_numbers_of_another_type_are_the_same_run(quake, tmp_path):
    quake(store=tmp_path)
    before = content(tmp_path)
    quake(seed=np.int64(1), horizon_days=np.float32(91), store=tmp_path)
    assert content(tmp_path) == before


def test_a_changed_network_refuses_to_mix_even_under_the_same_digest(packaged, quake, tmp_path):
    quake(store=tmp_path)
    changed = replace(packaged, buffer_days=packaged.buffer_days * 1.01)
    with pytest.raises(InputError, match="network_digest"):
        scr.simulate(changed, "taiwan-quake", n_draws=18, horizon_days=91, seed=1, store=tmp_path)


def test_blocks_without_a_manifest_are_nobodys(quake, tmp_path):
    quake(store=tmp_path)
    (tmp_path / "manifest.json").unlink()
    with pytest.raises(InputError, match="cannot read"):
        quake(store=tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", '{"schema_version": 99, "run": {}}'])
def test_a_manifest_of_another_kind_is_refused(quake, tmp_path, text):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(InputError, match=r"manifest\.json"):
        quake(store=tmp_path)


def test_a_full_disk_stops_the_run_with_a_message_and_the_run_goes_on_later(quake, tmp_path, monkeypatch):
    flush, written = os.fsync, []

    def full(descriptor):
        written.append(descriptor)
        if len(written) > 6:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        flush(descriptor)

    monkeypatch.setattr(store.os, "fsync", full)
    with pytest.raises(OutputError, match=r"cannot write block \d+ .*No space left on device; finished"):
        quake(store=tmp_path / "one")
    monkeypatch.undo()
    monkeypatch.setattr(blocks, "BLOCK", 4)
    names = content(tmp_path / "one")
    assert 0 < len(names) < 6
    assert not any(name.endswith(".part") for name in names)
    quake(store=tmp_path / "one")
    quake(store=tmp_path / "two")
    assert content(tmp_path / "one") == content(tmp_path / "two")


def test_a_place_that_cannot_be_written_is_refused_before_anything_runs(quake, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write into"):
        quake(store=tmp_path / "file" / "folder")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_refused_before_anything_runs(quake, tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="Permission denied"):
        quake(store=tmp_path)


@pytest.mark.parametrize(
    "changes", [{}, {"keep": "paths"}, {"sampling": scr.Sampling("sobol", tilts={"severity": 2.0})}]
)
def test_a_simulation_read_back_is_the_one_that_was_stored(packaged, quake, tmp_path, changes):
    run = quake(store=tmp_path, **changes)
    read = scr.load_simulation(tmp_path, network=packaged)
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(read.totals, name), getattr(run.totals, name))
    assert read.provenance == run.provenance
    assert read.output_loss().equals(run.output_loss())


def test_a_simulation_is_not_read_with_another_network_or_scenario(packaged, quake, tmp_path):
    quake(store=tmp_path)
    with pytest.raises(InputError, match="another data_digest"):
        scr.load_simulation(tmp_path, network=replace(packaged, digest="0" * 64))
    with pytest.raises(InputError, match="another scenario_digest"):
        scr.load_simulation(tmp_path, network=packaged, scenario=scr.load_scenario("euv-outage"))


def test_a_block_is_read_by_numpy_alone(quake, tmp_path):
    run = quake(store=tmp_path)
    block = np.load(tmp_path / "block-000001.npy")
    np.testing.assert_array_equal(block["lowest"][0], run.totals.lowest[4:8])


def test_the_manifest_says_what_the_blocks_follow_from_and_nothing_of_time_or_place(packaged, quake, tmp_path):
    quake(store=tmp_path)
    text = (tmp_path / "manifest.json").read_text()
    assert str(tmp_path) not in text
    manifest = json.loads(text)
    assert manifest["schema_version"] == store.SCHEMA_VERSION
    assert manifest["run"]["data_digest"] == packaged.digest
    assert manifest["run"]["version"] == scr.__version__
