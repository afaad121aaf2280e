"""Annual risk: years of a book beyond the simulations; the events are made up, so that nothing is simulated."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from measure import KIB, Row

import supplychain_risk as scr
from supplychain_risk.markets.annual_events import EventReturns
from supplychain_risk.scenarios.frequencies import Frequencies

DRAWS = 1_024
SIZES = (100_000, 1_000_000)
BUDGETS = {100_000: "< 3"}
INDEX = "sp500"


def made_up(network: scr.SupplyNetwork, table: Frequencies) -> dict[str, EventReturns]:
    """Returns of all companies of the data in draws of every scenario of the table."""
    companies = tuple(network.dataset.companies) if network.dataset else ()
    random = np.random.default_rng(1)
    events = {}
    for rate in table.rates:
        market = -random.random(DRAWS) / 10
        alone = -(random.random((DRAWS, len(companies))) ** 4)
        provenance = {"scenario": rate.scenario.name, "scenario_digest": rate.scenario.digest}
        whole = np.maximum(alone + market[:, None], -1.0)
        events[rate.scenario.name] = EventReturns(companies, alone, whole, market, np.arange(DRAWS), provenance)
    return events


def measure() -> Iterator[Row]:
    """Years and curves of an index; then many more events a year."""
    network = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    table = scr.load_frequencies()
    events = made_up(network, table)
    often = replace(table, rates=tuple(replace(rate, low=2.0, value=2.0, high=2.0) for rate in table.rates))
    scr.annual_risk(network, INDEX, n_years=1_000, frequencies=table, events=events)
    for n_years in SIZES:
        begin = time.perf_counter()
        risk = scr.annual_risk(network, INDEX, n_years=n_years, frequencies=table, events=events)
        drawn = time.perf_counter()
        risk.curve(), risk.average(), risk.by_scenario()
        read = time.perf_counter()
        what = f"{n_years:,} years, {len(risk.years.year):,} events"
        yield Row(what, drawn - begin, "s", BUDGETS.get(n_years, ""))
        yield Row(f"{what}: curves and tables", read - drawn, "s", BUDGETS.get(n_years, ""))
        yield Row(f"{what}, peak", _peak_memory(), "MB")
    begin = time.perf_counter()
    risk = scr.annual_risk(network, INDEX, frequencies=often, events=events)
    yield Row(f"100,000 years, {len(risk.years.year):,} events", time.perf_counter() - begin, "s")


def _peak_memory() -> float:
    """Largest resident set of this process so far, MB."""
    unit = 1 if sys.platform == "darwin" else KIB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
