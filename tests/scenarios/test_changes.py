"""What a scenario that extends another ends up with."""

from __future__ import annotations

from supplychain_risk.scenarios.changes import changed


def test_records_merge_field_by_field_and_all_else_is_replaced():
    base = {"hits": {"plant": {"severity": "0.5", "shape": "step"}}, "not_hit": ["a", "b"], "class": "war"}
    change = {"hits": {"plant": {"severity": "0.7"}, "port": {"severity": "1"}}, "not_hit": ["c"]}
    assert changed([base, change]) == {
        "hits": {"plant": {"severity": "0.7", "shape": "step"}, "port": {"severity": "1"}},
        "not_hit": ["c"],
        "class": "war",
    }


def test_an_empty_field_is_taken_away_wherever_it_stands():
    assert changed([{"a": {"b": "1", "c": "2"}, "d": "3"}, {"a": {"b": ""}, "d": "", "e": ""}]) == {"a": {"c": "2"}}


def test_changes_apply_in_order_and_leave_their_inputs_alone():
    base = {"a": {"b": "1"}}
    assert changed([base, {"a": {"b": "2"}}, {"a": {"b": "3"}}]) == {"a": {"b": "3"}}
    assert base == {"a": {"b": "1"}}
