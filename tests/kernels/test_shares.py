"""Indices of share vectors: published values, identities, and what merging, padding and order do."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain_risk.kernels import shares as index

# concentrationMetrics 0.6, scikit-bio 0.7.4 and PySAL inequality 1.1.2 on six share vectors
PUBLISHED = json.loads((Path(__file__).parents[1] / "data" / "concentration" / "share_vectors.json").read_text("utf-8"))
CASES = {case["name"]: case for case in PUBLISHED["cases"]}
ORDERS = {"0_5": 0.5, "1": 1.0, "2": 2.0, "3": 3.0}
FUNCTIONS = {
    "hhi": index.hhi,
    "hhi_points": index.hhi_points,
    "hhi_normalised": index.hhi_normalised,
    "effective_number": index.effective_number,
    "berger_parker": index.berger_parker,
    "hall_tideman": index.hall_tideman,
    "rosenbluth": index.hall_tideman,
    "shannon_nats": index.shannon,
    "shannon_number": index.shannon_number,
    "shannon_evenness": index.evenness,
    "renyi_2": lambda s: index.renyi(s, 2),
    "theil_T": index.theil,
    "gini_population": index.gini,
    "gini_sample_corrected": index.gini_sample,
    "hoover": index.hoover,
    "simpson": index.simpson,
    "cci_horvath": index.horvath,
    "max_share_minus_second": index.lead,
    **{f"cr_{k}": lambda s, k=k: index.concentration_ratio(s, k) for k in (1, 2, 3, 4)},
    **{f"hannah_kay_inverse_a{name}": lambda s, a=a: index.hannah_kay(s, a) for name, a in ORDERS.items()},
    **{f"hannah_kay_number_a{name}": lambda s, a=a: index.hannah_kay_number(s, a) for name, a in ORDERS.items()},
}


def shares_of(values):
    return np.array(values, dtype=float) / np.sum(values)


vectors = st.lists(st.floats(1e-6, 1.0), min_size=1, max_size=12).map(shares_of)


@pytest.mark.parametrize(
    ("name", "measure"), [(name, measure) for name, case in CASES.items() for measure in case["expected"]]
)
def test_published_values(name, measure):
    expected = CASES[name]["expected"][measure]
    found = FUNCTIONS[measure](shares_of(CASES[name]["values"]))
    expected = np.nan if expected is None else expected
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-12, nan_ok=True)


@given(vectors)
def test_identities_hold(s):  # those of the published file
    n = len(s)
    assert index.hall_tideman(s) == pytest.approx(1 / (n * (1 - index.gini(s))), rel=1e-9)
    assert index.hannah_kay_number(s, 2) == pytest.approx(index.effective_number(s), rel=1e-12)
    assert index.theil(s) == pytest.approx(np.log(n) - index.shannon(s), abs=1e-12)
    assert index.renyi(s, 2) == pytest.approx(-np.log(index.hhi(s)), abs=1e-12)


@given(vectors, st.floats(0.05, 6.0))
def test_general_order_equals_its_definition(s, alpha):
    if abs(alpha - 1) > 1e-3:
        assert index.hannah_kay(s, alpha) == pytest.approx((s**alpha).sum() ** (1 / (alpha - 1)), rel=1e-9)


@given(vectors)
def test_order_one_is_a_limit_without_a_jump(s):
    assert index.renyi(s, 1 + 1e-10) == pytest.approx(float(index.shannon(s)), abs=1e-8)
    assert index.renyi(s, 1 - 1e-10) == pytest.approx(float(index.shannon(s)), abs=1e-8)
    assert index.renyi(s, np.inf) == pytest.approx(-np.log(s.max()))


@given(vectors)
def test_hhi_lies_between_equal_shares_and_one(s):
    assert 1 / len(s) - 1e-12 <= index.hhi(s) <= 1 + 1e-12
    assert -1e-9 <= index.hhi_normalised(s) <= 1 + 1e-12


@given(vectors.filter(lambda s: len(s) > 1), st.data())
def test_merging_suppliers_never_lowers_concentration(s, data):
    i, j = data.draw(st.lists(st.integers(0, len(s) - 1), min_size=2, max_size=2, unique=True))
    merged = np.append(np.delete(s, [i, j]), s[i] + s[j])
    for measure in (index.hhi, index.berger_parker, index.hall_tideman, index.horvath):
        assert measure(merged) >= measure(s) - 1e-12
    assert index.hhi(merged) - index.hhi(s) == pytest.approx(2 * s[i] * s[j], abs=1e-12)
    assert index.shannon(merged) <= index.shannon(s) + 1e-12


@given(vectors, st.randoms())
@pytest.mark.parametrize("measure", FUNCTIONS)
def test_order_does_not_matter(measure, s, random):
    turned = np.array(random.sample(s.tolist(), len(s)))
    assert FUNCTIONS[measure](turned) == pytest.approx(float(FUNCTIONS[measure](s)), rel=1e-9, abs=1e-9, nan_ok=True)


@given(vectors, st.integers(1, 5))
def test_padding_with_a_count_changes_nothing(s, more):
    padded = np.append(s, np.zeros(more))
    for measure in (index.hhi_normalised, index.evenness, index.theil, index.gini, index.gini_sample, index.hoover):
        assert measure(padded, n=len(s)) == pytest.approx(float(measure(s)), abs=1e-12, nan_ok=True)
    for measure in (index.hhi, index.shannon, index.hall_tideman, index.horvath, index.lead):
        assert measure(padded) == pytest.approx(float(measure(s)), abs=1e-12)


def test_a_supplier_without_sales_makes_the_others_less_equal():
    assert index.gini(np.array([0.5, 0.5, 0.0])) == pytest.approx(1 / 3)  # by hand: one third of suppliers has nothing


@pytest.mark.parametrize("measure", FUNCTIONS)
def test_rows_are_counted_one_by_one(measure):
    rows = np.array([[0.5, 0.3, 0.2], [1.0, 0.0, 0.0], [0.2, 0.2, 0.6]])
    one_by_one = [float(FUNCTIONS[measure](row)) for row in rows]
    assert FUNCTIONS[measure](rows).tolist() == pytest.approx(one_by_one)
