"""Quantile functions agree with scipy.stats, and stay where they must."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from supplychain_risk.kernels import draws, quantiles

GRID = np.array([1e-6, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1 - 1e-6])


@pytest.mark.parametrize(
    ("kind", "parameters", "reference"),
    [
        ("beta", (2.0, 5.0, 0.0, 1.0), stats.beta(2, 5)),
        ("beta", (0.5, 0.5, -1.0, 3.0), stats.beta(0.5, 0.5, loc=-1, scale=4)),
        ("normal", (10.0, 3.0, 0.0, 12.0), stats.truncnorm(-10 / 3, 2 / 3, loc=10, scale=3)),
        ("normal", (0.5, 0.01, 0.0, 1.0), stats.truncnorm(-50, 50, loc=0.5, scale=0.01)),
        ("gamma", (6.0, 4.0), stats.gamma(36 / 16, scale=16 / 6)),
        ("gamma", (1.0, 3.0), stats.gamma(1 / 9, scale=9.0)),
    ],
)
def test_quantiles_equal_those_of_scipy(kind, parameters, reference):
    assert draws.quantile(kind, parameters, GRID) == pytest.approx(reference.ppf(GRID), rel=1e-9, abs=1e-12)


def test_the_gamma_distribution_has_its_mean_and_standard_deviation():
    values = quantiles.gamma_quantile((np.arange(400_000) + 0.5) / 400_000, 6.0, 4.0)
    assert [values.mean(), values.std()] == pytest.approx([6.0, 4.0], rel=1e-4)


def test_a_sample_is_inverted_as_numpy_inverts_its_distribution_function():
    values = np.sort(np.random.default_rng(3).lognormal(size=37))
    expected = np.quantile(values, GRID, method="inverted_cdf")
    assert quantiles.empirical_quantile(GRID, *values).tolist() == expected.tolist()


@given(mean=st.floats(-5, 5), sd=st.floats(0.01, 10), below=st.floats(0, 9), above=st.floats(0, 9), u=st.floats(0, 1))
def test_a_cut_normal_distribution_stays_between_its_ends(mean, sd, below, above, u):
    low, high = mean - below, mean + above
    assert low <= quantiles.normal_quantile(np.array([u]), mean, sd, low, high)[0] <= high


def test_a_beta_distribution_without_width_is_a_constant():
    assert quantiles.beta_quantile(GRID, 2.0, 3.0, 0.4, 0.4).tolist() == [0.4] * GRID.size
