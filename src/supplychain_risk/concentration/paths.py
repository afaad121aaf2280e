"""Dominators and articulation points: what paths alone say about a node. Description, not a score.

A node dominates the end product if every path from a maker without suppliers to a maker of the end product passes it
(Lengauer & Tarjan 1979, A fast algorithm for finding dominators in a flowgraph, TOPLAS 1(1),
doi:10.1145/357062.357071).
"""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd

from supplychain_risk.network import SupplyNetwork
from supplychain_risk.network.network import Bools, Ints
from supplychain_risk.network.nodes import Nodes
from supplychain_risk.network.pools import slot_links

SOURCE, SINK = "", " "
"""Ends of all paths; no id looks like them."""


def path_marks(network: SupplyNetwork, nodes: Nodes, needed: Bools, makers: Ints) -> pd.DataFrame:
    """Columns dominator and articulation of each node: true or false, missing for sites and countries.

    Parameters
    ----------
    network, nodes : where, and which.
    needed : (A,) activities to look at: makers of the end product and their suppliers.
    makers : activities that make the end product.
    """
    companies = np.array(network.companies, dtype=object)[network.activity_company]
    labels = {"activity": np.array(network.activities, dtype=object), "company": companies}
    marks = {kind: _marks(network, of, needed, makers) for kind, of in labels.items() if kind in nodes.kind}
    rows = [
        (node in marks[kind][0], node in marks[kind][1]) if kind in marks else (pd.NA, pd.NA)
        for kind, node in zip(nodes.kind, nodes.node, strict=True)
    ]
    return pd.DataFrame(rows, columns=["dominator", "articulation"]).astype("boolean")


def _marks(network: SupplyNetwork, label: object, needed: Bools, makers: Ints) -> tuple[set[str], set[str]]:
    """Dominators of the end product, and articulation points, in the graph whose nodes carry these labels."""
    names = np.asarray(label)
    rows = slot_links(network)
    supplier, customer = network.link_supplier[rows.link], network.slot_activity[rows.slot]
    kept = (rows.value > 0) & needed[supplier] & needed[customer]
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(names[needed])
    pairs = set(zip(names[supplier[kept]].tolist(), names[customer[kept]].tolist(), strict=True))
    graph.add_edges_from(pair for pair in pairs if pair[0] != pair[1])
    articulation = set(nx.articulation_points(graph.to_undirected()))
    graph.add_edges_from((SOURCE, node) for node in [node for node, degree in graph.in_degree() if degree == 0])
    graph.add_edges_from((name, SINK) for name in names[makers].tolist())
    return _dominators(graph), articulation


def _dominators(graph: nx.DiGraph[str]) -> set[str]:
    """Nodes on every path from source to sink; none if no path leads there."""
    if SOURCE not in graph:
        return set()
    above = nx.immediate_dominators(graph, SOURCE)
    found, node = set(), SINK
    while node in above and above[node] not in (None, node, SOURCE):
        node = above[node]
        found.add(node)
    return found
