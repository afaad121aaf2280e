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
