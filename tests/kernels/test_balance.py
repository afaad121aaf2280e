"""Stone's method against closed forms and general-purpose solvers; entropy against a plain RAS loop."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import lsq_linear, minimize

from supplychain_risk.errors import InputError
from supplychain_risk.kernels.balance import SoftRows, entropy, stone


def table_margins(rows: int, columns: int) -> sparse.csr_array:
    """Row and column sums of a table stored row by row."""
    by_row = sparse.kron(sparse.eye_array(rows), np.ones((1, columns)))
    by_column = sparse.kron(np.ones((1, rows)), sparse.eye_array(columns))
    return sparse.csr_array(sparse.vstack([by_row, by_column]))


def random_problem(seed: int, *, flows: int = 40, identities: int = 9):
    rng = np.random.default_rng(seed)
    margins = sparse.random_array((identities, flows), density=0.3, rng=rng, format="csr")
    true = np.maximum(rng.normal(1, 1.5, flows), 0)
    return rng.exponential(1, flows), rng.uniform(0.01, 1, flows), margins, margins @ true


def test_two_estimates_of_income_meet_where_their_reliability_puts_them():
    # Stone, Champernowne & Meade (1942): two measurements of one total are weighted by their inverse variances.
    sigma = np.array([1.0, 3.0])
    result = stone(np.array([100.0, 110.0]), sigma, sparse.csr_array([[1.0, -1.0]]), np.zeros(1))
    assert result.values == pytest.approx((100 * 9 + 110 * 1) / 10)


def test_national_accounts_identity_moves_each_item_by_its_variance():
    # income = consumption + investment + exports - imports; the gap of 10 is shared out as variance / sum of variances.
    prior = np.array([1000.0, 700.0, 200.0, 150.0, 60.0])
    sigma = np.array([10.0, 20.0, 20.0, 5.0, 5.0])
    identity = sparse.csr_array([[1.0, -1.0, -1.0, -1.0, 1.0]])
    gap = -(prior @ identity.toarray()[0])
    expected = prior + sigma**2 * identity.toarray()[0] * gap / (sigma**2).sum()
    assert stone(prior, sigma, identity, np.zeros(1)).values == pytest.approx(expected, rel=1e-12)


def test_without_bounds_it_is_the_closed_form_of_generalised_least_squares():
    # z = p + V A'(A V A')^-1 (b - A p), Byron (1978), eq. 3
    rng = np.random.default_rng(5)
    margins = sparse.csr_array(rng.normal(size=(4, 12)))
    prior, sigma = rng.uniform(50, 60, 12), rng.uniform(0.1, 1, 12)
    totals = margins @ (prior + rng.normal(0, 0.5, 12))
    variance = np.diag(sigma**2)
    dense = margins.toarray()
    expected = prior + variance @ dense.T @ np.linalg.solve(dense @ variance @ dense.T, totals - dense @ prior)
    assert stone(prior, sigma, margins, totals).values == pytest.approx(expected, rel=1e-11)


def test_bounds_agree_with_a_general_purpose_solver():
    prior, sigma, margins, totals = random_problem(3, flows=12, identities=5)
    prior[:3] = -1.0
    result = stone(prior, sigma, margins, totals)
    reference = minimize(
        lambda z: 0.5 * (((z - prior) / sigma) ** 2).sum(),
        np.maximum(prior, 0.1),
        jac=lambda z: (z - prior) / sigma**2,
        bounds=[(0, None)] * 12,
        constraints={"type": "eq", "fun": lambda z: margins @ z - totals, "jac": lambda _: margins.toarray()},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    assert (result.values == 0).any()
    assert result.values == pytest.approx(reference.x, abs=1e-5)


def test_soft_facts_without_identities_are_bounded_least_squares():
    rng = np.random.default_rng(8)
    facts = SoftRows(sparse.csr_array(rng.normal(size=(6, 10))), rng.normal(size=6), rng.uniform(0.1, 1, 6))
    prior, sigma = rng.normal(0.3, 1, 10), rng.uniform(0.5, 2, 10)
    stacked = np.vstack([np.diag(1 / sigma), facts.matrix.toarray() / facts.sigma[:, None]])
    aims = np.concatenate([prior / sigma, facts.target / facts.sigma])
    reference = lsq_linear(stacked, aims, (0, np.inf), tol=1e-14, lsmr_tol="auto").x
    result = stone(prior, sigma, sparse.csr_array((0, 10)), np.zeros(0), soft=facts)
    assert result.values == pytest.approx(reference, abs=1e-7)


@given(st.integers(0, 10_000))
def test_a_prior_that_meets_every_margin_is_returned(seed):
    prior, sigma, margins, _ = random_problem(seed)
    facts = SoftRows(margins[:3], (margins @ prior)[:3], np.ones(3))
    assert stone(prior, sigma, margins, margins @ prior, soft=facts).values == pytest.approx(prior, rel=1e-9, abs=1e-12)


@given(st.integers(0, 10_000))
def test_flows_are_never_negative_and_identities_hold(seed):
    prior, sigma, margins, totals = random_problem(seed)
    result = stone(prior, sigma, margins, totals)
    assert (result.values >= 0).all()
    assert margins @ result.values == pytest.approx(totals, rel=1e-9, abs=1e-10)
    assert result.residual <= 1e-9


@given(st.integers(0, 10_000), st.floats(1e-6, 1e6))
def test_the_unit_of_money_does_not_matter(seed, unit):
    prior, sigma, margins, totals = random_problem(seed)
    scaled = stone(prior * unit, sigma * unit, margins, totals * unit).values
    assert scaled / unit == pytest.approx(stone(prior, sigma, margins, totals).values, rel=1e-7, abs=1e-9)


@given(st.integers(0, 10_000))
def test_the_order_of_flows_does_not_matter(seed):
    prior, sigma, margins, totals = random_problem(seed)
    order = np.random.default_rng(seed).permutation(len(prior))
    shuffled = stone(prior[order], sigma[order], sparse.csr_array(margins[:, order]), totals).values
    assert shuffled == pytest.approx(stone(prior, sigma, margins, totals).values[order], rel=1e-7, abs=1e-9)


def test_redundant_identities_are_harmless():
    prior = np.array([4.0, 1.0, 2.0, 5.0])
    totals = np.array([6.0, 6.0, 7.0, 5.0])  # rows and columns both add up to 12
    values = stone(prior, np.ones(4), table_margins(2, 2), totals).values
    assert table_margins(2, 2) @ values == pytest.approx(totals, abs=1e-10)


def test_a_more_reliable_estimate_moves_less():
    margins, totals = sparse.csr_array([[1.0, 1.0]]), np.array([3.0])
    loose = stone(np.ones(2), np.array([1.0, 1.0]), margins, totals).values
    firm = stone(np.ones(2), np.array([0.1, 1.0]), margins, totals).values
    assert loose == pytest.approx([1.5, 1.5])
    assert firm[0] == pytest.approx(1 + 0.01 / 1.01)


def test_contradictory_identities_are_refused():
    margins = sparse.csr_array([[1.0, 1.0], [1.0, 1.0]])
    with pytest.raises(InputError, match="no balance found"):
        stone(np.ones(2), np.ones(2), margins, np.array([1.0, 2.0]))


def test_negative_totals_are_refused():
    with pytest.raises(InputError, match="non-negative"):
        stone(np.ones(2), np.ones(2), sparse.csr_array([[1.0, 1.0]]), np.array([-1.0]))


@given(st.integers(0, 10_000))
def test_entropy_equals_iterative_proportional_fitting(seed):
    rng = np.random.default_rng(seed)
    prior = rng.exponential(1, (5, 7)) * (rng.random((5, 7)) < 0.8)
    true = prior * rng.uniform(0.5, 2, (5, 1)) * rng.uniform(0.5, 2, (1, 7)) * rng.uniform(0.8, 1.2, (5, 7))
    totals = np.concatenate([true.sum(axis=1), true.sum(axis=0)])
    fitted = prior.copy()
    for _ in range(4000):
        before = fitted.copy()
        fitted *= np.divide(totals[:5], fitted.sum(axis=1), out=np.ones(5), where=fitted.sum(axis=1) > 0)[:, None]
        fitted *= np.divide(totals[5:], fitted.sum(axis=0), out=np.ones(7), where=fitted.sum(axis=0) > 0)[None, :]
        if np.allclose(fitted, before, rtol=1e-13, atol=0):
            break
    result = entropy(prior.ravel(), table_margins(5, 7), totals)
    assert result.values == pytest.approx(fitted.ravel(), rel=1e-6, abs=1e-9)
    assert (result.values[prior.ravel() == 0] == 0).all()


def test_entropy_returns_a_prior_that_fits():
    prior = np.array([1.0, 2.0, 3.0, 4.0])
    margins = table_margins(2, 2)
    assert entropy(prior, margins, margins @ prior).values == pytest.approx(prior, rel=1e-12)


def test_entropy_refuses_totals_that_do_not_agree():
    with pytest.raises(InputError, match="no entropy balance"):
        entropy(np.ones(4), table_margins(2, 2), np.array([1.0, 1.0, 3.0, 3.0]))
