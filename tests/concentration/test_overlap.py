"""Sub-tier overlap: the case on paper, its bounds, and tier 2 of a small network."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from supplychain_risk.concentration.overlap import cosine_commonality, diamond_ratio, second_tier
from supplychain_risk.errors import InputError

TABLES = arrays(float, st.tuples(st.integers(2, 5), st.integers(1, 5)), elements=st.sampled_from([0.0, 0.5, 1.0, 3.0]))


def test_the_published_terms_on_paper():
    # shared/cases/methods/11: A buys from x, y; B from y, z; C from y: y is shared; cosines 1/2, 1/sqrt 2 twice
    V = [[1, 1, 0], [0, 1, 1], [0, 1, 0]]
    assert diamond_ratio(V) == pytest.approx(1 / 3, rel=1e-12)
    assert cosine_commonality(V) == pytest.approx(0.6380711874576984, rel=1e-12)


@given(TABLES, st.sampled_from([0.1, 7.0]))
def test_both_lie_between_0_and_1_and_know_no_unit(V, unit):
    for measure in (diamond_ratio, cosine_commonality):
        value = measure(V)
        assert np.isnan(value) or -1e-12 <= value <= 1 + 1e-12
        assert measure(unit * V) == pytest.approx(value, rel=1e-9, abs=1e-12, nan_ok=True)


@given(TABLES)
def test_suppliers_that_buy_alike_overlap_entirely(V):
    row = V[:1] + 1.0
    assert cosine_commonality(np.repeat(row, 3, axis=0)) == pytest.approx(1.0)
    assert diamond_ratio(np.repeat(row, 2, axis=0)) == 1.0


def test_a_supplier_that_buys_nothing_shares_nothing():
    assert np.isnan(diamond_ratio([[0, 0], [0, 0]]))
    assert np.isnan(cosine_commonality([[1, 0], [0, 0]]))


@pytest.mark.parametrize("bad", [[1.0, 2.0], [[-1.0]], [[np.nan]]])
def test_what_is_no_table_of_purchases_is_refused(bad):
    with pytest.raises(InputError, match="purchases: expected a table"):
        diamond_ratio(bad)


def test_tier_two_is_what_direct_suppliers_buy_for_their_customer(chain_lab):
    D = np.zeros((4, 4))
    D[1, 3], D[2, 3], D[0, 1], D[0, 2] = 0.3, 0.2, 0.5, 0.4
    network = chain_lab.coefficients(D, ["a", "b", "c", "d"])
    table = second_tier(network, "d")
    output = np.linalg.solve(np.eye(4) - D, np.ones(4))
    assert table.index.tolist() == ["b", "c"]
    assert table.columns.tolist() == ["a"]
    np.testing.assert_allclose(table["a"], [0.5 * output[1], 0.4 * output[2]])
    assert second_tier(network, "a").shape == (0, 0)
