"""Monte Carlo past ten thousand draws: time and memory by draws, time outside the dynamics, executors side by side."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from distributed import Client, LocalCluster
from measure import Row, run_command

import supplychain_risk as scr
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.propagation.dynamics import Dynamics
from supplychain_risk.propagation.engine import run_engine
from supplychain_risk.simulation.blocks import BLOCK, PIECE, Horizon, Job, make_job, piece_record, run_block
from supplychain_risk.simulation.executors import Executor
from supplychain_risk.simulation.shocks import make_shock
from supplychain_risk.simulation.totals import empty_block

SIZES = (10_000, 30_000, 100_000)
BUDGETS = {100_000: ("< 90", "< 2000")}
WEEKS = 104
BLOCKS = 50
"""Blocks that executors are compared on, of the usual size."""
WORKERS = 2
REPEATS = 5


def by_draws() -> Iterator[Row]:
    """The verb `scenario` from a shell, report included."""
    for draws in SIZES:
        command = ("-m", "supplychain_risk", "scenario", "taiwan", "--horizon", str(7 * WEEKS), "--draws", str(draws))
        seconds, memory = run_command(*command)
        time_budget, memory_budget = BUDGETS.get(draws, ("", ""))
        yield Row(f"{draws:,} draws x {WEEKS} weeks", seconds, "s", time_budget)
        yield Row(f"{draws:,} draws x {WEEKS} weeks, peak", memory, "MB", memory_budget)
        if draws == max(SIZES):
            yield Row("a million draws at this rate", seconds * 1_000_000 / draws / 3600 * WORKERS, "core hours")


def outside(job: Job) -> float:
    """Share of a block's processor time that is not spent in the dynamics; each part at its best of several runs."""
    best = {"sample": float("inf"), "shock": float("inf"), "dynamics": float("inf"), "write": float("inf")}
    piece, n_steps = np.arange(PIECE), len(job.plan.row_of_step)
    for _ in range(REPEATS):
        clock = [time.thread_time()]
        paths = job.sample(0, n_steps)
        clock.append(time.thread_time())
        shock, record = make_shock(job.plan, paths, piece), piece_record(job.plan, PIECE, n_steps)
        clock.append(time.thread_time())
        run_engine(job.plan.chain, job.plan.rules, shock, record)
        clock.append(time.thread_time())
        totals = empty_block(job.plan, paths, np.full(BLOCK, n_steps), rest_steps=np.zeros(BLOCK))
        totals.write_record(job.plan, piece, record)
        clock.append(time.thread_time())
        best = {
            part: min(least, end - begin)
            for (part, least), begin, end in zip(best.items(), clock, clock[1:], strict=False)
        }
    best["sample"] *= PIECE / BLOCK
    return 1.0 - best["dynamics"] / sum(best.values())


def seconds(job: Job, executor: Executor) -> float:
    """Wall time of all blocks of a job once the workers are warm; the better of two runs."""
    best = float("inf")
    for _ in range(2):
        list(executor.map(run_block, job, range(WORKERS)))
        begin = time.perf_counter()
        for _ in executor.map(run_block, job, range(job.n_blocks)):
            pass
        best = min(best, time.perf_counter() - begin)
    return best


def executors(job: Job) -> Iterator[Row]:
    """The same blocks in threads, and on a local Dask cluster of as many processes."""
    threads = seconds(job, scr.LocalThreads(WORKERS))
    yield Row(f"{BLOCKS} blocks, {WORKERS} threads", threads, "s")
    yield Row(f"{BLOCKS} blocks, {WORKERS} processes, start included", seconds(job, scr.LocalProcesses(WORKERS)), "s")
    with (
        LocalCluster(n_workers=WORKERS, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        dask = seconds(job, scr.DaskExecutor(client))
    yield Row(f"{BLOCKS} blocks, {WORKERS} Dask workers", dask, "s")
    yield Row("Dask over threads", 100.0 * (dask / threads - 1.0), "%", "< 10")


def measure() -> Iterator[Row]:
    """All of the above."""
    network = SupplyNetwork.from_dataset(scr.load_dataset())
    taiwan, rules, horizon = scr.load_scenario("taiwan"), Dynamics.of(network), Horizon(7.0 * WEEKS)
    job = make_job(network, taiwan, rules, n_draws=BLOCKS * BLOCK, seed=1, horizon=horizon)
    yield Row("outside the dynamics", 100.0 * outside(job), "%", "< 15")
    yield from executors(job)
    yield from by_draws()
