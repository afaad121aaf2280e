from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain_risk.markets.cash_flow import tail_weight


@given(closing=st.integers(1, 120), rate=st.floats(0.001, 0.3))
def test_the_tail_equals_its_closed_form(closing, rate) -> None:
    # sum of (1 - k/K) q^k, k = 1..K, is q/(1-q) - q (1 - q^K) / (K (1-q)^2)
    q = (1 + rate) ** (-1 / 52)
    series = q / (1 - q) - q * (1 - q**closing) / (closing * (1 - q) ** 2)
    weight = tail_weight(step_years=1 / 52, closing_steps=closing, discount_rate=rate)
    assert weight == pytest.approx(series, rel=1e-6, abs=1e-9)


def test_a_tail_that_closes_at_once_weighs_nothing() -> None:
    assert tail_weight(step_years=1 / 52, closing_steps=0, discount_rate=0.09) == 0.0
    assert tail_weight(step_years=1 / 52, closing_steps=1, discount_rate=0.09) == 0.0
