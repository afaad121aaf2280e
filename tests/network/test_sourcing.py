"""Prior shares and pools on a small world whose facts agree, so that the balance returns them."""

from __future__ import annotations

import numpy as np
import pytest

from supplychain_risk.dataset.schema import Override


def shares(network, customer, product):
    """Order shares of an activity's input by supplier company."""
    table = network.suppliers(customer.partition(":")[0])
    table = table[(table["product"] == product) & (table["customer_product"] == customer.partition(":")[2])]
    return table.set_index("supplier")["share"].to_dict()


def test_without_evidence_everybody_buys_at_market_shares(world):
    network = world.network()
    for customer in ("c:chip", "d:chip"):
        assert shares(network, customer, "wafer") == pytest.approx({"a": 0.6, "b": 0.3, "other": 0.1})


def test_facts_that_agree_leave_no_conflict(world):
    network = world.network()
    assert network.conflicts.empty
    assert network.x0[network.activity_index("a:wafer")] == pytest.approx(6.0)
    assert network.f0[network.activity_index("c:chip")] == pytest.approx(30.0)


def test_customers_at_market_shares_share_one_pool(world):
    network = world.network()
    wafer = network.products.index("wafer")
    assert (network.pool_product == wafer).sum() == 1
    assert world.link("a", "wafer", "c", of_customer=0.6).network().pool_product.tolist().count(wafer) == 2


def test_a_known_share_is_kept_and_the_rest_follows_market_shares(world):
    network = world.link("a", "wafer", "c", of_customer=0.6, of_supplier=None).network()
    assert shares(network, "c:chip", "wafer") == pytest.approx({"a": 0.6, "b": 0.3, "other": 0.1}, rel=1e-6)
    skewed = world.link("b", "wafer", "c", of_customer=0.34).network()
    found = shares(skewed, "c:chip", "wafer")
    assert found["b"] == pytest.approx(0.34, abs=0.01)  # disclosed: it may move by about 2 %


def test_a_share_for_one_product_of_the_customer_covers_no_other(world):
    network = world.link("a", "wafer", "c/other_product", of_customer=1.0).network()
    assert shares(network, "c:chip", "wafer")["a"] == pytest.approx(0.6)


def test_known_shares_above_one_are_scaled_and_listed(world):
    network = world.link("a", "wafer", "d", of_customer=0.9).link("b", "wafer", "d", of_customer=0.6).network()
    assert set(shares(network, "d:chip", "wafer")) == {"a", "b"}
    row = network.conflicts.query("kind == 'share of customer, sum'").iloc[0]
    assert row["stated"] == pytest.approx(1.5)
    assert row["size_usd_bn"] == pytest.approx(0.5 * 2.5)  # half of d's need for wafers


def test_shares_below_one_with_no_other_maker_leave_an_explicit_other(world):
    network = world.link("g", "power", "c", of_customer=0.9).network()
    assert shares(network, "c:chip", "power") == pytest.approx({"g": 0.9, "other@TW": 0.1}, rel=0.05)
    other = network.activity_index("other@TW:power")
    assert network.site_shares[[other], :].toarray().ravel().tolist() == [1.0, 0.0]


def test_a_local_product_is_bought_where_the_customer_has_its_sites(world):
    network = world.network()
    assert shares(network, "c:chip", "power") == pytest.approx({"g": 1.0})
    assert shares(network, "d:chip", "power") == pytest.approx({"g": 0.5, "h": 0.5}, rel=0.01)
    member = network.member_fraction[network.slot_product[network.member_slot] == network.products.index("power")]
    assert sorted(member.tolist()) == [0.5, 0.5, 1.0]


def test_nobody_sells_a_local_product_in_a_country_without_sites(world):
    world.power_sites["h"] = world.power_sites["g"]
    network = world.network()
    assert shares(network, "d:chip", "power")["other@JP"] == pytest.approx(0.5, rel=1e-6)


def test_a_maker_that_sells_all_to_one_customer_sells_nothing_to_others(world):
    network = world.link("b", "wafer", "c", of_supplier=1.0).network()
    assert "b" not in shares(network, "d:chip", "wafer")
    assert shares(network, "c:chip", "wafer")["b"] > 0.3


def test_captive_output_stays_in_the_company(world):
    world.makers["wafer"] = {"a": 0.6, "c": 0.3}
    world.inside.add("c")
    network = world.network()
    assert "c" not in shares(network, "d:chip", "wafer")
    assert shares(network, "c:chip", "wafer")["c"] == pytest.approx(3.0 / 7.5, rel=0.15)
    captive = np.flatnonzero(network.captive_links)
    assert [network.activities[network.link_supplier[e]] for e in captive] == ["c:wafer"]


def test_makers_not_in_use_are_fallbacks_in_proportion_to_their_market_shares(world):
    network = world.link("a", "wafer", "c", of_customer=1.0).network()
    spare = network.link_fallback > 0
    found = {network.activities[network.link_supplier[e]]: network.link_fallback[e] for e in np.flatnonzero(spare)}
    assert found == pytest.approx({"b:wafer": 0.75, "other:wafer": 0.25})
    assert set(network.link_reorder_days[spare]) == {180.0}
    assert (network.link_share[spare] == 0).all()


def test_an_input_that_a_recipe_sets_to_nothing_is_absent(world, as_fact):
    world.recipes["d", "chip"] = {"power": Override(criticality=as_fact(0.0), cost_share=as_fact(0.0))}
    network = world.network()
    assert shares(network, "d:chip", "power") == {}
    assert len(network.slot_need) == 3


def test_a_recipe_of_its_own_replaces_cost_share_and_criticality(world, as_fact):
    world.recipes["d", "chip"] = {"wafer": Override(criticality=as_fact(0.4), cost_share=as_fact(0.2))}
    network = world.network()
    slot = (network.slot_activity == network.activity_index("d:chip")) & (
        network.slot_product == network.products.index("wafer")
    )
    assert network.criticality[slot].tolist() == [0.4]
    assert network.input_coefficient[slot] == pytest.approx([0.2])
