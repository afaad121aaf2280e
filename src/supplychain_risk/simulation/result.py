"""What a simulation keeps: totals by quarter of every draw, and the tables made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.kernels import tail
from supplychain_risk.kernels.chain import Floats, Ints, Record
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.propagation.dynamics import Dynamics
from supplychain_risk.scenarios.design import Sampling
from supplychain_risk.scenarios.paths import CapacityPaths
from supplychain_risk.scenarios.spec import Scenario

if TYPE_CHECKING:
    from supplychain_risk.simulation.blocks import Plan

Single = NDArray[np.float32]

Level = Literal["product", "company", "activity"]


@dataclass(frozen=True, eq=False)
class Totals:
    """Draws D, quarters Q, activities A, products P, captive suppliers C.

    Attributes
    ----------
    output : (D, Q, A) mean output of the quarter relative to normal.
    external : (D, Q, C) mean deliveries outside the company relative to normal, for activities `captive_supplier` that
        also sell inside it; for all others they equal output.
    captive_supplier : (C,) see above.
    unmet : (D, Q, P) final demand not delivered in its week, sum over the quarter, USD bn.
    discounted_external : (D, A) sum over steps of present value x (external deliveries / normal - 1), in steps.
    last_external : (D, A) external deliveries relative to normal in the last step.
    lowest : (D, A) lowest output of a step relative to normal.
    first_day_short : (D, A) first day with output below 99 % of normal; infinite = never.
    recovery_day, low_until_day : (D, A) day from which output stays at 99 % / 90 % of normal or above; 0 = never below,
        infinite = still below at the horizon.
    scrapped_days : (D, A) days of normal output scrapped in process.
    market_factor : (D,) return of the market that goes with the event.
    component : (D,) part of the mixture.
    cut : (D,) whether an outage or its recovery passes the horizon.
    weight : (D,) weight of each draw; 1 unless some outcomes are drawn more often than they happen.
    """

    output: Single
    external: Single
    captive_supplier: Ints
    unmet: Single
    discounted_external: Floats
    last_external: Single
    lowest: Single
    first_day_short: Single
    recovery_day: Single
    low_until_day: Single
    scrapped_days: Single
    market_factor: Floats
    component: Ints
    cut: NDArray[np.bool_]
    weight: Floats
    steps_in_row: Ints
    step_days: float
    n_steps: int

    def write_sampled(self, paths: CapacityPaths) -> None:
        """Write what sampling decides, in the rows of its draws."""
        rows = slice(paths.first_draw, paths.first_draw + paths.n_draws)
        self.market_factor[rows] = paths.market_factor
        self.component[rows] = paths.component
        self.cut[rows] = paths.cut
        self.weight[rows] = paths.weight
        for hit in paths.hits:
            if hit.scrap_days is not None:
                self.scrapped_days[rows, hit.activities] += hit.scrap_days.T.astype(np.float32)

    def write_record(self, first_draw: int, piece: slice, record: Record) -> None:
        """Write what the dynamics of some draws recorded."""
        rows = slice(first_draw + piece.start, first_draw + piece.stop)
        per_row = self.steps_in_row[:, None, None]
        self.output[rows] = _draws_first(record.output / per_row)
        self.external[rows] = _draws_first(record.external / per_row)
        self.unmet[rows] = _draws_first(record.unmet)
        self.discounted_external[rows] = record.weighted_external.T
        self.last_external[rows] = record.last_external.T
        self.lowest[rows] = record.lowest.T
        self.first_day_short[rows] = np.where(record.first_short < 0, np.inf, record.first_short * self.step_days).T
        for name, steps in (("recovery_day", record.last_short), ("low_until_day", record.last_low)):
            getattr(self, name)[rows] = np.where(steps >= self.n_steps, np.inf, steps * self.step_days).T


def empty_totals(plan: Plan, paths: CapacityPaths, n_draws: int) -> Totals:
    """Arrays for all draws of a run."""
    activities, quarters = len(plan.chain.output0), int(plan.row_of_step.max()) + 1
    products, captive = int(plan.unmet_group.max()) + 1, len(plan.captive_supplier)

    def single(*shape: int) -> Single:
        return np.zeros((n_draws, *shape), dtype=np.float32)

    return Totals(
        output=single(quarters, activities),
        external=single(quarters, captive),
        captive_supplier=plan.captive_supplier,
        unmet=single(quarters, products),
        discounted_external=np.zeros((n_draws, activities)),
        last_external=single(activities),
        lowest=single(activities),
        first_day_short=single(activities),
        recovery_day=single(activities),
        low_until_day=single(activities),
        scrapped_days=single(activities if any(hit.scrap_days is not None for hit in paths.hits) else 0),
        market_factor=np.zeros(n_draws),
        component=np.zeros(n_draws, dtype=np.int64),
        cut=np.zeros(n_draws, dtype=np.bool_),
        weight=np.ones(n_draws),
        steps_in_row=np.bincount(plan.row_of_step).astype(np.int64),
        step_days=paths.step_days,
        n_steps=paths.n_steps,
    )


@dataclass(frozen=True, eq=False)
class Simulation:
    """A scenario followed through a network many times; conditional on the event.

    Attributes
    ----------
    network, scenario : what was simulated.
    totals : the numbers by draw, see `Totals`.
    n_draws, seed, sampling, horizon_days, step_days, dynamics, discount_rate : how.
    component_names, component_weights : parts of a mixture and their probabilities given the event.
    """

    network: SupplyNetwork
    scenario: Scenario
    totals: Totals
    n_draws: int
    seed: int
    sampling: Sampling
    horizon_days: float
    step_days: float
    dynamics: Dynamics
    component_names: tuple[str, ...]
    component_weights: Floats
    discount_rate: float

    def __repr__(self) -> str:
        """Say what was run, never the content."""
        return f"Simulation({self.scenario.name}, {self.n_draws} draws, {self.horizon_days:g} days, seed {self.seed})"

    @property
    def cut_share(self) -> float:
        """Probability that an outage or its recovery passes the horizon."""
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
            "horizon_days": self.horizon_days,
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
        lost = np.zeros((self.n_draws, len(groups)))
        for row in quarters:  # one at a time: all in double precision would fill the memory
            days = self.totals.steps_in_row[row] * self.step_days
            lost += days * (1.0 - self.totals.output[:, row].astype(np.float64))
        return labels, lost @ groups

    def output_loss(self, by: Level = "product", *, quarter: int | None = None) -> pd.DataFrame:
        """Lost output in days of normal output: mean, standard error, quantiles over draws.

        The quantiles describe how outcomes differ between draws; `standard_error` and `q95_error` are Monte Carlo
        errors of the mean and of the 95 % quantile. Uncertainty of the facts is not in either.
        """
        labels, lost = self.lost_days(by, quarter=quarter)
        return _summary(labels, lost, "days", self.design)

    def lowest_output(self, by: Level = "activity") -> pd.DataFrame:
        """Lowest weekly output relative to normal: mean over draws, standard error, quantiles.

        For products and companies the average of their activities' own lowest weeks, weighted by normal output.
        """
        labels, groups = self._groups(by)
        return _summary(labels, self.totals.lowest.astype(np.float64) @ groups, "level", self.design)

    def short_days(self, activity: str) -> pd.DataFrame:
        """First day short (below 99 %), and days until output is back at 90 % and 99 %: quantiles over draws.

        Infinite = never short (first row), not back at the horizon (other rows).
        """
        column = self.network.activity_index(activity)
        rows = {
            "first_day_short": self.totals.first_day_short[:, column],
            "back_at_90": self.totals.low_until_day[:, column],
            "back_at_99": self.totals.recovery_day[:, column],
        }
        table = {
            f"q{round(100 * p):02d}_days": {name: float(tail.quantile(days, p, self.design).value) for name, days in rows.items()}
            for p in (0.05, 0.5, 0.95)
        }
        return pd.DataFrame(table)

    def unmet_by_draw(self) -> tuple[pd.Index[str], Floats]:
        """Final demand not delivered in its week, over the horizon, USD bn: products (P,) and values (D, P)."""
        labels = pd.Index(self.network.products[: self.totals.unmet.shape[2]], name="product")
        return labels, self.totals.unmet.sum(axis=1, dtype=np.float64)

    def unmet_demand(self) -> pd.DataFrame:
        """Final demand not delivered in its week, by product, over the horizon, USD bn: mean, quantiles, errors."""
        return _summary(*self.unmet_by_draw(), "usd_bn", self.design)

    def _quarters(self, quarter: int | None) -> NDArray[np.int64]:
        last = self.totals.output.shape[1]
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


def _summary(labels: pd.Index[str], draws: Floats, unit: str, design: tail.Design) -> pd.DataFrame:
    value, error = tail.mean(draws, design)
    columns: dict[str, Floats] = {f"mean_{unit}": value, "standard_error": error}
    for p in (0.05, 0.5, 0.95):
        columns[f"q{round(100 * p):02d}_{unit}"], quantile_error = tail.quantile(draws, p, design)
    columns["q95_error"] = quantile_error
    return pd.DataFrame(columns, index=labels).sort_values(f"mean_{unit}", ascending=False, kind="stable")


def _draws_first(array: Floats) -> Floats:
    return np.moveaxis(array, 2, 0)
