"""Two scenarios side by side: what differs, and how sure the draws are of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from supplychain_risk.report.company_tables import decimals
from supplychain_risk.report.tables import Section, to_document

if TYPE_CHECKING:
    from supplychain_risk.markets.compare import Comparison

KIND = "comparison"

LEGEND = (
    "B - A: difference of the means over draws, both conditional on their event. +/-: its Monte Carlo standard error "
    "on common random numbers; apart: what it would be if both had draws of their own. How uncertain the facts are is "
    "in neither."
)


def compare_report(comparison: Comparison, *, top: int) -> tuple[Section, ...]:
    """Tell what differs between two runs, the `top` largest differences first; all rows for programs."""
    first, second, metric = comparison.first, comparison.second, comparison.metric
    table, weeks = comparison.table, first.horizon_days / 7
    rows = table.head(top)
    shown = pd.DataFrame(
        {
            metric.rows: rows.index,
            "A": rows["first"].to_numpy(),
            "B": rows["second"].to_numpy(),
            "B - A": rows["difference"].to_numpy(),
            "+/-": rows["standard_error"].to_numpy(),
            "apart": rows["independent_error"].to_numpy(),
        }
    )
    numbers = shown.columns[1:]
    formats = dict.fromkeys(numbers, decimals(rows["difference"].to_numpy()))
    if metric.unit.startswith("share"):
        formats = dict.fromkeys(numbers, ".2%")
    lines = (
        f"A: {first.scenario.title} ({first.scenario.name})",
        f"B: {second.scenario.title} ({second.scenario.name})",
        f"{first.n_draws:,} draws each ({first.sampling.method}), seed {first.seed}, {weeks:,.0f} weeks.",
        _gain(table),
    )
    return (
        Section(
            f"{metric.what[0].upper()}{metric.what[1:]} by {metric.rows}, {metric.unit}",
            tuple(line for line in lines if line),
            shown,
            table.reset_index(),
            formats=formats,
            wide=(metric.rows,),
            after=(LEGEND,),
        ),
    )


def compare_document(comparison: Comparison, sections: tuple[Section, ...]) -> dict[str, object]:
    """The same as a JSON document with the provenance of both runs."""
    provenance = {"a": comparison.first.provenance, "b": comparison.second.provenance}
    metric = comparison.metric
    return to_document(KIND, sections, metric=metric.name, unit=metric.unit, provenance=provenance)


def _gain(table: pd.DataFrame) -> str:
    """How many draws the common numbers save, on the largest differences."""
    rows = table.head(10)
    rows = rows[rows["standard_error"] > 0.0]
    if rows.empty:
        return ""
    ratio = float(np.median((rows["independent_error"] / rows["standard_error"]) ** 2))
    return f"For the same error draws of their own would have to be {ratio:.1f} times as many (median, ten largest)."
