"""Every index of one's own share vectors, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import supplychain_risk as scr
from supplychain_risk.concentration.indices import INDICES
from supplychain_risk.errors import InputError

NAN = float("nan")


def test_all_indices_come_in_rows_and_keep_the_index():
    table = scr.share_indices(pd.DataFrame([[0.5, 0.3, 0.2], [1.0, 0.0, 0.0]], index=["hbm", "euv"]))
    assert table.index.tolist() == ["hbm", "euv"]
    assert table.columns.tolist() == list(INDICES)
    assert table.loc["euv", "theil"] == pytest.approx(np.log(3))  # a monopoly among three


def test_rows_of_different_length_equal_each_by_itself():
    together = scr.share_indices([[0.6, 0.4, NAN], [0.5, 0.3, 0.2]])
    assert together.iloc[0].tolist() == pytest.approx(scr.share_indices([0.6, 0.4]).iloc[0].tolist())


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ([0.5, 0.3], "found a sum of 0.8 in row 0, expected shares that sum to 1"),
        ([50, 30, 20], "found a sum of 100 in row 0"),
        ([[0.5, 0.5], [1.2, -0.2]], "found a share of -0.2 in row 1, expected shares of at least 0"),
        ([0.5, NAN, 0.5], "found NaN before a share in row 0"),
        ([NAN, NAN], "found no share at all in row 0"),
        ([[0.5, 0.5], [0.5, float("inf")]], "found infinity in row 1"),
        ([], "expected at least one share"),
        ([[[1.0]]], r"found an array of shape \(1, 1, 1\)"),
        (["much", "little"], "no array of numbers"),
        ([[0.5, 0.5], [1.0]], "no array of numbers"),
    ],
)
def test_bad_shares_are_refused_with_one_message(shares, message):
    with pytest.raises(InputError, match=message):
        scr.share_indices(shares)


def test_the_input_is_left_alone():
    given = np.array([[0.6, 0.4, NAN]])
    scr.share_indices(given)
    assert np.isnan(given[0, 2])
