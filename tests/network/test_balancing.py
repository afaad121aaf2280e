"""Facts that pull at each other: the reliable one wins, the rest is listed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

EVIDENCE = st.fixed_dictionaries(
    {
        (supplier, customer): st.tuples(
            st.none() | st.floats(0.01, 1.0),
            st.none() | st.floats(0.01, 1.0),
            st.sampled_from(["disclosed", "reported", "estimate", "assumption"]),
        )
        for supplier in "ab"
        for customer in "cd"
    }
)


def informed(world, evidence):
    """The world with any lines of evidence about wafers."""
    for (supplier, customer), (of_customer, of_supplier, confidence) in evidence.items():
        world.link(supplier, "wafer", customer, of_customer=of_customer, of_supplier=of_supplier, confidence=confidence)
    return world


def sold(network, supplier, customer):
    table = network.customers(supplier)
    return table.loc[table["customer"] == customer, "value"].sum()


def test_a_part_of_a_suppliers_sales_moves_its_links(world):
    network = world.link("a", "wafer", "d", of_supplier=0.35).network()
    assert sold(network, "a", "d") == pytest.approx(0.35 * 6.0, rel=0.05)  # 1.5 at market shares


def test_a_reliable_fact_wins_over_a_guess(world):
    firm = world.link("a", "wafer", "d", of_supplier=0.35, confidence="disclosed").network()
    loose = world.link("a", "wafer", "d", of_supplier=0.35, confidence="assumption").network()
    assert sold(loose, "a", "d") < sold(firm, "a", "d")


def test_a_part_of_a_companys_revenue_moves_its_links(world, as_fact):
    world.customers["a"] = {"d": as_fact(0.2, "disclosed")}
    world.revenue["a"] = as_fact(10.0)
    assert sold(world.network(), "a", "d") == pytest.approx(2.0, rel=0.05)


def test_an_oversold_supplier_grows_and_is_listed(world):
    world.link("b", "wafer", "c", of_customer=1.0).link("b", "wafer", "d", of_customer=1.0)
    network = world.network()
    row = network.conflicts.query("kind == 'output' and supplier == 'b'").iloc[0]
    assert row["stated"] == pytest.approx(3.0)
    assert row["result"] > row["high"]
    assert row["size_usd_bn"] == pytest.approx(row["result"] - 3.0)
    assert network.f0[network.activity_index("b:wafer")] < 0.05  # next to nothing is left for anybody else


def test_unnamed_customers_are_compared_and_not_imposed(world, as_fact):
    before = world.network()
    world.customers["a"] = {"unnamed_1": as_fact(0.2, "disclosed"), "top2": as_fact(1.0, "disclosed")}
    after = world.network()
    assert after.link_share.tolist() == before.link_share.tolist()
    table = after.residuals.query("kind == 'customer concentration'").set_index("customer")
    assert table.loc["unnamed_1", "result"] == pytest.approx(0.75)
    assert bool(table.loc["unnamed_1", "beyond"])
    assert not bool(table.loc["top2", "beyond"])


def test_conflicts_are_sorted_by_size(network):
    sizes = network.conflicts["size_usd_bn"]
    assert sizes.is_monotonic_decreasing
    assert network.conflicts["beyond"].all()
    inside = network.residuals[~network.residuals["beyond"]]
    assert (inside["result"] <= inside["high"] * (1 + 1e-6) + 1e-9).all()
    assert (inside["result"] >= inside["low"] * (1 - 1e-6) - 1e-9).all()


@settings(max_examples=15)
@given(evidence=EVIDENCE)
def test_whatever_the_evidence_says_the_books_balance(make_world, evidence):
    network = informed(make_world(), evidence).network()
    assert network.kkt_residual <= 1e-9
    assert (network.link_share >= 0).all()
    assert (network.f0 >= 0).all()
    assert np.bincount(network.link_pool, network.link_share) == pytest.approx(1.0, rel=1e-12)
    sales = np.bincount(network.link_supplier, network.link_value, len(network.x0))
    assert sales + network.f0 == pytest.approx(network.x0, rel=1e-12)


@settings(max_examples=15)
@given(evidence=EVIDENCE, unit=st.floats(1e-3, 1e6))
def test_the_currency_of_the_facts_does_not_matter(make_world, evidence, unit):
    world = informed(make_world(), evidence)
    first = world.network()
    world.unit = unit
    second = world.network()
    assert second.x0 / unit == pytest.approx(first.x0, rel=1e-6)
    assert second.link_share == pytest.approx(first.link_share, rel=1e-6, abs=1e-8)


@settings(max_examples=15)
@given(evidence=EVIDENCE)
def test_the_order_of_companies_does_not_matter(make_world, evidence):
    first = informed(make_world(), evidence).network()
    world = informed(make_world(), evidence)
    world.makers = {product: dict(reversed(makers.items())) for product, makers in world.makers.items()}
    second = world.network()
    old = [first.activities.index(name) for name in second.activities]
    assert second.x0 == pytest.approx(first.x0[old], rel=1e-7)
    keys = ["supplier", "customer"]
    flows = [net.customers("a").sort_values(keys)["value"].to_numpy() for net in (first, second)]
    assert flows[0] == pytest.approx(flows[1], rel=1e-6, abs=1e-8)
