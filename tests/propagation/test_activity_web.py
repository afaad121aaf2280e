"""A supply network as a web of firms: worked out on paper, and what fails with a node."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import supplychain_risk as scr
from supplychain_risk.network.nodes import list_nodes
from supplychain_risk.propagation.cascade import static_level


@pytest.fixture(scope="module")
def chips():
    """Two mines sell quartz to a fab (criticality .5), which sells all its chips to a shop (criticality 1)."""
    activities = pd.DataFrame(
        [("m1", "quartz", 0.0), ("m2", "quartz", 6.0), ("fab", "chip", 0.0), ("shop", "phone", 20.0)],
        columns=["company", "product", "final_sales"],
    )
    ends = ["supplier_company", "supplier_product", "customer_company", "customer_product", "value"]
    links = [
        ("m1", "quartz", "fab", "chip", 2.0),
        ("m2", "quartz", "fab", "chip", 2.0),
        ("fab", "chip", "shop", "phone", 10.0),
    ]
    columns = ["product", "input", "kind", "criticality", "buffer_days", "psi", "reorder_days", "requalify_days"]
    needs = [("chip", "quartz", "service", 0.5, 0.0, 0.2, 30, 180), ("phone", "chip", "flow", 1.0, 30, 0.2, 30, 180)]
    sites = [("m1", "quartz", "a", "US", "r", 0.5), ("m1", "quartz", "b", "NO", "r", 0.5)]
    sites += [("m2", "quartz", "b", "NO", "r", 1.0), ("fab", "chip", "c", "TW", "r", 1.0)]
    sites += [("shop", "phone", "a", "US", "r", 1.0)]
    return scr.SupplyNetwork.from_tables(
        activities,
        pd.DataFrame(links, columns=ends),
        pd.DataFrame(needs, columns=columns),
        sites=pd.DataFrame(sites, columns=["company", "product", "site", "country", "region", "share"]),
    )


def test_a_rival_stands_in_as_far_as_its_market_goes(chips):
    # Without m1 (2 of 10 sold), what is left of quartz is 8, so 2/8 of its half of the need is missing: 1/8, at
    # criticality .5 a sixteenth of the chips and of the phones. Without m2 (8 of 10) nobody stands in: half the need.
    level = static_level(chips, np.eye(4)[:2])
    assert level[0].tolist() == pytest.approx([0.0, 1.0, 15 / 16, 15 / 16])
    assert level[1].tolist() == pytest.approx([1.0, 0.0, 3 / 4, 3 / 4])


def test_orders_travel_up_to_final_sales(chips):
    # Without the shop: the fab sells nothing, m1 nothing, m2 the 6 of 8 that it sells outside.
    loss = chips.systemic_risk(keep_losses=True).loss_up.loc["shop:phone"]
    assert loss.tolist() == pytest.approx([1.0, 0.25, 1.0, 1.0])


def test_the_index_weights_losses_by_output(chips):
    # Outputs 2, 8, 10, 20. Without m1: 2 lost of itself, a sixteenth of 10 and of 20; nothing buys from it upstream.
    table = chips.systemic_risk().table
    assert table.loc["m1:quartz", "esri_down"] == pytest.approx((2 + 30 / 16) / 40)
    assert table["esri"].is_monotonic_decreasing


def test_places_take_the_capacity_that_lies_there(chips):
    nodes = list_nodes(chips, ["country"])
    lost = dict(zip(nodes.node, nodes.loss.tolist(), strict=True))
    assert lost == {"US": [0.5, 0, 0, 1], "NO": [0.5, 1, 0, 0], "TW": [0, 0, 1, 0]}


def test_unknown_makers_are_no_nodes_but_lie_in_countries():
    network = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    for by in ("activity", "company"):
        assert not [name for name in list_nodes(network, [by]).node if name.startswith("other")]
    lost = list_nodes(network, ["country"]).loss.max(axis=0)
    assert lost[network.activity_index("other:electricity")] > 0
