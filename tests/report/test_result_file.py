"""All results in one file, in three forms that say the same."""

from __future__ import annotations

import json
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest

import supplychain_risk as scr
from supplychain_risk.errors import InputError, OutputError
from supplychain_risk.report import result_file


@pytest.fixture(scope="module")
def run():
    network = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    return scr.simulate(network, "taiwan-quake", n_draws=20, horizon_days=182, seed=1)


def test_json_holds_every_row_with_schema_and_provenance(run, tmp_path):
    scr.write_results(run, tmp_path / "quake.json")
    document = json.loads((tmp_path / "quake.json").read_text(encoding="utf-8"))
    table = scr.result_table(run)
    assert document["schema_version"] == 1
    assert document["provenance"]["data_digest"] == run.network.digest
    assert len(document["rows"]) == len(table)
    never = next(k for k, value in enumerate(table["value"]) if np.isinf(value))
    assert document["rows"][never]["value"] is None


def test_csv_reads_back_as_the_table(run, tmp_path):
    scr.write_results(run, tmp_path / "quake.csv")
    read = pd.read_csv(tmp_path / "quake.csv")
    table = scr.result_table(run)
    assert read["id"].tolist() == table["id"].tolist()
    np.testing.assert_allclose(read["value"], table["value"])


@pytest.mark.skipif(find_spec("pyarrow") is None, reason="needs the extra io")
def test_parquet_reads_back_with_infinity_and_provenance(run, tmp_path):
    from pyarrow import parquet

    scr.write_results(run, tmp_path / "quake.parquet")
    read = parquet.read_table(tmp_path / "quake.parquet")
    np.testing.assert_array_equal(read["value"].to_numpy(), scr.result_table(run)["value"])
    origin = json.loads(read.schema.metadata[b"supplychain_risk"])
    assert origin["provenance"]["seed"] == 1


def test_without_pyarrow_the_message_says_what_to_install(run, tmp_path, monkeypatch):
    monkeypatch.setattr(result_file, "find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"supplychain_risk\[io\]"):
        scr.write_results(run, tmp_path / "quake.parquet")


def test_another_ending_is_refused(run, tmp_path):
    with pytest.raises(InputError, match="parquet"):
        scr.write_results(run, tmp_path / "quake.xlsx")


def test_a_file_that_cannot_be_written_leaves_nothing_behind(run, tmp_path):
    with pytest.raises(OutputError):
        scr.write_results(run, tmp_path / "missing" / "quake.json")
    (tmp_path / "taken.json").mkdir()
    with pytest.raises(OutputError):
        scr.write_results(run, tmp_path / "taken.json")
    assert [path.name for path in tmp_path.iterdir()] == ["taken.json"]
