"""Results as files: one JSON document, tidy CSV, and a manifest that names inputs and contents.

A folder is written whole or not at all: everything is first written into a new folder beside its place, then moved.
Text cells that a spreadsheet would take for a formula begin with an apostrophe.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Collection, Iterable, Mapping
from contextlib import ExitStack
from errno import EEXIST, EISDIR
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from pandas.api.types import is_numeric_dtype

from supplychain_risk.errors import OutputError
from supplychain_risk.report.tables import SCHEMA_VERSION, Section, to_json

if TYPE_CHECKING:
    from supplychain_risk.simulation.result import Simulation

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
TABLES = {"Products": "products.csv", "Companies": "companies.csv"}
"""Start of a section's title -> the file its rows go to."""
KEYS = {"Products": "product", "Companies": "company"}
"""Start of a section's title -> the column that names its rows."""
NAMING = ("measure", "holding", "channel", "index")
"""First columns by which tables about books and indices are known."""
DOCUMENT, MANIFEST = "scenario.json", "manifest.json"


def to_csv(frame: pd.DataFrame) -> str:
    """Write a frame as CSV without index; unknown stays empty, text never starts a formula.

    >>> print(to_csv(pd.DataFrame({"name": ["=1+1", "neon"], "loss": [-0.5, None]})))
    name,loss
    '=1+1,-0.5
    neon,
    """
    safe = frame.copy()
    for name in safe.columns:
        if not is_numeric_dtype(safe[name].dtype):
            safe[name] = safe[name].map(_defused)
    return safe.to_csv(index=False, lineterminator="\n").rstrip("\n")


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
                _check_targets(folder, (DOCUMENT, *TABLES.values(), MANIFEST))
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
    hashes = {name: sha256(text.encode()).hexdigest() for name, text in files.items()}
    manifest = {"schema_version": SCHEMA_VERSION, "kind": "manifest", "provenance": run.provenance, "sha256": hashes}
    files[MANIFEST] = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    try:
        _check_targets(folder, files)
        _write(folder, files)
    except OSError as error:
        raise OutputError(f"--out: cannot write into {folder}: {error.strerror}") from error
    return list(files)


def _write(folder: Path, files: Mapping[str, str]) -> None:
    made = [place for place in (folder, *folder.parents) if not place.exists()]
    with ExitStack() as undo:
        if made:
            undo.callback(shutil.rmtree, made[-1], ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".partial-") as partial:
            for name, text in files.items():
                (Path(partial) / name).write_text(text, encoding="utf-8", newline="\n")
            _move(Path(partial), folder, files)
        undo.pop_all()


def _check_targets(folder: Path, names: Collection[str]) -> None:
    for name in names:
        if (folder / name).is_dir():
            raise IsADirectoryError(EISDIR, f"{name} is a folder, expected a file or nothing of that name")
    written = _written_before(folder / MANIFEST)
    for name in names:
        place = folder / name
        ours = bool(written) if name == MANIFEST else written.get(name) == _hash(place)
        if place.exists() and not ours:
            raise FileExistsError(EEXIST, f"{name} there was not written by an earlier run, or has changed since")


def _hash(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest() if file.exists() else ""


def _written_before(manifest: Path) -> dict[str, str]:
    """Hashes of the files that an earlier run wrote, by name; none if the manifest is missing or not of a run."""
    try:
        document = json.loads(manifest.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    ours = isinstance(document, dict) and document.get("kind") == "manifest"
    hashes = document.get("sha256") if ours else None
    return hashes if isinstance(hashes, dict) else {}


def _move(partial: Path, folder: Path, names: Iterable[str]) -> None:
    """Put new files in place; if one of them cannot be moved, those it would replace come back."""
    old = partial / "old"
    old.mkdir()
    with ExitStack() as undo:
        for name in names:
            if (folder / name).exists():
                (folder / name).replace(old / name)
                undo.callback((old / name).replace, folder / name)
            (partial / name).replace(folder / name)
            undo.callback((folder / name).unlink)
        undo.pop_all()


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


def _defused(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
