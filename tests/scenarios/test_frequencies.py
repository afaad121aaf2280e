"""Rates are those of the packaged scenarios or of a table in their place, and a wrong table is told line by line."""

from __future__ import annotations

import pytest
import yaml

from supplychain_risk.errors import DataError, UnknownNameError
from supplychain_risk.scenarios.frequencies import MOST_A_YEAR, load_frequencies
from supplychain_risk.scenarios.library import list_scenarios, load_scenario


@pytest.fixture
def write(tmp_path):
    def file(text, name="rates.csv"):
        place = tmp_path / name
        place.write_bytes(text if isinstance(text, bytes) else text.encode())
        return place

    return file


def problems(place):
    with pytest.raises(DataError) as caught:
        load_frequencies(place)
    return [str(problem) for problem in caught.value.problems]


def test_the_packaged_table_has_every_event_once_and_says_what_it_leaves_out():
    table = load_frequencies()
    names = [rate.scenario.name for rate in table.rates]
    assert names == sorted(names)
    assert {*names, *table.left_out} == set(list_scenarios())
    assert not set(names) & set(table.left_out)
    assert table.left_out["hbm-shortage"].startswith("in force: the shortage of 2026")
    assert table.left_out["export-controls"].startswith("in force: ")
    assert table.left_out["taiwan"] == "a mixture; its parts are counted"
    assert table.left_out["neon-half"] == "a question and not an event; no rate is known"
    assert all(0 < rate.low <= rate.value <= rate.high <= MOST_A_YEAR for rate in table.rates)


def test_the_packaged_rates_of_taiwan_are_those_of_the_model():
    rates = {rate.scenario.name: rate for rate in load_frequencies().rates}
    values = [rates[f"taiwan-{name}"].value for name in ("quarantine", "blockade", "invasion")]
    assert values == [0.05, 0.03, 0.015]  # MODEL 14
    assert rates["taiwan-blockade"].family.name == "taiwan"
    assert rates["euv-outage"].family is None


def test_the_packaged_table_is_read_back_as_a_table_of_one_s_own(write):
    packaged = load_frequencies()
    again = load_frequencies(write(packaged.table().to_csv(index=False)))
    for rate, same in zip(packaged.rates, again.rates, strict=True):
        assert (rate.scenario, rate.low, rate.value, rate.high) == (same.scenario, same.low, same.value, same.high)
    assert again.left_out["hbm-shortage"] == "not in rates.csv"
    assert again.rates[0].source == "rates.csv"


def test_a_table_counts_as_it_stands_and_may_name_a_state_in_force(write):
    table = load_frequencies(write(b"\xef\xbb\xbfScenario, per_year\nneon, 0.1\nchina-minerals, 0.5\n"))
    assert [(rate.scenario.name, rate.low, rate.high) for rate in table.rates] == [
        ("china-minerals", 0.5, 0.5),
        ("neon", 0.1, 0.1),
    ]
    assert "taiwan-blockade" in table.left_out


def test_scenarios_may_be_picked_from_a_table():
    some = load_frequencies().only("neon", "euv-outage")
    assert [rate.scenario.name for rate in some.rates] == ["euv-outage", "neon"]
    assert some.left_out["helium"] == "left out by choice"
    with pytest.raises(UnknownNameError, match="no scenario with a rate is called 'neno'; nearest: neon"):
        some.only("neno")


def test_a_mixture_may_stand_in_the_place_of_its_parts_and_keeps_their_family(write):
    (rate,) = load_frequencies(write("scenario,per_year\ntaiwan,0.1\n")).rates
    assert rate.family.name == "taiwan"


def test_a_scenario_of_one_s_own_may_be_in_the_table(write, tmp_path):
    (tmp_path / "worse.yaml").write_text(yaml.safe_dump({"extends": "neon", "title": "Worse"}))
    (rate,) = load_frequencies(write(f"scenario,per_year\n{tmp_path / 'worse.yaml'},0.1\n")).rates
    assert rate.scenario.title == "Worse"
    assert rate.scenario.hits == load_scenario("neon").hits


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (
            "taiwan-blokade,0.1,0.1,0.1",
            "found 'taiwan-blokade', expected a scenario; the list: scenarios (nearest: taiwan",
        ),
        ("neon,much,0.1,0.2", "per_year much, high 0.2"),
        (
            "neon,0.1,0.2,0.3",
            "low 0.2, per_year 0.1, high 0.3, expected numbers with 0 < low <= per_year <= high <= 12",
        ),
        ("neon,0,0,0", "low 0, per_year 0"),
        ("neon,-1,-2,0", "low -2"),
        ("neon,nan,nan,nan", "per_year nan"),
        ("neon,inf,inf,inf", "per_year inf"),
        ("neon,13,13,13", "per_year 13"),
        ("neon,0.1,,", "low empty, per_year 0.1, high empty"),
        ("neon,0.1", "low empty"),
        ("neon,1_0,1_0,1_0", "per_year 1_0"),
        ("=neon,0.1,0.1,0.1", "found '=neon', expected a scenario"),
        (",0.1,0.1,0.1", "found '', expected a scenario"),
        ("neon,0,1,0,1", "found 5 cells, expected 4, as in the header"),
    ],
)
def test_what_is_wrong_with_a_row_is_told_with_its_line(write, row, found):
    (problem,) = problems(write(f"scenario,per_year,low,high\nhelium,0.1,0.1,0.1\n{row}\n"))
    assert problem.startswith("rates.csv:3")
    assert found in problem


def test_all_that_is_wrong_is_told_at_once(write):
    found = problems(
        write("scenario,per_year\nno-such,0.1\nneon,x\ntaiwan,0.1\ntaiwan-blockade,0.1\nhelium,1\nhelium,2\n")
    )
    assert len(found) == 4
    assert "found 'taiwan-blockade' after 'taiwan' on line 4, expected each event once: both count taiwan-b" in found[2]
    assert "found 'helium' after 'helium' on line 6" in found[3]


def test_two_mixtures_of_the_same_parts_count_them_twice(write):
    (problem,) = problems(write("scenario,per_year\ntaiwan,0.1\ntaiwan-capability,0.1\n"))
    assert "both count taiwan-blockade, taiwan-invasion, taiwan-quarantine" in problem


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "an empty file"),
        ("\n\n", "an empty file"),
        ("scenario,per_year\n", "a header without rows"),
        ("name,per_year\nneon,1\n", "columns name, per_year"),
        ("scenario,per_year,low\nneon,1,1\n", "low and high together or neither"),
        ("scenario,per_year,per_year\nneon,1,1\n", "each once"),
        ("scenario;per_year\nneon;1\n", "columns scenario;per_year"),
        (b"scenario,per_year\nneon,1\xff\n", "bytes that cannot be read"),
        (b"PK\x03\x04\x00\x00", "header"),
        ('scenario,per_year\n"neon,1\n', "bytes that cannot be read"),
    ],
)
def test_a_table_that_is_none_is_refused(write, text, found):
    (problem,) = problems(write(text))
    assert found in problem


def test_a_file_that_is_not_there_is_told_with_what_it_should_hold(tmp_path):
    (problem,) = problems(tmp_path / "none.csv")
    assert problem.endswith("found no such file, expected a CSV file with columns scenario, per_year, low, high")
