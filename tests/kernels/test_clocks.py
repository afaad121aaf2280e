"""Profiles equal numeric quadrature of the course of an event, and stay between 0 and 1."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain_risk.kernels import clocks

DAYS = st.floats(0.0, 400.0)
SHAPES = ("step", "linear", "s-curve", "exponential")
CURVES = {
    "step": np.ones_like,
    "linear": lambda v: 1 - v,
    "s-curve": lambda v: 1 - 3 * v**2 + 2 * v**3,
    "exponential": lambda v: (0.01**v - 0.01) / 0.99,
}


def fuels(gas_days: float = 10.0) -> clocks.Stocks:
    return clocks.Stocks(np.array([0.42, 0.39, 0.02]), np.array([[gas_days], [49.0], [140.0]]), 0.25)


def course(day, onset, duration, recovery, shape, stocks=None):
    """The course of an event at points in time, as in the module's docstring."""
    tau = day - onset

    def level(t):
        if stocks is None:
            return np.ones_like(t)
        parts = [
            np.clip((t - 0.75 * s) / (0.25 * s), 0, 1) * w
            for w, s in zip(stocks.shares, stocks.days[:, 0], strict=True)
        ]
        return sum(parts)

    rest = np.clip((tau - duration) / max(recovery, 1e-300), 0, 1)
    falling = level(np.full_like(tau, duration)) * CURVES[shape](rest) * (tau < duration + recovery)
    return np.where(tau < 0, 0.0, np.where(tau < duration, level(tau), falling))


def profile(onset, duration, recovery, shape="linear", stocks=None, n_steps=60, step_days=7.0):
    lengths = [np.array([float(x)]) for x in (onset, duration, recovery)]
    return clocks.step_profile(*lengths, shape=shape, n_steps=n_steps, step_days=step_days, stocks=stocks)[:, 0]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("stocks", [None, fuels()], ids=["full at once", "as stocks end"])
def test_profile_is_the_mean_of_the_course_over_each_step(shape, stocks):
    onset, duration, recovery = 3.3, 61.7, 45.2
    fine = 7_000
    day = (np.arange(30 * fine) + 0.5) * 7.0 / fine
    expected = course(day, onset, duration, recovery, shape, stocks).reshape(30, fine).mean(axis=1)
    assert profile(onset, duration, recovery, shape, stocks, n_steps=30) == pytest.approx(expected, abs=2e-4)


@given(onset=DAYS, duration=DAYS, recovery=DAYS, shape=st.sampled_from(SHAPES), fuel=st.booleans())
def test_profile_lies_between_0_and_1_and_does_not_depend_on_the_step(onset, duration, recovery, shape, fuel):
    stocks = fuels() if fuel else None
    weekly = profile(onset, duration, recovery, shape, stocks)
    daily = profile(onset, duration, recovery, shape, stocks, n_steps=420, step_days=1.0)
    assert (weekly >= 0).all()
    assert (weekly <= 1).all()
    assert weekly == pytest.approx(daily.reshape(60, 7).mean(axis=1), abs=1e-12)


@given(duration=DAYS, more=st.floats(0.0, 100.0), recovery=DAYS, shape=st.sampled_from(SHAPES), fuel=st.booleans())
def test_a_longer_outage_is_never_milder_in_any_step(duration, more, recovery, shape, fuel):
    stocks = fuels() if fuel else None
    short, long = (profile(2.0, length, recovery, shape, stocks) for length in (duration, duration + more))
    assert (long >= short - 1e-12).all()


@pytest.mark.parametrize(("shape", "part"), [("step", 1.0), ("linear", 0.5), ("s-curve", 0.5)])
def test_total_of_the_profile_is_duration_plus_the_shape_s_part_of_the_recovery(shape, part):
    assert profile(0.0, 30.0, 40.0, shape).sum() * 7.0 == pytest.approx(30.0 + part * 40.0, rel=1e-12)


def test_an_outage_of_one_point_four_days_is_a_fifth_of_a_week():
    assert profile(0.0, 1.4, 0.0)[:2].tolist() == pytest.approx([0.2, 0.0])


def test_power_falls_by_the_share_of_each_fuel_once_its_stock_has_ended():
    weekly = profile(0.0, 400.0, 0.0, stocks=fuels())
    assert weekly[0] == pytest.approx(0.0)  # gas lasts 10 days and fades from day 7.5
    assert weekly[3] == pytest.approx(0.42)  # gas ended, coal fades from day 36.75
    assert weekly[8] == pytest.approx(0.42 + 0.39)  # coal ended on day 49
    assert weekly[25] == pytest.approx(0.42 + 0.39 + 0.02)  # oil ended on day 140


def test_a_blockade_shorter_than_the_first_stock_costs_no_power():
    assert profile(0.0, 7.0, 20.0, stocks=fuels()).tolist() == [0.0] * 60


def test_an_empty_stock_ends_at_once():
    assert profile(0.0, 400.0, 0.0, stocks=fuels(gas_days=0.0))[0] == pytest.approx(0.42)
