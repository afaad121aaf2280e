"""Joined uniforms keep their margins; rank correlation and tail dependence follow the closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from supplychain_risk.kernels import copulas, draws

N = 200_000
NU = 4.0


def independent(n_draws=N):
    return np.stack([draws.uniforms(1, name, 0, n_draws) for name in ("one", "two")])


def joined(kind, rho, n_draws=N):
    factor = copulas.cholesky_factor(np.array([[1.0, rho], [rho, 1.0]]))
    if kind == "gaussian":
        return copulas.gaussian_copula(independent(n_draws), factor)
    return copulas.t_copula(independent(n_draws), factor, draws.uniforms(1, "mixing", 0, n_draws), NU)


@pytest.mark.parametrize("kind", ["gaussian", "t"])
@pytest.mark.parametrize("rho", [-0.5, 0.0, 0.7])
def test_margins_are_uniform_and_kendall_is_two_arcsines_over_pi(kind, rho):
    u = joined(kind, rho)
    assert all(stats.kstest(margin, "uniform").pvalue > 1e-4 for margin in u)
    tau = stats.kendalltau(u[0, :20_000], u[1, :20_000]).statistic
    assert tau == pytest.approx(2 / np.pi * np.arcsin(rho), abs=0.015)  # Demarta & McNeil (2005), equation 9


def test_spearman_of_the_gaussian_copula_is_six_arcsines_of_half_over_pi():
    rank = stats.spearmanr(*joined("gaussian", 0.6)).statistic
    assert rank == pytest.approx(6 / np.pi * np.arcsin(0.3), abs=0.005)  # Kruskal (1958)


def test_extremes_of_the_t_copula_meet_as_often_as_the_closed_form_says():
    rho = 0.6
    limit = 2 * stats.t(NU + 1).cdf(-np.sqrt((NU + 1) * (1 - rho) / (1 + rho)))  # Demarta & McNeil (2005), 4.2
    u = joined("t", rho, 2_000_000)
    met = np.mean((u > 0.999).all(axis=0)) / 0.001
    assert met == pytest.approx(limit, abs=0.05)  # standard error 0.011, and 0.999 is not yet the limit


@pytest.mark.parametrize("kind", ["gaussian", "t"])
def test_both_above_their_95_percent_quantile_as_often_as_the_bivariate_distribution_says(kind):
    rho, q = 0.6, 0.95
    matrix = [[1.0, rho], [rho, 1.0]]
    if kind == "gaussian":
        x, joint = stats.norm.ppf(1 - q), stats.multivariate_normal(cov=matrix)
    else:
        x, joint = stats.t(NU).ppf(1 - q), stats.multivariate_t(shape=matrix, df=NU, seed=1)
    u = joined(kind, rho)
    assert np.mean((u < 1 - q).all(axis=0)) == pytest.approx(float(joint.cdf([x, x])), abs=0.0015)


def test_a_matrix_that_is_not_positive_definite_has_no_factor():
    assert copulas.cholesky_factor(np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1.0]])) is None


def test_a_slice_of_draws_has_the_same_bytes_as_the_whole():
    factor = copulas.cholesky_factor(np.array([[1.0, 0.3], [0.3, 1.0]]))
    whole = copulas.gaussian_copula(independent(1_000), factor)
    assert copulas.gaussian_copula(independent(1_000)[:, 17:29], factor).tobytes() == whole[:, 17:29].tobytes()
