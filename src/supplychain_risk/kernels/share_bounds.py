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
  ones stand high is a knapsack with values h^2 - l^2 and weights h - l; branch and bound solves it, in the order of
  value per weight h + l, with the linear relaxation as bound.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from supplychain_risk.kernels.shares import Floats

ROUNDING = 1e-9
"""Two shares that differ by less are the same."""

NEGLIGIBLE = 1e-9
"""A larger HHI is not searched for beyond this."""

MOST_BRANCHES = 2000
"""Branches looked at before the bound of the relaxation stands for the maximum."""


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
    """Bounds of sum s^2 over low <= s <= high with a sum of s between `least_sum` and `most_sum`.

    Exact to 1e-9, but for the maximum of many wide ranges, which may be too large where the search ends early.

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


def place_of_ranges(low: Floats, high: Floats, part_low: Floats, part_high: Floats) -> Interval:
    """Exact bounds of sum part_i s_i over low <= s <= high, sum s = 1: the share of a place.

    The least is reached with the smallest parts, and what the sum leaves beyond the lower ends of s going to suppliers
    with the smallest part first (a fractional knapsack); the most the other way round.

    Parameters
    ----------
    low, high : (n,) ends of the suppliers' ranges; some s between them must sum to 1.
    part_low, part_high : (..., n) least and most part of each supplier's capacity in the place.

    Examples
    --------
    >>> low, high = np.array([0.5, 0.3]), np.array([0.7, 0.5])
    >>> [round(float(end), 12) for end in place_of_ranges(low, high, np.array([0.9, 0.0]), np.array([1.0, 0.0]))]
    [0.45, 0.7]
    """
    return Interval(
        part_low @ low + _filled(high - low, part_low, 1 - float(low.sum())),
        part_high @ low - _filled(high - low, -part_high, 1 - float(low.sum())),
    )


def _filled(room: Floats, cost: Floats, total: float) -> Floats:
    """Least sum of cost x taken, taken within the room of each and `total` together: the cheapest first."""
    order = np.argsort(cost, axis=-1, kind="stable")
    wide = room[order]
    before = np.cumsum(wide, axis=-1) - wide
    taken = np.clip(total - before, 0.0, wide)
    least: Floats = np.einsum("...i,...i->...", np.take_along_axis(cost, order, axis=-1), taken)
    return least


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
    levelled: Floats = np.clip(level, low, high)
    return levelled


def _largest_squares(low: Floats, high: Floats, total: float) -> float:
    """Largest sum of squares in the box with a sum of at most `total`."""
    order = np.argsort(-(low + high), kind="stable")
    wide = [(float(a), float(b)) for a, b in zip(low[order], high[order], strict=True) if b > a]
    return float(low @ low) + _Knapsack(wide).best_gain(max(0.0, total - float(low.sum())))


class _Branch(NamedTuple):
    """Shares before `position` are decided; `leader` (-1: none yet) takes what the others leave of the room."""

    position: int
    leader: int
    room: float
    gain: float


class _Knapsack:
    """Which shares stand at their upper end, and which one takes the rest, for the largest sum of squares.

    `ends` is in falling order of low + high, the gain per room, so that filling in order bounds every other choice.
    """

    def __init__(self, ends: list[tuple[float, float]]) -> None:
        self.ends = ends
        self.rooms = [0.0, *accumulate(high - low for low, high in ends)]
        self.gains = [0.0, *accumulate(high**2 - low**2 for low, high in ends)]

    def best_gain(self, room: float) -> float:
        """Search best branch first; stop when no open branch can gain more, or after `MOST_BRANCHES`.

        Then the result is what the best open branch could gain: too large by little, never too small.
        """
        start = _Branch(0, -1, room, 0.0)
        best = 0.0
        heap = [(-self.bound(start), start)]
        for _ in range(MOST_BRANCHES):
            bound, branch = heappop(heap)
            best = max(best, self.filled(branch))
            if -bound <= best + NEGLIGIBLE:
                return max(best, -bound)
            for child in self.children(branch):
                heappush(heap, (-self.bound(child), child))
            if not heap:
                return best
        return max(best, -heap[0][0])

    def children(self, branch: _Branch) -> Iterator[_Branch]:
        """Leave the next share low, lift it whole, or make it the leader."""
        position, leader, room, gain = branch
        if position == len(self.ends):
            return
        low, high = self.ends[position]
        yield _Branch(position + 1, leader, room, gain)
        if high - low <= room:
            yield _Branch(position + 1, leader, room - (high - low), gain + high**2 - low**2)
        if leader < 0:
            yield _Branch(position + 1, position, room, gain)

    def filled(self, branch: _Branch) -> float:
        """Gain of lifting the open shares whole and in order while they fit; the leader or the next takes the rest."""
        end, left = self._fill(branch.position, branch.room)
        last = branch.leader if branch.leader >= 0 else end
        part = self._part(last, left) if last < len(self.ends) else 0.0
        return branch.gain + self.gains[end] - self.gains[branch.position] + part

    def bound(self, branch: _Branch) -> float:
        """Gain of filling in order, the leader first, if a part of a share gained in proportion."""
        led, room = 0.0, branch.room
        if branch.leader >= 0:
            low, high = self.ends[branch.leader]
            led = min(high - low, room) * (low + high)
            room -= min(high - low, room)
        end, left = self._fill(branch.position, room)
        part = left * sum(self.ends[end]) if end < len(self.ends) else 0.0
        return branch.gain + led + self.gains[end] - self.gains[branch.position] + part

    def _fill(self, position: int, room: float) -> tuple[int, float]:
        """First share from `position` on that does not fit whole, and the room left for it."""
        end = bisect_right(self.rooms, self.rooms[position] + room, lo=position) - 1
        end = max(end, position)
        return end, max(0.0, room - (self.rooms[end] - self.rooms[position]))

    def _part(self, share: int, room: float) -> float:
        low, high = self.ends[share]
        return min(high, low + room) ** 2 - low**2
