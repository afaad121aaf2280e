from __future__ import annotations

import csv
import io
import json

import pytest
from typer.testing import CliRunner

from supplychain_risk.cli.app import app
from supplychain_risk.cli.compare import Measure
from supplychain_risk.markets.metrics import METRICS

RUNNER = CliRunner()
PAIR = ("taiwan-quarantine", "taiwan-blockade", "--draws", "32", "--horizon", "182")


def run(*arguments: str, width: int = 80):
    return RUNNER.invoke(app, ["compare", *arguments], env={"COLUMNS": str(width)})


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("metric", METRICS)
def test_the_table_fits_and_says_what_it_compares(metric: str, width: int) -> None:
    shown = run(*PAIR, "--metric", metric, "--top", "3", width=width)
    assert shown.exit_code == 0, shown.output
    assert max(map(len, shown.stdout.splitlines())) <= width
    assert "A: Coast-guard quarantine of Taiwan (taiwan-quarantine)" in shown.stdout
    assert "32 draws each (random), seed 0, 26 weeks" in shown.stdout
    assert METRICS[metric].unit in shown.stdout


def test_the_choice_of_measures_is_that_of_the_library() -> None:
    assert {measure.value for measure in Measure} == set(METRICS)


def test_json_has_all_rows_and_the_provenance_of_both_runs() -> None:
    document = json.loads(run(*PAIR, "--format", "json", "--sampling", "sobol").stdout)
    assert document["schema_version"] == 1
    assert document["provenance"]["a"]["scenario"] == "taiwan-quarantine"
    assert document["provenance"]["b"]["sampling"]["method"] == "sobol"
    rows = document["sections"][0]["rows"]
    assert len(rows) > 100
    assert {"product", "first", "second", "difference", "standard_error", "independent_error"} == set(rows[0])


def test_csv_has_all_rows() -> None:
    rows = list(csv.DictReader(io.StringIO(run(*PAIR, "--format", "csv").stdout)))
    assert len(rows) > 100
    assert float(rows[0]["difference"]) == pytest.approx(float(rows[0]["second"]) - float(rows[0]["first"]))


def test_an_unknown_scenario_names_the_nearest() -> None:
    shown = run("taiwan-quarantine", "taiwan-blokade")
    assert shown.exit_code == 1
    assert "taiwan-blockade" in shown.stderr
    assert shown.stdout == ""
