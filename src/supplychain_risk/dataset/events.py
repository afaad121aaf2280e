"""Past events: what was published of a shock, company by company, and how shares moved.

One YAML file an event in the folder `events` of the data, with its own sources, facts in the grammar of all data; the
moves of shares in `equity_moves.csv` beside them: abnormal returns over 5 and 63 trading days, relative to an index of
semiconductor shares and to the market. Only what has a figure of its own is a stake; who is left out stands there with
the reason. `tools/fit_repricing.py` reads them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from math import isfinite
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, ValidationError, field_validator

from supplychain_risk.dataset.facts import IMPLIED_SOURCES, Fact, From, Quantity, Record, unreadable
from supplychain_risk.dataset.findings import Finding, findings_of
from supplychain_risk.dataset.load import data_folder, load_dataset
from supplychain_risk.dataset.reading import find_lines, read_yaml
from supplychain_risk.dataset.schema import Source
from supplychain_risk.errors import DataError, Problem, UnknownNameError

FOLDER, SUFFIX, MOVES = "events", ".yaml", "equity_moves.csv"
HORIZONS = (5, 63)
"""Trading days over which moves are given."""
BENCHMARKS = ("semiconductors", "market")

_DAY = r"^\d{4}-\d{2}-\d{2}$"

Share = Annotated[Fact, Quantity("share", 0, 1)]


class Stake(Record):
    """What a shock took from one company in its first year, as far as it was published."""

    provenance: From = None
    ticker: str = Field(description="as in equity_moves.csv")
    day0: str = Field(pattern=_DAY, description="first day of the move")
    benchmark: Literal["semiconductors", "market"] = Field(description="index that the move is measured against")
    revenue_share: Share = Field(description="share of the company's revenue in the line that was hit")
    hit_share: Share = Field(description="share of the line that was hit")
    course: dict[str, Annotated[Fact, Quantity("output of the hit part / normal", 0)]] = Field(
        description="by day from the first; linear in between, after the last day as on it"
    )
    made_up: Share = Field(description="share of the lost sales that came later in the year")
    cost: Annotated[Fact, Quantity("share of a year's contribution", 0)] | None = Field(
        default=None, description="further cost"
    )
    note: str = ""

    @field_validator("course")
    @classmethod
    def _days_rise_from_the_first(cls, course: dict[str, Fact]) -> dict[str, Fact]:
        days = [int(day) for day in course if day.isdigit()]
        if len(days) != len(course) or days[:1] != [0] or sorted(set(days)) != days:
            raise unreadable("days as whole numbers that rise from 0")
        return course


class Event(Record):
    """One event; its stakes and sources."""

    title: str
    kind: Literal["accident", "demand", "regulatory", "war"] = Field(alias="class")
    date: str = Field(pattern=_DAY)
    shock: str
    sources: dict[str, Source]
    stakes: dict[str, Stake] = Field(min_length=1, description="by company")
    left_out: dict[str, str] = Field(default_factory=dict, description="companies without a stake, and why")
    note: str = ""


class Move(NamedTuple):
    """Abnormal return of a share after an event.

    Attributes
    ----------
    event, day0, ticker : whose and from when.
    days : trading days, one of `HORIZONS`.
    benchmark : what it is relative to, one of `BENCHMARKS`.
    abnormal_return : return less that of the benchmark, share.
    source : where prices are from.
    """

    event: str
    day0: str
    ticker: str
    days: int
    benchmark: str
    abnormal_return: float
    source: str


def load_events(folder: str | Path | None = None) -> dict[str, Event]:
    """Read the events of a data folder by name, sorted; of the packaged data if none is given.

    Raises
    ------
    DataError : everything that is wrong with the files, each with line and field.

    Examples
    --------
    >>> event = load_events()["thai-floods-2011"]
    >>> event.kind, event.stakes["western_digital"].hit_share.value
    ('accident', 0.6)
    """
    place = _place(folder)
    half_widths = load_dataset(None if folder is None else folder).parameters.half_widths
    problems: list[Problem] = []
    events = {}
    for entry in sorted(place.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(SUFFIX):
            file, raw = f"{FOLDER}/{entry.name}", entry.read_bytes()
            reading = read_yaml(file, raw)
            problems += reading.problems
            try:
                event = Event.model_validate(reading.content, context={"half_widths": half_widths})
            except ValidationError as error:
                problems += [found.located(find_lines(file, raw)) for found in findings_of(file, Event, error)]
                continue
            problems += [found.located(find_lines(file, raw)) for found in _unknown_sources(file, event)]
            events[entry.name.removesuffix(SUFFIX)] = event
    if problems:
        raise DataError(problems)
    return events


def load_moves(folder: str | Path | None = None) -> list[Move]:
    """Read the moves of shares of a data folder; of the packaged data if none is given.

    Raises
    ------
    DataError : a column is missing, or a cell is no number.
    """
    file = f"{FOLDER}/{MOVES}"
    text = (_place(folder) / MOVES).read_text(encoding="utf-8")
    rows = csv.DictReader(io.StringIO(text, newline=""))
    columns = {f"{name}_{days}d": (name, days) for name in BENCHMARKS for days in HORIZONS}
    missing = [name for name in ("event", "day0", "ticker", *columns, "source") if name not in (rows.fieldnames or ())]
    if missing:
        raise DataError([Problem(file, "", name, "no such column", "a column of that name") for name in missing])
    moves, problems = [], []
    for row in rows:
        for column, (benchmark, days) in columns.items():
            value = _number(row[column])
            if value is None:
                problems.append(Problem(file, row["event"], column, repr(row[column]), "a share", line=rows.line_num))
                continue
            moves.append(Move(row["event"], row["day0"], row["ticker"], days, benchmark, value, row["source"]))
    if problems:
        raise DataError(problems)
    return moves


def find_move(moves: list[Move], event: str, stake: Stake, days: int, benchmark: str = "") -> Move:
    """The move that belongs to a stake, relative to its own benchmark unless one is given.

    Raises
    ------
    UnknownNameError : there is none.
    """
    wanted = (event, stake.day0, stake.ticker, days, benchmark or stake.benchmark)
    for move in moves:
        if (move.event, move.day0, move.ticker, move.days, move.benchmark) == wanted:
            return move
    known = [f"{move.ticker} {move.day0}" for move in moves if move.event == event]
    raise UnknownNameError("move", f"{stake.ticker} {stake.day0}", known, where=f"{FOLDER}/{MOVES}, {event}")


def _place(folder: str | Path | None) -> Path | Traversable:
    place = (data_folder() if folder is None else Path(folder)) / FOLDER
    if not place.is_dir():
        raise DataError([Problem(FOLDER, "", "", "no such folder", "a folder with one file an event")])
    return place


def _unknown_sources(file: str, event: Event) -> Iterator[Finding]:
    known = {*event.sources, *IMPLIED_SOURCES.values()}
    for company, stake in event.stakes.items():
        named = {name: fact for name, fact in vars(stake).items() if isinstance(fact, Fact)}
        for name, fact in {**named, **{f"course.{day}": level for day, level in stake.course.items()}}.items():
            if fact.source not in known:
                path = ("stakes", company, *name.split("."))
                yield Finding(file, path, f"the source '{fact.source}'", f"one of {', '.join(sorted(known))}")


def _number(cell: str | None) -> float | None:
    try:
        value = float(cell or "")
    except ValueError:
        return None
    return value if isfinite(value) else None
