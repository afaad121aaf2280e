"""Books: who is found, what is looked through, and that nothing is dropped."""

from __future__ import annotations

import pandas as pd
import pytest

import supplychain_risk as scr
from supplychain_risk.errors import DataError, InputError, UnknownNameError


@pytest.fixture
def read(tmp_path, packaged):
    def written(content):
        file = tmp_path / "book.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return scr.Portfolio.from_csv(file, packaged)

    return written


def lines(book):
    return {position.name: (position.kind, pytest.approx(position.weight)) for position in book.positions}


def test_companies_funds_and_strangers_are_all_kept(read):
    book = read("ticker,weight\nNVDA,0.4\n2330.TW,0.1\nTSM,0.1\niwm,0.2\nXYZ,0.1\nMU,-0.05\n")
    assert lines(book) == {
        "nvidia": ("company", 0.4),
        "tsmc": ("company", 0.2),
        "micron": ("company", -0.05),
        "iwm": ("index", 0.2),
        "XYZ": ("unknown", 0.1),
    }
    assert book.cash == pytest.approx(0.15)
    assert dict(book.unknown) == {"XYZ": 0.1}
    notes = " ".join(book.notes)
    assert "tsmc stands on lines 3, 4: added up" in notes
    assert "the other 0.15 is taken as cash" in notes
    assert "iwm is looked through as Russell 2000 of 2026-05-05" in notes
    assert "not in the data, so each moves with 1 x the market and has no network part: XYZ (10.0%)" in notes


def test_weights_that_sum_to_3_7_are_divided_and_said(read):
    book = read("id,weight\nnvidia,2.7\nmicron,1\n")
    assert lines(book) == {"nvidia": ("company", 2.7 / 3.7), "micron": ("company", 1 / 3.7)}
    assert book.notes == ("weights sum to 3.7, more than the whole: each divided by it",)
    assert book.cash == 0.0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "an empty file"),
        (b"name,weight\nnvidia,1\n", "expected one called id, ticker or company"),
        (b"id,weight\nnvidia,1\nmicron,-1\n", "a sum of 0"),
        (b"id,weight\nnvidia,NaN\n", "'NaN'"),
        (b"id,weight\nnvidia,=1+1\n", "'=1+1'"),
    ],
)
def test_bad_files_are_one_clear_message(read, content, message):
    with pytest.raises(DataError, match=message.replace("+", r"\+")):
        read(content)


def test_marks_encodings_and_decimal_commas_are_read(read):
    book = read(b"\xef\xbb\xbfticker;value;currency\nNVDA;1,5;EUR\nMU;0,5;EUR\n")
    assert lines(book) == {"nvidia": ("company", 0.75), "micron": ("company", 0.25)}
    book = read("ticker,weight\nNVDA,.5\nSociété,.5\n".encode("cp1252"))
    assert book.positions[1].name == "Société"


def test_a_parent_or_fund_elsewhere_is_a_stranger_not_its_subsidiary(read):
    book = read("ticker,weight\n6301.T,0.5\nSMH,0.5\n")
    assert [position.kind for position in book.positions] == ["unknown", "unknown"]


def test_weights_of_a_mapping_are_taken_as_they_are(packaged):
    book = scr.Portfolio.from_weights({"NVDA": 1.2, "QQQ": 0.3}, packaged)
    assert lines(book) == {"nvidia": ("company", 1.2), "QQQ": ("index", 0.3)}
    assert book.cash == pytest.approx(-0.5)


def test_weights_of_a_series_are_those_of_a_mapping(packaged):
    assert lines(scr.Portfolio.from_weights(pd.Series({"NVDA": 0.5}), packaged)) == {"nvidia": ("company", 0.5)}


@pytest.mark.parametrize(
    "weights", [{}, {"nvidia": float("nan")}, {"nvidia": float("inf")}, {"nvidia": "0.5"}, {"nvidia": None}, {7: 0.5}]
)
def test_weights_must_be_there_and_finite(packaged, weights):
    with pytest.raises(InputError, match="weights"):
        scr.Portfolio.from_weights(weights, packaged)


def test_the_book_of_an_index_has_a_position_a_company_and_one_for_the_rest(packaged):
    book = scr.Portfolio.of_index("kospi", packaged)
    assert [position.kind for position in book.positions] == ["company", "company", "rest"]
    assert book.cash == 0.0
    with pytest.raises(UnknownNameError, match="no index"):
        scr.Portfolio.of_index("ftse", packaged)


def test_the_example_has_the_bank_and_the_fund(packaged):
    book = scr.Portfolio.example(packaged)
    assert {position.name: position.kind for position in book.positions}["IWM"] == "index"
    assert "pnc" in {position.name for position in book.positions}
    assert repr(book) == "Portfolio(ai_hardware.csv, 10 positions)"
