"""A closed border cuts what crosses it, a rule what goes from its makers to its customers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from supplychain_risk.kernels.chain import divide
from supplychain_risk.kernels.record import empty_record
from supplychain_risk.kernels.shock import shock
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.propagation.dynamics import Dynamics, chain_of
from supplychain_risk.propagation.engine import run_engine
from supplychain_risk.scenarios.borders import Limit, closed_border, find_borders, part_at
from supplychain_risk.scenarios.sampling import sample_paths


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
    parted = part_at(island, [closed_border(island, taiwan(island))])
    assert by_link(parted.network, parted.inbound[0]) == {
        ("asml:scanner", "tsmc:wafer", 0.8): 1.0,
        ("asml:scanner", "tsmc:wafer", 0.2): 0.0,
        ("taipower:electricity", "tsmc:wafer", 0.8): 0.0,
        ("taipower:electricity", "tsmc:wafer", 0.2): 0.0,
        ("tsmc:wafer", "mediatek:soc", 0.1): 0.2,  # a designer in Taiwan: a tenth of its work hangs on the place
        ("tsmc:wafer", "mediatek:soc", 0.9): 0.0,
        ("tsmc:wafer", "nvidia:accelerator", 1.0): 0.0,
        ("tsmc:cowos", "nvidia:accelerator", 1.0): 0.0,
        ("amkor:cowos", "nvidia:accelerator", 1.0): 0.0,
    }


def test_local_products_do_not_cross(island):
    local = replace(island, pool_country=tuple("TW" for _ in island.pool_country))
    parted = part_at(local, [closed_border(local, taiwan(local))])
    assert not parted.inbound.any()
    assert not parted.member_inside.any()
    assert len(parted.network.pool_product) == len(local.pool_product)


def test_parting_changes_no_flow(island):
    split = part_at(island, [closed_border(island, taiwan(island))]).network
    for product in range(len(island.products)):
        flows = [net.pool_need[net.pool_product == product].sum() for net in (island, split)]
        assert flows[0] == pytest.approx(flows[1])
    bought = np.bincount(split.member_slot, split.member_fraction)
    assert bought == pytest.approx(1.0)


def test_plants_outside_go_on_with_supplies_from_outside():
    """A fab with 60 % behind the border loses 90 % of that: 0.4 + 0.6 x 0.1 = 0.46 is left, with any stock."""
    for buffer_days in (7.0, 28.0, 56.0):
        level = _behind_a_border(buffer_days)
        assert level[2:42] == pytest.approx(0.46, abs=1e-9)
        assert level[-1] == pytest.approx(1.0, abs=1e-3)


def _behind_a_border(buffer_days):
    """Weekly output of the fab, hit for 40 weeks from the third; its only supplier works in Japan."""
    network = SupplyNetwork.from_tables(
        activities=pd.DataFrame(
            {"company": ["jp", "fab"], "product": ["resist", "wafer"], "final_sales": [0.0, 100.0], "alpha_max": 1.0}
        ),
        links=pd.DataFrame(
            {
                "supplier_company": ["jp"],
                "supplier_product": ["resist"],
                "customer_company": ["fab"],
                "customer_product": ["wafer"],
                "value": [10.0],
            }
        ),
        requirements=pd.DataFrame(
            {
                "product": ["wafer"],
                "input": ["resist"],
                "kind": ["flow"],
                "criticality": [1.0],
                "buffer_days": [buffer_days],
                "psi": [0.0],
                "reorder_days": [30.0],
                "requalify_days": [365.0],
            }
        ),
        sites=pd.DataFrame(
            {
                "company": ["jp", "fab", "fab"],
                "product": ["resist", "wafer", "wafer"],
                "site": ["jp_a", "tw_a", "us_a"],
                "country": ["JP", "TW", "US"],
                "region": ["east", "island", "west"],
                "share": [1.0, 0.6, 0.4],
            }
        ),
    )
    parted = part_at(network, [closed_border(network, taiwan(network))], ((0,),))
    dynamics = Dynamics.of(network)
    chain = divide(chain_of(parted.network, dynamics, 7.0), parted.inside, parted.member_inside)
    weeks = np.arange(80)
    closed = 0.9 * ((weeks >= 2) & (weeks < 42))
    loss = np.zeros((len(weeks), 2, 1))
    loss[:, 1, 0] = 0.6 * closed
    happening = shock(chain, loss, border=parted.inbound, border_cut=closed[:, None, None])
    record = empty_record(
        chain,
        1,
        np.arange(len(weeks)),
        step_weight=np.zeros(len(weeks)),
        unmet_group=np.zeros(2, dtype=np.int64),
        captive_supplier=np.zeros(0, dtype=np.int64),
        levels=(0.99, 0.9),
        keep=frozenset({"output"}),
    )
    run_engine(chain, dynamics.rules(7.0), happening, record)
    return record.output[:, 1, 0]


def test_without_areas_the_network_stays(island):
    parted = part_at(island, [])
    assert parted.network is island
    assert parted.inbound.shape == (0, len(island.link_share))


def test_areas_may_overlap(island):
    everywhere = np.ones(len(island.sites), dtype=bool)
    parted = part_at(island, [closed_border(island, area) for area in (taiwan(island), everywhere)])
    assert not parted.inbound[1].any()  # nothing comes from outside the world
    assert parted.inbound[0].any()
    assert len(parted.inbound[0]) == len(parted.network.link_share)


def rule_on(network, make_scenario, make_hit, **changes):
    """Limits of a scenario of one rule."""
    scenario = make_scenario({"rule": make_hit(**changes)})
    return find_borders(network, sample_paths(scenario, network, n_draws=4, horizon_days=70.0, seed=1))


def test_a_rule_limits_named_makers_and_customers_only(island, make_scenario, make_hit):
    borders = rule_on(island, make_scenario, make_hit, targets={"product": "wafer"}, to={"company": "mediatek"})
    assert borders.hits == ((0,),)
    assert by_link(borders.network, borders.inbound[0]) == {
        ("asml:scanner", "tsmc:wafer", 1.0): 0.0,
        ("taipower:electricity", "tsmc:wafer", 1.0): 0.0,
        ("tsmc:wafer", "mediatek:soc", 1.0): 1.0,
        ("tsmc:wafer", "nvidia:accelerator", 1.0): 0.0,
        ("tsmc:cowos", "nvidia:accelerator", 1.0): 0.0,
        ("amkor:cowos", "nvidia:accelerator", 1.0): 0.0,
    }


def test_a_rule_by_places_limits_what_goes_from_plants_here_to_plants_there(island, make_scenario, make_hit):
    borders = rule_on(island, make_scenario, make_hit, targets={"country": "NL"}, to={"site": "us_arizona"})
    links = by_link(borders.network, borders.inbound[0])
    assert links["asml:scanner", "tsmc:wafer", 0.2] == 1.0  # the fifth of the company's need that is for Arizona
    assert links["asml:scanner", "tsmc:wafer", 0.8] == 0.0


def test_a_pool_of_several_customers_is_parted_where_a_rule_names_one(make_network):
    shared = make_network()
    buyers = np.zeros(shared.site_shares.shape, dtype=bool)
    buyers[shared.activity_index("mediatek:soc")] = True
    wafers = np.flatnonzero(shared.slot_product == shared.products.index("wafer"))
    pools = shared.member_pool.copy()
    pools[np.isin(shared.member_slot, wafers)] = pools[np.isin(shared.member_slot, wafers)].min()
    together = replace(shared, member_pool=pools)
    parted = part_at(together, [Limit(buyers, np.ones(len(shared.activities)), border=False)])
    split, crossing = parted.network, parted.inbound
    assert len(set(split.member_pool[np.isin(split.member_slot, wafers)])) == 2
    own = split.member_pool[split.slot_activity[split.member_slot] == shared.activity_index("mediatek:soc")]
    assert crossing[0][np.isin(split.link_pool, own)].all()
    assert not crossing[0][~np.isin(split.link_pool, own)].any()


def test_borders_of_one_area_share_a_limit_and_rules_do_not(island, make_scenario, make_hit):
    closing, rule = make_hit(closes_border="true"), make_hit(to={"company": "nvidia"})
    hits = {"ports": closing, "airports": closing, "chips": rule, "tools": rule}
    paths = sample_paths(make_scenario(hits), island, n_draws=4, horizon_days=70.0, seed=1)
    assert find_borders(island, paths).hits == ((0, 1), (2,), (3,))
