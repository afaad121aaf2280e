"""Chokepoints told: what each node costs the end product, why, and which definition of a single point of failure fired.

Losses are model results for outages that are assumed to happen; how likely any of them is stands nowhere here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from supplychain_risk.concentration.essential import thresholds
from supplychain_risk.report.fact_tables import origin
from supplychain_risk.report.tables import Section, format_number

if TYPE_CHECKING:
    from supplychain_risk.concentration.cheapest import CheapestFailure
    from supplychain_risk.network import SupplyNetwork

TITLES = {"company": "Companies", "activity": "Activities", "site": "Sites", "country": "Countries"}
LETTERS = {"structural": "S", "by_share": "H", "dynamic": "D", "economic": "E"}

NAMES = ("structural", "share", "dynamic", "economic")

DYNAMIC = (
    "lost: output of {end_product} lost within {horizon} days, in days of normal output, what is made up later "
    "taken off (weekly dynamics: stocks, customers served in proportion, substitution). best: the least that a planner "
    "could lose during the outage by giving it all that is left (linear program). worst: as lost, but its chain is "
    "served after all other customers. short: first day below 99 % of normal. lasts: days for which it can be made in "
    "full at best. week: days saved, at best, by one more week of stock of what the node makes. 1 %: likewise, "
    "by others who stand ready for 1 % of what stops. risk: final sales of "
    "all products missed within the horizon, {currency}, at baseline prices. - is not within the horizon. "
    "* is not upstream of {end_product}: when it stops, those who buy {end_product} order less. "
    "fired: S structural, H share, D dynamic, E economic; limits below."
)
STATIC = (
    "static: days of output lost in {days} days without stocks and new suppliers, once the loss has gone all the way "
    "down; rivals stand in as far as what is left of their market goes. "
    "share: part of the world's output of the product that stops with the node, for the essential product upstream "
    "where that is largest. others: makers (for places: places) besides it that are in use. spare: makers that its "
    "customers could still qualify; days: for the quickest, - if there is none."
)
CUT = (
    "Companies without which {end_product} cannot be made, alone or in pairs, if they are gone for good: its makers "
    "lack an essential input that none of their suppliers, in use or fallback, can deliver. lost: share of its output."
)
LIMITS = (
    "S: makers of at least the structural share cannot work without the node, for want of inputs at or above the "
    "essential criticality. H: a place above the country share, or a maker above the company share that takes longer "
    "than requalify days to replace. D: it lasts less than the outage at best. E: best / largest best reaches the "
    "exposure index."
)
OTHER_PLACES = 'Places called "other" hold all of a country\'s capacity that has no place of its own.'
ASSUMED = (
    "- An outage starts on day 0, ends at once, takes all of a company, or what stands at a place and depends on it.",
    "- Demand, prices and the behaviour of governments do not change; buyers reorder and requalify as the data say.",
    "- best: highest output and new orders at once; fallbacks only if they requalify within the outage; others wait.",
    "- Remainders of unknown makers cannot fail, but count as alternatives where the data have them.",
)


def chokepoint_report(
    network: SupplyNetwork,
    table: pd.DataFrame,
    cuts: tuple[pd.DataFrame, CheapestFailure],
    *,
    end_product: str,
    outage_days: float,
    horizon_days: float,
    top: int,
) -> tuple[Section, ...]:
    """Tell the result of `chokepoints`.

    Parameters
    ----------
    network, table : where, and the table of `chokepoints`.
    cuts : table of `cut_sets` and result of `cheapest_failure`, of companies.
    end_product, outage_days, horizon_days : what the table was made for.
    top : rows shown of each kind; programs get all.
    """
    sections = [_head(table, end_product, outage_days)]
    words = {
        "end_product": end_product,
        "horizon": f"{horizon_days:g}",
        "days": f"{outage_days:g}",
        "currency": network.currency or "currency of the network",
    }
    legends = DYNAMIC.format(**words), STATIC.format(**words)  # once, where the first kind is shown
    for kind, title in TITLES.items():
        rows = table[table["kind"] == kind]
        if len(rows):
            sections += [
                _dynamic_section(rows, title, top, legends[:1]),
                _static_section(rows, title, top, legends[1:]),
            ]
            legends = ("", "")
    sections += [_cut_section(cuts, end_product), _threshold_section(network), Section("Assumptions", ASSUMED)]
    return (*sections, _data_section(network))


def _head(table: pd.DataFrame, end_product: str, outage_days: float) -> Section:
    fired = (table["fired"] != "").sum()
    each = ", ".join(f"{int(table[column].sum())} {name}" for column, name in zip(LETTERS, NAMES, strict=True))
    lines = (
        f"What {end_product} loses if one node stops for {outage_days:g} days; {len(table):,} nodes, each on its own.",
        f"{fired} of them are a single point of failure by at least one definition: {each}.",
    )
    return Section(f"Chokepoints of {end_product}", lines)


def _dynamic_section(rows: pd.DataFrame, title: str, top: int, legend: tuple[str, ...]) -> Section:
    """Largest losses in the weekly dynamics."""
    head = rows.head(top)
    shown = pd.DataFrame({"node": head["node"] + np.where(head["upstream"], "", " *")})
    for name, column in (("lost", "lost_days"), ("best", "least_lost_days"), ("worst", "worst_lost_days")):
        shown[name] = head[column]
    shown["short"] = [_day(day, "short") for day in head["first_short_day"]]
    shown["lasts"] = [_day(day, "lasts") for day in head["survive_days"]]
    shown["week"], shown["1 %"] = head["buffer_worth_days"], head["second_source_worth_days"]
    shown["risk"], shown["fired"] = head["value_at_risk"], _letters(head)
    return Section(
        f"{title}: days of output lost, largest first ({len(head)} of {len(rows)})",
        table=shown,
        data=rows,
        formats=dict.fromkeys(("lost", "best", "worst", "week", "risk"), ".1f") | {"1 %": ".2f"},
        wide=("node",),
        spare={"week": "week", "1 %": "1 %", "lasts": "lasts", "short": "short", "worst": "worst"},
        after=tuple(filter(None, legend)),
    )


def _static_section(rows: pd.DataFrame, title: str, top: int, legend: tuple[str, ...]) -> Section:
    """Largest losses without stocks, of what, and who else makes it."""
    head = rows.sort_values("lost_days_without_stocks", ascending=False, kind="stable").head(top)
    shown = pd.DataFrame({"node": head["node"], "static": head["lost_days_without_stocks"], "product": head["product"]})
    shown["share"] = head["share"].where(head["product"] != "")
    shown["others"] = head["alternatives"].astype("Float64")
    if title in ("Companies", "Activities"):
        shown["spare"] = head["fallbacks"].astype("Float64")
        shown["days"] = [_day(day, "days") for day in head["requalify_days"]]
    shown["fired"] = _letters(head)
    return Section(
        f"{title}: what the chain rests on, without stocks ({len(head)} of {len(rows)})",
        table=shown,
        data=pd.DataFrame(),
        formats={"static": ".1f", "share": ".0%", "others": ".0f", "spare": ".0f"},
        wide=("node", "product"),
        spare={"spare": "spare", "days": "days", "others": "others", "fired": "fired"},
        after=(*filter(None, legend), *((OTHER_PLACES,) if title == "Sites" else ())),
    )


def _letters(rows: pd.DataFrame) -> list[str]:
    marks = rows[list(LETTERS)].to_numpy()
    return [
        "".join(letter if fired else "-" for letter, fired in zip(LETTERS.values(), row, strict=True)) for row in marks
    ]


def _cut_section(cuts: tuple[pd.DataFrame, CheapestFailure], end_product: str) -> Section:
    table, cheapest = cuts
    least = f"Smallest set by mixed-integer programming: {', '.join(cheapest.members)}." if cheapest.members else ""
    lines = (
        CUT.format(end_product=end_product),
        least or "No set of named companies does that: unknown makers remain.",
    )
    shown = table.rename(columns={"lost_share": "lost"})
    return Section("Minimal cut sets of one and two companies", lines, table=shown, formats={"lost": ".0%"}, data=table)


def _threshold_section(network: SupplyNetwork) -> Section:
    rows = [
        {
            "limit": name.replace("_", " "),
            "value": format_number(fact.value),
            "range": f"{format_number(fact.low)}..{format_number(fact.high)}",
            "from": origin(fact),
            "why": fact.note,
        }
        for name, fact in thresholds(network).items()
    ]
    return Section("Limits of the definitions", (LIMITS,), table=pd.DataFrame(rows), wide=("limit", "from", "why"))


def _data_section(network: SupplyNetwork) -> Section:
    from supplychain_risk import __version__

    if network.dataset is None:
        return Section("Data", (f"Network {network.digest[:12]}; supplychain_risk {__version__}.",))
    counts = ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in network.dataset.count_by_confidence().items())
    lines = (
        f"Facts: {counts}. Their uncertainty is not in the numbers above.",
        f"Data as of {network.dataset.as_of}, digest {network.dataset.short_digest}; supplychain_risk {__version__}.",
    )
    return Section("Data", lines)


def _day(day: float, heading: str) -> str:
    return (f"{day:.0f}" if np.isfinite(day) else "" if np.isnan(day) else "-").rjust(len(heading))
