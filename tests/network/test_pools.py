"""Pools taken apart: nothing flows differently."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from supplychain_risk.network.pools import slot_links
from supplychain_risk.network.views import trade_table


def test_written_out_purchases_add_up_to_needs(network):
    rows = slot_links(network)
    assert np.bincount(rows.slot, rows.value) == pytest.approx(network.slot_need, rel=1e-12)


def test_pools_cut_the_links_several_times(network):
    written = (slot_links(network).value > 0).sum()
    assert written > 6 * len(network.link_share)


@pytest.mark.parametrize("chosen", ["none", "some", "all"])
def test_separating_slots_changes_no_flow(network, chosen):
    rng = np.random.default_rng(1)
    mask = {"none": np.zeros, "all": np.ones, "some": lambda n: rng.random(n) < 0.2}[chosen](len(network.slot_need))
    apart = network.separated(mask.astype(bool))
    assert apart.pool_need.sum() == pytest.approx(network.pool_need.sum())
    assert np.bincount(apart.link_pool, apart.link_share) == pytest.approx(1.0)
    keys = ["supplier", "product", "customer", "customer_product"]
    tables = [trade_table(net).sort_values(keys, ignore_index=True) for net in (network, apart)]
    pd.testing.assert_frame_equal(*tables)


def test_separated_slots_are_alone(network):
    mask = network.slot_product == network.products.index("dry_etch_tool")
    apart = network.separated(mask)
    members = np.bincount(apart.member_pool, minlength=len(apart.pool_product))
    assert (members[apart.member_pool[mask[apart.member_slot]]] == 1).all()
    assert len(apart.pool_product) > len(network.pool_product)


def test_separating_all_slots_marks_captive_links(network):
    apart = network.separated(np.ones(len(network.slot_need), dtype=bool))
    assert apart.captive_links.sum() >= network.captive_links.sum()


def test_parting_by_cells_changes_no_flow(network):
    cell_share = np.random.default_rng(2).dirichlet(np.ones(3), size=len(network.activities))
    apart, cell = network.parted(cell_share)
    assert np.bincount(apart.member_slot, apart.member_fraction) == pytest.approx(1.0)
    keys = ["supplier", "product", "customer", "customer_product"]
    tables = [trade_table(net).sort_values(keys, ignore_index=True) for net in (network, apart)]
    pd.testing.assert_series_equal(tables[0]["value"], tables[1]["value"])
    assert set(cell) == {-1, 0, 1, 2}
