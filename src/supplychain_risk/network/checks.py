"""Rules that a user's tables must keep, one function per rule; every breach is a `Problem`.

Rows are counted from 1, without the header, as a spreadsheet shows them.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from supplychain_risk.errors import Problem, nearest_names


class Column(NamedTuple):
    """A numeric column: its legal range, and the value of rows (or tables) that leave it out, None = required."""

    name: str
    lowest: float
    highest: float = np.inf
    default: float | None = None
    endless: bool = False
    """Whether infinity is a value ("never")."""


def missing_columns(table: str, frame: pd.DataFrame, wanted: Iterable[str]) -> Iterator[Problem]:
    """Columns that the table must have and has not."""
    known = [str(column) for column in frame.columns]
    for column in wanted:
        if column not in known:
            yield Problem(table, "header", column, "no such column", "a column", nearest_names(column, known))


def no_rows(table: str, frame: pd.DataFrame) -> Iterator[Problem]:
    """A table that must not be empty is."""
    if frame.empty:
        yield Problem(table, "table", "", "no rows", "at least one row")


def bad_names(table: str, frame: pd.DataFrame, columns: Sequence[str]) -> Iterator[Problem]:
    """Names that are missing, no text, or carry characters that cannot be printed or that ids reserve."""
    for column in columns:
        for row, name in enumerate(frame[column], start=1):
            if not isinstance(name, str) or not name.strip() or not name.isprintable() or ":" in name:
                yield Problem(table, f"row {row}", column, repr(name), "printable text without ':'")


def bad_numbers(table: str, frame: pd.DataFrame, columns: Iterable[Column]) -> Iterator[Problem]:
    """Cells that are no number, not finite, or outside the column's range."""
    for column in columns:
        if column.name not in frame.columns:
            continue
        for row, cell in enumerate(frame[column.name], start=1):
            value = _number(cell)
            legal = np.isfinite(value) or (column.endless and value == np.inf)
            if not (legal and column.lowest <= value <= column.highest):
                ceiling = "" if np.isinf(column.highest) else f" and at most {column.highest:g}"
                expected = f"a number of at least {column.lowest:g}{ceiling}"
                yield Problem(table, f"row {row}", column.name, repr(cell), expected)


def _number(cell: object) -> float:
    try:
        return float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return float("nan")


def duplicates(table: str, keys: pd.Series[str]) -> Iterator[Problem]:
    """The same record twice."""
    first: dict[str, int] = {}
    for row, key in enumerate(keys, start=1):
        if key in first:
            yield Problem(table, f"row {row}", "", f"{key} again", f"one row only (the first is row {first[key]})")
        first.setdefault(key, row)


def unknown_names(
    table: str, names: pd.Series[str], known: Iterable[str], *, field: str, kind: str
) -> Iterator[Problem]:
    """Names that no record defines."""
    defined = sorted(set(known))
    present = set(defined)
    for row, name in enumerate(names, start=1):
        if name not in present:
            yield Problem(table, f"row {row}", field, f"'{name}'", f"a known {kind}", nearest_names(name, defined))


def bad_sums(table: str, totals: Mapping[str, float], *, exactly: bool) -> Iterator[Problem]:
    """Shares of one whole that add up to more than 1 (or, `exactly`, to anything else)."""
    for name, total in totals.items():
        if total > 1 + 1e-6 or (exactly and total < 1 - 1e-6):
            yield Problem(table, name, "share", f"a sum of {total:.6g}", "a sum of 1" if exactly else "at most 1")


def zero_buffer_cycles(
    activities: Sequence[str], links: pd.DataFrame, buffer_days: pd.Series[float]
) -> Iterator[Problem]:
    """Activities that wait for each other with no stock in between: none of them could ever start.

    `links` has integer columns supplier and customer (positions in `activities`), `buffer_days` the stock of
    the customer's slot that each row belongs to; rows that are no flow must be left out.
    """
    bare = links[buffer_days.to_numpy() == 0]
    n = len(activities)
    graph = sparse.csr_array((np.ones(len(bare)), (bare["supplier"], bare["customer"])), shape=(n, n))
    _, group = connected_components(graph, directed=True, connection="strong")
    looped = set(group[bare.loc[bare["supplier"] == bare["customer"], "supplier"]])
    sizes = np.bincount(group, minlength=1)
    for number in np.flatnonzero((sizes > 1) | np.isin(np.arange(len(sizes)), list(looped))):
        names = [activities[i] for i in np.flatnonzero(group == number)[:5]]
        found = f"a cycle of zero buffers: {' -> '.join([*names, names[0]])}"
        yield Problem("requirements", names[0], "buffer_days", found, "stock at one point of the cycle at least")


def warn_of_losses(
    activities: Sequence[str], used_up: NDArray[np.float64], output: NDArray[np.float64], *, unit: str
) -> None:
    """Warn of activities whose flow inputs `used_up` cost more than their `output`, both (A,), the worst first."""
    over = np.flatnonzero(used_up > output * (1 + 1e-9))
    worst = over[np.argsort(-(used_up / output)[over], kind="stable")]
    if not worst.size:
        return
    named = "; ".join(f"{activities[i]} buys {used_up[i]:.6g} and sells {output[i]:.6g}" for i in worst[:5])
    more = f"; and {worst.size - 5} more" if worst.size > 5 else ""
    warnings.warn(
        f"flow inputs cost more than the output they go into ({unit or 'value'} a year): {named}{more}. Expected less, "
        "unless the activity sells below cost: compare the units of links and final sales",
        stacklevel=4,
    )
