r"""Balancing a table of flows from estimates of unequal reliability.

Stone's method. Initial estimates p with standard errors s break the accounting identities A z = b. The
balanced flows are the generalised least-squares estimate, here with non-negative flows and with further,
soft facts C z ~ d of standard error t:

.. math:: \min_{z \ge 0}\ \tfrac12 \sum_e \Big(\frac{z_e - p_e}{s_e}\Big)^2
          + \tfrac12 \sum_k \Big(\frac{(C z)_k - d_k}{t_k}\Big)^2 \quad\text{subject to}\quad A z = b .

Without bounds and soft rows it is z = p + V A'(A V A')^{-1}(b - A p), V = diag(s^2). With them it is a
sparse convex quadratic program, solved by Mehrotra's predictor-corrector interior point on the normal
equations and finished by a primal-dual active-set polish, so that flows on their bound are exactly 0 and
the identities hold to rounding. Everything is in scaled units: a flow in its standard error, an identity
relative to its largest term.

Entropy. min sum z ln(z / p) - z + p subject to A z = b keeps ratios instead of differences; when the rows of A
are the margins of a table, this is RAS (iterative proportional fitting).

References
----------
Stone, Champernowne & Meade (1942), The precision of national income estimates, Review of Economic Studies 9(2),
doi:10.2307/2967664. Byron (1978), The estimation of large social account matrices, JRSS A 141(3),
doi:10.2307/2344807. Mehrotra (1992), SIAM J. Optim. 2(4), doi:10.1137/0802028. Hintermueller, Ito & Kunisch (2002),
SIAM J. Optim. 13(3), doi:10.1137/S1052623401383558. Bacharach (1970), Biproportional matrices and input-output change.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from supplychain_risk.errors import InputError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MAX_STEPS = 100
POLISH_STEPS = 50
REFINEMENTS = 4
NEAR_BOUND = 0.9995
"""Part of the way to the bound that a step may go (Mehrotra's damping)."""
RIDGE = 1e-13
"""Relative ridge on the normal matrix: redundant identities stay solvable; refinement removes its bias."""


class SoftRows(NamedTuple):
    """Facts about sums of flows that need not hold exactly.

    Attributes
    ----------
    matrix : (K, N) sparse, C.
    target : (K,) d.
    sigma : (K,) standard error t > 0 of each fact, in the unit of the target.
    """

    matrix: sparse.csr_array
    target: Floats
    sigma: Floats


class Balance(NamedTuple):
    """Balanced flows and how well the conditions of the optimum hold.

    Attributes
    ----------
    values : (N,) flows z >= 0.
    residual : largest violation of identities (relative to their largest term), of stationarity and
        complementarity (in standard errors), and of z >= 0.
    iterations : interior-point steps, or Newton steps for the entropy variant.
    """

    values: Floats
    residual: float
    iterations: int


class _Program(NamedTuple):
    """min 1/2 |v - v0|^2 with G v = h and the first `bounded` entries of v >= 0."""

    v0: Floats
    matrix: sparse.csr_array
    rhs: Floats
    bounded: int


class _Point(NamedTuple):
    """Primal v, multipliers y of the rows and s >= 0 of the bounds."""

    v: Floats
    y: Floats
    s: Floats


def stone(
    prior: Floats,
    sigma: Floats,
    margins: sparse.csr_array,
    totals: Floats,
    *,
    soft: SoftRows | None = None,
    tolerance: float = 1e-9,
) -> Balance:
    """Most plausible non-negative flows that satisfy all identities, given the reliability of each estimate.

    Parameters
    ----------
    prior, sigma : (N,) estimates p and their standard errors s > 0, any unit.
    margins, totals : (M, N) sparse A and (M,) b; redundant identities are allowed, contradictory ones are not.
    soft : facts about sums of flows.
    tolerance : largest accepted residual, in scaled units.

    Raises
    ------
    InputError : no non-negative flows satisfy the identities (or rounding keeps the residual above `tolerance`).

    Notes
    -----
    If the prior satisfies the identities and the soft facts, it is returned. The solution does not change with the
    unit of the flows.

    Examples
    --------
    Income 10 +- 1 and spending 13 +- 2 must agree; the better known side moves less.

    >>> identity = sparse.csr_array([[1.0, -1.0]])
    >>> stone(np.array([10.0, 13.0]), np.array([1.0, 2.0]), identity, np.zeros(1)).values.round(9).tolist()
    [10.6, 10.6]
    """
    program = _scaled(prior, sigma, margins, totals, soft)
    point, iterations = _interior_point(program, tolerance)
    polished = _polish(program, point)
    best = min((polished, point), key=lambda candidate: _violation(program, candidate))
    residual = _violation(program, best)
    if not residual <= tolerance:
        raise InputError(
            f"no balance found: the optimality conditions are violated by {residual:.1e} (allowed {tolerance:.0e}); "
            "check that the identities can hold with non-negative flows"
        )
    return Balance(best.v[: program.bounded] * sigma, residual, iterations)


def entropy(prior: Floats, margins: sparse.csr_array, totals: Floats, *, tolerance: float = 1e-10) -> Balance:
    """Flows closest to the prior in relative entropy that satisfy all identities (RAS when A holds table margins).

    z = p exp(A'y); Newton's method with backtracking on the convex dual sum p exp(A'y) - b'y.

    Parameters
    ----------
    prior : (N,) estimates p >= 0; zeros stay zero.
    margins, totals : (M, N) sparse A and (M,) b, the latter reachable with positive flows where p > 0.
    tolerance : largest accepted violation of an identity, relative to the size of its terms.

    Raises
    ------
    InputError : the identities cannot hold with flows of the prior's pattern.

    Examples
    --------
    >>> margins = sparse.csr_array([[1.0, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1]])
    >>> entropy(np.ones(4), margins, np.array([3.0, 1.0, 2.0, 2.0])).values.round(9).tolist()
    [1.5, 1.5, 0.5, 0.5]
    """
    transposed = margins.T.tocsr()
    size = np.maximum(abs(margins) @ prior, np.abs(totals))
    size[size == 0] = 1.0
    y = np.zeros(len(totals))
    for step in range(MAX_STEPS):
        flows = prior * np.exp(transposed @ y)
        gap = totals - margins @ flows
        residual = float(np.max(np.abs(gap) / size, initial=0.0))
        if residual <= tolerance:
            return Balance(flows, residual, step)
        y = _entropy_step(prior, margins, totals, (y, flows, gap))
    raise InputError(
        f"no entropy balance: an identity is still off by {residual:.1e} of its size; "
        "check that totals agree with each other and with the zeros of the prior"
    )


def _entropy_step(
    prior: Floats, margins: sparse.csr_array, totals: Floats, state: tuple[Floats, Floats, Floats]
) -> Floats:
    """One damped Newton step on the dual; `state` = multipliers, flows and gaps of the identities."""
    y, flows, gap = state
    transposed = margins.T.tocsr()
    direction = _normal_solver(margins, flows)(gap)
    slope = float(gap @ direction)
    before = flows.sum() - totals @ y
    length = 1.0
    while length > np.finfo(float).eps:
        trial = y + length * direction
        with np.errstate(over="ignore"):
            after = (prior * np.exp(transposed @ trial)).sum() - totals @ trial
        if after <= before - 1e-4 * length * slope + 1e-14 * abs(before):
            return trial
        length /= 2
    return y


def _scaled(prior: Floats, sigma: Floats, margins: sparse.csr_array, totals: Floats, soft: SoftRows | None) -> _Program:
    """Flows in standard errors, identities relative to their largest term; one extra unknown per soft fact."""
    n = len(prior)
    terms = margins * np.maximum(np.abs(prior), sigma)[None, :]
    size = np.maximum(np.asarray(abs(terms).max(axis=1).todense()).ravel(), np.abs(totals))
    size[size == 0] = 1.0
    hard = sparse.csr_array(margins * sigma[None, :] * (1 / size)[:, None])
    if soft is None:
        return _Program(prior / sigma, hard, totals / size, n)
    k = len(soft.target)
    rows = sparse.csr_array(soft.matrix * sigma[None, :] * (1 / soft.sigma)[:, None])
    hard = sparse.csr_array((hard.data, hard.indices, hard.indptr), shape=(hard.shape[0], n + k))
    matrix = sparse.vstack([hard, sparse.hstack([rows, -sparse.eye_array(k)], format="csr")], format="csr")
    return _Program(
        np.concatenate([prior / sigma, np.zeros(k)]),
        sparse.csr_array(matrix),
        np.concatenate([totals / size, soft.target / soft.sigma]),
        n,
    )


def _violation(program: _Program, point: _Point) -> float:
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


def _normal_solver(matrix: sparse.csr_array, theta: Floats) -> Callable[[Floats], Floats]:
    """Factor G diag(theta) G' once (symmetric, positive up to redundancy) and return its solver."""
    weighted = sparse.csr_array(matrix * theta[None, :])
    normal = sparse.csc_array(weighted @ matrix.T)
    diagonal = normal.diagonal()
    ridge = RIDGE * (diagonal + diagonal.max(initial=0.0) * RIDGE + np.finfo(float).tiny)
    normal = sparse.csc_array(normal + sparse.diags_array(ridge))
    factor = splu(
        normal, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True, "Equil": True}
    )

    def solve(rhs: Floats) -> Floats:
        solution: Floats = factor.solve(rhs)
        return solution

    return solve


def _interior_point(program: _Program, tolerance: float) -> tuple[_Point, int]:
    """Mehrotra's predictor-corrector from the prior, moved off the bounds."""
    n = program.bounded
    start = program.v0.copy()
    start[:n] = np.maximum(start[:n], 1.0)
    point = _Point(start, np.zeros(len(program.rhs)), np.ones(n))
    for step in range(MAX_STEPS):
        if _violation(program, point) <= tolerance:
            return point, step
        with np.errstate(all="ignore"):  # infeasible programs diverge; the violation tells
            following = _predictor_corrector(program, point)
        if not np.isfinite(_violation(program, following)):
            return point, step
        point = following
    return point, MAX_STEPS


def _predictor_corrector(program: _Program, point: _Point) -> _Point:
    n = program.bounded
    u, s = point.v[:n], point.s
    theta = np.ones(len(point.v))
    theta[:n] = u / (u + s)
    solve = _normal_solver(program.matrix, theta)
    mu = float(u @ s) / n
    affine = _direction(program, point, (theta, solve), u * s)
    reach = _reach(u, affine.v[:n]), _reach(s, affine.s)
    mu_affine = float((u + reach[0] * affine.v[:n]) @ (s + reach[1] * affine.s)) / n
    centre = (mu_affine / mu) ** 3 * mu if mu > 0 else 0.0
    move = _direction(program, point, (theta, solve), u * s + affine.v[:n] * affine.s - centre)
    # One length for both sides: the quadratic objective ties primal and dual together.
    length = min(1.0, NEAR_BOUND * min(_reach(u, move.v[:n], 1e300), _reach(s, move.s, 1e300)))
    return _Point(point.v + length * move.v, point.y + length * move.y, s + length * move.s)


def _direction(
    program: _Program, point: _Point, factored: tuple[Floats, Callable[[Floats], Floats]], product: Floats
) -> _Point:
    """Newton direction that takes the products u s down by `product`."""
    theta, solve = factored
    n = program.bounded
    u, s = point.v[:n], point.s
    q = program.v0 - point.v + program.matrix.T @ point.y
    q[:n] += s - product / u
    gap = program.rhs - program.matrix @ point.v
    rhs = gap - program.matrix @ (theta * q)
    dy = solve(rhs)
    dv = theta * (q + program.matrix.T @ dy)
    dy += solve(gap - program.matrix @ dv)
    dv = theta * (q + program.matrix.T @ dy)
    return _Point(dv, dy, -(product + s * dv[:n]) / u)


def _reach(value: Floats, move: Floats, longest: float = 1.0) -> float:
    """Longest step up to `longest` that keeps value + step * move >= 0."""
    falling = move < 0
    return float(np.min(-value[falling] / move[falling], initial=longest))


def _polish(program: _Program, point: _Point) -> _Point:
    """Fix the flows that the interior point leaves at 0 and solve the rest exactly; swap until signs are right."""
    at_bound = point.v[: program.bounded] < point.s
    best = point
    for _ in range(POLISH_STEPS):
        with np.errstate(all="ignore"):  # nothing left to move: the violation is then not a number
            candidate = _with_bounds(program, at_bound, best.y)
            violation = _violation(program, candidate)
        if not np.isfinite(violation):
            break
        if violation < _violation(program, best):
            best = candidate
        wanted = candidate.v[: program.bounded] < candidate.s
        if (wanted == at_bound).all():
            break
        at_bound = wanted
    u = np.maximum(best.v[: program.bounded], 0.0)
    return _Point(np.concatenate([u, best.v[program.bounded :]]), best.y, np.maximum(best.s, 0.0))


def _with_bounds(program: _Program, at_bound: Bools, y: Floats) -> _Point:
    """Optimum with the marked flows at 0 and no other bound."""
    n = program.bounded
    free = np.ones(len(program.v0))
    free[:n][at_bound] = 0.0
    solve = _normal_solver(program.matrix, free)
    y = y.copy()
    for _ in range(REFINEMENTS):
        v = free * (program.v0 + program.matrix.T @ y)
        y += solve(program.rhs - program.matrix @ v)
    v = free * (program.v0 + program.matrix.T @ y)
    reduced = v - program.v0 - program.matrix.T @ y
    return _Point(v, y, np.where(at_bound, reduced[:n], 0.0))
