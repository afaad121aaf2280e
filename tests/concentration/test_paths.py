"""Paths on the case whose dominators and articulation points networkx gave."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from supplychain_risk.concentration.paths import path_marks
from supplychain_risk.network.nodes import list_nodes
from supplychain_risk.propagation.upstream import end_makers, upstream

CASE = json.loads((Path(__file__).parents[1] / "data" / "and_or" / "spof.json").read_text())


@pytest.mark.parametrize("target", ["nvidia", "cloud", "tsmc"])
def test_dominators_are_the_published_ones_and_miss_the_sole_packager(make_network, target):
    links = {(f"{a}:{a}-goods", f"{b}:{b}-goods"): 1.0 for a, b, _ in CASE["edges"]}
    network = make_network({name: 1.0 for pair in links for name in pair}, links)
    product = f"{target}-goods"
    needed = upstream(network, product, network.criticality > 0, network.link_share > 0)
    nodes = list_nodes(network, ["company", "site"])
    marks = path_marks(network, nodes, needed, end_makers(network, product)).assign(kind=nodes.kind, node=nodes.node)
    companies = marks[marks["kind"] == "company"]
    found = set(companies.loc[companies["dominator"], "node"]) - {target}
    assert found == set(CASE["dominators"][target])
    assert marks.loc[marks["kind"] == "site", "dominator"].isna().all()
    if target == "cloud":
        assert set(companies.loc[companies["articulation"], "node"]) == set(CASE["articulation_points_undirected"])


def test_a_circle_without_a_source_has_no_dominators(make_network):
    links = {("a:ore", "b:chip"): 0.1, ("b:chip", "a:ore"): 0.1}
    network = make_network({"a:ore": 1.0, "b:chip": 1.0}, links)
    marks = path_marks(network, list_nodes(network, ["company"]), np.array([True, True]), np.array([1]))
    assert not marks["dominator"].any()
