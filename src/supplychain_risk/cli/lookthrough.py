"""``lookthrough COMPANY|FILE``: what a company or a book of holdings ultimately depends on."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from supplychain_risk.cli.printing import TextOrJson, print_sections
from supplychain_risk.cli.scenario import Form


class Rows(StrEnum):
    """What a row of the answer is."""

    company = "company"
    activity = "activity"
    product = "product"
    country = "country"
    site = "site"


def lookthrough(
    name: Annotated[str, typer.Argument(metavar="COMPANY|FILE", help="Company (id or ticker), or CSV of holdings.")],
    by: Annotated[Rows, typer.Option(help="What a row is.")] = Rows.company,
    top: Annotated[int, typer.Option(min=1, help="Rows of each ranking.")] = 15,
    data: Annotated[Path | None, typer.Option(help="Data folder instead of the packaged one.")] = None,
    form: Annotated[Form, typer.Option("--format", help="text, json or csv (all rows).")] = Form.text,
) -> None:
    """Show what a company or a book depends on, tier by tier: what stops it, and where its money goes."""
    import supplychain_risk as scr
    from supplychain_risk.report.export import to_csv
    from supplychain_risk.report.lookthrough_report import lookthrough_report, lookthrough_table, read_subject

    dataset = scr.load_dataset(data)
    subject = read_subject(name, dataset)
    network = scr.SupplyNetwork.from_dataset(dataset)
    if form is Form.csv:
        typer.echo(to_csv(lookthrough_table(network, subject, by.value)))
        return
    provenance = {"data_digest": dataset.digest, "data_as_of": dataset.as_of, "version": scr.__version__}
    sections = lookthrough_report(network, subject, by=by.value, top=top)
    print_sections(sections, TextOrJson(form.value), "lookthrough", name=name, by=by.value, provenance=provenance)
