"""Blocks of a run on disk: written as they finish, recognised when torn, never mixed with those of another run.

A folder holds

    manifest.json       schema_version, n_draws, and what the blocks follow from (digests, seed, rules, version)
    block-000000.npy    totals of the first `block_draws` draws, and so on

A block file is one record in numpy's format (little endian), whose fields are the arrays of `BlockTotals`, followed by
the 32 bytes of the SHA-256 of everything before; ``numpy.load(file)["output"][0]`` reads it without this library. A
block is written beside its place, flushed to the disk and then renamed, so a file of that name is whole; one that is
not, because a disk failed or somebody cut it, has another length or hash and is computed again.

Nothing in the folder depends on time, machine name or the order in which blocks finish: a run that was killed and
resumed leaves the same bytes as one that was not. One run at a time may write into a folder.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any, overload
from weakref import finalize

import numpy as np

from supplychain_risk.errors import InputError, OutputError
from supplychain_risk.simulation.blocks import Job
from supplychain_risk.simulation.totals import FIELDS, BlockTotals

SCHEMA_VERSION = 3
MANIFEST = "manifest.json"
_HASH_BYTES = 32


class Holder:
    """What a temporary folder lives as long as."""


@dataclass(frozen=True, eq=False)
class Store(Sequence[BlockTotals]):
    """Blocks of a run in a folder; reading one maps its file into memory for as long as it is used.

    Attributes
    ----------
    folder, n_draws, block_draws : where, how many draws there will be, and how many of them in a block.
    temporary : set if the folder goes with the last store that holds this object; nothing is then made to outlive a
        loss of power.
    """

    folder: str | os.PathLike[str]
    n_draws: int
    block_draws: int
    temporary: Holder | None = None

    def __len__(self) -> int:
        return len(range(0, self.n_draws, self.block_draws))

    @overload
    def __getitem__(self, block: int) -> BlockTotals: ...
    @overload
    def __getitem__(self, block: slice) -> list[BlockTotals]: ...
    def __getitem__(self, block: int | slice) -> BlockTotals | list[BlockTotals]:
        """Read one block or several."""
        if isinstance(block, slice):
            return [self[k] for k in range(*block.indices(len(self)))]
        if not 0 <= block < len(self):
            raise IndexError(block)
        record = np.load(self._path(block), mmap_mode="r")
        return BlockTotals(**{name: record[name][0] for name in FIELDS})

    def write(self, block: int, totals: BlockTotals) -> None:
        """Write a block, whole or not at all.

        Raises
        ------
        OutputError : the folder cannot be written, or the disk is full.
        """
        content = _pack(totals)
        try:
            _write(self._path(block), content + sha256(content).digest(), durable=self.temporary is None)
        except OSError as error:
            remedy = "give a store on a larger disk" if self.temporary else "finished blocks are kept; call again"
            message = f"store: cannot write block {block} into {self.folder}: {error.strerror}; {remedy}"
            raise OutputError(message) from error

    def missing(self) -> list[int]:
        """Blocks that are not there, torn, or shorter than they should be."""
        return [block for block in range(len(self)) if not self._is_whole(block)]

    def _is_whole(self, block: int) -> bool:
        path = self._path(block)
        if not path.is_file():
            return False
        content = path.read_bytes()
        if sha256(content[:-_HASH_BYTES]).digest() != content[-_HASH_BYTES:]:
            return False
        return self[block].n_draws == min(self.block_draws, self.n_draws - block * self.block_draws)

    def _path(self, block: int) -> Path:
        return Path(self.folder) / f"block-{block:06d}.npy"


def open_store(folder: str | os.PathLike[str], job: Job) -> Store:
    """Begin a folder for a run, or go on with the one that is there.

    Raises
    ------
    InputError : the folder holds blocks of another run, or more draws than asked for.
    OutputError : the folder cannot be written.
    """
    place = Path(folder)
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "kind": "blocks of a simulation",
        "n_draws": job.n_draws,
        "run": job.identity,
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    if any(place.glob("block-*.npy")) or (place / MANIFEST).exists():
        _check_same_run(place, json.loads(text))
    try:
        place.mkdir(parents=True, exist_ok=True)
        for torn in place.glob(".*.part"):
            torn.unlink()
        _write(place / MANIFEST, text.encode(), durable=True)
    except OSError as error:
        raise OutputError(f"store: cannot write into {place}: {error.strerror}") from error
    return Store(place, job.n_draws, job.block_draws)


def temporary_store(job: Job) -> Store:
    """A folder among the system's temporary files that is deleted with the last reference to its store."""
    folder, holder = mkdtemp(prefix="supplychain-risk-"), Holder()
    finalize(holder, rmtree, folder, ignore_errors=True)
    return Store(folder, job.n_draws, job.block_draws, temporary=holder)


def stored_draws(folder: str | os.PathLike[str]) -> int:
    """Draws that a folder of blocks was begun for; 0 if there is none yet.

    Raises
    ------
    InputError : its manifest cannot be read.
    """
    return int(read_manifest(folder)["n_draws"]) if (Path(folder) / MANIFEST).exists() else 0


def read_manifest(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Read what a folder of blocks says about its run.

    Raises
    ------
    InputError : there is no manifest, or not one that this version can read.
    """
    path = Path(folder) / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"store: cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"store: {path} is not JSON: {error}") from error
    version = manifest.get("schema_version") if isinstance(manifest, dict) else None
    if version != SCHEMA_VERSION or "run" not in manifest:
        raise InputError(f"store: {path}: found schema_version {version!r}, expected {SCHEMA_VERSION}, with a run")
    return dict(manifest)


def _check_same_run(folder: Path, wanted: Mapping[str, Any]) -> None:
    found = read_manifest(folder)
    keys = sorted({*found["run"], *wanted["run"]})
    differences = [
        f"{key}: {found['run'].get(key)} there, {wanted['run'].get(key)} here"
        for key in keys
        if found["run"].get(key) != wanted["run"].get(key)
    ]
    if differences:
        raise InputError(f"store: {folder} holds another run, choose another folder ({'; '.join(differences)})")
    if found["n_draws"] > wanted["n_draws"]:
        raise InputError(
            f"store: {folder} was begun for {found['n_draws']} draws, found n_draws {wanted['n_draws']}: ask for at "
            "least as many, or choose another folder"
        )


def _pack(totals: BlockTotals) -> bytes:
    """A block as one record in numpy's format."""
    arrays = {name: getattr(totals, name) for name in FIELDS}
    fields = [(name, array.dtype.newbyteorder("<"), array.shape) for name, array in arrays.items()]
    record = np.zeros(1, dtype=np.dtype(fields))
    for name, array in arrays.items():
        record[name][0] = array
    buffer = BytesIO()
    np.save(buffer, record)
    return buffer.getvalue()


def _write(path: Path, content: bytes, *, durable: bool) -> None:
    """Write a file beside its place and move it there; a durable one is on the disk before it is moved."""
    partial = path.with_name(f".{path.name}.part")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        partial.replace(path)
    except OSError:
        with suppress(OSError):
            partial.unlink()
        raise
    if durable and os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
