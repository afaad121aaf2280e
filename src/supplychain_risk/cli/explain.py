"""``explain COMPANY``: which hits a company's loss goes back to, and through which chains."""

from __future__ import annotations

from typing import Annotated

import typer

from supplychain_risk.cli.printing import TextOrJson, print_sections, progress_bar, wait_note
from supplychain_risk.cli.scenario import Form


def explain(
    company: Annotated[str, typer.Argument(help="A company, by id or ticker.")],
    scenario: Annotated[str, typer.Option(help="What happens; the list: scenarios.")],
    draws: Annotated[int, typer.Option(min=1, help="Draws; up to 256 are followed back, of more a quarter.")] = 1_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same numbers.")] = 0,
    horizon: Annotated[float | None, typer.Option(help="Days from the event; without it, that of the data.")] = None,
    top: Annotated[int, typer.Option(min=1, help="Causes and chains to show.")] = 10,
    form: Annotated[Form, typer.Option("--format", help="text, json or csv (all rows).")] = Form.text,
) -> None:
    """Explain a company's loss: its lines, causes and chains, with days, shares and standard errors."""
    import supplychain_risk as scr
    from supplychain_risk.report.explain_report import explain_document, explain_report, explain_rows
    from supplychain_risk.report.export import to_csv
    from supplychain_risk.report.scenario_report import resolve_companies
    from supplychain_risk.report.tables import to_json

    record, dataset = scr.load_scenario(scenario), scr.load_dataset()
    (name,) = resolve_companies(dataset, [company])
    network = scr.SupplyNetwork.from_dataset(dataset)
    with progress_bar(draws, record.name) as advance, wait_note() as started:
        run = scr.simulate(network, record, n_draws=draws, horizon_days=horizon, seed=seed, progress=started(advance))
    found = scr.explain(run, name, n_paths=top)
    sections = explain_report(found, top=top)
    if form is Form.csv:
        typer.echo(to_csv(explain_rows(found)))
    elif form is Form.json:
        typer.echo(to_json(explain_document(found, sections)))
    else:
        print_sections(sections, TextOrJson.text, "explanation")
