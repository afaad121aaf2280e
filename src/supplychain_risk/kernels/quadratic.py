r"""Sparse convex quadratic programs in least-squares form, solved to rounding.

.. math:: \min_v\ \tfrac12 \lVert v - v_0 \rVert^2 \quad\text{subject to}\quad G v = h,\ v_{1..n} \ge 0 .

Because the Hessian is the identity, every Newton step comes down to normal equations G diag(theta) G' with
theta = v / (v + s) for bounded entries, sparse and positive definite up to redundant rows. Mehrotra's
predictor-corrector gets close; a primal-dual active-set polish then puts entries on their bound to exactly 0
and meets the rows to rounding.

References
----------
Mehrotra (1992), SIAM J. Optim. 2(4), doi:10.1137/0802028. Hintermueller, Ito & Kunisch (2002), SIAM J. Optim. 13(3),
doi:10.1137/S1052623401383558.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MAX_STEPS = 100
POLISH_STEPS = 50
REFINEMENTS = 4
NEAR_BOUND = 0.9995
"""Part of the way to the bound that a step may go (Mehrotra's damping)."""
RIDGE = 1e-13
"""Relative ridge on the normal matrix: redundant identities stay solvable; refinement removes its bias."""


class Program(NamedTuple):
    """min 1/2 |v - v0|^2 with G v = h and the first `bounded` entries of v >= 0."""

    v0: Floats
    matrix: sparse.csr_array
    rhs: Floats
    bounded: int


class Point(NamedTuple):
    """Primal v, multipliers y of the rows and s >= 0 of the bounds."""

    v: Floats
    y: Floats
    s: Floats


def solve(program: Program, tolerance: float) -> tuple[Point, float, int]:
    """Minimise; returns the best point, its violation of the optimality conditions, and the steps taken.

    An infeasible program ends with a violation above the tolerance, never with an exception.
    """
    point, steps = _interior_point(program, tolerance)
    best = min((_polish(program, point), point), key=lambda candidate: violation(program, candidate))
    return best, violation(program, best), steps


def violation(program: Program, point: Point) -> float:
    """Largest violation of the Karush-Kuhn-Tucker conditions, in scaled units."""
    u = point.v[: program.bounded]
    stationarity = point.v - program.v0 - program.matrix.T @ point.y
    stationarity[: program.bounded] -= point.s
    parts = (
        program.matrix @ point.v - program.rhs,
        stationarity,
        np.minimum(u, point.s),
    )
    return max(float(np.max(np.abs(part), initial=0.0)) for part in parts)


def normal_solver(matrix: sparse.csr_array, theta: Floats) -> Callable[[Floats], Floats]:
    """Factor G diag(theta) G' once (symmetric, positive up to redundancy) and return its solver."""
    weighted = sparse.csr_array(matrix * theta[None, :])
    normal = sparse.csc_array(weighted @ matrix.T)
    diagonal = normal.diagonal()
    ridge = RIDGE * (diagonal + diagonal.max(initial=0.0) * RIDGE + np.finfo(float).tiny)
    normal = sparse.csc_array(normal + sparse.diags_array(ridge))
    factor = splu(
        normal, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True, "Equil": True}
    )

    def solve_normal(rhs: Floats) -> Floats:
        solution: Floats = factor.solve(rhs)
        return solution

    return solve_normal


def _interior_point(program: Program, tolerance: float) -> tuple[Point, int]:
    """Mehrotra's predictor-corrector from the prior, moved off the bounds."""
    n = program.bounded
    start = program.v0.copy()
    start[:n] = np.maximum(start[:n], 1.0)
    point = Point(start, np.zeros(len(program.rhs)), np.ones(n))
    for step in range(MAX_STEPS):
        if violation(program, point) <= tolerance:
            return point, step
        with np.errstate(all="ignore"):  # infeasible programs diverge; the violation tells
            following = _predictor_corrector(program, point)
        if not np.isfinite(violation(program, following)):
            return point, step
        point = following
    return point, MAX_STEPS


def _predictor_corrector(program: Program, point: Point) -> Point:
    n = program.bounded
    u, s = point.v[:n], point.s
    theta = np.ones(len(point.v))
    theta[:n] = u / (u + s)
    solve_normal = normal_solver(program.matrix, theta)
    mu = float(u @ s) / n
    affine = _direction(program, point, (theta, solve_normal), u * s)
    reach = _reach(u, affine.v[:n]), _reach(s, affine.s)
    mu_affine = float((u + reach[0] * affine.v[:n]) @ (s + reach[1] * affine.s)) / n
    centre = (mu_affine / mu) ** 3 * mu if mu > 0 else 0.0
    move = _direction(program, point, (theta, solve_normal), u * s + affine.v[:n] * affine.s - centre)
    # One length for both sides: the quadratic objective ties primal and dual together.
    length = min(1.0, NEAR_BOUND * min(_reach(u, move.v[:n], 1e300), _reach(s, move.s, 1e300)))
    return Point(point.v + length * move.v, point.y + length * move.y, s + length * move.s)


def _direction(
    program: Program, point: Point, factored: tuple[Floats, Callable[[Floats], Floats]], product: Floats
) -> Point:
    """Newton direction that takes the products u s down by `product`."""
    theta, solve_normal = factored
    n = program.bounded
    u, s = point.v[:n], point.s
    q = program.v0 - point.v + program.matrix.T @ point.y
    q[:n] += s - product / u
    gap = program.rhs - program.matrix @ point.v
    rhs = gap - program.matrix @ (theta * q)
    dy = solve_normal(rhs)
    dv = theta * (q + program.matrix.T @ dy)
    dy += solve_normal(gap - program.matrix @ dv)
    dv = theta * (q + program.matrix.T @ dy)
    return Point(dv, dy, -(product + s * dv[:n]) / u)


def _reach(value: Floats, move: Floats, longest: float = 1.0) -> float:
    """Longest step up to `longest` that keeps value + step * move >= 0."""
    falling = move < 0
    return float(np.min(-value[falling] / move[falling], initial=longest))


def _polish(program: Program, point: Point) -> Point:
    """Fix the flows that the interior point leaves at 0 and solve the rest exactly; swap until signs are right."""
    at_bound = point.v[: program.bounded] < point.s
    best = point
    for _ in range(POLISH_STEPS):
        with np.errstate(all="ignore"):  # nothing left to move: the violation is then not a number
            candidate = _with_bounds(program, at_bound, best.y)
            missed = violation(program, candidate)
        if not np.isfinite(missed):
            break
        if missed < violation(program, best):
            best = candidate
        wanted = candidate.v[: program.bounded] < candidate.s
        if (wanted == at_bound).all():
            break
        at_bound = wanted
    u = np.maximum(best.v[: program.bounded], 0.0)
    return Point(np.concatenate([u, best.v[program.bounded :]]), best.y, np.maximum(best.s, 0.0))


def _with_bounds(program: Program, at_bound: Bools, y: Floats) -> Point:
    """Optimum with the marked flows at 0 and no other bound."""
    n = program.bounded
    free = np.ones(len(program.v0))
    free[:n][at_bound] = 0.0
    solve_normal = normal_solver(program.matrix, free)
    y = y.copy()
    for _ in range(REFINEMENTS):
        v = free * (program.v0 + program.matrix.T @ y)
        y += solve_normal(program.rhs - program.matrix @ v)
    v = free * (program.v0 + program.matrix.T @ y)
    reduced = v - program.v0 - program.matrix.T @ y
    return Point(v, y, np.where(at_bound, reduced[:n], 0.0))
