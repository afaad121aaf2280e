"""Sections of text and tables, as plain text of a given width or as records for JSON.

A section is a heading, a few lines and at most one table. The same sections make the text that a shell prints
and the JSON that a program reads, so that both say the same. Numbers are right-aligned, missing values stay
blank: a blank means unknown, never 0.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype
from rich import box
from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

LARGE = 1000
"""From here on numbers are written without decimals."""

UNBOUNDED = 10_000
"""Columns that no table needs: a table is measured in this width to know what it would like."""

SCHEMA_VERSION = 1
"""Version of the JSON documents; it rises when a field changes its meaning or goes away."""


@dataclass(frozen=True)
class Section:
    """A heading with lines of text and at most one table.

    Attributes
    ----------
    title : heading.
    lines : paragraphs above the table; one that starts with "- " is set as an item of a list.
    table : rows with named columns; the index is not shown.
    data : the rows for programs, where they hold more than the table shows.
    formats : column -> format specification of its numbers, such as ".1%"; others get four digits.
    wide : columns that may wrap, the others keep their lines whole; none named: all text may wrap.
    spare : columns that text leaves out, the first first, until names fit in one line -> what the note calls them.
    after : paragraphs below the table.
    """

    title: str
    lines: tuple[str, ...] = ()
    table: pd.DataFrame | None = None
    data: pd.DataFrame | None = None
    formats: Mapping[str, str] = field(default_factory=dict)
    wide: tuple[str, ...] = ()
    spare: Mapping[str, str] = field(default_factory=dict)
    after: tuple[str, ...] = ()

    @property
    def rows(self) -> pd.DataFrame:
        """Rows for programs: `data`, or the table where there is no more than it shows."""
        rows = self.table if self.data is None else self.data
        return pd.DataFrame() if rows is None else rows


def format_number(value: object, specification: str = "") -> str:
    """Write a number, with four significant digits unless specified otherwise; a missing one is blank.

    >>> format_number(0.12345, ".1%"), format_number(float("nan")), format_number(13.0)
    ('12.3%', '', '13')
    """
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, str) or not isinstance(value, (int, float)) or isinstance(value, bool):
        return str(value)
    return format(value, specification or (".4g" if abs(value) < LARGE else ",.0f"))


def rich_table(frame: pd.DataFrame, *, formats: Mapping[str, str] | None = None, wide: Sequence[str] = ()) -> Table:
    """Lay out a frame as a table: numbers right-aligned; only `wide` columns wrap, or all text if none is named."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    cells: list[list[Text]] = []
    for name in map(str, frame.columns):
        column = frame[name]
        number = is_numeric_dtype(column.dtype) and not is_bool_dtype(column.dtype)
        table.add_column(
            Text(name),
            justify="right" if number else "left",
            no_wrap=number or (bool(wide) and name not in wide),
            overflow="fold",
        )
        specification = (formats or {}).get(name, "")
        cells.append([Text(format_number(value, specification)) for value in column])
    for row in zip(*cells, strict=True):
        table.add_row(*row)
    return table


def render(sections: Iterable[Section], *, width: int = 80, ansi: bool = False) -> str:
    """Write sections as text.

    Parameters
    ----------
    sections : what to write, in order.
    width : columns of the text; nothing is longer except an unbreakable word.
    ansi : whether headings are set bold with terminal codes.

    Examples
    --------
    >>> rows = pd.DataFrame({"product": ["neon"], "share": [0.5]})
    >>> print(render([Section("Makes", table=rows, formats={"share": ".0%"})], width=40))
    Makes
    product  share
    ──────────────
    neon       50%
    """
    buffer = io.StringIO()
    console = Console(
        file=buffer, width=width, force_terminal=ansi, no_color=not ansi, highlight=False, markup=False, emoji=False
    )
    for number, section in enumerate(sections):
        if number:
            console.print()
        for part in _parts(section, console):
            console.print(part)
    return "\n".join(line.rstrip() for line in buffer.getvalue().rstrip("\n").split("\n"))


def to_document(kind: str, sections: Iterable[Section], **fields: Any) -> dict[str, Any]:
    """Make a JSON document of sections: `fields` first, then each section with its lines and rows."""
    return {"schema_version": SCHEMA_VERSION, "kind": kind, **fields, "sections": [_record(s) for s in sections]}


def to_json(document: Mapping[str, Any]) -> str:
    """Write a document as JSON; NaN and infinity become null, because JSON has neither."""
    return json.dumps(_clean(document), ensure_ascii=False, indent=2, allow_nan=False)


def _parts(section: Section, console: Console) -> Iterable[RenderableType]:
    yield Text(section.title, style="bold")
    yield from map(_paragraph, section.lines)
    if section.table is not None and len(section.table):
        table, left_out = _fitted(section, section.table, console)
        yield table
        if left_out:
            yield Text(f"Left out for want of width: {', '.join(left_out)}.")
    yield from map(_paragraph, section.after)


def _fitted(section: Section, frame: pd.DataFrame, console: Console) -> tuple[Table, list[str]]:
    """The table without the spare columns that it has no room for, and what these are called."""
    unbounded = console.options.update(max_width=UNBOUNDED)
    left_out: list[str] = []
    table = rich_table(frame, formats=section.formats, wide=section.wide)
    for column in (name for name in section.spare if name in frame):
        if Measurement.get(console, unbounded, table).maximum <= console.width:
            break
        frame = frame.drop(columns=column)
        left_out.append(section.spare[column])
        table = rich_table(frame, formats=section.formats, wide=section.wide)
    return table, left_out


def _paragraph(line: str) -> RenderableType:
    if not line.startswith("- "):
        return Text(line)
    item = Table.grid(padding=(0, 1))
    item.add_column(width=1)
    item.add_column()
    item.add_row(Text("-"), Text(line[2:], overflow="fold"))
    return item


def _record(section: Section) -> dict[str, Any]:
    lines = [*section.lines, *section.after]
    return {"title": section.title, "lines": lines, "rows": section.rows.to_dict("records")}


def _clean(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    if value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value
