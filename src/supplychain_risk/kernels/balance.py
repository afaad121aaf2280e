r"""Balancing a table of flows from estimates of unequal reliability.

Stone's method. Initial estimates p with standard errors s break the accounting identities A z = b. The
balanced flows are the generalised least-squares estimate, here with non-negative flows and with further,
soft facts C z ~ d of standard error t:

.. math:: \min_{z \ge 0}\ \tfrac12 \sum_e \Big(\frac{z_e - p_e}{s_e}\Big)^2
          + \tfrac12 \sum_k \Big(\frac{(C z)_k - d_k}{t_k}\Big)^2 \quad\text{subject to}\quad A z = b .

Without bounds and soft rows it is z = p + V A'(A V A')^{-1}(b - A p), V = diag(s^2). With them it is a
sparse convex quadratic program (`kernels.quadratic`), so that flows on their bound are exactly 0 and the
identities hold to rounding. Everything is in scaled units: a flow in its standard error, an identity
relative to its largest term.

Entropy. min sum z ln(z / p) - z + p subject to A z = b keeps ratios instead of differences; when the rows of A
are the margins of a table, this is RAS (iterative proportional fitting).

References
----------
Stone, Champernowne & Meade (1942), The precision of national income estimates, Review of Economic Studies 9(2),
doi:10.2307/2967664. Byron (1978), The estimation of large social account matrices, JRSS A 141(3),
doi:10.2307/2344807. Bacharach (1970), Biproportional matrices and input-output change.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from supplychain_risk.errors import InputError
from supplychain_risk.kernels import quadratic
from supplychain_risk.kernels.quadratic import Program

Floats = NDArray[np.float64]

MAX_STEPS = 100


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
    best, residual, iterations = quadratic.solve(program, tolerance)
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
    direction = quadratic.normal_solver(margins, flows)(gap)
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


def _scaled(prior: Floats, sigma: Floats, margins: sparse.csr_array, totals: Floats, soft: SoftRows | None) -> Program:
    """Flows in standard errors, identities relative to their largest term; one extra unknown per soft fact."""
    n = len(prior)
    terms = margins * np.maximum(np.abs(prior), sigma)[None, :]
    size = np.maximum(np.asarray(abs(terms).max(axis=1).todense()).ravel(), np.abs(totals))
    size[size == 0] = 1.0
    hard = sparse.csr_array(margins * sigma[None, :] * (1 / size)[:, None])
    if soft is None:
        return Program(prior / sigma, hard, totals / size, n)
    k = len(soft.target)
    rows = sparse.csr_array(soft.matrix * sigma[None, :] * (1 / soft.sigma)[:, None])
    hard = sparse.csr_array((hard.data, hard.indices, hard.indptr), shape=(hard.shape[0], n + k))
    matrix = sparse.vstack([hard, sparse.hstack([rows, -sparse.eye_array(k)], format="csr")], format="csr")
    return Program(
        np.concatenate([prior / sigma, np.zeros(k)]),
        sparse.csr_array(matrix),
        np.concatenate([totals / size, soft.target / soft.sigma]),
        n,
    )
