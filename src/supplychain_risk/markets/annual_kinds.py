"""Scenarios as a book meets them: losses of every draw, and how many of their events count in a year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Literal

import numpy as np

from supplychain_risk.errors import InputError
from supplychain_risk.kernels import tail
from supplychain_risk.kernels import years as kernel
from supplychain_risk.kernels.chain import Floats, Ints
from supplychain_risk.markets.annual_events import EventReturns
from supplychain_risk.markets.portfolio import Portfolio
from supplychain_risk.scenarios.frequencies import Rate

MOST_GROUPS = 32
"""Groups that years and draws are put into, if there are so many independent draws and outer loops."""

Side = Literal["total", "network"]
"""With the market's fall, or by the network's channels alone."""

PREFIXES: Mapping[Side, str] = {"total": "", "network": "network_"}
"""How columns of each side begin."""


@dataclass(frozen=True, eq=False)
class Held:
    """What of a book moves: N companies with a return of their own, then M rests that move with the market.

    Attributes
    ----------
    companies : N ids.
    betas : (M,) betas of the rests, rising.
    weights : (N + M,) of the companies and of the rests.
    without_return : companies of the book whose return is unknown; their weight is in the rests.
    """

    companies: tuple[str, ...]
    betas: Floats
    weights: Floats
    without_return: tuple[str, ...]

    @property
    def covered(self) -> float:
        """Weight of the companies, short positions counted as positive."""
        return float(np.abs(self.weights[: len(self.companies)]).sum())


@dataclass(frozen=True, eq=False)
class Kind:
    """One scenario as years need it.

    Attributes
    ----------
    returns : side -> (D, N + M) returns of what is held, at least -1.
    loss : side -> (D,) loss of the book, positive.
    unit : (D,) draws of different units are independent.
    groups : groups of draws that years take them from.
    """

    name: str
    returns: Mapping[Side, Floats]
    loss: Mapping[Side, Floats]
    unit: Ints
    groups: kernel.Groups

    def mean_loss(self, side: Side) -> tail.Estimate:
        """Mean loss given the event, and its standard error."""
        return tail.mean(self.loss[side], tail.Design(np.ones(len(self.unit)), self.unit))

    def group_means(self, side: Side) -> Floats:
        """(G,) mean loss over the draws of each group."""
        return np.asarray(np.add.reduceat(self.loss[side][self.groups.draws], self.groups.start) / self.groups.size)


def held_in(book: Portfolio, events: Mapping[str, EventReturns]) -> Held:
    """Companies of the book with a known return, and rests by their beta.

    Raises
    ------
    InputError : the events are of different companies.
    """
    first = next(iter(events.values()))
    for name, event in events.items():
        if event.companies != first.companies:
            raise InputError(f"events: {name} is of other companies than the rest: simulate all on the same network")
    known = np.flatnonzero(np.isfinite(first.total).all(axis=0))
    valued = {first.companies[column] for column in known}
    weights: dict[str, float] = {}
    rests: dict[float, float] = {}
    for position in book.positions:
        for company, part in position.companies.items():
            weights[company] = weights.get(company, 0.0) + position.weight * part
        rest = 1.0 - fsum(part for company, part in position.companies.items() if company in valued)
        rests[position.rest_beta] = rests.get(position.rest_beta, 0.0) + position.weight * rest
    own = sorted(company for company in weights if company in valued)
    betas = sorted(beta for beta, weight in rests.items() if weight)
    held = [*(weights[company] for company in own), *(rests[beta] for beta in betas)]
    without = tuple(sorted(weights.keys() - valued))
    return Held(tuple(own), np.array(betas, dtype=np.float64), np.array(held, dtype=np.float64), without)


def kind_of(name: str, event: EventReturns, held: Held, n_groups: int) -> Kind:
    """Returns of what is held, and losses of the book in each draw of one scenario."""
    columns = [event.companies.index(company) for company in held.companies]
    rests = np.maximum(np.multiply.outer(event.market, held.betas), -1.0)
    returns: dict[Side, Floats] = {
        "total": np.column_stack([event.total[:, columns], rests]),
        "network": np.column_stack([event.network[:, columns], np.zeros_like(rests)]),
    }
    loss: dict[Side, Floats] = {side: 0.0 - array @ held.weights for side, array in returns.items()}
    return Kind(name, returns, loss, event.unit, kernel.grouped(event.unit, n_groups))


def count_groups(events: Mapping[str, EventReturns], n_loops: int) -> int:
    """Number of groups: as many as the scenario with the fewest independent draws has, at most 32."""
    return min(MOST_GROUPS, n_loops, *(len(np.unique(event.unit)) for event in events.values()))


def families_of(rates: Sequence[Rate]) -> tuple[Ints, Ints]:
    """Number of the family of each scenario (S,), -1 = none, and its place there (S,)."""
    names = sorted({rate.family.name for rate in rates if rate.family})
    family = [names.index(rate.family.name) if rate.family else -1 for rate in rates]
    gravity = [rate.family.gravity if rate.family else 0 for rate in rates]
    return np.array(family, dtype=np.int64), np.array(gravity, dtype=np.int64)


def expected_events(rates: Sequence[Rate]) -> Floats:
    """(S,) events of each scenario that count in a year: mean over the rates, after families."""
    expected = np.array([kernel.rate_mean(*rate.distribution) for rate in rates])
    none = np.array([kernel.chance_of_none(*rate.distribution) for rate in rates])
    return kernel.counted_rates(expected, none, *families_of(rates))
