"""``scenario NAME``: what happens to products and companies if it happens."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from supplychain_risk.cli.printing import TextOrJson, print_sections, progress_bar, wait_note

BLOCKS = "blocks"
"""Folder inside that of `--out` that keeps the draws."""


class Form(StrEnum):
    """Form of the answer."""

    text = "text"
    json = "json"
    csv = "csv"


def scenario(
    name: Annotated[str, typer.Argument(help="A scenario; the list: scenarios.")],
    draws: Annotated[int, typer.Option(min=1, help="Number of draws.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same numbers.")] = 0,
    horizon: Annotated[float | None, typer.Option(help="Days from the event; without it, that of the data.")] = None,
    company: Annotated[list[str] | None, typer.Option(help="Show this company (id or ticker); repeatable.")] = None,
    product: Annotated[list[str] | None, typer.Option(help="Show this product; repeatable.")] = None,
    form: Annotated[Form, typer.Option("--format", help="text, json or csv.")] = Form.text,
    out: Annotated[Path | None, typer.Option(help="Write JSON, CSV and all draws here; a stopped run goes on.")] = None,
) -> None:
    """Simulate a scenario: lost output, revenue, cash flow and returns, given that it happens."""
    import supplychain_risk as scr
    from supplychain_risk.report import export
    from supplychain_risk.report.scenario_report import (
        resolve_companies,
        resolve_products,
        scenario_document,
        scenario_report,
    )
    from supplychain_risk.report.tables import to_json

    record, dataset = scr.load_scenario(name), scr.load_dataset()
    companies, products = resolve_companies(dataset, company or ()), resolve_products(dataset, product or ())
    if out is not None:
        export.check_writable(out)
    network = scr.SupplyNetwork.from_dataset(dataset)
    with progress_bar(draws, record.name) as advance, wait_note() as started:
        run = scr.simulate(
            network,
            record,
            n_draws=draws,
            horizon_days=horizon,
            seed=seed,
            store=None if out is None else out / BLOCKS,
            progress=started(advance),
        )
    sections = scenario_report(run, scr.equity_returns(run), companies=companies, products=products)
    if form is Form.text:
        print_sections(sections, TextOrJson.text, name)
    elif form is Form.json:
        typer.echo(to_json(scenario_document(run, sections)))
    else:
        typer.echo(export.to_csv(export.tidy(sections)))
    if out is not None:
        written = export.write_folder(out, run, scenario_document(run, sections), sections)
        typer.echo(f"written into {out}: {', '.join(written)}", err=True)
