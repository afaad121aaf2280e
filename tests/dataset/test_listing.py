"""Facts one by one."""

from __future__ import annotations

from supplychain_risk.dataset.load import check_folder, load_dataset


def test_every_fact_stands_with_its_place_and_unit(texts, write):
    rows = {(row.record, row.field): row for row in check_folder(write(texts)).facts()}
    buffer = rows["products.wafer.needs.quartz", "buffer_days"]
    assert (buffer.file, buffer.unit) == ("suppliers.yaml", "days of normal use in stock at the customer")
    assert rows["companies.fab.customers", "unnamed_1"].unit == "share of the company's revenue"
    assert rows["products.alpha_max.tiers", "memory"].file == "parameters.yaml"
    assert rows["indices.small.snapshots.2026-08-21.holdings.1", "weight"].fact.value == 0.1


def test_shares_of_a_split_are_facts_with_a_range(texts, write):
    rows = {(row.record, row.field): row for row in check_folder(write(texts)).facts()}
    share = rows["companies.fab.makes.wafer.sites", "tw_hsinchu"]
    assert (share.fact.low, share.fact.value, share.fact.high) == (0.375, 0.75, 1)
    assert share.unit == "share of the activity's capacity by site"


def test_every_fact_has_a_unit_and_is_counted_once():
    data = load_dataset()
    rows = list(data.facts())
    assert all(row.unit for row in rows)
    assert len({(row.file, row.record, row.field) for row in rows}) == len(rows)
    counts = data.count_by_confidence()
    assert list(counts) == ["disclosed", "reported", "estimate", "from_memory", "assumption"]
    assert sum(counts.values()) == len(rows)
