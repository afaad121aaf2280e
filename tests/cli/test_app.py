from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import supplychain_risk as scr
from supplychain_risk.cli import show as show_module
from supplychain_risk.cli.app import app

SOURCE = Path(scr.__file__).parents[1]
RUNNER = CliRunner()


def run_shell(*arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "COLUMNS": "80", **extra}
    command = [sys.executable, "-m", "supplychain_risk", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, cwd="/")


def test_version_is_that_of_the_package() -> None:
    assert RUNNER.invoke(app, ["--version"]).stdout == f"supplychain_risk {scr.__version__}\n"


def test_help_names_every_verb() -> None:
    shown = RUNNER.invoke(app, ["--help"])
    assert shown.exit_code == 0
    assert all(verb in shown.stdout for verb in ("scenarios", "show", "check"))


def test_a_mistyped_verb_is_a_usage_error_and_names_the_nearest() -> None:
    shown = run_shell("shwo", "tsmc")
    assert shown.returncode == 2
    assert "'show'" in shown.stderr
    assert shown.stdout == ""


def test_a_missing_argument_is_a_usage_error() -> None:
    assert RUNNER.invoke(app, ["show"]).exit_code == 2


def test_an_unknown_name_is_one_line_with_the_nearest_names_and_no_traceback() -> None:
    shown = run_shell("show", "nvidai")
    assert shown.returncode == 1
    assert shown.stdout == ""
    assert shown.stderr.count("\n") == 1
    assert "nvidia" in shown.stderr
    assert "Traceback" not in shown.stderr


def test_output_into_a_pipe_has_no_terminal_codes() -> None:
    shown = run_shell("show", "neon")
    assert shown.returncode == 0
    assert "\x1b" not in shown.stdout
    assert shown.stderr == ""


def test_a_reader_that_leaves_early_is_no_error_message() -> None:
    command = f"{sys.executable} -m supplychain_risk show assumption --format json | head -c 10"
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    shown = subprocess.run(  # noqa: S602
        command,
        shell=True,
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert shown.stderr == ""


def test_an_error_of_the_system_is_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", "/out/result.csv")

    monkeypatch.setattr(show_module, "print_sections", refuse)
    shown = RUNNER.invoke(app, ["show", "neon"])
    assert shown.exit_code == 1
    assert "error: [Errno 13] Permission denied: '/out/result.csv'" in shown.stderr


def test_a_defect_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(show_module, "print_sections", fail)
    assert isinstance(RUNNER.invoke(app, ["show", "neon"]).exception, ZeroDivisionError)


def test_an_interrupt_ends_with_the_code_of_shells(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(show_module, "print_sections", interrupt)
    shown = RUNNER.invoke(app, ["show", "neon"])
    assert shown.exit_code == 128 + signal.SIGINT
    assert shown.stderr.strip() == "interrupted"


def test_help_does_not_load_the_numeric_libraries() -> None:
    code = (
        "import sys; from supplychain_risk.cli.app import app; "
        "print([name for name in ('numpy', 'pandas', 'numba', 'pydantic') if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], cwd=SOURCE, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
