"""Events as Open Results Data: losses by sample (SELT), and moments with the rate of each event (MELT).

The loss of draw d is - sum_i h_i r_di, with h_i = USD held of company i and r_di its return. SampleType 2 = sampled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.kernels import tail
from supplychain_risk.kernels.chain import Floats, Ints
from supplychain_risk.kernels.draws import stream
from supplychain_risk.kernels.resampling import systematic
from supplychain_risk.markets.exports import RESAMPLING, labels
from supplychain_risk.markets.open_years import SAMPLED, SUMMARY, USD_PER_BN, typed

if TYPE_CHECKING:
    from supplychain_risk.markets.result import EquityReturns
    from supplychain_risk.scenarios.spec import Scenario


class Event(NamedTuple):
    """Losses (D,) and exposure with a loss (D,) in USD of an event, exposure that it ever reaches, and the design."""

    number: int
    scenario: Scenario
    rate: float
    loss: Floats
    impacted: Floats
    footprint: float
    design: tail.Design
    samples: Ints


def held_usd(result: EquityReturns, holdings: Mapping[str, float] | None) -> tuple[Floats, tuple[str, ...]]:
    """USD held of each company that has a return (N,), and holdings that have none."""
    value = result.accounts.column("market_cap_usd_bn")
    known = ~np.isnan(value)
    if holdings is None:
        missing = tuple(np.array(result.companies)[~known])
        return np.where(known, value, 0.0) * USD_PER_BN, tuple(map(str, missing))
    places = dict(zip(labels(result), range(len(value)), strict=True))
    places |= dict(zip(result.companies, range(len(value)), strict=True))
    amount = np.zeros(len(value))
    for name, held in holdings.items():
        if name not in places:
            raise UnknownNameError("company or ticker", name, places, "holdings")
        if not np.isfinite(held):
            raise InputError(f"holdings, {name}: found {held!r}, expected USD bn held")
        amount[places[name]] += held
    missing = tuple(np.array(result.companies)[~known & (amount != 0.0)])
    amount[~known] = 0.0
    if not amount.any():
        raise InputError("holdings: found none with a return, expected at least one with a known market value")
    return amount * USD_PER_BN, tuple(map(str, missing))


def make_event(number: int, result: EquityReturns, amount: Floats, rate: float | None, *, with_market: bool) -> Event:
    """What a book of USD amounts (N,) loses in each draw; `rate` = events a year, None = the scenario's own."""
    held = amount != 0.0
    lost = (0.0 - result.total(with_market=with_market)[:, held]) * amount[held]
    size = np.abs(amount[held])
    weight = result.run.design.weight
    u = float(stream(result.run.seed, RESAMPLING, 0).random())
    return Event(
        number=number,
        scenario=result.run.scenario,
        rate=_rate(result.run.scenario) if rate is None else _checked_rate(result.run.scenario.name, rate),
        loss=lost.sum(axis=1),
        impacted=(lost > 0.0) @ size,
        footprint=float(size[(lost != 0.0).any(axis=0)].sum()),
        design=result.run.design,
        samples=systematic(weight, len(weight), u),
    )


def _rate(scenario: Scenario) -> float:
    """Events a year; of a mixture the sum of its parts'."""
    parts = [part for part, _ in scenario.components()]
    for part in [scenario] if scenario.frequency is not None else parts:
        if part.frequency is None:
            reason = f"in force: {part.in_force.what}" if part.in_force else part.regime
            why = f" ({reason.strip()})" if reason else ""
            raise InputError(f"{part.name}: found no frequency{why}, expected one, or rates={{'{scenario.name}': ...}}")
    if scenario.frequency is not None:
        return scenario.frequency.per_year.value
    return float(sum(part.frequency.per_year.value for part in parts if part.frequency is not None))


def _checked_rate(name: str, rate: float) -> float:
    if not (np.isfinite(rate) and rate >= 0.0):
        raise InputError(f"rates, {name}: found {rate!r}, expected events a year, at least 0")
    return float(rate)


def selt(events: Sequence[Event]) -> pd.DataFrame:
    """Loss of each sample; rows above 0 only, or all rows of an event in which the book can gain."""
    pieces = []
    for event in events:
        loss, impacted = event.loss[event.samples], event.impacted[event.samples]
        rows = np.arange(len(loss)) if (loss < 0.0).any() else np.flatnonzero(loss > 0.0)
        sample = {"SampleId": rows + 1, "Loss": loss[rows], "ImpactedExposure": impacted[rows]}
        pieces.append(pd.DataFrame({"EventId": event.number, "SummaryId": SUMMARY, **sample}))
    return typed(pd.concat(pieces, ignore_index=True))


def melt(events: Sequence[Event]) -> pd.DataFrame:
    """Rate, chance of a loss, mean, standard deviation and largest loss of each event."""
    rows = [
        {
            "EventId": event.number,
            "SummaryId": SUMMARY,
            "SampleType": SAMPLED,
            "EventRate": event.rate,
            "ChanceOfLoss": float(tail.mean(event.loss > 0.0, event.design).value),
            "MeanLoss": float(tail.mean(event.loss, event.design).value),
            "SDLoss": float(np.sqrt(np.cov(event.loss, aweights=event.design.weight))),
            "MaxLoss": float(event.loss.max()),
            "FootprintExposure": event.footprint,
            "MeanImpactedExposure": float(tail.mean(event.impacted, event.design).value),
            "MaxImpactedExposure": float(event.impacted.max()),
        }
        for event in events
    ]
    return typed(pd.DataFrame(rows))


def event_table(events: Sequence[Event]) -> pd.DataFrame:
    """Which event is which scenario."""
    rows = [(event.number, event.scenario.name, event.rate, event.scenario.digest) for event in events]
    return typed(pd.DataFrame(rows, columns=["EventId", "EventDescription", "EventRate", "EventMetaData"]))
