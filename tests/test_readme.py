from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from supplychain_risk.cli.app import app
from supplychain_risk.dataset.load import data_folder

README = Path(__file__).resolve().parents[1] / "README.md"
COMMAND = re.compile(r"^python -m supplychain_risk (.+?)(?:\s+#.*)?$", re.MULTILINE)
COMMANDS = COMMAND.findall(README.read_text(encoding="utf-8"))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_readme_answers(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(Path(str(data_folder())), tmp_path / "my-data")
    shutil.copy(tmp_path / "my-data" / "portfolios" / "ai_hardware.csv", tmp_path / "book.csv")
    monkeypatch.chdir(tmp_path)
    shown = CliRunner().invoke(app, shlex.split(command))
    assert shown.exit_code == 0, shown.output
    assert shown.stdout


def test_the_readme_has_commands() -> None:
    verbs = {command.split()[0] for command in COMMANDS}
    assert verbs >= {"scenario", "scenarios", "show", "check", "portfolio", "explain", "annual"}
