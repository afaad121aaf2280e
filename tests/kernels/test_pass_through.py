"""Costs charged on from maker to customer: by hand, in circles, and nothing is lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from supplychain_risk.kernels.pass_through import charged_on


def _matrix(rows):
    return sparse.csc_array(np.array(rows, dtype=float))


def _final(share, rate, cost):
    """What final buyers pay: of each maker's surcharge the part that no customer in the network bears."""
    return (rate * (1 - share.toarray().sum(axis=0))) @ cost


def test_a_chain_of_three_charges_on_tier_by_tier():
    # 0 sells 3/4 to 1 and charges on half; 1 sells all to 2 and charges on 0.9; 2 keeps its costs
    share = _matrix([[0, 0, 0], [0.75, 0, 0], [0, 1, 0]])
    rate = np.array([0.5, 0.9, 0.0])
    cost = charged_on(share, rate, np.array([0, 1]))
    np.testing.assert_allclose(cost[:, 0], [1, 0.375, 0.3375])
    np.testing.assert_allclose(cost[:, 1], [0, 1, 0.9])
    # final buyers: a quarter of 0's surcharge of 0.5; kept: 0.5 + 0.0375 + 0.3375
    np.testing.assert_allclose(_final(share, rate, cost), [0.125, 0.0])


def test_a_circle_ends_where_all_rounds_end():
    # two makers sell half to each other and half to final buyers, and charge on all:
    # costs 1 + 1/4 + 1/16 + ... = 4/3 and 1/2 + 1/8 + ... = 2/3
    share, rate = _matrix([[0, 0.5], [0.5, 0]]), np.ones(2)
    cost = charged_on(share, rate, np.array([0]))
    np.testing.assert_allclose(cost[:, 0], [4 / 3, 2 / 3])
    np.testing.assert_allclose(_final(share, rate, cost), [1.0])


def test_a_circle_that_charges_without_end_is_refused():
    with pytest.raises(ValueError, match="without end"):
        charged_on(_matrix([[0, 1], [1, 0]]), np.ones(2), np.array([0]))


def test_nobody_pays_for_nothing():
    assert charged_on(_matrix([[0, 0], [1, 0]]), np.array([0.5, 0.5]), np.zeros(0, dtype=np.int64)).shape == (2, 0)


def test_a_customer_that_no_surcharge_reaches_pays_exactly_nothing():
    cost = charged_on(_matrix([[0, 0, 0], [1, 0, 0], [0, 0, 0]]), np.array([0.3, 0.3, 0.3]), np.array([0]))
    assert cost[2, 0] == 0.0


@given(seed=st.integers(0, 2**32 - 1))
def test_activities_and_final_buyers_together_pay_the_direct_cost(seed):
    rng = np.random.default_rng(seed)
    count = rng.integers(2, 9)
    share = np.where(rng.random((count, count)) < 0.5, rng.random((count, count)), 0.0)
    share /= np.maximum(share.sum(axis=0) * rng.choice([1.0, 1.0, 2.0], count), 1e-9)
    rate = rng.choice([0.0, 0.3, 0.9, 0.99], count)
    buyers = np.flatnonzero(rng.random(count) < 0.7)
    cost = charged_on(_matrix(share), rate, buyers)
    kept = ((1 - rate)[:, None] * cost).sum(axis=0)
    np.testing.assert_allclose(kept + _final(_matrix(share), rate, cost), 1.0, rtol=1e-9)
    assert (cost >= -1e-12).all()
