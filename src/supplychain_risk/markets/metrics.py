"""What can be read off a run draw by draw: the measures by which runs are compared and their precision is judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from supplychain_risk.errors import UnknownNameError
from supplychain_risk.markets.equities import equity_returns
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.simulation.result import Simulation

Floats = NDArray[np.float64]

RETURN: Final = "return"
"""Name under which the return of all companies together is watched."""


@dataclass(frozen=True)
class Metric:
    """A measure with one value a draw and row.

    Attributes
    ----------
    name, what, unit : what it is.
    rows : what a row is, product or company.
    values : run -> labels (N,) and values (D, N).
    """

    name: str
    what: str
    unit: str
    rows: str
    values: Callable[[Simulation], tuple[pd.Index[str], Floats]]


def _lost_by_product(run: Simulation) -> tuple[pd.Index[str], Floats]:
    return run.lost_days("product")


def _lost_by_company(run: Simulation) -> tuple[pd.Index[str], Floats]:
    return run.lost_days("company")


def _cash_flow(run: Simulation) -> tuple[pd.Index[str], Floats]:
    returns = equity_returns(run)
    return returns.accounts.table.index, 0.0 - returns.present_value


def _network_return(run: Simulation) -> tuple[pd.Index[str], Floats]:
    return _valued(run, with_market=False)


def _total_return(run: Simulation) -> tuple[pd.Index[str], Floats]:
    return _valued(run, with_market=True)


def _valued(run: Simulation, *, with_market: bool) -> tuple[pd.Index[str], Floats]:
    """Returns of companies with a market value."""
    returns = equity_returns(run)
    known = returns.accounts.table["market_cap_usd_bn"].notna().to_numpy()
    return returns.accounts.table.index[known], returns.total(with_market=with_market)[:, known]


METRICS: Final[Mapping[str, Metric]] = MappingProxyType(
    {
        metric.name: metric
        for metric in (
            Metric("output_loss", "lost output", "days of normal output", "product", _lost_by_product),
            Metric("company_output_loss", "lost output", "days of normal output", "company", _lost_by_company),
            Metric("unmet_demand", "final demand not met in its week", "USD bn", "product", Simulation.unmet_by_draw),
            Metric("cash_flow_loss", "lost present value of cash flow", "USD bn", "company", _cash_flow),
            Metric("network_return", "return by the network", "share of market value", "company", _network_return),
            Metric("total_return", "return with the market", "share of market value", "company", _total_return),
        )
    }
)
"""Measures by name."""


def find_metric(name: str) -> Metric:
    """Look up a measure.

    Raises
    ------
    UnknownNameError : there is none of that name.
    """
    if name not in METRICS:
        raise UnknownNameError("metric", name, METRICS)
    return METRICS[name]


def watched(run: Simulation, of: str) -> Floats:
    """The one number of every draw whose precision is judged, (D,).

    Parameters
    ----------
    run : a simulation.
    of : a product: its lost output as share of the horizon, 0..1; or "return": return by the network of all
        companies with a market value, weighted by it.

    Raises
    ------
    UnknownNameError : neither "return" nor a product of the network.
    """
    if of == RETURN:
        returns = equity_returns(run)
        market_value = np.nan_to_num(returns.accounts.column("market_cap_usd_bn"))
        weighted = np.nan_to_num(returns.total(with_market=False)) * market_value
        return np.asarray(weighted.sum(axis=1) / market_value.sum())
    check_watched(run.network, of)
    labels, lost = run.lost_days("product")
    return np.asarray(lost[:, labels.get_loc(of)] / run.horizon_days)


def check_watched(network: SupplyNetwork, of: str) -> None:
    """Refuse what cannot be watched, before anything is simulated.

    Raises
    ------
    UnknownNameError : neither "return" nor a product that is made in the network.
    """
    known = [network.products[position] for position in np.unique(network.activity_product)]
    if of not in (*known, RETURN):
        raise UnknownNameError("product", of, [*known, RETURN])
