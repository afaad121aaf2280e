"""What the data say about one company, product, site or source, and from where.

Every number appears with its range, its unit, the time it describes, its confidence and its source. Shares are
written as in the data files, 0..1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from supplychain_risk.errors import UnknownNameError
from supplychain_risk.report.tables import Section, format_number

if TYPE_CHECKING:
    from supplychain_risk.dataset.listing import FactRow
    from supplychain_risk.dataset.schema import Company, Dataset, Product

IMPLIED = {"assumption", "memory"}


class Entry(NamedTuple):
    """A fact under the name it has in a table."""

    what: str
    row: FactRow


def describe(dataset: Dataset, name: str) -> tuple[Section, ...]:
    """Tell all that is known about an id, or about the company with that ticker.

    Parameters
    ----------
    dataset : checked data.
    name : id of a company, product, site or source, or a ticker; case does not matter.

    Returns
    -------
    Sections: what it is, its numbers by topic, and the sources behind them.

    Raises
    ------
    UnknownNameError : nothing has that id; the nearest ids are named.
    """
    wanted = resolve_id(dataset, name)
    found = [
        section
        for records, tell in (
            (dataset.companies, _company),
            (dataset.products, _product),
            (dataset.sites, _site),
            (dataset.sources, _source),
        )
        if wanted in records
        for section in tell(dataset, wanted)
    ]
    return tuple(section for section in found if section.lines or section.table is not None)


def resolve_id(dataset: Dataset, name: str) -> str:
    """Id that a user means: as it stands, in lower case, or by ticker.

    Raises
    ------
    UnknownNameError : nothing is called that.
    """
    known = [*dataset.companies, *dataset.products, *dataset.sites, *dataset.sources]
    for candidate in (name, name.lower()):
        if candidate in known:
            return candidate
    for company, record in dataset.companies.items():
        if name.upper() in (record.ticker.upper(), *record.other_tickers.upper().split()):
            return company
    raise UnknownNameError("company, product, site or source", name.lower(), known)


def source_section(dataset: Dataset, ids: Iterable[str], *, also: Iterable[str] = ()) -> Section:
    """List sources in the order of first use; `also` are further ones from which no number was taken."""
    lines = []
    for source_id in dict.fromkeys([*ids, *also]):
        source = dataset.sources.get(source_id)
        if source is None or source_id in IMPLIED:
            continue
        origin = ", ".join(part for part in (source.publisher, source.published) if part)
        parts = (f"{source_id}: {source.title}", f"({origin})" if origin else "", source.url)
        lines.append("- " + " ".join(part for part in parts if part))
    return Section("Sources", tuple(lines))


def _company(dataset: Dataset, company: str) -> Iterator[Section]:
    record = dataset.companies[company]
    own = _under(dataset, f"companies.{company}.")
    yield Section(f"{record.name} (company {company})", _company_lines(record))
    yield _facts("Accounts and shares", _pick(own, lambda path: path[2] == "finance" and _words(path[-1])))
    yield _facts("Customers by share of revenue", _pick(own, lambda p: p[2].startswith("customer") and p[-1]))
    yield _facts("Makes", _pick(own, lambda p: p[2] == "makes" and len(p) == 5 and f"{p[3]}: {_words(p[4])}"))
    yield _facts("Where", _pick(own, lambda p: _at(p, 4, "sites") and f"{p[3]} at {p[5]}"))
    yield _facts(
        "Recipes that differ from the product's",
        _pick(own, lambda p: _at(p, 4, "recipe") and f"{p[3]} needs {p[5]}: {_words(p[-1])}"),
    )
    yield _facts("Sells to", _pick(own, lambda p: _at(p, 4, "sells_to") and f"{p[3]} to {p[5]}: {_words(p[-1])}"))
    yield Section("Sells to, share unknown", _silent_links(dataset, seller=company))
    bought = _under(dataset, "companies.")
    yield _facts(
        "Buys from",
        _pick(
            bought,
            lambda p: _at(p, 4, "sells_to") and _customer(p[5]) == company and f"{p[3]} from {p[1]}: {_words(p[-1])}",
        ),
    )
    yield Section("Buys from, share unknown", _silent_links(dataset, buyer=company))
    yield source_section(dataset, (row.fact.source for row in own))


def _product(dataset: Dataset, product: str) -> Iterator[Section]:
    record = dataset.products[product]
    own = _under(dataset, f"products.{product}.")
    made = _under(dataset, "companies.", f".makes.{product}")
    needs = _under(dataset, "products.", f".needs.{product}")
    yield Section(f"{record.name} (product {product})", _product_lines(record))
    yield _facts("Market", _pick(own, lambda path: len(path) == 3 and _words(path[-1])))
    makers = [
        *_pick(made, lambda p: p[-1] == "share" and p[1]),
        *_pick(own, lambda p: p[2:] == ("others", "share") and "other"),
    ]
    yield _facts("Makers by share of world sales", sorted(makers, key=lambda entry: -entry.row.fact.value))
    yield _facts("Where", _pick(made, lambda p: _at(p, 4, "sites") and f"{p[1]} at {p[5]}"))
    yield _facts("Needs", _pick(own, lambda p: p[2] == "needs" and f"{p[3]}: {_words(p[-1])}"))
    yield _facts("Needed for", _pick(needs, lambda p: f"{p[1]}: {_words(p[-1])}"))
    yield _facts("Parameters of its own", _parameters(dataset, product))
    yield source_section(dataset, (row.fact.source for row in (*own, *made, *needs)))


def _site(dataset: Dataset, site: str) -> Iterator[Section]:
    record = dataset.sites[site]
    rows = [row for row in dataset.facts() if row.field == site and row.record.endswith(".sites")]
    place = f"{record.lat:g}, {record.lon:g} ({record.confidence})"
    yield Section(f"{record.name} (site {site})", (f"{record.country}, region {record.region}, coordinates {place}",))
    entries = _pick(rows, lambda p: f"{p[1]}:{p[3]}" if p[0] == "companies" else f"other:{p[1]}")
    yield _facts("Share of an activity's capacity here", sorted(entries, key=lambda entry: -entry.row.fact.value))
    yield source_section(dataset, (row.fact.source for row in rows))


def _source(dataset: Dataset, source: str) -> Iterator[Section]:
    record = dataset.sources[source]
    rows = [row for row in dataset.facts() if row.fact.source == source]
    origin = ", ".join(part for part in (record.publisher, record.published) if part)
    yield Section(
        f"{record.title} (source {source})", tuple(part for part in (origin, record.url, record.note) if part)
    )
    yield _facts(f"Facts from it: {len(rows)}", [Entry(".".join(_path(row)[1:]), row) for row in rows])


def _company_lines(record: Company) -> tuple[str, ...]:
    tickers = " ".join(part for part in (record.ticker, record.other_tickers) if part)
    listed = {"yes": f"listed: {tickers}", "no": "not listed", "parent": f"parent is listed: {tickers}"}[record.listed]
    return tuple(part for part in (f"{record.country}, {listed}", record.note) if part)


def _product_lines(record: Product) -> tuple[str, ...]:
    kind = f"{record.kind} of tier {record.tier_order} ({record.tier}), {record.pricing} prices, {record.trade} trade"
    return tuple(part for part in (kind, record.note) if part)


def _facts(title: str, entries: Iterable[Entry]) -> Section:
    """Lay out facts; a unit that all of them share moves into the title."""
    entries = list(entries)
    if not entries:
        return Section(title)
    table = pd.DataFrame([_cells(entry) for entry in entries])
    units = table["unit"].unique()
    if len(units) == 1:
        title = f"{title} ({units[0]})"
        table = table.drop(columns="unit")
    if not table["as of"].any():
        table = table.drop(columns="as of")
    notes = tuple(f"- {entry.what}: {entry.row.fact.note}" for entry in entries if entry.row.fact.note)
    return Section(title, table=table, after=notes)


def _cells(entry: Entry) -> dict[str, object]:
    fact = entry.row.fact
    return {
        "what": entry.what,
        "value": fact.value,
        "range": f"{format_number(fact.low)}..{format_number(fact.high)}",
        "unit": entry.row.unit,
        "as of": fact.as_of,
        "confidence": fact.confidence,
        "source": fact.source,
    }


def _under(dataset: Dataset, start: str, part: str = "") -> list[FactRow]:
    """Facts whose path starts with `start` and contains `part` as whole keys."""
    return [
        row
        for row in dataset.facts()
        if row.record.startswith(start.rstrip(".")) and f"{row.record}.{row.field}.".startswith(start)
        if not part or f"{part}." in f"{row.record}."
    ]


def _pick(rows: Iterable[FactRow], name: Callable[[tuple[str, ...]], str | bool]) -> list[Entry]:
    """Facts that `name` gives a name, in their order."""
    named = ((name(_path(row)), row) for row in rows)
    return [Entry(str(what), row) for what, row in named if what]


def _path(row: FactRow) -> tuple[str, ...]:
    return (*row.record.split("."), row.field)


def _at(path: tuple[str, ...], position: int, key: str) -> bool:
    return len(path) > position + 1 and path[position] == key


def _customer(key: str) -> str:
    return key.split("/", maxsplit=1)[0]


def _words(field: str) -> str:
    return field.replace("_usd_bn", "").replace("_", " ")


def _silent_links(dataset: Dataset, *, seller: str = "", buyer: str = "") -> tuple[str, ...]:
    """Relations that are known without a number."""
    return tuple(
        f"- {product} {f'to {customer}' if seller else f'from {company}'}{_origin(link.provenance)}"
        for company, record in dataset.companies.items()
        for product, make in record.makes.items()
        for customer, link in make.sells_to.items()
        if company == seller or (buyer and _customer(customer) == buyer)
        if link.share_of_customer is None and link.share_of_supplier is None
    )


def _origin(provenance: object) -> str:
    parts = [getattr(provenance, name, "") for name in ("confidence", "source", "as_of")]
    text = " ".join(part for part in parts if part)
    return f" ({text})" if text else ""


def _parameters(dataset: Dataset, product: str) -> list[Entry]:
    rows = [row for row in dataset.facts() if row.file == "parameters.yaml" and row.field == product]
    return [Entry(_words(row.record.split(".")[-2]), row) for row in rows]
