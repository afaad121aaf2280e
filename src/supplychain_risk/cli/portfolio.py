"""``portfolio FILE``: what a scenario does to a book of holdings."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from supplychain_risk.cli.annual import DRAWS_A_SCENARIO, YEARS, print_years
from supplychain_risk.cli.printing import TextOrJson, print_sections, progress_bar, wait_note
from supplychain_risk.cli.scenario import Form, Method


class Split(StrEnum):
    """What losses are split by."""

    holding = "holding"
    channel = "channel"


DRAWS = 10_000
ONE_SCENARIO = ("scenario", "level", "by", "sampling", "horizon")
"""Options that mean nothing for years of many scenarios."""


def portfolio(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="CSV of holdings; none: an example.")] = None,
    scenario: Annotated[str, typer.Option(help="The scenario; the list: scenarios.")] = "taiwan",
    annual: Annotated[bool, typer.Option("--annual", help="Years of all scenarios with a rate, as `annual`.")] = False,
    level: Annotated[float, typer.Option(help="Level of value at risk and shortfall, between 0 and 1.")] = 0.95,
    by: Annotated[Split, typer.Option(help="What losses are split by.")] = Split.holding,
    draws: Annotated[int | None, typer.Option(min=1, help="Draws: 10,000; with --annual 1,024 a scenario.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same numbers.")] = 0,
    sampling: Annotated[Method, typer.Option(help="How draws are made; sobol: smallest error.")] = Method.random,
    horizon: Annotated[float | None, typer.Option(help="Days from the event; without it, that of the data.")] = None,
    form: Annotated[Form, typer.Option("--format", help="text, json or csv.")] = Form.text,
) -> None:
    """Measure what a scenario does to a book: losses, their tail, who carries them, and how sure that is."""
    import supplychain_risk as scr
    from supplychain_risk.markets.portfolio_risk import check_level
    from supplychain_risk.report.export import tidy, to_csv
    from supplychain_risk.report.portfolio_report import portfolio_document, portfolio_report
    from supplychain_risk.report.tables import to_json

    check_level(level)
    record, dataset = scr.load_scenario(scenario), scr.load_dataset()
    book = scr.Portfolio.example(dataset) if file is None else scr.Portfolio.from_csv(file, dataset)
    if annual:
        _refuse(context, ONE_SCENARIO)
        print_years(book, scr.load_frequencies(), years=YEARS, draws=draws or DRAWS_A_SCENARIO, seed=seed, form=form)
        return
    draws = draws or DRAWS
    network = scr.SupplyNetwork.from_dataset(dataset)
    with progress_bar(draws, record.name) as advance, wait_note() as started:
        run = scr.simulate(
            network,
            record,
            n_draws=draws,
            horizon_days=horizon,
            seed=seed,
            sampling=sampling.value,
            progress=started(advance),
        )
    risk = scr.portfolio_risk(scr.equity_returns(run), book, level=level)
    sections = portfolio_report(risk, by=by.value)
    if form is Form.text:
        print_sections(sections, TextOrJson.text, "portfolio")
    elif form is Form.json:
        typer.echo(to_json(portfolio_document(risk, sections)))
    else:
        typer.echo(to_csv(tidy(sections)))


def _refuse(context: typer.Context, options: tuple[str, ...]) -> None:
    for name in options:
        source = context.get_parameter_source(name)
        if source is not None and source.name != "DEFAULT":
            raise typer.BadParameter(f"--{name} is for one scenario, --annual takes all that have a rate")
