"""Annual risk told: what a year costs, how often more, by which events, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from supplychain_risk.markets.annual_result import RETURN_PERIODS
from supplychain_risk.report.tables import Section, to_document

if TYPE_CHECKING:
    from supplychain_risk.markets.annual_result import AnnualRisk
    from supplychain_risk.scenarios.frequencies import Frequencies

KIND = "annual_risk"
FREQUENCIES = "frequencies"

NAMES = {"total": "market", "network": "network"}

CONVENTIONS = (
    "Losses are positive, in % of the book at the start of the year; gains count against them. market: with the fall "
    "of all shares that a scenario states; network: what travels along the supply chain alone. An event costs all of "
    "its horizon in the year in which it begins; events of a year multiply, company by company."
)
CURVE_LEGEND = (
    "year: loss of the year (AEP); event: largest event of the year, alone (OEP). 1 in 100: reached or exceeded in one "
    "year of a hundred. +/-: Monte Carlo standard error, simulations included; how uncertain facts are is not in it."
)
MARKS_LEGEND = (
    "!: the year's loss is unreliable. y: fewer than 30 simulated years reach it; o: fewer than 30 different outcomes "
    "stand behind it; e: standard error above a quarter of it; r: what the rates may be moves its return period by "
    "more than from half to double. Marks of events: --format json."
)
BEHIND_LEGEND = (
    "once in: years between events as large as `event` above, 5 % and 95 % quantile of what the rates may be. mostly: "
    "scenario that is the largest event in most of the years that reach the year's loss with the market. Blank: a year "
    "in which nothing is lost."
)
AVERAGE_LEGEND = (
    "mean: over the simulated years. rates: sum over scenarios of events a year x mean loss. diff: sum of events minus "
    "rates; overlap: mean minus sum of events, for what is lost can be lost once. apart: rates if no scenario excluded "
    "another. 5 %, 95 %: of rates, as the frequencies are uncertain."
)
SCENARIO_LEGEND = (
    "a year: rate as given, a median; counts: mean events a year, of a family only the gravest. loss, network: mean "
    "given the event. part, part net: of the average annual loss. worst: share of the years beyond the 1-in-100 loss "
    "in which it is the largest event."
)


def annual_report(risk: AnnualRisk) -> tuple[Section, ...]:
    """Tell the annual risk of a book."""
    return (_head(risk), *_curves(risk), _average(risk), _scenarios(risk), _left_out(risk.frequencies))


def annual_document(risk: AnnualRisk, sections: tuple[Section, ...]) -> dict[str, object]:
    """The same as a JSON document with its provenance."""
    return to_document(KIND, sections, book=risk.book.name, unit="share of the book", provenance=risk.provenance)


def frequency_report(frequencies: Frequencies) -> tuple[Section, ...]:
    """List the rates of a table, who says so, and what is not in it."""
    table = frequencies.table()
    shown = pd.DataFrame(
        {
            "scenario": table["scenario"],
            "a year": table["per_year"],
            "5 %": table["low"],
            "95 %": table["high"],
            "family": table["family"],
            "from": table["source"],
        }
    )
    counts = tuple(f"- {row.scenario}: {str(row.definition).strip()}" for row in table.itertuples())
    rates = Section(
        f"Events a year ({frequencies.file or 'packaged scenarios'})",
        ("The value is the median of what the rate may be. Of a family the gravest event of a year counts.",),
        shown,
        table,
        formats=dict.fromkeys(("a year", "5 %", "95 %"), ".4g"),
        wide=("from",),
    )
    return rates, Section("What counts as the event", counts), _left_out(frequencies)


def _head(risk: AnnualRisk) -> Section:
    provenance, held = risk.provenance, risk.held
    draws = [f"{n:,}" for n in sorted({len(kind.unit) for kind in risk.kinds})]
    size = (
        f"{risk.n_years:,} years in {provenance['n_loops']:,} outer loops, {len(risk.kinds)} scenarios of "
        f"{' or '.join(draws)} draws, seed {provenance['seed']}."
    )
    lines = [size, f"In companies with a return of their own: {held.covered:.1%} of the book.", *risk.book.notes]
    if held.without_return:
        lines.append(f"No market value known, so with the market only: {', '.join(held.without_return)}.")
    return Section(f"Annual risk: {risk.book.name}", (*lines, CONVENTIONS))


def _curves(risk: AnnualRisk) -> tuple[Section, Section]:
    """The losses, and what stands behind them."""
    curve = risk.curve([period for period in RETURN_PERIODS if period <= risk.n_years])
    shown, behind = pd.DataFrame({"1 in": curve.index}), pd.DataFrame({"1 in": curve.index})
    for number, (side, prefix) in enumerate((("market", ""), ("network", "network_"))):
        pad, rows = " " * number, curve.reset_index(drop=True)
        shown[f"{side}: year"] = 100 * rows[f"{prefix}aep"]
        shown[f"+/-{pad}"] = 100 * rows[f"{prefix}aep_error"]
        shown[f"!{pad}"] = rows[f"{prefix}aep_unreliable"].map(_letters)
        shown[f"event{pad}"] = 100 * rows[f"{prefix}oep"]
        shown[f" +/-{pad}"] = 100 * rows[f"{prefix}oep_error"]
        behind[f"{side}: once in"] = [
            _range(often, seldom) if loss > 0.0 else ""
            for loss, often, seldom in zip(
                *(rows[f"{prefix}oep{part}"] for part in ("", "_often", "_seldom")), strict=True
            )
        ]
    behind["mostly"] = [
        f"{cause}, {share:.0%}" if loss > 0.0 else ""
        for cause, share, loss in zip(curve["cause"], curve["cause_share"], curve["aep"].astype(float), strict=True)
    ]
    numbers = shown.columns.drop(["1 in", "!", "! "])
    formats = {name: "z.3f" if number >= len(numbers) // 2 else "z.2f" for number, name in enumerate(numbers)}
    losses = Section(
        "Loss once in so many years, % of the book",
        table=shown,
        data=curve.reset_index(),
        formats=formats | {"1 in": ",.0f"},
        spare={" +/- ": "+/- of the network's event", " +/-": "+/- of the market's event"},
        after=(CURVE_LEGEND, MARKS_LEGEND),
    )
    return losses, Section(
        "How uncertain the rates make it", table=behind, formats={"1 in": ",.0f"}, after=(BEHIND_LEGEND,)
    )


def _average(risk: AnnualRisk) -> Section:
    table = risk.average()
    columns = {
        "mean": "annual_loss",
        "+/-": "standard_error",
        "gains": "gains",
        "overlap": "overlap",
        "rates": "expected",
        "+/- ": "expected_error",
        "diff": "difference",
        " +/-": "difference_error",
        "apart": "without_families",
        "5 %": "low",
        "95 %": "high",
    }
    shown = pd.DataFrame({name: 100 * table[column] for name, column in columns.items()})
    shown.insert(0, "", [NAMES[str(side)] for side in table.index])
    return Section(
        "Average annual loss, % of the book, and the check against the rates",
        table=shown,
        data=table.reset_index(),
        formats=dict.fromkeys(columns, "z.3f"),
        wide=("",),
        spare={"apart": "apart", "gains": "gains"},
        after=(AVERAGE_LEGEND,),
    )


def _scenarios(risk: AnnualRisk) -> Section:
    table = risk.by_scenario()
    shown = pd.DataFrame(
        {
            "scenario": table.index,
            "a year": table["per_year"].to_numpy(),
            "counts": table["expected_events"].to_numpy(),
            "loss": 100 * table["loss"].to_numpy(),
            "+/-": 100 * table["loss_error"].to_numpy(),
            "network": 100 * table["network_loss"].to_numpy(),
            "+/- ": 100 * table["network_loss_error"].to_numpy(),
            "part": _part(table["contribution"]),
            "part net": _part(table["network_contribution"]),
            "worst": table["worst_years"].to_numpy(),
        }
    )
    percent = dict.fromkeys(("loss", "+/-"), "z.2f") | dict.fromkeys(("network", "+/- "), "z.3f")
    shares = dict.fromkeys(("part", "part net", "worst"), "z.0%")
    judged = table["source"].str.startswith("assumption")
    share = float(table.loc[judged, "contribution"].sum() / table["contribution"].sum())
    judgement = f"{share:.0%} of the average annual loss hangs on rates that are assumptions." if judged.any() else ""
    return Section(
        "By scenario: events a year, loss given the event (% of the book)",
        table=shown,
        data=table.reset_index(),
        formats=percent | shares | dict.fromkeys(("a year", "counts"), ".3f"),
        wide=("scenario",),
        spare={"+/- ": "+/- of network", "+/-": "+/- of loss", "a year": "a year"},
        after=tuple(line for line in (SCENARIO_LEGEND, judgement) if line),
    )


def _left_out(frequencies: Frequencies) -> Section:
    return Section("Not counted", tuple(_reasons(frequencies)))


def _reasons(frequencies: Frequencies) -> Iterator[str]:
    """Reasons, each with the scenarios that it holds for."""
    names: dict[str, list[str]] = {}
    for name, why in frequencies.left_out.items():
        names.setdefault(why, []).append(name)
    for why, scenarios in names.items():
        yield f"- {', '.join(scenarios)}: {why}"


def _range(often: float, seldom: float) -> str:
    """Years between events."""
    return f"{often:,.0f} to {seldom:,.0f} years"


def _letters(marks: str) -> str:
    """First letter of each rule."""
    return "".join(rule.strip()[0] for rule in marks.split(",") if rule)


def _part(contribution: pd.Series[float]) -> pd.Series[float]:
    """Parts of the sum; blank where the sum is 0."""
    total = float(contribution.sum())
    return (contribution / total if total else contribution * float("nan")).reset_index(drop=True)
