"""The quadratic program against projections that can be written down."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from supplychain_risk.kernels.quadratic import Program, solve


def simplex_projection(point):
    """Nearest point with entries >= 0 that sum to 1 (Held, Wolfe & Crowder 1974)."""
    ordered = np.sort(point)[::-1]
    level = (np.cumsum(ordered) - 1) / np.arange(1, len(point) + 1)
    return np.maximum(point - level[np.flatnonzero(ordered > level)[-1]], 0)


@given(st.integers(0, 10_000), st.integers(2, 60))
def test_projection_on_the_simplex(seed, size):
    target = np.random.default_rng(seed).normal(0, 1, size)
    program = Program(target, sparse.csr_array(np.ones((1, size))), np.ones(1), size)
    point, missed, _ = solve(program, 1e-10)
    assert point.v == pytest.approx(simplex_projection(target), abs=1e-10)
    assert missed <= 1e-10


def test_without_rows_negative_entries_become_zero():
    program = Program(np.array([1.0, -2.0, -3.0]), sparse.csr_array((0, 3)), np.zeros(0), 2)
    point, _, _ = solve(program, 1e-10)
    assert point.v.tolist() == pytest.approx([1.0, 0.0, -3.0])
    assert point.v[1] == 0.0


def test_multipliers_satisfy_the_optimality_conditions():
    rng = np.random.default_rng(2)
    matrix = sparse.csr_array(rng.normal(size=(5, 20)))
    program = Program(rng.normal(size=20), matrix, matrix @ rng.exponential(size=20), 20)
    point, _, _ = solve(program, 1e-10)
    assert point.v - program.v0 - matrix.T @ point.y - point.s == pytest.approx(0, abs=1e-9)
    assert (point.s >= 0).all()
    assert point.v @ point.s == pytest.approx(0, abs=1e-9)


def test_an_infeasible_program_says_so_by_its_violation():
    program = Program(np.ones(2), sparse.csr_array([[1.0, 1.0]]), np.array([-1.0]), 2)
    assert solve(program, 1e-10)[1] > 1e-3
