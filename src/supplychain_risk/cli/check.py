"""``check [FOLDER]``: whether a folder of data can be used, and what is wrong if not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from supplychain_risk.cli.printing import TextOrJson, print_sections
from supplychain_risk.errors import DataError, Problem

if TYPE_CHECKING:
    from supplychain_risk.dataset.schema import Dataset
    from supplychain_risk.scenarios.spec import Scenario


def check(
    folder: Annotated[Path | None, typer.Argument(help="Folder of data; without it, the packaged one.")] = None,
    form: Annotated[TextOrJson, typer.Option("--format", help="text or json.")] = TextOrJson.text,
) -> None:
    """Check a data folder; list every problem with its place, or count what the data hold."""
    import supplychain_risk as scr
    from supplychain_risk.report.counts import count_sections

    dataset = scr.load_dataset() if folder is None else scr.check_folder(folder)
    sections = count_sections(dataset, _load_scenarios(folder, dataset))
    print_sections(sections, form, "check", digest=dataset.digest, as_of=dataset.as_of, valid=True)


def _load_scenarios(folder: Path | None, dataset: Dataset) -> list[Scenario]:
    """Read all scenarios of a folder; what is wrong with any of them is told at once."""
    import supplychain_risk as scr
    from supplychain_risk.scenarios.checks import load_checked

    scenarios: list[Scenario] = []
    problems: list[Problem] = []
    for name in scr.list_scenarios(folder):
        try:
            scenarios.append(load_checked(name, dataset, folder=folder))
        except DataError as error:
            problems += error.problems
    if problems:
        raise DataError(list(dict.fromkeys(problems)))
    return scenarios
