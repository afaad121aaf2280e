from __future__ import annotations

import csv
import io
import json

import pytest
from typer.testing import CliRunner

from supplychain_risk.cli.app import app

RUNNER = CliRunner()
ARGUMENTS = ("broadcom", "--scenario", "taiwan-blockade", "--draws", "8", "--horizon", "182", "--seed", "3")


def run(*arguments: str, width: int = 80):
    return RUNNER.invoke(app, ["explain", *arguments], env={"COLUMNS": str(width)})


@pytest.mark.parametrize("width", [80, 120])
def test_the_chains_are_told_within_the_width(width: int) -> None:
    shown = run(*ARGUMENTS, "--top", "4", width=width)
    assert shown.exit_code == 0, shown.output
    assert max(map(len, shown.stdout.splitlines())) <= width
    assert "8 draws (random), all followed back; seed 3, 26 weeks." in shown.stdout
    for heading in ("Its lines", "Causes", "Hits of the scenario", "Chains, from the root to the company"):
        assert heading in shown.stdout.splitlines()
    assert "broadcom" in shown.stdout.split("Chains")[1]
    assert "all others" in shown.stdout
    assert "Lost customers and repricing are not in it" in " ".join(shown.stdout.split())


def test_causes_of_nothing_have_no_row() -> None:
    shown = run("micron", "--scenario", "hbm-shortage", "--draws", "8", "--horizon", "364", "--top", "20")
    causes = shown.stdout.split("Causes")[1].split("Hits of")[0]
    assert " 0.0%    0.00  0.00" not in causes
    assert "all others" in causes


def test_json_has_every_cause_and_the_provenance() -> None:
    document = json.loads(run(*ARGUMENTS, "--format", "json").stdout)
    assert (document["schema_version"], document["kind"], document["company"]) == (1, "explanation", "broadcom")
    assert document["provenance"]["scenario"] == "taiwan-blockade"
    causes = next(section for section in document["sections"] if section["title"] == "Causes")["rows"]
    assert sum(row["loss_usd_bn"] for row in causes) == pytest.approx(document["loss_usd_bn"], rel=1e-9)


def test_csv_adds_up() -> None:
    rows = list(csv.DictReader(io.StringIO(run(*ARGUMENTS, "--format", "csv").stdout)))
    for table in ("line", "cause", "hit", "path"):
        shares = [float(row["value"]) for row in rows if row["table"] == table and row["measure"] == "share"]
        assert sum(shares) == pytest.approx(1.0, abs=1e-9)


def test_a_bank_has_nothing_to_explain() -> None:
    shown = run("pnc", *ARGUMENTS[1:])
    assert shown.exit_code == 0
    assert "Nothing reaches pnc in any of these draws" in shown.stdout


def test_an_unknown_company_names_the_nearest_before_anything_runs() -> None:
    shown = run("brodcom", *ARGUMENTS[1:])
    assert shown.exit_code == 1
    assert "nearest: broadcom" in shown.stderr
