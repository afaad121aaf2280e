"""The one-line grammar of splits."""

from __future__ import annotations

import pytest
from pydantic_core import PydanticCustomError

from supplychain_risk.dataset.splits import read_split


def test_a_split_is_one_line():
    split = read_split("tw_tainan 0.85, us_arizona 0.15; assumption 2026; two fabs")
    assert split.shares == {"tw_tainan": 0.85, "us_arizona": 0.15}
    assert (split.confidence, split.source, split.as_of, split.note) == ("assumption", "assumption", "2026", "two fabs")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tw_tainan; assumption", "NAME SHARE"),
        ("tw_tainan 0.5, tw_tainan 0.5; assumption", "each name once"),
        ("tw_tainan 1.5; assumption", "between 0 and 1"),
        ("tw_tainan 1", "a confidence and a source"),
        ("tw_tainan 1; guess", "a confidence of"),
        ({"tw_tainan": "1"}, "NAME SHARE"),
    ],
)
def test_what_is_not_a_split_says_what_one_is(text, expected):
    with pytest.raises(PydanticCustomError, match=expected):
        read_split(text)
