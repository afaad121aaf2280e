"""``concentration``: how few companies, countries or sites hold how much of what."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from supplychain_risk.cli.printing import TextOrJson, print_sections
from supplychain_risk.cli.scenario import Form


class Level(StrEnum):
    """What a row of the answer is."""

    product = "product"
    country = "country"
    site = "site"
    customer = "customer"
    company = "company"


def concentration(
    by: Annotated[Level, typer.Option(help="Products by company, country or site; inputs of makers; companies.")] = (
        Level.product
    ),
    product: Annotated[str | None, typer.Option(help="Only this product.")] = None,
    portfolio: Annotated[Path | None, typer.Option(help="CSV of holdings: what they buy, over all tiers.")] = None,
    top: Annotated[int, typer.Option(min=1, help="Rows of each table; json and csv have all.")] = 15,
    data: Annotated[Path | None, typer.Option(help="Data folder instead of the packaged one.")] = None,
    form: Annotated[Form, typer.Option("--format", help="text, json or csv.")] = Form.text,
) -> None:
    """Show how concentrated supply is, the margin to the thresholds of guidelines, and how well that is known."""
    import supplychain_risk as scr
    from supplychain_risk.report.concentration_report import concentration_report
    from supplychain_risk.report.export import to_csv
    from supplychain_risk.report.lookthrough_report import read_subject
    from supplychain_risk.report.scenario_report import resolve_products

    dataset = scr.load_dataset(data)
    if portfolio is not None and (product is not None or by is not Level.product):
        raise scr.errors.InputError("--portfolio: found together with --by or --product, expected alone")
    book = None if portfolio is None else read_subject(str(portfolio), dataset)
    good = None if product is None else resolve_products(dataset, [product])[0]
    network = scr.SupplyNetwork.from_dataset(dataset)
    level = by.value if book is None else "portfolio"
    holdings = None if book is None else book.weights
    if form is Form.csv:
        typer.echo(to_csv(scr.concentration(network, level, product=good, holdings=holdings)))
        return
    notes = () if book is None else (f"{book.title}.", *(f"Assumed: {note}." for note in book.notes))
    sections = concentration_report(network, level, product=good, holdings=holdings, notes=notes, top=top)
    provenance = {"data_digest": dataset.digest, "data_as_of": dataset.as_of, "version": scr.__version__}
    print_sections(sections, TextOrJson(form.value), "concentration", by=level, provenance=provenance)
