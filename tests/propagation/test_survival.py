"""Bounds beside the weekly dynamics: never worse for the end product, whatever the network."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain_risk import survival_bounds
from supplychain_risk.errors import InputError
from supplychain_risk.propagation.bounds import least_loss, time_to_survive
from supplychain_risk.propagation.outages import Course, follow_outages
from supplychain_risk.propagation.upstream import bill_of, upstream

SEEDS = st.integers(0, 2**32 - 1)
OUTAGE, HORIZON = 70.0, 364.0


def _losses(network, seed):
    """Every activity out, whole and half, and random sets."""
    n = len(network.activities)
    rng = np.random.default_rng([seed, 3])
    return np.vstack([np.eye(n), np.eye(n) / 2, (rng.random((5, n)) < 0.4) * rng.random((5, n))])


def _both(hand, network, seed):
    loss, end = _losses(network, seed), network.products[-1]
    bounds = survival_bounds(network, loss, end_product=end, outage_days=OUTAGE, horizon_days=HORIZON)
    return bounds, follow_outages(network, loss, end, Course(OUTAGE, HORIZON, 7.0, hand.rules()))


@settings(max_examples=20)
@given(seed=SEEDS)
def test_the_dynamics_fall_short_before_the_time_to_survive_is_over(hand, seed):
    bounds, run = _both(hand, hand.layered(seed), seed)
    short = run.first_short_day(level=1 - 1e-9)
    within = np.isfinite(bounds.survive_days) & (bounds.survive_days < OUTAGE)
    # a step that begins on day d is short by its end: the outage has lasted d + 7 days by then
    assert (short[within] <= bounds.survive_days[within] + 1e-6).all()


@settings(max_examples=20)
@given(seed=SEEDS)
def test_the_dynamics_lose_no_less_than_the_best_answer(hand, seed):
    network = hand.layered(seed, deferral=0.0)
    bounds, run = _both(hand, network, seed)
    steps = int(OUTAGE / 7)
    during = (1 - run.level[:, :steps]).sum(axis=1) * 7
    assert (during >= bounds.least_lost_days - 1e-6).all()


@settings(max_examples=20)
@given(seed=SEEDS)
def test_being_served_last_costs_the_end_product_no_less(hand, seed):
    network = hand.layered(seed)
    loss, end = _losses(network, seed), network.products[-1]
    course = Course(OUTAGE, HORIZON, 7.0, hand.rules())
    chain = upstream(network, end, network.criticality > 0, network.link_share > 0)
    last = follow_outages(network, loss, end, course, served_last=chain).lost_days
    assert (last >= follow_outages(network, loss, end, course).lost_days - 1e-6).all()


@settings(max_examples=20)
@given(seed=SEEDS)
def test_outages_tested_together_are_as_one_by_one(hand, seed):
    network = hand.layered(seed)
    loss, end = _losses(network, seed), network.products[-1]
    bounds = survival_bounds(network, loss, end_product=end, outage_days=OUTAGE, horizon_days=HORIZON)
    alone = bill_of(network, end, outage_days=OUTAGE, step_days=7.0)
    for k, row in enumerate(loss):
        survived = time_to_survive(alone.bill, alone.lost_capacity(row))
        expected = survived if survived < HORIZON - 1e-3 else np.inf
        if abs(survived - HORIZON) > 1e-3:
            assert bounds.survive_days[k] == pytest.approx(expected, rel=1e-6, abs=1e-6)
        cost = least_loss(alone.bill, alone.lost_capacity(row), OUTAGE).cost
        assert bounds.least_lost_days[k] == pytest.approx(cost, abs=1e-5)


def test_a_week_of_stock_is_worth_a_week_of_output(make_network):
    network = make_network({"a:wafer": 0.0, "c:chip": 1.0}, {("a:wafer", "c:chip"): 0.5})
    bounds = survival_bounds(network, np.array([[1.0, 0.0]]), end_product="chip", outage_days=60.0)
    assert bounds.survive_days[0] == pytest.approx(14.0)
    assert bounds.least_lost_days[0] == pytest.approx(46.0)
    assert bounds.buffer_worth_days[0] == pytest.approx(7.0)


def test_worth_of_a_week_is_what_a_week_more_saves(make_network):
    def build(days):
        return make_network(
            {"a:wafer": 0.0, "b:wafer": 0.0, "c:chip": 1.0, "d:chip": 2.0},
            {("a:wafer", "c:chip"): 0.3, ("b:wafer", "c:chip"): 0.2, ("a:wafer", "d:chip"): 0.5},
            needs={("chip", "wafer"): {"buffer_days": days}},
            alpha_max={"b:wafer": 1.25},
        )

    lost = np.array([[1.0, 0, 0, 0]])
    less, more = (survival_bounds(build(days), lost, end_product="chip", outage_days=60.0) for days in (14.0, 21.0))
    assert less.buffer_worth_days[0] == pytest.approx(less.least_lost_days[0] - more.least_lost_days[0])


@settings(max_examples=20)
@given(seed=SEEDS)
def test_worth_of_a_second_source_is_what_a_smaller_outage_saves(hand, seed):
    network = hand.layered(seed)
    loss, end = np.eye(len(network.activities)), network.products[-1]
    bounds, less = (
        survival_bounds(network, size * loss, end_product=end, outage_days=OUTAGE) for size in (1.0, 1 - 1e-5)
    )
    slope = (bounds.least_lost_days - less.least_lost_days) / 1e-5
    np.testing.assert_allclose(bounds.second_source_worth_days, slope / 100, atol=1e-4)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"outage_days": 0.0}, "outage_days"),
        ({"outage_days": -1.0}, "outage_days"),
        ({"horizon_days": 5.0}, "horizon_days"),
        ({"capacity_loss": np.zeros((1, 3))}, "expected outages x 2 activities"),
        ({"capacity_loss": np.array([[0.0, np.nan]])}, "capacity_loss: found nan, expected shares"),
        ({"capacity_loss": np.array([[0.0, 1.5]])}, "capacity_loss: found 1.5, expected shares"),
    ],
)
def test_input_that_makes_no_sense_is_refused(make_network, changes, found):
    network = make_network({"a:wafer": 0.0, "c:chip": 1.0}, {("a:wafer", "c:chip"): 0.5})
    given = {"capacity_loss": np.zeros((1, 2)), "outage_days": 30.0, "horizon_days": None} | changes
    with pytest.raises(InputError, match=found):
        survival_bounds(network, given.pop("capacity_loss"), end_product="chip", **given)


def test_no_outage_has_no_bounds(make_network):
    network = make_network({"a:wafer": 0.0, "c:chip": 1.0}, {("a:wafer", "c:chip"): 0.5})
    assert survival_bounds(network, np.zeros((0, 2)), end_product="chip", outage_days=30).survive_days.shape == (0,)
