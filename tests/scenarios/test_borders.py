"""A closed border cuts what crosses it: customers inside, suppliers outside."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from supplychain_risk.scenarios.borders import border_slots, inbound_share


def taiwan(network):
    return (network.site_table["country"] == "TW").to_numpy()


def by_link(network, inbound):
    customer = {
        pool: network.activities[network.slot_activity[slot]]
        for slot, pool in zip(network.member_slot, network.member_pool, strict=True)
    }
    return {
        (network.activities[i], customer[pool]): pytest.approx(share)
        for i, pool, share in zip(network.link_supplier, network.link_pool, inbound, strict=True)
    }


def test_inbound_is_customer_inside_times_supplier_outside(island):
    assert by_link(island, inbound_share(island, taiwan(island))) == {
        ("asml:scanner", "tsmc:wafer"): 0.8 * 1.0,
        ("taipower:electricity", "tsmc:wafer"): 0.8 * 0.0,
        ("tsmc:wafer", "mediatek:soc"): 1.0 * 0.2,
        ("tsmc:wafer", "nvidia:accelerator"): 0.0,
        ("tsmc:cowos", "nvidia:accelerator"): 0.0,
        ("amkor:cowos", "nvidia:accelerator"): 0.0,
    }


def test_local_products_do_not_cross(island, make_scenario, make_hit):
    local = replace(island, pool_country=tuple("TW" for _ in island.pool_country))
    assert not inbound_share(local, taiwan(local)).any()
    assert not border_slots(make_scenario({"blow": make_hit(closes_border="true")}), local).any()


def test_slots_of_customers_inside_are_marked_where_a_border_closes(island, make_scenario, make_hit):
    closed = make_scenario({"blow": make_hit(closes_border="true")})
    inside = {"tsmc:wafer", "mediatek:soc"}
    expected = [island.activities[i] in inside for i in island.slot_activity]
    assert border_slots(closed, island).tolist() == expected
    assert not border_slots(make_scenario(), island).any()


def test_a_shared_pool_has_the_mean_of_its_customers_by_value(island):
    wafer = [
        s
        for s, i in enumerate(island.slot_activity)
        if island.activities[i] in ("mediatek:soc", "nvidia:accelerator")
        and island.products[island.slot_product[s]] == "wafer"
    ]
    pool = np.array(island.member_pool)
    pool[np.isin(island.member_slot, wafer)] = pool[np.isin(island.member_slot, wafer)].min()
    shared = replace(island, member_pool=pool)
    inbound = inbound_share(shared, taiwan(shared))
    link = np.flatnonzero(shared.link_pool == pool[np.isin(island.member_slot, wafer)].min())
    assert inbound[link] == pytest.approx(1.0 / 3.0 * 0.2)  # a third of the wafers bought by the two goes to Taiwan
