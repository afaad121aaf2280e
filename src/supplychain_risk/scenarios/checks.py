"""Rules between a scenario and the data: every source, place, company and product it names must exist."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import chain

from supplychain_risk.dataset.facts import Record
from supplychain_risk.dataset.findings import Finding
from supplychain_risk.dataset.reading import Path
from supplychain_risk.dataset.schema import Dataset
from supplychain_risk.errors import Problem, nearest_names
from supplychain_risk.scenarios.selectors import Near, Selector
from supplychain_risk.scenarios.spec import Scenario, Scrap


def check_scenario(scenario: Scenario, dataset: Dataset) -> list[Problem]:
    """Names in a scenario that are not in the data, the parts of a mixture left to their own files.

    Examples
    --------
    >>> from supplychain_risk.dataset.load import load_dataset
    >>> from supplychain_risk.scenarios.library import load_scenario
    >>> check_scenario(load_scenario("taiwan-blockade"), load_dataset())
    []
    """
    known = _known_names(dataset)
    file = f"scenarios/{scenario.name}.yaml"
    named = chain(_named(scenario, ()), _further(scenario))
    findings = (_finding(file, path, kind, name, known[kind]) for path, kind, name in named if name not in known[kind])
    return [finding.located({}) for finding in findings]


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


def _own_names(record: Record, path: Path) -> Iterator[tuple[Path, str, str]]:
    if isinstance(record, (Selector, Near, Scrap)):
        for kind in ("country", "region", "site", "company", "product"):
            names = getattr(record, kind, ())
            for name in (names,) if isinstance(names, str) else names:
                yield (*path, kind), kind, name
    elif isinstance(source := getattr(record, "source", None), str):
        yield path, "source", source


def _finding(file: str, path: Path, kind: str, name: str, known: Collection[str]) -> Finding:
    return Finding(file, path, f"'{name}'", f"a {kind} of the data", nearest_names(name, known))
