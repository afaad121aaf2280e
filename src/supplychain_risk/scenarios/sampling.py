"""Sample a scenario: from records to capacity paths of many draws.

One part of a mixture happens in each draw, chosen by the mixture's weights; a plain scenario is its own only part.
What a part does in a draw is in `scenarios.hits`. A part has the same draws alone and inside a mixture, and draw d
is the same however the draws are cut into blocks.
"""

from __future__ import annotations

from math import inf
from typing import Final

import numpy as np
from numpy.typing import NDArray

from supplychain_risk.errors import InputError
from supplychain_risk.kernels.draws import uniforms
from supplychain_risk.network.network import SupplyNetwork
from supplychain_risk.scenarios.hits import Draws, Grid, sample_hit
from supplychain_risk.scenarios.paths import CapacityPaths, HitPath
from supplychain_risk.scenarios.spec import Hit, Scenario

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

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

    Raises
    ------
    InputError : a number is out of range, or the horizon ends before a hit can begin.
    UnknownNameError, DataError : a selector names something unknown or selects nothing.
    """
    for name, value, least in (("n_draws", n_draws, 1), ("seed", seed, 0), ("first_draw", first_draw, 0)):
        check_whole(name, value, least)
    grid = Grid(horizon_days, step_days)
    parts, weights = zip(*scenario.components(), strict=True)
    component = pick_parts(np.array(weights), uniforms(seed, f"{scenario.name}/component", first_draw, n_draws))
    hits: dict[str, list[HitPath]] = {kind: [] for kind in KINDS}
    market, cut = np.zeros(n_draws), np.zeros(n_draws, dtype=np.bool_)
    for number, part in enumerate(parts):
        draws = Draws(seed, first_draw, n_draws, np.flatnonzero(component == number))
        for name in part.hits:
            _check_onset(part, name, grid)
            paths, beyond = sample_hit(part, name, network, draws, grid, component=number)
            hits[_kind(part.hits[name])] += paths
            cut[draws.own] |= beyond
        if part.market is not None:
            market[draws.own] = draws.sample(part.market.returns, f"{part.name}/market")
    return CapacityPaths(
        hits=tuple(hits["capacity"]),
        market_factor=market,
        component=component,
        component_names=tuple(part.name for part in parts),
        weights=np.array(weights),
        cut=cut,
        first_draw=first_draw,
        n_steps=grid.n_steps,
        step_days=step_days,
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
