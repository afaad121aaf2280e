"""Draws of equal weight from weighted ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain_risk.kernels.resampling import systematic

WEIGHTS = st.lists(st.floats(0.0, 10.0), min_size=1, max_size=40).filter(lambda w: sum(w) > 1e-3)
UNIFORM = st.floats(0.0, 1.0, exclude_max=True)


@given(WEIGHTS, st.integers(1, 200), UNIFORM)
def test_each_draw_is_taken_within_one_of_its_share(weights, n, u):
    weight = np.array(weights)
    counts = np.bincount(systematic(weight, n, u), minlength=len(weight))
    assert counts.sum() == n
    assert np.abs(counts - n * weight / weight.sum()).max() < 1.0 + 1e-9


@given(WEIGHTS, st.integers(1, 200), UNIFORM)
def test_a_draw_that_never_happens_is_never_taken(weights, n, u):
    weight = np.array([*weights, 0.0])
    chosen = systematic(weight, n, u)
    assert (weight[chosen] > 0.0).all()
    assert (np.diff(chosen) >= 0).all()


@given(st.integers(1, 60), st.floats(0.1, 7.0), UNIFORM)
def test_draws_of_equal_weight_are_all_taken_once(n, weight, u):
    assert systematic(np.full(n, weight), n, u).tolist() == list(range(n))


@given(st.integers(1, 60), st.integers(1, 9), st.floats(0.01, 0.99))
def test_several_times_as_many_points_take_each_draw_as_often(n, times, u):
    assert (np.bincount(systematic(np.ones(n), n * times, u)) == times).all()


def test_counts_average_to_the_weights():
    weight = np.array([0.07, 0.53, 0.4])
    counts = [np.bincount(systematic(weight, 5, u), minlength=3) for u in (np.arange(2_000) + 0.5) / 2_000]
    assert np.mean(counts, axis=0) == pytest.approx(5 * weight, abs=1e-3)
