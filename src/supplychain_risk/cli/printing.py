"""Print sections or documents on standard output; colour and width follow the terminal."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from supplychain_risk.report.tables import Section

PIPE_WIDTH = 80
WIDEST = 120


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
    typer.echo(render(sections, width=text_width(), ansi=sys.stdout.isatty()))
