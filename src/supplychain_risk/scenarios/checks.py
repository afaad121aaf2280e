"""Rules between a scenario and the data: every source, place, company and product it names must exist."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path as FilePath

from supplychain_risk.dataset.facts import Record
from supplychain_risk.dataset.findings import Finding
from supplychain_risk.dataset.reading import Path
from supplychain_risk.dataset.schema import Dataset
from supplychain_risk.errors import DataError, Problem, nearest_names
from supplychain_risk.scenarios.changes import changed
from supplychain_risk.scenarios.library import load_scenario, locate, scenario_texts
from supplychain_risk.scenarios.selectors import Near, Selector
from supplychain_risk.scenarios.spec import Scenario, Scrap

SELECTED = ("country", "region", "site", "company", "product")
"""Fields that name what a scenario hits."""


def check_scenario(scenario: Scenario, dataset: Dataset) -> list[Problem]:
    """Names in a scenario that are not in the data, the parts of a mixture left to their own files.

    Examples
    --------
    >>> from supplychain_risk.dataset.load import load_dataset
    >>> from supplychain_risk.scenarios.library import load_scenario
    >>> check_scenario(load_scenario("taiwan-blockade"), load_dataset())
    []
    """
    named = chain(_named(scenario, ()), _further(scenario))
    return [finding.located({}) for finding in _unknown(f"scenarios/{scenario.name}.yaml", named, dataset)]


def load_checked(name: str, dataset: Dataset, *, folder: str | FilePath | None = None) -> Scenario:
    """Read a scenario as `load_scenario` does, and refuse it for names that are not in the data.

    Raises
    ------
    UnknownNameError : there is no such scenario.
    DataError : everything that is wrong with the file, each with line and field. Sources are looked up only once the
        fields are right; places, companies and products always.
    """
    texts = scenario_texts(name, folder=folder)
    file = texts[0].file
    try:
        scenario = load_scenario(name, folder=folder)
    except DataError as error:
        hits = changed(text.content for text in reversed(texts)).get("hits")
        unknown = [locate(finding, texts) for finding in _unknown(file, _written(hits, ("hits",)), dataset)]
        raise DataError([*error.problems, *unknown]) from error
    named = chain(_named(scenario, ()), _further(scenario))
    if problems := [locate(finding, texts) for finding in _unknown(file, named, dataset)]:
        raise DataError(problems)
    return scenario


def _unknown(file: str, named: Iterable[tuple[Path, str, str]], dataset: Dataset) -> Iterator[Finding]:
    known = _known_names(dataset)
    for path, kind, name in named:
        if name not in known[kind]:
            yield Finding(file, path, f"'{name}'", f"a {kind} of the data", nearest_names(name, known[kind]))


def _known_names(dataset: Dataset) -> Mapping[str, Collection[str]]:
    sites = dataset.sites.values()
    return {
        "source": dataset.sources,
        "site": dataset.sites,
        "company": dataset.companies,
        "product": dataset.products,
        "country": {site.country for site in sites},
        "region": {site.region for site in sites},
    }


def _further(scenario: Scenario) -> Iterator[tuple[Path, str, str]]:
    for position, source in enumerate(scenario.further_sources):
        yield ("further_sources", position), "source", source


def _named(node: object, path: Path) -> Iterator[tuple[Path, str, str]]:
    """Every name under a record with its place and what it names."""
    if isinstance(node, Record):
        yield from _own_names(node, path)
        for field, info in type(node).model_fields.items():
            if not isinstance(value := getattr(node, field), Scenario):
                yield from _named(value, (*path, info.alias or field))
    elif isinstance(node, Mapping):
        for key, value in node.items():
            yield from _named(value, (*path, str(key)))
    elif isinstance(node, tuple):
        for position, value in enumerate(node):
            if not isinstance(value, Scenario):
                yield from _named(value, (*path, position))


def _written(node: object, path: Path) -> Iterator[tuple[Path, str, str]]:
    """The same for places, companies and products in a file whose records may be wrong."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _written(value, (*path, key))
    elif isinstance(node, list) and path[-1] not in SELECTED:
        for position, value in enumerate(node):
            yield from _written(value, (*path, position))
    elif (kind := str(path[-1])) in SELECTED:
        for name in node if isinstance(node, list) else [node]:
            if isinstance(name, str):
                yield path, kind, name


def _own_names(record: Record, path: Path) -> Iterator[tuple[Path, str, str]]:
    if isinstance(record, (Selector, Near, Scrap)):
        for kind in SELECTED:
            names = getattr(record, kind, ())
            for name in (names,) if isinstance(names, str) else names:
                yield (*path, kind), kind, name
    elif isinstance(source := getattr(record, "source", None), str):
        yield path, "source", source
