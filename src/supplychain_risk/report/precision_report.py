"""How many draws a number needs, told from the draws of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from supplychain_risk.markets.metrics import RETURN
from supplychain_risk.markets.precision import convergence, draws_needed, standard_error
from supplychain_risk.report.tables import Section

if TYPE_CHECKING:
    from supplychain_risk.simulation.result import Simulation

SHOWN = 8


def precision_section(run: Simulation, of: str, wanted: float | None = None) -> Section:
    """Mean and standard error after 2^k draws; with a wanted error, whether it was reached."""
    table = convergence(run, of)
    shown = table.tail(SHOWN)
    if (table["effective_draws"] == table["draws"]).all():
        shown = shown.drop(columns="effective_draws")
    formats = {"draws": ",.0f", "effective_draws": ",.0f", "mean": ".2%", "standard_error": ".3%"}
    lines = () if wanted is None else (_verdict(run, of, wanted),)
    return Section(f"Precision: {_what(of)}", lines, pd.DataFrame(shown), table, formats=formats, after=_notes(run))


def _what(of: str) -> str:
    if of == RETURN:
        return "return of all companies by the network, share of market value"
    return f"lost output of {of}, share of the horizon"


def _verdict(run: Simulation, of: str, wanted: float) -> str:
    reached = standard_error(run, of)
    if reached <= wanted:
        return f"The wanted standard error of {wanted:.3%} was reached after {run.n_draws:,} draws."
    return (
        f"Not reached: a standard error of {wanted:.3%} wanted, {reached:.3%} after {run.n_draws:,} draws. If it falls "
        f"with the square root of their number, {draws_needed(run, of, wanted):,} draws would do."
    )


def _notes(run: Simulation) -> tuple[str, ...]:
    if run.sampling.method == "sobol":
        return ("Errors from sixteen independent scrambles are themselves uncertain by about a fifth.",)
    return ()
