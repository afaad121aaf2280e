"""Books of holdings: what is read from them, and one clear message for each thing that is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain_risk.dataset.holdings import read_holdings
from supplychain_risk.dataset.load import data_folder, load_dataset
from supplychain_risk.errors import DataError


@pytest.fixture(scope="module")
def data():
    return load_dataset()


@pytest.fixture
def read(tmp_path, data):
    def read_text(content):
        file = tmp_path / "book.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_holdings(file, data)

    return read_text


def problems(read, content):
    with pytest.raises(DataError) as caught:
        read(content)
    return [str(problem) for problem in caught.value.problems]


def test_ids_tickers_second_tickers_and_names_find_the_same_company(read):
    book = read("company,weight\ntsmc,.2\nTSM,.2\n2330.tw,.2\nTaiwan Semiconductor Manufacturing,.2\nnvda,.2\n")
    assert book.weights == pytest.approx({"tsmc": 0.8, "nvidia": 0.2})
    assert book.assumptions == ("tsmc stands on lines 2, 3, 4, 5: added up",)


def test_names_that_are_not_in_the_data_are_listed_with_their_weight(read):
    book = read("Ticker,Name,Weight\nNVDA,NVIDIA,0.6\nIWM,a fund,0.3\nIWM,again,0.1\n")
    assert (dict(book.weights), dict(book.unknown)) == ({"nvidia": 0.6}, {"IWM": 0.4})
    assert book.assumptions == ("IWM stands on lines 3, 4: added up",)


def test_the_ticker_of_a_parent_does_not_stand_for_its_subsidiary(read):
    book = read("ticker,weight\n6301.T,1\n")
    assert (dict(book.weights), dict(book.unknown)) == ({}, {"6301.T": 1.0})
    assert book.assumptions == ("6301.T is the parent of gigaphoton, and not in the data itself",)


@pytest.mark.parametrize(
    ("column", "cells", "weights", "said"),
    [
        ("weight", (0.25, 0.75), (0.25, 0.75), ()),
        ("weight", (0.5, 0.25), (0.5, 0.25), ("weights sum to 0.75: the other 0.25 is taken as cash",)),
        ("weight", (1.0, 3.0), (0.25, 0.75), ("weights sum to 4, more than the whole: each divided by it",)),
        ("weight", ("25%", "75 %"), (0.25, 0.75), ()),
        ("weight", (1.5, -0.5), (1.5, -0.5), ()),
        ("value", (100, 300), (0.25, 0.75), ("values divided by their sum, 400",)),
        ("value", (150, -50), (1.5, -0.5), ("values divided by their sum, 100",)),
    ],
)
def test_weights_are_parts_of_the_books_worth_and_what_was_done_is_said(read, column, cells, weights, said):
    book = read(f"id,{column}\nnvidia,{cells[0]}\nmicron,{cells[1]}\n")
    assert tuple(book.weights.values()) == pytest.approx(weights)
    assert book.assumptions == said


@given(st.lists(st.floats(0.01, 1e9), min_size=1, max_size=8))
def test_weights_of_values_known_and_unknown_sum_to_1(tmp_path_factory, data, values):
    file = tmp_path_factory.mktemp("books") / "book.csv"
    file.write_text("id,value\n" + "".join(f"{'nvidia' if i % 2 else f'x{i}'},{v!r}\n" for i, v in enumerate(values)))
    book = read_holdings(file, data)
    assert sum(book.weights.values()) + sum(book.unknown.values()) == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_separators_and_a_byte_order_mark_change_nothing(read, separator, mark):
    text = "\r\nTICKER,Weight,currency\r\n\r\nNVDA,0.5,USD\r\nMU,0.5,EUR\r\n".replace(",", separator)
    assert dict(read(mark + text.encode()).weights) == {"nvidia": 0.5, "micron": 0.5}


def test_decimal_commas_are_read_where_commas_do_not_separate(read):
    assert dict(read("id;weight\nnvidia;0,25\nmicron;,75\n").weights) == {"nvidia": 0.25, "micron": 0.75}


def test_another_encoding_is_read_and_said(read):
    book = read("ticker,weight\nNVDA,.5\nSociété,.5\n".encode("latin-1"))
    assert dict(book.unknown) == {"Société": 0.5}
    assert book.assumptions == ("the file is not in UTF-8; it was read as Windows-1252",)


def test_columns_that_are_not_read_are_named(read):
    assert read("id,weight,sector\nnvidia,1,chips\n").assumptions == ("columns not read: sector",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "found an empty file, expected a header and at least one holding"),
        ("id,weight\n", "found a header without rows, expected at least one holding"),
        ("isin,weight\nx,1\n", "header: found columns isin, weight, expected one called id, ticker or company"),
        ("id,shares\nnvidia,1\n", "header: found columns id, shares, expected one called weight or one called value"),
        ("id,weight,value\nnvidia,1,2\n", "header: found columns id, weight, value, expected one called weight or"),
        ("id,weight,ID\nnvidia,1,2\n", "header: found the column 'id' twice"),
        (
            "id,weight\nnvidia,1\nmicron,-1\n",
            "weight: found a sum of 0, expected more than 0: a book worth",
        ),
        (
            "id,weight\nnvidia,-1\n",
            "(in Python Portfolio.from_weights takes them as they are, and the rest to 1",
        ),
        ("id,value\nnvidia,1\nmicron,-3\n", "value: found a sum of -2, expected more than 0"),
        ("id,weight\nnvidia,nan\n", ":2, weight: found 'nan', expected a number such as"),
        ("id,weight\nnvidia,inf\n", ":2, weight: found 'inf', expected a number such as"),
        ("id,weight\nnvidia,\n", ":2, weight: found an empty cell, expected a number"),
        ("id,weight\nnvidia\n", ":2, weight: found an empty cell, expected a number"),
        ("id,weight\n,1\n", ":2, id: found an empty cell, expected an id, ticker or company name"),
        (
            "id,weight\nnvidia,=1/3\n",
            ":2, weight: found '=1/3', expected a number such as 0.125, -3 or 12.5%; formulas",
        ),
        ("id,weight\nnvidia,1_000\n", ":2, weight: found '1_000', expected a number"),
        ("id,weight\nnvidia,1,2\n", ":2: found 3 cells, expected 2, as the header has"),
        ('id,weight\nnvidia,"1,5"\n', ":2, weight: found '1,5', expected a number such as 1234.5, without thousands"),
        ('id,weight\nnvidia,"1,5"\n', "; decimal commas only where cells are separated by semicolons or tabs"),
        ("id;weight\nnvidia;1.234,5\n", ":2, weight: found '1.234,5', expected a number such as 1234.5, without"),
        ("id;weight\nnvidia;1,234,567\n", ":2, weight: found '1,234,567', expected a number such as 1234.5"),
        ('id,weight\n"nvidia,1\n', "found broken CSV on line 2"),
        ("id,value,currency\nnvidia,1,USD\ntsmc,1,TWD\n", "currency: found values in different currencies (TWD, USD)"),
        (b"PK\x03\x04\x00\x00", "found bytes that are no text"),
        ("id,weight\nnvidia,1\n".encode("utf-16"), "found bytes that are no text (a spreadsheet file, or UTF-16?)"),
        (b"id,weight\nnvidia\x81,1\n", "found byte 16 that is neither UTF-8 nor Windows-1252"),
    ],
)
def test_what_is_wrong_is_one_message(read, content, message):
    (problem,) = problems(read, content)
    assert problem.startswith("book.csv")
    assert message in problem


@pytest.mark.parametrize("cell", ["=HYPERLINK(1)", "+A1", "-A1", "@SUM(A1)"])
def test_formulas_are_refused(read, cell):
    (problem,) = problems(read, f"ticker,weight\n{cell},1\n")
    assert problem == f"book.csv:2, ticker: found {cell!r}, expected a name; formulas are not read"


def test_all_bad_cells_are_told_at_once(read):
    found = problems(read, "id,weight\nnvidia,x\n=1,1\nmicron,1\n,2\n")
    assert [problem.partition(",")[0] for problem in found] == ["book.csv:2", "book.csv:3", "book.csv:5"]


def test_a_file_that_is_not_there_and_one_that_is_too_long_are_refused(tmp_path, data):
    with pytest.raises(DataError, match="no such file, expected a CSV file"):
        read_holdings(tmp_path / "none.csv", data)
    (tmp_path / "long.csv").write_bytes(b"id,weight\n" + b"nvidia,1\n" * 600_000)
    with pytest.raises(DataError, match="more than 5,000,000 bytes"):
        read_holdings(tmp_path / "long.csv", data)


def test_the_example_book_has_one_fund_that_the_data_do_not_know(data):
    book = read_holdings(data_folder() / "portfolios" / "ai_hardware.csv", data)
    assert dict(book.unknown) == {"IWM": 0.1}
    assert set(book.weights.values()) == {0.1}
    assert len(book.weights) == 9
