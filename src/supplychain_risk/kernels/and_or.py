r"""Who still works when some have gone for good: the AND/OR fixpoint on many removed sets at once.

An activity works while it is not removed and *every* essential input still has *some* working maker (AND over inputs,
OR over the makers of one input):

.. math:: w_i = \neg r_i \wedge \bigwedge_{s \in S_i} \; \bigvee_{e \in E_s} w_{j(e)} .

The largest solution is what remains: start with all at work and take away until nothing changes. Paths alone cannot
say this, because they treat all inputs as substitutes (they miss a sole packager whose customer also has other
suppliers). Directed hypergraphs have the same semantics (Ausiello & Laura 2017, Directed hypergraphs: introduction and
fundamental algorithms, Theoretical Computer Science 658, doi:10.1016/j.tcs.2016.03.016).

Sixty-four removed sets share one machine word, so a round is one OR over links and one AND over inputs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Words = NDArray[np.uint64]

WORD = 64


class AndOr(NamedTuple):
    """Essential inputs of A activities: K inputs, E links.

    Attributes
    ----------
    activities : A.
    input_owner : (K,) activity that needs the input; sorted.
    link_input : (E,) input that a link serves; sorted, every input has at least one link.
    link_supplier : (E,) activity at the other end.
    """

    activities: int
    input_owner: Ints
    link_input: Ints
    link_supplier: Ints


def working(graph: AndOr, removed: Bools) -> Bools:
    """Which activities still work, for D removed sets at once.

    Parameters
    ----------
    graph : essential inputs and who can serve them.
    removed : (D, A) activities taken away.

    Returns
    -------
    (D, A) bool, the largest fixpoint.

    Examples
    --------
    Activity 2 needs input a (from 0 or 1) and input b (from 0 only).

    >>> graph = AndOr(3, np.array([2, 2]), np.array([0, 0, 1]), np.array([0, 1, 0]))
    >>> working(graph, np.array([[True, False, False], [False, True, False]]))[:, 2].tolist()
    [False, True]
    """
    alive = pack(~removed.T)
    if len(graph.link_input) == 0:
        return ~removed
    first_link = np.flatnonzero(np.diff(graph.link_input, prepend=-1))
    first_input = np.flatnonzero(np.diff(graph.input_owner, prepend=-1))
    owner = graph.input_owner[first_input]
    while True:
        served = np.bitwise_or.reduceat(alive[graph.link_supplier], first_link, axis=0)
        able = alive[owner] & np.bitwise_and.reduceat(served, first_input, axis=0)
        if (able == alive[owner]).all():
            return unpack(alive, len(removed)).T
        alive[owner] = able


def pack(rows: Bools) -> Words:
    """(A, D) booleans as (A, ceil(D / 64)) words; missing bits are 0."""
    padded = np.zeros((len(rows), -(-rows.shape[1] // WORD) * WORD), dtype=np.bool_)
    padded[:, : rows.shape[1]] = rows
    return np.packbits(padded, axis=1, bitorder="little").view(np.uint64)


def unpack(words: Words, count: int) -> Bools:
    """Undo `pack` for the first `count` columns."""
    return np.unpackbits(words.view(np.uint8), axis=1, count=count, bitorder="little").astype(np.bool_)
