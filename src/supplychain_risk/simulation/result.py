"""What a simulation knows: totals by quarter of every draw, and the tables made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.kernels import tail
from supplychain_risk.kernels.chain import Floats
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.propagation.dynamics import Dynamics
from supplychain_risk.scenarios.spec import Scenario
from supplychain_risk.simulation.totals import BlockTotals, Totals

Level = Literal["product", "company", "activity"]


@dataclass(frozen=True, eq=False)
class Simulation:
    """A scenario followed through a network many times; conditional on the event.

    Attributes
    ----------
    network, scenario : what was simulated.
    totals : the numbers by draw, see `Totals`.
    n_draws, seed, horizon_days, step_days, dynamics, discount_rate : how.
    component_names, component_weights : parts of a mixture and their probabilities given the event.
    """

    network: SupplyNetwork
    scenario: Scenario
    totals: Totals
    n_draws: int
    seed: int
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
        """Share of draws in which an outage or its recovery passes the horizon."""
        return float(self.totals.cut.mean())

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

        def lost(block: BlockTotals) -> Floats:
            days = np.zeros((block.n_draws, len(groups)))
            for row in quarters:
                days += self.totals.steps_in_row[row] * self.step_days * (1.0 - block.output[:, row].astype(np.float64))
            return np.asarray(days @ groups)

        return labels, self.totals.collect(lost)

    def output_loss(self, by: Level = "product", *, quarter: int | None = None) -> pd.DataFrame:
        """Lost output in days of normal output: mean, standard error, quantiles over draws.

        The quantiles describe how outcomes differ between draws; `standard_error` and `q95_error` are Monte Carlo
        errors of the mean and of the 95 % quantile. Uncertainty of the facts is not in either.
        """
        labels, lost = self.lost_days(by, quarter=quarter)
        return _summary(labels, lost, "days")

    def lowest_output(self, by: Level = "activity") -> pd.DataFrame:
        """Lowest weekly output relative to normal: mean over draws, standard error, quantiles.

        For products and companies the average of their activities' own lowest weeks, weighted by normal output.
        """
        labels, groups = self._groups(by)
        levels = self.totals.collect(lambda block: block.lowest.astype(np.float64) @ groups)
        return _summary(labels, levels, "level")

    def short_days(self, activity: str) -> pd.DataFrame:
        """First day short (below 99 %), and days until output is back at 90 % and 99 %: quantiles over draws.

        Infinite = never short (first row), not back at the horizon (other rows).
        """
        column = self.network.activity_index(activity)

        def days(field: str) -> Floats:
            return self.totals.collect(lambda block: getattr(block, field)[:, column])

        fields = {"first_day_short": "first_day_short", "back_at_90": "low_until_day", "back_at_99": "recovery_day"}
        rows = {name: days(field) for name, field in fields.items()}
        table = {
            f"q{round(100 * p):02d}_days": {name: float(tail.quantile(days, p).value) for name, days in rows.items()}
            for p in (0.05, 0.5, 0.95)
        }
        return pd.DataFrame(table)

    def unmet_demand(self) -> pd.DataFrame:
        """Final demand not delivered in its week, by product, over the horizon, USD bn: mean, error, quantiles."""
        unmet = self.totals.collect(lambda block: block.unmet.sum(axis=1, dtype=np.float64))
        return _summary(pd.Index(self.network.products[: unmet.shape[1]], name="product"), unmet, "usd_bn")

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


def _summary(labels: pd.Index[str], draws: Floats, unit: str) -> pd.DataFrame:
    value, error = tail.mean(draws)
    columns: dict[str, Floats] = {f"mean_{unit}": value, "standard_error": error}
    for p in (0.05, 0.5, 0.95):
        columns[f"q{round(100 * p):02d}_{unit}"], quantile_error = tail.quantile(draws, p)
    columns["q95_error"] = quantile_error
    return pd.DataFrame(columns, index=labels).sort_values(f"mean_{unit}", ascending=False, kind="stable")
