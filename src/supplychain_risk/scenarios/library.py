"""Scenarios by name: one YAML file each, in the folder `scenarios` of the data.

The file's name is the scenario's name. A mixture names its parts, which are files beside it. Lines, quotes and
provenance are read as in the rest of the data (`dataset.reading`, `dataset.facts`).
"""

from __future__ import annotations

from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from supplychain_risk.dataset.findings import Finding, findings_of
from supplychain_risk.dataset.load import data_folder
from supplychain_risk.dataset.parameters import Parameters
from supplychain_risk.dataset.reading import find_lines, read_yaml
from supplychain_risk.errors import DataError, Problem, UnknownNameError
from supplychain_risk.scenarios.spec import Scenario

FOLDER = "scenarios"
SUFFIX = ".yaml"


def list_scenarios(folder: str | Path | None = None) -> tuple[str, ...]:
    """Names of the scenarios of a data folder, sorted; of the packaged data if none is given.

    Examples
    --------
    >>> "taiwan" in list_scenarios()
    True
    """
    place = _place(folder) / FOLDER
    if not place.is_dir():
        return ()
    return tuple(sorted(entry.name.removesuffix(SUFFIX) for entry in place.iterdir() if entry.name.endswith(SUFFIX)))


def load_scenario(name: str, *, weights: str | None = None, folder: str | Path | None = None) -> Scenario:
    """Read one scenario, with its parts if it is a mixture.

    Parameters
    ----------
    name : name of its file, without ending.
    weights : for mixtures, "rates" or the name of an alternative; None takes what the file says.
    folder : data folder with `scenarios` and `parameters.yaml`; the packaged data if None.

    Raises
    ------
    UnknownNameError : there is no such scenario, or no such set of weights; the nearest names are given.
    DataError : everything that is wrong with the file, each with line and field.

    Examples
    --------
    >>> scenario = load_scenario("taiwan", weights="capability")
    >>> [(part.name, weight) for part, weight in scenario.components()][0]
    ('taiwan-quarantine', 0.45)
    """
    place = _place(folder)
    context = {"half_widths": _half_widths(place)}
    scenario = _read(name, place / FOLDER, list_scenarios(folder), context, ())
    return scenario if weights is None else scenario.weighted(weights)


def _place(folder: str | Path | None) -> Path | Traversable:
    return data_folder() if folder is None else Path(folder)


def _half_widths(place: Path | Traversable) -> dict[str, float]:
    """Relative half-widths of the confidence classes, for facts that give no range."""
    file = "parameters.yaml"
    if not (place / file).is_file():
        raise DataError([Problem(file, "", "", "no such file", "the confidence classes beside the scenarios")])
    reading = read_yaml(file, (place / file).read_bytes())
    if reading.problems:
        raise DataError(reading.problems)
    try:
        return dict(Parameters.model_validate(reading.content).half_widths)
    except ValidationError as error:
        raise DataError([finding.located({}) for finding in findings_of(file, Parameters, error)]) from error


def _read(
    name: str, place: Path | Traversable, known: tuple[str, ...], context: dict[str, Any], above: tuple[str, ...]
) -> Scenario:
    """Read a file and, first, the files of its parts; `above` are the mixtures that led here."""
    if name not in known:
        raise UnknownNameError("scenario", name, known, where=above[-1] if above else "")
    file = f"{FOLDER}/{name}{SUFFIX}"
    raw = (place / f"{name}{SUFFIX}").read_bytes()
    reading = read_yaml(file, raw)
    if reading.problems:
        raise DataError(reading.problems)
    content = reading.content
    if not isinstance(content, dict) or "name" in content:
        found = "the field 'name'" if isinstance(content, dict) else "no record"
        raise DataError([Problem(file, "", "", found, "a record without a name, the file's name counts")])
    parts = _part_names(content)
    if name in (*above, *parts):
        circle = " -> ".join((*above, name, *(part for part in parts if part == name)))
        raise DataError([Problem(file, "mixture", "parts", circle, "parts that do not lead back to the mixture")])
    records = [_read(part, place, known, context, (*above, name)) for part in parts]
    if records:
        content = content | {"mixture": content["mixture"] | {"parts": records}}
    try:
        return Scenario.model_validate({"name": name, **content}, context=context)
    except ValidationError as error:
        lines = find_lines(file, raw)
        findings: list[Finding] = list(findings_of(file, Scenario, error))
        raise DataError([finding.located(lines) for finding in findings]) from error


def _part_names(content: dict[str, Any]) -> list[str]:
    mixture = content.get("mixture")
    parts = mixture.get("parts") if isinstance(mixture, dict) else None
    return [part for part in parts if isinstance(part, str)] if isinstance(parts, list) else []
