"""A supply network as the web of the static cascade, and what the failure of a node takes from its activities."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import numpy as np
import pandas as pd

from supplychain_risk.errors import UnknownNameError
from supplychain_risk.kernels.cascade_numpy import Links, Web, make_web
from supplychain_risk.kernels.chain import Floats, Ints
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.network.pools import is_remainder

Node = Literal["activity", "company", "site", "country"]


class Failures(NamedTuple):
    """Nodes (D) that fail, and the share of each activity's capacity (D, A) that goes with them."""

    names: list[str]
    losses: Floats


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


def failures(network: SupplyNetwork, by: Node) -> Failures:
    """Each node of a kind fails wholly, alone: an activity, all of a company, the capacity at a site or in a country.

    Places take `site_dependence` x the share of capacity there. Companies that stand for unknown makers are no nodes.

    Raises
    ------
    UnknownNameError : no such kind of node.
    """
    if by not in get_args(Node):
        raise UnknownNameError("kind of node", by, get_args(Node))
    if by in ("site", "country"):
        labels = network.sites if by == "site" else network.site_table["country"]
        names, capacity = _indicator(labels)
        losses = (network.site_shares @ capacity * network.site_dependence[:, np.newaxis]).T
        return Failures(names, np.clip(losses, 0.0, 1.0))
    owner = np.array(network.companies, dtype=object)[network.activity_company]
    names, made = _indicator(network.activities if by == "activity" else owner)
    maker = owner if by == "activity" else names
    named = np.array([not is_remainder(company) for company in maker], dtype=np.bool_)
    return Failures([name for name, shown in zip(names, named, strict=True) if shown], made.T[named])


def _indicator(labels: object) -> tuple[list[str], Floats]:
    """Distinct labels in order, and (labels, distinct) 1 where they agree."""
    number, names = pd.factorize(np.asarray(labels, dtype=object))
    return [str(name) for name in names], np.eye(len(names))[number]
