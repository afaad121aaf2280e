"""``portfolio`` in a shell, and the sections that ``scenario`` gains."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from supplychain_risk.cli.app import app
from supplychain_risk.dataset.load import data_folder

RUNNER = CliRunner()
FEW = ("--draws", "32", "--horizon", "91")
EXAMPLE = str(data_folder() / "portfolios" / "ai_hardware.csv")


def run(*arguments: str, width: int = 80):
    return RUNNER.invoke(app, [*arguments, *FEW], env={"COLUMNS": str(width)})


@pytest.mark.parametrize("width", [80, 120])
def test_the_example_is_reported_without_a_file(width: int) -> None:
    shown = run("portfolio", width=width)
    assert shown.exit_code == 0, shown.output
    assert shown.stdout.startswith("Book ai_hardware.csv in taiwan")
    assert max(map(len, shown.stdout.splitlines())) <= width


def test_the_same_file_by_name_gives_the_same_bytes() -> None:
    assert run("portfolio", EXAMPLE).stdout == run("portfolio").stdout


def test_json_and_csv_say_the_same() -> None:
    document = json.loads(run("portfolio", "--format", "json", "--level", "0.9").stdout)
    assert document["kind"] == "portfolio_risk"
    assert document["provenance"]["level"] == 0.9
    rows = next(section["rows"] for section in document["sections"] if section["title"].startswith("By holding"))
    table = list(csv.DictReader(io.StringIO(run("portfolio", "--format", "csv", "--level", "0.9").stdout)))
    shortfall = {
        row["id"]: float(row["value"]) for row in table if row["measure"] == "total_es" and row["table"] == "holding"
    }
    assert shortfall == pytest.approx({row["holding"]: row["total_es"] for row in rows})
    assert shortfall["pnc"] > 0


@pytest.mark.slow
def test_years_are_those_of_the_verb_annual() -> None:
    shown = RUNNER.invoke(app, ["portfolio", "--annual", "--draws", "4"], env={"COLUMNS": "80"})
    same = RUNNER.invoke(app, ["annual", "--portfolio", EXAMPLE, "--draws", "4"], env={"COLUMNS": "80"})
    assert shown.exit_code == 0, shown.output
    assert shown.stdout == same.stdout


def test_options_of_one_scenario_are_refused_for_years() -> None:
    refused = RUNNER.invoke(app, ["portfolio", "--annual", "--by", "channel"])
    assert refused.exit_code == 2
    assert "--by is for one scenario" in refused.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.csv"], "no such file, expected a CSV file"),
        (["--level", "1.5"], "level: found 1.5, expected a number between 0 and 1"),
        (["--scenario", "tiwan"], "nearest: taiwan"),
    ],
)
def test_what_is_wrong_is_one_message_and_exit_code_1(arguments: list[str], message: str) -> None:
    shown = run("portfolio", *arguments)
    assert shown.exit_code == 1
    assert message in " ".join(shown.stderr.split())
    assert shown.stdout == ""


def test_scenario_shows_indices_and_a_book_if_asked(tmp_path: Path) -> None:
    book = tmp_path / "book.csv"
    book.write_text("ticker,weight\nNVDA,0.5\nPNC,0.4\nXYZ,0.05\n")
    shown = run("scenario", "taiwan-quake", "--index", "sox", "--index", "SPY", "--portfolio", str(book))
    assert shown.exit_code == 0, shown.output
    assert "\nIndices: returns (%)" in shown.stdout
    assert "soxx_etf" in shown.stdout
    assert "\nBook book.csv in taiwan-quake" in shown.stdout
    flat = " ".join(shown.stdout.split("What it rests on")[1].split())
    assert "weights sum to 0.95: the other 0.05 is taken as cash" in flat
    assert "has no network part: XYZ (5.0%)" in flat
    rows = run("scenario", "taiwan-quake", "--portfolio", str(book), "--format", "csv").stdout
    assert "\nholding,pnc,network_es,0.0\n" in rows
    assert "\nproduct,hbm," in rows
    plain = run("scenario", "taiwan-quake").stdout
    assert shown.stdout.startswith(plain.rstrip("\n"))


def test_scenario_refuses_an_unknown_index_and_a_bad_book_before_it_runs(tmp_path: Path) -> None:
    assert "nearest: sp500" in run("scenario", "taiwan-quake", "--index", "sp5000").stderr
    (tmp_path / "book.csv").write_text("ticker,weight\nNVDA,=1\n")
    assert "found '=1'" in run("scenario", "taiwan-quake", "--portfolio", str(tmp_path / "book.csv")).stderr
