"""Files and folders written whole or not at all, and tables as CSV that no spreadsheet runs.

A file is first written beside its place, a folder's files into a new folder inside it, and then moved. A folder holds a
manifest with the hash of each file: what an earlier run wrote is replaced, what somebody else wrote or changed is not.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Collection, Iterable, Mapping
from contextlib import ExitStack, suppress
from errno import EEXIST, EISDIR
from hashlib import sha256
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd
from pandas.api.types import is_numeric_dtype

from supplychain_risk.errors import OutputError

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
MANIFEST = "manifest.json"


def csv_text(frame: pd.DataFrame) -> str:
    """Write a frame as CSV without index; unknown stays empty, text never starts a formula.

    >>> print(csv_text(pd.DataFrame({"name": ["=1+1", "neon"], "loss": [-0.5, None]})))
    name,loss
    '=1+1,-0.5
    neon,
    """
    safe = frame.copy()
    for name in safe.columns:
        if not is_numeric_dtype(safe[name].dtype):
            safe[name] = safe[name].map(_defused)
    return safe.to_csv(index=False, lineterminator="\n").rstrip("\n")


def write_file(path: str | PathLike[str], content: bytes) -> None:
    """Write a file beside its place and move it there.

    Raises
    ------
    OutputError : it cannot be written; what stood there is as it was.
    """
    place = Path(path)
    partial = place.with_name(f".{place.name}.part")
    try:
        if place.is_dir():
            raise IsADirectoryError(EISDIR, "found a folder, expected a file or a new name")
        partial.write_bytes(content)
        partial.replace(place)
    except OSError as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise OutputError(f"{place}: cannot be written: {error.strerror or error}") from error


def write_folder(folder: str | PathLike[str], files: Mapping[str, str], manifest: Mapping[str, Any]) -> list[str]:
    """Write texts as files of a folder, and `manifest.json` with their hashes; returns the names of all.

    Parameters
    ----------
    folder : made if it is missing.
    files : name -> content.
    manifest : what the manifest says besides kind and hashes.

    Raises
    ------
    OutputError : the folder cannot be written, or a file there is not of an earlier run; all is as it was before.
    """
    whole = with_manifest(files, manifest)
    place = Path(folder)
    try:
        check_targets(place, whole)
        write_whole(place, whole)
    except OSError as error:
        raise OutputError(f"{place}: cannot be written: {error.strerror or error}") from error
    return list(whole)


def with_manifest(files: Mapping[str, str], manifest: Mapping[str, Any]) -> dict[str, str]:
    """Add the manifest to texts of files: its own fields, and the hash of each file."""
    hashes = {name: sha256(text.encode()).hexdigest() for name, text in files.items()}
    document = {**manifest, "kind": "manifest", "sha256": hashes}
    return {**files, MANIFEST: json.dumps(document, indent=2, ensure_ascii=False) + "\n"}


def check_targets(folder: Path, names: Collection[str]) -> None:
    """Refuse to replace a folder, or a file that no earlier run wrote.

    Raises
    ------
    OSError : with what stands in the way.
    """
    for name in names:
        if (folder / name).is_dir():
            raise IsADirectoryError(EISDIR, f"{name} is a folder, expected a file or nothing of that name")
    written = _written_before(folder / MANIFEST)
    for name in names:
        place = folder / name
        ours = bool(written) if name == MANIFEST else written.get(name) == _hash(place)
        if place.exists() and not ours:
            raise FileExistsError(EEXIST, f"{name} there was not written by an earlier run, or has changed since")


def write_whole(folder: Path, files: Mapping[str, str]) -> None:
    """Write all files into a folder, made if missing, or none.

    Raises
    ------
    OSError : a file cannot be written or moved; the folder is as it was.
    """
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


def _defused(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
