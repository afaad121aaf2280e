"""``lookthrough`` in a shell: three forms of one answer, and its errors."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import supplychain_risk as scr
from supplychain_risk.cli.app import app
from supplychain_risk.dataset.load import data_folder

RUNNER = CliRunner()


def shown(*arguments: str) -> str:
    result = RUNNER.invoke(app, ["lookthrough", *arguments], env={"COLUMNS": "100"})
    assert result.exit_code == 0, result.stderr
    return result.stdout


def test_a_ticker_tells_the_chain_to_the_foundry() -> None:
    text = shown("NVDA", "--top", "3")
    assert text.startswith("Look-through: NVIDIA (nvidia)")
    assert "nvidia: ai_accelerator < tsmc: leading_edge_wafer_5nm" in text


@pytest.mark.parametrize("by", ["company", "site"])
def test_csv_has_all_rows_and_equals_python(by: str) -> None:
    table = pd.read_csv(io.StringIO(shown("asml", "--by", by, "--format", "csv")), keep_default_na=False)
    network = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    expected = scr.lookthrough(network, "asml", by=by)
    assert table[by].tolist() == expected.index.tolist()
    assert table["additive"].tolist() == pytest.approx(expected["additive"].tolist(), rel=1e-12)


def test_json_says_its_version_its_question_and_the_data_it_is_from() -> None:
    document = json.loads(shown("micron", "--format", "json", "--top", "2"))
    assert (document["schema_version"], document["kind"], document["by"]) == (1, "lookthrough", "company")
    assert document["provenance"]["data_digest"] == scr.load_dataset().digest
    rows = document["sections"][1]["rows"]
    assert {"company", "held", "additive", "bottleneck", "joint", "tier", "path"} == set(rows[0])


def test_the_example_book_names_the_fund_it_does_not_know() -> None:
    text = shown(str(data_folder() / "portfolios" / "ai_hardware.csv"))
    assert "Not in the data, and in no number below: IWM 10.0%." in text
    assert "zeiss_smt" in text


@pytest.mark.parametrize(
    ("name", "message"),
    [("NVDAA", "no company is called 'NVDAA'; nearest: NVDA"), ("none.csv", "no such file, expected a CSV file")],
)
def test_a_wrong_name_is_one_message_and_exit_code_1(name: str, message: str) -> None:
    result = RUNNER.invoke(app, ["lookthrough", name])
    assert result.exit_code == 1
    assert message in result.stderr
    assert result.stdout == ""


def test_another_folder_of_data_is_read(tmp_path: Path) -> None:
    copy = tmp_path / "own"
    shutil.copytree(Path(str(data_folder())), copy)
    with (copy / "parameters.yaml").open("a", encoding="utf-8") as file:
        file.write("\n# mine\n")
    document = json.loads(shown("nvidia", "--data", str(copy), "--format", "json"))
    assert document["provenance"]["data_digest"] == scr.load_dataset(copy).digest != scr.load_dataset().digest
