r"""Concentration indices of share vectors.

A share vector s has shares s_i >= 0 that sum to 1. Every function takes one vector or an array (..., n) of them, last
axis the suppliers, and returns an array of the leading shape. Two families:

- Moments of shares. :math:`H = \sum s_i^2`; Renyi entropy
  :math:`R_\alpha = \ln(\sum s_i^\alpha) / (1 - \alpha)`, whose limit at alpha = 1 is Shannon's
  :math:`-\sum s_i \ln s_i`; its exponential is the number of equal suppliers that would be as concentrated
  (Hill 1973; Hannah & Kay 1977). A supplier without sales changes none of them.
- Inequality among suppliers. Gini, Theil, Hoover, normalised HHI and evenness compare the shares with 1/n, so that n
  counts: a supplier without sales makes the others look larger. All ranked ones follow from
  :math:`A = \sum_j j\, s_{(j)}`, s_(1) the largest share: Hall-Tideman 1/(2A - 1), Gini (n + 1 - 2A)/n.

Edge cases. One supplier: every index of concentration is 1, entropies and inequalities are 0, evenness and normalised
HHI are 1, the sample Gini does not exist (NaN). Zero shares are suppliers: they count in n. Vectors of different
lengths share one array by padding with zeros and giving each row's number of suppliers as `n`. The k largest of
fewer than k suppliers hold everything. NaN is never padding: the functions trust their input, `concentration.indices`
checks it.

References
----------
Herfindahl (1950); Hall & Tideman (1967), JASA 62(317), doi:10.1080/01621459.1967.10482897. Hannah & Kay (1977),
Concentration in modern industry. Hill (1973), Ecology 54(2), doi:10.2307/1934352. Horvath (1970), Suggestion for a
comprehensive measure of concentration, Southern Economic Journal 36(4). Theil (1967), Economics and information
theory. Berger & Parker (1970), Science 168(3937), doi:10.1126/science.168.3937.1345.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Count = int | NDArray[np.int64] | None
"""Number of suppliers of each vector; None: the length of the last axis."""

POINTS = 10_000
"""HHI in points: shares counted in per cent."""


def hhi(shares: Floats) -> Floats:
    """Herfindahl-Hirschman index, 1/n (equal) to 1 (one supplier).

    >>> round(float(hhi(np.array([0.5, 0.3, 0.2]))), 12)
    0.38
    """
    total: Floats = np.einsum("...i,...i->...", shares, shares)
    return total


def hhi_points(shares: Floats) -> Floats:
    """HHI with shares in per cent, 0 to 10,000, as guidelines write it."""
    return POINTS * hhi(shares)


def hhi_normalised(shares: Floats, *, n: Count = None) -> Floats:
    """(H - 1/n) / (1 - 1/n): 0 for equal shares, 1 for one supplier.

    >>> round(float(hhi_normalised(np.array([0.5, 0.3, 0.2]))), 12)
    0.07
    """
    equal = 1 / _count(shares, n)
    alone = equal == 1
    return np.where(alone, 1.0, (hhi(shares) - equal) / np.where(alone, 1.0, 1 - equal))


def effective_number(shares: Floats) -> Floats:
    """1 / HHI: number of equal suppliers with the same HHI."""
    return 1 / hhi(shares)


def simpson(shares: Floats) -> Floats:
    """1 - HHI: chance that two purchases, drawn by value, come from different suppliers."""
    return 1 - hhi(shares)


def concentration_ratio(shares: Floats, k: int) -> Floats:
    """CR_k, share of the k >= 1 largest suppliers; 1 if there are no more than k.

    >>> [round(float(concentration_ratio(np.array([0.2, 0.5, 0.3]), k)), 12) for k in (1, 2, 4)]
    [0.5, 0.8, 1.0]
    """
    total: Floats = _largest_first(shares)[..., :k].sum(axis=-1)
    return total


def berger_parker(shares: Floats) -> Floats:
    """Largest share; the same as CR_1."""
    largest: Floats = np.max(shares, axis=-1)
    return largest


def lead(shares: Floats) -> Floats:
    """Largest share minus the second largest; the largest itself if it is the only one."""
    ordered = _largest_first(shares)
    return ordered[..., 0] - ordered[..., 1] if ordered.shape[-1] > 1 else ordered[..., 0]


def renyi(shares: Floats, alpha: float) -> Floats:
    """Renyi entropy of order alpha > 0, in nats; alpha = 1 is Shannon's, alpha = inf is -ln of the largest share.

    Computed as -ln(1 + sum s ((s^(alpha-1)) - 1)) / (alpha - 1) with `expm1` and `log1p`, so that it keeps its digits
    close to alpha = 1, where the quotient of the definition loses them.

    >>> round(float(renyi(np.array([0.5, 0.3, 0.2]), 2)), 6)
    0.967584
    """
    if alpha == 1:
        return shannon(shares)
    if np.isinf(alpha):
        return -np.log(berger_parker(shares))
    if alpha == 2:
        return -np.log(hhi(shares))
    excess = np.einsum("...i,...i->...", shares, np.expm1((alpha - 1) * _log(shares)))
    entropy: Floats = -np.log1p(excess) / (alpha - 1)
    return entropy


def hannah_kay(shares: Floats, alpha: float) -> Floats:
    """(sum s^alpha)^(1/(alpha-1)): 1 for one supplier, 1/n for equal ones; alpha = 2 is the HHI."""
    return np.exp(-renyi(shares, alpha))


def hannah_kay_number(shares: Floats, alpha: float) -> Floats:
    """Hill number of order alpha > 0, reciprocal of `hannah_kay`: equal suppliers with the same concentration."""
    return np.exp(renyi(shares, alpha))


def shannon(shares: Floats) -> Floats:
    """-sum s ln s in nats, 0 (one supplier) to ln n; a share of 0 adds nothing."""
    entropy: Floats = -np.einsum("...i,...i->...", shares, _log(shares))
    return entropy


def shannon_number(shares: Floats) -> Floats:
    """Hill number of order 1, the exponential of Shannon entropy."""
    return np.exp(shannon(shares))


def evenness(shares: Floats, *, n: Count = None) -> Floats:
    """Shannon entropy / ln n (Pielou): 1 for equal shares, also for a single supplier."""
    most = np.log(_count(shares, n))
    return np.where(most == 0, 1.0, shannon(shares) / np.where(most == 0, 1.0, most))


def theil(shares: Floats, *, n: Count = None) -> Floats:
    """Theil T, ln n - entropy: 0 for equal shares, ln n for one of n suppliers."""
    return np.log(_count(shares, n)) - shannon(shares)


def hall_tideman(shares: Floats) -> Floats:
    """1 / (2 sum_j j s_(j) - 1), ranks from the largest; also known as Rosenbluth's index."""
    return 1 / (2 * _rank_sum(shares) - 1)


def gini(shares: Floats, *, n: Count = None) -> Floats:
    """Gini coefficient of the n suppliers as a population, 0 to 1 - 1/n.

    >>> round(float(gini(np.array([0.5, 0.3, 0.2]))), 12), round(float(gini(np.array([0.5, 0.3, 0.2, 0.0]))), 12)
    (0.2, 0.4)
    """
    count = _count(shares, n)
    return (count + 1 - 2 * _rank_sum(shares)) / count


def gini_sample(shares: Floats, *, n: Count = None) -> Floats:
    """Gini x n / (n - 1), 0 to 1, as for a sample; NaN for one supplier, whose inequality cannot be estimated."""
    count = _count(shares, n)
    return np.where(count == 1, np.nan, gini(shares, n=n) * count / np.where(count == 1, 1, count - 1))


def hoover(shares: Floats, *, n: Count = None) -> Floats:
    """Share of sales that would have to change hands to make all n suppliers equal, 0 to 1 - 1/n."""
    equal = np.asarray(1 / _count(shares, n))
    moved: Floats = np.maximum(shares - equal[..., None], 0).sum(axis=-1)
    return moved


def horvath(shares: Floats) -> Floats:
    """Comprehensive concentration index: s_(1) + sum over the others of s^2 (2 - s), up to 1 for one supplier."""
    squares = shares * shares
    first = berger_parker(shares)
    cubes = np.einsum("...i,...i->...", squares, shares)
    total: Floats = first + 2 * squares.sum(axis=-1) - cubes - first * first * (2 - first)
    return total


def _count(shares: Floats, n: Count) -> NDArray[np.int64]:
    return np.asarray(shares.shape[-1] if n is None else n)


def _largest_first(shares: Floats) -> Floats:
    return np.sort(shares, axis=-1)[..., ::-1]


def _rank_sum(shares: Floats) -> Floats:
    """sum_j j s_(j), rank 1 the largest: 1 for one supplier, (n + 1) / 2 for equal ones."""
    ranks = np.arange(shares.shape[-1], 0, -1.0)
    return np.sort(shares, axis=-1) @ ranks


def _log(shares: Floats) -> Floats:
    """Logarithm of shares; of 0 that of the smallest number, so that s times a function of it is 0."""
    return np.log(np.maximum(shares, np.finfo(np.float64).tiny))
