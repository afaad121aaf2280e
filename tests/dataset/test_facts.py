"""The one-line grammar of facts."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from supplychain_risk.dataset.facts import CONFIDENCES, Fact, Provenance, Quantity, read_provenance

HALF_WIDTHS = {"disclosed": 0.03, "reported": 0.15, "estimate": 0.3, "from_memory": 0.4, "assumption": 0.5}
SHARE = Quantity("share of sales", 0, 1)
DAYS = Quantity("days", 0)
MONEY = Quantity("USD bn")


def read(text: object, quantity: Quantity = SHARE, inherited: Provenance | None = None) -> Fact:
    return quantity.read(text, inherited=inherited, half_widths=HALF_WIDTHS)


def test_a_full_line_says_everything():
    fact = read("0.92 (0.87..0.97) estimate tsmc-20f-2025 2026-Q2; wafers only, test; not packaging")
    assert (fact.value, fact.low, fact.high) == (0.92, 0.87, 0.97)
    assert (fact.confidence, fact.source, fact.as_of) == ("estimate", "tsmc-20f-2025", "2026-Q2")
    assert fact.note == "wafers only, test; not packaging"


def test_a_bare_number_takes_provenance_of_its_record_and_range_of_its_class():
    fact = read("0.4", inherited=Provenance(confidence="reported", source="page", as_of="2025"))
    assert (fact.low, fact.high) == pytest.approx((0.34, 0.46))
    assert (fact.source, fact.as_of) == ("page", "2025")


def test_a_range_of_the_class_stops_at_what_is_possible():
    assert (read("0.9 assumption").low, read("0.9 assumption").high) == (0.45, 1)
    assert read("-10 estimate derived", MONEY).low == pytest.approx(-13)


@pytest.mark.parametrize(("text", "source"), [("1 assumption 2026", "assumption"), ("1 from_memory", "memory")])
def test_assumptions_and_memories_are_their_own_source(text, source):
    assert read(text).source == source


def test_a_mapping_means_the_same_as_the_line():
    line = read("0.5 (0.4..0.7) reported page 2025; a note")
    parts = {"value": "0.5", "low": "0.4", "high": "0.7", "confidence": "reported", "source": "page"}
    assert read({**parts, "as_of": "2025", "note": "a note"}) == line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.3 assumption", "between 0 and 1"),
        ("-0.1 assumption", "between 0 and 1"),
        ("nan assumption", "a fact"),
        ("inf assumption", "a fact"),
        ("1e999 assumption", "between 0 and 1"),
        ("half", "a fact"),
        ("", "a fact"),
        ("0.5 (0.6..0.4) assumption", "low first"),
        ("0.5 (0.6..0.7) assumption", "inside its own range"),
        ("0.5 (0.4..1.7) assumption", "a range between 0 and 1"),
        ("0.5 (0.4) assumption", "a fact"),
        ("0.5 guess", "a fact"),
        ("0.5 reported", "the id of a source"),
        ("0.5", "a confidence and a source"),
        (["0.5"], "a fact"),
        (True, "a fact"),
        ({"value": "0.5", "low": "0.1"}, "a mapping with value"),
        ({"value": "x", "confidence": "assumption"}, "numbers"),
        ({"value": "0.5", "confidence": "guess"}, "a confidence of"),
        ({"valu": "0.5"}, "a mapping with value"),
    ],
)
def test_what_is_not_a_fact_says_what_one_is(text, expected):
    with pytest.raises(PydanticCustomError, match=expected.replace("(", r"\(")):
        read(text)


def test_a_negative_stock_is_refused_with_its_unit():
    with pytest.raises(PydanticCustomError, match=r"of at least 0 \(days\)"):
        read("-5 assumption", DAYS)


def test_a_fact_needs_a_range_when_its_class_has_none():
    with pytest.raises(PydanticCustomError, match="a range"):
        SHARE.read("0.5 assumption", inherited=None, half_widths={})


slugs = st.from_regex(r"[a-z][a-z0-9]{0,6}(-[a-z0-9]{1,6}){0,2}", fullmatch=True).filter(
    lambda text: text not in CONFIDENCES
)
shares = st.floats(0, 1)


@given(
    st.tuples(shares, shares, shares).map(sorted),
    st.sampled_from(CONFIDENCES),
    slugs,
    st.from_regex(r"(20[0-9]{2}(-(Q[1-4]|[01][0-9]))?)?", fullmatch=True),
    st.from_regex(r"([a-z][a-z ,.;()%]{0,30}[a-z])?", fullmatch=True),
)
def test_a_fact_reads_back_what_it_prints(numbers, confidence, source, as_of, note):
    low, value, high = numbers
    fact = Fact(value=value, low=low, high=high, confidence=confidence, source=source, as_of=as_of, note=note)
    assert read(str(fact)) == fact


@given(st.text(max_size=40))
def test_any_text_is_a_fact_inside_its_limits_or_refused(text):
    with suppress(PydanticCustomError):
        fact = read(text)
        assert 0 <= fact.low <= fact.value <= fact.high <= 1


def test_provenance_has_confidence_source_and_time():
    assert read_provenance("reported page-2025 2026-Q1") == Provenance(
        confidence="reported", source="page-2025", as_of="2026-Q1"
    )
    with pytest.raises(PydanticCustomError, match="disclosed, reported"):
        read_provenance("likely page-2025")
