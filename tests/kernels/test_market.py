"""The products whose prices move are found with their makers, buyers and captive links."""

from __future__ import annotations

import numpy as np

from supplychain_risk.kernels.chain import CAPITAL
from supplychain_risk.kernels.market import PriceRules, make_market, no_market


def test_only_products_that_can_become_dearer_are_followed(lab):
    network = lab.network(4)
    chain, _ = lab.chain(network, lab.dynamics())
    count = len(network.products)
    products = (network.activity_product, network.slot_product, network.pool_product)
    rules = PriceRules(price_max=np.full(count, 2.0), exponent=np.ones(count), speed=np.zeros(count))
    market, moving = make_market(chain, rules, products, shortage_floor=0.0)
    assert market.sizes == (0, 0, 0)
    assert len(moving) == 0
    rules.speed[:] = 0.5
    rules.price_max[0] = 1.0  # a list price that holds
    market, moving = make_market(chain, rules, products, shortage_floor=0.0)
    assert moving.tolist() == list(range(1, count))
    assert set(network.activity_product[market.maker]) == set(moving.tolist())


def test_rows_lead_to_makers_slots_links_and_captive_links_of_the_product(lab):
    seen = 0
    for seed in range(40):
        network = lab.network(seed)
        chain, _ = lab.chain(network, lab.dynamics())
        market, moving = lab.market(network, chain, np.random.default_rng(seed))
        for r, product in enumerate(moving):
            makers = market.maker[market.maker_start[r] : market.maker_start[r + 1]]
            assert sorted(makers) == np.flatnonzero(network.activity_product == product).tolist()
            links = market.link[market.link_start[r] : market.link_start[r + 1]]
            assert sorted(links) == np.flatnonzero(network.pool_product[network.link_pool] == product).tolist()
        assert (moving[market.slot_product] == network.slot_product[market.slot]).all()
        assert (market.buyer[market.slot_buyer] == network.slot_activity[market.slot]).all()
        assert (market.capital[market.slot_buyer] == (network.slot_kind[market.slot] == CAPITAL)).all()
        supplier = chain.link_supplier[market.captive]
        buyer = market.buyer[market.captive_buyer]
        assert (market.maker[market.captive_maker] == supplier).all()
        assert (moving[market.captive_product] == network.activity_product[supplier]).all()
        assert (network.activity_company[buyer] == network.activity_company[supplier]).all()
        seen += len(market.captive)
    assert seen > 10


def test_no_market_has_nothing_in_it():
    assert no_market().sizes == (0, 0, 0)
