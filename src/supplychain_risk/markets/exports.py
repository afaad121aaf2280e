"""Returns of companies in the form that other programs take: a frame, a Parquet file, draws of equal weight.

Rows are draws, each a possible outcome of the event with its probability p_d (`probabilities`); the mean of a column is
sum_d p_d r_d. Draws are no days: nothing may be annualised, compounded over rows, or read as a time series.

Columns carry the company's ticker, or its id where it has none of its own. A company without a known market value has
no return: its column is NaN in frames, and what a program cannot take is listed under `left_out`.
"""

from __future__ import annotations

import json
from collections.abc import Hashable
from dataclasses import dataclass
from importlib.util import find_spec
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from supplychain_risk.dataset.writing import write_file
from supplychain_risk.errors import InputError
from supplychain_risk.kernels.draws import stream
from supplychain_risk.kernels.resampling import systematic

if TYPE_CHECKING:
    from supplychain_risk.markets.result import EquityReturns

SCHEMA_VERSION = 1
RESAMPLING = "exports/resampling"
"""Name of the random stream that places the points of the resampling."""


@dataclass(frozen=True, eq=False)
class EqualScenarios:
    """Outcomes of equal weight, for programs that know no weights.

    Attributes
    ----------
    returns : n outcomes x companies with a return; index = the draw that each outcome is, columns = tickers.
    expected_returns, covariance : of the draws with their own probabilities, free of the error of resampling.
    shift : by company, mean of `returns` - `expected_returns`: what resampling moved it by; 0 if nothing was resampled.
    left_out : companies without a return, by ticker or id.
    """

    returns: pd.DataFrame
    expected_returns: pd.Series[float]
    covariance: pd.DataFrame
    shift: pd.Series[float]
    left_out: tuple[str, ...]


def labels(returns: EquityReturns) -> pd.Index[str]:
    """Ticker of each company, or its id if it is not listed itself or shares the ticker with another."""
    dataset, table = returns.run.network.dataset, returns.accounts.table
    listed = [dataset is None or dataset.companies[company].listed == "yes" for company in table.index]
    tickers = table["ticker"].where(pd.Series(listed, index=table.index), "")
    own = tickers.ne("") & ~tickers.duplicated(keep=False)
    names = [
        ticker if alone else str(company) for company, ticker, alone in zip(table.index, tickers, own, strict=True)
    ]
    return pd.Index(names, name="ticker")


def probabilities(returns: EquityReturns) -> pd.Series[float]:
    """Probability of each draw given the event, by number of the draw; they sum to 1.

    All are 1 / D unless the run draws some outcomes more often than they happen.
    """
    weight = returns.run.design.weight
    return pd.Series(weight / weight.sum(), index=pd.RangeIndex(len(weight), name="draw"), name="probability")


def to_frame(returns: EquityReturns, *, with_market: bool = True) -> pd.DataFrame:
    """Draws x companies as a frame of returns.

    Parameters
    ----------
    with_market : whether the fall of the whole market that goes with the event is in, or the network's part alone.

    Returns
    -------
    Index `draw` (0 ... D - 1), columns tickers; shares of market value in USD, conditional on the event, never below
    -1; NaN where the market value is unknown. `attrs` holds the provenance (digests of data and scenario, seed, draws,
    version), `with_market`, `equally_weighted` and `companies` (column -> id). Unless `equally_weighted`, a plain mean
    is wrong: weight rows by `probabilities()`.

    Examples
    --------
    >>> import supplychain_risk as scr
    >>> net = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    >>> returns = scr.equity_returns(scr.simulate(net, "taiwan-quake", n_draws=64, horizon_days=364, seed=7))
    >>> frame = returns.to_frame(with_market=False)
    >>> frame.shape[0], float(frame["PNC"].abs().max()), frame.attrs["seed"]
    (64, 0.0, 7)
    """
    columns, probability = labels(returns), probabilities(returns)
    frame = pd.DataFrame(returns.total(with_market=with_market), index=probability.index, columns=columns)
    frame.attrs = {
        **dict[Hashable, object](returns.run.provenance.items()),
        "with_market": with_market,
        "equally_weighted": bool(np.ptp(probability.to_numpy()) == 0.0),
        "companies": dict(zip(columns, returns.companies, strict=True)),
    }
    return frame


def to_parquet(returns: EquityReturns, path: str | PathLike[str], *, with_market: bool = True) -> None:
    """Write `to_frame` as Parquet: columns draw, probability, and one a company.

    The provenance is JSON in the metadata of the file, under "supplychain_risk".

    Parameters
    ----------
    path : where to; written beside its place and then moved.
    with_market : as in `to_frame`.

    Raises
    ------
    InputError : pyarrow is missing (extra `io`).
    OutputError : the file cannot be written; what stood there is as it was.
    """
    if find_spec("pyarrow") is None:
        raise InputError(f"{path}: Parquet needs the package pyarrow: pip install 'supplychain_risk[io]'")
    import pyarrow as pa
    from pyarrow import parquet

    frame = to_frame(returns, with_market=with_market)
    origin = {"schema_version": SCHEMA_VERSION, "kind": "equity_returns", "provenance": frame.attrs}
    columns = {"draw": frame.index, "probability": probabilities(returns), **dict(frame.items())}
    table = pa.table({name: np.asarray(column) for name, column in columns.items()})
    sink = pa.BufferOutputStream()
    parquet.write_table(table.replace_schema_metadata({"supplychain_risk": json.dumps(origin)}), sink)
    write_file(path, sink.getvalue().to_pybytes())


def to_riskfolio(returns: EquityReturns, n: int | None = None, *, with_market: bool = True) -> EqualScenarios:
    """Outcomes of equal weight for Riskfolio-Lib: `riskfolio.Portfolio(returns=scenarios.returns)`.

    Set `portfolio.mu` and `portfolio.cov` to `expected_returns` and `covariance`; `assets_stats` would estimate them
    from the rows. Riskfolio's historical VaR is the next larger loss where (1 - level) n is a whole number; its CVaR is
    ours.

    Parameters
    ----------
    n : number of outcomes; None = the number of draws.
    with_market : as in `to_frame`.

    Raises
    ------
    InputError : n is not a whole number above 0, or no company has a return.

    Notes
    -----
    With equal weights and n = D these are the draws. Else n of them by systematic resampling (`kernels.resampling`,
    stream "exports/resampling" of the run's seed): draw d stands floor(n p_d) or ceil(n p_d) times, so the weight of no
    draw, nor of any run of neighbouring draws, moves by 1/n or more. `shift` is what that did to each mean. An outcome
    with n p_d < 1 may be missing: take n above 1 / (smallest p_d) to keep all.

    Examples
    --------
    >>> import supplychain_risk as scr
    >>> net = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    >>> returns = scr.equity_returns(scr.simulate(net, "taiwan-quake", n_draws=64, horizon_days=364, seed=7))
    >>> scenarios = returns.to_riskfolio()
    >>> len(scenarios.returns), float(scenarios.shift.abs().max()), "JSR" in scenarios.returns
    (64, 0.0, False)
    """
    return equal_scenarios(returns, n, with_market=with_market)


def to_pypfopt(returns: EquityReturns, n: int | None = None, *, with_market: bool = True) -> EqualScenarios:
    """Outcomes of equal weight for PyPortfolioOpt; parameters, errors and notes as in `to_riskfolio`.

    `EfficientCVaR(scenarios.expected_returns, scenarios.returns)` or
    `EfficientFrontier(scenarios.expected_returns, scenarios.covariance)`. Its own estimators (`expected_returns`,
    `risk_models`) would compound rows and multiply by 252 days.
    """
    return equal_scenarios(returns, n, with_market=with_market)


def equal_scenarios(returns: EquityReturns, n: int | None, *, with_market: bool) -> EqualScenarios:
    """Take n draws that stand for all with equal weight; see `to_riskfolio`."""
    frame, left_out = known_returns(returns, with_market=with_market)
    probability = probabilities(returns)
    count = len(frame) if n is None else n
    if count < 1 or int(count) != count:
        raise InputError(f"n: found {n!r}, expected a whole number of at least 1")
    u = float(stream(returns.run.seed, RESAMPLING, 0).random())
    chosen = frame.iloc[systematic(returns.run.design.weight, int(count), u)]
    mean, covariance = moments(frame, probability)
    shift = chosen.mean() - mean if not chosen.index.equals(frame.index) else 0.0 * mean
    return EqualScenarios(chosen, mean, covariance, shift.rename("shift"), left_out)


def known_returns(returns: EquityReturns, *, with_market: bool) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Columns of `to_frame` that have returns, and the names of those that have none.

    Raises
    ------
    InputError : no company has a return.
    """
    frame = to_frame(returns, with_market=with_market)
    blank = frame.isna().any()
    if blank.all():
        raise InputError("companies: found none with a known market value, expected at least one; none has a return")
    return frame.loc[:, ~blank], tuple(map(str, frame.columns[blank]))


def moments(frame: pd.DataFrame, probability: pd.Series[float]) -> tuple[pd.Series[float], pd.DataFrame]:
    """Mean and covariance of weighted draws; the covariance is divided by 1 - sum p^2, that is n / (n - 1) if equal."""
    weight = probability.to_numpy()
    mean = pd.Series(weight @ frame.to_numpy(), index=frame.columns, name="expected_return")
    if len(frame) < 2:
        covariance = np.full((frame.shape[1], frame.shape[1]), np.nan)
    else:
        covariance = np.atleast_2d(np.cov(frame.to_numpy(), rowvar=False, aweights=weight))
    return mean, pd.DataFrame(covariance, index=frame.columns, columns=frame.columns)
