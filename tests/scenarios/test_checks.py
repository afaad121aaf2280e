"""Names that a scenario gets wrong are found wherever they stand."""

from __future__ import annotations

import pytest

from supplychain_risk.dataset.load import load_dataset
from supplychain_risk.scenarios.checks import check_scenario


@pytest.fixture(scope="module")
def dataset():
    return load_dataset()


def found(scenario, dataset):
    return {
        (problem.record, problem.field): (problem.found, problem.nearest)
        for problem in check_scenario(scenario, dataset)
    }


def test_names_of_places_companies_and_products_are_checked_everywhere(make_scenario, make_hit, dataset):
    targets = {
        "country": "TW",
        "near": {"site": "tw_hsinchuu", "km": "50 (1..99) assumption"},
        "company": "tsmcc",
        "except": [{"product": "hbmm"}],
    }
    rule = make_hit(to={"country": "TW", "except": [{"company": "nvidai"}]})
    scrap = {"from": "assumption", "days": "3", "product": ["drum"]}
    problems = found(make_scenario({"blow": make_hit(targets=targets, scrap=scrap), "rule": rule}), dataset)
    assert problems["hits.rule.to.except.0", "company"][1][0] == "nvidia"
    assert problems["hits.blow.targets.near", "site"][0] == "'tw_hsinchuu'"
    assert problems["hits.blow.targets", "company"][1][0] == "tsmc"
    assert problems["hits.blow.targets.except.0", "product"][1][0] == "hbm"
    assert problems["hits.blow.scrap", "product"] == ("'drum'", ("dram",))
    assert len(problems) == 5


def test_sources_of_facts_distributions_and_further_reading_are_checked(make_scenario, make_hit, dataset):
    hit = make_hit(severity="pert(0, 0.5, 1) estimate csis-lights-out-2052")
    scenario = make_scenario({"blow": hit}, common_factor="0.5 (0..1) reported nobody", further_sources=["nowhere"])
    problems = found(scenario, dataset)
    assert problems["hits.blow", "severity"][1][0] == "csis-lights-out-2025"
    assert problems["", "common_factor"][0] == "'nobody'"
    assert problems["further_sources", "0"][0] == "'nowhere'"
    assert len(problems) == 3
