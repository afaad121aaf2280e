"""Results as files: one JSON document, tidy CSV, and a manifest that names inputs and contents.

A folder is written whole or not at all: everything is first written into a new folder beside its place, then moved.
Text cells that a spreadsheet would take for a formula begin with an apostrophe.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from supplychain_risk.dataset.writing import MANIFEST, check_targets, csv_text, with_manifest, write_whole
from supplychain_risk.errors import OutputError
from supplychain_risk.report.tables import SCHEMA_VERSION, Section, to_json

if TYPE_CHECKING:
    from supplychain_risk.simulation.result import Simulation

TABLES = {"Products": "products.csv", "Companies": "companies.csv"}
"""Start of a section's title -> the file its rows go to."""
KEYS = {"Products": "product", "Companies": "company"}
"""Start of a section's title -> the column that names its rows."""
NAMING = ("measure", "holding", "channel", "index")
"""First columns by which tables about books and indices are known."""
DOCUMENT = "scenario.json"


def to_csv(frame: pd.DataFrame) -> str:
    """Write a frame as CSV without index; unknown stays empty, text never starts a formula: `csv_text`."""
    return csv_text(frame)


def tidy(sections: Iterable[Section]) -> pd.DataFrame:
    """Numbers of the main tables in one long table: table, id, measure, value."""
    pieces = []
    for section in sections:
        key = KEYS.get(_kind(section)) or _first_column(section)
        if key:
            rows = section.rows
            long = rows.melt(id_vars=[key], value_vars=list(rows.select_dtypes("number").columns), var_name="number")
            pieces.append(long.rename(columns={key: "id", "number": "measure"}).assign(table=key))
    return pd.concat(pieces, ignore_index=True)[["table", "id", "measure", "value"]]


def check_writable(folder: Path) -> None:
    """Make sure that a folder can be written before hours go into its content.

    Raises
    ------
    OutputError : it is a file, may not be written, or holds a folder or somebody else's file where a file has to go.
    """
    try:
        place = next(place for place in (folder, *folder.parents) if place.exists())
        if place.is_dir():
            with tempfile.TemporaryDirectory(dir=place):
                check_targets(folder, (DOCUMENT, *TABLES.values(), MANIFEST))
            return
    except OSError as error:
        raise OutputError(f"--out: cannot write into {folder}: {error.strerror}") from error
    raise OutputError(f"--out: {place} is a file, expected a folder or a new name")


def write_folder(folder: Path, run: Simulation, document: Mapping[str, Any], sections: Iterable[Section]) -> list[str]:
    """Write scenario.json, products.csv, companies.csv and manifest.json; returns their names.

    Raises
    ------
    OutputError : the folder cannot be written; it is as it was before.
    """
    files = {DOCUMENT: to_json(document) + "\n"}
    files |= {TABLES[_kind(section)]: to_csv(_rows(section)) + "\n" for section, _ in _tables(sections)}
    files = with_manifest(files, {"schema_version": SCHEMA_VERSION, "provenance": run.provenance})
    try:
        check_targets(folder, files)
        write_whole(folder, files)
    except OSError as error:
        raise OutputError(f"--out: cannot write into {folder}: {error.strerror}") from error
    return list(files)


def _tables(sections: Iterable[Section]) -> list[tuple[Section, str]]:
    return [(section, KEYS[_kind(section)]) for section in sections if _kind(section) in KEYS]


def _first_column(section: Section) -> str:
    """The column that names the rows of a table about a book or an index, "" if it is none."""
    first = str(next(iter(section.rows.columns), ""))
    return first if first in NAMING else ""


def _kind(section: Section) -> str:
    return section.title.split(":")[0]


def _rows(section: Section) -> pd.DataFrame:
    return pd.DataFrame() if section.data is None else section.data
