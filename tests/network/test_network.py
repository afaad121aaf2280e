"""The network object: identities, selectors, and that nobody can change it."""

from __future__ import annotations

import numpy as np
import pytest

from supplychain_risk.errors import UnknownNameError
from supplychain_risk.network import SupplyNetwork


@pytest.fixture
def small(tables):
    return SupplyNetwork.from_tables(tables.activities, tables.links, tables.requirements, sites=tables.sites)


def test_arrays_cannot_be_written_to(small):
    with pytest.raises(ValueError, match="read-only"):
        small.x0[0] = 1.0
    with pytest.raises(AttributeError):
        small.x0 = small.f0


def test_an_activity_is_found_by_its_id(small):
    assert small.activity_index("c:chip") == 3
    with pytest.raises(UnknownNameError, match="nearest: c:chip"):
        small.activity_index("c:chips")


def test_selecting_a_country_gives_the_share_of_capacity_there(small):
    assert small.select(country="TW").tolist() == [0.75, 0.0, 1.0, 0.0, 0.0]
    assert small.select(region=["taiwan", "america"]).tolist() == [0.75, 0.0, 1.0, 1.0, 1.0]


def test_conditions_intersect(small):
    assert small.select(country="TW", product="wafer").tolist() == [0.75, 0.0, 0.0, 0.0, 0.0]
    assert small.select(company=["a", "c"]).tolist() == [1.0, 0.0, 0.0, 1.0, 0.0]
    assert small.select().tolist() == [1.0] * 5


@pytest.mark.parametrize("kind", ["company", "product", "country", "region", "site"])
def test_an_unknown_name_is_refused(small, kind):
    with pytest.raises(UnknownNameError, match=f"no {kind} is called 'nowhere'"):
        small.select(**{kind: "nowhere"})


def test_pool_needs_are_what_members_buy(small):
    assert small.pool_need.tolist() == [0.5, 4.0, 2.0]  # pools by name: power before wafer
    assert small.link_value.tolist() == [0.5, 3.0, 1.0, 2.0]


def test_the_packaged_network_balances(network):
    sales = np.bincount(network.link_supplier, network.link_value, len(network.x0))
    assert sales + network.f0 == pytest.approx(network.x0, rel=1e-12)
    assert (network.x0 > 0).all()
    assert (network.slot_need > 0).all()
    assert (network.f0 >= 0).all()


def test_shares_of_every_pool_and_every_slot_sum_to_one(network):
    assert np.bincount(network.link_pool, network.link_share) == pytest.approx(1.0, rel=1e-12)
    assert np.bincount(network.member_slot, network.member_fraction) == pytest.approx(1.0, rel=1e-9)
    assert network.site_shares.sum(axis=1) == pytest.approx(1.0, rel=1e-12)
    assert (np.bincount(network.link_pool, network.link_fallback) <= 1 + 1e-12).all()


def test_slots_members_and_links_are_in_order(network):
    assert (np.diff(network.slot_activity) >= 0).all()
    assert (np.diff(network.member_slot) >= 0).all()
    assert (np.diff(network.link_pool) >= 0).all()
    assert network.pool_start[-1] == len(network.link_share)


def test_captive_links_stay_inside_a_company(network):
    alone = np.bincount(network.member_pool, minlength=len(network.pool_product))
    for e in np.flatnonzero(network.captive_links):
        (member,) = np.flatnonzero(network.member_pool == network.link_pool[e])
        buyer = network.slot_activity[network.member_slot[member]]
        assert network.activity_company[buyer] == network.activity_company[network.link_supplier[e]]
        assert alone[network.link_pool[e]] == 1
