"""``scenarios [NAME]``: what could happen; the list, or one scenario with its sources."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplychain_risk.cli.printing import TextOrJson, print_sections


def scenarios(
    name: Annotated[str | None, typer.Argument(help="A scenario to show in full; without it, the list.")] = None,
    data: Annotated[Path | None, typer.Option(help="Data folder instead of the packaged one.")] = None,
    form: Annotated[TextOrJson, typer.Option("--format", help="text or json.")] = TextOrJson.text,
) -> None:
    """List the scenarios, or show one with its hits, sources, assumptions and benchmarks."""
    import supplychain_risk as scr
    from supplychain_risk.report.scenario_card import list_section, scenario_card

    if name is None:
        records = [scr.load_scenario(each, folder=data) for each in scr.list_scenarios(data)]
        print_sections([list_section(records)], form, "scenarios", version=scr.__version__)
        return
    scenario = scr.load_scenario(name, folder=data)
    card = scenario_card(scenario, scr.load_dataset(data))
    print_sections(card, form, "scenario", name=scenario.name, digest=scenario.digest, version=scr.__version__)
