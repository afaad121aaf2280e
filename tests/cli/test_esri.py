from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import supplychain_risk as scr
from supplychain_risk.cli.app import app

RUNNER = CliRunner()
FOLDER = Path(__file__).parents[1] / "data" / "esri" / "random50_gl_subst"
FILES = [str(FOLDER / name) for name in ("edges.csv", "firms.csv", "essential.csv")]


def esri(*arguments, files=FILES, width=80, code=0):
    shown = RUNNER.invoke(app, ["esri", *files, *arguments], env={"COLUMNS": str(width)})
    assert shown.exit_code == code, shown.output
    return shown


@pytest.mark.parametrize("width", [80, 120])
def test_text_keeps_to_the_width_and_shows_the_top(width):
    lines = esri("--top", "3", width=width).stdout.splitlines()
    assert max(map(len, lines)) <= width
    assert lines[0] == "Systemic risk, 50 scenarios, largest index first"
    assert [line.split()[0] for line in lines[-3:]] == ["17", "18", "29"]


def test_csv_and_json_have_every_firm_of_the_published_run():
    # esri_cpp_eps1e-02.csv: fastcascade 0.9.3.1 with its default threshold, which `literature` is.
    expected = pd.read_csv(FOLDER / "esri_cpp_eps1e-02.csv").set_index("scenario").sort_index()
    (section,) = json.loads(esri("--mode", "literature", "--format", "json").stdout)["sections"]
    rows = pd.DataFrame(section["rows"]).astype({"scenario": int}).set_index("scenario").sort_index()
    assert rows["iterations"].tolist() == expected["iterations"].tolist()
    assert rows["esri"].tolist() == pytest.approx(expected["esri"].tolist(), abs=1e-12)
    text = esri("--mode", "literature", "--format", "csv").stdout.splitlines()
    assert text[0] == "scenario,esri,esri_down,esri_up,iterations,converged"
    assert len(text) == 51


def test_json_says_what_it_is_from_and_what_was_warned_of():
    document = json.loads(esri("--format", "json", "--eps", "1e-5", "--max-iterations", "500").stdout)
    assert document["schema_version"] == 1
    assert (document["mode"], document["eps"], document["max_iterations"]) == ("fixed_point", 1e-5, 500)
    assert set(document["sha256"]) == {"edges.csv", "firms.csv", "essential.csv"}
    assert document["version"] == scr.__version__
    assert document["warnings"][0].startswith("no final demand: 2 firms")


def test_warnings_are_told_as_messages():
    assert "warning: no final demand: 2 firms" in esri().stderr


def test_scenarios_left_unsettled_are_told():
    text = " ".join(esri("--max-iterations", "1").stdout.split())
    assert "scenarios did not come to rest (most updates allowed: 1)" in text
    assert "Fixed point" not in text
    assert "Fixed point" in esri().stdout


def test_a_missing_file_is_a_message():
    shown = esri(files=[*FILES[:2], "nowhere.csv"], code=1)
    assert "nowhere.csv" in shown.stderr
    assert "found no such file, expected a file of comma-separated values" in shown.stderr
    assert "Errno" not in shown.output


def test_a_folder_is_told_as_found(tmp_path):
    assert f"{tmp_path}: found a folder" in esri(files=[*FILES[:2], str(tmp_path)], code=1).stderr


def test_an_empty_file_is_a_message(tmp_path):
    empty = tmp_path / "empty.csv"
    empty.touch()
    assert "expected comma-separated values" in esri(files=[*FILES[:2], str(empty)], code=1).stderr


def test_files_in_the_wrong_order_are_told_shortly():
    told = esri(files=[FILES[0], FILES[1], FILES[0]], code=1).stderr
    assert "more problems" in told
    assert len(told.splitlines()) < 30


def test_an_eps_of_nothing_is_refused():
    assert "eps: found 0.0, expected a number > 0" in esri("--eps", "0", code=1).stderr


def test_names_of_firms_stay_as_they_are_written(tmp_path):
    (tmp_path / "links.csv").write_text("supplier,customer,weight\n007,1,2.5\n")
    (tmp_path / "firms.csv").write_text("firm,sector\n007,01\n1,01\n")
    (tmp_path / "classes.csv").write_text("sector,01\n01,2\n")
    files = [str(tmp_path / name) for name in ("links.csv", "firms.csv", "classes.csv")]
    assert esri("--format", "csv", files=files).stdout.splitlines()[1].startswith("007,1.0,1.0,1.0")


def test_names_stay_what_they_look_like(tmp_path):
    # NA is Namibia or a ticker, not a blank; 01 is a sector of NACE, not 1.
    texts = {
        "links.csv": "weight,supplier,customer\n2,NA,b\n",
        "firms.csv": "firm,sector\nNA,01\nb,02\n",
        "classes.csv": ",01,02\n01,2,2\n02,2,2\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    shown = esri("--format", "csv", files=[str(tmp_path / name) for name in texts])
    assert shown.stdout.splitlines()[1].startswith("NA,1")
