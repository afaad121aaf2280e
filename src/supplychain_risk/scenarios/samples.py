"""Samples of empirical distributions: one column of a CSV file with a head line, every value a finite number."""

from __future__ import annotations

import csv
from math import isfinite

from supplychain_risk.dataset.facts import unreadable
from supplychain_risk.errors import nearest_names

MAX_BYTES = 5_000_000


def read_sample(file: str, raw: bytes, column: str = "") -> tuple[float, ...]:
    r"""Values of a column, rising.

    Parameters
    ----------
    file : its name, for messages.
    raw : its bytes, UTF-8.
    column : name in the head line; "" where there is only one.

    Raises
    ------
    PydanticCustomError : no such column, or a value that is no number; told with the line.

    Examples
    --------
    >>> read_sample("outages.csv", b"days\n7\n2.5\n")
    (2.5, 7.0)
    """
    if len(raw) > MAX_BYTES:
        raise unreadable(f"at most {MAX_BYTES:,} bytes in {file}")
    try:
        rows = [row for row in csv.reader(raw.decode("utf-8-sig").splitlines(), strict=True) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise unreadable(f"{file} to be CSV in UTF-8 ({error})") from None
    if len(rows) < 2:
        raise unreadable(f"a head line and at least one value in {file}")
    place = _column(file, [name.strip() for name in rows[0]], column)
    return tuple(sorted(_number(file, line, row, place) for line, row in enumerate(rows[1:], start=2)))


def _column(file: str, names: list[str], column: str) -> int:
    if not column and len(names) == 1:
        return 0
    if column not in names:
        nearest = nearest_names(column, names)
        hint = f"; nearest: {', '.join(nearest)}" if nearest else ""
        raise unreadable(f"a column of {file}: {', '.join(names)}{hint}")
    return names.index(column)


def _number(file: str, line: int, row: list[str], place: int) -> float:
    text = row[place] if place < len(row) else ""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise unreadable(f"a finite number in row {line} of {file}, where '{text}' stands")
    return value
