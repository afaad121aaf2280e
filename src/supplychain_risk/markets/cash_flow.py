"""What lost deliveries do to revenue, operating income and the present value of cash flow, at unchanged prices.

With v the deliveries outside the company relative to normal, a line of R USD bn a year with contribution margin cm
changes by dRev = R h (v - 1) and dEBIT = cm dRev in a step of h years: fixed cost goes on. Weeks are booked as they
deliver, so sales made up later come back by themselves. Work scrapped in process costs days x R/365 x (1 - GM); its
lost sales are in v already. Losses are taxed alike, dFCF = (1 - tax) dEBIT, and discounted at (1 + r)^(-years).

A draw is followed for n steps; what is missing then, g = v_n - 1, closes linearly over K steps. Its present value is
g x (1 + r)^(-h n) x sum over k = 1..K of (1 - k/K) (1 + r)^(-h k).
"""

from __future__ import annotations

import numpy as np

from supplychain_risk.markets.accounts import Accounts, Floats
from supplychain_risk.simulation.result import Simulation
from supplychain_risk.simulation.totals import BlockTotals

CALENDAR_YEAR = 365.0
"""Days over which a year's output is spread where it is counted in days of output."""


def tail_weight(*, step_years: float, closing_steps: float, discount_rate: float) -> float:
    """Value at the end of a path, in steps, of a gap of 1 that then closes linearly.

    Parameters
    ----------
    step_years : length of a step, years.
    closing_steps : steps until the gap is closed; 0 = at once.
    discount_rate : a year.

    Examples
    --------
    Undiscounted, four steps leave 3/4 + 2/4 + 1/4 + 0 of a step:

    >>> tail_weight(step_years=1 / 52, closing_steps=4, discount_rate=0.0)
    1.5
    """
    if closing_steps <= 0:
        return 0.0
    later = np.arange(1, int(np.ceil(closing_steps)) + 1)
    left = np.maximum(0.0, 1.0 - later / closing_steps)
    return float(left @ (1.0 + discount_rate) ** -(step_years * later))


def present_value(run: Simulation, accounts: Accounts, *, tail_close_days: float) -> Floats:
    """Change of the present value of free cash flow (D, N), USD bn; negative = loss."""
    totals, tax = run.totals, accounts.column("tax_rate")[accounts.company]
    step_years = run.step_days / run.dynamics.days_per_year
    closing, rate = tail_close_days / run.step_days, run.discount_rate
    weight = tail_weight(step_years=step_years, closing_steps=closing, discount_rate=rate)
    by_company = accounts.by_company((1.0 - tax) * accounts.contribution_margin * accounts.revenue * step_years)

    def change(block: BlockTotals) -> Floats:
        at_end = weight * (1.0 + rate) ** -(step_years * block.steps)
        steps = block.discounted_external + at_end[:, None] * (block.last_external - 1.0)
        return np.asarray((by_company @ steps.T).T)

    volume = totals.collect(change)
    return np.asarray(volume - _scrap_cost(run, accounts, 1.0 - tax)) + 0.0  # never -0


def revenue_change(run: Simulation, accounts: Accounts, quarter: int) -> Floats:
    """Change of revenue in a quarter (from 1, counted from the event), (D, N), USD bn."""
    return _change(run, accounts, accounts.revenue, quarter)


def operating_income_change(run: Simulation, accounts: Accounts, quarter: int) -> Floats:
    """Change of operating income in a quarter, (D, N), USD bn; what is scrapped is booked in the first."""
    change = _change(run, accounts, accounts.revenue * accounts.contribution_margin, quarter)
    return change - _scrap_cost(run, accounts, np.ones(len(accounts.revenue))) if quarter == 1 else change


def _change(run: Simulation, accounts: Accounts, a_year: Floats, quarter: int) -> Floats:
    """Sum over lines of USD bn a year x length of the quarter x (v - 1)."""
    totals = run.totals
    years = totals.steps_in_row[quarter - 1] * run.step_days / run.dynamics.days_per_year
    by_company = accounts.by_company(a_year * years)

    def change(block: BlockTotals) -> Floats:
        volume = block.output[:, quarter - 1].astype(np.float64)
        volume[:, totals.captive_supplier] = block.external[:, quarter - 1]
        return np.asarray((by_company @ (volume - 1.0).T).T) + 0.0

    return totals.collect(change)


def _scrap_cost(run: Simulation, accounts: Accounts, kept: Floats) -> Floats | float:
    """Cost of work scrapped in process (D, N), USD bn; `kept` (L,) is what tax leaves of it."""
    if not run.totals.blocks[0].scrapped_days.size:
        return 0.0
    by_company = accounts.by_company(kept * accounts.revenue * (1.0 - accounts.gross_margin) / CALENDAR_YEAR)
    return run.totals.collect(lambda block: (by_company @ block.scrapped_days.T.astype(np.float64)).T)
