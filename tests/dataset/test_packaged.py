"""The packaged data against the research catalogue they were compiled from (counts from its README)."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from supplychain_risk.dataset.load import data_folder, load_dataset


@pytest.fixture(scope="module")
def data():
    return load_dataset()


def test_nothing_of_the_catalogue_is_lost(data):
    makes = [make for company in data.companies.values() for make in company.makes.values()]
    others = [product.others for product in data.products.values() if product.others]
    needs = [need for product in data.products.values() for need in product.needs.values()]
    assert len(data.products) == 110
    assert len(data.companies) == 258
    assert sum(bool(company.makes) for company in data.companies.values()) == 243
    assert (len(makes), len(others)) == (452, 95)
    assert Counter(need.kind for need in needs) == {"flow": 470, "capital": 157, "service": 66}
    assert len(data.sites) == 98
    # 1,532 of the catalogue; the six makers of wfe_service stand where the fabs they serve are, not at tool plants
    assert sum(len(activity.sites.shares) for activity in [*makes, *others]) == 1532 - 19 + 72
    assert sum(len(activity.recipe) for activity in [*makes, *others]) == 126
    assert sum(len(make.sells_to) for make in makes) == 227
    assert sum(len(company.customers) + len(company.customer_groups) for company in data.companies.values()) == 71
    snapshots = [snapshot for index in data.indices.values() for snapshot in index.snapshots.values()]
    assert sum(len(snapshot.holdings) + len(snapshot.groups) for snapshot in snapshots) == 405


def test_every_account_of_the_catalogue_is_there(data):
    finances = [company.finance for company in data.companies.values()]
    known = Counter(name for record in finances for name in type(record).model_fields if getattr(record, name))
    assert known == {
        "beta": 223,
        "tax_rate": 223,
        "revenue_usd_bn": 221,
        "operating_margin": 216,
        "outside_model": 216,
        "gross_margin": 181,
        "market_cap_usd_bn": 156,
        "annual_volatility": 121,
        "net_debt_usd_bn": 42,
    }
    segments = [make.revenue_share for company in data.companies.values() for make in company.makes.values()]
    assert sum(share is not None for share in segments) == 634 - 216


def test_sources_of_figures_and_of_scenarios_are_there(data):
    assert len(data.sources) >= 377 + 39
    assert {"assumption", "derived", "memory", "tsmc-20f-2025", "csis-lights-out-2025"} <= data.sources.keys()
    assert all(re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) for name in data.sources)
    unaddressed = {name for name, source in data.sources.items() if not source.url}
    assert unaddressed == {"assumption", "derived", "memory", "returns-yfinance", "returns-market-base"}


def test_memories_say_that_they_are_memories(data):
    rows = list(data.facts())
    assert all((row.fact.source == "memory") == (row.fact.confidence == "from_memory") for row in rows)


@pytest.mark.parametrize(
    ("company", "product", "share"),
    [("tsmc", "leading_edge_wafer_3nm", 0.916), ("asml", "euv_scanner", 1), ("sk_hynix", "hbm", 0.55)],
)
def test_shares_are_those_of_the_catalogue(data, company, product, share):
    assert data.companies[company].makes[product].share.value == share


def test_five_products_trade_locally(data):
    local = {name for name, product in data.products.items() if product.trade == "local"}
    assert local == {"electricity", "bulk_gas", "data_center_shell", "litho_service", "wfe_service"}


@pytest.mark.parametrize("file", ["suppliers.yaml", "sources.yaml", "parameters.yaml", "indices.yaml"])
def test_files_carry_no_research_shorthand_and_no_machine_noise(file):
    text = (data_folder() / file).read_text(encoding="utf-8")
    assert not re.search(r"source figure|\bs\d{3}\b|PREFERRED|use share x|\t|[^\S\n]\n", text)
    assert text.endswith("\n")
    assert max(map(len, text.splitlines())) <= 300
