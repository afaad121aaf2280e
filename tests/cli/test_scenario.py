from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from supplychain_risk.cli.app import app

RUNNER = CliRunner()
FEW = ("--draws", "64", "--horizon", "364")


def run(*arguments: str, width: int = 80):
    return RUNNER.invoke(app, ["scenario", *arguments, *FEW], env={"COLUMNS": str(width)})


@pytest.fixture(scope="module")
def document():
    return json.loads(run("taiwan", "--format", "json").stdout)


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", ["taiwan", "taiwan-quake", "euv-outage", "hbm-shortage"])
def test_the_report_fits_and_says_what_it_is(name: str, width: int) -> None:
    shown = run(name, width=width)
    assert shown.exit_code == 0, shown.output
    assert max(map(len, shown.stdout.splitlines())) <= width
    text = " ".join(shown.stdout.split())
    assert "All numbers hold given that the event happens" in text
    assert "64 draws, seed 0, 52 weeks" in text
    for title in ("Products", "Companies", "Five assumptions", "What others say", "Data"):
        assert f"\n{title}" in shown.stdout


def test_names_stay_whole_in_a_narrow_terminal(document) -> None:
    tables = {section["title"].split(":")[0]: section["rows"] for section in document["sections"]}
    known = {row[key] for title, key in (("Products", "product"), ("Companies", "company")) for row in tables[title]}
    text = run("taiwan").stdout
    for title, legend in (("\nProducts", "\nlost: mean"), ("\nCompanies", "\nUSD bn: lost")):
        rows = text.split(title)[1].split(legend)[0].split("─\n")[1].split("\nLeft out")[0].splitlines()
        assert {row.split()[0] for row in rows} <= known


def test_parts_of_a_mixture_are_shown_with_weights_and_draws(document) -> None:
    rows = next(section["rows"] for section in document["sections"] if section["title"].startswith("By part"))
    assert sum(row["weight"] for row in rows) == pytest.approx(1)
    assert sum(row["draws"] for row in rows) == 64


def test_json_has_every_product_and_company_with_provenance(document) -> None:
    assert document["schema_version"] == 1
    assert {"seed", "data_digest", "scenario_digest", "version", "data_as_of"} <= document["provenance"].keys()
    tables = {section["title"].split(":")[0]: section["rows"] for section in document["sections"]}
    assert len(tables["Products"]) > 100
    assert len(tables["Companies"]) > 200


def test_an_unknown_market_value_is_null_and_a_bank_exactly_zero(document) -> None:
    rows = next(section["rows"] for section in document["sections"] if section["title"].startswith("Companies"))
    rows = {row["company"]: row for row in rows}
    assert rows["huawei"]["network_return"] is None
    assert rows["huawei"]["loss_usd_bn"] > 0
    assert rows["pnc"]["network_return"] == 0.0
    assert rows["pnc"]["total_return"] < 0.0


def test_csv_is_tidy() -> None:
    rows = list(csv.DictReader(io.StringIO(run("taiwan-quake", "--format", "csv").stdout)))
    assert set(rows[0]) == {"table", "id", "measure", "value"}
    assert {row["table"] for row in rows} == {"product", "company"}
    assert next(row for row in rows if row["id"] == "huawei" and row["measure"] == "network_return")["value"] == ""


def test_the_same_seed_prints_the_same_bytes() -> None:
    first, again, other = (run("taiwan-quake", "--seed", seed).stdout for seed in ("5", "5", "6"))
    assert first == again
    assert first != other


def test_tables_can_be_narrowed_by_ticker_and_product() -> None:
    shown = run("taiwan", "--company", "NVDA", "--company", "hon_hai", "--product", "cowos").stdout
    companies = shown.split("\nCompanies")[1].split("\nFirst two quarters")[0]
    assert "nvidia" in companies
    assert "hon_hai" in companies
    assert "tsmc" not in companies
    assert "ai_accelerator" not in shown.split("\nProducts")[1].split("\nCompanies")[0]


@pytest.mark.parametrize(
    ("arguments", "nearest"),
    [
        (["tiwan"], "taiwan"),
        (["taiwan", "--company", "nvidai"], "nvidia"),
        (["taiwan", "--product", "cowoss"], "cowos"),
    ],
)
def test_an_unknown_name_offers_the_nearest(arguments: list[str], nearest: str) -> None:
    shown = run(*arguments)
    assert shown.exit_code == 1
    assert nearest in shown.stderr
    assert shown.stdout == ""


def test_a_mistyped_option_is_a_usage_error() -> None:
    assert RUNNER.invoke(app, ["scenario", "taiwan", "--draws", "0"]).exit_code == 2
    assert RUNNER.invoke(app, ["scenario", "taiwan", "--format", "xml"]).exit_code == 2


def test_a_folder_gets_all_files_and_nothing_else(tmp_path: Path) -> None:
    shown = run("taiwan-quake", "--out", str(tmp_path / "new" / "result"))
    assert shown.exit_code == 0, shown.output
    names = {path.name for path in (tmp_path / "new" / "result").iterdir() if path.is_file()}
    assert names == {"scenario.json", "products.csv", "companies.csv", "manifest.json"}
    manifest = json.loads((tmp_path / "new" / "result" / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["sha256"]) == names - {"manifest.json"}


def test_a_folder_keeps_the_draws_and_refuses_those_of_another_run(tmp_path: Path) -> None:
    result = tmp_path / "result"
    assert run("taiwan-quake", "--seed", "5", "--out", str(result)).exit_code == 0
    before = {path.name: path.read_bytes() for path in result.rglob("*") if path.is_file()}
    assert any(name.startswith("block-") for name in before)
    assert run("taiwan-quake", "--seed", "5", "--out", str(result)).exit_code == 0
    assert {path.name: path.read_bytes() for path in result.rglob("*") if path.is_file()} == before
    shown = run("taiwan-quake", "--seed", "6", "--out", str(result))
    assert shown.exit_code == 1
    assert "seed: 5 there, 6 here" in shown.stderr


def test_a_file_in_the_way_is_told_before_the_run(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    shown = run("taiwan-quake", "--out", str(tmp_path / "taken"))
    assert shown.exit_code == 1
    assert shown.stderr.count("\n") == 1
    assert (tmp_path / "taken").read_text(encoding="utf-8") == "mine"


def test_a_folder_that_cannot_be_written_is_told_in_one_line() -> None:
    """Nobody can make a folder in /proc, root neither; where there is none, it would be in /, which is not ours."""
    shown = run("taiwan-quake", "--out", "/proc/result")
    assert shown.exit_code == 1
    assert shown.stderr.startswith("error: --out: cannot write into /proc/result: ")
    assert shown.stderr.count("\n") == 1
    assert not Path("/proc/result").exists()


def test_a_run_until_an_error_says_whether_it_was_reached() -> None:
    shown = run("taiwan-quake", "--until-se", "0.5", "--sampling", "sobol")
    assert "The wanted standard error of 50.000% was reached after 64 draws." in " ".join(shown.stdout.split())
    assert "64 draws (sobol), seed 0" in shown.stdout
    shown = run("taiwan-quake", "--until-se", "1e-9", "--until-se-of", "return")
    assert "Not reached" in shown.stdout


def test_the_convergence_table_is_shown_on_request() -> None:
    assert "Precision: lost output of hbm" in run("taiwan", "--convergence", "--until-se-of", "hbm").stdout
    assert "Precision" not in run("taiwan").stdout


def test_an_output_that_cannot_be_watched_is_named() -> None:
    for option in ("--until-se=0.1", "--convergence"):
        shown = run("taiwan", option, "--until-se-of", "hmb")
        assert shown.exit_code == 1
        assert "hbm" in shown.stderr
        assert shown.stdout == ""


def test_results_go_into_a_file_whose_ending_is_checked_first(tmp_path: Path) -> None:
    assert run("taiwan-quake", "--results", str(tmp_path / "all.json")).exit_code == 0
    assert json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))["kind"] == "simulation_results"
    shown = run("taiwan-quake", "--results", str(tmp_path / "all.xls"))
    assert shown.exit_code == 1
    assert ".parquet" in shown.stderr


def test_a_place_for_results_that_cannot_be_written_is_told_before_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("supplychain_risk.simulate", lambda *_, **__: pytest.fail("was run"))
    (tmp_path / "folder.json").mkdir()
    for place in (tmp_path / "none" / "all.json", tmp_path / "folder.json"):
        shown = run("taiwan-quake", "--results", str(place))
        assert shown.exit_code == 1
        assert str(place) in shown.stderr
        assert shown.stderr.count("\n") == 1


def test_results_may_go_into_the_folder_that_the_run_makes(tmp_path: Path) -> None:
    shown = run("taiwan-quake", "--out", str(tmp_path / "new"), "--results", str(tmp_path / "new" / "all.csv"))
    assert shown.exit_code == 0, shown.output
    assert (tmp_path / "new" / "all.csv").exists()


def test_forms_for_programs_are_narrowed_as_the_text_is() -> None:
    only = ("--product", "dram", "--company", "NVDA")
    rows = list(csv.DictReader(io.StringIO(run("taiwan-quake", *only, "--format", "csv").stdout)))
    assert {(row["table"], row["id"]) for row in rows} == {("product", "dram"), ("company", "nvidia")}
    sections = json.loads(run("taiwan-quake", *only, "--format", "json").stdout)["sections"]
    named = {
        row[key] for section in sections for row in section["rows"] for key in ("product", "company") if key in row
    }
    assert named == {"dram", "nvidia"}


def test_companies_outside_the_network_are_not_counted_as_unreached() -> None:
    words = " ".join(run("taiwan").stdout.split())
    outside = int(words.split(" companies outside it.")[0].split()[-1])
    assert f" in the network are not reached and {outside} are outside it" in words
    with_revenue = int(words.split(" with known revenue")[0].split()[-1])
    named = int(words.split(" companies in the network:")[0].split()[-1])
    assert f"{named - with_revenue} in it have no known revenue" in words


@pytest.mark.parametrize(("draws", "warned"), [("100", True), ("64", False)])
def test_an_unbalanced_number_of_sobol_draws_is_warned_of(draws: str, warned: bool) -> None:  # noqa: FBT001
    arguments = ["scenario", "euv-outage", "--sampling", "sobol", "--draws", draws, "--horizon", "91"]
    text = " ".join(RUNNER.invoke(app, arguments, env={"COLUMNS": "80"}).stdout.split())
    assert ("Warning: Sobol points are most even at 16 x 2^m draws, which 100 is not." in text) == warned
    assert f"{draws} draws (sobol)" in text
