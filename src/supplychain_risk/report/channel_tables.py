"""Returns by channel, and earnings at risk of the coming quarter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from supplychain_risk.markets.earnings import earnings_at_risk
from supplychain_risk.report.company_tables import EARNINGS, NO_REVENUE, decimals
from supplychain_risk.report.tables import Section

if TYPE_CHECKING:
    from supplychain_risk.markets.result import EquityReturns

LARGEST = 10
WINNERS = 3

CHANNELS_LEGEND = (
    "Means over draws; the columns add up to total. cash flow: sales lost or late, and prices. permanent: customers "
    "who stay with another maker. repricing: kappa x share of a year's contribution that is lost; kappa is a judgement "
    "that past events do not identify (docs/repricing.md). market: beta x the fall of all shares, no part of the "
    "network. floor: what the floor of -100 % gives back."
)
RISK_LEGEND = (
    "normal: revenue of the quarter. rev: change of revenue, inc: of operating income, given that the event begins on "
    "any day of the quarter with equal chance; means, and 5 % quantiles over draws."
)


def channel_section(returns: EquityReturns, wanted: Sequence[str] = ()) -> Section:
    """Mean return by channel: the largest losses in USD and the largest gains by the network, unless some are named."""
    table = returns.channel_table()
    names = ["cash_flow", "permanent", "repricing", "market", "residual", "floor", "total"]
    chosen = [name for name in table.index if name in wanted] if wanted else _extremes(returns, table)
    rows = 100 * table.loc[chosen, [name for name in names if name in table]]
    rows["+/-"] = 100 * table.loc[chosen, "total_error"]
    shown = rows.rename(columns={"cash_flow": "cash flow"}).rename_axis("company").reset_index()
    data = (table.loc[chosen] if wanted else table).reset_index()
    return Section(
        "Mean return by channel, %",
        table=shown,
        data=data,
        formats=dict.fromkeys(shown.columns[1:], "z,.2f"),
        wide=("company",),
        spare={"+/-": "+/- of total"},
        after=(CHANNELS_LEGEND,),
    )


def risk_section(returns: EquityReturns, wanted: Sequence[str] = ()) -> Section:
    """Earnings at risk; the largest mean losses of operating income unless some companies are named."""
    table = earnings_at_risk(returns)
    rows = table[table.index.isin(wanted)] if wanted else table.head(EARNINGS)
    end = table["quarter_end"].iloc[0] if len(table) else ""
    title = f"Earnings at risk in the quarter to {end}, USD bn"
    if not len(rows):
        return Section(title, (NO_REVENUE,), data=rows.reset_index())
    shown = pd.DataFrame(
        {
            "company": rows.index,
            "normal": rows["revenue_usd_bn"].to_numpy(),
            "rev": rows["revenue_change"].to_numpy(),
            "+/-": rows["revenue_error"].to_numpy(),
            "5 %": rows["revenue_q05"].to_numpy(),
            "inc": rows["income_change"].to_numpy(),
            "+/- ": rows["income_error"].to_numpy(),
            "5 % ": rows["income_q05"].to_numpy(),
        }
    )
    changes = list(shown.columns[2:])
    return Section(
        title,
        table=shown,
        data=(rows if wanted else table).reset_index(),
        formats={"normal": ",.1f", **dict.fromkeys(changes, decimals(shown[changes].to_numpy()))},
        wide=("company",),
        after=(RISK_LEGEND,),
    )


def _extremes(returns: EquityReturns, table: pd.DataFrame) -> list[str]:
    """Companies with a market value: the largest losses in USD, then the largest gains by the network."""
    valued = table.dropna(subset=["total"])
    lost = returns.table()["loss_usd_bn"]
    largest = [name for name in lost.index[lost > 0.0] if name in valued.index][:LARGEST]
    gains = valued.loc[valued["network"] > 0.0, "network"].sort_values(ascending=False, kind="stable")
    return [*largest, *(name for name in gains.index[:WINNERS] if name not in largest)]
