"""What a company or a book ultimately depends on, for readers: two rankings, a few totals, and what they mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import supplychain_risk
from supplychain_risk.concentration.entry import enter
from supplychain_risk.concentration.lookthrough import OUTSIDE, effective_chains, lookthrough
from supplychain_risk.concentration.overlap import cosine_commonality, diamond_ratio, second_tier
from supplychain_risk.dataset.holdings import read_holdings
from supplychain_risk.errors import InputError
from supplychain_risk.report.scenario_report import resolve_companies
from supplychain_risk.report.tables import Section

if TYPE_CHECKING:
    from supplychain_risk.dataset.schema import Dataset
    from supplychain_risk.network import SupplyNetwork

TABLES = (".csv", ".txt", ".tsv")
"""Ends of names that are taken for files, whether or not there is one."""

UNNAMED = ("other:", "other@")
MISSING = "not in the data: "
MEANING = (
    "stops: the part of {whole} that is lost if the row stops for good, without stocks and without time: through tools "
    "and servers it takes years. alone: the part of that along the one chain shown. value: the part of {whole} that is "
    "paid on to the row over all tiers, a year's purchases; each tier counts what it pays on, so values do not add up "
    "to 100 %."
)


@dataclass(frozen=True)
class Subject:
    """What is looked through.

    Attributes
    ----------
    title : name for readers.
    weights : by company id.
    unknown : weights of names that are not in the data.
    notes : what was assumed in reading them.
    single : whether it is one company, not a book.
    """

    title: str
    weights: dict[str, float]
    unknown: dict[str, float]
    notes: tuple[str, ...]
    single: bool


def read_subject(name: str, dataset: Dataset) -> Subject:
    """Take a name for a file of holdings if it is one or ends like one, else for a company's id or ticker.

    Raises
    ------
    UnknownNameError : no company is called that.
    DataError : the file cannot be read as holdings.
    InputError : it holds no company of the data.
    """
    if Path(name).suffix.lower() in TABLES or Path(name).is_file():
        book = read_holdings(name, dataset)
        if not book.weights:
            raise InputError(f"{book.file}: found {', '.join(book.unknown)}, expected a company of the data among them")
        return Subject(f"Book {book.file}", dict(book.weights), dict(book.unknown), book.assumptions, single=False)
    (company,) = resolve_companies(dataset, [name])
    return Subject(f"{dataset.companies[company].name} ({company})", {company: 1.0}, {}, (), single=True)


def lookthrough_table(network: SupplyNetwork, subject: Subject, by: str) -> pd.DataFrame:
    """All rows of `concentration.lookthrough`, and the weights of unknown names: for programs."""
    rows = lookthrough(network, subject.weights, by=by)
    unknown = pd.DataFrame(
        {"held": subject.unknown, "additive": subject.unknown}, index=list(subject.unknown), dtype=np.float64
    ).assign(bottleneck=np.nan, joint=np.nan, tier=0, path="")
    parts = [rows, unknown.rename(index=lambda name: f"{MISSING}{name}")] if subject.unknown else [rows]
    return pd.concat(parts).rename_axis(by).reset_index()


def lookthrough_report(network: SupplyNetwork, subject: Subject, *, by: str, top: int) -> tuple[Section, ...]:
    """Tell what a company or book depends on.

    Parameters
    ----------
    network : built from a dataset.
    subject : from `read_subject`.
    by : kind of rows, as in `concentration.lookthrough`.
    top : rows of each ranking.

    Returns
    -------
    Sections: what is held and assumed, the largest dependences with their chains, the largest values, concentration.
    """
    table = lookthrough_table(network, subject, by)
    listed = table[~table[by].str.startswith((OUTSIDE, MISSING, *UNNAMED))]
    if subject.single and by in ("company", "activity"):
        listed = listed[listed["held"] == 0]
    whole = "the company's sales" if subject.single else "the book"
    by_value = listed.nlargest(top, "additive").drop(columns=["bottleneck", "path"])
    concentration = tuple(_concentration(network, subject, table, by))
    sections = (
        Section(f"Look-through: {subject.title}", tuple(_about(network, subject, table))),
        _ranking("What stops it", listed.nlargest(top, "joint"), data=table),
        _ranking("Where the money goes", by_value, data=by_value),
        *([Section("Concentration of what is bought", concentration)] if concentration else []),
        Section("What the numbers mean", (MEANING.format(whole=whole), _provenance(network))),
    )
    return tuple(section for section in sections if section.table is None or len(section.table))


def _about(network: SupplyNetwork, subject: Subject, table: pd.DataFrame) -> Iterator[str]:
    """Lines about what is held, what lies outside and what was assumed."""
    entry = enter(network, subject.weights)
    if not subject.single:
        yield f"{len(subject.weights)} companies of the data, {sum(subject.weights.values()):.1%} of the book."
    if subject.unknown:
        names = ", ".join(f"{name} {weight:.1%}" for name, weight in subject.unknown.items())
        yield f"Not in the data, and in no number below: {names}."
    if entry.outside:
        yield f"Sales outside the model, about which nothing is said: {entry.outside:.1%}."
    if entry.by_sales:
        yield f"Spread by sales in the network, revenue by product unknown: {', '.join(entry.by_sales)}."
    yield from (f"Assumed: {note}." for note in subject.notes)
    if min(subject.weights.values()) < 0:
        yield "Short positions count negative: all parts are net."
    if (table["tier"] == 0).all():
        yield "Nothing in the network is bought: no dependence on any supplier."


def _ranking(title: str, rows: pd.DataFrame, *, data: pd.DataFrame) -> Section:
    names = {
        "joint": "stops",
        "bottleneck": "alone",
        "held": "held",
        "additive": "value",
        "tier": "tier",
        "path": "chain",
    }
    shown = rows.rename(columns=names)
    if "chain" in shown:
        shown["chain"] = shown["chain"].str.replace(":", ": ")  # lines break at spaces
    shown = shown[[shown.columns[0], *(name for name in names.values() if name in shown)]]
    if not rows["held"].any():
        shown = shown.drop(columns="held")
    formats = {"held": ".1%", "stops": ".1%", "alone": ".1%", "value": ".2%"}
    return Section(title, table=shown, data=data, formats=formats, wide=("chain",))


def _concentration(network: SupplyNetwork, subject: Subject, table: pd.DataFrame, by: str) -> Iterator[str]:
    bought = (table["additive"] - table["held"]).clip(lower=0.0)
    if not bought.any():
        return
    yield f"By value as if from {effective_chains(bought):.1f} rows of equal size (1 / sum of squared shares)."
    unnamed = bought[table[by].str.startswith(UNNAMED)].sum() / bought.sum()
    if unnamed > 0:
        yield f"{unnamed:.1%} of it comes from makers that the data do not name; they are not listed above."
    tiers = second_tier(network, subject.weights)
    yield (
        f"{tiers.shape[0]} direct suppliers have {tiers.shape[1]} suppliers; {diamond_ratio(tiers):.0%} of these serve "
        "two or more of them (diamond ratio), and the mean cosine of what two direct suppliers buy is "
        f"{cosine_commonality(tiers):.2f}. Who buys from whom is often unknown and taken at market shares, so both are "
        "upper bounds."
    )


def _provenance(network: SupplyNetwork) -> str:
    if network.dataset is None:
        raise InputError("look-through report: found a network made of tables, expected one from a dataset")
    version = supplychain_risk.__version__
    return f"Data as of {network.dataset.as_of}, digest {network.digest[:12]}; supplychain_risk {version}."
