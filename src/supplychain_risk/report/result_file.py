"""All results of a run in one file: JSON, CSV or Parquet, every number with its standard error and its provenance.

The rows are those of `result_table`. In JSON and CSV an infinite number of days (never) is null or "inf"; Parquet has
infinity itself, and the provenance as JSON in the metadata of the file under "supplychain_risk".
"""

from __future__ import annotations

import json
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from supplychain_risk.errors import InputError, OutputError
from supplychain_risk.report.export import to_csv
from supplychain_risk.report.tables import SCHEMA_VERSION, to_json
from supplychain_risk.simulation.summary import result_table

if TYPE_CHECKING:
    import os

    import pandas as pd

    from supplychain_risk.simulation.result import Simulation

FORMS = (".csv", ".json", ".parquet")
KIND = "simulation_results"


def write_results(run: Simulation, path: str | os.PathLike[str]) -> None:
    """Write all results of a run into a file; its ending says the form: .json, .csv or .parquet.

    The file is written beside its place and then moved there.

    Parameters
    ----------
    run : a simulation.
    path : where to; Parquet needs the extra `io` (pyarrow).

    Raises
    ------
    InputError : another ending, or pyarrow is missing.
    OutputError : the file cannot be written.

    Examples
    --------
    >>> import json, tempfile
    >>> import supplychain_risk as scr
    >>> net = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    >>> run = scr.simulate(net, "taiwan-quake", n_draws=4, horizon_days=91, seed=7)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     scr.write_results(run, f"{folder}/quake.json")
    ...     document = json.loads(Path(f"{folder}/quake.json").read_text(encoding="utf-8"))
    >>> document["kind"], document["provenance"]["n_draws"]
    ('simulation_results', 4)
    """
    place = Path(path)
    check_form(place)
    rows = result_table(run)
    partial = place.with_name(f".{place.name}.part")
    try:
        if place.suffix == ".parquet":
            _write_parquet(rows, run, partial)
        else:
            partial.write_text(_text(rows, run, place.suffix) + "\n", encoding="utf-8")
        partial.replace(place)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise OutputError(f"{place}: cannot be written: {error.strerror or error}") from error


def check_form(path: Path) -> None:
    """Refuse a file that could not be written later, before anything is simulated.

    Raises
    ------
    InputError : its ending is none of .csv, .json and .parquet, or pyarrow is missing.
    """
    if path.suffix not in FORMS:
        raise InputError(f"{path}: found a file ending in '{path.suffix}', expected {', '.join(FORMS)}")
    if path.suffix == ".parquet" and find_spec("pyarrow") is None:
        raise InputError(f"{path}: Parquet needs the package pyarrow: pip install 'supplychain_risk[io]'")


def check_place(path: Path) -> None:
    """Refuse a place that could not be written later, before anything is simulated.

    Raises
    ------
    OutputError : it is a folder, or its folder is missing or may not be written.
    """
    if path.is_dir():
        raise OutputError(f"{path}: found a folder, expected a file or a new name")
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            return
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from error


def _text(rows: pd.DataFrame, run: Simulation, suffix: str) -> str:
    if suffix == ".csv":
        return to_csv(rows)
    head = {"schema_version": SCHEMA_VERSION, "kind": KIND, "name": run.scenario.name, "provenance": run.provenance}
    return to_json({**head, "null_value": "infinite: never", "rows": rows.to_dict("records")})


def _write_parquet(rows: pd.DataFrame, run: Simulation, path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    origin = {"schema_version": SCHEMA_VERSION, "kind": KIND, "provenance": run.provenance}
    table = pa.Table.from_pandas(rows, preserve_index=False)
    metadata = {**(table.schema.metadata or {}), b"supplychain_risk": json.dumps(origin).encode()}
    parquet.write_table(table.replace_schema_metadata(metadata), path)
