from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

import supplychain_risk as scr
from supplychain_risk.cli.app import app
from supplychain_risk.dataset.load import data_folder

RUNNER = CliRunner()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "mine"
    shutil.copytree(Path(str(data_folder())), copy)
    return copy


def test_the_packaged_data_hold() -> None:
    shown = RUNNER.invoke(app, ["check", "--format", "json"])
    document = json.loads(shown.stdout)
    assert shown.exit_code == 0
    assert document["valid"] is True
    assert document["digest"] == scr.load_dataset().digest


def test_a_copy_of_the_data_is_as_good_as_the_packaged_ones(folder: Path) -> None:
    assert RUNNER.invoke(app, ["check", str(folder)]).stdout == RUNNER.invoke(app, ["check"]).stdout


def test_every_problem_of_a_folder_is_told(folder: Path) -> None:
    file = folder / "suppliers.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("country: TW", "contry: TW", 2), encoding="utf-8")
    shown = RUNNER.invoke(app, ["check", str(folder)])
    assert shown.exit_code == 1
    assert shown.stdout == ""
    assert shown.stderr.count("contry") >= 2


def test_a_broken_scenario_is_a_problem_of_the_folder(folder: Path) -> None:
    (folder / "scenarios" / "mine.yaml").write_text("title: nothing else\n", encoding="utf-8")
    shown = RUNNER.invoke(app, ["check", str(folder)])
    assert shown.exit_code == 1
    assert "scenarios/mine.yaml" in shown.stderr


def test_a_scenario_that_names_what_is_not_there_is_a_problem_of_the_folder(folder: Path) -> None:
    file = folder / "scenarios" / "euv-outage.yaml"
    text = file.read_text(encoding="utf-8")
    assert "asml" in text
    file.write_text(text.replace("company: asml", "company: asmll"), encoding="utf-8")
    shown = RUNNER.invoke(app, ["check", str(folder)])
    assert shown.exit_code == 1
    assert "nearest: asml" in shown.stderr


def test_a_folder_that_is_not_there_is_one_message(tmp_path: Path) -> None:
    shown = RUNNER.invoke(app, ["check", str(tmp_path / "nowhere")])
    assert shown.exit_code == 1
    assert "nowhere" in shown.stderr


def test_a_folder_that_may_not_be_read_is_one_message(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    shown = RUNNER.invoke(app, ["check", str(folder)])
    assert shown.exit_code == 1
    assert "Permission denied" in shown.stderr
    assert "Traceback" not in shown.stderr
