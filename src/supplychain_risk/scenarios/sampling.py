"""Sample a scenario: from records to capacity paths of many draws.

One part of a mixture happens in each draw, chosen by the mixture's weights; a plain scenario is its own only part.
What a part does in a draw is in `scenarios.hits`. A part has the same draws alone and inside a mixture, and draw d
is the same however the draws are cut into blocks.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import Final

import numpy as np
from numpy.typing import NDArray

from supplychain_risk.errors import InputError
from supplychain_risk.network.network import SupplyNetwork
from supplychain_risk.network.required import require_network
from supplychain_risk.scenarios.design import Method, Sampling, order_coordinates
from supplychain_risk.scenarios.hits import Draws, Grid, sample_hit
from supplychain_risk.scenarios.paths import CapacityPaths, HitPath
from supplychain_risk.scenarios.spec import Hit, Scenario

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

COMPONENT = "component"
"""Driver that chooses the part of a mixture; `Sampling.shares` says how often, a tilt does not."""

KINDS: Final = ("capacity", "deliveries", "final_demand", "capital_purchases")
"""What hits act on."""


def sample_paths(
    scenario: Scenario,
    network: SupplyNetwork,
    *,
    n_draws: int,
    horizon_days: float,
    seed: int,
    first_draw: int = 0,
    step_days: float = 7.0,
    sampling: Method | Sampling = "random",
) -> CapacityPaths:
    """Sample draws ``first_draw ... first_draw + n_draws - 1`` of a scenario on a network.

    Parameters
    ----------
    scenario : a plain scenario or a mixture.
    network : gives activities, sites and their shares.
    n_draws : number of draws D, at least 1.
    horizon_days : length of the paths; outages that last longer are cut there, see `CapacityPaths.cut_share`.
    seed : whole number >= 0.
    first_draw : number of the first draw; draw d is the same in every slice that contains it.
    step_days : length of a step; the last step may reach beyond the horizon.
    sampling : how draws are made, see `Sampling`.

    Raises
    ------
    InputError : a number is out of range, or the horizon ends before a hit can begin.
    UnknownNameError, DataError : a selector, a tilt or a share names something unknown, or a selector selects nothing.
    """
    require_network(network)
    for name, value, least in (("n_draws", n_draws, 1), ("seed", seed, 0), ("first_draw", first_draw, 0)):
        check_whole(name, value, least)
    grid = Grid(horizon_days, step_days)
    sampling = prepare_sampling(sampling, scenario, network, horizon_days=horizon_days)
    return _sample(scenario, network, Draws(sampling, seed, first_draw, n_draws, np.arange(n_draws)), grid)


def prepare_sampling(
    sampling: Method | Sampling, scenario: Scenario, network: SupplyNetwork, *, horizon_days: float
) -> Sampling:
    """Settle the Sobol coordinates of a scenario's drivers, before any draw."""
    chosen = Sampling(sampling) if isinstance(sampling, str) else sampling
    if chosen.method != "sobol" or chosen.coordinates:
        return chosen
    return replace(chosen, coordinates=find_drivers(scenario, network, horizon_days=horizon_days))


def find_drivers(scenario: Scenario, network: SupplyNetwork, *, horizon_days: float) -> tuple[str, ...]:
    """Names of all random quantities of a scenario on a network, in the order of Sobol coordinates.

    Examples
    --------
    >>> from supplychain_risk.dataset.load import load_dataset
    >>> from supplychain_risk.scenarios.library import load_scenario
    >>> network = SupplyNetwork.from_dataset(load_dataset())
    >>> find_drivers(load_scenario("hbm-shortage"), network, horizon_days=364.0)[:3]
    ('component', 'hbm/duration_weeks', 'hbm/recovery_weeks')
    """
    trial = Draws(Sampling(), 0, 0, 1, np.arange(1))
    _sample(scenario, network, trial, Grid(horizon_days, horizon_days))
    return order_coordinates(trial.used)


def _sample(scenario: Scenario, network: SupplyNetwork, draws: Draws, grid: Grid) -> CapacityPaths:
    """Sample all parts of a scenario; `draws` are all draws of the slice."""
    parts, weights = zip(*scenario.components(), strict=True)
    names, probability = tuple(part.name for part in parts), np.array(weights)
    shares = draws.sampling.part_shares(names, probability)
    component = pick_parts(shares, draws.uniforms(COMPONENT))
    hits: dict[str, list[HitPath]] = {kind: [] for kind in KINDS}
    market, end_day = np.zeros(draws.count), np.zeros(draws.count)
    weight = np.divide(probability, shares, out=np.ones_like(shares), where=shares > 0.0)[component]
    for number, part in enumerate(parts):
        own = replace(draws, own=np.flatnonzero(component == number), used=set())
        for name in part.hits:
            _check_onset(part, name, grid)
            paths, end = sample_hit(part, name, network, own, grid, component=number)
            hits[_kind(part.hits[name])] += paths
            end_day[own.own] = np.maximum(end_day[own.own], end)
        if part.market is not None:
            market[own.own] = own.sample(part.market.returns, "market")
        for driver in draws.sampling.tilted_drivers(own.used):
            weight[own.own] *= draws.sampling.driver_weight(driver, own.uniforms(driver))
        draws.used.update(own.used)
    draws.sampling.check_tilts(draws.used - {COMPONENT})
    return CapacityPaths(
        hits=tuple(hits["capacity"]),
        market_factor=market,
        component=component,
        component_names=names,
        weights=probability,
        end_day=end_day,
        weight=weight,
        first_draw=draws.first,
        n_steps=grid.n_steps,
        step_days=grid.step_days,
        demand=tuple(hits["final_demand"]),
        capex=tuple(hits["capital_purchases"]),
        deliveries=tuple(hits["deliveries"]),
    )


def _kind(hit: Hit) -> str:
    return "deliveries" if hit.to is not None else hit.acts_on


def pick_parts(weights: Floats, u: Floats) -> Indices:
    """Choose a part for each uniform, shape of `u`.

    Examples
    --------
    >>> pick_parts(np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.6, 0.9])).tolist()
    [0, 1, 2]
    """
    return np.asarray(np.searchsorted(np.cumsum(weights)[:-1], u, side="right"), dtype=np.intp)


def check_whole(name: str, value: object, least: int) -> None:
    """Raise InputError unless a value is a whole number of at least `least`."""
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not (whole and least <= value < inf):  # type: ignore[operator]
        raise InputError(f"{name}: found {value!r}, expected a whole number of at least {least}")


def _check_onset(part: Scenario, name: str, grid: Grid) -> None:
    onset = part.hits[name].onset_days
    if onset is not None and onset.support[0] >= grid.horizon_days:
        earliest, found = f"{onset.support[0]:g}", f"{grid.horizon_days:g}"
        raise InputError(
            f"horizon_days: found {found}, but {part.name}/{name} begins on day {earliest} at the earliest"
        )
