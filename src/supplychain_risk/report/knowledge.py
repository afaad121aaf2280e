"""What the data say about one company, product, site or source, and from where.

Every number appears with its range, its unit, the time it describes, its confidence and its source. Shares are
written as in the data files, 0..1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from supplychain_risk.errors import UnknownNameError
from supplychain_risk.report.fact_tables import (
    IMPLIED,
    Entry,
    fact_section,
    field_words,
    needs_section,
    origin,
    path_of,
    pick,
    split_section,
)
from supplychain_risk.report.tables import Section

if TYPE_CHECKING:
    from supplychain_risk.dataset.listing import FactRow
    from supplychain_risk.dataset.schema import Company, Dataset, Product


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
        by = ", ".join(part for part in (source.publisher, source.published) if part)
        parts = (f"{source_id}: {source.title}", f"({by})" if by else "", source.url)
        lines.append("- " + " ".join(part for part in parts if part))
    return Section("Sources", tuple(lines))


def _company(dataset: Dataset, company: str) -> Iterator[Section]:
    record = dataset.companies[company]
    own = _under(dataset, f"companies.{company}.")
    yield Section(f"{record.name} (company {company})", _company_lines(record))
    yield fact_section("Accounts and shares", pick(own, lambda path: path[2] == "finance" and field_words(path[-1])))
    yield fact_section("Customers", pick(own, lambda p: p[2].startswith("customer") and p[-1]))
    yield fact_section("Makes", pick(own, lambda p: p[4:] == ("share",) and p[3]))
    yield fact_section("Makes", pick(own, lambda p: p[4:] == ("revenue_share",) and p[3]))
    yield split_section("Where", pick(own, lambda p: _at(p, 4, "sites") and p[3]))
    yield fact_section(
        "Recipes that differ from the product's",
        pick(own, lambda p: _at(p, 4, "recipe") and f"{p[3]} needs {p[5]}: {field_words(p[-1])}"),
    )
    yield fact_section(
        "Sells to", pick(own, lambda p: _at(p, 4, "sells_to") and f"{p[3]} to {p[5]}: {field_words(p[-1])}")
    )
    yield Section("Sells to, share unknown", _silent_links(dataset, seller=company))
    yield fact_section("Buys from", pick(_under(dataset, "companies."), partial(_purchase, company)))
    yield Section("Buys from, share unknown", _silent_links(dataset, buyer=company))
    yield source_section(dataset, (row.fact.source for row in own))


def _product(dataset: Dataset, product: str) -> Iterator[Section]:
    record = dataset.products[product]
    own = _under(dataset, f"products.{product}.")
    made = _under(dataset, "companies.", f".makes.{product}")
    needs = _under(dataset, "products.", f".needs.{product}")
    yield Section(f"{record.name} (product {product})", _product_lines(record))
    yield fact_section("Market", pick(own, lambda path: len(path) == 3 and field_words(path[-1])))
    makers = [
        *pick(made, lambda p: p[-1] == "share" and p[1]),
        *pick(own, lambda p: p[2:] == ("others", "share") and "other"),
    ]
    yield fact_section("Makers", sorted(makers, key=lambda entry: -entry.row.fact.value))
    yield split_section("Where", pick(made, lambda p: _at(p, 4, "sites") and p[1]))
    inputs = pick(own, lambda p: p[2] == "needs" and f"{p[3]}: {field_words(p[-1])}")
    yield needs_section("Needs, at a glance", record.needs, [])
    yield fact_section("Needs, fact by fact", inputs)
    users = {name: other.needs[product] for name, other in dataset.products.items() if product in other.needs}
    yield needs_section("Needed for, at a glance", users, pick(needs, lambda p: f"{p[1]}: {field_words(p[-1])}"))
    yield fact_section("Parameters of its own", _parameters(dataset, product))
    yield source_section(dataset, (row.fact.source for row in (*own, *made, *needs)))


def _site(dataset: Dataset, site: str) -> Iterator[Section]:
    record = dataset.sites[site]
    rows = [row for row in dataset.facts() if row.field == site and row.record.endswith(".sites")]
    place = f"{record.lat:g}, {record.lon:g} ({record.confidence})"
    yield Section(f"{record.name} (site {site})", (f"{record.country}, region {record.region}, coordinates {place}",))
    entries = pick(rows, lambda p: f"{p[1]}:{p[3]}" if p[0] == "companies" else f"other:{p[1]}")
    yield fact_section("Activities here", sorted(entries, key=lambda entry: -entry.row.fact.value))
    yield source_section(dataset, (row.fact.source for row in rows))


def _source(dataset: Dataset, source: str) -> Iterator[Section]:
    record = dataset.sources[source]
    rows = [row for row in dataset.facts() if row.fact.source == source]
    by = ", ".join(part for part in (record.publisher, record.published) if part)
    lines = tuple(part for part in (by, record.url, record.note) if part)
    yield Section(f"{record.title} (source {source})", lines)
    yield fact_section(f"Facts from it: {len(rows)}", [Entry(".".join(path_of(row)[1:]), row) for row in rows])


def _company_lines(record: Company) -> tuple[str, ...]:
    tickers = " ".join(part for part in (record.ticker, record.other_tickers) if part)
    listed = {"yes": f"listed: {tickers}", "no": "not listed", "parent": f"parent is listed: {tickers}"}[record.listed]
    return tuple(part for part in (f"{record.country}, {listed}", record.note) if part)


def _product_lines(record: Product) -> tuple[str, ...]:
    kind = f"{record.kind} of tier {record.tier_order} ({record.tier}), {record.pricing} prices, {record.trade} trade"
    return tuple(part for part in (kind, record.note) if part)


def _under(dataset: Dataset, start: str, part: str = "") -> list[FactRow]:
    """Facts whose path starts with `start` and contains `part` as whole keys."""
    return [
        row
        for row in dataset.facts()
        if row.record.startswith(start.rstrip(".")) and f"{row.record}.{row.field}.".startswith(start)
        if not part or f"{part}." in f"{row.record}."
    ]


def _at(path: tuple[str, ...], position: int, key: str) -> bool:
    return len(path) > position + 1 and path[position] == key


def _purchase(buyer: str, path: tuple[str, ...]) -> str:
    """Name a fact about what `buyer` buys; '' for any other fact."""
    if not _at(path, 4, "sells_to") or _customer(path[5]) != buyer:
        return ""
    return f"{path[3]} from {path[1]}: {field_words(path[-1])}"


def _customer(key: str) -> str:
    return key.split("/", maxsplit=1)[0]


def _silent_links(dataset: Dataset, *, seller: str = "", buyer: str = "") -> tuple[str, ...]:
    """Relations that are known without a number."""
    return tuple(
        f"- {product} {f'to {customer}' if seller else f'from {company}'}"
        + (f" ({origin(link.provenance)})" if link.provenance else "")
        for company, record in dataset.companies.items()
        for product, make in record.makes.items()
        for customer, link in make.sells_to.items()
        if company == seller or (buyer and _customer(customer) == buyer)
        if link.share_of_customer is None and link.share_of_supplier is None
    )


def _parameters(dataset: Dataset, product: str) -> list[Entry]:
    rows = [row for row in dataset.facts() if row.file == "parameters.yaml" and row.field == product]
    return [Entry(field_words(row.record.split(".")[-2]), row) for row in rows]
