"""How often scenarios happen: the table of events a year, that of the packaged scenarios or one of the user's.

A table is a layer of its own: results of a scenario are conditional on the event, this says how often the event comes.
In it are scenarios with a frequency, but for

- states in force, which the baseline has in it already: only a change of them would be an event;
- mixtures, because their parts are in the table;
- questions, for which no rate is known.

A user's table counts as it stands, in the place of the packaged one: what it does not name does not happen. It may name
a mixture in the place of its parts, and a state in force, whose rate is then that of a change.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pandas as pd

from supplychain_risk.dataset.reading import MAX_BYTES
from supplychain_risk.errors import DataError, Problem, UnknownNameError, nearest_names
from supplychain_risk.scenarios.library import list_scenarios, load_scenario
from supplychain_risk.scenarios.spec import Family, Scenario

COLUMNS: Final = ("scenario", "per_year", "low", "high")
"""Columns of a user's table; without low and high the rate is taken as known."""

MOST_A_YEAR: Final = 12.0
"""Events a year above which a rate is refused: more than one a month is a state of things, or a slip of the pen."""

_RANGE: Final = f"numbers with 0 < low <= per_year <= high <= {MOST_A_YEAR:g}"


@dataclass(frozen=True)
class Rate:
    """Events a year of one scenario: low (5 %), value (median), high (95 %) of what the rate may be.

    Attributes
    ----------
    scenario : record of the event.
    low, value, high : events a year, above 0.
    source : confidence and source of the rate, or the user's file.
    """

    scenario: Scenario
    low: float
    value: float
    high: float
    source: str

    @property
    def distribution(self) -> tuple[float, float, float, float]:
        """What a rate is drawn from: low, value, high, and the most that it can be."""
        return self.low, self.value, self.high, MOST_A_YEAR

    @property
    def family(self) -> Family | None:
        """Family of scenarios that exclude each other in a year; of a mixture the one that all its parts share."""
        families = [part.family for part, _ in self.scenario.components()]
        shared = len({family.name if family else "" for family in families}) == 1
        return families[0] if shared else None


@dataclass(frozen=True)
class Frequencies:
    """A table of rates.

    Attributes
    ----------
    file : name of the user's file; "" = packaged scenarios.
    rates : by name of the scenario.
    left_out : packaged scenario that is not in the table -> why.
    """

    file: str
    rates: tuple[Rate, ...]
    left_out: Mapping[str, str]

    def only(self, *names: str) -> Frequencies:
        """Keep some scenarios of the table, as if the others never happened.

        Raises
        ------
        UnknownNameError : a name is not in the table.

        Examples
        --------
        >>> [rate.scenario.name for rate in load_frequencies().only("neon", "helium").rates]
        ['helium', 'neon']
        """
        known = [rate.scenario.name for rate in self.rates]
        for name in names:
            if name not in known:
                raise UnknownNameError("scenario with a rate", name, known, where=self.file)
        left_out = {name: "left out by choice" for name in known if name not in names}
        rates = tuple(rate for rate in self.rates if rate.scenario.name in names)
        return Frequencies(self.file, rates, MappingProxyType({**self.left_out, **left_out}))

    def table(self) -> pd.DataFrame:
        """One row a scenario, as `load_frequencies` reads them back.

        Columns
        -------
        scenario, per_year, low, high : name; events a year.
        family : scenarios of which at most one counts in a year; "" = none.
        source, definition : who says so with what confidence, and what counts as the event.
        """
        rows = [
            {
                "scenario": rate.scenario.name,
                "per_year": rate.value,
                "low": rate.low,
                "high": rate.high,
                "family": rate.family.name if rate.family else "",
                "source": rate.source,
                "definition": rate.scenario.frequency.definition if rate.scenario.frequency else rate.scenario.trigger,
            }
            for rate in self.rates
        ]
        return pd.DataFrame(rows)


def load_frequencies(path: str | os.PathLike[str] | None = None) -> Frequencies:
    """Rates of the packaged scenarios, or of a user's table in their place.

    Parameters
    ----------
    path : CSV in UTF-8 with the columns scenario, per_year and, if wanted, low and high; others are not read. A
        scenario is a packaged name or the path of a file of one's own. None = the packaged rates.

    Raises
    ------
    DataError : everything that is wrong with the table, each with its line.

    Examples
    --------
    >>> packaged = load_frequencies()
    >>> "taiwan-blockade" in packaged.table()["scenario"].tolist(), packaged.left_out["taiwan"]
    (True, 'a mixture; its parts are counted')
    """
    return _packaged() if path is None else _read(Path(path))


def _packaged() -> Frequencies:
    rates, left_out = [], {}
    for scenario in map(load_scenario, list_scenarios()):
        if why := _why_not(scenario):
            left_out[scenario.name] = why
        elif scenario.frequency is not None:
            fact = scenario.frequency.per_year
            origin = dict.fromkeys(part for part in (fact.confidence, fact.source, fact.as_of) if part)
            rates.append(Rate(scenario, fact.low, fact.value, fact.high, " ".join(origin)))
    return Frequencies("", tuple(rates), MappingProxyType(left_out))


def _why_not(scenario: Scenario) -> str:
    """Why a packaged scenario is not in the table; "" if it is."""
    if scenario.in_force is not None:
        return f"in force: {scenario.in_force.what.strip()}"
    if scenario.mixture is not None:
        return "a mixture; its parts are counted"
    return scenario.regime.strip()


def _read(path: Path) -> Frequencies:
    rates: list[Rate] = []
    problems: list[Problem] = []
    lines: dict[str, int] = {}
    for line, row in _rows(path):
        found = _rate(path.name, line, row)
        if isinstance(found, Problem):
            problems.append(found)
            continue
        problems += _counted_twice(path.name, line, found, rates, lines)
        lines.setdefault(found.scenario.name, line)
        rates.append(found)
    if problems:
        raise DataError(problems)
    left_out = {name: f"not in {path.name}" for name in list_scenarios() if name not in lines}
    rates.sort(key=lambda rate: rate.scenario.name)
    return Frequencies(path.name, tuple(rates), MappingProxyType(left_out))


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Rows with their lines.

    Raises
    ------
    DataError : the table as a whole is wrong, or a row has more cells than the header.
    """
    if not path.is_file():
        raise DataError([Problem(str(path), "", "", "no such file", f"a CSV file with columns {', '.join(COLUMNS)}")])
    with path.open("rb") as stream:
        table = _cells(path.name, stream.read(MAX_BYTES + 1))
    (_, first), *rows = table
    header = [name.casefold() for name in first]
    missing = [name for name in COLUMNS[:2] if name not in header]
    twice = [name for name in header if name and header.count(name) > 1]
    if missing or twice or ("low" in header) != ("high" in header):
        expected = f"{', '.join(COLUMNS)}, each once, low and high together or neither"
        raise DataError([Problem(path.name, "", "header", f"columns {', '.join(header)}", expected)])
    surplus = [
        Problem(path.name, "", "", f"{len(row)} cells", f"{len(header)}, as in the header", line=line)
        for line, row in rows
        if len(row) > len(header)
    ]
    if surplus:
        raise DataError(surplus)
    return [(line, dict.fromkeys(header, "") | dict(zip(header, row, strict=False))) for line, row in rows]


def _cells(file: str, raw: bytes) -> list[tuple[int, list[str]]]:
    """Header and rows, each with its line; at least one row."""
    if len(raw) > MAX_BYTES:
        raise DataError([Problem(file, "", "", f"more than {MAX_BYTES:,} bytes", f"at most {MAX_BYTES:,} bytes")])
    try:
        reader = csv.reader(StringIO(raw.decode("utf-8-sig"), newline=""), strict=True, skipinitialspace=True)
        table = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if any(map(str.strip, row))]
    except (UnicodeDecodeError, csv.Error) as error:
        found = f"bytes that cannot be read ({error})"
        raise DataError([Problem(file, "", "", found, "comma-separated values in UTF-8")]) from error
    if len(table) < 2:
        found = "a header without rows" if table else "an empty file"
        raise DataError([Problem(file, "", "", found, f"a header {','.join(COLUMNS)} and at least one scenario")])
    return table


def _rate(file: str, line: int, row: Mapping[str, str]) -> Rate | Problem:
    name = row["scenario"]
    try:
        scenario = load_scenario(name)
    except UnknownNameError:
        nearest = nearest_names(name, list_scenarios())
        return Problem(file, "", "scenario", f"'{name}'", "a scenario; the list: scenarios", nearest, line)
    cells = {column: row.get(column, row["per_year"]) for column in ("low", "per_year", "high")}
    low, value, high = map(_number, cells.values())
    if not 0.0 < low <= value <= high <= MOST_A_YEAR:
        given = ", ".join(f"{column} {cell or 'empty'}" for column, cell in cells.items())
        return Problem(file, scenario.name, "per_year", given, _RANGE, line=line)
    return Rate(scenario, low, value, high, file)


def _number(cell: str) -> float:
    """A number, or NaN, which is in no range."""
    try:
        return float(cell.replace("_", "?"))
    except ValueError:
        return float("nan")


def _counted_twice(
    file: str, line: int, found: Rate, rates: Sequence[Rate], lines: Mapping[str, int]
) -> Iterator[Problem]:
    """An event that two rows count: a scenario given twice, or a mixture beside one of its parts."""
    parts = {part.name for part, _ in found.scenario.components()}
    for rate in rates:
        if both := sorted(parts & {part.name for part, _ in rate.scenario.components()}):
            names = f"'{found.scenario.name}' after '{rate.scenario.name}' on line {lines[rate.scenario.name]}"
            expected = f"each event once: both count {', '.join(both)}"
            yield Problem(file, "", "scenario", names, expected, line=line)
