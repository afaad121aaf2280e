"""Concentration for readers: the most concentrated markets of a level, with margins, ranges, age and confidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import pandas as pd

import supplychain_risk
from supplychain_risk.concentration.measures import concentration
from supplychain_risk.concentration.rules import thresholds_of
from supplychain_risk.errors import InputError
from supplychain_risk.report.tables import Section

if TYPE_CHECKING:
    from supplychain_risk.network import SupplyNetwork

LABELS = {"customer": "input", "company": "company", "portfolio": "exposure"}
"""Level -> head of the column that names a market, where that is not "product"."""

HEADS = {
    "hhi": "HHI",
    "effective_number": "as if",
    "top_share": "share",
    "n_minus_1_cover": "cover",
    "top_country": "country",
    "top_country_share": "its share",
    "hhi_margin_points": "HHI",
    "share_margin": "share",
    "country_margin": "country",
    "cover_margin": "cover",
    "depends_on": "depends on",
}
"""Column -> its head where that differs."""

SHARES = ("share", "its share", "cover", "dependence")
FORMATS = {**dict.fromkeys(SHARES, ".0%"), "HHI": ".3f", "as if": ".1f"}
WHAT = {
    "product": "products by the companies that make them",
    "country": "products by the country they are made in",
    "site": "products by the site they are made at",
    "customer": "inputs of each maker by supplying company",
    "company": "purchases from and sales to other companies, by value",
    "portfolio": "what the companies of the book buy, over all tiers",
}

MEANING = (
    "HHI: sum of squared shares, 1 = a single holder, 0.25 = as if four equal ones; holders nobody has named count as "
    "many small ones. as if: number of equal holders with the same HHI (1 / HHI)."
)
COVER = (
    "cover: what all others can supply at their highest output, over the need, once the largest is gone; below 100 % "
    "something is missing, before stocks."
)
RANGES = (
    "if unknown: from groups of producers counted as many firms to the unknown share held by as few as can be. by "
    "facts: lowest and highest HHI that the ranges of the shares allow. oldest: time of the oldest fact. confidence: "
    "what half of the shares reach; JSON and CSV add the worst and the unknown share."
)


def concentration_report(
    network: SupplyNetwork,
    by: str,
    *,
    product: str | None = None,
    holdings: Mapping[str, float] | None = None,
    notes: tuple[str, ...] = (),
    top: int = 15,
) -> tuple[Section, ...]:
    """Tell how concentrated the markets of a level are.

    Parameters
    ----------
    network : built from a dataset.
    by, product, holdings : as in `concentration.concentration`.
    notes : what was assumed in reading holdings.
    top : markets shown; programs get all.

    Returns
    -------
    Sections: the most concentrated, margins to thresholds, how well it is known, and what the columns mean.
    """
    table = concentration(network, by, product=product, holdings=holdings)
    name = LABELS.get(by, "product")
    shown = _named(table.head(top), name)
    head = f"{len(table)} markets, the {len(shown)} most concentrated shown" if len(shown) < len(table) else ""
    holder = by if by in {"country", "site"} else "largest"
    main = (name, "hhi", "effective_number", "top", "top_share", "top_country", "top_country_share", "n_minus_1_cover")
    sections = [
        Section(
            f"Concentration: {WHAT[by]}",
            lines=tuple(line for line in (head, *notes) if line),
            table=_cut(shown, main).rename(columns={"top": holder}),
            data=table,
            formats=FORMATS,
            wide=(name, holder),
            spare={"as if": "as if", "its share": "its share", "country": "country"},
        ),
        _margins(network, shown, name),
        _knowledge(shown, name),
    ]
    if "depends_on" in shown:
        sections.append(_dependences(shown[shown["depends_on"].fillna("") != ""], name))
    sections.append(Section("What the numbers mean", tuple(_meaning(network, table))))
    return tuple(section for section in sections if section.table is None or len(section.table))


def _margins(network: SupplyNetwork, shown: pd.DataFrame, name: str) -> Section:
    levels = thresholds_of(network)
    lines = {
        "hhi_margin_points": f"HHI: points above {levels.hhi_points.value:,.0f} (US merger guidelines 2023)",
        "share_margin": f"share: of the largest above {levels.firm_share.value:.0%} (the same)",
        "country_margin": f"country: share above {levels.country_share.value:.0%} (EU critical raw materials act)",
        "cover_margin": f"cover: above {levels.n_minus_1_cover.value:.0%} of the need",
    }
    line = "; ".join(text for column, text in lines.items() if column in shown) + ". above: rules that fire."
    formats = {"HHI": "+,.0f", "share": "+.0%", "country": "+.0%", "cover": "+.0%"}
    return _part("Margins to thresholds", line, _cut(shown, (name, *lines, "above")), (name,), formats)


def _knowledge(shown: pd.DataFrame, name: str) -> Section:
    ranged = shown.assign(**{"if unknown": _range(shown, "hhi_low", "hhi_high")})
    if "hhi_fact_low" in shown:
        ranged["by facts"] = _range(shown, "hhi_fact_low", "hhi_fact_high")
    columns = (name, "if unknown", "by facts", "oldest", "confidence")
    return _part("How well it is known", "", _cut(ranged, columns), (name,), FORMATS)


def _range(shown: pd.DataFrame, low: str, high: str) -> list[str]:
    """Both ends of an index in two digits; blank where nothing is known."""
    ends = zip(shown[low], shown[high], strict=True)
    return [f"{least:.2f}..{most:.2f}" if least == least else "" for least, most in ends]  # noqa: PLR0124


def _dependences(shown: pd.DataFrame, name: str) -> Section:
    line = (
        "dependence: part of output that stops when that one supplier stops for good, without stocks and substitutes."
    )
    if name == LABELS["portfolio"]:
        line += " By company, holdings themselves are left out; lookthrough counts them."
    table = _cut(shown, (name, "dependence", "depends_on", "path"))
    return _part("Largest dependence on one", line, table, (name, "depends on", "path"), FORMATS)


def _part(title: str, line: str, table: pd.DataFrame, wide: tuple[str, ...], formats: Mapping[str, str]) -> Section:
    """A table for readers; the rows for programs stand once, in the first section."""
    spare = {column: column for column in ("above", "oldest", "country", "path") if column in table}
    return Section(title, (line,) if line else (), table, data=pd.DataFrame(), formats=formats, wide=wide, spare=spare)


def _named(shown: pd.DataFrame, name: str) -> pd.DataFrame:
    """One column that names the market, as chains are written: "nvidia:ai_accelerator < hbm", "nvidia buys"."""
    if name == "input":
        return shown.assign(input=shown["customer"] + ":" + shown["customer_product"] + " < " + shown["product"])
    return shown.assign(company=shown["company"] + " " + shown["side"]) if name == "company" else shown


def _cut(shown: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    present = [column for column in columns if column in shown]
    return shown[present].rename(columns=HEADS)


def _meaning(network: SupplyNetwork, table: pd.DataFrame) -> Iterator[str]:
    yield MEANING
    if "n_minus_1_cover" in table:
        yield COVER
    if "hhi_fact_low" in table:
        yield RANGES
    if network.dataset is None:
        raise InputError("concentration report: found a network made of tables, expected one from a dataset")
    version = supplychain_risk.__version__
    yield f"Data as of {network.dataset.as_of}, digest {network.digest[:12]}; supplychain_risk {version}."
