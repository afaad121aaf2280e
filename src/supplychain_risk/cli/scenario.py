"""``scenario NAME``: what happens to products and companies if it happens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from supplychain_risk.cli.printing import TextOrJson, print_sections, progress_bar, wait_note

if TYPE_CHECKING:
    from supplychain_risk.markets.portfolio import Portfolio
    from supplychain_risk.markets.result import EquityReturns
    from supplychain_risk.report.tables import Section

BLOCKS = "blocks"
"""Folder inside that of `--out` that keeps the draws."""


class Form(StrEnum):
    """Form of the answer."""

    text = "text"
    json = "json"
    csv = "csv"


class Method(StrEnum):
    """How draws are made: at random, in mirrored pairs, or by scrambled Sobol points."""

    random = "random"
    antithetic = "antithetic"
    sobol = "sobol"


def scenario(
    name: Annotated[str, typer.Argument(help="A scenario; the list: scenarios.")],
    draws: Annotated[int, typer.Option(min=1, help="Number of draws; with --until-se the most.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same numbers.")] = 0,
    sampling: Annotated[Method, typer.Option(help="How draws are made; sobol: smallest error.")] = Method.random,
    until_se: Annotated[float | None, typer.Option(min=0, help="Stop at this standard error, or at --draws.")] = None,
    until_se_of: Annotated[
        str, typer.Option(metavar="PRODUCT|return", help="Of lost output (share of the horizon), or of all returns.")
    ] = "ai_accelerator",
    convergence: Annotated[bool, typer.Option("--convergence", help="Show the error of that after 2^k draws.")] = False,
    horizon: Annotated[float | None, typer.Option(help="Days from the event; without it, that of the data.")] = None,
    company: Annotated[list[str] | None, typer.Option(help="Only this company (id or ticker); repeatable.")] = None,
    product: Annotated[list[str] | None, typer.Option(help="Only this product; repeatable.")] = None,
    index: Annotated[
        list[str] | None, typer.Option(help="Also this index (sp500, sox ... or a fund's ticker); repeatable.")
    ] = None,
    portfolio: Annotated[Path | None, typer.Option(metavar="FILE", help="Also this book: CSV of holdings.")] = None,
    form: Annotated[Form, typer.Option("--format", help="text, json or csv.")] = Form.text,
    results: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write all results: .json, .csv or .parquet.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write JSON, CSV and all draws here; a stopped run goes on.")] = None,
) -> None:
    """Simulate a scenario: lost output, revenue, cash flow and returns, given that it happens."""
    import supplychain_risk as scr
    from supplychain_risk.markets.indices import find_index
    from supplychain_risk.report import export
    from supplychain_risk.report.precision_report import precision_section
    from supplychain_risk.report.scenario_report import (
        resolve_companies,
        resolve_products,
        scenario_document,
        scenario_report,
    )
    from supplychain_risk.report.tables import to_json

    record, dataset = scr.load_scenario(name), scr.load_dataset()
    indices = [find_index(dataset, each) for each in index or ()]
    book = None if portfolio is None else scr.Portfolio.from_csv(portfolio, dataset)
    companies, products = resolve_companies(dataset, company or ()), resolve_products(dataset, product or ())
    _check_places(out, results)
    network = scr.SupplyNetwork.from_dataset(dataset)
    with progress_bar(draws, record.name) as advance, wait_note() as started:
        how: dict[str, Any] = {"horizon_days": horizon, "seed": seed, "sampling": sampling.value}
        how |= {"store": None if out is None else out / BLOCKS, "progress": started(advance)}
        if until_se is None:
            run = scr.simulate(network, record, n_draws=draws, **how)
        else:
            run = scr.simulate_until(network, record, wanted=until_se, of=until_se_of, max_draws=draws, **how)
    returns = scr.equity_returns(run)
    sections = scenario_report(run, returns, companies=companies, products=products)
    sections = (*sections, *_held(returns, indices, book))
    if convergence or until_se is not None:
        sections = (*sections, precision_section(run, until_se_of, until_se))
    if form is Form.text:
        print_sections(sections, TextOrJson.text, name)
    elif form is Form.json:
        typer.echo(to_json(scenario_document(run, sections)))
    else:
        typer.echo(export.to_csv(export.tidy(sections)))
    if results is not None:
        scr.write_results(run, results)
    if out is not None:
        written = export.write_folder(out, run, scenario_document(run, sections), sections)
        typer.echo(f"written into {out}: {', '.join(written)}", err=True)


def _check_places(out: Path | None, results: Path | None) -> None:
    """Refuse places that could not be written later, before anything is simulated."""
    from supplychain_risk.report import export
    from supplychain_risk.report.result_file import check_form, check_place

    if out is not None:
        export.check_writable(out)
    if results is not None:
        check_form(results)
        if results.parent != out:  # which is made by the run
            check_place(results)


def _held(returns: EquityReturns, indices: Sequence[str], book: Portfolio | None) -> Iterator[Section]:
    """What indices and a book do, if asked for."""
    from supplychain_risk.markets.portfolio_risk import portfolio_risk
    from supplychain_risk.report.portfolio_report import book_sections, index_section

    if indices:
        yield index_section(returns, indices)
    if book is not None:
        yield from book_sections(portfolio_risk(returns, book))
