"""Annual risk: from events a year and what each event costs to the loss of a year.

    N_s ~ Poisson(lambda_s),   lambda_s drawn once in each outer loop (`kernels.years`)

A year takes its events from the simulated draws of the scenarios. Of an exclusive family (Taiwan cut off, trouble in
Korea, a quake in Taiwan) only the gravest of a year counts. An event costs its whole return over its horizon and is
booked in the year in which it begins; events of a year multiply, company by company. Frequencies are a layer of their
own (`scenarios.frequencies`): whoever doubts a rate hands in a table.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from supplychain_risk.dataset.schema import Dataset
from supplychain_risk.errors import InputError
from supplychain_risk.markets.annual_events import EventReturns, event_returns, simulate_events
from supplychain_risk.markets.annual_kinds import count_groups, held_in, kind_of
from supplychain_risk.markets.annual_result import AnnualRisk
from supplychain_risk.markets.annual_years import draw_years
from supplychain_risk.markets.portfolio import Portfolio
from supplychain_risk.markets.result import EquityReturns
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.network.required import require_network
from supplychain_risk.scenarios.frequencies import Frequencies, load_frequencies
from supplychain_risk.scenarios.sampling import check_whole

MOST_YEARS = 10_000_000
N_LOOPS = 1_024


def annual_risk(
    network: SupplyNetwork,
    book: str | Mapping[str, float] | Portfolio,
    *,
    n_years: int = 100_000,
    n_draws: int = 1_024,
    seed: int = 0,
    frequencies: str | os.PathLike[str] | Frequencies | None = None,
    events: Mapping[str, EventReturns | EquityReturns] | None = None,
    progress: Callable[[int], None] | None = None,
) -> AnnualRisk:
    """Simulate years of a book: how much it loses in a year, and once in ten, twenty, two hundred years.

    Parameters
    ----------
    network : balanced baseline with the companies' accounts.
    book : a `Portfolio`; or the name of an index of the data ("sox"), or weights by company, ticker or fund.
    n_years : simulated years, in 1,024 outer loops (or as many as there are years) that have rates of their own.
    n_draws : draws of each scenario, unless `events` has them.
    seed : whole number >= 0. The same seed gives the same bytes.
    frequencies : table of rates, or the CSV file of one (`load_frequencies`); None = those of the packaged scenarios.
    events : scenario -> returns of its draws, for at least the scenarios of the table: from `simulate_events`, or
        `equity_returns` of a run. None = simulate them.
    progress : called with the number of draws done, of scenarios x `n_draws`.

    Returns
    -------
    AnnualRisk: losses positive, as parts of the book's worth; `curve()`, `average()`, `by_scenario()`,
    `year_loss_table`.

    Raises
    ------
    DataError, UnknownNameError, InputError : a wrong table of rates, unknown names, numbers out of range, events that
        are missing or whose draws are not equally probable.

    Notes
    -----
    Not in it: all risk but that of these scenarios; states in force; losses of an event after the horizon; whether one
    event makes another more likely, but for families. Weights are those of the start of every year.

    Examples
    --------
    >>> import supplychain_risk as scr
    >>> net = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    >>> quakes = scr.load_frequencies().only("taiwan-quake-minor", "taiwan-quake-severe")
    >>> risk = annual_risk(net, {"tsmc": 0.5, "pnc": 0.5}, n_years=1_000, n_draws=4, frequencies=quakes)
    >>> risk.curve([10, 200])["network_aep"].is_monotonic_increasing
    True
    """
    require_network(network)
    if network.dataset is None:
        raise InputError("annual_risk: found a network made of tables, expected one from a dataset with accounts")
    check_whole("n_years", n_years, 1)
    if n_years > MOST_YEARS:
        raise InputError(f"n_years: found {n_years:,}, expected at most {MOST_YEARS:,}")
    table = _by_name(frequencies if isinstance(frequencies, Frequencies) else load_frequencies(frequencies))
    found = _as_portfolio(book, network.dataset)
    if events is None:
        events = simulate_events(network, table, n_draws=n_draws, seed=seed, progress=progress)
    known = _chosen(events, table)
    held, n_loops = held_in(found, known), min(N_LOOPS, n_years)
    n_groups = count_groups(known, n_loops)
    kinds = tuple(kind_of(name, event, held, n_groups) for name, event in known.items())
    years = draw_years(table.rates, kinds, held.weights, n_years=n_years, n_loops=n_loops, n_groups=n_groups, seed=seed)
    provenance = {
        "data_digest": network.digest,
        "n_years": n_years,
        "n_loops": n_loops,
        "n_groups": n_groups,
        "seed": seed,
        "frequencies": table.file or "packaged",
        "rates": {rate.scenario.name: (rate.low, rate.value, rate.high) for rate in table.rates},
        "simulations": [dict(event.provenance) for event in known.values()],
    }
    return AnnualRisk(found, held, table, kinds, years, MappingProxyType(provenance))


def _as_portfolio(book: str | Mapping[str, float] | Portfolio, dataset: Dataset) -> Portfolio:
    if isinstance(book, str):
        return Portfolio.of_index(book, dataset)
    if isinstance(book, Mapping):
        return Portfolio.from_weights(book, dataset)
    if isinstance(book, Portfolio):
        return book
    raise InputError(f"book: found {type(book).__name__}, expected a Portfolio, the name of an index, or weights")


def _by_name(table: Frequencies) -> Frequencies:
    """The same table in the order of names, so that the order it came in changes nothing.

    Raises
    ------
    InputError : it is empty.
    """
    if not table.rates:
        raise InputError("frequencies: found an empty table, expected at least one scenario")
    return replace(table, rates=tuple(sorted(table.rates, key=lambda rate: rate.scenario.name)))


def _chosen(events: Mapping[str, EventReturns | EquityReturns], table: Frequencies) -> dict[str, EventReturns]:
    """Events of the scenarios of a table, in its order.

    Raises
    ------
    InputError : some are missing, or are those of another scenario of that name.
    """
    names = [rate.scenario.name for rate in table.rates]
    if missing := [name for name in names if name not in events]:
        raise InputError(f"events: found none of {', '.join(missing)}, expected one for each scenario with a rate")
    chosen = {}
    for rate in table.rates:
        event = events[rate.scenario.name]
        kept = event_returns(event) if isinstance(event, EquityReturns) else event
        if kept.provenance["scenario_digest"] != rate.scenario.digest:
            raise InputError(
                f"events: found {rate.scenario.name} of digest {kept.provenance['scenario_digest']}, expected "
                f"{rate.scenario.digest}, the record that the rates are of"
            )
        chosen[rate.scenario.name] = kept
    return chosen
