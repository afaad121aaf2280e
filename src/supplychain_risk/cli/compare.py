"""``compare A B``: two scenarios on the same draws."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from supplychain_risk.cli.printing import TextOrJson, print_sections, progress_bar, wait_note
from supplychain_risk.cli.scenario import Form, Method


class Measure(StrEnum):
    """What is compared."""

    output_loss = "output_loss"
    company_output_loss = "company_output_loss"
    unmet_demand = "unmet_demand"
    cash_flow_loss = "cash_flow_loss"
    plain_return = "plain_return"
    network_return = "network_return"
    total_return = "total_return"


def compare(
    first: Annotated[str, typer.Argument(metavar="A", help="A scenario; the list: scenarios.")],
    second: Annotated[str, typer.Argument(metavar="B", help="The scenario it is compared with.")],
    metric: Annotated[Measure, typer.Option(help="What is compared.")] = Measure.output_loss,
    draws: Annotated[int, typer.Option(min=1, help="Number of draws of each.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same numbers.")] = 0,
    sampling: Annotated[Method, typer.Option(help="How draws are made.")] = Method.random,
    horizon: Annotated[float | None, typer.Option(help="Days from the event; without it, that of the data.")] = None,
    top: Annotated[int, typer.Option(min=1, help="Rows of the table.")] = 15,
    form: Annotated[Form, typer.Option("--format", help="text, json or csv (all rows).")] = Form.text,
) -> None:
    """Compare two scenarios on common random numbers: what B costs more than A, and how sure the draws are of it."""
    import supplychain_risk as scr
    from supplychain_risk.report.compare_report import compare_document, compare_report
    from supplychain_risk.report.export import to_csv
    from supplychain_risk.report.tables import to_json

    scenarios = [scr.load_scenario(name) for name in (first, second)]
    network = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    with progress_bar(2 * draws, f"{first}, {second}") as advance, wait_note() as started:
        found = scr.compare(
            network,
            *scenarios,
            metric=metric.value,
            n_draws=draws,
            horizon_days=horizon,
            seed=seed,
            sampling=sampling.value,
            progress=started(advance),
        )
    if form is Form.csv:
        typer.echo(to_csv(found.table.reset_index()))
        return
    sections = compare_report(found, top=top)
    if form is Form.json:
        typer.echo(to_json(compare_document(found, sections)))
    else:
        print_sections(sections, TextOrJson.text, "comparison")
