r"""How low and how high an HHI can be, when not all shares are known, or none of them exactly.

Unknown suppliers. Named suppliers hold s_1..s_n, the rest R = 1 - sum s_i belongs to suppliers nobody has named. The
HHI is least if they are many and small, and largest if they are as large as they can be without having been named,
that is as large as the smallest named share m:

.. math:: \sum s_i^2 \;\le\; H \;\le\; \sum s_i^2 + \lfloor R/m \rfloor\, m^2 + (R - m \lfloor R/m \rfloor)^2 .

Without any named supplier the rest may be one: H <= R^2.

Inexact shares. Each share lies in [l_i, h_i] and their sum in [a, b] (1 - R at both ends if R is exact). H is convex:

- its minimum is the point of the box closest to 0 that reaches the sum: the shares are a common level w, cut to their
  ranges, :math:`s_i = \min(h_i, \max(l_i, w))`, with w such that the sum is a (or l itself, if that sums to more);
- its maximum is a vertex: all shares at an end of their range but at most one, which takes what is left of b. Which
  ones stand high is a knapsack with values h^2 - l^2 and weights h - l; branch and bound solves it exactly, in the
  order of value per weight h + l, with the linear relaxation as bound.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from supplychain_risk.kernels.shares import Floats

ROUNDING = 1e-9
"""Two shares that differ by less are the same."""

NEGLIGIBLE = 1e-15
"""A larger HHI is not searched for beyond this."""


class Interval(NamedTuple):
    """Smallest and largest value that agree with what is known."""

    low: Floats
    high: Floats


def hhi_of_incomplete(named: Floats, rest: Floats) -> Interval:
    """Bounds of the HHI when part of the suppliers are unknown.

    Parameters
    ----------
    named : (..., n) shares of named suppliers; 0 = none (padding).
    rest : (...) share of unknown suppliers, none of them larger than the smallest named one.

    Examples
    --------
    >>> low, high = hhi_of_incomplete(np.array([0.6, 0.2]), np.array(0.2))
    >>> round(float(low), 12), round(float(high), 12)
    (0.4, 0.44)
    """
    squares = np.einsum("...i,...i->...", named, named)
    smallest = np.min(np.where(named > 0, named, np.inf), axis=-1, initial=np.inf)
    largest = np.minimum(smallest, rest)
    whole = np.floor(rest / np.where(largest > 0, largest, 1.0) + ROUNDING)
    left = np.maximum(rest - whole * largest, 0.0)
    return Interval(squares, squares + whole * largest**2 + left**2)


def hhi_of_ranges(low: Floats, high: Floats, *, least_sum: float = 1.0, most_sum: float = 1.0) -> Interval:
    """Exact bounds of sum s^2 over low <= s <= high with a sum of s between `least_sum` and `most_sum`.

    Parameters
    ----------
    low, high : (n,) ends of the ranges, 0 <= low <= high; some s must satisfy both the ranges and the sum.
    least_sum, most_sum : 0 <= least_sum <= most_sum; what is missing to 1 belongs to suppliers outside the vector.

    Examples
    --------
    Shares of 0.5..0.7, 0.2..0.4 and 0.1 that sum to 1:

    >>> least, most = hhi_of_ranges(np.array([0.5, 0.2, 0.1]), np.array([0.7, 0.4, 0.1]))
    >>> round(float(least), 12), round(float(most), 12)
    (0.42, 0.54)
    """
    flattest = _levelled(low, high, least_sum)
    steepest = _largest_squares(low, high, most_sum)
    return Interval(np.asarray(flattest @ flattest), np.asarray(steepest))


def share_of_ranges(
    low: Floats, high: Floats, part: Floats, *, least_sum: float = 1.0, most_sum: float = 1.0
) -> Interval:
    """Exact bounds of sum part_i s_i over the same set: the share of a place with part_i of supplier i's capacity.

    A fractional knapsack: what the sum allows beyond the lower ends goes to the largest (smallest) parts first.

    Parameters
    ----------
    low, high, least_sum, most_sum : as in `hhi_of_ranges`.
    part : (..., n) 0..1, part of each supplier that counts; the result has the leading shape.
    """
    return Interval(
        low @ np.moveaxis(part, -1, 0) + _filled(low, high, part, least_sum),
        low @ np.moveaxis(part, -1, 0) + _filled(low, high, -part, most_sum),
    )


def _filled(low: Floats, high: Floats, cost: Floats, total: float) -> Floats:
    """Smallest |sum cost_i x_i| with x_i up to high - low that lift the sum of shares to `total`, cheapest first."""
    order = np.argsort(cost, axis=-1, kind="stable")
    room = (high - low)[order]
    before = np.cumsum(room, axis=-1) - room
    taken = np.clip(max(0.0, total - float(low.sum())) - before, 0.0, room)
    moved: Floats = np.abs(np.einsum("...i,...i->...", np.take_along_axis(cost, order, axis=-1), taken))
    return moved


def _levelled(low: Floats, high: Floats, total: float) -> Floats:
    """The vector of the box with that sum whose entries differ least: min(high, max(low, w)); low if it has the sum."""
    if low.sum() >= total:
        return low
    ends = np.unique(np.concatenate([low, high]))
    sums = np.clip(ends[:, None], low, high).sum(axis=1)
    after = min(int(np.searchsorted(sums, total)), len(ends) - 1)
    before = max(after - 1, 0)
    span = sums[after] - sums[before]
    level = ends[before] + (ends[after] - ends[before]) * ((total - sums[before]) / span if span > 0 else 0.0)
    return np.clip(level, low, high)


def _largest_squares(low: Floats, high: Floats, total: float) -> float:
    """Largest sum of squares in the box with a sum of at most `total`."""
    order = np.argsort(-(low + high), kind="stable")
    ends = [(float(a), float(b)) for a, b in zip(low[order], high[order], strict=True) if b > a]
    fixed = float(low @ low)
    return fixed + _best_gain(ends, max(0.0, total - float(low.sum())))


def _best_gain(ends: list[tuple[float, float]], room: float) -> float:
    """Largest gain in squares from lifting shares from low to high, one of them perhaps in part.

    `ends` is in falling order of low + high, the gain per room, so that filling in order bounds every other choice.
    A branch is what is still undecided, led by the share that takes what the others leave, once it is chosen.
    """
    best = 0.0
    stack = [(ends, False, room, 0.0)]
    while stack:
        open_ends, led, left, gain = stack.pop()
        candidates = open_ends[:1] if led else open_ends
        best = max(best, gain + max((_part(*share, left) for share in candidates), default=0.0))
        if len(open_ends) == led or gain + _relaxed(open_ends, left) <= best + NEGLIGIBLE:
            continue
        (low, high), rest = open_ends[led], open_ends[led + 1 :]
        leader = open_ends[:led]
        if not led:
            stack.append((open_ends[:1] + rest, True, left, gain))
        stack.append((leader + rest, led, left, gain))
        if high - low <= left:
            stack.append((leader + rest, led, left - (high - low), gain + high**2 - low**2))
    return best


def _part(low: float, high: float, room: float) -> float:
    """Gain from lifting one share as far as the room allows."""
    reached = min(high, low + room)
    return reached**2 - low**2


def _relaxed(ends: list[tuple[float, float]], room: float) -> float:
    """Gain from filling in order if a part of a share gained in proportion: never less than any whole choice."""
    gain = 0.0
    for low, high in ends:
        lifted = min(high - low, room)
        gain += lifted * (low + high)
        room -= lifted
    return gain
