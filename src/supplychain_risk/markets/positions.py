"""Positions of a book, and what each of them returns in every draw.

A position is a company, a fund that is looked through, or something the data do not know. With c_n the part of it in
company n, r_n that company's return, m the market factor of the scenario and b the beta of the rest:

    r = sum over n with a return of c_n r_n + (1 - sum of those c_n) max(b m, -1)

The rest moves with the market only: it has no part in the network's numbers, which are a lower bound of what the
network does to the position. A company's return is floored at -100 %; where the floor acts, the channels are scaled in
proportion, so that they add up to the floored return in every draw.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Literal, NamedTuple

import numpy as np

from supplychain_risk.markets.accounts import Floats
from supplychain_risk.markets.channels import rows_of
from supplychain_risk.markets.result import MARKET, OUTSIDE, REPRICING, EquityReturns

ROWS = 2_048
"""Draws taken at a time, so that no copy of draws x companies is made."""


@dataclass(frozen=True)
class Position:
    """One line of a book.

    Attributes
    ----------
    name : company id, or the name as it was written.
    weight : part of the book's worth; negative = short.
    kind : company; index, looked through; rest of an index; unknown.
    companies : company id -> part of the position that is in it.
    rest_beta : how what is in no company with a return moves with the market.
    """

    name: str
    weight: float
    kind: Literal["company", "index", "rest", "unknown"]
    companies: Mapping[str, float]
    rest_beta: float


class Exposures(NamedTuple):
    """Positions (H) laid over the companies of a result.

    Attributes
    ----------
    used : (U,) columns of the result that any position holds.
    companies : (U, H) part of each position in each of them.
    covered : (H,) part of each position in companies with a return.
    rest_beta : (H,) beta of the others.
    """

    used: np.ndarray[tuple[int, ...], np.dtype[np.intp]]
    companies: Floats
    covered: Floats
    rest_beta: Floats


def expose(returns: EquityReturns, positions: Sequence[Position]) -> Exposures:
    """Find the companies of positions among those with a return; the others belong to the rest."""
    valued = returns.accounts.table["market_cap_usd_bn"].notna().to_numpy()
    column = {name: number for number, name in enumerate(returns.companies) if valued[number]}
    whole = np.zeros((len(returns.companies), len(positions)))
    for number, position in enumerate(positions):
        for name, part in position.companies.items():
            if name in column:
                whole[column[name], number] += part
    used = np.flatnonzero(whole.any(axis=1))
    betas = np.array([position.rest_beta for position in positions])
    return Exposures(used, whole[used], whole.sum(axis=0), betas)


def position_returns(
    returns: EquityReturns, exposures: Exposures, *, with_market: bool, with_repricing: bool = True
) -> Floats:
    """Return of each position in every draw, (D, H); exactly 0 where the network does not reach it."""
    found = np.empty((returns.run.n_draws, len(exposures.covered)))
    names = channel_names(returns, with_market=with_market)
    names = [name for name in names if with_repricing or name != REPRICING]
    for rows, channels, scale in _blocks(returns, exposures, names):
        found[rows] = (reduce(np.add, channels.values()) * scale) @ exposures.companies
        if with_market:
            found[rows] += _rest(returns, exposures, rows)
    return found


def channel_returns(
    returns: EquityReturns, exposures: Exposures, weights: Floats, *, with_market: bool
) -> dict[str, Floats]:
    """Return of a book by channel in every draw, name -> (D,): they add up to the weighted returns of positions."""
    held = exposures.companies @ weights
    found = {name: np.empty(returns.run.n_draws) for name in channel_names(returns, with_market=with_market)}
    for rows, channels, scale in _blocks(returns, exposures, list(found)):
        for name, array in channels.items():
            found[name][rows] = (array * scale) @ held
        if with_market:
            found[MARKET][rows] += _rest(returns, exposures, rows) @ weights
    return found


def held_weights(returns: EquityReturns, exposures: Exposures, weights: Floats, *, with_market: bool) -> Floats:
    """Weight of each company in a book, less where its return is floored, (D, N): weights of its channels."""
    held = np.zeros((returns.run.n_draws, len(returns.companies)))
    for rows, _, scale in _blocks(returns, exposures, channel_names(returns, with_market=with_market)):
        held[rows, exposures.used] = scale * (exposures.companies @ weights)
    return held


def channel_names(returns: EquityReturns, *, with_market: bool) -> list[str]:
    """Channels that count, in their order."""
    return [name for name in returns.channels if with_market or name not in OUTSIDE]


def _blocks(
    returns: EquityReturns, exposures: Exposures, names: Sequence[str]
) -> Iterator[tuple[slice, dict[str, Floats], Floats]]:
    """Draws, the named channels of the companies held (B, U), and what the floor leaves of them (B, U)."""
    for first in range(0, returns.run.n_draws, ROWS):
        rows = slice(first, first + ROWS)
        channels = {name: rows_of(returns.channels, name, rows)[:, exposures.used] for name in names}
        added = reduce(np.add, channels.values())
        yield rows, channels, np.divide(-1.0, added, out=np.ones_like(added), where=added < -1.0)


def _rest(returns: EquityReturns, exposures: Exposures, rows: slice) -> Floats:
    factor = returns.run.totals.market_factor[rows, None]
    return np.asarray(np.maximum(factor * exposures.rest_beta, -1.0) * (1.0 - exposures.covered))
