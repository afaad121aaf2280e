"""A supply network as the web of the static cascade."""

from __future__ import annotations

import numpy as np
import pandas as pd

from supplychain_risk.kernels.cascade_numpy import Links, Web, make_web
from supplychain_risk.kernels.chain import Ints
from supplychain_risk.network import SupplyNetwork


def activity_web(network: SupplyNetwork) -> Web:
    """Activities as firms, and after them pools as firms that only pass on: one group, no rivals, no weight.

    A pool loses the share of its orders that its makers miss; a slot loses what its pools lose, and its activity
    criticality times that. The fixed point is that of the links written out slot by slot, at a fifth of the links.
    """
    activities, pools = len(network.activities), len(network.pool_product)
    used = np.flatnonzero(network.link_share > 0)
    maker, pool = network.link_supplier[used], network.link_pool[used]
    slot, through = network.member_slot, network.member_pool
    bought = network.member_fraction * network.slot_need[slot]
    links = Links(
        supplier=np.concatenate([maker, activities + through]),
        customer=np.concatenate([activities + pool, network.slot_activity[slot]]),
        group=np.concatenate([np.zeros(len(used), dtype=np.int64), slot]),
        down_share=np.concatenate([network.link_share[used], network.criticality[slot] * network.member_fraction]),
        up_share=np.concatenate([network.link_value[used] / network.x0[maker], bought / network.pool_need[through]]),
    )
    output = np.concatenate([network.x0, np.zeros(pools)])
    return make_web(links, np.concatenate([_markets(network), np.full(pools, -1)]), size=output, weight=output)


def _markets(network: SupplyNetwork) -> Ints:
    """(A,) rivals: makers of one product; of a product that trades locally, those who sell most in the same country."""
    country = np.array(network.pool_country, dtype=object)[network.link_pool]
    sales = pd.DataFrame({"maker": network.link_supplier, "country": country, "value": network.link_value})
    totals = sales.groupby(["maker", "country"])["value"].sum().sort_values(kind="stable").reset_index()
    home = totals.groupby("maker")["country"].last().reindex(range(len(network.activities)), fill_value="")
    made = pd.Series(network.activity_product).astype(str) + "@" + home.to_numpy()
    number: Ints = pd.factorize(made)[0].astype(np.int64)
    return number
