"""Draws of equal weight from draws with weights, for programs that know no weights.

Systematic resampling puts n equally spaced points into the cumulated weights: with w_d >= 0, sum w_d = 1 and one
uniform u in [0, 1), point k = 0 ... n - 1 takes the draw d in which (k + u) / n falls,

    w_1 + ... + w_{d-1} <= (k + u) / n < w_1 + ... + w_d.

Draw d is taken floor(n w_d) or ceil(n w_d) times, on average n w_d times, so means stay unbiased (Kitagawa 1996, Monte
Carlo filter and smoother for non-Gaussian nonlinear state space models, JCGS 5(1), 1-25,
doi:10.1080/10618600.1996.10474692; compared with other schemes in Douc, Cappé & Moulines 2005,
doi:10.1109/ISPA.2005.195385).
"""

from __future__ import annotations

import numpy as np

from supplychain_risk.kernels.chain import Floats, Ints


def systematic(weight: Floats, n: int, u: float) -> Ints:
    """Draws that stand for all with equal weight, in rising order, shape (n,).

    Parameters
    ----------
    weight : (D,) weights >= 0 on any scale, not all 0.
    n : how many to take, at least 1.
    u : uniform in [0, 1), where the first point lies in the first of n equal cells.

    Returns
    -------
    (n,) positions of draws; each draw once where weights are equal and n = D.

    Examples
    --------
    >>> systematic(np.array([0.5, 0.25, 0.25]), 4, 0.5).tolist()
    [0, 0, 1, 2]
    """
    if n == len(weight) and np.ptp(weight) == 0.0:
        return np.arange(n, dtype=np.int64)  # rounding could take one draw twice
    reached = np.cumsum(weight)
    points = (np.arange(n) + u) / n * reached[-1]
    last = np.flatnonzero(weight)[-1]
    return np.asarray(np.minimum(np.searchsorted(reached, points, side="right"), last), dtype=np.int64)
