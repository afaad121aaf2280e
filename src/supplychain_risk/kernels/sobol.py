"""Scrambled Sobol points: uniforms that fill the cube more evenly than chance, with an error that can be measured.

Each driver is one coordinate. Draw d belongs to replicate r = d mod 16 and is point k = d div 16 of it: replicates
are interleaved, so that any first n draws hold n / 16 points of every replicate. All replicates scramble the same
Sobol points (direction numbers of Joe & Kuo 2008), each on its own and independently of the others, by a random
lower-triangular matrix and a random shift of the binary digits (Matousek 1998), drawn from the stream of the driver's
name. A scrambled point is uniform, so every replicate's mean is unbiased, and the spread of the sixteen means is an
honest standard error. Numbers of draws of the form 16 x 2^m are balanced.

References
----------
Joe, S. & Kuo, F. Y. (2008), Constructing Sobol sequences with better two-dimensional projections, SIAM J. Sci.
Comput. 30(5), 2635-2654, doi:10.1137/070709359.
Matousek, J. (1998), On the L2-discrepancy for anchored boxes, J. Complexity 14(4), 527-556,
doi:10.1006/jcom.1998.0489.
L'Ecuyer, P. (2018), Randomized quasi-Monte Carlo: an introduction for practitioners, MCQMC 2016,
doi:10.1007/978-3-319-91436-7_2.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from supplychain_risk.kernels.draws import STREAM_BLOCK, Floats, stream

REPLICATES: Final = 16
BITS: Final = 30

_PLACES: Final = np.arange(BITS - 1, -1, -1, dtype=np.uint64)
_BIT: Final = np.uint64(1) << _PLACES


def sobol_block(seed: int, name: str, block: int, *, coordinate: int, n_coordinates: int) -> Floats:
    """Uniforms of one driver for draws ``1,024 * block`` and following, shape (1,024,), strictly between 0 and 1.

    Parameters
    ----------
    seed, name : name the scramble.
    block : 0-based number of the block of 1,024 draws.
    coordinate, n_coordinates : which of how many coordinates; at most 21,201.

    Examples
    --------
    The 64 points of each replicate fall one into each 64th:

    >>> u = sobol_block(7, "quake/severity", 0, coordinate=3, n_coordinates=5)
    >>> np.unique(np.floor(u[0::16] * 64)).size
    64
    """
    points = _points(n_coordinates, block)[:, coordinate]
    random = stream(seed, f"{name}/scramble", 0).integers(1 << BITS, size=(REPLICATES, BITS + 1), dtype=np.uint64)
    above = ~(_BIT | (_BIT - np.uint64(1)))  # digit i keeps itself and adds some of the digits before it
    rows = (random[:, :BITS] & above) | _BIT
    digits = np.bitwise_count(points[:, None, None] & rows).astype(np.uint64) & np.uint64(1)
    scrambled = (digits << _PLACES).sum(axis=-1, dtype=np.uint64) ^ random[:, BITS]
    return np.asarray((scrambled.ravel() + 0.5) / 2.0**BITS, dtype=np.float64)


@lru_cache(maxsize=4)
def _points(n_coordinates: int, block: int) -> NDArray[np.uint64]:
    """Sobol points of a block before scrambling, as whole numbers, shape (64, n_coordinates)."""
    from scipy.stats import qmc

    count = STREAM_BLOCK // REPLICATES
    engine = qmc.Sobol(n_coordinates, scramble=False, bits=BITS)
    if block:
        engine.fast_forward(block * count)
    return (engine.random(count) * 2.0**BITS).astype(np.uint64)
