"""Statistics of draws with their Monte Carlo standard errors.

Draws may carry weights w_d (importance sampling) and may depend on each other inside units u: a single draw, an
antithetic pair, or a replicate of a randomised low-discrepancy sequence. Units are independent. With W = sum w_d:

    mean        m = sum_d w_d x_d / W                                   (self-normalised where weights differ)
    its error   sqrt( U/(U-1) sum_u e_u^2 ),   e_u = sum_{d in u} w_d (x_d - m) / W
    quantile    q_p = inf{x : F(x) >= p},      F(x) = sum_d w_d 1{x_d <= x} / W
    its error   half the distance between q at p - s and at p + s, with s the error of F(q_p) as a mean

For independent draws of equal weight these are s / sqrt(n) and s = sqrt(p (1 - p) / n). The error of a quantile needs
no density (Woodruff 1952, Confidence intervals for medians and other position measures, JASA 47(260), 635-646,
doi:10.1080/01621459.1952.10483443); sums over units linearise the ratio (Wolter 2007, Introduction to Variance
Estimation, doi:10.1007/978-0-387-35099-8, chapter 6). Errors from few units are themselves uncertain: by about
1 / sqrt(2 (U - 1)) of their size.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from supplychain_risk.kernels.chain import Floats, Ints

Draws = Floats | NDArray[np.float32] | NDArray[np.bool_]

COLUMNS = 16
"""Columns that are estimated at a time."""

_SLACK = 1e-9
"""Part of a draw by which sums of weights may miss a level through rounding."""


class Design(NamedTuple):
    """How draws were made, as far as their statistics must know.

    Attributes
    ----------
    weight : (D,) weights > 0, on any scale.
    unit : (D,) number of the unit that a draw belongs to; draws of different units are independent.
    """

    weight: Floats
    unit: Ints

    def of(self, chosen: NDArray[np.bool_] | slice) -> Design:
        """Design of some of the draws."""
        return Design(self.weight[chosen], self.unit[chosen])

    @property
    def is_simple(self) -> bool:
        """Whether draws are independent and of equal weight."""
        return bool(np.ptp(self.weight) == 0.0) and len(np.unique(self.unit)) == len(self.unit)


class Estimate(NamedTuple):
    """A number from draws and its Monte Carlo standard error, both of the shape of what was estimated."""

    value: Floats
    standard_error: Floats


def simple_design(n_draws: int) -> Design:
    """Independent draws of equal weight."""
    return Design(np.ones(n_draws), np.arange(n_draws))


def effective_draws(weight: Floats) -> float:
    """Number of draws of equal weight that say as much about a mean: (sum w)^2 / sum w^2 (Kish 1965).

    >>> effective_draws(np.array([1.0, 1.0, 2.0]))
    2.6666666666666665
    """
    return float(weight.sum() ** 2 / (weight**2).sum())


def mean(draws: Draws, design: Design | None = None) -> Estimate:
    """Mean over the first axis; the standard error of a single unit has no meaning and is NaN.

    >>> value, error = mean(np.array([1.0, 2.0, 3.0, 4.0]))
    >>> float(value), round(float(error), 4)
    (2.5, 0.6455)
    """
    return _by_columns(draws, lambda columns: _mean(columns, design))


def mean_difference(first: Floats, second: Floats, designs: tuple[Design, Design] | None = None) -> Estimate:
    """Mean of `second` minus mean of `first`, draw d of both made from the same uniforms; errors over the same units.

    >>> value, error = mean_difference(np.array([1.0, 2.0, 4.0]), np.array([2.0, 3.0, 5.0]))
    >>> float(value), float(error)
    (1.0, 0.0)
    """
    (a, a_parts, unit), (b, b_parts, _) = (
        _linearised(draws, design) for draws, design in zip((first, second), designs or (None, None), strict=True)
    )
    return Estimate(b - a, _spread(b_parts - a_parts, unit))


def quantile(draws: Draws, p: float, design: Design | None = None) -> Estimate:
    """Smallest draw that draws of at least a share p of the weight do not exceed, over the first axis.

    >>> value, error = quantile(np.arange(1.0, 101.0), 0.9)
    >>> float(value), float(error)
    (90.0, 3.0)
    """
    return _by_columns(draws, lambda columns: _quantile(columns, p, design))


def _by_columns(draws: Draws, estimate: Callable[[Draws], Estimate]) -> Estimate:
    """An estimate over the first axis, some columns at a time, so that what it is made of stays small."""
    shape = draws.shape[1:]
    flat = draws.reshape(len(draws), -1)
    chunks = [estimate(flat[:, first : first + COLUMNS]) for first in range(0, flat.shape[1], COLUMNS)]
    if not chunks:
        return Estimate(np.zeros(shape), np.zeros(shape))
    value, error = (np.concatenate(parts).reshape(shape) for parts in zip(*chunks, strict=True))
    return Estimate(value, error)


def _mean(draws: Draws, design: Design | None) -> Estimate:
    centre, parts, unit = _linearised(draws, design)
    return Estimate(centre, _spread(parts, unit))


def _quantile(flat: Draws, p: float, design: Design | None) -> Estimate:
    flat = np.asarray(flat, dtype=np.float64)
    n = len(flat)
    if design is None or design.is_simple:
        ordered, reached = np.sort(flat, axis=0), np.arange(1.0, n + 1.0)[:, None]
        error = np.full(flat.shape[1], np.sqrt(p * (1.0 - p) / n) if n > 1 else np.nan)
    else:
        weight, unit = _scaled(design)
        order = np.argsort(flat, axis=0, kind="stable")
        ordered, reached = np.take_along_axis(flat, order, axis=0), np.cumsum(weight[order], axis=0)
        error = _level_error(p, weight, unit, order, reached)
    at, low, high = (_at(level, ordered, reached) for level in (p, p - error, p + error))
    distance = np.where(np.isnan(error), np.nan, _half_distance(low, high))
    return Estimate(at, distance)


def _linearised(draws: Draws, design: Design | None) -> tuple[Floats, Floats, Ints]:
    """Mean, what each draw adds to its deviation, and the units."""
    values = np.asarray(draws, dtype=np.float64)
    weight, unit = _scaled(design or simple_design(len(values)))
    wide = weight.reshape(-1, *[1] * (values.ndim - 1))
    centre = np.asarray((wide * values).sum(axis=0) / weight.sum())
    return centre, wide * (values - centre) / weight.sum(), unit


def _scaled(design: Design) -> Design:
    """Weights relative to the largest: exactly 1 where all are equal, so that they then change no bit."""
    return Design(design.weight / design.weight.max(), design.unit)


def _spread(parts: Floats, unit: Ints) -> Floats:
    """Error of a sum over draws whose parts add up to 0: from the sums over units."""
    sums = _unit_sums(parts, unit)
    n = len(sums)
    if n < 2:
        return np.full(parts.shape[1:], np.nan)
    return np.asarray(np.sqrt((sums**2).sum(axis=0) * (n / (n - 1.0))), dtype=np.float64)


def _unit_sums(parts: Floats, unit: Ints) -> Floats:
    order = np.argsort(unit, kind="stable")
    starts = np.flatnonzero(np.diff(unit[order], prepend=unit[order[0]] - 1))
    return parts if len(starts) == len(unit) else np.asarray(np.add.reduceat(parts[order], starts, axis=0))


def _level_error(p: float, weight: Floats, unit: Ints, order: NDArray[np.intp], reached: Floats) -> Floats:
    """Error of the share of weight up to the quantile; draws tied with it are taken in their order."""
    below = np.empty(order.shape)
    np.put_along_axis(below, order, (reached <= np.maximum(p * reached[-1], reached[0]) + _SLACK).astype(float), axis=0)
    wide = weight[:, None] / weight.sum()
    return _spread(wide * (below - (wide * below).sum(axis=0)), unit)


def _at(level: Floats | float, ordered: Floats, reached: Floats) -> Floats:
    """Smallest ordered draw at which the weight reached is at least `level` of all."""
    rank = (reached < level * reached[-1] - _SLACK).sum(axis=0)
    rank = np.broadcast_to(np.minimum(rank, len(ordered) - 1), ordered.shape[1:])
    return np.asarray(np.take_along_axis(ordered, rank[None, :], axis=0)[0], dtype=np.float64)


def _half_distance(low: Floats, high: Floats) -> Floats:
    """Half of high - low; infinite where only one of them is, 0 where both are."""
    both = np.isinf(low) & np.isinf(high)
    return np.where(both, 0.0, (np.where(both, 0.0, high) - np.where(both, 0.0, low)) / 2)
