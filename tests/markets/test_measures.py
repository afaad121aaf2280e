"""What losses come to, beside published programs and the kernels they are made of."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import supplychain_risk as scr
from supplychain_risk.kernels import shortfall, tail
from supplychain_risk.markets.measures import effective_number, means, measure


def test_effective_numbers_meet_their_case():
    """Those of skfolio and Riskfolio-Lib, by weight and by contribution to risk."""
    place = Path(__file__).parents[1] / "data" / "risk" / "portfolio_concentration.json"
    case = json.loads(place.read_text(encoding="utf-8"))
    assert effective_number(np.array(case["weights"])) == pytest.approx(case["ENC_hhi"], abs=1e-12)
    parts = np.array(case["vol_contribution"])
    assert effective_number(parts) == pytest.approx(case["effective_number_of_risk_contributions"], abs=1e-12)
    entropy = scr.share_indices(case["weights"])["shannon_number"].iloc[0]
    assert entropy == pytest.approx(case["ENC_entropy"], abs=1e-12)


def test_nothing_lost_is_spread_over_nothing():
    assert np.isnan(effective_number(np.zeros(3)))


def test_columns_taken_in_turn_have_the_means_of_all_at_once():
    draws = np.random.default_rng(0).normal(size=(50, 37))
    design = tail.simple_design(50)
    for one, other in zip(means(draws, design), tail.mean(draws, design), strict=True):
        assert one.tolist() == other.tolist()


def test_a_side_counts_the_draws_of_its_tail():
    spectrum = shortfall.exponential_spectrum(10.0)
    side = measure(np.arange(1000.0), 0.95, spectrum, tail.simple_design(1000), with_market=True)
    assert side.tail_draws == pytest.approx(50.0)
    assert side.measures.value_at_risk.value == 949.0
    assert side.measures.expected_shortfall.value == pytest.approx(974.5)
    assert side.measures.expected_loss.value == pytest.approx(499.5)
