"""Firm networks from tables: every problem of the tables at once, then the arrays of the static cascade."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from supplychain_risk.errors import InputError
from supplychain_risk.kernels.cascade_numpy import Links, Shocks, Web, make_web
from supplychain_risk.kernels.chain import Floats, Ints
from supplychain_risk.network import checks
from supplychain_risk.network.checks import Column
from supplychain_risk.propagation import firm_checks

NEGLIGIBLE, _, ESSENTIAL = firm_checks.CLASSES


class FirmShocks(NamedTuple):
    """Shocks and the labels of their scenarios."""

    shocks: Shocks
    scenarios: pd.Index


class Importance(NamedTuple):
    """(E,) sector of the supplier, as a number, and class of its product for the customer."""

    sector: Ints
    kind: Ints


def firm_web(links: pd.DataFrame, firms: pd.DataFrame, essentiality: pd.DataFrame) -> Web:
    """Check the tables of `esri` and sort them into a web; firms keep the order of their table.

    Raises
    ------
    InputError : something that is no table, or no firm has weight in the index.
    DataError : what is wrong with the tables.
    """
    firm_checks.check_tables(links, firms, essentiality)
    traded, position = links[links["weight"] > 0], pd.Index(firms["firm"])
    supplier = position.get_indexer(pd.Index(traded["supplier"])).astype(np.int64)
    customer = position.get_indexer(pd.Index(traded["customer"])).astype(np.int64)
    order = np.lexsort((customer, supplier))  # sums do not depend on the order of rows, to the bit
    supplier, customer = supplier[order], customer[order]
    value = traded["weight"].to_numpy(dtype=np.float64)[order]
    sales, purchases = (np.bincount(i, value, len(firms)).astype(np.float64) for i in (supplier, customer))
    firm_checks.raise_all([*firm_checks.sold_and_bought(firms, sales, purchases)])
    weight: Floats = firms["h_weight"].to_numpy(dtype=np.float64) if "h_weight" in firms else sales
    if not weight.sum() > 0:
        raise InputError("firms: found no sales in the network to weight firms by, expected a column h_weight then")
    revenue = firms["revenue"].to_numpy(dtype=np.float64) if "revenue" in firms else sales
    outside = revenue > sales * (1 + firm_checks.TOLERANCE)
    warn_if_closed(supplier, customer, outside, firms["firm"], remedy="in a column revenue of firms")
    group, share = _input_shares(customer, value, _importance(supplier, customer, firms, essentiality))
    if "costs" in firms:
        costs = firms["costs"].to_numpy(dtype=np.float64)
        share *= np.divide(purchases, costs, out=np.ones(len(firms)), where=costs > 0)[customer]
    up_share = value / revenue[supplier]
    return make_web(Links(supplier, customer, group, share, up_share), _markets(firms), size=sales, weight=weight)


def firm_shocks(losses: pd.DataFrame | None, losses_up: pd.DataFrame | None, firms: pd.Series[str]) -> FirmShocks:
    """Who loses what in which scenario: as the tables say, or every firm wholly, one after the other.

    Raises
    ------
    InputError : upstream losses alone, or something that is no table.
    DataError : what is wrong with the tables.
    """
    if losses is None:
        if losses_up is not None:
            raise InputError("losses_up: found without losses, expected both, or none for one firm at a time")
        each, whole = np.arange(len(firms) + 1), np.ones(len(firms))
        return FirmShocks(Shocks(each, each[:-1], whole, whole), pd.Index(firms, name="scenario"))
    down = _checked_losses("losses", losses, firms)
    up = down if losses_up is None else _checked_losses("losses_up", losses_up, firms)
    both = pd.concat([down.assign(up=0.0), up.rename(columns={"loss": "up"}).assign(loss=0.0)])
    number, names = pd.factorize(both["scenario"])
    firm = pd.Index(firms).get_indexer(pd.Index(both["firm"])).astype(np.int64)
    entry, place = np.unique(number * len(firms) + firm, return_inverse=True)
    start = np.searchsorted(entry // len(firms), np.arange(len(names) + 1))
    lost, lost_up = (
        np.bincount(place, both[column].to_numpy(dtype=np.float64), len(entry)).astype(np.float64)
        for column in ("loss", "up")
    )
    shocks = Shocks(start.astype(np.int64), (entry % len(firms)).astype(np.int64), lost, lost_up)
    return FirmShocks(shocks, pd.Index(names, name="scenario"))


def _checked_losses(name: str, table: pd.DataFrame, firms: pd.Series[str]) -> pd.DataFrame:
    firm_checks.check_table(name, table)
    firm_checks.raise_all([*checks.missing_columns(name, table, firm_checks.LOSS_COLUMNS)])
    columns = list(firm_checks.LOSS_COLUMNS)
    firm_checks.raise_all(
        [
            *firm_checks.blanks(name, table, columns[:2]),
            *checks.bad_numbers(name, table, [Column("loss", 0, 1)]),
            *firm_checks.strangers(name, table["firm"], firms, field="firm"),
            *firm_checks.repeated(name, table["firm"].astype(str) + " in " + table["scenario"].astype(str)),
        ]
    )
    return table[columns]


def _importance(supplier: Ints, customer: Ints, firms: pd.DataFrame, essentiality: pd.DataFrame) -> Importance:
    """Sector of each link's supplier, as a row of the table, and class of the input for its customer."""
    sector = pd.Index(firms["sector"].astype(str))
    row = pd.Index(essentiality.index.astype(str)).get_indexer(sector)[supplier]
    column = pd.Index(essentiality.columns.astype(str)).get_indexer(sector)[customer]
    return Importance(row.astype(np.int64), essentiality.to_numpy(dtype=np.int64)[row, column])


def _input_shares(customer: Ints, value: Floats, importance: Importance) -> tuple[Ints, Floats]:
    """Per link its group (the sector if essential, -1 if not) and the share of the customer's output on it."""
    group = np.where(importance.kind == ESSENTIAL, importance.sector, -1)
    bought = np.bincount(customer, value, minlength=int(customer.max(initial=-1)) + 1)
    sectors = int(importance.sector.max(initial=-1)) + 1
    _, place = np.unique(customer * sectors + importance.sector, return_inverse=True)
    of_sector = np.bincount(place, value)[place]
    share = value / np.where(importance.kind == ESSENTIAL, of_sector, bought[customer])
    return group, np.where(importance.kind == NEGLIGIBLE, 0.0, share)


def _markets(firms: pd.DataFrame) -> Ints:
    """Rivals by number; -1 where the market is blank."""
    if "market" not in firms:
        return np.full(len(firms), -1, dtype=np.int64)
    return pd.factorize(firms["market"])[0].astype(np.int64)


def warn_if_closed(
    supplier: Ints,
    customer: Ints,
    sells_outside: NDArray[np.bool_],
    names: Sequence[str] | pd.Series[str],
    *,
    remedy: str,
) -> None:
    """Find groups of firms that sell to each other only; `remedy` says where sales outside are given.

    The spectral radius of a non-negative matrix is the largest of its strongly connected parts'; a part whose rows
    sum to at most 1 has radius 1 exactly if all of them sum to 1, that is if no member sells anything outside.
    """
    n = len(names)
    graph = sparse.csr_array((np.ones(len(supplier)), (supplier, customer)), shape=(n, n))
    parts, part = connected_components(graph, directed=True, connection="strong")
    closed = np.bincount(part, minlength=parts) > 1
    closed[part[sells_outside]] = False
    closed[part[supplier][part[supplier] != part[customer]]] = False
    inside = np.flatnonzero(closed[part])
    if len(inside):
        first = np.asarray(names, dtype=object)[inside[:5]]
        some = ", ".join(map(str, first)) + (", ..." if len(inside) > 5 else "")
        warnings.warn(
            f"no final demand: {len(inside)} firms sell to each other only ({some}), so the upstream matrix has "
            "spectral radius 1. A loss of orders goes round among them undiminished: at the fixed point all of them "
            "have lost everything, and so has whoever lives on their orders. Give sales outside the network "
            f"{remedy}, or read esri_down alone",
            UserWarning,
            stacklevel=4,
        )
