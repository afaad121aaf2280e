"""Outages of one length against single runs of the dynamics, and served-last rationing."""

from __future__ import annotations

import numpy as np
import pytest

from supplychain_risk import propagate
from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.propagation.outages import Course, follow_outages


@pytest.fixture(scope="module")
def network(make_network):
    """Quartz for two wafer makers, wafers for chips and for phones."""
    return make_network(
        {"m:quartz": 0.0, "a:wafer": 5.0, "b:wafer": 5.0, "c:chip": 100.0, "d:phone": 100.0},
        {
            ("m:quartz", "a:wafer"): 5.0,
            ("m:quartz", "b:wafer"): 5.0,
            ("a:wafer", "c:chip"): 10.0,
            ("b:wafer", "c:chip"): 10.0,
            ("a:wafer", "d:phone"): 10.0,
        },
        alpha_max={"a:wafer": 1.05, "b:wafer": 1.25},
    )


def _course(hand, days=30.0, horizon=182.0):
    return Course(days, horizon, 7.0, hand.rules())


def test_many_outages_at_once_are_as_single_runs_of_the_dynamics(network, hand):
    loss = np.vstack([np.eye(5), np.zeros(5), 0.5 * np.eye(5)])
    course = _course(hand)
    result = follow_outages(network, loss, "chip", course)
    for row, level, sold in zip(loss, result.level, result.lost_sales, strict=True):
        single = propagate(network, (course.out[:, None] * row)[None], parameters=course.dynamics)
        np.testing.assert_allclose(level, single.level()[0, :, 3], atol=1e-12)
        assert sold == pytest.approx((network.f0.sum() * 26 / 52) - single.final_deliveries.sum(), abs=1e-9)


def test_an_outage_ends_within_a_step(hand):
    np.testing.assert_allclose(_course(hand, days=17.5, horizon=35.0).out, [1, 1, 0.5, 0, 0])


def test_a_sole_source_with_two_weeks_of_stock_leaves_two_full_weeks(network, hand):
    result = follow_outages(network, np.eye(5)[:1], "chip", _course(hand))
    # wafers last two weeks at the chip maker, quartz two at the wafer makers
    assert result.first_short_day()[0] == 28.0


def test_no_outage_loses_nothing_even_for_those_served_last(network, hand):
    last = np.array([True, True, True, True, False])
    result = follow_outages(network, np.zeros((1, 5)), "chip", _course(hand), served_last=last)
    assert result.lost_days[0] == 0
    assert result.lost_sales[0] == pytest.approx(0, abs=1e-12)
    assert np.isinf(result.first_short_day()[0])


def test_served_last_gets_what_others_leave(network, hand):
    half = 0.5 * np.eye(5)[1:2]
    chain = np.array([True, True, True, True, False])
    plain = follow_outages(network, half, "phone", _course(hand))
    first = follow_outages(network, half, "phone", _course(hand), served_last=chain)
    assert plain.lost_days[0] > 0.5
    assert first.lost_days[0] == pytest.approx(0, abs=1e-9)  # half of a's wafers is all that phones need


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"outage_days": 0.0}, "outage_days: found 0.0"),
        ({"outage_days": -3.0}, "outage_days: found -3.0"),
        ({"outage_days": np.nan}, "outage_days: found nan"),
        ({"horizon_days": np.inf}, "horizon_days: found inf"),
        ({"outage_days": 400.0}, "at most the horizon of 182 days"),
    ],
)
def test_lengths_that_are_none_are_refused(hand, changes, found):
    with pytest.raises(InputError, match=found):
        Course(**{"outage_days": 30.0, "horizon_days": 182.0, "step_days": 7.0, "dynamics": hand.rules()} | changes)


def test_an_unknown_end_product_names_the_nearest(network, hand):
    with pytest.raises(UnknownNameError, match="nearest: chip"):
        follow_outages(network, np.eye(5), "chips", _course(hand))
