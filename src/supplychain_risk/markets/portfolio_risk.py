"""Loss of a book in a scenario: how much, how sure, and who carries it.

One convention. Losses are positive and parts of the book's worth. Value at risk is inf{l : P(L <= l) >= a}; expected
shortfall is the mean of the worst 1 - a of the probability, the draw on the boundary counted by the fraction that is
left, ties alike. Every number stands beside its Monte Carlo standard error, and twice: by the network alone, and with
the market. Everything is conditional on the event.

Contributions are Euler's: of the mean, each part's mean loss; of expected shortfall, each part's mean loss over the
same tail. Both add up to the book (`kernels.shortfall`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
import pandas as pd

from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.kernels import shortfall, tail
from supplychain_risk.kernels.shortfall import Spectrum
from supplychain_risk.kernels.tail import Design, Estimate
from supplychain_risk.markets.accounts import Floats
from supplychain_risk.markets.book_causes import BookSide, book_contributions
from supplychain_risk.markets.measures import Measures, Side, effective_number, means, measure
from supplychain_risk.markets.portfolio import Portfolio
from supplychain_risk.markets.positions import Exposures, channel_names, channel_returns, expose, position_returns
from supplychain_risk.markets.result import EquityReturns
from supplychain_risk.simulation.executors import Executor

Part = Literal["holding", "channel", "cause", "path"]

FEWEST_TAIL: Final = 30
"""Draws in the tail below which a mean over it is called unreliable."""

_ROUNDING: Final = 1e-9

AVERSION: Final = 10.0
"""Aversion of the exponential spectrum where none is chosen: the worst tenth of the draws weighs 63 %."""


@dataclass(frozen=True, eq=False)
class PortfolioRisk:
    """What a scenario does to a book; conditional on the event, losses positive, parts of the book's worth.

    Attributes
    ----------
    returns : the companies' returns behind it.
    book : what is held.
    level : of value at risk and expected shortfall.
    network : losses that travelled along the network, alone.
    total : losses with the market's fall.
    exposures : what the book holds of which company.
    plain : losses that travelled along the network, with kappa = 0: no repricing.
    """

    returns: EquityReturns
    book: Portfolio
    level: float
    network: Side
    total: Side
    exposures: Exposures
    plain: Side

    def __repr__(self) -> str:
        """Say what it is about, never the content."""
        return f"PortfolioRisk({self.book.name}, {self.returns.run.scenario.name}, level {self.level:g})"

    @property
    def expected_loss(self) -> Estimate:
        """Mean loss with the market, and its standard error; the network's own in `network.measures`."""
        return self.total.measures.expected_loss

    @property
    def value_at_risk(self) -> Estimate:
        """Value at risk with the market, and its standard error."""
        return self.total.measures.value_at_risk

    @property
    def expected_shortfall(self) -> Estimate:
        """Expected shortfall with the market, and its standard error."""
        return self.total.measures.expected_shortfall

    @property
    def spectral(self) -> Estimate:
        """Spectral risk with the market, and its standard error."""
        return self.total.measures.spectral

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the draws are too few for, one sentence each."""
        fewest = min(self.network.tail_draws, self.total.tail_draws)
        if fewest >= FEWEST_TAIL:
            return ()
        sentence = (
            f"only {fewest:.1f} draws lie in the tail beyond {self.level:g}, fewer than {FEWEST_TAIL}: value at risk "
            f"and expected shortfall, and their errors, are unreliable; {self._draws_wanted(fewest):,} draws would do"
        )
        return (sentence,)

    def table(self) -> pd.DataFrame:
        """One row a measure: network, network_error, total, total_error, plain, plain_error (without repricing)."""
        sides = self.network, self.total, self.plain
        rows = {
            name: [float(number) for side in sides for number in getattr(side.measures, name)]
            for name in Measures._fields
        }
        columns = ["network", "network_error", "total", "total_error", "plain", "plain_error"]
        return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("measure")

    def contributions(
        self,
        by: Part = "holding",
        *,
        executor: Executor | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> pd.DataFrame:
        """Split mean loss and expected shortfall; each column adds up to its measure.

        Parameters
        ----------
        by : "holding", "channel", "cause" (what was hit and where) or "path" (the largest chains). For the last two the
            draws of the tail are followed once more, which takes some time; their means are those of the first 512
            draws. See `markets.book_causes`.
        executor, progress : for causes and paths, as in `simulate`.

        Returns
        -------
        One row a part: network_mean, network_mean_error, network_es, network_es_error, total_mean, ...; for holdings
        before them kind, weight and covered (part of the holding in companies with a return).

        Raises
        ------
        UnknownNameError : there is no such split.
        """
        check_split(by)
        if by == "channel":
            return self._by_channel()
        if by in ("cause", "path"):
            sides = tuple(BookSide(name, side.with_market, side.losses) for name, side in self._named_sides)
            return book_contributions(
                self.returns,
                self.exposures,
                self._weights,
                sides,
                by=by,
                level=self.level,
                executor=executor,
                progress=progress,
            )
        labels = [position.name for position in self.book.positions]
        table = pd.DataFrame(
            {
                "kind": [position.kind for position in self.book.positions],
                "weight": self._weights,
                "covered": self.exposures.covered,
            },
            index=pd.Index(labels, name="holding"),
        )
        for name, side in self._named_sides:
            lost = self._lost(side) * self._weights
            table[f"{name}_mean"], table[f"{name}_mean_error"] = means(lost, self._design)
            table[f"{name}_es"], table[f"{name}_es_error"] = self._components(lost, side)
        return table

    def marginal(self) -> pd.DataFrame:
        """Expected shortfall that one more unit of weight in a holding adds, taken from cash: dES/dw.

        Returns
        -------
        One row a holding: weight, network, network_error, total, total_error. Weight x marginal = contribution.
        """
        return self._by_holding(self._components)

    def incremental(self) -> pd.DataFrame:
        """Expected shortfall of the book minus that of the book with the holding sold for cash.

        Returns
        -------
        One row a holding: weight, network, network_error, total, total_error. Negative = the holding hedges the book.
        """
        return self._by_holding(self._added)

    def effective_holdings(self) -> pd.Series[float]:
        """Equal holdings that would be as spread: by weight, and by contribution to expected shortfall of either side.

        (sum of |parts|)^2 / sum of squares; NaN where nothing is lost. Concentration of risk, not of what is held.
        """
        parts = self.contributions(by="holding")
        columns = {"weight": "weight", "network": "network_es", "total": "total_es"}
        return pd.Series({name: effective_number(parts[column].to_numpy()) for name, column in columns.items()})

    @property
    def _design(self) -> Design:
        return self.returns.run.design

    @property
    def _weights(self) -> Floats:
        return np.array([position.weight for position in self.book.positions])

    @property
    def _named_sides(self) -> tuple[tuple[str, Side], tuple[str, Side]]:
        return ("network", self.network), ("total", self.total)

    def _draws_wanted(self, fewest: float) -> int:
        least = FEWEST_TAIL / (1.0 - self.level)  # part of one draw in the tail counts as a whole one
        return int(np.ceil(max(self.returns.run.n_draws * FEWEST_TAIL / fewest, least) - _ROUNDING))

    def _lost(self, side: Side) -> Floats:
        """Loss of each position a unit of weight, (D, H)."""
        found = position_returns(self.returns, self.exposures, with_market=side.with_market)
        return np.subtract(0.0, found, out=found)

    def _components(self, lost: Floats, side: Side) -> Estimate:
        return shortfall.components(lost, side.losses, self.level, self._design)

    def _added(self, lost: Floats, side: Side) -> Estimate:
        spectrum, design = shortfall.shortfall_spectrum(self.level), self._design
        with_all = shortfall.influence(side.losses, spectrum, design)
        whole = float(side.measures.expected_shortfall.value)
        values, errors = [], []
        for weight, column in zip(self._weights, lost.T, strict=True):
            without = side.losses - weight * column
            values.append(whole - float(shortfall.expected_shortfall(without, self.level, design).value))
            left = shortfall.influence(without, spectrum, design)
            errors.append(float(tail.mean(with_all - left, design).standard_error))
        return Estimate(np.array(values), np.array(errors))

    def _by_holding(self, split: Callable[[Floats, Side], Estimate]) -> pd.DataFrame:
        labels = [position.name for position in self.book.positions]
        table = pd.DataFrame({"weight": self._weights}, index=pd.Index(labels, name="holding"))
        for name, side in self._named_sides:
            table[name], table[f"{name}_error"] = split(self._lost(side), side)
        return table

    def _by_channel(self) -> pd.DataFrame:
        channels = channel_names(self.returns, with_market=True)
        table = pd.DataFrame(index=pd.Index(channels, name="channel"))
        for name, side in self._named_sides:
            found = channel_returns(self.returns, self.exposures, self._weights, with_market=side.with_market)
            none = np.zeros(self.returns.run.n_draws)
            lost = np.column_stack([0.0 - found.get(channel, none) for channel in channels])
            table[f"{name}_mean"], table[f"{name}_mean_error"] = means(lost, self._design)
            table[f"{name}_es"], table[f"{name}_es_error"] = self._components(lost, side)
        return table


def portfolio_risk(
    returns: EquityReturns, book: Portfolio, *, level: float = 0.95, spectrum: Spectrum | None = None
) -> PortfolioRisk:
    """Measure what a simulated scenario does to a book.

    Parameters
    ----------
    returns : from `equity_returns`.
    book : from `Portfolio.from_csv`, `from_weights` or `of_index`.
    level : of value at risk and expected shortfall, between 0 and 1.
    spectrum : of the spectral risk, from `kernels.shortfall`: exponential or any steps; None = exponential with
        aversion 10.

    Returns
    -------
    PortfolioRisk: expected loss, value at risk, expected shortfall and spectral risk, with standard errors that honour
    the weights and the dependence of draws, by the network alone (with and without repricing) and with the market;
    contributions, marginal and incremental shortfall.

    Raises
    ------
    InputError : the level is not between 0 and 1, or the book is none or empty.

    Notes
    -----
    Holdings without a return (unknown to the data, or without market value) move with the market only. No copy of
    draws x companies is kept: two numbers a draw are.

    Examples
    --------
    >>> import supplychain_risk as scr
    >>> net = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    >>> returns = scr.equity_returns(scr.simulate(net, "taiwan-quake", n_draws=64, horizon_days=364, seed=7))
    >>> book = scr.Portfolio.from_weights({"nvidia": 0.5, "pnc": 0.5})
    >>> risk = scr.portfolio_risk(returns, book, level=0.9)
    >>> parts = risk.contributions(by="holding")
    >>> bool(np.isclose(parts["total_es"].sum(), risk.expected_shortfall.value)), parts.loc["pnc", "network_es"].item()
    (True, 0.0)
    """
    check_level(level)
    if not isinstance(book, Portfolio):
        made = "Portfolio.from_csv(FILE), from_weights({...}) or of_index(NAME)"
        raise InputError(f"book: found a {type(book).__name__}, expected a Portfolio: {made}")
    if not book.positions:
        raise InputError(f"{book.name}: found a book without positions, expected at least one")
    chosen = shortfall.exponential_spectrum(AVERSION) if spectrum is None else spectrum
    exposures = expose(returns, book.positions)
    weights = np.array([position.weight for position in book.positions])
    sides: list[Side] = []
    for with_market, with_repricing in ((False, True), (True, True), (False, False)):
        found = position_returns(returns, exposures, with_market=with_market, with_repricing=with_repricing)
        losses = 0.0 - found @ weights
        losses.setflags(write=False)
        sides.append(measure(losses, level, chosen, returns.run.design, with_market=with_market))
    network, total, plain = sides
    return PortfolioRisk(returns, book, level, network, total, exposures, plain)


def check_level(level: float) -> None:
    """Refuse a level that is no probability.

    Raises
    ------
    InputError : it is not between 0 and 1.
    """
    if not 0.0 < level < 1.0:
        raise InputError(f"level: found {level!r}, expected a number between 0 and 1, such as 0.95")


def check_split(by: str) -> None:
    """Refuse a split of losses that a run cannot give.

    Raises
    ------
    UnknownNameError : there is no such split.
    """
    if by not in get_args(Part):
        raise UnknownNameError("split", by, get_args(Part), "by")
