"""How a ledger of shares is counted: groups, rests, ranges, age and confidence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from supplychain_risk.concentration.ledger import Ledger, gathered
from supplychain_risk.concentration.summary import summarise, with_rules
from supplychain_risk.dataset.load import load_dataset


def ledger(rows, evidence=()):
    """Market 0 of rows (holder, share, low, high, supply, own need)."""
    names = ["holder", "share", "low", "high", "supply", "own_need"]
    entries = gathered(pd.DataFrame(rows, columns=names).assign(market=0))
    facts = pd.DataFrame(evidence, columns=["weight", "confidence", "as_of"]).assign(market=0)
    return Ledger(pd.DataFrame({"product": ["neon"]}), entries, facts.astype({"weight": float, "market": int}))


ROWS = [
    ("a", 0.5, 0.4, 0.6, 0.6, 0.2),
    ("g", 0.3, 0.2, 0.4, 0.3, 0.0),
    ("other", 0.2, 0.1, 0.3, 0.2, 0.0),
]


def test_a_group_is_one_firm_at_most():
    found = summarise(ledger(ROWS), frozenset({"g"})).iloc[0]
    assert found["hhi_low"] == pytest.approx(0.25)
    assert found["hhi"] == pytest.approx(0.25 + 0.09)
    assert found["hhi_high"] == pytest.approx(0.25 + 0.09 + 0.04)
    assert (found["holders"], found["unknown_share"]) == (2, pytest.approx(0.2))


def test_ranges_of_facts_give_the_named_between_what_the_rest_leaves_them():
    found = summarise(ledger(ROWS), frozenset()).iloc[0]
    # the named hold .7 to .9: least .4^2 + .3^2 (nothing closer together), most .6^2 + .3^2
    assert found["hhi_fact_low"] == pytest.approx(0.16 + 0.09)
    assert found["hhi_fact_high"] == pytest.approx(0.36 + 0.09)


def test_cover_counts_spare_capacity_and_the_largest_one_s_own_need():
    found = summarise(ledger(ROWS), frozenset()).iloc[0]
    assert found["n_minus_1_cover"] == pytest.approx(0.5)
    assert found["n_minus_1_net"] == pytest.approx(0.5 / 0.8)


def test_confidence_is_that_which_half_of_the_weight_reaches():
    facts = [(0.4, "disclosed", "2025"), (0.3, "estimate", ""), (0.3, "assumption", "2013"), (9.0, "", "1999")]
    found = summarise(ledger(ROWS, facts), frozenset()).iloc[0]
    assert (found["confidence"], found["weakest"], found["oldest"]) == ("estimate", "assumption", "2013")


def test_rules_fire_beyond_their_thresholds_only():
    levels = load_dataset().parameters.concentration
    table = pd.DataFrame({"hhi": [0.18, 0.1801, np.nan], "n_minus_1_cover": [1.0, 0.99, np.inf]})
    judged = with_rules(table, levels, {"hhi": "hhi", "n-1": "n_minus_1_cover"})
    assert judged["above"].tolist() == ["", "hhi n-1", ""]
    assert judged["hhi_margin_points"].tolist() == pytest.approx([0, 1, np.nan], abs=1e-9, nan_ok=True)
    assert np.isnan(judged["hhi_margin_points"][2])


def test_a_share_outside_its_fact_widens_the_range():
    entries = ledger([("a", 0.9, 0.5, 0.7, 1.0, 0.0), ("b", 0.1, 0.2, 0.3, 0.1, 0.0)]).entries
    assert entries[["low", "high"]].to_numpy().tolist() == [[0.5, 0.9], [0.1, 0.3]]


def test_holders_named_twice_are_added_up():
    entries = ledger([("a", 0.3, 0.2, 0.4, np.nan, np.nan), ("a", 0.7, 0.7, 0.9, np.nan, np.nan)]).entries
    assert entries[["holder", "share", "low", "high"]].to_numpy().tolist() == [["a", 1.0, pytest.approx(0.9), 1.0]]
    assert entries["supply"].isna().all()
