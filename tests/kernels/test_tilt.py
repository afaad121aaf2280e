"""Tilted uniforms follow their density, and their weights undo it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from supplychain_risk.kernels import tail
from supplychain_risk.kernels.tilt import tilt_weight, tilted

GRID = (np.arange(20_000) + 0.5) / 20_000


@given(power=st.floats(1.0, 50.0), v=st.floats(1e-9, 1 - 1e-9))
def test_a_tilted_uniform_is_the_inverse_of_its_distribution_function(power: float, v: float):
    u = tilted(np.array([v]), power)
    assert ((u + u**power) / 2.0)[0] == pytest.approx(v, abs=1e-12)


@pytest.mark.parametrize("power", [0.3, 2.0, 8.0, 40.0])
def test_weights_are_bounded_and_average_to_one(power: float):
    weight = tilt_weight(tilted(GRID, power), power)
    assert weight.max() <= 2.0
    assert weight.mean() == pytest.approx(1.0, abs=1e-3)
    assert integrate.quad(lambda u: 1 / tilt_weight(np.array(u), power), 0, 1)[0] == pytest.approx(1.0, abs=1e-8)


def test_a_power_below_one_is_the_mirror_image():
    assert tilted(GRID, 0.25) == pytest.approx(1.0 - tilted(1.0 - GRID, 4.0), abs=1e-15)
    assert tilted(GRID, 0.25).mean() < 0.5 < tilted(GRID, 4.0).mean()
    assert tilt_weight(GRID, 0.25) == pytest.approx(tilt_weight(1.0 - GRID, 4.0), rel=1e-15)


def test_power_one_changes_nothing():
    assert tilted(GRID, 1.0) == pytest.approx(GRID, abs=1e-15)
    assert (tilt_weight(GRID, 1.0) == 1.0).all()


def test_the_chance_of_a_rare_loss_is_estimated_better_than_without():
    """P(X > 99.9 % quantile) of a lognormal: 1/1000 exactly, by weighted draws with a smaller error than plain ones."""
    rng = np.random.default_rng(0)
    limit = stats.lognorm.ppf(0.999, 1.0)
    u = tilted(rng.random(20_000), 30.0)
    design = tail.simple_design(20_000)._replace(weight=tilt_weight(u, 30.0))
    value, error = tail.mean(stats.lognorm.ppf(u, 1.0) > limit, design)
    assert abs(value - 1e-3) < 4 * error
    assert error < np.sqrt(1e-3 / 20_000) / 2
