"""Samples from CSV files: read as they stand, refused with what was expected."""

from __future__ import annotations

import pytest
from pydantic_core import PydanticCustomError

from supplychain_risk.scenarios.samples import MAX_BYTES, read_sample

TABLE = b"\xef\xbb\xbfyear, days,loss\n2011,90,1\n2021,7,2\n\n2022,10.5,3\n"


def test_a_column_is_read_rising_and_blank_lines_do_not_count():
    assert read_sample("outages.csv", TABLE, "days") == (7.0, 10.5, 90.0)


@pytest.mark.parametrize(
    ("raw", "column", "expected"),
    [
        (TABLE, "", "a column of outages.csv: year, days, loss"),
        (TABLE, "day", "nearest: days"),
        (b"days\n", "", "at least one value"),
        (b"", "", "at least one value"),
        (b"days\n7\nlong\n", "", "a finite number in row 3 of outages.csv, where 'long' stands"),
        (b"days\nnan\n", "", "a finite number"),
        (b"days\n1e999\n", "", "a finite number"),
        (b"year,days\n2011\n", "days", "where '' stands"),
        (b"\xff\xfe", "", "CSV in UTF-8"),
        (b'days\n"7\n', "", "CSV in UTF-8"),
        (b"x" * (MAX_BYTES + 1), "", "at most 5,000,000 bytes"),
    ],
)
def test_a_sample_that_cannot_be_used_says_what_was_expected(raw, column, expected):
    with pytest.raises(PydanticCustomError, match=expected):
        read_sample("outages.csv", raw, column)
