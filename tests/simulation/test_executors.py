"""Executors: every block once, as they finish, and the same bytes wherever they run."""

from __future__ import annotations

import os
import signal
import time

import pytest

import supplychain_risk as scr
from supplychain_risk.errors import InputError, WorkerError
from supplychain_risk.simulation import blocks
from supplychain_risk.simulation.executors import AHEAD
from supplychain_risk.simulation.totals import FIELDS

dask, distributed = pytest.importorskip("dask"), pytest.importorskip("distributed")


def times(shared, block):
    return shared * block


def late_if_first(_, block):
    time.sleep(0.2 if block == 0 else 0.0)
    return block


def die(_, block):
    os.kill(os.getpid(), signal.SIGKILL)
    return block


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as running:
        yield running


@pytest.fixture
def client(cluster):
    with distributed.Client(cluster) as connected:
        yield connected


def test_every_block_is_run_once():
    for executor in (scr.LocalThreads(3), scr.LocalProcesses(2)):
        assert sorted(executor.map(times, 3, range(2, 9))) == [(block, 3 * block) for block in range(2, 9)]


def test_results_come_as_they_finish():
    assert [block for block, _ in scr.LocalThreads(2).map(late_if_first, None, range(4))][-1] == 0


def test_no_more_blocks_are_under_way_than_keep_the_workers_busy():
    started = []
    running = scr.LocalThreads(2).map(lambda _, block: started.append(block), None, range(1000))
    next(running)
    time.sleep(0.1)
    assert len(started) <= 2 * AHEAD + 1
    running.close()


def test_no_blocks_are_no_work():
    assert list(scr.LocalThreads(1).map(times, 1, [])) == []


@pytest.mark.parametrize("workers", [0, -1, 1.5, True])
def test_the_number_of_workers_is_checked(workers):
    for kind in (scr.LocalThreads, scr.LocalProcesses):
        with pytest.raises(InputError, match="workers"):
            kind(workers)


@pytest.mark.slow
def test_a_process_that_dies_is_reported():
    with pytest.raises(WorkerError, match="died"):
        list(scr.LocalProcesses(1).map(die, None, range(3)))


@pytest.mark.slow
def test_dask_runs_every_block_once_by_client_and_by_address(cluster, client):
    for where in (client, cluster.scheduler_address):
        assert sorted(scr.DaskExecutor(where).map(times, 3, range(7))) == [(block, 3 * block) for block in range(7)]


@pytest.mark.slow
def test_a_run_whose_dask_worker_is_killed_has_the_same_bytes(packaged, client, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 16)
    arguments = {"n_draws": 320, "horizon_days": 182, "seed": 3}
    workers, done = client.run(os.getpid), []

    def kill_one(draws):
        done.append(draws)
        if len(done) == 3:
            os.kill(next(iter(workers.values())), signal.SIGKILL)

    run = scr.simulate(packaged, "taiwan", **arguments, executor=scr.DaskExecutor(client), progress=kill_one)
    client.wait_for_workers(2, timeout=30)
    assert set(client.run(os.getpid).values()) != set(workers.values())
    local = scr.simulate(packaged, "taiwan", **arguments)
    for name in FIELDS:
        assert getattr(run.totals, name).tobytes() == getattr(local.totals, name).tobytes(), name


def test_a_cluster_without_workers_is_refused():
    with (
        distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as empty,
        distributed.Client(empty) as client,
        pytest.raises(WorkerError, match="no workers"),
    ):
        next(scr.DaskExecutor(client).map(times, 1, [1]))


def test_a_scheduler_that_does_not_answer_is_reported():
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "1s"}),
        pytest.raises(WorkerError, match="no Dask scheduler answers"),
    ):
        next(scr.DaskExecutor("tcp://127.0.0.1:9").map(times, 1, [1]))
