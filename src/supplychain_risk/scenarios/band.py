"""The course of a scenario as a band: what is left of each target, week by week, over many draws.

For a hit on activities i with normal output x_i, of which it reaches the share r_i, the part left of what it reaches is

    left[d, t] = 1 - profile[d, t] sum_i x_i intensity_i[d] / sum_i x_i r_i

in draws d of the hit's own part, 1 = normal. Hits that overlap are shown one by one, not multiplied.
"""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from supplychain_risk.errors import InputError
from supplychain_risk.network.network import SupplyNetwork
from supplychain_risk.scenarios.library import load_scenario
from supplychain_risk.scenarios.paths import IN_PROCESS, CapacityPaths, HitPath
from supplychain_risk.scenarios.sampling import sample_paths
from supplychain_risk.scenarios.spec import Scenario

Floats = NDArray[np.float64]


def capacity_band(
    network: SupplyNetwork,
    scenario: str | Scenario,
    *,
    n_draws: int = 2_000,
    horizon_days: float = 728.0,
    seed: int = 0,
    level: float = 0.8,
) -> pd.DataFrame:
    """What is left of each target of a scenario by week: median and band over draws, ready to plot.

    Parameters
    ----------
    network : gives activities, sites and their shares.
    scenario : name of a packaged scenario, or a record.
    n_draws, horizon_days, seed : as for `sample_paths`.
    level : part of the draws inside the band, between 0 and 1; 0.8 leaves a tenth on each side.

    Returns
    -------
    DataFrame
        One row per target and week: target ("part/hit"), acts_on (capacity, deliveries, final_demand or
        capital_purchases), week (0-based, mean over the week), low, median, high (what is left, 1 = normal).
        Conditional on the part happening; the quantiles are over draws, week by week, and no path need follow one.

    Raises
    ------
    InputError : a number is out of range.
    UnknownNameError, DataError : as `sample_paths`.

    Examples
    --------
    >>> import supplychain_risk as scr
    >>> net = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    >>> band = scr.capacity_band(net, "euv-outage", n_draws=200, horizon_days=182)
    >>> band[band["target"] == "euv-outage/scanners"].columns.tolist()
    ['target', 'acts_on', 'week', 'low', 'median', 'high']
    """
    if not 0.0 < level < 1.0:
        raise InputError(f"level: found {level!r}, expected a number between 0 and 1")
    record = load_scenario(scenario) if isinstance(scenario, str) else scenario
    paths = sample_paths(record, network, n_draws=n_draws, horizon_days=horizon_days, seed=seed)
    quantiles = ((1.0 - level) / 2.0, 0.5, (1.0 + level) / 2.0)
    tables = []
    for acts_on, hits in _by_kind(paths):
        for target, pieces in groupby(hits, key=_target):
            left = _left(list(pieces), network, paths)
            low, median, high = np.quantile(left, quantiles, axis=1) if left.size else np.full((3, len(left)), np.nan)
            week = np.arange(paths.n_steps)
            columns = {"target": target, "acts_on": acts_on, "week": week, "low": low, "median": median, "high": high}
            tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def _by_kind(paths: CapacityPaths) -> tuple[tuple[str, tuple[HitPath, ...]], ...]:
    return (
        ("capacity", paths.hits),
        ("deliveries", paths.deliveries),
        ("final_demand", paths.demand),
        ("capital_purchases", paths.capex),
    )


def _target(hit: HitPath) -> str:
    return hit.name.removesuffix(IN_PROCESS)


def _left(pieces: list[HitPath], network: SupplyNetwork, paths: CapacityPaths) -> Floats:
    """What is left in the draws of the hit's part, shape (T, m)."""
    own = paths.component == pieces[0].component
    reached = sum(float(network.x0[piece.activities] @ piece.reach) for piece in pieces)
    lost = np.zeros((paths.n_steps, int(own.sum())))
    for piece in pieces:
        lost += (network.x0[piece.activities] @ piece.intensity[:, own]) * piece.profile[:, own]
    return np.maximum(1.0 - lost / reached, 0.0)
