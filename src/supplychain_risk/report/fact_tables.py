"""Facts laid out as tables: value, range and origin for readers, every part of a fact for programs.

The column `from` holds confidence, source and time in the grammar of the data files. Units stand in the title
where they are all the same, and in a legend below where they differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from supplychain_risk.report.tables import LARGE, Section, format_number

if TYPE_CHECKING:
    from supplychain_risk.dataset.facts import Fact, Provenance
    from supplychain_risk.dataset.listing import FactRow
    from supplychain_risk.dataset.schema import Requirement
    from supplychain_risk.scenarios.distributions import Distribution

IMPLIED = {"assumption", "memory"}
"""Sources that only say what the confidence class says already."""

SHOWN = 400
"""Most facts that one table of text shows."""

GLANCE = {
    "criticality": "crit",
    "buffer_days": "stock",
    "reorder_days": "reord",
    "requalify_days": "requal",
    "wear_per_year": "wear",
    "cost_share": "cost",
}
"""Fields of a requirement -> their headings where space is short."""


class Entry(NamedTuple):
    """A fact under the name it has in a table."""

    what: str
    row: FactRow


def pick(rows: Iterable[FactRow], name: Callable[[tuple[str, ...]], str | bool]) -> list[Entry]:
    """Facts that `name` gives a name, in their order."""
    named = ((name(path_of(row)), row) for row in rows)
    return [Entry(str(what), row) for what, row in named if what]


def path_of(row: FactRow) -> tuple[str, ...]:
    """Keys that lead to a fact, the field last."""
    return (*row.record.split("."), row.field)


def fact_section(title: str, entries: Iterable[Entry]) -> Section:
    """Lay out facts; a unit that all of them share stands in the title, several units in a legend."""
    entries = list(entries)
    if not entries:
        return Section(title)
    table = pd.DataFrame([_cells(entry) for entry in entries[:SHOWN]])
    units = {field_words(entry.row.field): entry.row.unit for entry in entries}
    notes = [f"- {entry.what}: {entry.row.fact.note}" for entry in entries[:SHOWN] if entry.row.fact.note]
    if len(set(units.values())) == 1:
        title = f"{title} ({entries[0].row.unit})"
    elif len(entries) <= SHOWN:
        notes.insert(0, f"Units: {'; '.join(f'{field} in {unit}' for field, unit in units.items())}")
    if len(entries) > SHOWN:
        notes.insert(0, f"{SHOWN} of {len(entries)} shown; --format json has all.")
    return Section(title, table=table, data=_full(entries), wide=("what", "from"), after=tuple(notes))


def _cells(entry: Entry) -> dict[str, object]:
    fact = entry.row.fact
    return {"what": entry.what, "value": fact.value, "range": _range(fact), "from": origin(fact)}


def _full(entries: Iterable[Entry]) -> pd.DataFrame:
    """Facts for programs: one column for each part of a fact."""
    columns = ("value", "low", "high", "as_of", "confidence", "source", "note")
    return pd.DataFrame(
        [
            {
                "what": what,
                "record": row.record,
                "field": row.field,
                "unit": row.unit,
                **{column: getattr(row.fact, column) for column in columns},
            }
            for what, row in entries
        ]
    )


def split_section(title: str, entries: Iterable[Entry]) -> Section:
    """Lay out shares of splits, one line for each split."""
    entries = list(entries)
    lines: dict[str, dict[str, str]] = {}
    for what, row in entries:
        line = lines.setdefault(what, {"what": what, "shares": "", "from": origin(row.fact)})
        line["shares"] += f"{', ' if line['shares'] else ''}{row.field} {format_number(row.fact.value)}"
    if not lines:
        return Section(title)
    return Section(title, table=pd.DataFrame(lines.values()), data=_full(entries), wide=("what", "shares", "from"))


def needs_section(title: str, needs: Mapping[str, Requirement], entries: list[Entry]) -> Section:
    """Lay out requirements at a glance: one line each, values only; programs get every fact in full."""
    if not needs:
        return Section(title)
    rows = [
        {"product": name, "kind": need.kind, **{words: _value(getattr(need, field)) for field, words in GLANCE.items()}}
        for name, need in needs.items()
    ]
    legend = "crit: share of output lost without it; days in stock, to reorder, to requalify; wear a year; cost share."
    return Section(title, table=pd.DataFrame(rows), data=_full(entries), wide=("product",), after=(legend,))


def _value(fact: Fact | None) -> float | None:
    return None if fact is None else fact.value


def _range(fact: Fact) -> str:
    return "..".join(format_number(edge, ".3g" if abs(edge) < LARGE else "") for edge in (fact.low, fact.high))


def origin(provenance: Fact | Provenance | Distribution) -> str:
    """Confidence, source and time, as a data file writes them."""
    source = "" if provenance.source in IMPLIED else provenance.source
    return " ".join(part for part in (provenance.confidence, source, provenance.as_of) if part)


def field_words(field: str) -> str:
    """Field of a record in words; its unit is told elsewhere.

    >>> field_words("market_cap_usd_bn")
    'market cap'
    """
    return field.replace("_usd_bn", "").replace("_", " ")
