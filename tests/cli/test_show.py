from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

import supplychain_risk as scr
from supplychain_risk.cli.app import app

RUNNER = CliRunner()


def show(*arguments: str, width: int = 80) -> str:
    shown = RUNNER.invoke(app, ["show", *arguments], env={"COLUMNS": str(width)})
    assert shown.exit_code == 0, shown.output
    return shown.stdout


@pytest.mark.parametrize("name", ["tsmc", "cowos", "tw_hsinchu", "derived"])
@pytest.mark.parametrize("width", [80, 120])
def test_text_keeps_to_the_width(name: str, width: int) -> None:
    assert max(map(len, show(name, width=width).splitlines())) <= width


def test_a_ticker_finds_its_company() -> None:
    assert show("TSM") == show("tsmc")


def test_a_fact_stands_with_its_range_and_origin() -> None:
    share = scr.load_dataset().companies["tsmc"].makes["cowos"].share
    rows = [row for section in json.loads(show("tsmc", "--format", "json"))["sections"] for row in section["rows"]]
    shown = next(row for row in rows if row.get("record") == "companies.tsmc.makes.cowos" and row["field"] == "share")
    assert (shown["value"], shown["low"], shown["high"]) == (share.value, share.low, share.high)
    assert (shown["confidence"], shown["source"], shown["as_of"]) == (share.confidence, share.source, share.as_of)
    assert shown["unit"]


def test_every_fact_of_a_source_is_in_its_json() -> None:
    source = "tsmc-20f-2025"
    facts = [row for row in scr.load_dataset().facts() if row.fact.source == source]
    sections = json.loads(show(source, "--format", "json"))["sections"]
    assert sum(len(section["rows"]) for section in sections) == len(facts)


def test_json_says_its_version_and_the_data_it_is_from() -> None:
    document = json.loads(show("neon", "--format", "json"))
    assert document["schema_version"] == 1
    assert document["data_digest"] == scr.load_dataset().digest
