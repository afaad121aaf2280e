"""Copulas that join uniforms of several quantities: Gaussian, and Student t with its joint extremes.

With independent uniforms v_1 ... v_K, a correlation matrix R = L L' (Cholesky) and z = L Phi^-1(v),

    Gaussian    u_k = Phi(z_k)
    t           u_k = T_nu( z_k sqrt(nu / w) ),     w = one more uniform's chi-square quantile, nu degrees

Each u_k is uniform again. Kendall's rank correlation is 2/pi arcsin(R_jk) for both. In the Gaussian copula extremes
of two quantities become independent in the far tail (R_jk < 1); in the t copula they meet there with probability

    lambda = 2 T_{nu+1}( -sqrt( (nu + 1) (1 - R_jk) / (1 + R_jk) ) ).

References
----------
Demarta, S. & McNeil, A. J. (2005), The t copula and related copulas, International Statistical Review 73(1), 111-129,
doi:10.1111/j.1751-5823.2005.tb00254.x.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

_SMALLEST: Final = 2.0**-54
_LARGEST: Final = 1.0 - 2.0**-53


def cholesky_factor(correlation: Floats) -> Floats | None:
    """Lower triangle L with L L' = R, shape (K, K); None if R is not positive definite.

    Examples
    --------
    >>> cholesky_factor(np.array([[1.0, 0.6], [0.6, 1.0]])).round(6).tolist()
    [[1.0, 0.0], [0.6, 0.8]]
    >>> cholesky_factor(np.array([[1.0, 1.0], [1.0, 1.0]])) is None
    True
    """
    if np.linalg.eigvalsh(correlation).min() <= len(correlation) * np.finfo(np.float64).eps:
        return None
    return np.asarray(np.linalg.cholesky(correlation), dtype=np.float64)


def gaussian_copula(independent: Floats, factor: Floats) -> Floats:
    """Join uniforms by a Gaussian copula.

    Parameters
    ----------
    independent : (K, n_draws) independent uniforms.
    factor : (K, K) Cholesky factor of the correlation matrix.

    Returns
    -------
    (K, n_draws) uniforms strictly between 0 and 1.

    Examples
    --------
    >>> same = gaussian_copula(np.array([[0.2], [0.7]]), np.eye(2))
    >>> same.round(6).tolist()
    [[0.2], [0.7]]
    """
    return _open(special.ndtr(_correlated(independent, factor)))


def t_copula(independent: Floats, factor: Floats, mixing: Floats, degrees_of_freedom: float) -> Floats:
    """Join uniforms by a t copula.

    Parameters
    ----------
    independent, factor : as for `gaussian_copula`.
    mixing : (n_draws,) one more uniform a draw: the size of the common shock.
    degrees_of_freedom : nu > 0; the smaller, the more often extremes come together.

    Returns
    -------
    (K, n_draws) uniforms strictly between 0 and 1.

    Examples
    --------
    >>> t_copula(np.array([[0.5], [0.5]]), np.eye(2), np.array([0.3]), 4.0).tolist()
    [[0.5], [0.5]]
    """
    chi_square = 2.0 * special.gammaincinv(degrees_of_freedom / 2.0, mixing)
    stretched = _correlated(independent, factor) * np.sqrt(degrees_of_freedom / chi_square)
    return _open(special.stdtr(degrees_of_freedom, stretched))


def _correlated(independent: Floats, factor: Floats) -> Floats:
    # Term by term and not as a matrix product, whose last digits may depend on the number of draws.
    normal = special.ndtri(independent)
    joined = np.zeros_like(normal)
    for row, weights in enumerate(factor):
        for weight, score in zip(weights[: row + 1], normal, strict=False):
            joined[row] += weight * score
    return joined


def _open(u: Floats) -> Floats:
    return np.asarray(np.clip(u, _SMALLEST, _LARGEST), dtype=np.float64)
