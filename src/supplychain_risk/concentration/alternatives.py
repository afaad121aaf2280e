"""Who else could: the product a node matters most for, its share of it, and who makes it besides."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from supplychain_risk.network import SupplyNetwork
from supplychain_risk.network.network import Bools, Floats, Ints
from supplychain_risk.network.nodes import Nodes
from supplychain_risk.network.pools import is_remainder


class Main(NamedTuple):
    """(D,) the product of which a node takes the largest share of the world's output with it; -1 = none; the share."""

    product: Ints
    share: Floats


def main_product(network: SupplyNetwork, nodes: Nodes, inside: Bools) -> Main:
    """Among the products made by activities `inside`: largest share of normal output that stops with each node."""
    world = np.bincount(network.activity_product, network.x0, len(network.products))
    counted = np.flatnonzero(inside)
    of_product = np.zeros((len(counted), len(network.products)))
    product = network.activity_product[counted]
    of_product[np.arange(len(counted)), product] = network.x0[counted] / world[product]
    share = nodes.loss[:, counted] @ of_product
    best = share.argmax(axis=1)
    largest = np.minimum(share[np.arange(len(share)), best], 1.0)  # sums of shares end within rounding of 1
    return Main(np.where(largest > 0, best, -1).astype(np.int64), largest)


def count_alternatives(network: SupplyNetwork, nodes: Nodes, main: Main) -> pd.DataFrame:
    """Count who makes a node's main product besides it.

    Returns
    -------
    DataFrame
        One row per node. alternatives: for companies and activities the other named makers in use at the node's own
        customers, for sites and countries the other places that make the product. fallbacks: named makers whom some of
        these customers do not use but could qualify, requalify_days: days for the quickest, inf if there is none; both
        are missing for places. All are missing for nodes without a main product.
    """
    named = np.array([not is_remainder(company) for company in network.companies])[network.activity_company]
    rows = [
        _of_place(network, kind, product)
        if kind in ("site", "country")
        else _of_maker(network, (nodes.loss[k] > 0) & (network.activity_product == product), named)
        for k, (kind, product) in enumerate(zip(nodes.kind, main.product, strict=True))
    ]
    table = pd.DataFrame(rows, columns=["alternatives", "fallbacks", "requalify_days"])
    table[main.product < 0] = np.nan
    return table.astype({"alternatives": "Int64", "fallbacks": "Int64"})


def _of_maker(network: SupplyNetwork, own: Bools, named: Bools) -> tuple[float, float, float]:
    """Other makers at the pools that buy from the node."""
    pools = np.zeros(len(network.pool_product), dtype=np.bool_)
    pools[network.link_pool[own[network.link_supplier] & (network.link_share > 0)]] = True
    rival = pools[network.link_pool] & (named & ~own)[network.link_supplier]
    used, fallback = rival & (network.link_share > 0), rival & (network.link_fallback > 0)
    counts = (float(len(np.unique(network.link_supplier[links]))) for links in (used, fallback))
    return next(counts), next(counts), float(network.link_reorder_days[fallback].min(initial=np.inf))


def _of_place(network: SupplyNetwork, kind: str, product: int) -> tuple[float, float, float]:
    """Other places with capacity."""
    made = network.site_shares[network.activity_product == product].sum(axis=0) > 0
    places = made.sum() if kind == "site" else network.site_table["country"][made].nunique()
    return float(places - 1), np.nan, np.nan
