"""Earnings at risk: what an event does to the quarter that is being earned when it begins.

The coming quarter of a company is the one that ends first after the data's date. Its fiscal year is not in the data, so
it is the calendar quarter for all. The event begins on a day uniform over the quarter, so that only the days that are
left of it count, on average half; how much of a loss falls into them depends on stocks. With v the deliveries outside
the company relative to normal and P the price, a line of R USD bn a year and contribution margin cm changes by

    dRev   R h sum over the steps left of (v P - 1)
    dEBIT  R h sum over the steps left of (cm (v - 1) + v (P - 1)) - scrap days x R/365 x (1 - GM) - costlier inputs

h being the length of a step in years; surcharges that are charged on count in both. `markets.cash_flow` has the parts.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

import numpy as np
import pandas as pd

from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.kernels import tail
from supplychain_risk.markets.accounts import Floats
from supplychain_risk.markets.cash_flow import CALENDAR_YEAR, operating_income_change, revenue_change
from supplychain_risk.markets.price_flows import price_flows
from supplychain_risk.markets.result import EquityReturns
from supplychain_risk.simulation.blocks import QUARTER_DAYS
from supplychain_risk.simulation.totals import BlockTotals

Onset = Literal["uniform", "first_day"]
LOW = 0.05
"""Level of the low quantile."""


def earnings_at_risk(returns: EquityReturns, *, onset: Onset = "uniform") -> pd.DataFrame:
    """Change of revenue and operating income in the coming quarter, given that the event begins in it.

    Parameters
    ----------
    returns : equity returns of a simulation.
    onset : "uniform": the event begins on any day of the quarter with equal chance; "first_day": on its first day.

    Returns
    -------
    One row a company with known revenue, largest mean loss of operating income first, in USD bn:

    quarter_end : last day of the quarter, YYYY-MM-DD.
    revenue_usd_bn : normal revenue of the quarter.
    revenue_change, revenue_error, revenue_q05, revenue_q05_error : change of revenue: mean and 5 % quantile over draws,
        each with its standard error.
    income_change, income_error, income_q05, income_q05_error : the same of operating income.

    Raises
    ------
    UnknownNameError : there is no such onset.

    Notes
    -----
    Work scrapped in process is booked at once. What comes after the run's horizon counts as normal.

    Examples
    --------
    >>> import supplychain_risk as scr
    >>> net = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    >>> returns = scr.equity_returns(scr.simulate(net, "taiwan-quake", n_draws=64, horizon_days=91, seed=7))
    >>> row = earnings_at_risk(returns).loc["tsmc"]
    >>> row["quarter_end"], bool(row["income_q05"] <= row["income_change"] < 0.0)
    ('2026-09-30', True)
    """
    if onset == "uniform":
        revenue, income = _rest_of_quarter(returns)
    elif onset == "first_day":
        revenue = revenue_change(returns.run, returns.accounts, 1)
        income = operating_income_change(returns.run, returns.accounts, 1)
    else:
        raise UnknownNameError("onset", str(onset), ("uniform", "first_day"))
    accounts, run = returns.accounts, returns.run
    columns: dict[str, object] = {
        "quarter_end": coming_quarter(_as_of(returns))[1].isoformat(),
        "revenue_usd_bn": accounts.column("revenue_usd_bn") * QUARTER_DAYS / run.dynamics.days_per_year,
    }
    for name, draws in (("revenue", revenue), ("income", income)):
        columns[f"{name}_change"], columns[f"{name}_error"] = tail.mean(draws, run.design)
        columns[f"{name}_q05"], columns[f"{name}_q05_error"] = tail.quantile(draws, LOW, run.design)
    table = pd.DataFrame(columns, index=accounts.table.index)[accounts.table["revenue_usd_bn"].notna()]
    return table.sort_values("income_change", kind="stable")


def coming_quarter(as_of: date) -> tuple[date, date]:
    """First and last day of the calendar quarter that ends first after a day.

    >>> [day.isoformat() for day in coming_quarter(date(2026, 9, 30))]
    ['2026-10-01', '2026-12-31']
    """
    following = as_of + timedelta(days=1)
    first = date(following.year, 3 * ((following.month - 1) // 3) + 1, 1)
    after = date(first.year + first.month // 10, (first.month + 2) % 12 + 1, 1)
    return first, after - timedelta(days=1)


def _as_of(returns: EquityReturns) -> date:
    dataset = returns.run.network.dataset
    if dataset is None:
        raise InputError("earnings_at_risk: found a network made of tables, expected one from a dataset with accounts")
    return date.fromisoformat(dataset.as_of)


def _rest_of_quarter(returns: EquityReturns) -> tuple[Floats, Floats]:
    """Change of revenue and operating income (D, N), USD bn, in the days that are left of the quarter."""
    run, accounts = returns.run, returns.accounts
    step_years = run.step_days / run.dynamics.days_per_year

    flows = price_flows(run, accounts)

    def change(a_year: Floats, per_cost: Floats) -> Floats:
        by_company = accounts.by_company(a_year * step_years)

        def of_block(block: BlockTotals) -> Floats:
            volume = (by_company @ block.rest_external.T.astype(np.float64)).T
            return np.asarray(volume + block.rest_gain @ flows.gain + block.rest_cost @ per_cost)

        return run.totals.collect(of_block) + 0.0

    income = change(accounts.revenue * accounts.contribution_margin, flows.passed_on - flows.expense)
    if run.totals.blocks[0].scrapped_days.size:
        a_day = accounts.by_company(accounts.revenue * (1.0 - accounts.gross_margin) / CALENDAR_YEAR)
        income -= run.totals.collect(lambda block: (a_day @ block.scrapped_days.T.astype(np.float64)).T)
    return change(accounts.revenue, flows.passed_on), income
