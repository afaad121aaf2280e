"""Run a scenario many times: blocks of draws stream through an executor into memory or a folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from supplychain_risk.dataset.load import load_dataset
from supplychain_risk.errors import InputError
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.network.required import require_network
from supplychain_risk.propagation.dynamics import Dynamics
from supplychain_risk.scenarios.design import Method, Sampling
from supplychain_risk.scenarios.hits import Grid
from supplychain_risk.scenarios.library import load_scenario
from supplychain_risk.scenarios.spec import Scenario
from supplychain_risk.simulation.blocks import Horizon, Job, make_job, run_block
from supplychain_risk.simulation.executors import Executor, LocalThreads
from supplychain_risk.simulation.result import Simulation
from supplychain_risk.simulation.store import Store, open_store, read_manifest, stored_draws, temporary_store
from supplychain_risk.simulation.totals import BlockTotals, Totals

IN_MEMORY = 512 * 1024**2
"""Bytes of totals that a run without a store keeps in memory; more go to temporary files."""


def simulate(  # noqa: PLR0913
    network: SupplyNetwork,
    scenario: str | Scenario,
    *,
    n_draws: int = 10_000,
    horizon_days: float | None = None,
    seed: int = 0,
    sampling: Method | Sampling = "random",
    keep: Literal["quarters", "paths"] = "quarters",
    dynamics: Dynamics | None = None,
    executor: Executor | None = None,
    store: str | os.PathLike[str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Simulation:
    """Draw a scenario many times and follow each draw through the network.

    Parameters
    ----------
    network : balanced baseline.
    scenario : name of a packaged scenario, or a record.
    n_draws : number of draws, at least 1.
    horizon_days : length of each path, at which longer outages are cut; at most `horizon_longest_days` of the data's
        parameters. None = that of the parameters: quarters are kept for `horizon_days`, and a draw whose recovery ends
        late is followed until two years after it, at most for `horizon_longest_days`. `Simulation.cut_share` says how
        many are cut.
    seed : whole number >= 0. The same seed gives the same bytes wherever and in whatever order blocks run.
    sampling : how draws are made: "random"; "antithetic", pairs of draws that mirror each other; "sobol", scrambled
        Sobol points, most even at 16 x 2^m draws; or a `Sampling` that also draws rare outcomes more often.
    keep : "paths" keeps the output of every step as well, see `Simulation.output_paths`.
    dynamics : rules of the weekly dynamics; None = those of the network's data.
    executor : where blocks run: `LocalThreads` (None = one per processor), `LocalProcesses`, `DaskExecutor`.
    store : folder that keeps finished blocks. A run that was stopped goes on with those that are missing; one that has
        finished is extended by asking for more draws. None = keep them in memory, beyond 512 MB in temporary files.
    progress : called with the number of draws done after each block.

    Returns
    -------
    Simulation: totals by quarter of every draw. Everything is conditional on the event happening.

    Raises
    ------
    UnknownNameError, DataError, InputError : unknown scenario or selector, bad records, numbers out of range, or a
        store that belongs to another run.
    OutputError : the store cannot be written, for example because the disk is full; finished blocks are kept.
    WorkerError : a process or cluster that runs blocks died.

    Notes
    -----
    What is kept grows with draws x quarters x activities (4 bytes each), not with steps: about 60 kB a draw of the
    packaged network over two years. On disk it is read block by block.

    Examples
    --------
    >>> import supplychain_risk as scr
    >>> net = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    >>> run = scr.simulate(net, "taiwan-quake", n_draws=64, horizon_days=364, seed=7)
    >>> run.output_loss(by="product").columns.tolist()[:4]
    ['mean_days', 'standard_error', 'q05_days', 'q05_error']
    """
    require_network(network)
    job = make_job(
        network,
        load_scenario(scenario) if isinstance(scenario, str) else scenario,
        dynamics or Dynamics.of(network),
        n_draws=n_draws,
        seed=seed,
        horizon=horizon_of(network, horizon_days),
        sampling=sampling,
        keep=keep,
    )
    return next(simulate_in_steps(job, network, [n_draws], executor=executor, store=store, progress=progress))


def simulate_in_steps(
    job: Job,
    network: SupplyNetwork,
    sizes: Sequence[int],
    *,
    executor: Executor | None = None,
    store: str | os.PathLike[str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Simulation]:
    """Run a job with more and more draws, each run going on from the one before.

    Parameters
    ----------
    job, network : what to run; the network with its records.
    sizes : rising numbers of draws; those that a store already has more than are left out.
    executor, store, progress : as in `simulate`.
    """
    _check_size(job, store)
    large = store is None and replace(job, n_draws=max(sizes)).kept_bytes > IN_MEMORY
    temporary = temporary_store(job) if large else None
    if store is not None:
        sizes = [n for n in sizes if n >= stored_draws(store)] or sizes[-1:]
    report = progress or (lambda _: None)
    memory: dict[int, BlockTotals] = {}
    for n_draws in sizes:
        part = replace(job, n_draws=n_draws)
        kept = open_store(store, part) if store is not None else temporary and replace(temporary, n_draws=n_draws)
        missing = _missing(part, memory) if kept is None else kept.missing()
        stored = n_draws - sum(map(part.draws_of, missing))
        if stored and n_draws == sizes[0]:
            report(stored)
        for block, totals in (executor or LocalThreads()).map(run_block, part, missing):
            (memory.__setitem__ if kept is None else kept.write)(block, totals)
            report(totals.n_draws)
        yield _simulation(part, network, [memory[k] for k in range(part.n_blocks)] if kept is None else kept)


def load_simulation(
    folder: str | os.PathLike[str],
    *,
    network: SupplyNetwork | None = None,
    scenario: Scenario | None = None,
) -> Simulation:
    """Read a simulation back from the folder that `simulate` stored it in; nothing is written.

    Parameters
    ----------
    folder : the `store` of a run that has finished.
    network : the network that was simulated; None = that of the packaged data.
    scenario : the scenario that was simulated; None = the packaged one of that name.

    Raises
    ------
    InputError : no finished run is there, or network or scenario are not those that were simulated.

    Examples
    --------
    >>> import tempfile
    >>> import supplychain_risk as scr
    >>> net = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     run = scr.simulate(net, "taiwan-quake", n_draws=4, horizon_days=91, seed=7, store=folder)
    ...     scr.load_simulation(folder, network=net)
    Simulation(taiwan-quake, 4 draws, 91 days, seed 7)
    """
    manifest = read_manifest(folder)
    stated = manifest["run"]
    net = network or SupplyNetwork.from_dataset(load_dataset())
    record = scenario or load_scenario(stated["scenario"])
    for key, digest in (("data_digest", net.digest), ("scenario_digest", record.digest)):
        if digest != stated[key]:
            raise InputError(f"store: {folder} was simulated with another {key}: {stated[key]} there, {digest} here")
    rules = {**stated["dynamics"], "first": tuple(stated["dynamics"]["first"])}
    numbers = {"seed": stated["seed"], "keep": stated["keep"], "horizon": Horizon(**stated["horizon"])}
    sampling = Sampling(**{**stated["sampling"], "coordinates": tuple(stated["sampling"]["coordinates"])})
    made = make_job(net, record, Dynamics(**rules), n_draws=manifest["n_draws"], sampling=sampling, **numbers)
    job = replace(made, block_draws=stated["block_draws"])
    kept = Store(folder, job.n_draws, job.block_draws)
    if missing := kept.missing():
        raise InputError(
            f"store: {folder}: {len(missing)} of {len(kept)} blocks are missing; simulate into it to the end first"
        )
    return _simulation(job, net, kept)


def _missing(job: Job, memory: Mapping[int, BlockTotals]) -> list[int]:
    """Blocks that are not there, or shorter than they should be."""
    return [k for k in range(job.n_blocks) if k not in memory or memory[k].n_draws < job.draws_of(k)]


def horizon_of(network: SupplyNetwork, days: float | None) -> Horizon:
    """The horizon that was asked for, or for None that of the network's data; without data, by the packaged one.

    Raises
    ------
    InputError : no number of days above 0, or more than `horizon_longest_days` of the data's parameters.
    """
    model = (network.parameters or load_dataset().parameters).model
    longest = model.horizon_longest_days.value
    if days is None:
        return Horizon(model.horizon_days.value, model.horizon_after_recovery_days.value, longest)
    if Grid(days, model.step_days.value).horizon_days > longest:
        raise InputError(
            f"horizon_days: found {days:g}, expected at most {longest:g}, horizon_longest_days of the data's parameters"
        )
    return Horizon(days)


def _check_size(job: Job, store: str | os.PathLike[str] | None) -> None:
    """Paths are large: beyond memory only into a folder that the user has chosen."""
    if job.keep_paths and store is None and job.kept_bytes > IN_MEMORY:
        steps, activities = len(job.plan.row_of_step), len(job.plan.chain.output0)
        fit = IN_MEMORY * job.n_draws // job.kept_bytes
        raise InputError(
            f"keep='paths': {job.n_draws:,} draws x {steps} steps x {activities} activities take "
            f"{job.kept_bytes / 1e9:.1f} GB; choose a folder for them (store=FOLDER), or at most {fit:,} draws"
        )


def _simulation(job: Job, network: SupplyNetwork, blocks: Sequence[BlockTotals]) -> Simulation:
    plan, parts = job.plan, list(job.scenario.components())
    steps_in_row = np.bincount(plan.row_of_step).astype(np.int64)
    return Simulation(
        network=network,
        scenario=job.scenario,
        totals=Totals(
            blocks,
            job.n_draws,
            plan.captive_supplier,
            steps_in_row,
            job.step_days,
            price_product=plan.price_product,
            price_maker=plan.market.maker,
            price_buyer=plan.market.buyer,
            price_capital=plan.market.capital,
        ),
        n_draws=job.n_draws,
        seed=job.seed,
        sampling=job.sampling,
        horizon=job.horizon,
        step_days=job.step_days,
        dynamics=plan.dynamics,
        component_names=tuple(part.name for part, _ in parts),
        component_weights=np.array([weight for _, weight in parts]),
        discount_rate=job.discount_rate,
    )
