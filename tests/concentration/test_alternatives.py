from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from supplychain_risk.concentration.alternatives import count_alternatives, main_product
from supplychain_risk.network.nodes import list_nodes


@pytest.fixture(scope="module")
def network(make_network):
    """c buys wafers from a and b and could qualify e in 90 days; d buys from b alone and could qualify a."""
    sites = [("a", "wafer", "n", "TW", 1.0), ("b", "wafer", "s", "JP", 1.0), ("e", "wafer", "s", "JP", 1.0)]
    sites += [(name, "chip", "w", "US", 1.0) for name in "cd"]
    return make_network(
        {"a:wafer": 1.0, "b:wafer": 1.0, "e:wafer": 2.0, "c:chip": 10.0, "d:chip": 10.0},
        {("a:wafer", "c:chip"): 3.0, ("b:wafer", "c:chip"): 1.0, ("b:wafer", "d:chip"): 2.0},
        needs={("chip", "wafer"): {"requalify_days": 90.0}},
        fallback={("e:wafer", "c:chip"): 0.5, ("a:wafer", "d:chip"): 0.5},
        sites=pd.DataFrame(sites, columns=["company", "product", "site", "country", "share"]).assign(region="r"),
    )


def _table(network, kind, inside=None):
    nodes = list_nodes(network, [kind])
    main = main_product(network, nodes, np.ones(5, dtype=bool) if inside is None else inside)
    return count_alternatives(network, nodes, main).assign(node=nodes.node, share=main.share).set_index("node")


def test_other_makers_in_use_and_to_be_qualified_are_counted_at_the_nodes_customers(network):
    table = _table(network, "company")
    assert table.loc["a", ["alternatives", "fallbacks", "requalify_days"]].tolist() == [1, 1, 90.0]
    assert table.loc["b", ["alternatives", "fallbacks", "requalify_days"]].tolist() == [1, 2, 90.0]
    assert table.loc["e", ["alternatives", "fallbacks"]].tolist() == [0, 0]
    assert table.loc["e", "requalify_days"] == np.inf


def test_share_is_of_the_worlds_output(network):
    assert _table(network, "company")["share"].round(3).to_dict() == {
        "a": 0.4,
        "b": 0.4,
        "e": 0.2,
        "c": pytest.approx(0.5),
        "d": pytest.approx(0.5),
    }


def test_alternatives_of_a_place_are_other_places(network):
    table = _table(network, "country")
    assert table["alternatives"].to_dict() == {"TW": 1, "JP": 1, "US": 0}
    assert table["fallbacks"].isna().all()
    assert table.loc["JP", "share"] == pytest.approx(0.6)


def test_who_makes_nothing_that_counts_has_no_alternatives(network):
    table = _table(network, "company", inside=np.array([True, True, True, False, False]))
    assert table.loc["c", ["alternatives", "fallbacks", "requalify_days"]].isna().all()
    assert table.loc["c", "share"] == 0
