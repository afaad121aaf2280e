"""The look-through report: what it takes for a file, what it says about a book, and what it leaves to be said."""

from __future__ import annotations

import numpy as np
import pytest

import supplychain_risk as scr
from supplychain_risk.errors import DataError, InputError, UnknownNameError
from supplychain_risk.report.lookthrough_report import lookthrough_report, lookthrough_table, read_subject
from supplychain_risk.report.tables import render


@pytest.fixture(scope="module")
def network():
    return scr.SupplyNetwork.from_dataset(scr.load_dataset())


@pytest.fixture
def book(tmp_path, network):
    def written(text):
        file = tmp_path / "book.csv"
        file.write_text(text)
        return read_subject(str(file), network.dataset)

    return written


def test_a_company_is_named_by_id_or_ticker_and_a_made_up_one_by_its_nearest(network):
    assert read_subject("NVDA", network.dataset) == read_subject("nvidia", network.dataset)
    with pytest.raises(UnknownNameError, match="no company is called 'nvidya'; nearest: nvidia"):
        read_subject("nvidya", network.dataset)


def test_a_name_that_ends_like_a_file_is_one_even_if_it_is_not_there(network):
    with pytest.raises(DataError, match="no such file"):
        read_subject("nvidia.csv", network.dataset)


def test_a_book_of_strangers_is_an_error_that_names_them(book):
    with pytest.raises(InputError, match=r"book.csv: found IWM, SPY, expected a company of the data among them"):
        book("ticker,weight\nIWM,.5\nSPY,.5\n")


def test_the_table_keeps_every_weight_of_a_book(network, book):
    table = lookthrough_table(network, book("ticker,weight\nNVDA,.5\nPNC,.2\nIWM,.3\n"), "company")
    assert table["held"].sum() == pytest.approx(1.0)
    assert table.set_index("company").loc["not in the data: IWM", ["held", "tier"]].tolist() == [0.3, 0]


def test_a_book_says_what_is_unknown_outside_short_and_assumed(network, book):
    sections = lookthrough_report(
        network, book("ticker,weight\nNVDA,.8\nMU,-.1\nIWM,.1\nGigaphoton,.1\n"), by="company", top=5
    )
    text = " ".join(" ".join(sections[0].lines).split())
    assert "3 companies of the data, 80.0% of the book." in text
    assert "Not in the data, and in no number below: IWM 10.0%." in text
    assert "Sales outside the model" in text
    assert "revenue by product unknown: gigaphoton." in text
    assert "Assumed: weights sum to 0.9: the other 0.1 is taken as cash." in text
    assert "Short positions count negative" in text


def test_the_rankings_leave_out_the_company_itself_and_makers_without_a_name(network):
    sections = {
        s.title: s for s in lookthrough_report(network, read_subject("tsmc", network.dataset), by="company", top=9)
    }
    stops, money = sections["What stops it"], sections["Where the money goes"]
    for table in (stops.table, money.table):
        assert len(table) == 9
        assert not table["company"].str.startswith(("tsmc", "other", "outside")).any()
    assert (np.diff(stops.table["stops"]) <= 0).all()
    assert (np.diff(money.table["value"]) <= 0).all()
    assert {"tsmc", "outside the model", "other:electricity"} <= set(stops.data["company"])


def test_a_company_that_buys_nothing_gets_a_sentence_and_no_empty_table(network):
    sections = lookthrough_report(network, read_subject("pnc", network.dataset), by="company", top=5)
    assert "no dependence on any supplier" in sections[0].lines[-1]
    assert [section.title for section in sections[1:]] == ["What the numbers mean"]


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_longer_than_the_terminal(network, width):
    sections = lookthrough_report(network, read_subject("microsoft", network.dataset), by="company", top=10)
    assert max(map(len, render(sections, width=width).split("\n"))) <= width


def test_the_data_behind_the_numbers_are_named(network):
    last = lookthrough_report(network, read_subject("asml", network.dataset), by="country", top=3)[-1].lines[-1]
    assert network.dataset.as_of in last
    assert network.digest[:12] in last
