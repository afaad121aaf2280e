"""What the tables of `esri` must keep, and every breach of it as a `Problem`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from supplychain_risk.errors import DataError, InputError, Problem, nearest_names
from supplychain_risk.kernels.chain import Floats
from supplychain_risk.network import checks
from supplychain_risk.network.checks import Column

CLASSES = (0, 1, 2)
"""Importance of an input: negligible, non-essential, essential."""

LINK_COLUMNS = ("supplier", "customer", "weight")
FIRM_COLUMNS = ("firm", "sector")
FIRM_NUMBERS = tuple(Column(name, 0) for name in ("revenue", "costs", "h_weight"))
LOSS_COLUMNS = ("firm", "scenario", "loss")
LISTED = 20
"""Problems that a message spells out: a table in the wrong place has one in every cell."""
TOLERANCE = 1e-9
"""Share of a firm's sales or purchases that rounding in a table may take."""


def check_tables(links: pd.DataFrame, firms: pd.DataFrame, essentiality: pd.DataFrame) -> None:
    """Columns first, then cells, then records: a later rule relies on the earlier ones.

    Raises
    ------
    InputError : something that is no table.
    DataError : all breaches of the first rule that is broken.
    """
    for name, table in {"links": links, "firms": firms, "essentiality": essentiality}.items():
        check_table(name, table)
    raise_all(
        [
            *checks.no_rows("firms", firms),
            *checks.missing_columns("links", links, LINK_COLUMNS),
            *checks.missing_columns("firms", firms, FIRM_COLUMNS),
        ]
    )
    raise_all(
        [
            *blanks("firms", firms, FIRM_COLUMNS),
            *blanks("links", links, LINK_COLUMNS[:2]),
            *checks.bad_numbers("links", links, [Column("weight", 0)]),
            *checks.bad_numbers("firms", firms, FIRM_NUMBERS),
            *_bad_classes(essentiality),
        ]
    )
    raise_all([*_bad_records(links, firms), *_missing_pairs(links, firms, essentiality)])


def check_table(name: str, table: object) -> None:
    """Refuse what is no table."""
    if not isinstance(table, pd.DataFrame):
        raise InputError(f"{name}: found a {type(table).__name__}, expected a pandas DataFrame")


def raise_all(problems: list[Problem]) -> None:
    """Tell all problems at once, if there are any; of very many the first, and how many more there are."""
    if len(problems) > LISTED:
        rest = f"{len(problems) - LISTED} more problems"
        problems = [*problems[:LISTED], Problem(problems[LISTED].file, "", "", rest, "none")]
    if problems:
        raise DataError(problems)


def blanks(table: str, frame: pd.DataFrame, columns: Iterable[str]) -> Iterator[Problem]:
    """Labels that are missing."""
    for column in columns:
        for row in np.flatnonzero(frame[column].isna()):
            yield Problem(table, f"row {row + 1}", column, "nothing", "a label")


def strangers(table: str, names: pd.Series[str], known: pd.Series[str], *, field: str) -> Iterator[Problem]:
    """Firms that the table of firms does not list."""
    for row in np.flatnonzero(~names.isin(known)):
        name = str(names.iloc[row])
        nearest = nearest_names(name, known.astype(str))
        yield Problem(table, f"row {row + 1}", field, f"'{name}'", "a firm of the table of firms", nearest)


def repeated(table: str, keys: pd.Series[str]) -> Iterator[Problem]:
    """The same record twice."""
    for row in np.flatnonzero(keys.duplicated()):
        yield Problem(table, f"row {row + 1}", "", f"{keys.iloc[row]} again", "one row only: add them up")


def sold_and_bought(firms: pd.DataFrame, sales: Floats, purchases: Floats) -> Iterator[Problem]:
    """Revenue below sales in the network, costs below purchases in it."""
    for column, least, what in (("revenue", sales, "sales"), ("costs", purchases, "purchases")):
        if column not in firms:
            continue
        values = firms[column].to_numpy(dtype=np.float64)
        for row in np.flatnonzero(values < least * (1 - TOLERANCE)):
            expected = f"at least the firm's {what} in the network, {least[row]:.6g}"
            yield Problem("firms", f"row {row + 1}", column, f"{values[row]:.6g}", expected)


def _bad_classes(essentiality: pd.DataFrame) -> Iterator[Problem]:
    for axis, labels in (("row", essentiality.index.astype(str)), ("column", essentiality.columns.astype(str))):
        for label in labels[labels.duplicated()]:
            yield Problem("essentiality", f"{axis} {label}", "", "a second one", "one row and one column a sector")
    for buyer, column in zip(essentiality.columns, essentiality.to_numpy(dtype=object).T, strict=True):
        for seller, cell in zip(essentiality.index, column, strict=True):
            if cell not in CLASSES:
                where = f"row {seller}, column {buyer}"
                yield Problem("essentiality", where, "", str(cell), "0 negligible, 1 non-essential or 2 essential")


def _bad_records(links: pd.DataFrame, firms: pd.DataFrame) -> Iterator[Problem]:
    yield from repeated("firms", firms["firm"])
    yield from strangers("links", links["supplier"], firms["firm"], field="supplier")
    yield from strangers("links", links["customer"], firms["firm"], field="customer")
    for row in np.flatnonzero(links["supplier"] == links["customer"]):
        found = f"{links['supplier'].iloc[row]} selling to itself"
        yield Problem("links", f"row {row + 1}", "customer", found, "another firm")
    pairs = links[["supplier", "customer"]]
    if pairs.duplicated().any():
        yield from repeated("links", pairs["supplier"].astype(str) + " -> " + pairs["customer"].astype(str))


def _missing_pairs(links: pd.DataFrame, firms: pd.DataFrame, essentiality: pd.DataFrame) -> Iterator[Problem]:
    """Pairs of sectors that trade and have no class."""
    sector = dict(zip(firms["firm"], firms["sector"].astype(str), strict=True))
    for axis, side, labels in (
        ("row", "supplier", essentiality.index),
        ("column", "customer", essentiality.columns),
    ):
        trading = links[side].map(sector).dropna().unique()
        known = [str(label) for label in labels]
        for name in sorted(set(trading) - set(known)):
            problem = f"no {axis} for sector '{name}', which {'sells' if axis == 'row' else 'buys'}"
            yield Problem("essentiality", axis, name, problem, f"a {axis} for it", nearest_names(name, known))
