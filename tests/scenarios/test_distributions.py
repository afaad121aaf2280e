"""Lines become distributions, and lines that make none are refused with what was expected."""

from __future__ import annotations

import re
from typing import Annotated

import numpy as np
import pytest
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from supplychain_risk.dataset.facts import From, Record
from supplychain_risk.scenarios.distributions import Distribution, Varies, read_distribution


@pytest.mark.parametrize(
    ("line", "kind", "parameters"),
    [
        ("pert(0.6, 0.9, 1) estimate csis-2025 2025", "pert", (0.6, 0.9, 1.0)),
        ("pert(low -0.4, mode -0.18, high 0) assumption", "pert", (-0.4, -0.18, 0.0)),
        ("lognormal(median 20, p90 52) assumption 2026; games last 20 weeks", "lognormal", (20.0, 52.0)),
        ("uniform(1, 2) assumption", "uniform", (1.0, 2.0)),
        ("triangular(0, 1, 4) assumption", "triangular", (0.0, 1.0, 4.0)),
        ("discrete(0 0.2, 10 0.8) assumption", "discrete", (0.0, 0.2, 10.0, 0.8)),
        ("beta(a 2, b 5, low 0, high 1) assumption", "beta", (2.0, 5.0, 0.0, 1.0)),
        ("normal(mean 10, sd 3, low 0, high 12) assumption", "normal", (10.0, 3.0, 0.0, 12.0)),
        ("gamma(6, 4) assumption", "gamma", (6.0, 4.0)),
        ("empirical(7, 90, 10.5) assumption; 2011 to 2022", "empirical", (7.0, 10.5, 90.0)),
        ("12 estimate csis-2025", "constant", (12.0,)),
    ],
)
def test_a_line_is_read(line, kind, parameters):
    distribution = read_distribution(line)
    assert (distribution.kind, distribution.parameters) == (kind, parameters)


def test_provenance_and_note_are_kept():
    line = read_distribution("lognormal(20, 52) estimate csis-2025 2025-07; games (26 of them) last 20 weeks")
    assert (line.confidence, line.source, line.as_of) == ("estimate", "csis-2025", "2025-07")
    assert line.note == "games (26 of them) last 20 weeks"


def test_text_form_reads_back_to_the_same_distribution():
    texts = ("pert(0.6, 0.9, 1)", "lognormal(20, 52)", "discrete(0 0.2, 10 0.8)", "beta(2, 5, 0, 1)", "empirical(1, 7)")
    for text in (*texts, "7"):
        first = read_distribution(f"{text} assumption")
        assert read_distribution(f"{first} assumption") == first


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("lognormal(52, 20) assumption", "median <= p90"),
        ("lognormal(0, 20) assumption", "a median above 0"),
        ("pert(0.9, 0.6, 1) assumption", "low <= mode <= high"),
        ("pert(0.6, 0.9) assumption", "pert(low, mode, high)"),
        ("pert(mode 0.6, low 0.5, high 1) assumption", "pert(low, mode, high)"),
        ("discrete(0 0.2, 10 0.7) assumption", "sum to 1"),
        ("discrete(10 0.2, 0 0.8) assumption", "rising"),
        ("discrete(0.2, 0.8) assumption", "VALUE PROBABILITY"),
        ("cauchy(0, 1) assumption", "a distribution: beta, constant"),
        ("beta(0, 5, 0, 1) assumption", "a and b above 0"),
        ("beta(2, 5, 1, 0) assumption", "low <= high"),
        ("normal(5, 0, 0, 9) assumption", "an sd above 0"),
        ("normal(5, 1, 6, 9) assumption", "low <= mean <= high"),
        ("gamma(0, 4) assumption", "a mean and an sd above 0"),
        ("empirical() assumption", "empirical(VALUE, VALUE, ...)"),
        ("empirical(a, b) assumption", "empirical(VALUE, VALUE, ...)"),
        ("empirical(../outages.csv) assumption", "the file beside the scenario"),
        ("empirical(/etc/outages.csv) assumption", "the file beside the scenario"),
        ("empirical(outages.csv) assumption", "only read beside a scenario file"),
        ("pert(0, 0.5, 1)", "a confidence"),
        ("pert(0, 0.5, 1) guess", "a confidence of disclosed"),
        ("about half", "KIND(PARAMETERS)"),
        ("1e999 assumption", "finite"),
    ],
)
def test_a_line_that_makes_no_distribution_says_what_was_expected(line, expected):
    with pytest.raises(PydanticCustomError, match=re.escape(expected)):
        read_distribution(line)


class Example(Record):
    provenance: From
    share: Annotated[Distribution, Varies("share", 0, 1)]


def test_a_record_s_from_line_is_inherited_and_the_legal_range_is_kept():
    example = Example.model_validate({"from": "reported msci-2025 2025", "share": "pert(0, 0.5, 1)"})
    assert example.share.source == "msci-2025"
    with pytest.raises(ValidationError, match="values from 0 to 1"):
        Example.model_validate({"from": "assumption", "share": "lognormal(0.5, 0.9)"})


@pytest.mark.parametrize(
    ("line", "support"),
    [
        ("beta(2, 5, 0.1, 0.9)", (0.1, 0.9)),
        ("normal(5, 1, 0, 9)", (0.0, 9.0)),
        ("gamma(6, 4)", (0.0, float("inf"))),
        ("empirical(7, 2)", (2.0, 7.0)),
        ("discrete(0 0.2, 10 0.8)", (0.0, 10.0)),
    ],
)
def test_no_value_lies_outside_the_support(line, support):
    distribution = read_distribution(f"{line} assumption")
    values = distribution.quantile(np.linspace(1e-9, 1 - 1e-9, 1_001))
    assert distribution.support == support
    assert support[0] <= values.min() <= values.max() <= support[1]


def test_a_sample_in_a_file_is_read_by_the_one_who_knows_the_folder():
    asked = []

    def sampler(file, column):
        asked.append((file, column))
        return (2.0, 7.0)

    lines = [f"empirical({inside}) assumption" for inside in ("outages.csv", "fab-outages_2.csv days out")]
    first, second = (read_distribution(line, sampler=sampler) for line in lines)
    assert asked == [("outages.csv", ""), ("fab-outages_2.csv", "days out")]
    assert (str(first), first.parameters) == ("empirical(outages.csv)", (2.0, 7.0))
    assert str(second) == "empirical(fab-outages_2.csv days out)"


def test_the_json_schema_names_the_unit():
    assert Example.model_json_schema()["properties"]["share"]["unit"] == "share"


@pytest.mark.parametrize(
    "line", ["uniform(0.1, junk, 0.9)", "lognormal(20, , 52)", "pert(0.2, abc, 0.5, 1)", "lognormal(20, 52, )"]
)
def test_what_is_no_number_is_not_left_out(line):
    with pytest.raises(PydanticCustomError):
        read_distribution(f"{line} assumption")


@pytest.mark.parametrize(
    ("kind", "parameters"), [("lognormal", []), ("pert", [0.2, 0.5]), ("discrete", [1.0]), ("empirical", [])]
)
def test_a_mapping_needs_as_many_parameters_as_a_line(kind, parameters):
    origin = {"confidence": "assumption", "source": "assumption"}
    with pytest.raises(PydanticCustomError):
        read_distribution({"kind": kind, "parameters": parameters, **origin})
