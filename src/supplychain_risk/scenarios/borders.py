"""Closed borders: which deliveries cross into the area that a hit closes.

A link of the world market crosses with the part of its flow that goes to customers inside from suppliers outside,

    inbound_e = (share of the pool's need inside) x (1 - share of the supplier's capacity inside).

Local products (electricity, gas, field service) are made where they are used and do not cross.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from supplychain_risk.network.network import SupplyNetwork
from supplychain_risk.scenarios.spec import Scenario
from supplychain_risk.scenarios.targets import find_targets

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def inbound_share(network: SupplyNetwork, area: Bools) -> Floats:
    """Share of each link's flow that crosses into the area, shape (E,), values 0..1.

    Parameters
    ----------
    network : links, pools and sites. For a pool of one customer the share is exact, for a shared pool the mean
        over its customers by value.
    area : (G,) sites inside.
    """
    inside = np.minimum(network.site_shares @ area.astype(np.float64), 1.0)
    need = network.member_fraction * network.slot_need[network.member_slot]
    need_inside = need * inside[network.slot_activity[network.member_slot]]
    n_pools = len(network.pool_product)
    total = np.bincount(network.member_pool, need, minlength=n_pools)
    pool_inside = np.bincount(network.member_pool, need_inside, minlength=n_pools) / np.where(total > 0.0, total, 1.0)
    pool_inside[~_world_pools(network)] = 0.0
    return np.asarray(pool_inside[network.link_pool] * (1.0 - inside[network.link_supplier]), dtype=np.float64)


def border_slots(scenario: Scenario, network: SupplyNetwork) -> Bools:
    """Slots that buy across a border which the scenario closes, shape (S,): customers with capacity inside the area.

    In pools of their own (`network.separated`) these customers alone feel the closed border; in shared pools the cut
    falls on all customers of the pool alike. All false where no border closes.
    """
    marked = np.zeros(len(network.slot_need), dtype=np.bool_)
    for part, _ in scenario.components():
        for name, hit in part.hits.items():
            if hit.closes_border:
                area = find_targets(hit.targets, network, where=f"{part.name}/{name}").area
                marked |= (network.site_shares @ area.astype(np.float64) > 0.0)[network.slot_activity]
    abroad = np.bincount(network.member_slot, _world_pools(network)[network.member_pool], minlength=marked.size) > 0.0
    return marked & abroad


def _world_pools(network: SupplyNetwork) -> Bools:
    """Pools of products that trade in the world market, shape (P,)."""
    return np.array([country == "" for country in network.pool_country], dtype=np.bool_)
