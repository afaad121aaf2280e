"""Companies: losses in USD, returns with and without the market, and what the coming quarters lose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from supplychain_risk.report.tables import Section

if TYPE_CHECKING:
    from supplychain_risk.markets.accounts import Floats
    from supplychain_risk.markets.result import EquityReturns

LARGEST = 20
EARNINGS = 8
GAINERS = 3
MATERIAL = 0.01
"""Gains below this share of the largest loss are not listed."""

MOST_DIGITS = 4
NO_REVENUE = "No quarterly revenue is known of the companies that were asked for."
LOW_HEADINGS = ("5 %", "5 % ", " 5 %", " 5 % ")
"""Four columns of one heading: names of columns must differ."""

LEGEND = (
    "USD bn: lost present value of cash flow after tax, mean and 95 % quantile over draws (losses positive). network: "
    "return by lost deliveries, prices, lost customers and repricing; kappa 0: the same without repricing. market: "
    "with beta x the fall of all shares. 5 %: quantile over draws. Blank: market value unknown, not 0."
)


def company_section(returns: EquityReturns, wanted: Sequence[str] = ()) -> Section:
    """Loss and return of companies; the largest losses and gains unless some are named."""
    table = returns.table()
    rows = table.loc[[name for name in table.index if name in wanted]] if wanted else _extremes(table)
    columns = {
        "USD bn": rows["loss_usd_bn"],
        "+/-": rows["loss_error"],
        "95 %": rows["loss_q95_usd_bn"],
        "kappa 0": 100 * rows["plain_return"],
        "network": 100 * rows["network_return"],
        "+/- ": 100 * rows["network_error"],
        "5 %": 100 * rows["network_q05"],
        "market": 100 * rows["total_return"],
        " +/-": 100 * rows["total_error"],
        "5 % ": 100 * rows["total_q05"],
    }
    shown = pd.DataFrame({"company": rows.index, **columns})
    money = dict.fromkeys(("USD bn", "+/-", "95 %"), decimals(rows["loss_q95_usd_bn"].to_numpy()))
    network = dict.fromkeys(("network", "+/- ", "5 %"), decimals(100 * rows["network_q05"].to_numpy()))
    plain = {"kappa 0": decimals(100 * rows["plain_return"].to_numpy())}
    market = dict.fromkeys(("market", " +/-", "5 % "), decimals(100 * rows["total_q05"].to_numpy()))
    after = [LEGEND]
    if not wanted:
        after.append(_rest(returns, table, rows))
    after += [f"{name}: no revenue known, so no row." for name in wanted if name in returns.accounts.without_revenue]
    return Section(
        "Companies: losses (USD bn) and returns (%)",
        table=shown,
        data=(rows if wanted else table).reset_index(),
        formats={**money, **plain, **network, **market, "+/- ": ".2f"},
        wide=("company",),
        spare={" +/-": "+/- of market", "+/- ": "+/- of network", "5 %": "5 % of network", "+/-": "+/- of USD bn"},
        after=tuple(after),
    )


def earnings_section(returns: EquityReturns, wanted: Sequence[str] = ()) -> Section:
    """Change of revenue and operating income in the first two quarters; every quarter of the year for programs."""
    revenue, income = returns.revenue_by_quarter(), returns.operating_income_by_quarter()
    order = [name for name in returns.table().index if name in set(revenue["company"])]
    chosen = [name for name in order if name in wanted] if wanted else order[:EARNINGS]
    shown = pd.DataFrame({"company": chosen})
    for quarter in (1, 2):
        for label, table in (("rev", revenue), ("inc", income)):
            rows = table[table["quarter"] == quarter].set_index("company")
            if len(rows):
                shown[f"{label} q{quarter}"] = rows.loc[chosen, "mean_usd_bn"].to_numpy()
                shown[LOW_HEADINGS[len(shown.columns) // 2 - 1]] = rows.loc[chosen, "q05_usd_bn"].to_numpy()
    data = revenue.merge(income, on=["company", "quarter"], suffixes=("_revenue", "_operating_income"))
    data = data[data["company"].isin(chosen)] if wanted else data
    note = (
        "rev: revenue, inc: operating income, moved prices included; means, each with its 5 % quantile. Quarters: 13 "
        "weeks from the first day."
    )
    title = "First two quarters: change against normal, USD bn"
    if not chosen:
        return Section(title, (NO_REVENUE,), data=data)
    formats = dict.fromkeys(shown.columns[1:], decimals(shown.iloc[:, 1:].to_numpy()))
    low = dict(zip(LOW_HEADINGS, ("rev q1", "inc q1", "rev q2", "inc q2"), strict=True))
    spare = {heading: f"5 % of {low[heading]}" for heading in reversed(LOW_HEADINGS)}
    return Section(title, table=shown, data=data, formats=formats, wide=("company",), spare=spare, after=(note,))


def decimals(values: Floats, *, least: int = 1) -> str:
    """Format that leaves about three digits of the largest value, and no minus before a 0.

    >>> decimals(np.array([484.2, -3.1])), decimals(np.array([0.031]))
    ('z,.1f', 'z,.4f')
    """
    top = float(np.nanmax(np.abs(values), initial=0.0))
    digits = 3 - int(np.ceil(np.log10(top))) if top > 0 else least
    return f"z,.{min(max(digits, least), MOST_DIGITS)}f"


def _extremes(table: pd.DataFrame) -> pd.DataFrame:
    """Largest losses, then the largest gains if there are any."""
    lost = table["loss_usd_bn"].to_numpy()
    gains = np.flatnonzero(lost < -MATERIAL * lost.max())[-GAINERS:]
    return table.iloc[[*np.flatnonzero(lost > 0)[:LARGEST], *gains]]


def _rest(returns: EquityReturns, table: pd.DataFrame, shown: pd.DataFrame) -> str:
    """Companies without a row in the text: those that lose, those not reached, those outside, those without revenue."""
    left = table.drop(index=shown.index)
    still = left.index[left["loss_usd_bn"] == 0.0]
    inside = int(returns.accounts.table.loc[still, "in_network"].sum())
    moved = len(left) - len(still)
    sum_usd_bn = f"{left['loss_usd_bn'].sum():,.1f} USD bn"
    return (
        f"{f'{moved} further companies lose {sum_usd_bn} together; ' if moved else ''}{inside} in the network are not "
        f"reached and {len(still) - inside} are outside it: exactly 0 by the network. "
        f"{len(returns.accounts.without_revenue)} in it have no known revenue, so no row. "
        "--format csv has all, --company NAME one."
    )
