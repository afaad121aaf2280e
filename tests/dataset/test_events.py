"""Past events: what is packaged, and what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from supplychain_risk.dataset.events import HORIZONS, find_move, load_events, load_moves
from supplychain_risk.dataset.load import data_folder
from supplychain_risk.errors import DataError, UnknownNameError

EVENT = "events/hualien-2024.yaml"


@pytest.fixture
def folder(tmp_path):
    """A copy of the data whose events may be changed."""
    source, place = Path(str(data_folder())), tmp_path / "data"
    place.mkdir()
    for file in source.glob("*.yaml"):
        shutil.copy(file, place)
    shutil.copytree(source / "events", place / "events")
    return place


def change(folder, old, new, file=EVENT):
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")


def test_every_stake_has_its_moves_and_every_source_is_used() -> None:
    events, moves = load_events(), load_moves()
    for name, event in events.items():
        used = set()
        for stake in event.stakes.values():
            for days in HORIZONS:
                assert -1.0 < find_move(moves, name, stake, days).abnormal_return < 2.0
            facts = [stake.revenue_share, stake.hit_share, stake.made_up, *stake.course.values()]
            used |= {fact.source for fact in [*facts, *([stake.cost] if stake.cost else [])]}
        assert set(event.sources) <= used, name
    assert {move.event for move in moves} == set(events)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("hit_share: 1 (0.9..1)", "hit_share: 1.2", "between 0 and 1"),
        ("{0: 0, 1: 0.7, 3: 1}", "{1: 0, 3: 1}", "days as whole numbers that rise from 0"),
        ("{0: 0, 1: 0.7, 3: 1}", "{0: 0, 3: 1, 1: 0.7}", "days as whole numbers that rise from 0"),
        ("ticker: TSM", "tickers: TSM", "one of"),
        ("tsmc-hualien-2024 2024-04", "tsmc-hualien-2023 2024-04", "the source 'tsmc-hualien-2023'"),
        ("class: accident", "class: quake", "accident, demand, regulatory, war"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(folder, old, new, message) -> None:
    change(folder, old, new)
    with pytest.raises(DataError, match=message) as error:
        load_events(folder)
    assert EVENT in str(error.value)


def test_a_move_that_is_no_number_is_told_with_its_line(folder) -> None:
    change(folder, "TSM,hit,0.0378", "TSM,hit,n/a", "events/equity_moves.csv")
    with pytest.raises(DataError, match=r"equity_moves.csv:\d+, hualien-2024, semiconductors_5d: found 'n/a'"):
        load_moves(folder)


def test_a_missing_column_is_named(folder) -> None:
    change(folder, "market_63d", "market", "events/equity_moves.csv")
    with pytest.raises(DataError, match="market_63d"):
        load_moves(folder)


def test_a_missing_folder_is_told(tmp_path) -> None:
    with pytest.raises(DataError, match="no such folder"):
        load_moves(tmp_path)


def test_a_stake_without_a_move_is_told_with_those_there_are(folder) -> None:
    change(folder, "day0: 2024-04-03", "day0: 2024-04-04")
    event = load_events(folder)["hualien-2024"]
    with pytest.raises(UnknownNameError, match="TSM 2024-04-03"):
        find_move(load_moves(folder), "hualien-2024", event.stakes["tsmc"], 5)
