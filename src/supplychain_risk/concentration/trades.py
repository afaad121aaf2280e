"""What is bought and needed in a network, by company and by place, as the levels of concentration count it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from supplychain_risk.concentration.ledger import REST, Bools, Floats, firm_of
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.network.pools import slot_links


def purchases(network: SupplyNetwork, wanted: Bools) -> pd.DataFrame:
    """Purchases of the wanted slots (S,), one row per link in use.

    Returns
    -------
    DataFrame
        slot, need (purchases of the slot), customer, seller (activities), buyer, holder (their companies), share, low,
        high (purchases over the link and their range; all in value a year), confidence, as_of.
    """
    links = slot_links(network)
    kept = (links.value > 0) & wanted[links.slot]
    slot, link, value = links.slot[kept], links.link[kept], links.value[kept]
    bought = network.member_fraction[links.member[kept]] * network.slot_need[slot]
    facts, firm = network.link_facts.iloc[link], firm_of(network)
    return pd.DataFrame(
        {
            "slot": slot,
            "need": network.slot_need[slot],
            "customer": network.slot_activity[slot],
            "seller": network.link_supplier[link],
            "buyer": firm[network.slot_activity[slot]],
            "holder": firm[network.link_supplier[link]],
            "share": value,
            "low": np.minimum(facts["low"].to_numpy() * bought, value),
            "high": np.maximum(facts["high"].to_numpy() * bought, value),
            "confidence": facts["confidence"].to_numpy(),
            "as_of": facts["as_of"].to_numpy(),
        }
    )


def final_sales(network: SupplyNetwork, product: int | None) -> pd.DataFrame:
    """Sales to buyers outside the network, by company: buyers nobody has named, of any share."""
    value = network.f0 * (True if product is None else network.activity_product == product)
    sold = pd.Series(value).groupby(firm_of(network)).sum()
    sold = sold[sold > 0]
    return pd.DataFrame(
        {"company": sold.index, "side": "sells", "holder": REST, "share": sold.to_numpy(), "low": 0.0, "high": np.inf}
    )


def strongest_dependence(network: SupplyNetwork, rows: pd.DataFrame) -> pd.DataFrame:
    """For each company the input and supplier with the largest criticality x share of the input.

    Parameters
    ----------
    rows : as from `purchases`.

    Returns
    -------
    DataFrame
        company, side ("buys"), dependence (share of the activity's output lost when that supplier stops, without
        stocks and substitutes), depends_on ("input from supplier for product").
    """
    named = rows[rows["holder"] != REST]
    pairs = named.groupby(["slot", "holder"], as_index=False).agg({"share": "sum", "need": "first", "buyer": "first"})
    slot = pairs["slot"].to_numpy()
    products = np.array(network.products, dtype=object)
    bought = products[network.slot_product[slot]]
    made = products[network.activity_product[network.slot_activity[slot]]]
    pairs = pairs.assign(
        dependence=network.criticality[slot] * pairs["share"] / pairs["need"],
        depends_on=bought + " from " + pairs["holder"] + " for " + made,
        side="buys",
    )
    pairs = pairs.sort_values(["dependence", "need"], ascending=False, kind="stable").drop_duplicates("buyer")
    return pairs.rename(columns={"buyer": "company"})[["company", "side", "dependence", "depends_on"]]


def needs_of_firms(network: SupplyNetwork) -> pd.Series[float]:
    """What each company needs of each product, by (product, company), as a part of the product's sales."""
    sales = np.bincount(network.activity_product, network.x0, minlength=len(network.products))
    part = pd.Series(network.slot_need / sales[network.slot_product])
    return part.groupby([network.slot_product, firm_of(network)[network.slot_activity]]).sum()


def needs_at(network: SupplyNetwork, parts: sparse.csr_array) -> Floats:
    """What plants in each place need of each product, (products, places), as a part of the product's sales.

    Final buyers are nowhere: nobody has said where they are.
    """
    sales = np.bincount(network.activity_product, network.x0, minlength=len(network.products))
    shape = (len(network.products), len(network.x0))
    need = network.slot_need / sales[network.slot_product]
    located: Floats = (
        sparse.csr_array((need, (network.slot_product, network.slot_activity)), shape=shape) @ parts
    ).toarray()
    return located
