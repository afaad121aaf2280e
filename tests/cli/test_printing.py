from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

import supplychain_risk as scr
from supplychain_risk.cli.printing import progress_bar, text_width

CODE = """
from supplychain_risk.cli.printing import progress_bar
with progress_bar(2, "draws") as advance:
    advance(2)
print("done")
"""


def test_no_bar_outside_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(2, "draws") as advance:
        assert advance is None
    assert capsys.readouterr().err == ""


def test_a_bar_on_a_terminal_stays_off_standard_output() -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(Path(scr.__file__).parents[1]), "TERM": "xterm"}
    with os.fdopen(theirs, "wb") as terminal:
        shown = subprocess.run(
            [sys.executable, "-c", CODE], stdout=subprocess.PIPE, stderr=terminal, env=environment, check=True
        )
    assert shown.stdout == b"done\n"
    assert b"draws" in os.read(ours, 10_000)
    os.close(ours)


@pytest.mark.parametrize(("columns", "width"), [("60", 60), ("100", 100), ("300", 120)])
def test_text_is_as_wide_as_the_terminal_up_to_120(monkeypatch: pytest.MonkeyPatch, columns: str, width: int) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert text_width() == width
