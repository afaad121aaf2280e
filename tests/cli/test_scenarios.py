from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import supplychain_risk as scr
from supplychain_risk.cli.app import app

RUNNER = CliRunner()


def scenarios(*arguments: str, width: int = 80) -> str:
    shown = RUNNER.invoke(app, ["scenarios", *arguments], env={"COLUMNS": str(width)})
    assert shown.exit_code == 0, shown.output
    return shown.stdout


def test_the_list_has_every_scenario() -> None:
    shown = scenarios()
    assert all(name in shown for name in scr.list_scenarios())


@pytest.mark.parametrize("name", scr.list_scenarios())
@pytest.mark.parametrize("width", [80, 120])
def test_a_scenario_tells_what_is_not_hit_and_who_says_so(name: str, width: int) -> None:
    shown = scenarios(name, width=width)
    assert max(map(len, shown.splitlines())) <= width
    assert all(title in shown for title in ("Not hit", "Sources", "Assumptions"))


def test_the_parts_of_a_mixture_are_told_with_their_weights() -> None:
    document = json.loads(scenarios("taiwan", "--format", "json"))
    rows = next(section["rows"] for section in document["sections"] if "weights" in section["title"])
    assert sum(row["rates"] for row in rows) == pytest.approx(1)
    assert [row["part"] for row in rows] == ["taiwan-quarantine", "taiwan-blockade", "taiwan-invasion"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("export-controls", "Only deliveries to: country CN, HK; product cloud_ai_compute, ai_enabled_platform"),
        ("export-controls", "share of deliveries lost"),
        ("hyperscaler-capex-cut", "Hits purchases of capital goods by: company microsoft, amazon"),
        ("hyperscaler-capex-cut", "share of capital purchases lost"),
        ("japan-materials", "Joined by a t copula, correlation 0.6, 4 degrees of freedom: severity and weeks in full"),
        ("neon-half", "As neon, but for what it states itself."),
        ("china-minerals", "Only deliveries to: all; except country CN, HK"),
    ],
)
def test_what_a_scenario_acts_on_is_said_in_words(name: str, said: str) -> None:
    assert said in " ".join(scenarios(name, width=120).split())


@pytest.mark.parametrize("width", [80, 120])
def test_the_course_by_week_fits_and_has_every_target(width: int) -> None:
    shown = scenarios("taiwan", "--path", "--draws", "50", width=width)
    assert max(map(len, shown.splitlines())) <= width
    for target in ("taiwan-quarantine/trade", "taiwan-blockade/power", "taiwan-invasion/china_trade"):
        assert f"{target}: capacity left" in shown


def test_the_course_as_csv_has_every_week_once_and_depends_on_the_seed() -> None:
    few = ("euv-outage", "--path", "--draws", "50", "--format", "csv")
    first, other = (scenarios(*few, "--seed", seed) for seed in ("1", "2"))
    rows = list(csv.DictReader(io.StringIO(first)))
    assert [int(row["week"]) for row in rows if row["target"] == "euv-outage/scanners"] == list(range(104))
    assert set(rows[0]) == {"target", "acts_on", "week", "low", "median", "high"}
    assert first != other


def test_the_course_as_json_says_what_it_depends_on() -> None:
    document = json.loads(scenarios("neon", "--path", "--draws", "50", "--seed", "3", "--format", "json"))
    assert document["schema_version"] == 1
    assert {"digest", "data_digest", "version", "as_of"} <= document.keys()
    assert (document["n_draws"], document["seed"]) == (50, 3)
    assert len(document["sections"][1]["rows"]) == 104


@pytest.mark.parametrize("arguments", [["--path"], ["neon", "--format", "csv"]])
def test_a_course_of_nothing_and_a_card_as_csv_are_usage_errors(arguments: list[str]) -> None:
    assert RUNNER.invoke(app, ["scenarios", *arguments]).exit_code == 2


def test_the_list_as_csv_has_one_row_a_scenario() -> None:
    rows = list(csv.DictReader(io.StringIO(scenarios("--format", "csv"))))
    assert [row["scenario"] for row in rows] == list(scr.list_scenarios())


def test_a_folder_without_scenarios_has_an_empty_list(tmp_path: Path) -> None:
    assert scenarios("--data", str(tmp_path)) == "Scenarios\nOne in full: scenarios NAME\n"


def test_an_unknown_scenario_offers_the_nearest() -> None:
    shown = RUNNER.invoke(app, ["scenarios", "tiwan"])
    assert shown.exit_code == 1
    assert "taiwan" in shown.stderr


def test_unknown_names_in_a_file_are_told_with_line_field_and_nearest(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    hits = "  parts:\n    targets: {company: asmll}\n  scanners:\n    targets:\n      product: [euv_scaner]\n"
    own.write_text(f"extends: euv-outage\nhits:\n{hits}")
    shown = RUNNER.invoke(app, ["scenarios", str(own)])
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert "2 problems in the data" in shown.stderr
    assert f"{own}:4, hits.parts.targets, company: found 'asmll', expected a company of the data (nearest: asml" in (
        shown.stderr
    )
    assert f"{own}:7, hits.scanners.targets, product: found 'euv_scaner', expected a product of the" in shown.stderr


def test_wrong_fields_do_not_hide_unknown_names(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    hits = "  scanners:\n    severity: much\n    targets:\n      except: [{country: ['USA', NL]}]\n"
    own.write_text(f"extends: euv-outage\nhits:\n{hits}")
    shown = RUNNER.invoke(app, ["scenarios", str(own)])
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert "2 problems in the data" in shown.stderr
    assert f"{own}:4, hits.scanners, severity: found 'much'" in shown.stderr
    assert f"{own}:6, hits.scanners.targets.except.0, country: found 'USA', expected a country" in shown.stderr
