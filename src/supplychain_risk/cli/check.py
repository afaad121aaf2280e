"""``check [FOLDER]``: whether a folder of data can be used, and what is wrong if not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplychain_risk.cli.printing import TextOrJson, print_sections


def check(
    folder: Annotated[Path | None, typer.Argument(help="Folder of data; without it, the packaged one.")] = None,
    form: Annotated[TextOrJson, typer.Option("--format", help="text or json.")] = TextOrJson.text,
) -> None:
    """Check a data folder; list every problem with its place, or count what the data hold."""
    import supplychain_risk as scr
    from supplychain_risk.report.counts import count_sections

    dataset = scr.load_dataset() if folder is None else scr.check_folder(folder)
    scenarios = [scr.load_scenario(name, folder=folder) for name in scr.list_scenarios(folder)]
    sections = count_sections(dataset, scenarios)
    print_sections(sections, form, "check", digest=dataset.digest, as_of=dataset.as_of, valid=True)
