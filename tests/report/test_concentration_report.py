"""The report of concentration: one name a market, margins with their thresholds, and data once."""

from __future__ import annotations

import pytest

import supplychain_risk as scr
from supplychain_risk.errors import InputError
from supplychain_risk.network.tables import LINK_NAMES, REQUIREMENT_NAMES, REQUIREMENT_NUMBERS
from supplychain_risk.report.concentration_report import concentration_report
from supplychain_risk.report.tables import render


@pytest.fixture(scope="module")
def network():
    return scr.SupplyNetwork.from_dataset(scr.load_dataset())


def titles(sections):
    return [section.title.split(":")[0] for section in sections]


def test_sections_depend_on_what_a_level_knows(network):
    known = ["Concentration", "Margins to thresholds", "How well it is known"]
    meaning = ["What the numbers mean"]
    assert titles(concentration_report(network, "product")) == known + meaning
    assert titles(concentration_report(network, "company")) == [*known, "Largest dependence on one", *meaning]


def test_an_input_is_named_like_a_chain(network):
    table = concentration_report(network, "customer", product="hbm")[0].table
    assert "nvidia:ai_accelerator < hbm" in set(table["input"])


def test_programs_get_every_row_once(network):
    sections = concentration_report(network, "site", top=3)
    assert len(sections[0].table) == 3
    assert [len(section.data) for section in sections if section.data is not None] == [len(network.products), 0, 0]


def test_thresholds_are_those_of_the_data(network):
    levels = network.parameters.concentration
    text = " ".join(render(concentration_report(network, "product", top=1)).split())
    assert f"points above {levels.hhi_points.value:,.0f}" in text
    assert f"share above {levels.country_share.value:.0%}" in text


def test_networks_of_tables_have_no_provenance_to_print():
    import pandas as pd

    activities = pd.DataFrame({"company": ["a"], "product": ["wafer"], "final_sales": [1.0]})
    links = pd.DataFrame(columns=[*LINK_NAMES, "value"])
    needs = pd.DataFrame(columns=[*REQUIREMENT_NAMES, *(column.name for column in REQUIREMENT_NUMBERS[:5])])
    bare = scr.SupplyNetwork.from_tables(activities, links, needs)
    with pytest.raises(InputError, match="expected one from a dataset"):
        concentration_report(bare, "product")
