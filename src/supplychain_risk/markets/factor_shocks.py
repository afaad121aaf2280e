"""Shocks of single names for a risk system: what a scenario does to each ticker on average and in its own worst draws.

For company i with losses l_d = -r_di, probabilities p_d and level a (95 %), with v the VaR inf{l : P(L <= l) >= a},

    expected return   sum_d p_d r_di
    tail return       -(v + sum_d p_d max(l_d - v, 0) / (1 - a))

The latter is minus the expected shortfall with its fractional atom (Rockafellar & Uryasev 2002, Conditional
value-at-risk for general loss distributions, Journal of Banking & Finance 26(7), 1443-1471,
doi:10.1016/S0378-4266(02)00271-6). It is a mean of v + max(l_d - v, 0) / (1 - a) over draws, so its standard error is
that of a mean: v minimises the sum, and its own error does not matter to first order.

Tail returns are each company's own: its worst draws are not those of another. Shocks of one column applied together
are more than a 1-in-20 outcome; for the tail of a book ask for the book's expected shortfall.
"""

from __future__ import annotations

import json
from os import PathLike, fspath
from typing import TYPE_CHECKING
from warnings import warn

import numpy as np
import pandas as pd

from supplychain_risk.dataset.writing import csv_text, write_file
from supplychain_risk.errors import InputError
from supplychain_risk.kernels import tail
from supplychain_risk.kernels.chain import Floats
from supplychain_risk.markets.exports import SCHEMA_VERSION, labels

if TYPE_CHECKING:
    from supplychain_risk.markets.result import EquityReturns

FORMS = (".csv", ".json")
FEWEST_IN_TAIL = 30
"""Draws in the tail below which its mean and error are poorly known."""
ORIGIN = ("scenario", "scenario_digest", "data_digest", "n_draws", "seed", "version")


def to_factor_shocks(
    returns: EquityReturns, path: str | PathLike[str] | None = None, *, level: float = 0.95
) -> pd.DataFrame:
    """Expected and tail return of each company, by the network alone and with the market; written if a path is given.

    Parameters
    ----------
    path : CSV or JSON file to write, by its ending; None = none.
    level : the tail is the worst 1 - level of each company's outcomes, inside (0, 1).

    Returns
    -------
    One row a company, in the order of the data. company, ticker, name; network_mean, network_tail (without the market),
    total_mean, total_tail, each with its standard error `..._error`: shares of market value, losses negative, in USD,
    conditional on the event; NaN (blank, null) where the market value is unknown. level and the provenance: scenario,
    scenario_digest, data_digest, n_draws, seed, version, the same in every row.

    Raises
    ------
    InputError : a level outside (0, 1), or another ending than .csv and .json.
    OutputError : the file cannot be written; what stood there is as it was.

    Warns
    -----
    UserWarning : fewer than 30 effective draws in the tail.

    Examples
    --------
    >>> import supplychain_risk as scr
    >>> net = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    >>> returns = scr.equity_returns(scr.simulate(net, "taiwan-quake", n_draws=64, horizon_days=364, seed=7))
    >>> shocks = returns.to_factor_shocks(level=0.5).set_index("ticker")
    >>> bool(shocks.loc["TSM" if "TSM" in shocks.index else "2330.TW", "network_tail"] < 0.0)
    True
    >>> shocks.loc["PNC", ["network_mean", "network_tail"]].tolist()
    [0.0, 0.0]
    """
    _check(path, level, returns.run.effective_draws)
    names = returns.accounts.table["name"].to_numpy()
    columns: dict[str, object] = {"company": list(returns.companies), "ticker": labels(returns), "name": names}
    for part, with_market in (("network", False), ("total", True)):
        drawn = returns.total(with_market=with_market)
        columns[f"{part}_mean"], columns[f"{part}_mean_error"] = tail.mean(drawn, returns.run.design)
        columns[f"{part}_tail"], columns[f"{part}_tail_error"] = tail_return(drawn, level, returns.run.design)
    provenance = returns.run.provenance
    frame = pd.DataFrame({**columns, "level": level, **{name: provenance[name] for name in ORIGIN}})
    if path is not None:
        text = csv_text(frame) if fspath(path).endswith(".csv") else _json(frame, returns, level)
        write_file(path, f"{text}\n".encode())
    return frame


def tail_return(drawn: Floats, level: float, design: tail.Design) -> tail.Estimate:
    """Mean of the worst 1 - level of returns, over the first axis, with its standard error; NaN stays NaN.

    Examples
    --------
    >>> value, error = tail_return(np.array([-0.4, -0.2, 0.0, 0.2]), 0.5, tail.simple_design(4))
    >>> round(float(value), 12), round(float(error), 4)
    (-0.3, 0.1915)
    """
    loss = 0.0 - drawn
    var = tail.quantile(loss, level, design).value
    value, error = tail.mean(var + np.maximum(loss - var, 0.0) / (1.0 - level), design)
    return tail.Estimate(0.0 - value, error)


def _check(path: str | PathLike[str] | None, level: float, effective_draws: float) -> None:
    if not 0.0 < level < 1.0:
        raise InputError(f"level: found {level!r}, expected a number between 0 and 1 such as 0.95")
    if path is not None and not fspath(path).endswith(FORMS):
        raise InputError(f"{fspath(path)}: found another ending, expected {' or '.join(FORMS)}")
    in_tail = effective_draws * (1.0 - level)
    if in_tail < FEWEST_IN_TAIL:
        warn(f"only {in_tail:.3g} draws lie in the worst {1 - level:.3g}: take more draws", UserWarning, stacklevel=3)


def _json(frame: pd.DataFrame, returns: EquityReturns, level: float) -> str:
    rows = frame.drop(columns=["level", *ORIGIN])
    document = {
        "schema_version": SCHEMA_VERSION,
        "kind": "factor_shocks",
        "level": level,
        "provenance": returns.run.provenance,
        "rows": rows.astype(object).where(rows.notna(), None).to_dict("records"),
    }
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)
