"""A network of seven activities on both sides of a strait, and ways to write small scenarios."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from supplychain_risk.network.network import SupplyNetwork
from supplychain_risk.scenarios.spec import Scenario

PLACES = {  # id: country, region, latitude, longitude; as in data/suppliers.yaml
    "tw_hsinchu": ("TW", "taiwan_north", 24.78, 121.00),
    "tw_miaoli": ("TW", "taiwan_north", 24.68, 120.88),
    "tw_tainan": ("TW", "taiwan_south", 23.10, 120.28),
    "us_arizona": ("US", "us_west", 33.45, -112.00),
    "nl_veldhoven": ("NL", "netherlands", 51.41, 5.40),
}
SITES = [
    ("tsmc", "wafer", {"tw_hsinchu": 0.3, "tw_tainan": 0.5, "us_arizona": 0.2}),
    ("tsmc", "cowos", {"tw_miaoli": 1.0}),
    ("mediatek", "soc", {"tw_hsinchu": 1.0}),
    ("nvidia", "accelerator", {"us_arizona": 1.0}),
    ("asml", "scanner", {"nl_veldhoven": 1.0}),
    ("taipower", "electricity", {"tw_tainan": 1.0}),
    ("amkor", "cowos", {"tw_tainan": 0.4, "us_arizona": 0.6}),
]


def island_network(order: int = 1) -> SupplyNetwork:
    """The network; `order` -1 lists activities and sites backwards."""
    rows = [(company, product, 5.0, 0.1 if product in ("soc", "accelerator") else 1.0) for company, product, _ in SITES]
    activities = pd.DataFrame(rows, columns=["company", "product", "final_sales", "site_dependence"])[::order]
    links = pd.DataFrame(
        [
            ("tsmc", "wafer", "nvidia", "accelerator", 2.0),
            ("tsmc", "wafer", "mediatek", "soc", 1.0),
            ("tsmc", "cowos", "nvidia", "accelerator", 1.0),
            ("amkor", "cowos", "nvidia", "accelerator", 1.0),
            ("asml", "scanner", "tsmc", "wafer", 1.0),
            ("taipower", "electricity", "tsmc", "wafer", 0.5),
        ],
        columns=["supplier_company", "supplier_product", "customer_company", "customer_product", "value"],
    )
    needs = [
        ("accelerator", "wafer"),
        ("soc", "wafer"),
        ("accelerator", "cowos"),
        ("wafer", "scanner"),
        ("wafer", "electricity"),
    ]
    requirements = pd.DataFrame(
        [(product, need, "flow", 1.0, 30.0, 0.2, 30.0, 180.0) for product, need in needs],
        columns=["product", "input", "kind", "criticality", "buffer_days", "psi", "reorder_days", "requalify_days"],
    )
    places = [
        (company, product, site, *PLACES[site][:2], share)
        for company, product, split in SITES
        for site, share in split.items()
    ]
    sites = pd.DataFrame(places, columns=["company", "product", "site", "country", "region", "share"])[::order]
    network = SupplyNetwork.from_tables(activities, links, requirements, sites=sites)
    table = network.site_table.assign(
        lat=[PLACES[site][2] for site in network.sites], lon=[PLACES[site][3] for site in network.sites]
    )
    return replace(network, site_table=table)


@pytest.fixture(scope="session")
def island() -> SupplyNetwork:
    return island_network()


def hit_record(**changes):
    """A hit on Taiwan for ten weeks, as in a file."""
    record = {
        "from": "assumption 2026",
        "what": "a test",
        "targets": {"country": "TW"},
        "severity": "pert(0.2, 0.5, 1)",
        "onset_days": "0",
        "duration_weeks": "lognormal(10, 30)",
        "recovery_weeks": "lognormal(4, 8)",
    }
    return {name: value for name, value in (record | changes).items() if value is not None}


def scenario_record(hits=None, **changes):
    """A scenario of one hit, as in a file."""
    record = {
        "name": "test",
        "title": "A test",
        "class": "accident",
        "as_of": "2026-11-22",
        "trigger": "a test",
        "narrative": "a test",
        "not_hit": ["all else"],
        "common_factor": "0.5 (0..1) assumption",
        "hits": {"blow": hit_record()} if hits is None else hits,
        "frequency": {"from": "assumption", "per_year": "0.1 (0..1)", "definition": "a test"},
    }
    return {name: value for name, value in (record | changes).items() if value is not None}


@pytest.fixture(scope="session")
def make_hit():
    return hit_record


@pytest.fixture(scope="session")
def make_record():
    return scenario_record


@pytest.fixture(scope="session")
def make_scenario():
    return lambda hits=None, **changes: Scenario.model_validate(scenario_record(hits, **changes))


@pytest.fixture(scope="session")
def make_network():
    return island_network
