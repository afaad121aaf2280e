"""Prices of scarce goods, and who gains and loses by them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from supplychain_risk.report.company_tables import decimals
from supplychain_risk.report.tables import Section
from supplychain_risk.simulation.summary import price_summary

if TYPE_CHECKING:
    from supplychain_risk.markets.result import EquityReturns
    from supplychain_risk.simulation.result import Simulation

MOVED = 1.01
"""Highest price from which a product is shown; all stand in the rows for programs."""

GAINERS = 5
LOSERS = 7
MATERIAL = 0.001
"""Gains and losses below this share of the largest are not listed."""

PRICE_LEGEND = (
    "Price, normal = 1: means over draws in the first four quarters; highest: mean of the dearest quarter. gain: what "
    "makers gain over the horizon, before tax; final: what final buyers pay of it, customers in the chain pay the "
    "rest. All other products keep their price: contracts that are not renegotiated, list prices."
)
PART_LEGEND = (
    "Present value after tax, means over draws. volume: contribution of what is not delivered; price: higher prices of "
    "what is; inputs: higher prices of purchases, surcharges of suppliers included; passed: surcharges charged on to "
    "customers; scrap: work lost in process. The parts add up to total, +/- is its error; win: share of draws that end "
    "with a gain."
)


def price_section(run: Simulation, wanted: Sequence[str] = ()) -> Section:
    """Products whose price moves, dearest first, or those of them that are named; no table where there is none."""
    prices = price_summary(run)
    prices = prices.loc[[name for name in prices.index if name in wanted]] if wanted else prices
    shown = (prices if wanted else prices[prices["highest"] >= MOVED]).reset_index()
    quarters = [name for name in shown.columns if name.startswith("quarter_") and not name.endswith("_error")]
    columns = {"product": shown["product"], **{f"q{k + 1}": shown[name] for k, name in enumerate(quarters)}}
    columns |= {"highest": shown["highest"], "+/-": shown["highest_error"]}
    columns |= {"gain": shown["gain_usd_bn"], "+/- ": shown["gain_error"], "final": shown["final_usd_bn"]}
    table = pd.DataFrame(columns)
    money = dict.fromkeys(("gain", "+/- ", "final"), decimals(table["gain"].to_numpy()))
    formats = dict.fromkeys([*(f"q{k + 1}" for k in range(len(quarters))), "highest", "+/-"], ".2f")
    return Section(
        "Prices of scarce goods (normal = 1) and what makers gain, USD bn",
        table=table if len(table) else None,
        data=prices.reset_index(),
        formats={**formats, **money},
        wide=("product",),
        spare={"+/- ": "+/- of gain", "+/-": "+/- of highest"},
        after=(PRICE_LEGEND,) if len(table) else (),
    )


def winner_section(returns: EquityReturns, wanted: Sequence[str] = ()) -> Section:
    """Present value by cause of the largest winners and losers, or of companies that are named."""
    rows = returns.winners_and_losers()
    if wanted:
        chosen = rows.loc[[name for name in rows.index if name in wanted]]
    else:
        large = rows[rows["total"].abs() >= MATERIAL * rows["total"].abs().max()]
        gaining, losing = large[large["total"] > 0], large[large["total"] < 0]
        chosen = pd.concat([gaining.head(GAINERS), losing.tail(LOSERS)])
    shown = pd.DataFrame(
        {
            "company": chosen.index,
            "volume": chosen["volume"],
            "price": chosen["price"],
            "inputs": chosen["input_cost"],
            "passed": chosen["passed_on"],
            "scrap": chosen["scrap"],
            "total": chosen["total"],
            "+/-": chosen["total_error"],
            "win": chosen["gain_share"],
        }
    )
    money = dict.fromkeys(shown.columns[1:-1], decimals(shown["total"].to_numpy()))
    return Section(
        "Who gains, who loses, and by what, USD bn",
        table=shown if len(shown) else None,
        data=(chosen if wanted else rows).reset_index(),
        formats={**money, "win": ".0%"},
        wide=("company",),
        spare={"scrap": "scrap", "win": "share of draws with a gain"},
        after=(PART_LEGEND,) if len(shown) else (),
    )
