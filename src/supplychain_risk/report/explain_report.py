"""Why a company loses, for reading: its lines, the causes, and the chains with days, shares and errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from supplychain_risk.markets.attribution import cause_label
from supplychain_risk.report.company_tables import decimals
from supplychain_risk.report.tables import Section, to_document

if TYPE_CHECKING:
    from supplychain_risk.markets.explanation import Explanation

KIND = "explanation"
OTHERS = "all others"
NEGLIGIBLE = 1e-4
"""Causes below this part of the largest have no row of their own in text."""

LINES_LEGEND = (
    "days: lost deliveries in days of the line's normal ones, over the horizon; first day: median day from which the "
    "line makes less than 99 % of normal."
)
CAUSES_LEGEND = (
    "What was hit where. +/-: Monte Carlo standard error of the number to its left. days: of the company's normal "
    "revenue. deliveries: stopped at a closed border or by a rule; plans: capital goods not ordered because customers "
    "expect less demand. No label: the capacity of those who make it. prices: what higher prices of inputs cost and of "
    "what is sold bring, surcharges included; which hit made a good scarce is not followed. unexplained: what goes "
    "back to no hit. Causes below a 10,000th of the largest are among the others."
)
PATHS_LEGEND = (
    "->: an input that was missing; ~>: orders that were missing. A company is named where more than half passes "
    "through it. first day: median day from which makers of half of each product's output are short, from the root on. "
    "Paths are split by what passes from product to product in each draw; all parts add up to the loss."
)


def explain_report(found: Explanation, *, top: int) -> tuple[Section, ...]:
    """Tell where a company's loss comes from, the `top` largest causes and paths."""
    head = _head(found)
    if found.is_unhurt:
        return (head,)
    return (head, _lines(found), _causes(found, top), _hits(found), _paths(found, top))


def explain_document(found: Explanation, sections: tuple[Section, ...]) -> dict[str, Any]:
    """The same as a JSON document, with provenance."""
    numbers = {
        "loss_usd_bn": found.loss_usd_bn,
        "standard_error": found.standard_error,
        "market_cap_usd_bn": found.market_cap_usd_bn,
        "draws_followed": found.n_draws,
    }
    return to_document(KIND, sections, company=found.company, provenance=found.run.provenance, **numbers)


def explain_rows(found: Explanation) -> pd.DataFrame:
    """All lines, causes, hits and paths in one long table: table, id, measure, value."""
    tables = {
        "line": found.lines.set_index("product"),
        "cause": _named(found.causes).set_index("cause"),
        "hit": found.by("hit").set_index("hit"),
        "path": found.paths.set_index("path").drop(columns="first_day"),
    }
    parts = [
        table.select_dtypes("number")
        .rename_axis("id")
        .reset_index()
        .melt(id_vars="id", var_name="measure")
        .assign(table=kind)
        for kind, table in tables.items()
    ]
    return pd.concat(parts, ignore_index=True)[["table", "id", "measure", "value"]]


def _head(found: Explanation) -> Section:
    run = found.run
    title = f"{found.name} ({found.company}): {run.scenario.title} ({run.scenario.name})"
    followed = "all followed back" if found.n_draws == run.n_draws else f"the first {found.n_draws:,} followed back"
    weeks = run.horizon_days / 7
    how = f"{run.n_draws:,} draws ({run.sampling.method}), {followed}; seed {run.seed}, {weeks:,.0f} weeks."
    if found.is_unhurt:
        return Section(title, (f"Nothing reaches {found.company} in any of these draws: no loss to explain.", how))
    verb = "Loses" if found.loss_usd_bn >= 0 else "Gains"
    error = "" if np.isnan(found.standard_error) else f" (+/- {found.standard_error:,.2g})"
    worth = ""
    if not np.isnan(found.market_cap_usd_bn):
        worth = f", {abs(found.loss_usd_bn) / found.market_cap_usd_bn:.2%} of its market value"
    led_back = "Lost customers and repricing are not in it: scenario NAME --company; of a book: portfolio --by cause."
    line = (
        f"{verb} {abs(found.loss_usd_bn):,.3g} USD bn{error} of present value of cash flow after tax by what is not "
        f"delivered and by prices{worth}; mean, given that the event happens."
    )
    return Section(title, (line, led_back, how))


def _lines(found: Explanation) -> Section:
    table = found.lines
    shown = pd.DataFrame(
        {
            "line": table["product"],
            "share": table["share"],
            "USD bn": table["loss_usd_bn"],
            "+/-": table["standard_error"],
            "days": table["lost_days"],
            "+/- ": table["lost_days_error"],
            "first day": [_day(day) for day in table["first_day_short"]],
        }
    )
    return Section("Its lines", table=shown, data=table, formats=_formats(table), wide=("line",), after=(LINES_LEGEND,))


def _causes(found: Explanation, top: int) -> Section:
    table = _named(found.causes)
    size = table["loss_usd_bn"].abs()
    rows = table[size >= NEGLIGIBLE * size.max()].head(top)
    shown = _with_rest(rows[["cause", *_NUMBERS]], table, "cause")
    return Section(
        "Causes",
        table=_headed(shown),
        data=found.causes,
        formats=_formats(table),
        wide=("cause",),
        after=(CAUSES_LEGEND,),
    )


def _hits(found: Explanation) -> Section:
    table = found.by("hit")
    table["hit"] = table["hit"].replace("", "unexplained")
    shown = table.rename(columns={"loss_usd_bn": "USD bn", "standard_error": "+/-"})[["hit", "share", "USD bn", "+/-"]]
    return Section("Hits of the scenario", table=shown, data=table, formats=_formats(table), wide=("hit",))


def _paths(found: Explanation, top: int) -> Section:
    table = found.paths
    listed = table.iloc[:-1].head(top)
    shown = _with_rest(listed[["path", *_NUMBERS, "first_day"]], table, "path")
    return Section(
        "Chains, from the root to the company",
        table=_headed(shown).drop(columns="+/- ").rename(columns={"first_day": "first day"}),
        data=table,
        formats=_formats(table),
        wide=("path",),
        after=(PATHS_LEGEND,),
    )


_NUMBERS = ["share", "loss_usd_bn", "standard_error", "lost_days", "lost_days_error"]


def _named(causes: pd.DataFrame) -> pd.DataFrame:
    """Causes with one label: product, where, and what was hit if it is not capacity."""
    named = zip(causes["acts_on"], causes["product"], causes["country"], strict=True)
    labels = [cause_label(acts_on, product, country) for acts_on, product, country in named]
    return causes.assign(cause=labels)


def _with_rest(rows: pd.DataFrame, table: pd.DataFrame, label: str) -> pd.DataFrame:
    """Rows and one more for all that is not among them; its error is not the sum of theirs and stays blank."""
    rest = {label: OTHERS} | {
        name: table[name].sum() - rows[name].sum() for name in ("share", "loss_usd_bn", "lost_days")
    }
    if len(rows) == len(table):
        return rows
    return pd.concat([rows, pd.DataFrame([rest])], ignore_index=True)


def _headed(shown: pd.DataFrame) -> pd.DataFrame:
    names = dict(zip(_NUMBERS, ("share", "USD bn", "+/-", "days", "+/- "), strict=True))
    return shown.rename(columns=names).fillna({"first_day": ""})


def _formats(table: pd.DataFrame) -> dict[str, str]:
    money = decimals(table["loss_usd_bn"].to_numpy())
    return {"share": ".1%", "USD bn": money, "+/-": money, "days": ",.1f", "+/- ": ",.1f"}


def _day(day: float) -> str:
    return (f"{day:.0f}" if np.isfinite(day) else "-").rjust(len("first day"))
