"""A table of years and what is read from it: exceedance curves, average annual loss, and how sure they are.

Losses are positive, gains negative, both parts of the book's worth at the start of the year. A year's loss is booked in
the year in which its events begin, each with all it costs over its horizon. Standard errors are over groups of outer
loops, which share neither rates nor events nor draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from supplychain_risk.errors import InputError
from supplychain_risk.kernels import tail
from supplychain_risk.kernels import years as kernel
from supplychain_risk.kernels.chain import Floats, Ints
from supplychain_risk.markets.annual_kinds import PREFIXES, Held, Kind, Side, expected_events, families_of
from supplychain_risk.markets.annual_years import Years
from supplychain_risk.markets.portfolio import Portfolio
from supplychain_risk.scenarios.frequencies import Frequencies

RETURN_PERIODS = (5.0, 10.0, 20.0, 50.0, 100.0, 200.0)
"""Years."""

WORST_YEARS = 100.0
"""Return period of the years that `by_scenario` calls the worst."""

FEWEST = 30
"""Years that reach a loss, and different outcomes behind them, below which it is marked."""

LARGEST_ERROR = 0.25
"""Standard error, as part of the loss, above which it is marked."""

WIDEST_RATES = 4.0
"""Longest by shortest return period that the rates allow, above which a loss is marked: from half to double."""


@dataclass(frozen=True, eq=False)
class AnnualRisk:
    """Years of a book.

    Attributes
    ----------
    book, held : what is held, and the part of it that moves.
    frequencies : rates of the events.
    kinds : losses of the book in every draw of each scenario, in the order of `frequencies.rates`.
    years : the years and their events.
    provenance : what the result depends on.
    """

    book: Portfolio
    held: Held
    frequencies: Frequencies
    kinds: tuple[Kind, ...]
    years: Years
    provenance: Mapping[str, object]

    def __repr__(self) -> str:
        """Say what it is about, never the content."""
        return f"AnnualRisk({self.book.name}, {self.n_years:,} years, {len(self.kinds)} scenarios)"

    @property
    def n_years(self) -> int:
        """Number of years Y."""
        return len(self.years.loop)

    @cached_property
    def year_loss_table(self) -> pd.DataFrame:
        """One row an event: year, event (1 = first of its year), scenario, draw, loss, network_loss; all from 1, 1, 0.

        `loss` is that of the event alone. Events of a year multiply holding by holding, so that the year's loss
        (`years.losses`) is not quite the sum of theirs. Years without events have no row.
        """
        years = self.years
        first = np.flatnonzero(np.diff(years.year, prepend=-1))
        before = np.repeat(first, np.diff(first, append=len(years.year)))
        return pd.DataFrame(
            {
                "year": years.year + 1,
                "event": np.arange(len(years.year)) - before + 1,
                "scenario": pd.Categorical.from_codes(years.source, categories=pd.Index([k.name for k in self.kinds])),
                "draw": years.draw,
                "loss": years.loss["total"],
                "network_loss": years.loss["network"],
            }
        )

    def curve(self, return_periods: Sequence[float] = RETURN_PERIODS) -> pd.DataFrame:
        """Exceedance curves: one row a return period.

        Parameters
        ----------
        return_periods : years, above 1 and at most the number of years.

        Returns
        -------
        Index return_period. For `aep` (loss of the year) and `oep` (largest event of the year), and for the same by the
        network alone (network_aep, network_oep): loss that is reached or exceeded once in so many years, `_error` = its
        standard error, `_unreliable` = the rules that mark it, "" = none:

        - years: fewer than 30 simulated years reach it
        - outcomes: fewer than 30 different draws stand behind these years, counted as (sum n)^2 / sum n^2
        - error: its standard error is above a quarter of it, or unknown
        - rates: oep_seldom is more than four times oep_often

        oep_often, oep_seldom (network_oep_often, ...) : years between events as large as `oep`, 5 % and 95 % quantile
        over the rates of the outer loops: how uncertain the frequencies make the return period.

        cause, cause_share : scenario that is the largest event in most of the years that reach `aep`, and in how many.

        Raises
        ------
        InputError : a return period out of range.
        """
        for period in return_periods:
            if not 1.0 < period <= self.n_years:
                raise InputError(f"return_periods: found {period!r}, expected years above 1, at most {self.n_years:,}")
        rows = [self._at(float(period)) for period in return_periods]
        return pd.DataFrame(rows, index=pd.Index([float(p) for p in return_periods], name="return_period"))

    def average(self) -> pd.DataFrame:
        """Average annual loss with the market (row `total`) and without (`network`), checked against the rates.

        Columns
        -------
        annual_loss, standard_error : mean over years; losses minus gains.
        losses, gains : what losing years add to it, and what gaining years take from it.
        overlap : annual_loss minus the mean sum of events each alone: what is lost once and not twice.
        expected, expected_error : sum over scenarios of expected events that count x mean loss, and its error from the
            draws.
        difference, difference_error : mean sum of events minus `expected`, and the error of that; rates and events
            differ from their means, the draws are the same.
        without_families : sum of mean rate x mean loss, as if no scenario excluded another.
        low, high : 5 % and 95 % quantile of the expected loss over the rates of the outer loops.
        """
        return pd.DataFrame([self._average(side) for side in PREFIXES], index=pd.Index([*PREFIXES], name="side"))

    def by_scenario(self) -> pd.DataFrame:
        """One row a scenario, largest contribution first.

        Columns
        -------
        per_year, low, high, source : rate as given, and who says so with what confidence.
        expected_events : events that count in a year, mean over the rates and after families.
        loss, loss_error : mean loss given the event and its standard error; network_loss, network_loss_error.
        contribution, network_contribution : expected events x mean loss, part of the average annual loss.
        worst_years : share of the years that reach the 1-in-100 loss in which it is the largest event.
        """
        rates = self.frequencies.rates
        table = pd.DataFrame(
            {
                "per_year": [rate.value for rate in rates],
                "low": [rate.low for rate in rates],
                "high": [rate.high for rate in rates],
                "source": [rate.source for rate in rates],
                "expected_events": expected_events(rates),
            },
            index=pd.Index([kind.name for kind in self.kinds], name="scenario"),
        )
        for side, prefix in PREFIXES.items():
            loss, error = self._mean_losses(side)
            table[f"{prefix}loss"], table[f"{prefix}loss_error"] = loss, error
            table[f"{prefix}contribution"] = table["expected_events"] * loss
        losses = self.years.losses["total"]
        level = float(kernel.loss_at(losses, min(WORST_YEARS, self.n_years)).value)
        table["worst_years"] = self._sources(self._worst["total"][losses >= level])
        return table.sort_values("contribution", ascending=False, kind="stable")

    @cached_property
    def _worst(self) -> Mapping[Side, Ints]:
        return {side: self.years.worst(side) for side in PREFIXES}

    def _mean_losses(self, side: Side) -> tuple[Floats, Floats]:
        """(S,) mean loss given each event, and its standard error."""
        estimates = np.array([kind.mean_loss(side) for kind in self.kinds], dtype=np.float64)
        return estimates[:, 0], estimates[:, 1]

    def _at(self, period: float) -> dict[str, float | str]:
        row: dict[str, float | str] = {}
        for side, prefix in PREFIXES.items():
            worst = self._worst[side]
            largest = np.append(self.years.loss[side], 0.0)[worst]  # -1, no event, is the last
            losses = {"aep": self.years.losses[side], "oep": largest}
            level = {name: kernel.loss_at(each, period, self.years.design) for name, each in losses.items()}
            often, seldom = self._years_between(side, float(level["oep"].value))
            for name, estimate in level.items():
                marks = self._marks(period, estimate, worst[losses[name] >= estimate.value], seldom / often)
                value, error = map(float, estimate)
                row |= {f"{prefix}{name}": value, f"{prefix}{name}_error": error, f"{prefix}{name}_unreliable": marks}
            row |= {f"{prefix}oep_often": often, f"{prefix}oep_seldom": seldom}
        shares = self._sources(self._worst["total"][self.years.losses["total"] >= float(row["aep"])])
        return row | {"cause": self.kinds[int(shares.argmax())].name, "cause_share": float(shares.max())}

    def _years_between(self, side: Side, loss: float) -> tuple[float, float]:
        """Years between events that lose as much, 5 % and 95 % quantile over rates; nothing is lost in every year."""
        if loss <= 0.0:
            return 1.0, 1.0
        beyond = np.array([np.mean(kind.loss[side] >= loss) for kind in self.kinds])
        chance = kernel.chance_beyond(self.years.rates, beyond, *families_of(self.frequencies.rates))
        often, seldom = np.quantile(chance, [0.95, 0.05])
        return float(1.0 / often), float(1.0 / seldom)

    def _marks(self, period: float, estimate: tail.Estimate, worst: Ints, spread: float) -> str:
        """Rules that mark a loss; `worst` are the largest events of the years that reach it, -1 = none."""
        value, error = map(float, estimate)
        events = worst[worst >= 0]
        outcomes = self.years.source[events] + self.years.draw[events] * len(self.kinds)
        _, times = np.unique(outcomes, return_counts=True)
        broken = {
            "years": self.n_years / period < FEWEST,
            "outcomes": value > 0.0 and kernel.effective_number(times) < FEWEST,
            "error": not error <= LARGEST_ERROR * abs(value),
            "rates": spread > WIDEST_RATES,
        }
        return ", ".join(rule for rule, marked in broken.items() if marked)

    def _sources(self, worst: Ints) -> Floats:
        """Share of each scenario among the largest events of some years; 0 for all where none has an event."""
        count = np.bincount(self.years.source[worst[worst >= 0]], minlength=len(self.kinds))
        return np.asarray(count / max(1, count.sum()), dtype=np.float64)

    def _average(self, side: Side) -> dict[str, float]:
        years, rates = self.years, self.frequencies.rates
        losses, sums, counted = years.losses[side], years.sums(side), expected_events(rates)
        loss, _ = self._mean_losses(side)
        by_group = counted @ np.array([kind.group_means(side) for kind in self.kinds])
        by_loop = kernel.counted_rates(years.rates, np.exp(-years.rates), *families_of(rates)) @ loss
        mean = tail.mean(losses, years.design)
        difference = tail.mean(sums - by_group[years.design.unit], years.design)
        numbers = {
            "annual_loss": mean.value,
            "standard_error": mean.standard_error,
            "losses": np.maximum(losses, 0.0).mean(),
            "gains": np.maximum(0.0 - losses, 0.0).mean(),
            "overlap": losses.mean() - sums.mean(),
            "expected": counted @ loss,
            "expected_error": tail.mean(by_group).standard_error,
            "difference": difference.value,
            "difference_error": difference.standard_error,
            "without_families": np.array([kernel.rate_mean(*rate.distribution) for rate in rates]) @ loss,
            "low": np.quantile(by_loop, 0.05),
            "high": np.quantile(by_loop, 0.95),
        }
        return {name: float(number) for name, number in numbers.items()}
