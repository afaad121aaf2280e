"""``show ID``: what is known about a company, product, site or source, and from where."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplychain_risk.cli.printing import TextOrJson, print_sections


def show(
    name: Annotated[str, typer.Argument(metavar="ID", help="Company, product, site or source; tickers work too.")],
    data: Annotated[Path | None, typer.Option(help="Data folder instead of the packaged one.")] = None,
    form: Annotated[TextOrJson, typer.Option("--format", help="text or json.")] = TextOrJson.text,
) -> None:
    """Show what the data say about a company, product, site or source, and from where."""
    import supplychain_risk as scr
    from supplychain_risk.report.knowledge import describe, resolve_id

    dataset = scr.load_dataset(data)
    provenance = {"data_digest": dataset.digest, "data_as_of": dataset.as_of, "version": scr.__version__}
    print_sections(describe(dataset, name), form, "show", id=resolve_id(dataset, name), **provenance)
