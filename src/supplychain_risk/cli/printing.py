"""Print sections or documents on standard output; colour and width follow the terminal."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from threading import Timer
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from supplychain_risk.report.tables import Section

PIPE_WIDTH = 80
WIDEST = 120

PATIENCE = 4.0
"""Seconds without a result after which the wait is explained."""


class TextOrJson(StrEnum):
    """Form of an answer: for reading, or for a program."""

    text = "text"
    json = "json"


def text_width() -> int:
    """Columns to write in: those of the terminal, at most 120; 80 in a pipe. COLUMNS overrides both."""
    return min(shutil.get_terminal_size(fallback=(PIPE_WIDTH, 24)).columns, WIDEST)


def print_sections(sections: Iterable[Section], form: TextOrJson, kind: str, **fields: Any) -> None:
    """Print sections as text, or as one JSON document that starts with `schema_version`, `kind` and `fields`."""
    from supplychain_risk.report.tables import render, to_document, to_json

    if form is TextOrJson.json:
        typer.echo(to_json(to_document(kind, sections, **fields)))
        return
    typer.echo(render(sections, width=text_width(), ansi=sys.stdout.isatty() and not os.environ.get("NO_COLOR")))


@contextmanager
def progress_bar(total: int, what: str) -> Iterator[Callable[[int], None] | None]:
    """Show a bar on standard error while that is a terminal; elsewhere nothing, and None instead of a callback.

    Parameters
    ----------
    total : number of units of work; the callback takes how many more are done.
    what : label of the bar.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.advance(task, done)


@contextmanager
def wait_note() -> Iterator[Callable[[Callable[[int], None] | None], Callable[[int], None]]]:
    """Say on standard error why nothing happens yet, if the first result is long in coming."""
    note = Timer(PATIENCE, lambda: typer.echo("the first run compiles the numeric core: up to half a minute", err=True))
    note.daemon = True

    def watch(advance: Callable[[int], None] | None) -> Callable[[int], None]:
        def report(done: int) -> None:
            note.cancel()
            if advance is not None:
                advance(done)

        return report

    note.start()
    try:
        yield watch
    finally:
        note.cancel()
