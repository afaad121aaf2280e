from __future__ import annotations

import csv
import io
import json

import pytest
from typer.testing import CliRunner

import supplychain_risk as scr
from supplychain_risk.cli.app import app

RUNNER = CliRunner()


def run(*arguments: str, width: int = 80):
    return RUNNER.invoke(app, ["chokepoints", *arguments], env={"COLUMNS": str(width)})


@pytest.fixture(scope="module")
def text():
    shown = run("--top", "15")
    assert shown.exit_code == 0, shown.output
    return shown.stdout


@pytest.fixture(scope="module")
def document():
    return json.loads(run("--format", "json", "--kind", "company", "--kind", "country", "--days", "60").stdout)


def test_names_of_nodes_stay_whole_in_a_narrow_terminal(text):
    known = set(scr.SupplyNetwork.from_dataset(scr.load_dataset()).activities)
    for title in ("\nActivities: days", "\nActivities: what"):
        rows = text.split(title)[1].split("─\n")[1].split("\nLeft out")[0].split("\n\n")[0].splitlines()
        assert {row.split()[0] for row in rows} <= known


def test_the_text_fits_and_says_units_definitions_and_origin(text):
    assert max(map(len, text.splitlines())) <= 80
    words = " ".join(text.split())
    for part in (
        "loses if one node stops for 90 days",
        "in days of normal output",
        "USD bn, at baseline prices",
        "fired: S structural, H share, D dynamic, E economic",
        "ecj-akzo-1991",
        "Minimal cut sets of one and two companies",
        "Data as of",
    ):
        assert part in words
    for kind in ("Companies", "Activities", "Sites", "Countries"):
        assert f"\n{kind}: days of output lost, largest first (15 of" in text


def test_legends_stand_once(text):
    assert " ".join(text.split()).count("what is made up later taken off") == 1


def test_wide_terminals_show_ids_whole():
    shown = run("--kind", "activity", "--top", "40", width=120)
    assert max(map(len, shown.stdout.splitlines())) <= 120
    assert "tsmc:leading_edge_wafer_5nm " in shown.stdout


def test_json_has_every_node_with_provenance(document):
    assert document["schema_version"] == 1
    assert document["kind"] == "chokepoints"
    assert document["outage_days"] == 60
    assert {"data_digest", "data_as_of", "version"} == document["provenance"].keys()
    rows = {row["node"]: row for section in document["sections"] for row in section["rows"] if "least_lost_days" in row}
    assert len(rows) > 200
    assert rows["asml"]["structural"] is True
    assert rows["asml"]["first_short_day"] is None or rows["asml"]["first_short_day"] > 0
    assert rows["TW"]["fallbacks"] is None


def test_json_names_limits_with_their_sources(document):
    limits = next(section["rows"] for section in document["sections"] if section["title"].startswith("Limits"))
    assert {row["limit"]: row["from"] for row in limits}["country share"] == "reported eu-crma-benchmarks 2024-05"


def test_csv_is_the_whole_table():
    rows = list(csv.DictReader(io.StringIO(run("--format", "csv", "--kind", "site", "--top", "1").stdout)))
    assert len(rows) > 90
    assert {row["kind"] for row in rows} == {"site"}
    assert float(rows[0]["lost_days"]) >= float(rows[1]["lost_days"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--end-product", "ai_acelerator"), "no product is called 'ai_acelerator'; nearest: ai_accelerator"),
        (("--days", "0"), "outage_days: found 0.0, expected days > 0"),
        (("--days", "-5"), "outage_days: found -5.0"),
        (("--days", "500"), "expected at most the horizon of 364 days"),
        (("--end-product", "helium"), "helium needs no input"),
    ],
)
def test_bad_input_is_one_message_without_a_traceback(arguments, message):
    shown = run(*arguments)
    assert shown.exit_code == 1
    assert message in shown.stderr
    assert "Traceback" not in shown.output


def test_an_unknown_kind_is_a_mistyped_command():
    assert run("--kind", "town").exit_code == 2
