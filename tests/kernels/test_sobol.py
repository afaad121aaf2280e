"""Scrambled Sobol points: balanced, uniform, and more exact than chance by the rate that theory gives."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.stats import qmc

from supplychain_risk.kernels.draws import uniforms
from supplychain_risk.kernels.sobol import REPLICATES, sobol_block

DIMENSIONS = 6


def points(seed: int, n_blocks: int = 1) -> np.ndarray:
    """(draws, dimensions) points of the drivers called 0, 1, ..."""
    columns = [
        [sobol_block(seed, str(k), block, coordinate=k, n_coordinates=DIMENSIONS) for block in range(n_blocks)]
        for k in range(DIMENSIONS)
    ]
    return np.array([np.concatenate(column) for column in columns]).T


def test_every_replicate_puts_one_point_into_every_elementary_interval():
    """Each coordinate is a (0, m, 1)-net and the first two are a (0, m, 2)-net, by the definition of these nets."""
    for replicate in range(REPLICATES):
        u = points(3)[replicate::REPLICATES]
        for k in range(DIMENSIONS):
            assert np.unique(np.floor(64 * u[:, k])).size == 64
        for cut in range(7):
            cells = np.floor(u[:, 0] * 2**cut) * 2 ** (6 - cut) + np.floor(u[:, 1] * 2 ** (6 - cut))
            assert np.unique(cells).size == 64


def test_points_are_uniform_over_scrambles():
    firsts = np.array([points(seed)[0, :3] for seed in range(400)])
    assert all(stats.kstest(column, "uniform").pvalue > 1e-3 for column in firsts.T)


def test_replicates_and_drivers_are_scrambled_independently():
    u = np.array([points(seed)[:REPLICATES, :2] for seed in range(300)])  # first point of every replicate
    flat = u.reshape(300, -1)
    correlation = np.corrcoef(flat.T)[np.triu_indices(flat.shape[1], 1)]
    assert np.abs(correlation).max() < 5 / np.sqrt(300)


def test_a_replicate_is_as_even_as_scipys_own_scrambled_points():
    ours = qmc.discrepancy(points(1, 4)[::REPLICATES])
    theirs = [qmc.discrepancy(qmc.Sobol(DIMENSIONS, rng=seed).random(256)) for seed in range(20)]
    chance = qmc.discrepancy(np.random.default_rng(0).random((256, DIMENSIONS)))
    assert ours < 2 * max(theirs) < chance


def test_a_smooth_integral_converges_faster_than_chance():
    """Mean of prod(1 + (u_k - 1/2) / 2), exactly 1; variance per draw (1 + 1/48)^6 - 1 by uniform moments."""
    errors = [np.prod(1 + (points(seed) - 0.5) / 2, axis=1).mean() - 1 for seed in range(30)]
    by_chance = np.sqrt(((1 + 1 / 48) ** DIMENSIONS - 1) / 1_024)
    assert np.sqrt(np.mean(np.square(errors))) < by_chance / 10


def test_any_slice_of_draws_equals_the_same_part_of_the_whole():
    def block(seed, name, number):
        return sobol_block(seed, name, number, coordinate=2, n_coordinates=5)

    whole = uniforms(7, "quake", 0, 4_096, block)
    assert np.array_equal(uniforms(7, "quake", 1_000, 2_100, block), whole[1_000:3_100])
    assert np.unique(np.floor(256 * whole[5::REPLICATES])).size == 256  # later blocks continue the sequence


@pytest.mark.parametrize("block", [0, 1, 77])
def test_points_lie_strictly_inside_the_unit_interval(block):
    u = sobol_block(0, "quake", block, coordinate=0, n_coordinates=1)
    assert u.min() > 0.0
    assert u.max() < 1.0
