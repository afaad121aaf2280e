from __future__ import annotations

import csv
import io
import json

import pytest
from typer.testing import CliRunner

from supplychain_risk.cli.app import app

RUNNER = CliRunner()
SMALL = ("--draws", "2", "--years", "1200")


@pytest.fixture(scope="module")
def rates(tmp_path_factory):
    """Two scenarios instead of fifteen, so that a run takes a second."""
    file = tmp_path_factory.mktemp("rates") / "rates.csv"
    file.write_text("scenario,per_year,low,high\ntaiwan-quake-severe,0.2,0.1,0.4\neuv-outage,0.3,0.1,0.5\n")
    return str(file)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    file = tmp_path_factory.mktemp("book") / "book.csv"
    file.write_text("ticker,weight\nTSM,0.5\nASML,0.3\nXYZ,0.1\n")
    return str(file)


def run(*arguments: str, width: int = 80):
    return RUNNER.invoke(app, ["annual", *arguments], env={"COLUMNS": str(width)})


@pytest.mark.parametrize("width", [80, 120])
def test_the_report_fits_and_has_what_a_reader_needs(rates, book, width):
    shown = run("--portfolio", book, "--frequencies", rates, *SMALL, width=width)
    assert shown.exit_code == 0, shown.output
    assert max(map(len, shown.stdout.splitlines())) <= width
    for text in (
        "Annual risk: book.csv",
        "1,200 years in 1,024 outer loops, 2 scenarios of 2 draws, seed 0.",
        "x the market and has no network part: XYZ",
        "80.0% of the book",
        "Loss once in so many years",
        "euv-outage",
        "not in rates.csv",
    ):
        assert text in " ".join(shown.stdout.split())


def test_a_year_without_loss_has_no_years_between_its_events(tmp_path):
    (tmp_path / "rates.csv").write_text("scenario,per_year\neuv-outage,0.02\n")
    shown = run("--index", "sox", "--frequencies", str(tmp_path / "rates.csv"), *SMALL)
    lines = shown.stdout.split("How uncertain the rates")[1].split("once in:")[0].splitlines()
    rows = {row[0]: row[1:] for row in map(str.split, lines) if row}
    assert rows["5"] == rows["10"] == rows["20"] == []
    assert rows["200"][-2:] == ["euv-outage,", "100%"]


def test_an_index_as_json_has_provenance_and_all_numbers(rates):
    document = json.loads(run("--index", "russell2000", "--frequencies", rates, *SMALL, "--format", "json").stdout)
    assert document["kind"] == "annual_risk"
    assert document["book"].startswith("Russell 2000, 20")
    assert document["provenance"]["rates"]["euv-outage"] == [0.1, 0.3, 0.5]
    assert document["provenance"]["simulations"][0]["n_draws"] == 2
    curve = document["sections"][1]["rows"]
    assert [row["return_period"] for row in curve] == [5, 10, 20, 50, 100, 200]
    assert {"aep", "aep_error", "aep_unreliable", "network_oep", "oep_seldom"} <= set(curve[0])


def test_csv_has_every_event_of_every_year(rates, book):
    rows = list(
        csv.DictReader(io.StringIO(run("--portfolio", book, "--frequencies", rates, *SMALL, "--format", "csv").stdout))
    )
    assert {"year", "event", "scenario", "draw", "loss", "network_loss"} == set(rows[0])
    assert len(rows) == pytest.approx(1200 * 0.5, rel=0.25)


def test_without_a_book_the_rates_are_listed_and_can_be_edited_and_given_back(tmp_path):
    shown = run()
    assert shown.exit_code == 0
    assert "hbm-shortage, t-glass-shortage: in force" in " ".join(shown.stdout.split())
    assert max(map(len, shown.stdout.splitlines())) <= 80
    (tmp_path / "mine.csv").write_text(run("--format", "csv").stdout)
    assert "Events a year (mine.csv)" in run("--frequencies", str(tmp_path / "mine.csv")).stdout
    assert json.loads(run("--format", "json").stdout)["kind"] == "frequencies"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--index", "sp500", "--portfolio", "x.csv"), 2, "one of them"),
        (("--index", "sp50"), 1, "no index is called 'sp50'; nearest: sp500"),
        (("--portfolio", "no-such.csv"), 1, "no such file"),
        (("--frequencies", "no-such.csv"), 1, "no such file"),
        (("--index", "sp500", "--years", "0"), 2, "--years"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_simulated(arguments, code, message):
    shown = run(*arguments)
    assert shown.exit_code == code
    assert message in " ".join(shown.stderr.replace("│", " ").split())
    assert shown.stdout == ""
