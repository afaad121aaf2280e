"""A scenario in readable form: what happens, to whom, how often, who says so, and what is left out.

Weeks, days and shares are those of the scenario file; rates are a year and conditional on nothing, everything
else holds given that the event happens.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from supplychain_risk.report.fact_tables import origin
from supplychain_risk.report.knowledge import source_section
from supplychain_risk.report.tables import Section, format_number
from supplychain_risk.scenarios.distributions import Distribution

if TYPE_CHECKING:
    from supplychain_risk.dataset.facts import Fact
    from supplychain_risk.dataset.schema import Dataset
    from supplychain_risk.scenarios.spec import Hit, Scenario

    Quantity = Fact | Distribution

TIMES = {
    "onset_days": "days to onset",
    "duration_weeks": "weeks in full",
    "recovery_weeks": "weeks of recovery",
}
ACTS_ON = {
    "capacity": "Hits",
    "final_demand": "Hits final demand for",
    "capital_purchases": "Hits purchases of capital goods by",
}
WEEKS = (0, 1, 2, 4, 8, 13, 26, 39, 52, 78, 103)
"""Weeks of a path that fit on a line."""

PATH_LEGEND = (
    "What is left of each target in the week, 100% is normal, given its part of the scenario: the median over draws "
    "and the band that {level:.0%} of the draws lie in, week by week. Weeks count from the first day. All weeks: "
    "--format csv or json."
)


def list_section(scenarios: Iterable[Scenario]) -> Section:
    """List scenarios: name, class, events a year with range, and title."""
    rows = [
        {
            "scenario": scenario.name,
            "class": scenario.kind,
            "a year": _rate(scenario),
            "title": scenario.title,
        }
        for scenario in scenarios
    ]
    return Section("Scenarios", table=pd.DataFrame(rows), wide=("title",), after=("One in full: scenarios NAME",))


def scenario_card(scenario: Scenario, dataset: Dataset) -> tuple[Section, ...]:
    """Tell all about one scenario, the parts of a mixture included.

    Parameters
    ----------
    scenario : record, as `load_scenario` returns it.
    dataset : data whose sources the scenario refers to.
    """
    sections = [*_about(scenario), *_mixture(scenario)]
    for part in _distinct_parts(scenario):
        sections += _part(part, headed=part is not scenario)
    sections += [
        _frequencies(scenario),
        _benchmarks(scenario),
        Section("Not hit", tuple(f"- {line}" for line in _lines(scenario, "not_hit"))),
        Section("Assumptions", tuple(f"- {line}" for line in _lines(scenario, "assumptions"))),
        source_section(dataset, _sources(scenario), also=_lines(scenario, "further_sources")),
    ]
    return tuple(section for section in sections if section.lines or section.table is not None)


def path_sections(scenario: Scenario, band: pd.DataFrame, *, level: float) -> tuple[Section, ...]:
    """Lay out a band from `capacity_band`: a section a target, one column a week.

    Parameters
    ----------
    band, level : the table and the part of the draws in the band.
    """
    head = Section(f"{scenario.title} ({scenario.name}): its course by week", (PATH_LEGEND.format(level=level),))
    return (head, *(_path(str(target), rows) for target, rows in band.groupby("target", sort=False)))


def _path(target: str, rows: pd.DataFrame) -> Section:
    some = rows[rows["week"].isin(WEEKS)].set_index("week")[["high", "median", "low"]].T
    some.columns = [str(week) for week in some.columns]
    table = some.rename_axis("week").reset_index()
    title = f"{target}: {rows['acts_on'].iloc[0].replace('_', ' ')} left"
    return Section(title, table=table, data=rows, formats=dict.fromkeys(some.columns, ".0%"))


def _about(scenario: Scenario) -> Iterator[Section]:
    head = f"{scenario.name} ({scenario.kind}), as of {scenario.as_of}, digest {scenario.digest[:12]}"
    counts = f"Counts as the event: {scenario.trigger.strip()}"
    base = (f"As {scenario.extends}, but for what it states itself.",) if scenario.extends else ()
    lines = (head, *base, scenario.narrative.strip(), counts, *_market(scenario), *_dependence(scenario))
    yield Section(scenario.title, lines)


def _market(scenario: Scenario) -> Iterator[str]:
    market = scenario.market
    if market is not None:
        by = origin(market.returns)
        yield f"Market factor, apart from the network: {market.returns} ({market.horizon}; {by})"


def _dependence(scenario: Scenario) -> Iterator[str]:
    joined = scenario.dependence
    if joined is None:
        return
    strength = "a matrix of correlations" if joined.correlation is None else f"correlation {joined.correlation.value:g}"
    freedom = joined.degrees_of_freedom
    tails = "" if freedom is None else f", {freedom.value:g} degrees of freedom"
    what = " and ".join(TIMES.get(quantity, quantity) for quantity in joined.quantities)
    yield f"Joined by a {joined.copula} copula, {strength}{tails}: {what} of {', '.join(joined.hits)}."


def _mixture(scenario: Scenario) -> Iterator[Section]:
    if scenario.mixture is None:
        return
    options = {name: dict(_weights(scenario.weighted(name))) for name in scenario.mixture.choices}
    table = pd.DataFrame(options).rename_axis("part").reset_index()
    notes = tuple(f"- {name}: {option.definition}" for name, option in scenario.mixture.alternatives.items())
    title = f"One of these happens; weights in use: {scenario.mixture.weights}"
    yield Section(title, table=table, formats=dict.fromkeys(options, ".1%"), after=notes)


def _weights(scenario: Scenario) -> Iterator[tuple[str, float]]:
    for part, weight in scenario.components():
        yield part.name, weight


def _distinct_parts(scenario: Scenario) -> list[Scenario]:
    return list({part.name: part for part, _ in scenario.components()}.values())


def _part(part: Scenario, *, headed: bool) -> list[Section]:
    about = (part.narrative.strip(), *_market(part), *_dependence(part))
    sections = [Section(f"{part.name}: {part.title}", about)] if headed else []
    sections += [_hit(f"{part.name}/{name}", hit) for name, hit in part.hits.items()]
    return sections


def _hit(name: str, hit: Hit) -> Section:
    where = "in each draw one place of " if hit.places == "one" else ""
    lines = [f"{hit.what.strip()}", f"{ACTS_ON[hit.acts_on]}: {where}{hit.targets}"]
    if hit.to is not None:
        lines.append(f"Only deliveries to: {hit.to}")
    if hit.clock:
        lines.append(f"Clock: that of {hit.clock}")
    if hit.shape:
        lines.append(f"Recovery: {hit.shape}")
    if hit.closes_border:
        lines.append("Border: deliveries into the area are cut by the same share.")
    if hit.note:
        lines.append(hit.note.strip())
    return _quantities(name, lines, _times(hit))


def _times(hit: Hit) -> Iterator[tuple[str, Quantity]]:
    """How hard, when and how long, each under its name."""
    yield hit.measure, hit.severity
    for field, words in TIMES.items():
        if getattr(hit, field) is not None:
            yield words, getattr(hit, field)
    if hit.stocks is not None:
        for kind, stock in hit.stocks.kinds.items():
            yield f"{kind}: share of supply", stock.share
            yield f"{kind}: days in store", stock.days
    if hit.scrap is not None:
        yield "days of output scrapped", hit.scrap.days


def _quantities(
    title: str, lines: Iterable[str], quantities: Iterable[tuple[str, Quantity]], after: Iterable[str] = ()
) -> Section:
    """Lay out facts and distributions, each with its provenance."""
    pairs = list(quantities)
    if not pairs:
        return Section(title, tuple(lines), after=tuple(after))
    rows = [{"what": what, "value": _text(quantity), "from": origin(quantity)} for what, quantity in pairs]
    data = pd.DataFrame([{"what": what, **quantity.model_dump()} for what, quantity in pairs])
    return Section(title, tuple(lines), pd.DataFrame(rows), data, wide=("what", "value", "from"), after=tuple(after))


def _frequencies(scenario: Scenario) -> Section:
    parts = _distinct_parts(scenario)
    rates = [(part.name, part.frequency.per_year) for part in parts if part.frequency is not None]
    lines = [f"- {part.name}: {part.regime.strip()}" for part in parts if part.regime]
    lines += [f"- {part.name} counts: {part.frequency.definition.strip()}" for part in parts if part.frequency]
    lines += [f"- {part.name} is in force: {part.in_force.what.strip()}" for part in parts if part.in_force]
    families = dict.fromkeys(part.family.name for part in parts if part.family)
    lines += [f"- Of the family {name} at most one event counts in a year, the gravest." for name in families]
    return _quantities("Events a year (all else holds given the event)", (), rates, lines)


def _benchmarks(scenario: Scenario) -> Section:
    said = (benchmark for part in _with_parts(scenario) for benchmark in part.benchmarks)
    return _quantities("What others say", (), [(f"{each.what} ({each.unit})", each.value) for each in said])


def _text(quantity: Quantity) -> str:
    """A fact with its range, or a distribution with its parameters."""
    if isinstance(quantity, Distribution):
        return str(quantity)
    return f"{format_number(quantity.value)} ({format_number(quantity.low)}..{format_number(quantity.high)})"


def _rate(scenario: Scenario) -> str:
    if scenario.frequency is not None:
        return _text(scenario.frequency.per_year)
    return "by part" if scenario.mixture else "no rate"


def _with_parts(scenario: Scenario) -> Sequence[Scenario]:
    parts = _distinct_parts(scenario)
    return parts if scenario.mixture is None else [scenario, *parts]


def _lines(scenario: Scenario, field: str) -> list[str]:
    """Lines of the scenario and of its parts, each once."""
    lines = (line.strip() for part in _with_parts(scenario) for line in getattr(part, field))
    return list(dict.fromkeys(lines))


def _sources(scenario: Scenario) -> list[str]:
    """Ids of the sources in the order of the record, found wherever a `source` stands."""
    return list(_source_ids(scenario.model_dump()))


def _source_ids(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("source"), str):
            yield node["source"]
        for value in node.values():
            yield from _source_ids(value)
    elif isinstance(node, (list, tuple)):
        for value in node:
            yield from _source_ids(value)
