"""What a scenario does to companies: losses in USD and returns by channel, draw by draw, and tables of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import pandas as pd

from supplychain_risk.errors import InputError
from supplychain_risk.kernels import tail
from supplychain_risk.markets.accounts import Accounts, Floats
from supplychain_risk.markets.cash_flow import (
    PARTS,
    Part,
    cash_flow_parts,
    operating_income_change,
    operating_income_parts,
    revenue_change,
)
from supplychain_risk.markets.channels import added
from supplychain_risk.markets.exports import probabilities, to_frame, to_parquet, to_pypfopt, to_riskfolio
from supplychain_risk.markets.factor_shocks import to_factor_shocks
from supplychain_risk.markets.open_results import to_ord
from supplychain_risk.markets.skfolio_prior import to_skfolio
from supplychain_risk.simulation.result import Simulation

CASH_FLOW, PERMANENT, REPRICING = "cash_flow", "permanent", "repricing"
MARKET, RESIDUAL, FLOOR = "market", "residual", "floor"

OUTSIDE = (MARKET, RESIDUAL)
"""Channels that the network has no part in."""


@dataclass(frozen=True, eq=False)
class EquityReturns:
    """Draws (D) x companies (N) of a simulated scenario; conditional on the event.

    Attributes
    ----------
    run : the simulation behind it.
    accounts : the companies, see `Accounts`; `accounts.table` labels the columns of all arrays.
    present_value : (D, N) change of the present value of free cash flow, USD bn, negative = loss; exactly 0 for
        companies that the event does not reach. Private firms have it as well.
    channels : name -> (D, N) returns, shares of market value; NaN where the market value is unknown, never 0.
        `cash_flow`: present_value / market value, see `cash_flow_parts`. `permanent`: customers who do not come back.
        `repricing`: kappa of the scenario's class x share of a year's contribution that is lost. `market`: beta x the
        scenario's market factor; `residual`: draws of the user's covariance, if one was given; both are no part of the
        network.
    """

    run: Simulation
    accounts: Accounts
    present_value: Floats
    channels: Mapping[str, Floats]

    def __repr__(self) -> str:
        """Say what it is about, never the content."""
        return f"EquityReturns({self.run.scenario.name}, {len(self.companies)} companies, {', '.join(self.channels)})"

    @cached_property
    def companies(self) -> tuple[str, ...]:
        """N company ids."""
        return tuple(map(str, self.accounts.table.index))

    @property
    def cash_flow_parts(self) -> Mapping[str, Floats]:
        """Present value by cause, (D, N) each, USD bn after tax, made when asked for: they add up to `present_value`.

        `volume`: contribution of what is not delivered. `price`: higher prices of what is. `input_cost`: higher prices
        of inputs, surcharges of suppliers included. `passed_on`: surcharges charged to customers. `scrap`: lost work.
        """
        days = self.run.network.dataset.parameters.model.tail_close_days.value  # type: ignore[union-attr]
        return cash_flow_parts(self.run, self.accounts, tail_close_days=days)

    def total(self, *, with_market: bool = True, with_repricing: bool = True) -> Floats:
        """Sum of the channels (D, N), not below -100 %.

        Without the market, and the residual: the network's part alone. Without repricing: kappa = 0.
        """
        whole = self._added(with_market, with_repricing)
        return np.maximum(whole, -1.0, out=whole)

    def floor(self, *, with_market: bool = True, with_repricing: bool = True) -> Floats:
        """What the floor of -100 % gives back (D, N), >= 0: channels + floor = total."""
        added = self._added(with_market, with_repricing)
        return np.maximum(added, -1.0) - added

    def parts(
        self, *, with_market: bool = True, with_repricing: bool = True, spread_floor: bool = False
    ) -> dict[str, Floats]:
        """The channels that count and the floor, name -> (D, N); they add up to `total` of the same choice.

        With `spread_floor` the floor is 0 and what it gives back is taken off the channels of a floored draw in
        proportion, so that shares of a loss by channel, holding or cause are shares of what is really lost.
        """
        parts = {name: self.channels[name] for name in self._chosen(with_market, with_repricing)}
        floor = self.floor(with_market=with_market, with_repricing=with_repricing)
        if not spread_floor:
            return {**parts, FLOOR: floor}
        kept = np.where(floor > 0.0, 1.0 / (1.0 + floor), 1.0)  # channels of a floored draw sum to -1 - floor
        return {**{name: part * kept for name, part in parts.items()}, FLOOR: floor * 0.0}

    def channel_table(self) -> pd.DataFrame:
        """Mean return of each company by channel, largest loss first; blank (NaN) = market value unknown.

        Columns
        -------
        The channels, floor, total = their sum, and the means of `total` without the market (network) and without
        repricing as well (plain); each with its standard error in a column NAME_error.
        """
        draws: dict[str, Callable[[], Floats]] = {
            **{name: partial(self.channels.__getitem__, name) for name in self.channels},
            FLOOR: self.floor,
            "total": self.total,
            "network": partial(self.total, with_market=False),
            "plain": partial(self.total, with_market=False, with_repricing=False),
        }
        columns = {}
        for name, values in draws.items():  # one after the other, so that one is held at a time
            columns[name], columns[f"{name}_error"] = tail.mean(values(), self.run.design)
        return pd.DataFrame(columns, index=self.accounts.table.index).sort_values("total", kind="stable")

    def table(self) -> pd.DataFrame:
        """One row a company, largest loss first; blank (NaN) = unknown, never 0.

        Columns
        -------
        loss_usd_bn, loss_error, loss_q95_usd_bn, loss_q95_error : lost present value of cash flow, losses positive:
            mean, its standard error, 95 % quantile over draws and its error.
        plain_return, plain_error, plain_q05, plain_q05_error : return by the network without repricing (kappa = 0).
        network_return, network_error, network_q05, network_q05_error : return by all of the network's channels.
        total_return, total_error, total_q05, total_q05_error : the same with the scenario's market factor, and with the
            residual if there is one.
        """
        labels = self.accounts.table[["name", "ticker", "country", "in_network", "market_cap_usd_bn", "beta"]]
        columns = {
            **_statistics("loss", "_usd_bn", 0.0 - self.present_value, 0.95, self.run.design),
            **_statistics(
                "plain", "_return", self.total(with_market=False, with_repricing=False), 0.05, self.run.design
            ),
            **_statistics("network", "_return", self.total(with_market=False), 0.05, self.run.design),
            **_statistics("total", "_return", self.total(), 0.05, self.run.design),
        }
        table = labels.join(pd.DataFrame(columns, index=labels.index))
        return table.sort_values("loss_usd_bn", ascending=False, kind="stable")

    def revenue_by_quarter(self, *, quarters: int = 4) -> pd.DataFrame:
        """Change of revenue in the quarters after the event begins, USD bn: one row a company and quarter.

        Columns mean_usd_bn, standard_error, q05_usd_bn, q05_error, and share = mean / normal revenue of the quarter.
        """
        return self._by_quarter(revenue_change, quarters)

    def operating_income_by_quarter(self, *, quarters: int = 4) -> pd.DataFrame:
        """Change of operating income, as `revenue_by_quarter`; share = mean / normal revenue of the quarter."""
        return self._by_quarter(operating_income_change, quarters)

    def by_component(self) -> pd.DataFrame:
        """Mean loss of each company in each part of a mixture, USD bn; NaN where no draw has the part."""
        table = pd.DataFrame(index=self.accounts.table.index)
        for number, part in enumerate(self.run.component_names):
            chosen = self.run.totals.component == number
            lost = 0.0 - self.present_value[chosen]
            table[part] = tail.mean(lost, self.run.design.of(chosen)).value if chosen.any() else np.nan
        return table

    def winners_and_losers(self) -> pd.DataFrame:
        """One row a company that gains or loses, largest gain of present value first, USD bn after tax.

        Columns
        -------
        volume, price, input_cost, passed_on, scrap, and an error of each : means of `cash_flow_parts`.
        total, total_error, gain_share : mean of their sum, its standard error, and the probability of a gain.
        """
        columns: dict[str, Floats] = {}
        for name, draws in (*self.cash_flow_parts.items(), ("total", self.present_value)):
            columns[name], columns[f"{name}_error"] = tail.mean(draws, self.run.design)
        columns["gain_share"] = tail.mean(self.present_value > 0.0, self.run.design).value
        table = pd.DataFrame(columns, index=self.accounts.table.index)
        reached = (table[list(PARTS)] != 0.0).any(axis=1)
        return table[reached].sort_values("total", ascending=False, kind="stable")

    def operating_income_parts(self, quarter: int) -> Mapping[Part, Floats]:
        """Change of operating income in a quarter by cause, (D, N) each, USD bn before tax; they add up to it.

        Raises
        ------
        InputError : the run has no such quarter.
        """
        last = len(self.run.totals.steps_in_row)
        if not 1 <= quarter <= last:
            raise InputError(f"quarter: found {quarter!r}, expected 1 to {last}, the quarters of this run")
        return operating_income_parts(self.run, self.accounts, quarter)

    def part_table(self) -> pd.DataFrame:
        """One row a part of a mixture: what all companies lose together and what their shares do.

        Columns
        -------
        loss_usd_bn, loss_error : lost present value of cash flow of all companies, mean and standard error.
        network_return, total_return : mean return of all companies with a market value, weighted by it.
        """
        market_value = self.accounts.column("market_cap_usd_bn")
        weight = np.where(np.isnan(market_value), 0.0, market_value)
        lost = 0.0 - self.present_value.sum(axis=1)
        returns = [np.nan_to_num(self.total(with_market=each)) @ weight / weight.sum() for each in (False, True)]
        rows = []
        for number in range(len(self.run.component_names)):
            chosen = self.run.totals.component == number
            design = self.run.design.of(chosen)
            values = [
                tail.mean(draws[chosen], design) if chosen.any() else (np.nan, np.nan) for draws in (lost, *returns)
            ]
            rows.append((*values[0], values[1][0], values[2][0]))
        columns = ["loss_usd_bn", "loss_error", "network_return", "total_return"]
        return pd.DataFrame(
            rows, columns=columns, index=pd.Index(self.run.component_names, name="part"), dtype=np.float64
        )

    # For other programs; each is documented where it is defined.
    probabilities = probabilities
    to_frame = to_frame
    to_parquet = to_parquet
    to_skfolio = to_skfolio
    to_riskfolio = to_riskfolio
    to_pypfopt = to_pypfopt
    to_ord = to_ord
    to_factor_shocks = to_factor_shocks

    def _chosen(self, with_market: bool, with_repricing: bool) -> list[str]:  # noqa: FBT001
        left_out = (*(() if with_market else OUTSIDE), *(() if with_repricing else (REPRICING,)))
        return [name for name in self.channels if name not in left_out]

    def _added(self, with_market: bool, with_repricing: bool = True) -> Floats:  # noqa: FBT001, FBT002
        return added(self.channels, self._chosen(with_market, with_repricing), self.run.n_draws)

    def _by_quarter(self, change: Callable[[Simulation, Accounts, int], Floats], quarters: int) -> pd.DataFrame:
        totals = self.run.totals
        if quarters < 1:
            raise InputError(f"quarters: found {quarters!r}, expected at least 1")
        known = self.accounts.table["revenue_usd_bn"].notna()
        normal = self.accounts.column("revenue_usd_bn") / self.run.dynamics.days_per_year * self.run.step_days
        rows = []
        for quarter in range(1, min(quarters, len(totals.steps_in_row)) + 1):
            draws = change(self.run, self.accounts, quarter)
            value, error = tail.mean(draws, self.run.design)
            low, low_error = tail.quantile(draws, 0.05, self.run.design)
            columns = {"mean_usd_bn": value, "standard_error": error, "q05_usd_bn": low, "q05_error": low_error}
            table = pd.DataFrame({"quarter": quarter, **columns}, index=self.accounts.table.index)
            rows.append(table.assign(share=value / (normal * totals.steps_in_row[quarter - 1]))[known])
        return pd.concat(rows).reset_index().sort_values(["company", "quarter"], ignore_index=True)


def _statistics(name: str, unit: str, draws: Floats, p: float, design: tail.Design) -> dict[str, Floats]:
    value, error = tail.mean(draws, design)
    bound, bound_error = tail.quantile(draws, p, design)
    label = f"{name}_q{round(100 * p):02d}"
    suffix = unit if name == "loss" else ""
    return {f"{name}{unit}": value, f"{name}_error": error, f"{label}{suffix}": bound, f"{label}_error": bound_error}
