"""``annual``: what a book or an index loses in a year, and once in ten, twenty, two hundred years."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from supplychain_risk.cli.printing import TextOrJson, print_sections, progress_bar, wait_note
from supplychain_risk.cli.scenario import Form

if TYPE_CHECKING:
    from supplychain_risk.markets.portfolio import Portfolio
    from supplychain_risk.scenarios.frequencies import Frequencies

YEARS, DRAWS_A_SCENARIO = 100_000, 1_024


def annual(
    index: Annotated[str | None, typer.Option(help="An index of the data.")] = None,
    portfolio: Annotated[Path | None, typer.Option(metavar="FILE", help="A book: CSV of holdings.")] = None,
    frequencies: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Rates: CSV with scenario, per_year, low, high.")
    ] = None,
    years: Annotated[int, typer.Option(min=1, help="Simulated years.")] = YEARS,
    draws: Annotated[int, typer.Option(min=1, help="Draws of each scenario.")] = DRAWS_A_SCENARIO,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same numbers.")] = 0,
    form: Annotated[Form, typer.Option("--format", help="text, json, or csv: every event of every year.")] = Form.text,
) -> None:
    """Simulate years of a book or an index; without either, list the rates and what is not counted."""
    import supplychain_risk as scr

    if index is not None and portfolio is not None:
        raise typer.BadParameter("--index and --portfolio: one of them")
    table = scr.load_frequencies(frequencies)
    if index is None and portfolio is None:
        _print_rates(table, form)
        return
    dataset = scr.load_dataset()
    book = (
        scr.Portfolio.of_index(str(index), dataset) if portfolio is None else scr.Portfolio.from_csv(portfolio, dataset)
    )
    print_years(book, table, years=years, draws=draws, seed=seed, form=form)


def print_years(book: Portfolio, table: Frequencies, *, years: int, draws: int, seed: int, form: Form) -> None:
    """Simulate years of a book and print them."""
    import supplychain_risk as scr
    from supplychain_risk.report.annual_report import annual_document, annual_report
    from supplychain_risk.report.export import to_csv
    from supplychain_risk.report.tables import to_json

    network = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    with progress_bar(draws * len(table.rates), f"{len(table.rates)} scenarios") as advance, wait_note() as started:
        risk = scr.annual_risk(
            network, book, n_years=years, n_draws=draws, seed=seed, frequencies=table, progress=started(advance)
        )
    if form is Form.csv:
        typer.echo(to_csv(risk.year_loss_table))
        return
    sections = annual_report(risk)
    if form is Form.json:
        typer.echo(to_json(annual_document(risk, sections)))
    else:
        print_sections(sections, TextOrJson.text, "annual_risk")


def _print_rates(table: Frequencies, form: Form) -> None:
    import supplychain_risk as scr
    from supplychain_risk.report.annual_report import FREQUENCIES, frequency_report
    from supplychain_risk.report.export import to_csv

    if form is Form.csv:
        typer.echo(to_csv(table.table()))
    else:
        print_sections(frequency_report(table), TextOrJson(form.value), FREQUENCIES, version=scr.__version__)
