"""Statistics of draws with their Monte Carlo standard errors.

Mean: s / sqrt(n). Quantile q_p of n independent draws: the order statistics around position n p, half the distance
between those at n p -/+ sqrt(n p (1 - p)), which needs no density (David & Nagaraja 2003, Order Statistics,
doi:10.1002/0471722162, section 7.1).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from supplychain_risk.kernels.chain import Floats


class Estimate(NamedTuple):
    """A number from draws and its Monte Carlo standard error, both of the shape of what was estimated."""

    value: Floats
    standard_error: Floats


def mean(draws: Floats) -> Estimate:
    """Mean over the first axis; standard error 0 for a single draw has no meaning and is NaN.

    >>> value, error = mean(np.array([1.0, 2.0, 3.0, 4.0]))
    >>> float(value), round(float(error), 4)
    (2.5, 0.6455)
    """
    values = np.asarray(draws, dtype=np.float64)
    n = len(values)
    centre = values.mean(axis=0)
    if n < 2:
        return Estimate(centre, np.full_like(centre, np.nan))
    return Estimate(centre, values.std(axis=0, ddof=1) / np.sqrt(n))


def quantile(draws: Floats | NDArray[np.float32], p: float) -> Estimate:
    """Smallest draw that at least a share p of the draws does not exceed, over the first axis.

    >>> value, error = quantile(np.arange(1.0, 101.0), 0.9)
    >>> float(value), float(error)
    (90.0, 3.0)
    """
    ordered = np.sort(np.asarray(draws, dtype=np.float64), axis=0)
    n = len(ordered)
    rank = max(1, int(np.ceil(n * p - 1e-9)))
    spread = int(np.ceil(np.sqrt(n * p * (1 - p)) - 1e-9))
    low, high = max(0, rank - 1 - spread), min(n - 1, rank - 1 + spread)
    error = _half_distance(ordered[low], ordered[high]) if n > 1 else np.full_like(ordered[0], np.nan)
    return Estimate(ordered[rank - 1], error)


def _half_distance(low: Floats, high: Floats) -> Floats:
    """Half of high - low; infinite where only one of them is, 0 where both are."""
    both = np.isinf(low) & np.isinf(high)
    return np.where(both, 0.0, (np.where(both, 0.0, high) - np.where(both, 0.0, low)) / 2)
