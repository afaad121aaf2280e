"""Files are written whole or not at all."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pytest

from supplychain_risk.dataset import writing
from supplychain_risk.errors import OutputError


@pytest.mark.parametrize("start", writing.FORMULA_STARTS)
def test_text_never_starts_a_formula(start):
    assert writing.csv_text(pd.DataFrame({"a": [f"{start}1"]})).split("\n", 1)[1].lstrip('"').startswith("'")


def test_numbers_below_zero_stay_numbers():
    assert writing.csv_text(pd.DataFrame({"a": [-1.5], "b": [-2]})) == "a,b\n-1.5,-2"


def test_a_file_is_replaced_by_its_new_content(tmp_path):
    for content in (b"old", b"new"):
        writing.write_file(tmp_path / "a.bin", content)
    assert (tmp_path / "a.bin").read_bytes() == b"new"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("step", ["write_bytes", "replace"])
def test_a_file_that_cannot_be_finished_leaves_the_old_one_and_no_trace(tmp_path, monkeypatch, step):
    writing.write_file(tmp_path / "a.bin", b"old")
    original = getattr(Path, step)

    def fail(path, *arguments):
        if step == "write_bytes":
            original(path, arguments[0][:2])  # half of it is on the disk
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, step, fail)
    with pytest.raises(OutputError, match=r"a\.bin: cannot be written: No space left"):
        writing.write_file(tmp_path / "a.bin", b"new content")
    assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]
    assert (tmp_path / "a.bin").read_bytes() == b"old"


def test_a_folder_is_no_place_for_a_file(tmp_path):
    with pytest.raises(OutputError, match="found a folder, expected a file"):
        writing.write_file(tmp_path, b"")


def test_a_file_needs_its_folder(tmp_path):
    with pytest.raises(OutputError, match="No such file"):
        writing.write_file(tmp_path / "missing" / "a.bin", b"")


def test_the_manifest_has_the_hash_of_every_file(tmp_path):
    names = writing.write_folder(tmp_path / "new", {"a.csv": "x\n", "b.json": "{}"}, {"seed": 7})
    assert names == ["a.csv", "b.json", "manifest.json"]
    manifest = json.loads((tmp_path / "new" / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["seed"], manifest["kind"]) == (7, "manifest")
    assert manifest["sha256"]["a.csv"] == sha256(b"x\n").hexdigest()


def test_a_folder_whose_last_file_fails_is_as_it_was(tmp_path, monkeypatch):
    writing.write_folder(tmp_path, {"a.csv": "old"}, {})
    before = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    replace = Path.replace

    def refuse(path, target):
        if target == tmp_path / "manifest.json" and path.parent.name != "old":
            raise PermissionError(1, "Operation not permitted")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OutputError, match="Operation not permitted"):
        writing.write_folder(tmp_path, {"a.csv": "new", "b.csv": "new"}, {})
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == before


def test_a_file_of_somebody_else_is_not_replaced(tmp_path):
    (tmp_path / "a.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match=r"a\.csv there was not written by an earlier run"):
        writing.write_folder(tmp_path, {"a.csv": "x"}, {})
    assert (tmp_path / "a.csv").read_text(encoding="utf-8") == "mine"


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path):
    (tmp_path / "a").write_text("", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot be written"):
        writing.write_folder(tmp_path / "a", {"a.csv": "x"}, {})
