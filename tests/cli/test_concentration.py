"""``concentration`` in a shell: three forms of one answer, its widths and its errors."""

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


def shown(*arguments: str, width: int = 80) -> str:
    result = RUNNER.invoke(app, ["concentration", *arguments], env={"COLUMNS": str(width)})
    assert result.exit_code == 0, result.stderr
    return result.stdout


def refused(*arguments: str) -> str:
    result = RUNNER.invoke(app, ["concentration", *arguments])
    assert result.exit_code == 1
    assert result.stdout == ""
    return result.stderr


@pytest.fixture
def book(tmp_path: Path) -> str:
    file = tmp_path / "book.csv"
    file.write_text("ticker,weight\nNVDA,0.6\nMSFT,0.4\n", encoding="utf-8")
    return str(file)


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("by", ["product", "country", "customer", "company"])
def test_text_keeps_to_the_width(by: str, width: int) -> None:
    assert max(map(len, shown("--by", by, "--product", "hbm", width=width).splitlines())) <= width


def test_names_of_products_stay_whole_in_a_narrow_terminal() -> None:
    known = set(scr.load_dataset().products)
    for table in shown().split("─\n")[1:4]:
        rows = table.split("\nLeft out")[0].split("\n\n")[0].splitlines()
        assert {row.split()[0] for row in rows} <= known


def test_text_tells_the_scanner_its_maker_and_the_data() -> None:
    text = shown("--top", "1")
    assert "euv_scanner  1.000    1.0  asml      100%  NL" in text
    assert scr.load_dataset().digest[:12] in text
    assert "110 markets, the 1 most concentrated shown" in text


def test_csv_has_all_rows_and_equals_python() -> None:
    table = pd.read_csv(io.StringIO(shown("--by", "country", "--format", "csv")))
    expected = scr.concentration(scr.SupplyNetwork.from_dataset(scr.load_dataset()), "country")
    assert table["product"].tolist() == expected["product"].tolist()
    assert table["hhi"].tolist() == pytest.approx(expected["hhi"].tolist(), rel=1e-12)


def test_json_has_all_rows_and_says_what_they_are_from() -> None:
    document = json.loads(shown("--top", "1", "--format", "json"))
    assert (document["schema_version"], document["kind"], document["by"]) == (1, "concentration", "product")
    assert document["provenance"]["data_digest"] == scr.load_dataset().digest
    assert len(document["sections"][0]["rows"]) == len(scr.load_dataset().products)


def test_a_book_is_read_and_counted(book: str) -> None:
    text = shown("--portfolio", book)
    assert "what the companies of the book buy" in text
    assert "By company, holdings themselves are left out; lookthrough counts them." in " ".join(text.split())
    assert [line.split()[0] for line in text.splitlines()[4:8]] == ["company", "product", "country", "site"]


def test_only_of_a_book_it_is_said_that_holdings_are_left_out() -> None:
    assert "holdings" not in shown("--by", "company", "--top", "3")


def test_a_book_and_a_level_are_two_questions(book: str) -> None:
    assert "--portfolio: found together with --by or --product" in refused("--portfolio", book, "--by", "site")


def test_an_unknown_product_names_the_nearest() -> None:
    assert "nearest: hbm" in refused("--product", "hbmm")


def test_a_book_that_is_not_there_is_one_message() -> None:
    assert refused("--portfolio", "nowhere.csv").count("\n") <= 2


def test_another_folder_of_data_is_read(tmp_path: Path) -> None:
    copy = tmp_path / "own"
    shutil.copytree(Path(str(data_folder())), copy)
    with (copy / "parameters.yaml").open("a", encoding="utf-8") as file:
        file.write("\n# mine\n")
    document = json.loads(shown("--data", str(copy), "--format", "json"))
    assert document["provenance"]["data_digest"] == scr.load_dataset(copy).digest != scr.load_dataset().digest
