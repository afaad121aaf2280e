"""Errors of means and quantiles against replication and closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from supplychain_risk.kernels import tail


def test_error_of_the_mean_is_the_spread_of_means():
    rng = np.random.default_rng(0)
    sets = rng.exponential(size=(2000, 400))
    errors = np.array([tail.mean(draws).standard_error for draws in sets])
    assert errors.mean() == pytest.approx(sets.mean(axis=1).std(), rel=0.05)
    assert errors.mean() == pytest.approx(1 / np.sqrt(400), rel=0.02)  # the exponential has standard deviation 1


@pytest.mark.parametrize("p", [0.05, 0.5, 0.95])
def test_error_of_a_quantile_is_the_spread_of_quantiles(p):
    # asymptotic variance p (1 - p) / (n f(q)^2), with f(q) = 1 - p for the exponential
    rng = np.random.default_rng(1)
    sets = rng.exponential(size=(1500, 1000))
    values, errors = zip(*(tail.quantile(draws, p) for draws in sets), strict=True)
    expected = np.sqrt(p * (1 - p) / 1000) / (1 - p)
    assert np.mean(values) == pytest.approx(-np.log(1 - p), rel=0.05)
    assert np.std(values) == pytest.approx(expected, rel=0.1)
    assert np.mean(errors) == pytest.approx(expected, rel=0.15)


def test_quantile_is_the_smallest_draw_that_a_share_p_does_not_exceed():
    assert tail.quantile(np.array([3.0, 1.0, 2.0, 4.0]), 0.5).value == 2.0
    assert tail.quantile(np.array([3.0, 1.0, 2.0, 4.0]), 0.51).value == 3.0


def test_infinite_draws_do_not_become_nan():
    value, error = tail.quantile(np.array([1.0, np.inf, np.inf, np.inf]), 0.75)
    assert np.isinf(value)
    assert not np.isnan(error)


def test_one_draw_has_no_error():
    assert np.isnan(tail.mean(np.array([1.0])).standard_error)
