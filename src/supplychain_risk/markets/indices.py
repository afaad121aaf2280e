"""Stock indices, looked through: what a scenario does to them, as far as their members are in the data.

Only the latest snapshot counts, and of it the rows of securities: groups overlap with them. Two share classes of a
company are two rows with the same return. The rest of an index moves with `beta_rest` x the market factor and has no
network part, so that network numbers of an index with little cover are lower bounds; the covered weight stands beside
each of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from supplychain_risk.dataset.schema import Dataset, IndexWeights
from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.kernels import tail
from supplychain_risk.markets.accounts import Floats
from supplychain_risk.markets.positions import Position, expose, position_returns
from supplychain_risk.markets.result import EquityReturns


def find_index(dataset: Dataset, name: str) -> str:
    """Id of an index by id, name, symbol or the ticker of a fund on it.

    Raises
    ------
    UnknownNameError : the data have no such index; the nearest names are given.

    Examples
    --------
    >>> import supplychain_risk as scr
    >>> data = scr.load_dataset()
    >>> find_index(data, "sox"), find_index(data, "IWM")
    ('soxx_etf', 'russell2000')
    """
    names = index_names(dataset)
    if name.casefold() not in names:
        raise UnknownNameError("index", name, names)
    return names[name.casefold()]


def index_names(dataset: Dataset) -> dict[str, str]:
    """Index by id, name, symbols and tickers of funds, in small letters."""
    names: dict[str, str] = {}
    for index, record in dataset.indices.items():
        known = (index, record.name, *record.symbols.split(), *record.fund_tickers.split())
        names |= {each.casefold(): index for each in known}
    return names


def fund_tickers(dataset: Dataset) -> dict[str, str]:
    """Index by the tickers of funds that hold it, in small letters."""
    return {
        ticker.casefold(): index for index, record in dataset.indices.items() for ticker in record.fund_tickers.split()
    }


def index_weights(index: IndexWeights) -> dict[str, float]:
    """Weight of each company of the data in the latest snapshot, its share classes added up."""
    weights: dict[str, float] = {}
    for row in index.latest.holdings:
        if row.company:
            weights[row.company] = weights.get(row.company, 0.0) + row.weight.value
    return weights


def rest_beta(dataset: Dataset, index: IndexWeights) -> float:
    """Beta of the rest of an index; where the data have none, that of a holding nobody knows."""
    return (index.beta_rest or dataset.parameters.model.unknown_holding_beta).value


def index_position(dataset: Dataset, index: str, *, name: str = "", weight: float = 1.0) -> Position:
    """An index as one position of a book, such as a fund on it."""
    record = dataset.indices[index]
    return Position(name or index, weight, "index", index_weights(record), rest_beta(dataset, record))


def index_returns(returns: EquityReturns, name: str, *, with_market: bool = True) -> Floats:
    """Return of an index in every draw, (D,), conditional on the event.

    Parameters
    ----------
    returns : from `equity_returns`.
    name : id, name, symbol, or ticker of a fund.
    with_market : False = the network's part alone, in which the rest of the index has no share.

    Raises
    ------
    UnknownNameError : no such index.
    """
    dataset = _dataset(returns)
    position = index_position(dataset, find_index(dataset, name))
    return position_returns(returns, expose(returns, [position]), with_market=with_market)[:, 0]


def index_table(returns: EquityReturns, names: Sequence[str] | str = ()) -> pd.DataFrame:
    """What a scenario does to indices: one row each.

    Parameters
    ----------
    returns : from `equity_returns`.
    names : indices by id, name, symbol or fund, or one of them; none = all of the data.

    Returns
    -------
    Index = id; columns name, as_of, covered (weight of companies with a return), rest_beta, and network_return,
    network_error, network_q05, network_q05_error, total_return, ...: mean and 5 % quantile over draws with their
    Monte Carlo errors, network alone and with the market.

    Raises
    ------
    UnknownNameError : no such index.

    Examples
    --------
    >>> import supplychain_risk as scr
    >>> net = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    >>> returns = scr.equity_returns(scr.simulate(net, "taiwan-quake", n_draws=32, horizon_days=182, seed=7))
    >>> scr.index_table(returns, ["sox", "russell2000"])["covered"].round(2).to_dict()
    {'soxx_etf': 0.6, 'russell2000': 0.09}
    """
    dataset = _dataset(returns)
    names = (names,) if isinstance(names, str) else names
    chosen = list(dict.fromkeys(find_index(dataset, name) for name in names)) or list(dataset.indices)
    positions = [index_position(dataset, index) for index in chosen]
    exposures, design = expose(returns, positions), returns.run.design
    table = pd.DataFrame(
        {
            "name": [dataset.indices[index].name for index in chosen],
            "as_of": [dataset.indices[index].as_of for index in chosen],
            "covered": exposures.covered,
            "rest_beta": exposures.rest_beta,
        },
        index=pd.Index(chosen, name="index"),
    )
    for side, with_market in SIDES.items():
        draws = position_returns(returns, exposures, with_market=with_market)
        table[f"{side}_return"], table[f"{side}_error"] = tail.mean(draws, design)
        table[f"{side}_q05"], table[f"{side}_q05_error"] = tail.quantile(draws, 0.05, design)
    return table


def index_difference(returns: EquityReturns, first: str, second: str) -> pd.DataFrame:
    """Mean return of one index minus that of another on the same draws.

    Returns
    -------
    Rows network and total; columns first, second, difference (first - second), standard_error of the difference, and
    share_first_worse: probability that the first falls further.

    Raises
    ------
    UnknownNameError : no such index.
    """
    rows: dict[str, Mapping[str, float]] = {}
    for side, with_market in SIDES.items():
        one, other = (index_returns(returns, name, with_market=with_market) for name in (first, second))
        (value, error), design = tail.mean(one - other, returns.run.design), returns.run.design
        rows[side] = {
            "first": float(tail.mean(one, design).value),
            "second": float(tail.mean(other, design).value),
            "difference": float(value),
            "standard_error": float(error),
            "share_first_worse": float(tail.mean(one < other, design).value),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


SIDES = {"network": False, "total": True}
"""Prefix of columns -> whether the market counts."""


def _dataset(returns: EquityReturns) -> Dataset:
    dataset = returns.run.network.dataset
    if dataset is None or not dataset.indices:
        raise InputError("indices: found data without indices, expected some in indices.yaml")
    return dataset
