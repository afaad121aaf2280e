"""What is bought and needed, by company and place, against the network's own sums."""

from __future__ import annotations

import numpy as np
import pytest

from supplychain_risk.concentration.ledger import REST, country_parts, firm_of, market_shares
from supplychain_risk.concentration.trades import final_sales, needs_at, needs_of_firms, purchases
from supplychain_risk.dataset.load import load_dataset
from supplychain_risk.network import SupplyNetwork


@pytest.fixture(scope="module")
def network():
    return SupplyNetwork.from_dataset(load_dataset())


def test_purchases_add_up_to_the_needs_of_the_slots(network):
    wanted = network.slot_kind == 1
    rows = purchases(network, wanted)
    bought = rows.groupby("slot")["share"].sum()
    assert bought.index.tolist() == np.flatnonzero(wanted).tolist()
    assert bought.to_numpy() == pytest.approx(network.slot_need[wanted])
    assert (rows["low"] <= rows["share"]).all()
    assert (rows["share"] <= rows["high"]).all()


def test_final_sales_are_those_outside_the_network(network):
    sold = final_sales(network, None)
    assert sold["share"].sum() == pytest.approx(network.f0.sum())
    assert set(sold["holder"]) == {REST}
    one = final_sales(network, network.products.index("consumer_device"))
    assert 0 < one["share"].sum() < sold["share"].sum()


def test_needs_and_final_sales_are_all_of_a_product(network):
    sales = np.bincount(network.activity_product, network.x0, minlength=len(network.products))
    final = np.bincount(network.activity_product, network.f0, minlength=len(network.products))
    needs = needs_of_firms(network).groupby(level=0).sum().reindex(range(len(sales)), fill_value=0.0)
    assert needs.to_numpy() == pytest.approx(1 - final / sales, abs=1e-6)


def test_needs_by_place_leave_out_places_of_no_country(network):
    codes, parts = country_parts(network)
    assert "XX" not in codes
    assert "TW" in codes
    located = needs_at(network, parts).sum(axis=1)
    everywhere = needs_at(network, network.site_shares).sum(axis=1)
    assert (located <= everywhere + 1e-9).all()
    assert (located < everywhere - 1e-6).any()


def test_market_shares_sum_to_one_and_unknown_makers_are_the_rest(network):
    shares = market_shares(network)
    assert shares.groupby("market")["share"].sum().to_numpy() == pytest.approx(np.ones(len(network.products)))
    firms = firm_of(network)
    assert {name for name in firms if name.startswith("other")} == {REST}
