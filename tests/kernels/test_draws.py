"""Streams are the same however they are cut; distributions equal scipy's closed forms."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from supplychain_risk.kernels import draws

GRID = np.linspace(0.001, 0.999, 400)
Z90 = stats.norm.ppf(0.9)

# Made by this file's own `uniforms` on 2026-11-24 (numpy 2, PCG64); the bytes must never change.
GOLDEN = {
    ("taiwan-blockade/trade/duration_weeks", 0): [0.28608162740860055, 0.584890300887154, 0.3647808685025944],
    ("taiwan-blockade/trade/severity/tw_hsinchu", 1_022): [
        0.8071612870108219,
        0.43773123432747374,
        0.7957862415954327,
        0.8436732221680477,
    ],
}


@given(first=st.integers(0, 5_000), count=st.integers(1, 3_000))
def test_any_slice_of_draws_equals_the_same_part_of_the_whole(first: int, count: int):
    whole = draws.uniforms(3, "event/severity", 0, 8_000)
    assert np.array_equal(draws.uniforms(3, "event/severity", first, count), whole[first : first + count])


def test_first_draws_equal_the_pinned_values():
    for (name, first), expected in GOLDEN.items():
        assert draws.uniforms(7, name, first, len(expected)).tolist() == expected


def test_draws_do_not_depend_on_the_hash_seed_or_process():
    code = "from supplychain_risk.kernels import draws; print(draws.uniforms(7, 'quake', 1000, 50).tobytes().hex())"
    path = os.pathsep.join(filter(None, sys.path))
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for hash_seed in ("0", "12345")
    }
    assert outputs == {draws.uniforms(7, "quake", 1_000, 50).tobytes().hex()}


def test_streams_of_different_names_seeds_and_blocks_are_uncorrelated():
    a = draws.uniforms(1, "a", 0, 40_960)
    others = [
        draws.uniforms(1, "b", 0, 40_960),
        draws.uniforms(2, "a", 0, 40_960),
        draws.uniforms(1, "a", 40_960, 40_960),
    ]
    bound = 5 / np.sqrt(a.size)
    assert all(abs(np.corrcoef(a, other)[0, 1]) < bound for other in others)


def test_uniforms_are_uniform_and_inside_the_open_interval():
    u = draws.uniforms(5, "anything", 0, 100_000)
    assert 0.0 < u.min() < u.max() < 1.0
    assert stats.kstest(u, "uniform").pvalue > 1e-4


@pytest.mark.parametrize(
    ("kind", "parameters", "reference"),
    [
        ("pert", (0.6, 0.9, 1.0), stats.beta(1 + 4 * 0.3 / 0.4, 1 + 4 * 0.1 / 0.4, loc=0.6, scale=0.4)),
        ("pert", (0.9, 1.0, 1.0), stats.beta(5, 1, loc=0.9, scale=0.1)),
        ("lognormal", (20.0, 52.0), stats.lognorm(s=np.log(52 / 20) / Z90, scale=20.0)),
        ("uniform", (-3.0, 5.0), stats.uniform(-3.0, 8.0)),
        ("triangular", (1.0, 2.0, 5.0), stats.triang(0.25, 1.0, 4.0)),
    ],
)
def test_quantiles_equal_those_of_scipy(kind, parameters, reference):
    assert draws.quantile(kind, parameters, GRID) == pytest.approx(reference.ppf(GRID), rel=1e-9)


def test_pert_mean_is_low_plus_four_modes_plus_high_over_six():
    u = (np.arange(200_000) + 0.5) / 200_000
    assert draws.pert_quantile(u, 0.05, 0.2, 0.5).mean() == pytest.approx((0.05 + 0.8 + 0.5) / 6, rel=1e-6)


def test_lognormal_hits_its_median_and_its_90_percent_quantile():
    assert draws.lognormal_quantile(np.array([0.5, 0.9]), 6.0, 26.0) == pytest.approx([6.0, 26.0], rel=1e-12)


def test_discrete_draws_follow_the_probabilities():
    values = draws.quantile("discrete", (0.0, 0.2, 10.0, 0.5, 30.0, 0.3), (np.arange(1_000) + 0.5) / 1_000)
    assert np.unique(values, return_counts=True)[1].tolist() == [200, 500, 300]


@pytest.mark.parametrize("kind", ["pert", "triangular"])
def test_a_distribution_without_width_is_a_constant(kind):
    assert draws.quantile(kind, (0.4, 0.4, 0.4), GRID).tolist() == [0.4] * GRID.size


def test_constant_ignores_the_uniforms():
    assert draws.quantile("constant", (12.0,), GRID).tolist() == [12.0] * GRID.size


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.9, 1.0])
def test_one_factor_copula_has_uniform_margins_and_the_stated_correlation(rho):
    common = draws.uniforms(1, "common", 0, 100_000)
    own = np.stack([draws.uniforms(1, "one", 0, 100_000), draws.uniforms(1, "two", 0, 100_000)])
    joined = draws.one_factor(common, own, rho)
    normal = stats.norm.ppf(joined)
    assert np.corrcoef(normal)[0, 1] == pytest.approx(rho, abs=0.015)
    assert stats.kstest(joined[0], "uniform").pvalue > 1e-4
