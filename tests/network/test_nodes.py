from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import supplychain_risk as scr
from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.network.nodes import NODE_KINDS, list_nodes


@pytest.fixture(scope="module")
def network(make_network):
    sites = pd.DataFrame(
        [
            ("a", "wafer", "north", "TW", "t", 0.75),
            ("a", "wafer", "south", "JP", "j", 0.25),
            ("a", "chip", "south", "JP", "j", 1.0),
            ("other", "wafer", "south", "JP", "j", 1.0),
        ],
        columns=["company", "product", "site", "country", "region", "share"],
    )
    return make_network(
        {"a:wafer": 0.0, "other:wafer": 0.0, "a:chip": 1.0},
        {("a:wafer", "a:chip"): 0.3, ("other:wafer", "a:chip"): 0.1},
        sites=sites,
        site_dependence={"a:chip": 0.1},
    )


def test_a_company_takes_all_its_activities_and_the_unknown_remainder_is_no_node(network):
    nodes = list_nodes(network, ["company", "activity"])
    assert nodes.node == ("a", "a:wafer", "a:chip")
    assert nodes.loss.tolist() == [[1, 0, 1], [1, 0, 0], [0, 0, 1]]


def test_a_place_takes_what_stands_there_and_depends_on_it(network):
    nodes = list_nodes(network, ["site", "country"])
    assert nodes.node == ("north", "south", "TW", "JP")
    np.testing.assert_allclose(nodes.loss, [[0.75, 0, 0], [0.25, 1, 0.1]] * 2)


def test_tables_without_places_have_no_countries(make_network):
    bare = make_network({"a:wafer": 0.0, "c:chip": 1.0}, {("a:wafer", "c:chip"): 0.5})
    nodes = list_nodes(bare)
    assert [nodes.kind.count(kind) for kind in NODE_KINDS] == [2, 2, 2, 0]


def test_what_is_no_single_country_is_no_node():
    nodes = list_nodes(scr.SupplyNetwork.from_dataset(scr.load_dataset()), ["country"])
    assert "TW" in nodes.node
    assert not {"", "EU", "XX"} & set(nodes.node)


def test_names_of_the_packaged_data_are_for_reading():
    nodes = list_nodes(scr.SupplyNetwork.from_dataset(scr.load_dataset()), ["activity", "site"])
    names = dict(zip(nodes.node, nodes.name, strict=True))
    assert names["nvidia:ai_accelerator"] == "NVIDIA, ai_accelerator"
    assert names["tw_tainan"].startswith("Tainan")


def test_an_unknown_kind_names_the_nearest(network):
    with pytest.raises(UnknownNameError, match="nearest: country"):
        list_nodes(network, ["countries"])
    with pytest.raises(InputError, match="kinds: found none"):
        list_nodes(network, [])
