"""What moves a share apart from network and market: draws of the user's own covariance.

Residual returns are normal with mean 0, e = z S with S the symmetric root of the covariance C (S S = C) and z one
standard normal a company, from its own named stream. The same seed gives the same draws whatever the order of the
companies, and whatever other companies are in the table.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy import special

from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.kernels.draws import uniforms
from supplychain_risk.markets.accounts import Accounts, Floats
from supplychain_risk.simulation.result import Simulation

_ROUNDING = 1e-10


def residual_returns(run: Simulation, accounts: Accounts, covariance: pd.DataFrame) -> Floats:
    """Residual returns (D, N); 0 for companies that the covariance does not name.

    Parameters
    ----------
    run, accounts : a simulation and the accounts over its network.
    covariance : of returns over the time the user looks at, rows and columns by company id or ticker.

    Raises
    ------
    UnknownNameError : a row is neither a company with accounts nor a ticker of one.
    InputError : rows and columns differ, a company stands there twice, the table is not symmetric, has a number that is
        not finite, or a variance of some book below 0.
    """
    columns = _positions(accounts, covariance)
    root = _symmetric_root(covariance)
    normal = np.empty((run.n_draws, len(columns)))
    for place, column in enumerate(columns):
        name = f"residual/{accounts.table.index[column]}"
        normal[:, place] = special.ndtri(uniforms(run.seed, name, 0, run.n_draws))
    returns = np.zeros((run.n_draws, len(accounts.table)))
    returns[:, columns] = normal @ root
    return returns


def _positions(accounts: Accounts, covariance: pd.DataFrame) -> list[int]:
    """Columns of the accounts that the rows of the table name."""
    rows, columns = list(map(str, covariance.index)), list(map(str, covariance.columns))
    if rows != columns or not rows:
        raise InputError(f"residual: found rows {_few(rows)} and columns {_few(columns)}, expected the same names")
    table = accounts.table
    known = {str(name): position for position, name in enumerate(table.index)}
    known |= {str(ticker).upper(): position for position, ticker in enumerate(table["ticker"]) if ticker}
    positions = []
    for name in rows:
        position = known.get(name, known.get(name.upper()))
        if position is None:
            raise UnknownNameError("company", name, known, where="residual")
        positions.append(position)
    twice = [name for name, position in zip(rows, positions, strict=True) if positions.count(position) > 1]
    if twice:
        raise InputError(f"residual: found {_few(twice)} for one company, expected each company once")
    return positions


def _symmetric_root(covariance: pd.DataFrame) -> Floats:
    try:
        values = covariance.to_numpy(dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"residual: {error}; expected numbers") from error
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        found = f"{values[row, column]} at {covariance.index[row]}, {covariance.columns[column]}"
        raise InputError(f"residual: found {found}, expected finite numbers")
    apart = np.abs(values - values.T)
    scale = float(np.abs(values).max())
    if apart.max() > _ROUNDING * scale:
        row, column = divmod(int(apart.argmax()), len(values))
        names = f"{covariance.index[row]}, {covariance.columns[column]}"
        found = f"{values[row, column]:g} and {values[column, row]:g} at {names}"
        raise InputError(f"residual: found {found}, expected a symmetric covariance")
    variance, vectors = np.linalg.eigh((values + values.T) / 2.0)
    if variance[0] < -_ROUNDING * max(scale, variance[-1]) * len(values):
        raise InputError(
            f"residual: found an eigenvalue of {variance[0]:g}, expected a covariance without negative ones; the "
            "variance of some book would be below 0"
        )
    return np.asarray((vectors * np.sqrt(np.maximum(variance, 0.0))) @ vectors.T)


def _few(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:3]) + (f" and {len(listed) - 3} more" if len(listed) > 3 else "") or "none"
