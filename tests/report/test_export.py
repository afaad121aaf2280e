from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from supplychain_risk.errors import OutputError
from supplychain_risk.report import export
from supplychain_risk.report.tables import Section

RUN = SimpleNamespace(provenance={"seed": 0})
SECTIONS = (
    Section("Products: lost", data=pd.DataFrame({"product": ["=neon"], "mean_days": [-1.5]})),
    Section("Companies: losses", data=pd.DataFrame({"company": ["a"], "name": ["+Plus"], "loss_usd_bn": [2.0]})),
)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@now", "\tx"])
def test_text_never_starts_a_formula(text: str) -> None:
    assert export.to_csv(pd.DataFrame({"a": [text]})).splitlines()[1].lstrip('"').startswith("'")


def test_negative_numbers_stay_numbers() -> None:
    assert export.to_csv(pd.DataFrame({"a": [-1.5]})) == "a\n-1.5"


def test_the_long_table_has_one_number_a_row() -> None:
    table = export.tidy(SECTIONS)
    assert table.values.tolist() == [["product", "=neon", "mean_days", -1.5], ["company", "a", "loss_usd_bn", 2.0]]


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = []

    def fail(path: Path, *_arguments: object, **_options: object) -> None:
        written.append(path)
        if len(written) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", fail)
    with pytest.raises(OutputError, match="No space left"):
        export.write_folder(tmp_path / "new" / "result", RUN, {}, SECTIONS)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_exists_keeps_its_other_files(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    export.write_folder(tmp_path, RUN, {"a": 1}, SECTIONS)
    names = ["companies.csv", "manifest.json", "mine.txt", "products.csv", "scenario.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names


@pytest.mark.parametrize("name", ["companies.csv", "manifest.json"])
@pytest.mark.parametrize("text", ["mine", '{"kind": "manifest"}', "[]"])
def test_files_of_somebody_else_are_not_replaced(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    for write in (export.check_writable, lambda folder: export.write_folder(folder, RUN, {"a": 1}, SECTIONS)):
        with pytest.raises(OutputError, match=f"{name} there was not written by an earlier run"):
            write(tmp_path)
    assert contents(tmp_path) == {name: text}


def test_a_result_that_was_changed_by_hand_is_not_replaced(tmp_path: Path) -> None:
    export.write_folder(tmp_path, RUN, {"a": 1}, SECTIONS)
    export.write_folder(tmp_path, RUN, {"a": 2}, SECTIONS)
    (tmp_path / "products.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match=r"products\.csv there .* has changed since"):
        export.check_writable(tmp_path)


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("name", ["scenario.json", "products.csv", "companies.csv", "manifest.json"])
def test_a_folder_in_the_place_of_a_file_stops_before_any_file_is_replaced(tmp_path: Path, name: str) -> None:
    export.write_folder(tmp_path, RUN, {"a": 1}, SECTIONS)
    (tmp_path / name).unlink()
    (tmp_path / name).mkdir()
    before = contents(tmp_path)
    with pytest.raises(OutputError, match=f"{name} is a folder, expected a file"):
        export.check_writable(tmp_path)
    with pytest.raises(OutputError, match=f"{name} is a folder, expected a file"):
        export.write_folder(tmp_path, RUN, {"a": 2}, SECTIONS)
    assert contents(tmp_path) == before
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.parametrize("existing", [{}, {"a": 1}])
def test_a_move_that_fails_brings_the_old_files_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, existing: dict[str, int]
) -> None:
    """As in a folder with the sticky bit, where one of the files belongs to somebody else."""
    if existing:
        export.write_folder(tmp_path, RUN, existing, SECTIONS)
    before, replace = contents(tmp_path), Path.replace

    def refuse(path: Path, target: Path) -> Path:
        if target == tmp_path / "manifest.json" and path.parent.name != "old":
            raise PermissionError(1, "Operation not permitted")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OutputError, match="Operation not permitted"):
        export.write_folder(tmp_path, RUN, {"a": 2}, SECTIONS)
    assert contents(tmp_path) == before
    assert len(list(tmp_path.iterdir())) == len(before)


def test_a_name_that_no_file_system_takes_is_told(tmp_path: Path) -> None:
    """It cannot even be asked whether such a folder exists, as below a folder that may not be entered."""
    with pytest.raises(OutputError, match=r"^--out: cannot write into .*: File name too long$"):
        export.check_writable(tmp_path / ("a" * 300) / "result")
