"""Strongest paths: the largest product of weights along a directed graph.

``s_j = max over paths from the source to j of the product of their weights``, weights in 0..1. That is a shortest path
under the lengths -ln w >= 0, so no cycle can make a path stronger and the search ends. Solved by the recursion of
Bellman (1958, doi:10.1090/qam/102435) on all arcs at once, one arc more per round: it counts arcs, and of equally
strong paths it keeps the one with the fewest.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Paths(NamedTuple):
    """Strongest paths from one node.

    Attributes
    ----------
    strength : (n,) largest product of weights; 1 for the source, 0 where no path leads.
    rounds : for 1, 2, ... arcs (n,) the node before each node whose path became stronger in that round, else -1.
    """

    strength: Floats
    rounds: tuple[Ints, ...]

    @property
    def links(self) -> Ints:
        """(n,) number of arcs of each node's path; 0 for the source and for nodes without one."""
        count = np.zeros(len(self.strength), dtype=np.int64)
        for number, before in enumerate(self.rounds, start=1):
            count[before >= 0] = number
        return count


def strongest_paths(weights: sparse.csc_array, source: int, longest: int | None = None) -> Paths:
    """Find the strongest path from one node to every other.

    Parameters
    ----------
    weights : (n, n) arcs from row to column, 0..1, each stored once.
    source : node to start from.
    longest : most arcs of a path; None = any number.

    Examples
    --------
    >>> arcs = sparse.csc_array(([0.5, 0.9, 0.8], ([0, 0, 1], [2, 1, 2])), shape=(3, 3))
    >>> paths = strongest_paths(arcs, 0)
    >>> paths.strength.round(2).tolist(), trace(paths, 2)
    ([1.0, 0.9, 0.72], [0, 1, 2])
    >>> trace(strongest_paths(arcs, 0, longest=1), 2)
    [0, 2]
    """
    count = weights.shape[0]
    reached = np.flatnonzero(np.diff(weights.indptr))
    start = weights.indptr[reached]
    arcs = np.diff(weights.indptr)[reached]
    strength = np.zeros(count)
    strength[source] = 1.0
    rounds: list[Ints] = []
    while len(reached) and (longest is None or len(rounds) < longest):
        through = strength[weights.indices] * weights.data
        best = np.maximum.reduceat(through, start)
        stronger = best > strength[reached]
        if not stronger.any():
            break
        rounds.append(_before(weights, through == np.repeat(np.where(stronger, best, np.nan), arcs)))
        strength[reached[stronger]] = best[stronger]
    return Paths(strength, tuple(rounds))


def _before(weights: sparse.csc_array, winning: NDArray[np.bool_]) -> Ints:
    """(n,) start of the first winning arc into each node, -1 where none wins."""
    arcs = np.flatnonzero(winning)[::-1]
    node = np.searchsorted(weights.indptr, arcs, side="right") - 1
    before = np.full(weights.shape[0], -1, dtype=np.int64)
    before[node] = weights.indices[arcs]
    return before


def trace(paths: Paths, node: int) -> list[int]:
    """Nodes of the strongest path to `node`, source first; the node alone if no path leads there."""
    chain = [node]
    for before in reversed(paths.rounds):
        if before[chain[-1]] >= 0:
            chain.append(int(before[chain[-1]]))
    return chain[::-1]
