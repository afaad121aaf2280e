"""What a simulation knows: totals by quarter of every draw, and the tables made of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.kernels import tail
from supplychain_risk.kernels.chain import Floats
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.propagation.dynamics import Dynamics
from supplychain_risk.propagation.pricing import PassThrough, pass_through_of
from supplychain_risk.scenarios.design import Sampling
from supplychain_risk.scenarios.spec import Scenario
from supplychain_risk.simulation.blocks import Horizon
from supplychain_risk.simulation.totals import BlockTotals, Totals

if TYPE_CHECKING:
    from supplychain_risk import Explanation

Level = Literal["product", "company", "activity"]

QUANTILES = (0.05, 0.5, 0.95)
"""Quantiles over draws in all tables."""

_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class Simulation:
    """A scenario followed through a network many times; conditional on the event.

    Attributes
    ----------
    network, scenario : what was simulated.
    totals : the numbers by draw, see `Totals`.
    n_draws, seed, sampling, horizon, step_days, dynamics, discount_rate : how.
    component_names, component_weights : parts of a mixture and their probabilities given the event.
    """

    network: SupplyNetwork
    scenario: Scenario
    totals: Totals
    n_draws: int
    seed: int
    sampling: Sampling
    horizon: Horizon
    step_days: float
    dynamics: Dynamics
    component_names: tuple[str, ...]
    component_weights: Floats
    discount_rate: float

    def __repr__(self) -> str:
        """Say what was run, never the content."""
        return f"Simulation({self.scenario.name}, {self.n_draws} draws, {self.horizon_days:g} days, seed {self.seed})"

    @cached_property
    def pass_through(self) -> PassThrough:
        """How activities charge on what products with moving prices cost more."""
        return pass_through_of(self.network, self.totals.price_buyer, self.totals.price_capital)

    @property
    def horizon_days(self) -> float:
        """Days for which quarters are kept."""
        return self.totals.n_steps * self.step_days

    @property
    def cut_share(self) -> float:
        """Probability that an outage or its recovery is not over when its draw ends."""
        return float(tail.mean(self.totals.cut, self.design).value)

    @property
    def design(self) -> tail.Design:
        """Weights of the draws, and which of them depend on each other."""
        return self.sampling.design(self.totals.weight)

    @property
    def effective_draws(self) -> float:
        """Draws of equal weight that would say as much about a mean; `n_draws` unless outcomes are weighted."""
        return tail.effective_draws(self.totals.weight)

    @property
    def provenance(self) -> dict[str, object]:
        """What the result depends on: digests, scenario, parameters, seed, draws, version."""
        from supplychain_risk import __version__

        return {
            "data_digest": self.network.digest,
            "scenario": self.scenario.name,
            "scenario_digest": self.scenario.digest,
            "n_draws": self.n_draws,
            "seed": self.seed,
            "sampling": self.sampling.as_dict(),
            "horizon": dict(vars(self.horizon)),
            "step_days": self.step_days,
            "discount_rate": self.discount_rate,
            "dynamics": dict(vars(self.dynamics)),
            "version": __version__,
        }

    def lost_days(self, by: Level = "product", *, quarter: int | None = None) -> tuple[pd.Index[str], Floats]:
        """Lost output of each draw, in days of normal output; gains are negative.

        Parameters
        ----------
        by : "product" and "company" add up activities at their normal output.
        quarter : 1-based quarter after the event begins; None = the whole horizon.

        Returns
        -------
        Labels (N,) and losses (D, N).
        """
        labels, groups = self._groups(by)
        quarters = self._quarters(quarter)

        def lost(block: BlockTotals) -> Floats:
            days = np.zeros((block.n_draws, len(groups)))
            for row in quarters:
                days += self.totals.steps_in_row[row] * self.step_days * (1.0 - block.output[:, row].astype(np.float64))
            return np.asarray(days @ groups)

        return labels, self.totals.collect(lost)

    def output_loss(self, by: Level = "product", *, quarter: int | None = None) -> pd.DataFrame:
        """Lost output in days of normal output: mean, standard error, quantiles over draws.

        The quantiles describe how outcomes differ between draws; `standard_error` is the Monte Carlo error of the mean,
        and each quantile has its own beside it. Uncertainty of the facts is not in them.
        """
        labels, lost = self.lost_days(by, quarter=quarter)
        return _summary(labels, lost, "days", self.design)

    def lowest_output(self, by: Level = "activity") -> pd.DataFrame:
        """Lowest weekly output relative to normal: mean over draws, standard error, quantiles.

        For products and companies the average of their activities' own lowest weeks, weighted by normal output.
        """
        labels, groups = self._groups(by)
        levels = self.totals.collect(lambda block: block.lowest.astype(np.float64) @ groups)
        return _summary(labels, levels, "level", self.design)

    def first_day_short(self, by: Level = "product") -> pd.DataFrame:
        """First day with output below 99 % of normal, counted from the event.

        For products and companies the day by which activities with half of their normal output are short.

        Columns
        -------
        never_share, never_error : probability of never being short, and its standard error.
        q05_days, q05_error, ... q95_error : quantiles over all draws and their errors; infinite where the probability
            of never leaves no day for that quantile.
        """
        return self._days("first_day_short", by)

    def recovery_days(self, by: Level = "product") -> pd.DataFrame:
        """Day from which output stays at 99 % of normal or above, counted from the event; 0 if it was never below.

        For products and companies the day by which activities with half of their normal output are back. Columns as in
        `first_day_short`; never = not back at the horizon.
        """
        return self._days("recovery_day", by)

    def unmet_by_draw(self) -> tuple[pd.Index[str], Floats]:
        """Final demand not delivered in its week, over the horizon, USD bn: products (P,) and values (D, P)."""
        unmet = self.totals.collect(lambda block: block.unmet.sum(axis=1, dtype=np.float64))
        return pd.Index(self.network.products[: unmet.shape[1]], name="product"), unmet

    def unmet_demand(self) -> pd.DataFrame:
        """Final demand not delivered in its week, by product, over the horizon, USD bn: mean, quantiles, errors."""
        return _summary(*self.unmet_by_draw(), "usd_bn", self.design)

    def output_paths(self, name: str, *, by: Level = "product") -> Floats:
        """Output of one product, company or activity in every step relative to normal, shape (D, T).

        Raises
        ------
        InputError : the run kept totals by quarter only.
        UnknownNameError : nothing of that name.
        """
        if not self.totals.blocks[0].paths.shape[1]:
            raise InputError("output_paths: found totals by quarter, expected a run with keep='paths'")
        labels, groups = self._groups(by)
        if name not in labels:
            raise UnknownNameError(by, name, labels)
        weight = groups[:, labels.get_loc(name)]
        return self.totals.collect(lambda block: block.paths.astype(np.float64) @ weight)

    def explain(self, company: str, **options: Any) -> Explanation:
        """Say which hits a company's loss goes back to, and through which chains; see `supplychain_risk.explain`."""
        import supplychain_risk as scr

        return scr.explain(self, company, **options)

    def _days(self, field: str, by: Level) -> pd.DataFrame:
        labels, groups = self._groups(by)

        def of_block(block: BlockTotals) -> Floats:
            days = getattr(block, field).astype(np.float64)
            return days if by == "activity" else half_day(days, groups)

        days = self.totals.collect(of_block)
        never, never_error = tail.mean(np.isinf(days), self.design)
        table = pd.DataFrame(
            {"never_share": never, "never_error": never_error, **_quantiles(days, "days", self.design)}, index=labels
        )
        return table.sort_values(["never_share", "q50_days"], kind="stable")

    def _quarters(self, quarter: int | None) -> NDArray[np.int64]:
        last = len(self.totals.steps_in_row)
        if quarter is None:
            return np.arange(last)
        if not 1 <= quarter <= last:
            raise InputError(f"quarter: found {quarter!r}, expected 1 to {last}, the quarters of this run")
        return np.array([quarter - 1])

    def _groups(self, by: Level) -> tuple[pd.Index[str], Floats]:
        """Labels and the (A, N) weights that average activities into them by normal output."""
        network = self.network
        if by == "activity":
            return pd.Index(network.activities, name="activity"), np.eye(len(network.activities))
        if by not in ("product", "company"):
            raise UnknownNameError("level", by, ("product", "company", "activity"), "by")
        names, of = (
            (network.products, network.activity_product)
            if by == "product"
            else (network.companies, network.activity_company)
        )
        weights = np.zeros((len(of), len(names)))
        weights[np.arange(len(of)), of] = network.x0
        present = weights.sum(axis=0) > 0
        weights = weights[:, present] / weights[:, present].sum(axis=0)
        return pd.Index([name for name, there in zip(names, present, strict=True) if there], name=by), weights


def half_day(days: Floats, groups: Floats) -> Floats:
    """Day by which half of each group is done, (D, N), from days of its members (D, A) and their weights (A, N)."""
    found = np.empty((len(days), groups.shape[1]))
    for column, weight in enumerate(groups.T):
        members = np.flatnonzero(weight)
        order = np.argsort(days[:, members], axis=1, kind="stable")
        reached = np.cumsum(weight[members][order], axis=1) >= weight.sum() / 2.0 - _ROUNDING
        last = np.take_along_axis(order, reached.argmax(axis=1)[:, None], axis=1)
        found[:, column] = np.take_along_axis(days[:, members], last, axis=1)[:, 0]
    return found


def _summary(labels: pd.Index[str], draws: Floats, unit: str, design: tail.Design) -> pd.DataFrame:
    value, error = tail.mean(draws, design)
    columns = {f"mean_{unit}": value, "standard_error": error, **_quantiles(draws, unit, design)}
    return pd.DataFrame(columns, index=labels).sort_values(f"mean_{unit}", ascending=False, kind="stable")


def _quantiles(draws: Floats, unit: str, design: tail.Design) -> dict[str, Floats]:
    columns = {}
    for p in QUANTILES:
        name = f"q{round(100 * p):02d}"
        columns[f"{name}_{unit}"], columns[f"{name}_error"] = tail.quantile(draws, p, design)
    return columns
