"""A closed border cuts what crosses it: customers inside, suppliers outside."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from supplychain_risk.scenarios.borders import closed_border, part_at


def taiwan(network):
    return (network.site_table["country"] == "TW").to_numpy()


def by_link(network, inbound):
    """(supplier, customer, share of the customer's need) -> share that crosses."""
    rows = {}
    for m, pool in enumerate(network.member_pool):
        customer = network.activities[network.slot_activity[network.member_slot[m]]]
        for e in np.flatnonzero(network.link_pool == pool):
            supplier = network.activities[network.link_supplier[e]]
            rows[supplier, customer, round(float(network.member_fraction[m]), 6)] = pytest.approx(inbound[e])
    return rows


def test_deliveries_to_plants_inside_cross_from_suppliers_outside(island):
    split, inbound = part_at(island, [closed_border(island, taiwan(island))])
    assert by_link(split, inbound[0]) == {
        ("asml:scanner", "tsmc:wafer", 0.8): 1.0,
        ("asml:scanner", "tsmc:wafer", 0.2): 0.0,
        ("taipower:electricity", "tsmc:wafer", 0.8): 0.0,
        ("taipower:electricity", "tsmc:wafer", 0.2): 0.0,
        ("tsmc:wafer", "mediatek:soc", 1.0): 0.2,
        ("tsmc:wafer", "nvidia:accelerator", 1.0): 0.0,
        ("tsmc:cowos", "nvidia:accelerator", 1.0): 0.0,
        ("amkor:cowos", "nvidia:accelerator", 1.0): 0.0,
    }


def test_local_products_do_not_cross(island):
    local = replace(island, pool_country=tuple("TW" for _ in island.pool_country))
    split, inbound = part_at(local, [closed_border(local, taiwan(local))])
    assert not inbound.any()
    assert len(split.pool_product) == len(local.pool_product)


def test_parting_changes_no_flow(island):
    split, _ = part_at(island, [closed_border(island, taiwan(island))])
    for product in range(len(island.products)):
        flows = [net.pool_need[net.pool_product == product].sum() for net in (island, split)]
        assert flows[0] == pytest.approx(flows[1])
    bought = np.bincount(split.member_slot, split.member_fraction)
    assert bought == pytest.approx(1.0)


def test_without_areas_the_network_stays(island):
    split, inbound = part_at(island, [])
    assert split is island
    assert inbound.shape == (0, len(island.link_share))


def test_areas_may_overlap(island):
    everywhere = np.ones(len(island.sites), dtype=bool)
    split, inbound = part_at(island, [closed_border(island, area) for area in (taiwan(island), everywhere)])
    assert not inbound[1].any()  # nothing comes from outside the world
    assert inbound[0].any()
    assert len(inbound[0]) == len(split.link_share)
