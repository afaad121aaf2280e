"""Fit kappa of the repricing channel and write the tables of docs/repricing.md: `python tools/fit_repricing.py`.

Reads data/events. It changes no parameter: whether the fit supports one is said in the text it writes.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

import supplychain_risk as scr
from supplychain_risk.dataset.events import HORIZONS, find_move, load_events, load_moves
from supplychain_risk.markets.calibration import Fit, fit_kappa, share_of_year

PAGE = Path(__file__).parents[1] / "docs" / "repricing.md"
BEGIN, END = "<!-- written by tools/fit_repricing.py: begin -->", "<!-- end -->"
CLASSES = ("accident", "demand", "regulatory", "war")
FITS = [
    "class",
    "days",
    "announcements",
    "companies",
    "kappa",
    "error",
    "one left out",
    "foretold",
    "kappa 0",
    "supports",
]
FITS += ["in use"]


class Case(NamedTuple):
    """A company in an event: share of the year lost, and its returns by span of days."""

    kind: str
    event: str
    company: str
    ticker: str
    day0: str
    benchmark: str
    lost: float
    moved: dict[int, float]

    @property
    def announcement(self) -> str:
        """Companies of one event and first day share their news."""
        return f"{self.event} {self.day0}"


def read_cases(benchmark: str = "") -> list[Case]:
    """All stakes of the packaged events with their moves; against their own index unless one is given for all."""
    moves = load_moves()
    return [
        Case(
            kind=event.kind,
            event=name,
            company=company,
            ticker=stake.ticker,
            day0=stake.day0,
            benchmark=benchmark or stake.benchmark,
            lost=share_of_year(stake),
            moved={days: find_move(moves, name, stake, days, benchmark).abnormal_return for days in HORIZONS},
        )
        for name, event in load_events().items()
        for company, stake in event.stakes.items()
    ]


def fit_class(cases: list[Case], kind: str, days: int) -> Fit | None:
    """Fit of one class over one span; None without any case."""
    own = [case for case in cases if case.kind == kind]
    if not own:
        return None
    lost = np.array([case.lost for case in own])
    return fit_kappa(lost, np.array([case.moved[days] for case in own]), [case.announcement for case in own])


def render(cases: list[Case]) -> str:
    """The tables, and what they support."""
    kappa = {str(kind): fact for kind, fact in scr.load_dataset().parameters.model.repricing.items()}
    fits = []
    for kind in CLASSES:
        used = f"{kappa[kind].value:g} ({kappa[kind].low:g} to {kappa[kind].high:g})"
        fits += [[kind, str(days), *_fit_cells(fit_class(cases, kind, days)), used] for days in HORIZONS]
    listed = []
    for case in sorted(cases, key=lambda case: (CLASSES.index(case.kind), case.day0, case.ticker)):
        moved = [f"{case.moved[days]:+.1%}" for days in HORIZONS]
        listed.append([case.event, case.day0, case.ticker, case.benchmark, f"{case.lost:.2%}", *moved])
    spans = [f"{days} days" for days in HORIZONS]
    return "\n".join(
        (
            _table(FITS, fits),
            _against_the_market(),
            _table(["event", "first day", "share", "relative to", "m", *spans], listed),
        )
    )


def _against_the_market() -> str:
    """Kappa with all returns relative to the market, in a sentence."""
    cases, said = read_cases("market"), []
    for kind in CLASSES:
        fits = [fit_class(cases, kind, days) for days in HORIZONS]
        if all(fits):
            said.append(f"{kind} " + " and ".join(f"{fit.kappa:+.2f}" for fit in fits if fit))
    return f"With all returns relative to the market, at {HORIZONS[0]} and {HORIZONS[1]} days: {'; '.join(said)}.\n"


def _fit_cells(fit: Fit | None) -> list[str]:
    if fit is None:
        return ["0", "0", *["-"] * 5, "no: no event"]
    single = fit.n_announcements == 1
    return [
        str(fit.n_announcements),
        str(fit.n_moves),
        f"{fit.kappa:+.2f}",
        f"{fit.standard_error:.2f}",
        "-" if single else f"{fit.left_out_low:+.2f} to {fit.left_out_high:+.2f}",
        "-" if single else f"{fit.left_out_error:.1%}",
        f"{fit.zero_error:.1%}",
        "yes" if fit.supports else "no",
    ]


def _table(head: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    rule = ["---" for _ in head]
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, rule, *rows))


def page_with(tables: str, page: str) -> str:
    """The page with its tables replaced."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{tables}\n{END}{after}"


if __name__ == "__main__":
    TABLES = render(read_cases())
    print(TABLES)
    PAGE.write_text(page_with(TABLES, PAGE.read_text(encoding="utf-8")), encoding="utf-8")
