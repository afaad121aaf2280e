"""Years of a book, drawn block by block: which events come, which draws of them, and what the year costs.

Every random number has its stream: the rate of a scenario in each outer loop, the number of its events in each year,
and the draw that its k-th event of a year takes. So the same seed gives the same events of a scenario whatever else is
in the table, and a higher rate only adds some.

Outer loops fall into groups, and so do the draws of each scenario; a year takes its events from the draws of its own
group. Groups then share nothing, and the spread between them holds all that is random: rates, events and simulations.
Memory grows with years and events, not with years x companies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from supplychain_risk.kernels import years as kernel
from supplychain_risk.kernels.chain import Floats, Ints
from supplychain_risk.kernels.draws import STREAM_BLOCK, uniforms
from supplychain_risk.kernels.tail import Design
from supplychain_risk.markets.annual_kinds import PREFIXES, Kind, Side, families_of
from supplychain_risk.scenarios.frequencies import Rate

YEARS_AT_ONCE = 4 * STREAM_BLOCK


@dataclass(frozen=True, eq=False)
class Years:
    """Y years and their E events; losses positive, parts of the book's worth.

    Attributes
    ----------
    rates : (L, S) events a year of each scenario in each outer loop.
    loop : (Y,) outer loop of each year; its group is loop mod `n_groups`.
    year, source, draw : (E,) year, number of the scenario and draw of each event, by year.
    loss : side -> (E,) loss of each event alone.
    losses : side -> (Y,) loss of each year.
    n_groups : number of groups.
    """

    rates: Floats
    loop: Ints
    year: Ints
    source: Ints
    draw: Ints
    loss: Mapping[Side, Floats]
    losses: Mapping[Side, Floats]
    n_groups: int

    @property
    def design(self) -> Design:
        """Which years depend on each other: those of a group."""
        return Design(np.ones(len(self.loop)), self.loop % self.n_groups)

    def sums(self, side: Side) -> Floats:
        """(Y,) sum of the losses of each year's events, each alone."""
        return _by_year(self.year, self.loss[side], len(self.loop))

    def worst(self, side: Side) -> Ints:
        """(Y,) position of the event with the largest loss, the first of several; -1 without events."""
        return kernel.worst_events(self.year, self.loss[side], len(self.loop))


def draw_years(
    rates: Sequence[Rate],
    kinds: Sequence[Kind],
    weights: Floats,
    *,
    n_years: int,
    n_loops: int,
    n_groups: int,
    seed: int,
) -> Years:
    """Draw years.

    Parameters
    ----------
    rates, kinds : (S,) one for each scenario, in the same order.
    weights : (N + M,) of what is held.
    n_years, n_loops : years in all, in blocks of equal length (within one) that share rates.
    n_groups : as in `count_groups`.
    seed : whole number >= 0.
    """
    loop = np.arange(n_years, dtype=np.int64) * n_loops // n_years
    by_loop = np.column_stack([_rates(rate, n_loops, seed) for rate in rates])
    events, losses = [], []
    for first in range(0, n_years, YEARS_AT_ONCE):
        part = loop[first : first + YEARS_AT_ONCE]
        counts = _counts(rates, by_loop[part], first, seed)
        event = _events(kinds, counts, part % n_groups, first, seed)
        losses.append([_year_losses(kinds, side, event, weights, len(part)) for side in PREFIXES])
        events.append(event._replace(year=event.year + first))
    whole = _Events(*(np.concatenate(each) for each in zip(*events, strict=True)))
    alone = {side: _of_events([kind.loss[side] for kind in kinds], whole) for side in PREFIXES}
    by_year = dict(zip(PREFIXES, map(np.concatenate, zip(*losses, strict=True)), strict=True))
    return Years(by_loop, loop, *whole, alone, by_year, n_groups)


class _Events(NamedTuple):
    """Year, number of the scenario, and draw of each event, by year."""

    year: Ints
    source: Ints
    draw: Ints


def _rates(rate: Rate, n_loops: int, seed: int) -> Floats:
    u = uniforms(seed, f"annual/{rate.scenario.name}/rate", 0, n_loops)
    return kernel.rate_quantile(u, *rate.distribution)


def _counts(rates: Sequence[Rate], by_year: Floats, first: int, seed: int) -> Ints:
    """Events that count in each year (Y, S)."""
    columns = [
        kernel.poisson_quantile(
            uniforms(seed, f"annual/{rate.scenario.name}/count", first, len(by_year)), by_year[:, column]
        )
        for column, rate in enumerate(rates)
    ]
    return kernel.counted(np.column_stack(columns), *families_of(rates))


def _events(kinds: Sequence[Kind], counts: Ints, group: Ints, first: int, seed: int) -> _Events:
    """Events of a block of years that begins with year `first`; `counts` (Y, S), `group` (Y,)."""
    pieces = [_Events(*np.empty((3, 0), dtype=np.int64))]
    for source, kind in enumerate(kinds):
        for number in range(int(counts[:, source].max(initial=0))):
            year = np.flatnonzero(counts[:, source] > number)
            u = uniforms(seed, f"annual/{kind.name}/draw/{number}", first, len(counts))[year]
            pieces.append(_Events(year, np.full(len(year), source), kind.groups.pick(group[year], u)))
    events = _Events(*(np.concatenate(each) for each in zip(*pieces, strict=True)))
    order = np.argsort(events.year, kind="stable")
    return _Events(*(each[order] for each in events))


def _of_events(by_kind: Sequence[Floats], events: _Events) -> Floats:
    """Values (D, ...) of each scenario by draw, looked up for each event: (E, ...)."""
    values = np.empty((len(events.source), *by_kind[0].shape[1:]))
    for source, by_draw in enumerate(by_kind):
        at = events.source == source
        values[at] = by_draw[events.draw[at]]
    return values


def _year_losses(kinds: Sequence[Kind], side: Side, events: _Events, weights: Floats, n_years: int) -> Floats:
    """Loss of each year (Y,): that of its event alone, or of several together, holding by holding."""
    losses = _by_year(events.year, _of_events([kind.loss[side] for kind in kinds], events), n_years)
    several = np.bincount(events.year, minlength=n_years)[events.year] > 1
    chosen = _Events(*(each[several] for each in events))
    returns = _of_events([kind.returns[side] for kind in kinds], chosen)
    losses[chosen.year] = kernel.year_losses(chosen.year, returns, weights, n_years)[chosen.year]
    return losses


def _by_year(year: Ints, loss: Floats, n_years: int) -> Floats:
    """Sum of what events of each year lose, (Y,)."""
    return np.bincount(year, weights=loss, minlength=n_years).astype(np.float64, copy=False)
