"""Quantile functions of shares, lengths and samples: beta, truncated normal, gamma, empirical.

Each takes uniforms of any shape, so that a copula can join what it is applied to and a low-discrepancy sequence can
stand in for the uniforms. Those given by other parameters than the textbook's:

    normal      the normal distribution of mean m and standard deviation s, cut to [low, high] with low <= m <= high:
                F^-1(u) = m + s Phi^-1( Phi(a) + u (Phi(b) - Phi(a)) ),   a = (low - m) / s,  b = (high - m) / s
    gamma       by mean m and standard deviation s: shape (m / s)^2, scale s^2 / m
    empirical   the smallest value with at least a part u of the sample at or below it

References
----------
Johnson, N. L., Kotz, S. & Balakrishnan, N. (1994, 1995), Continuous Univariate Distributions, vol. 1 (normal 13,
gamma 17) and vol. 2 (beta 25), Wiley.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]


def beta_quantile(u: Floats, a: float, b: float, low: float, high: float) -> Floats:
    """Quantile of the beta distribution with shapes a, b > 0, stretched to [low, high].

    Examples
    --------
    >>> beta_quantile(np.array([0.5]), 2.0, 2.0, 0.0, 10.0).round(6).tolist()
    [5.0]
    """
    return np.asarray(low + (high - low) * special.betaincinv(a, b, u), dtype=np.float64)


def normal_quantile(u: Floats, mean: float, sd: float, low: float, high: float) -> Floats:
    """Quantile of the normal distribution cut to [low, high]; `mean` and `sd` are those before the cut.

    Examples
    --------
    >>> normal_quantile(np.array([0.0, 0.5, 1.0]), 10.0, 2.0, 4.0, 16.0).round(6).tolist()
    [4.0, 10.0, 16.0]
    """
    below, within = special.ndtr((low - mean) / sd), special.ndtr((high - mean) / sd)
    value = mean + sd * special.ndtri(below + u * (within - below))
    return np.asarray(np.clip(value, low, high), dtype=np.float64)


def gamma_quantile(u: Floats, mean: float, sd: float) -> Floats:
    """Quantile of the gamma distribution of a mean and a standard deviation, both above 0.

    Examples
    --------
    >>> bool(np.isclose(gamma_quantile(np.array([0.5]), 1.0, 1.0)[0], np.log(2.0)))
    True
    """
    return np.asarray(sd**2 / mean * special.gammaincinv((mean / sd) ** 2, u), dtype=np.float64)


def empirical_quantile(u: Floats, *values: float) -> Floats:
    """Quantile of a sample whose values rise; each counts the same.

    Examples
    --------
    >>> empirical_quantile(np.array([0.1, 0.5, 0.51, 1.0]), 2.0, 3.0, 7.0, 9.0).tolist()
    [2.0, 3.0, 7.0, 9.0]
    """
    place = np.clip(np.ceil(u * len(values)).astype(np.intp) - 1, 0, len(values) - 1)
    return np.asarray(np.array(values)[place], dtype=np.float64)
