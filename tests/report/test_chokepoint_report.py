from __future__ import annotations

import pytest

import supplychain_risk as scr
from supplychain_risk.report.chokepoint_report import chokepoint_report
from supplychain_risk.report.tables import render


@pytest.fixture(scope="module")
def sections(make_network):
    network = make_network(
        {"p:packaging": 0.0, "other:memory": 0.0, "c:chip": 100.0, "d:phone": 50.0, "e:phone": 50.0},
        {("p:packaging", "c:chip"): 10.0, ("other:memory", "c:chip"): 6.0, ("c:chip", "d:phone"): 6.0},
    )
    table = scr.chokepoints(network, end_product="chip", outage_days=56)
    cuts = scr.cut_sets(network, "chip"), scr.cheapest_failure(network, "chip")
    return chokepoint_report(network, table, cuts, end_product="chip", outage_days=56, horizon_days=364, top=4)


def _table(sections, title):
    return next(section.table for section in sections if section.title.startswith(title))


def test_letters_say_which_definition_fired(sections):
    rows = _table(sections, "Companies: days").set_index("node")
    assert rows.loc["p", "fired"] == "SHDE"


def test_a_star_marks_who_is_not_upstream(sections):
    assert set(_table(sections, "Companies: days")["node"]) == {"p", "c", "d *", "e *"}
    assert set(_table(sections, "Companies: what")["node"]) == {"p", "c", "d", "e"}


def test_days_beyond_the_horizon_are_a_dash(sections):
    rows = _table(sections, "Companies: days")
    assert set(rows.loc[rows["lost"] == 0, "lasts"].str.strip()) <= {"-"}


def test_a_network_of_tables_tells_its_own_digest(sections):
    text = render(sections, width=80)
    assert "Countries" not in text
    assert "Network " in text
    assert "Smallest set by mixed-integer programming: " in text


def test_no_set_of_named_companies_is_said(make_network):
    network = make_network(
        {"a:wafer": 0.0, "other:wafer": 0.0, "other:chip": 1.0},
        {("a:wafer", "other:chip"): 0.5, ("other:wafer", "other:chip"): 0.1},
    )
    cuts = scr.cut_sets(network, "chip"), scr.cheapest_failure(network, "chip")
    table = scr.chokepoints(network, end_product="chip")
    told = chokepoint_report(network, table, cuts, end_product="chip", outage_days=90, horizon_days=364, top=5)
    assert "No set of named companies does that" in render(told, width=80)
