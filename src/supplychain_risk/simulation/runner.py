"""Run a scenario many times, in blocks of draws that stream through memory."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from supplychain_risk.dataset.load import load_dataset
from supplychain_risk.kernels.chain import Record
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.propagation.dynamics import Dynamics
from supplychain_risk.scenarios.borders import find_borders
from supplychain_risk.scenarios.library import load_scenario
from supplychain_risk.scenarios.paths import CapacityPaths
from supplychain_risk.scenarios.sampling import check_whole, sample_paths
from supplychain_risk.scenarios.spec import Scenario
from supplychain_risk.simulation.blocks import Plan, make_plan, run_block
from supplychain_risk.simulation.result import Simulation, empty_totals

SAMPLED = 1024
"""Draws sampled at a time: the length of a block of the random streams."""

BLOCK = 32
"""Draws that run together in one thread."""


def simulate(
    network: SupplyNetwork,
    scenario: str | Scenario,
    *,
    n_draws: int = 10_000,
    horizon_days: float | None = None,
    seed: int = 0,
    dynamics: Dynamics | None = None,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Simulation:
    """Draw a scenario many times and follow each draw through the network.

    Parameters
    ----------
    network : balanced baseline.
    scenario : name of a packaged scenario, or a record.
    n_draws : number of draws, at least 1.
    horizon_days : length of each path; None = `horizon_days` of the data's parameters. Outages that last longer are cut
        there; `Simulation.cut_share` says how many.
    seed : whole number >= 0. The same seed gives the same bytes for any number of threads.
    dynamics : rules of the weekly dynamics; None = those of the network's data.
    threads : None = one per processor.
    progress : called with the number of draws done after each block.

    Returns
    -------
    Simulation: totals by quarter of every draw. Everything is conditional on the event happening.

    Raises
    ------
    UnknownNameError, DataError, InputError : unknown scenario or selector, bad records, numbers out of range.

    Notes
    -----
    Memory grows with draws x quarters x activities (4 bytes each), not with steps.

    Examples
    --------
    >>> import supplychain_risk as scr
    >>> net = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    >>> run = scr.simulate(net, "taiwan-quake", n_draws=64, horizon_days=364, seed=7)
    >>> run.output_loss(by="product").columns.tolist()
    ['mean_days', 'standard_error', 'q05_days', 'q50_days', 'q95_days', 'q95_error']
    """
    record = load_scenario(scenario) if isinstance(scenario, str) else scenario
    rules = dynamics or Dynamics.of(network)
    model = (network.parameters or load_dataset().parameters).model
    days = model.horizon_days.value if horizon_days is None else horizon_days
    step_days = model.step_days.value
    check_whole("n_draws", n_draws, 1)
    check_whole("seed", seed, 0)
    if threads is not None:
        check_whole("threads", threads, 1)

    def sample(first: int) -> CapacityPaths:
        count = min(SAMPLED, n_draws - first)
        return sample_paths(
            record, network, n_draws=count, first_draw=first, horizon_days=days, seed=seed, step_days=step_days
        )

    sampled = sample(0)
    plan = make_plan(find_borders(network, sampled), rules, sampled, discount_rate=model.discount_rate.value)
    totals = empty_totals(plan, sampled, n_draws)
    pool = ThreadPoolExecutor(threads or os.cpu_count() or 1)
    try:
        for first in range(0, n_draws, SAMPLED):
            running = _start(pool, plan, sampled)
            totals.write_sampled(sampled)
            following = first + SAMPLED
            sampled = sample(following) if following < n_draws else sampled  # while the pool works
            for piece, run in running:
                totals.write_record(first, piece, run.result())
                if progress is not None:
                    progress(piece.stop - piece.start)
    finally:
        pool.shutdown(cancel_futures=True)  # an interrupted run does not wait for what is queued
    return Simulation(
        network=network,
        scenario=record,
        totals=totals,
        n_draws=n_draws,
        seed=seed,
        horizon_days=sampled.n_steps * step_days,
        step_days=step_days,
        dynamics=rules,
        component_names=sampled.component_names,
        component_weights=sampled.weights,
        discount_rate=model.discount_rate.value,
    )


def _start(pool: ThreadPoolExecutor, plan: Plan, paths: CapacityPaths) -> list[tuple[slice, Future[Record]]]:
    """Hand sampled paths to the pool, piece by piece."""
    pieces = [slice(k, min(k + BLOCK, paths.n_draws)) for k in range(0, paths.n_draws, BLOCK)]
    return [(piece, pool.submit(run_block, plan, paths, piece)) for piece in pieces]
