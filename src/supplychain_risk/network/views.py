"""The network as tables and as a graph, for reading; nothing here is computed from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from supplychain_risk.errors import UnknownNameError
from supplychain_risk.network.network import KINDS, SupplyNetwork
from supplychain_risk.network.pools import slot_links

if TYPE_CHECKING:
    import networkx as nx


def trade_table(network: SupplyNetwork) -> pd.DataFrame:
    """All purchases, written out customer by customer; fallbacks left out.

    Returns
    -------
    DataFrame
        One row per (supplier, supplied product, customer, customer's product): supplier, product, customer,
        customer_product, kind, share (of the customer's need of the product for that purpose), low, high (of
        that share), value (a year, in the network's currency), source, confidence, basis.
    """
    rows = slot_links(network)
    bought = rows.value > 0
    slot, link, value = rows.slot[bought], rows.link[bought], rows.value[bought]
    fraction = network.member_fraction[rows.member[bought]]
    facts = network.link_facts.iloc[link]
    buyer, seller = network.slot_activity[slot], network.link_supplier[link]
    companies, products = np.array(network.companies, dtype=object), np.array(network.products, dtype=object)
    table = pd.DataFrame(
        {
            "supplier": companies[network.activity_company[seller]],
            "product": products[network.slot_product[slot]],
            "customer": companies[network.activity_company[buyer]],
            "customer_product": products[network.activity_product[buyer]],
            "kind": np.array(KINDS, dtype=object)[network.slot_kind[slot]],
            "share": value / network.slot_need[slot],
            "low": facts["low"].to_numpy(dtype=np.float64) * fraction,
            "high": facts["high"].to_numpy(dtype=np.float64) * fraction,
            "value": value,
            "source": facts["source"].to_numpy(),
            "confidence": facts["confidence"].to_numpy(),
            "basis": facts["basis"].to_numpy(),
        }
    )
    keys = ["supplier", "product", "customer", "customer_product"]
    how = dict.fromkeys(["share", "low", "high", "value"], "sum") | dict.fromkeys(
        ["kind", "source", "confidence", "basis"], "first"
    )
    together = table.groupby(keys, sort=False, as_index=False).agg(how)
    return together[table.columns.tolist()]


def suppliers(network: SupplyNetwork, company: str) -> pd.DataFrame:
    """Who sells what to a company, and how we know.

    Parameters
    ----------
    network : where to look.
    company : company id.

    Returns
    -------
    DataFrame
        supplier, product, customer (the company), customer_product, kind, share (of the need), low, high (of that
        share), value (a year, in `network.currency`), source, confidence, basis; largest value first.

    Raises
    ------
    UnknownNameError : no company of that id is in the network.
    """
    return _about(network, "customer", company)


def customers(network: SupplyNetwork, company: str) -> pd.DataFrame:
    """Who buys what from a company; columns as in `suppliers`, share is that of the customer's need.

    Raises
    ------
    UnknownNameError : no company of that id is in the network.
    """
    return _about(network, "supplier", company)


def _about(network: SupplyNetwork, side: str, company: str) -> pd.DataFrame:
    if company not in network.companies:
        raise UnknownNameError("company", company, network.companies)
    table = trade_table(network)
    table = table[table[side] == company].sort_values("value", ascending=False, kind="stable")
    return table.reset_index(drop=True)


def to_networkx(network: SupplyNetwork) -> nx.MultiDiGraph[str]:
    """A copy as a graph: nodes are activities, edges point the way goods flow.

    Node attributes: company, product, output, final_sales (value a year). Edge key: "use" or "fallback"; attributes:
    value (a year), share (of the customer's need), kind, criticality, buffer_days, fallback (share reachable).

    Returns
    -------
    networkx.MultiDiGraph
        Changing it does not change the network.
    """
    import networkx as nx

    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(digest=network.digest, currency=network.currency)
    for position, activity in enumerate(network.activities):
        graph.add_node(
            activity,
            company=network.companies[network.activity_company[position]],
            product=network.products[network.activity_product[position]],
            output=float(network.x0[position]),
            final_sales=float(network.f0[position]),
        )
    rows = slot_links(network)
    fallback = network.link_fallback[rows.link] * network.member_fraction[rows.member]
    for slot, link, value, spare in zip(
        rows.slot.tolist(), rows.link.tolist(), rows.value.tolist(), fallback.tolist(), strict=True
    ):
        if value > 0 or spare > 0:
            _add_edge(graph, network, (slot, link), value, spare)
    return graph


def _add_edge(
    graph: nx.MultiDiGraph[str], network: SupplyNetwork, ends: tuple[int, int], value: float, spare: float
) -> None:
    slot, link = ends
    supplier = network.activities[network.link_supplier[link]]
    customer = network.activities[network.slot_activity[slot]]
    key = "use" if value > 0 else "fallback"
    share = value / float(network.slot_need[slot])
    if graph.has_edge(supplier, customer, key):  # one slot may buy from one supplier in several countries
        known = graph.edges[supplier, customer, key]
        known["value"] += value
        known["share"] += share
        known["fallback"] += spare
        return
    graph.add_edge(
        supplier,
        customer,
        key,
        value=value,
        share=share,
        kind=KINDS[network.slot_kind[slot]],
        criticality=float(network.criticality[slot]),
        buffer_days=float(network.buffer_days[slot]),
        fallback=spare,
    )
