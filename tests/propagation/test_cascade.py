"""The systemic risk index against published programs, closed forms and its own invariants."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import supplychain_risk as scr

ROOT = Path(__file__).parents[2]
OWN = ROOT / "tests" / "data" / "esri"
SHARED = next((p for p in (ROOT.parent / "shared", ROOT.parents[1] / "shared") if p.is_dir()), OWN) / "cases" / "esri"
FOLDERS = {path.name: path for place in (SHARED, OWN) if place.is_dir() for path in place.iterdir() if path.is_dir()}
RUNS = [(name, file.name) for name, path in sorted(FOLDERS.items()) for file in sorted(path.glob("esri_*_eps*.csv"))]
closed = pytest.mark.filterwarnings("ignore:no final demand:UserWarning")


def tables(folder):
    return (
        pd.read_csv(folder / "edges.csv"),
        pd.read_csv(folder / "firms.csv"),
        pd.read_csv(folder / "essential.csv", index_col=0),
    )


def shocks(folder):
    given = {"losses": folder / "psi.csv", "losses_up": folder / "psi_up.csv"}
    return {name: pd.read_csv(path) for name, path in given.items() if path.exists()}


@closed
@pytest.mark.parametrize(("name", "file"), RUNS)
def test_equal_to_published_programs_in_as_many_iterations(name, file):
    # GLcascade / fastcascade 0.9.3.1 (R and C++); see the README of the cases.
    folder, eps = FOLDERS[name], float(re.search(r"eps(.*)\.csv", file).group(1))
    expected = pd.read_csv(folder / file).set_index("scenario")
    most = int(expected["iterations"].max()) + 1
    run = scr.esri(
        *tables(folder), **shocks(folder), mode="literature", eps=eps, max_iterations=most, keep_losses=True
    )
    columns = ["esri", "esri_down", "esri_up"]
    np.testing.assert_allclose(run.table[columns], expected[columns], rtol=0, atol=1e-12)
    assert run.table["iterations"].tolist() == expected["iterations"].tolist()
    assert run.table["converged"].all()
    for side, loss in (("down", run.loss_down), ("up", run.loss_up)):
        path = folder / file.replace("esri_", f"loss_{side}_")
        if path.exists():
            np.testing.assert_allclose(loss.T, pd.read_csv(path, index_col=0), rtol=0, atol=1e-12)
