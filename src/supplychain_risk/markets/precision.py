"""How many draws a number needs: what its standard error is after so many, and draws until it is small enough."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count, takewhile
from os import PathLike

import numpy as np
import pandas as pd

from supplychain_risk.errors import InputError
from supplychain_risk.kernels import tail
from supplychain_risk.markets.metrics import check_watched, watched
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.network.required import require_network
from supplychain_risk.propagation.dynamics import Dynamics
from supplychain_risk.scenarios.design import Method, Sampling
from supplychain_risk.scenarios.library import load_scenario
from supplychain_risk.scenarios.spec import Scenario
from supplychain_risk.simulation.blocks import make_job
from supplychain_risk.simulation.executors import Executor
from supplychain_risk.simulation.result import Simulation
from supplychain_risk.simulation.runner import horizon_of, simulate_in_steps

FEWEST = 1_024
"""Draws after which a standard error is first looked at; then at every doubling."""


def standard_error(run: Simulation, of: str) -> float:
    """Standard error of the mean of what is watched: a product's lost output as share of the horizon, or "return".

    Raises
    ------
    UnknownNameError : neither "return" nor a product of the network.
    InputError : there are too few draws for a standard error.
    """
    error = float(tail.mean(watched(run, of), run.design).standard_error)
    if np.isnan(error):
        raise InputError(f"n_draws: found {run.n_draws}, too few for a standard error; expected more")
    return error


def convergence(run: Simulation, of: str) -> pd.DataFrame:
    """Mean and standard error after the first 2^k draws of a run, up to all of them; nothing is simulated again.

    Parameters
    ----------
    run : a simulation.
    of : a product (lost output as share of the horizon) or "return" (all companies, by the network).

    Returns
    -------
    One row a number of draws: draws, effective_draws, mean, standard_error.

    Examples
    --------
    >>> import supplychain_risk as scr
    >>> net = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    >>> run = scr.simulate(net, "taiwan-quake", n_draws=80, horizon_days=91, seed=7)
    >>> convergence(run, "hbm")["draws"].tolist()
    [32, 64, 80]
    """
    values, design = watched(run, of), run.design
    powers = 2 ** np.arange(5, int(np.log2(run.n_draws)) + 1)
    rows = []
    for n in sorted({*map(int, powers), run.n_draws}):
        first = design.of(slice(n))
        rows.append((n, tail.effective_draws(first.weight), *map(float, tail.mean(values[:n], first))))
    return pd.DataFrame(rows, columns=["draws", "effective_draws", "mean", "standard_error"])


def draws_needed(run: Simulation, of: str, wanted: float) -> int:
    """Draws that bring the standard error down to `wanted` if it falls with the square root of their number.

    Sobol points need fewer.

    Raises
    ------
    InputError : `wanted` is not above 0, or there are too few draws for a standard error.
    """
    _check_wanted(wanted)
    return int(np.ceil(run.n_draws * (standard_error(run, of) / wanted) ** 2))


def simulate_until(  # noqa: PLR0913
    network: SupplyNetwork,
    scenario: str | Scenario,
    *,
    wanted: float,
    of: str,
    max_draws: int = 100_000,
    horizon_days: float | None = None,
    seed: int = 0,
    sampling: Method | Sampling = "random",
    executor: Executor | None = None,
    store: str | PathLike[str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Simulation:
    """Simulate until the standard error of a chosen number is small enough.

    Parameters
    ----------
    network, scenario, horizon_days, seed, sampling, executor, store, progress : as in `simulate`.
    wanted : standard error to reach, in the unit of `of`, above 0.
    of : a product (mean lost output as share of the horizon) or "return" (mean return by the network of all
        companies with a market value, weighted by it).
    max_draws : where to stop at the latest.

    Returns
    -------
    Simulation, the same to the byte as `simulate` with as many draws: 1,024, 2,048, 4,096, ... or `max_draws`;
    `standard_error` says whether the error was reached. Looking only at doublings keeps the choice of the number of
    draws from colouring the result.

    Raises
    ------
    InputError, UnknownNameError, DataError : as `simulate`; a standard error that is not above 0; neither "return" nor
        a product of the network.

    Examples
    --------
    >>> import supplychain_risk as scr
    >>> net = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    >>> simulate_until(net, "taiwan-quake", wanted=0.05, of="hbm", max_draws=48, horizon_days=91)
    Simulation(taiwan-quake, 48 draws, 91 days, seed 0)
    """
    require_network(network)
    _check_wanted(wanted)
    check_watched(network, of)
    job = make_job(
        network,
        load_scenario(scenario) if isinstance(scenario, str) else scenario,
        Dynamics.of(network),
        n_draws=max_draws,
        seed=seed,
        horizon=horizon_of(network, horizon_days),
        sampling=sampling,
        keep="quarters",
    )
    sizes = [*takewhile(lambda n: n < max_draws, (FEWEST * 2**k for k in count())), max_draws]
    for run in simulate_in_steps(job, network, sizes, executor=executor, store=store, progress=progress):
        if run.n_draws == max_draws or standard_error(run, of) <= wanted:
            break
    return run


def _check_wanted(wanted: float) -> None:
    if not wanted > 0.0:
        raise InputError(f"wanted: found {wanted!r}, expected a standard error above 0")
