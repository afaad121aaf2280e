"""The systemic risk index as a section of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from supplychain_risk.report.tables import Section

if TYPE_CHECKING:
    from supplychain_risk.propagation.cascade import SystemicRisk


MEANING = (
    "Share of the network's output, weighted by sales or by h_weight, that is gone once a loss has gone all the way "
    "round, without stocks or time. inputs: for want of inputs; orders: for want of orders; index: the larger of both, "
    "firm by firm."
)


def systemic_section(risk: SystemicRisk, *, top: int) -> Section:
    """The `top` scenarios of largest index as text, all of them as data, largest first."""
    ranked = systemic_rows(risk)
    short = {"esri": "index", "esri_down": "inputs", "esri_up": "orders", "iterations": "updates"}
    unsettled = int((~risk.table["converged"]).sum())
    return Section(
        f"Systemic risk, {len(ranked):,} scenarios, largest index first",
        (
            MEANING,
            _unsettled(unsettled, risk.max_iterations) if unsettled else _stopping(risk),
        ),
        table=ranked.head(top).drop(columns="converged").rename(columns=short),
        data=ranked,
        formats=dict.fromkeys(("index", "inputs", "orders"), ".2%") | {"updates": ",d"},
        wide=("scenario",),
    )


def systemic_rows(risk: SystemicRisk) -> pd.DataFrame:
    """All scenarios, largest index first: scenario, esri, esri_down, esri_up (0..1), iterations, converged."""
    return risk.table.sort_values("esri", ascending=False, kind="stable").reset_index()


def _unsettled(number: int, updates: int) -> str:
    return f"{number:,} scenarios did not come to rest (most updates allowed: {updates:,}): theirs are lower bounds."


def _stopping(risk: SystemicRisk) -> str:
    if risk.mode == "literature":
        return (
            f"Stopped as the published programs do, at the first update without a change above {risk.eps:g} of a "
            "firm's output: not a fixed point."
        )
    return f"Fixed point: no firm would lose more than another {risk.eps:g} of its output."
