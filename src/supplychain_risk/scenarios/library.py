"""Scenarios by name: one YAML file each, in the folder `scenarios` of the data.

The file's name is the scenario's name. A mixture names its parts, which are files beside it. A file that `extends`
another states only what differs: records are merged field by field, lists and lines replaced, and a field left empty
is taken away. Samples of empirical distributions are CSV files in the same folder. Lines, quotes and provenance are
read as in the rest of the data (`dataset.reading`, `dataset.facts`).
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from supplychain_risk.dataset.facts import unreadable
from supplychain_risk.dataset.findings import Finding, findings_of
from supplychain_risk.dataset.load import data_folder
from supplychain_risk.dataset.parameters import Parameters
from supplychain_risk.dataset.reading import find_lines, read_yaml
from supplychain_risk.errors import DataError, Problem, UnknownNameError, nearest_names
from supplychain_risk.scenarios.changes import changed
from supplychain_risk.scenarios.samples import read_sample
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
    """Read one scenario, with its parts if it is a mixture, and with what it takes from another if it extends one.

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
    files = _Folder(place / FOLDER, list_scenarios(folder), _half_widths(place))
    scenario = files.read(name, ())
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


@dataclass(frozen=True)
class _Folder:
    """The folder of the scenario files, the names in it, and what facts need to be read."""

    place: Path | Traversable
    known: tuple[str, ...]
    half_widths: dict[str, float]

    def read(self, name: str, above: tuple[str, ...]) -> Scenario:
        """Read a file and, first, the files of its parts; `above` are the mixtures that led here."""
        chain = self.chain(name, above)
        content = changed(text.content for text in reversed(chain))
        file = chain[0].file
        parts = _part_names(content)
        if name in (*above, *parts):
            circle = " -> ".join((*above, name, *(part for part in parts if part == name)))
            raise DataError([Problem(file, "mixture", "parts", circle, "parts that do not lead back to the mixture")])
        records = [self.read(part, (*above, name)) for part in parts]
        if records:
            content = content | {"mixture": content["mixture"] | {"parts": records}}
        context = {"half_widths": self.half_widths, "sampler": self.sample}
        try:
            return Scenario.model_validate({"name": name, **content}, context=context)
        except ValidationError as error:
            findings = list(findings_of(file, Scenario, error))
            raise DataError([_located(finding, chain) for finding in findings]) from error

    def chain(self, name: str, above: tuple[str, ...]) -> list[_Text]:
        """The file, the one it extends, the one that extends, and so on."""
        texts: list[_Text] = []
        names: list[str] = []
        while name:
            asking = (*above, *names)
            if name not in self.known:
                raise UnknownNameError("scenario", name, self.known, where=asking[-1] if asking else "")
            names.append(name)
            texts.append(_text(f"{FOLDER}/{name}{SUFFIX}", (self.place / f"{name}{SUFFIX}").read_bytes()))
            base = texts[-1].content.get("extends", "")
            name = base if isinstance(base, str) else ""
            if name in names:
                circle, expected = " -> ".join((*names, name)), "a scenario that does not lead back to this one"
                raise DataError([Problem(texts[-1].file, "", "extends", circle, expected)])
        return texts

    def sample(self, file: str, column: str) -> tuple[float, ...]:
        """Values of a column of a CSV file beside the scenarios."""
        source = self.place / file
        if not source.is_file():
            beside = [entry.name for entry in self.place.iterdir() if entry.name.endswith(".csv")]
            hint = f"; nearest: {', '.join(near)}" if (near := nearest_names(file, beside)) else ""
            raise unreadable(f"a CSV file in the folder {FOLDER}{hint}")
        return read_sample(file, source.read_bytes(), column)


class _Text(NamedTuple):
    file: str
    raw: bytes
    content: dict[str, Any]


def _text(file: str, raw: bytes) -> _Text:
    reading = read_yaml(file, raw)
    if reading.problems:
        raise DataError(reading.problems)
    content = reading.content
    if not isinstance(content, dict) or "name" in content:
        found = "the field 'name'" if isinstance(content, dict) else "no record"
        raise DataError([Problem(file, "", "", found, "a record without a name, the file's name counts")])
    return _Text(file, raw, content)


def _located(finding: Finding, chain: list[_Text]) -> Problem:
    """The problem in the first file of the chain that states the field, or in the scenario's own."""
    for text in chain:
        lines = find_lines(text.file, text.raw)
        if finding.path in lines:
            return finding._replace(file=text.file).located(lines)
    return finding.located(find_lines(chain[0].file, chain[0].raw))


def _part_names(content: dict[str, Any]) -> list[str]:
    mixture = content.get("mixture")
    parts = mixture.get("parts") if isinstance(mixture, dict) else None
    return [part for part in parts if isinstance(part, str)] if isinstance(parts, list) else []
