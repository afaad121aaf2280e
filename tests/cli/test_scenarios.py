from __future__ import annotations

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


@pytest.mark.parametrize("name", ["taiwan", "taiwan-quake", "euv-outage", "hbm-shortage"])
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


def test_a_folder_without_scenarios_has_an_empty_list(tmp_path: Path) -> None:
    assert scenarios("--data", str(tmp_path)) == "Scenarios\nOne in full: scenarios NAME\n"


def test_an_unknown_scenario_offers_the_nearest() -> None:
    shown = RUNNER.invoke(app, ["scenarios", "tiwan"])
    assert shown.exit_code == 1
    assert "taiwan" in shown.stderr
