"""Tables and graph for readers."""

from __future__ import annotations

import pytest

from supplychain_risk.errors import UnknownNameError
from supplychain_risk.network import SupplyNetwork


@pytest.fixture
def small(tables):
    return SupplyNetwork.from_tables(tables.activities, tables.links, tables.requirements, sites=tables.sites)


def test_suppliers_are_listed_by_value(small):
    table = small.suppliers("c")
    assert table["supplier"].tolist() == ["a", "b", "g"]
    assert table["share"].tolist() == [0.75, 0.25, 1.0]
    assert table["value"].tolist() == [3.0, 1.0, 0.5]


def test_customers_are_the_other_side_of_suppliers(small):
    table = small.customers("b")
    assert table[["customer", "value"]].to_numpy().tolist() == [["d", 2.0], ["c", 1.0]]


def test_an_unknown_company_is_refused(small):
    with pytest.raises(UnknownNameError, match="no company is called 'z'"):
        small.suppliers("z")


def test_known_shares_carry_their_source(network):
    table = network.suppliers("nvidia")
    row = table[(table["supplier"] == "tsmc") & (table["product"] == "cowos")].iloc[0]
    assert row["basis"] == "link"
    assert row["confidence"] == "reported"
    assert row["source"]
    assert row["low"] <= 0.9 <= row["high"]


def test_edges_point_the_way_goods_flow(small):
    graph = small.to_networkx()
    assert graph.number_of_nodes() == 5
    assert graph.has_edge("a:wafer", "c:chip")
    assert not graph.has_edge("c:chip", "a:wafer")
    assert graph.edges["a:wafer", "c:chip", "use"]["share"] == 0.75
    assert graph.nodes["c:chip"]["output"] == 10.0


def test_changing_the_graph_leaves_the_network_alone(small):
    small.to_networkx().clear()
    assert small.to_networkx().number_of_nodes() == 5


def test_the_graph_has_every_link_in_use_once(network):
    graph = network.to_networkx()
    used = [value for _, _, key, value in graph.edges(keys=True, data="value") if key == "use"]
    assert sum(used) == pytest.approx(network.slot_need.sum())
