"""Scenarios by name: one YAML file each, in the folder `scenarios` of the data.

The file's name is the scenario's name. A mixture names its parts, which are files beside it. A file that `extends`
another states only what differs: records are merged field by field, lists and lines replaced, and a field left empty
is taken away. Samples of empirical distributions are CSV files in the same folder. A file of one's own may lie
anywhere; it may extend or mix those beside it and those of the data. Lines, quotes and provenance are read as in the
rest of the data (`dataset.reading`, `dataset.facts`).
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
    return tuple(sorted(_files(_place(folder) / FOLDER, f"{FOLDER}/")))


def load_scenario(name: str | Path, *, weights: str | None = None, folder: str | Path | None = None) -> Scenario:
    """Read one scenario, with its parts if it is a mixture, and with what it takes from another if it extends one.

    Parameters
    ----------
    name : name of its file, without ending; or the path of a file of one's own, which ends in ".yaml".
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
    own, shelf = _shelf(str(name), folder)
    scenario = shelf.read(own, ())
    return scenario if weights is None else scenario.weighted(weights)


def scenario_texts(name: str, *, folder: str | Path | None = None) -> list[Text]:
    """What is written of a scenario: its file, the one that it extends, and so on; `name` as in `load_scenario`."""
    own, shelf = _shelf(name, folder)
    return shelf.chain(own, ())


def _shelf(name: str, folder: str | Path | None) -> tuple[str, _Shelf]:
    """Name of a scenario, and the files it may need: those of the data, with a file of one's own those beside it."""
    place = _place(folder)
    places, files = [place / FOLDER], _files(place / FOLDER, f"{FOLDER}/")
    if name.endswith(SUFFIX):
        own = Path(name)
        beside = _files(own.parent, "" if own.parent == Path() else f"{own.parent}/")
        if own.stem not in beside:
            raise UnknownNameError("scenario file", name, [file.label for file in beside.values()])
        name, places, files = own.stem, [own.parent, *places], files | beside
    return name, _Shelf(places, files, _half_widths(place))


class _File(NamedTuple):
    """A scenario file: how messages call it, and where it is."""

    label: str
    entry: Path | Traversable


def _files(place: Path | Traversable, prefix: str) -> dict[str, _File]:
    """Scenario files of a folder by name."""
    if not place.is_dir():
        return {}
    entries = [entry for entry in place.iterdir() if entry.name.endswith(SUFFIX)]
    return {entry.name.removesuffix(SUFFIX): _File(prefix + entry.name, entry) for entry in entries}


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
class _Shelf:
    """Folders of scenarios, the files in them by name, and what facts need to be read."""

    places: list[Path | Traversable]
    files: dict[str, _File]
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
            raise DataError([locate(finding, chain) for finding in findings]) from error

    def chain(self, name: str, above: tuple[str, ...]) -> list[Text]:
        """The file, the one it extends, the one that extends, and so on."""
        texts: list[Text] = []
        names: list[str] = []
        while name:
            asking = (*above, *names)
            if name not in self.files:
                raise UnknownNameError("scenario", name, sorted(self.files), where=asking[-1] if asking else "")
            names.append(name)
            texts.append(_text(self.files[name].label, self.files[name].entry.read_bytes()))
            base = texts[-1].content.get("extends", "")
            name = base if isinstance(base, str) else ""
            if (base := name.removesuffix(SUFFIX)) in names:
                circle, expected = " -> ".join((*names, base)), "a scenario that does not lead back to this one"
                raise DataError([locate(Finding(texts[-1].file, ("extends",), circle, expected), texts[-1:])])
        if not texts:
            raise UnknownNameError("scenario", name, sorted(self.files))
        return texts

    def sample(self, file: str, column: str) -> tuple[float, ...]:
        """Values of a column of a CSV file beside the scenarios."""
        beside = {entry.name: entry for place in reversed(self.places) for entry in place.iterdir()}
        if file not in beside:
            near = nearest_names(file, [name for name in beside if name.endswith(".csv")])
            hint = f"; nearest: {', '.join(near)}" if near else ""
            raise unreadable(f"a CSV file beside the scenario{hint}")
        return read_sample(file, beside[file].read_bytes(), column)


class Text(NamedTuple):
    """A file as messages call it, its bytes, and the record in it."""

    file: str
    raw: bytes
    content: dict[str, Any]


def _text(file: str, raw: bytes) -> Text:
    reading = read_yaml(file, raw)
    if reading.problems:
        raise DataError(reading.problems)
    content = reading.content
    if not isinstance(content, dict) or "name" in content:
        found = "the field 'name'" if isinstance(content, dict) else "no record"
        raise DataError([Problem(file, "", "", found, "a record without a name, the file's name counts")])
    return Text(file, raw, content)


def locate(finding: Finding, chain: list[Text]) -> Problem:
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
