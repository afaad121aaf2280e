"""Bounds of the HHI: published case, brute force over vertices, and the truth of random completions."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain_risk.kernels import share_bounds
from supplychain_risk.kernels.share_bounds import hhi_of_incomplete, hhi_of_ranges, place_of_ranges


@st.composite
def boxes(draw, most=6):
    """A share vector, ranges around it, and the sum of the named shares."""
    raw = np.array(draw(st.lists(st.floats(0.01, 1.0), min_size=1, max_size=most)))
    total = draw(st.sampled_from([1.0, 0.8]))
    share = raw / raw.sum() * total
    down = np.array(draw(st.lists(st.floats(0.0, 1.0), min_size=len(raw), max_size=len(raw))))
    up = np.array(draw(st.lists(st.floats(0.0, 2.0), min_size=len(raw), max_size=len(raw))))
    return share, share * down, np.minimum(1.0, share * (1 + up)), total


def vertices(low, high, total):
    """All points of the box on the plane of the sum with at most one share inside its range."""
    for inside in range(len(low)):
        others = np.delete(np.arange(len(low)), inside)
        for ends in itertools.product([0, 1], repeat=len(others)):
            point = np.zeros(len(low))
            point[others] = np.where(ends, high[others], low[others])
            point[inside] = total - point.sum()
            if low[inside] - 1e-12 <= point[inside] <= high[inside] + 1e-12:
                yield point


def test_published_case_of_two_known_suppliers():  # own derivation in cases/methods/02
    low, high = hhi_of_incomplete(np.array([0.6, 0.2]), np.array(0.2))
    assert (float(low), float(high)) == pytest.approx((0.40, 0.44), abs=1e-12)


@given(st.lists(st.floats(0.02, 1.0), min_size=1, max_size=5), st.lists(st.floats(0.001, 1.0), max_size=8))
def test_the_interval_of_incomplete_shares_contains_every_completion(named, others):
    known = np.array(named)
    rest = np.minimum(np.array(others), known.min())  # none larger than the smallest named one
    total = known.sum() + rest.sum()
    low, high = hhi_of_incomplete(known / total, np.array(rest.sum() / total))
    truth = ((known / total) ** 2).sum() + ((rest / total) ** 2).sum()
    assert low - 1e-9 <= truth <= high + 1e-9


def test_nobody_named_leaves_everything_open():
    low, high = hhi_of_incomplete(np.zeros((1, 2)), np.array([1.0]))
    assert (low.tolist(), high.tolist()) == ([0.0], [1.0])


@given(boxes())
def test_the_largest_index_is_the_best_vertex(box):
    _, low, high, total = box
    best = max(point @ point for point in vertices(low, high, total))
    found = hhi_of_ranges(low, high, least_sum=total, most_sum=total)
    assert best - 1e-12 <= found.high <= best + 1e-8


@given(boxes())
def test_the_smallest_index_meets_the_conditions_of_a_minimum(box):
    share, low, high, total = box
    flattest = share_bounds._levelled(low, high, total)
    assert flattest.sum() == pytest.approx(max(total, low.sum()))
    assert (flattest >= low - 1e-12).all()
    assert (flattest <= high + 1e-12).all()
    raised, lowered = flattest > low + 1e-9, flattest < high - 1e-9
    if raised.any() and lowered.any():  # nothing can move from a larger to a smaller share
        assert flattest[raised].max() <= flattest[lowered].min() + 1e-9
    assert hhi_of_ranges(low, high, least_sum=total, most_sum=total).low <= share @ share + 1e-12


@given(boxes(most=12))
def test_an_index_lies_in_the_interval_of_its_ranges(box):
    share, low, high, total = box
    found = hhi_of_ranges(low, high, least_sum=total, most_sum=total)
    assert found.low - 1e-12 <= share @ share <= found.high + 1e-12


def test_a_search_that_ends_early_is_too_wide_never_too_narrow(monkeypatch):
    rng = np.random.default_rng(3)
    share = rng.dirichlet(np.full(40, 0.7))
    exact = hhi_of_ranges(share * 0.6, share * 1.4).high
    monkeypatch.setattr(share_bounds, "MOST_BRANCHES", 5)
    assert exact - 1e-12 <= hhi_of_ranges(share * 0.6, share * 1.4).high <= exact + 0.02


@given(boxes(), st.data())
def test_the_share_of_a_place_reaches_from_the_lowest_to_the_highest_vertex(box, data):
    share, low, high, total = box
    low, high = low / total, np.minimum(1.0, high / total)
    part = np.array(data.draw(st.lists(st.floats(0.0, 1.0), min_size=len(share), max_size=len(share))))
    reached = [point @ part for point in vertices(low, high, 1.0)]
    found = place_of_ranges(low, high, part, part)
    assert (float(found.low), float(found.high)) == pytest.approx((min(reached), max(reached)), abs=1e-9)
