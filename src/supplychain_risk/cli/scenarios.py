"""``scenarios [NAME]``: the list, one scenario in full, or its course by week."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from supplychain_risk.cli.printing import TextOrJson, print_sections
from supplychain_risk.cli.scenario import Form

if TYPE_CHECKING:
    from supplychain_risk.report.tables import Section

BAND = 0.8
"""Part of the draws in the band."""


def scenarios(
    name: Annotated[str | None, typer.Argument(help="A scenario to show in full; without it, the list.")] = None,
    path: Annotated[bool, typer.Option("--path", help="Show its course by week: median and 80 % band.")] = False,
    draws: Annotated[int, typer.Option(min=1, help="Number of draws of --path.")] = 2_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of --path.")] = 0,
    data: Annotated[Path | None, typer.Option(help="Data folder instead of the packaged one.")] = None,
    form: Annotated[Form, typer.Option("--format", help="text, json, or csv for the list and --path.")] = Form.text,
) -> None:
    """List the scenarios, or show one: hits, sources, assumptions, benchmarks, or its course by week."""
    import supplychain_risk as scr
    from supplychain_risk.report.scenario_card import list_section, path_sections, scenario_card
    from supplychain_risk.scenarios.checks import load_checked

    if path and name is None:
        raise typer.BadParameter("--path needs the name of a scenario")
    if form is Form.csv and name is not None and not path:
        raise typer.BadParameter("--format csv is for the list and for --path")
    if name is None:
        records = [scr.load_scenario(each, folder=data) for each in scr.list_scenarios(data)]
        _print([list_section(records)], form, "scenarios", version=scr.__version__)
        return
    dataset = scr.load_dataset(data)
    scenario = load_checked(name, dataset, folder=data)
    about = {
        "name": scenario.name,
        "as_of": scenario.as_of,
        "digest": scenario.digest,
        "version": scr.__version__,
    }
    if not path:
        _print(scenario_card(scenario, dataset), form, "scenario", **about)
        return
    network = scr.SupplyNetwork.from_dataset(dataset)
    band = scr.capacity_band(network, scenario, n_draws=draws, seed=seed, level=BAND)
    sections = path_sections(scenario, band, level=BAND)
    _print(sections, form, "scenario_path", **about, data_digest=network.digest, n_draws=draws, seed=seed)


def _print(sections: Sequence[Section], form: Form, kind: str, **fields: object) -> None:
    if form is not Form.csv:
        print_sections(sections, TextOrJson(form), kind, **fields)
        return
    import pandas as pd

    from supplychain_risk.report.export import to_csv

    typer.echo(to_csv(pd.concat([section.rows for section in sections])))
