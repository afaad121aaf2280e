"""What each kind of event does to companies, kept as small as a table of years needs it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from supplychain_risk.errors import InputError
from supplychain_risk.kernels.chain import Floats, Ints
from supplychain_risk.markets.equities import equity_returns
from supplychain_risk.markets.result import EquityReturns
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.network.required import require_network
from supplychain_risk.scenarios.frequencies import Frequencies, load_frequencies
from supplychain_risk.simulation.runner import simulate


@dataclass(frozen=True, eq=False)
class EventReturns:
    """Draws (D) x companies (N) of one scenario: whole returns over its horizon, conditional on the event.

    Attributes
    ----------
    companies : N company ids.
    network, total : (D, N) return by the network's channels alone, and with the market; at least -1, NaN = unknown.
    market : (D,) return of the market that goes with the event.
    unit : (D,) draws of different units are independent.
    provenance : what the simulation depends on.
    """

    companies: tuple[str, ...]
    network: Floats
    total: Floats
    market: Floats
    unit: Ints
    provenance: Mapping[str, object]

    def __repr__(self) -> str:
        """Say what it is about, never the content."""
        return f"EventReturns({self.provenance['scenario']}, {len(self.unit)} draws, {len(self.companies)} companies)"


def event_returns(returns: EquityReturns) -> EventReturns:
    """Keep of a valued scenario what a table of years needs; the simulation itself can then go.

    Raises
    ------
    InputError : its draws have different weights; years take each draw with the same chance.
    """
    run = returns.run
    if np.ptp(run.totals.weight) > 0.0:
        raise InputError(
            f"{run.scenario.name}: found draws of different weight (shares or tilts of its sampling), expected draws "
            "of equal weight, because years take them one by one"
        )
    network, total = returns.total(with_market=False), returns.total()
    for array in (network, total):
        array.setflags(write=False)
    return EventReturns(
        returns.companies, network, total, run.totals.market_factor, run.design.unit, MappingProxyType(run.provenance)
    )


def simulate_events(
    network: SupplyNetwork,
    frequencies: str | os.PathLike[str] | Frequencies | None = None,
    *,
    n_draws: int = 1_024,
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
) -> Mapping[str, EventReturns]:
    """Simulate and value every scenario of a table of rates, one after the other.

    Parameters
    ----------
    network : balanced baseline with the companies' accounts.
    frequencies : as in `annual_risk`; says which scenarios.
    n_draws : draws of each scenario.
    seed : whole number >= 0.
    progress : called with the number of draws done; scenarios x `n_draws` in all.

    Returns
    -------
    Scenario -> returns of its draws. For several books simulate once and hand this to each `annual_risk`.

    Raises
    ------
    DataError, InputError : as `load_frequencies`, `simulate` and `equity_returns`.

    Examples
    --------
    >>> import supplychain_risk as scr
    >>> net = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    >>> events = simulate_events(net, scr.load_frequencies().only("euv-outage"), n_draws=2)
    >>> events["euv-outage"]
    EventReturns(euv-outage, 2 draws, ... companies)
    """
    require_network(network)
    chosen = frequencies if isinstance(frequencies, Frequencies) else load_frequencies(frequencies)
    return MappingProxyType(
        {
            rate.scenario.name: event_returns(
                equity_returns(simulate(network, rate.scenario, n_draws=n_draws, seed=seed, progress=progress))
            )
            for rate in chosen.rates
        }
    )
