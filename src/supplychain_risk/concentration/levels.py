"""The levels at which concentration is counted, each as a ledger of a network: products, places, customers, companies.

- Product by company: shares of the balanced output of the product.
- Product by country or by site: s_c = sum over makers f of s_f a_fc, with a_fc the part of f's capacity in place c;
  the joint index adds (s_f a_fc)^2 over company and country, and is never above either of the two.
- Customer by supplier: every input of every activity by itself, because inputs do not replace each other.
- Company: all that it buys from others by value, and all that it sells to others by value.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from supplychain_risk.concentration.ledger import (
    REST,
    Bools,
    Floats,
    Ints,
    Ledger,
    country_parts,
    firm_of,
    gathered,
    market_shares,
    site_splits,
)
from supplychain_risk.concentration.trades import final_sales, needs_at, needs_of_firms, purchases, strongest_dependence
from supplychain_risk.kernels.share_bounds import place_of_ranges
from supplychain_risk.network import KINDS, SupplyNetwork

NEGLIGIBLE = 1e-12
"""A place with less of a product has none of it: what adding up leaves."""


def makers(network: SupplyNetwork) -> Ledger:
    """Every product by company."""
    firm = firm_of(network)
    shares = market_shares(network)
    rows = shares.assign(holder=firm, supply=shares["share"] * network.alpha_max)
    entries = gathered(rows)
    buyers = pd.MultiIndex.from_frame(entries[["market", "holder"]])
    entries["own_need"] = needs_of_firms(network).reindex(buyers, fill_value=0.0).to_numpy()
    held = _held(shares, len(network.products), len(network.x0))
    return Ledger(_products(network), entries, _evidence(shares[firm != REST]), held)


def places(network: SupplyNetwork, *, site: bool = False) -> Ledger:
    """Every product by country, or by site; what is made in no known country is the rest."""
    names, parts = (list(network.sites), network.site_shares) if site else country_parts(network)
    shares, splits = market_shares(network), site_splits(network)
    placed = pd.concat(
        [
            _placed(made, splits, parts, network.alpha_max).assign(market=product)
            for product, made in shares.groupby("market")
        ],
        ignore_index=True,
    )
    needs = np.column_stack([needs_at(network, parts), np.zeros(len(network.products))])
    holder = np.array([*names, REST], dtype=object)[placed["place"]]
    placed = placed.assign(holder=holder, own_need=needs[placed["market"], placed["place"]])
    named = np.where(firm_of(network) == REST, 0.0, shares["share"])
    joint = np.bincount(shares["market"], named**2 * parts.power(2).sum(axis=1), minlength=len(network.products))
    located = shares.assign(confidence=splits["confidence"], as_of=splits["as_of"])
    evidence = pd.concat([_evidence(shares), _evidence(located)], ignore_index=True)
    return Ledger(_products(network).assign(joint_hhi=joint), gathered(placed[placed["share"] > NEGLIGIBLE]), evidence)


def customers(network: SupplyNetwork, product: int | None = None) -> Ledger:
    """Every input of every activity by supplying company; only inputs of one product, if that is given."""
    wanted = _bought(network, product)
    slots, rows = np.flatnonzero(wanted), purchases(network, wanted)
    rows[["share", "low", "high"]] = rows[["share", "low", "high"]].div(rows["need"], axis=0)
    rows = rows.assign(
        market=np.searchsorted(slots, rows["slot"]),
        activity=rows["seller"],
        supply=rows["share"] * network.alpha_max[rows["seller"]],
    )
    activity = network.slot_activity[slots]
    names, goods = np.array(network.companies, dtype=object), np.array(network.products, dtype=object)
    own = rows["share"].where((rows["holder"] == rows["buyer"]) & (rows["holder"] != REST), 0.0)
    keys = pd.DataFrame(
        {
            "customer": names[network.activity_company[activity]],
            "customer_product": goods[network.activity_product[activity]],
            "product": goods[network.slot_product[slots]],
            "kind": np.array(KINDS, dtype=object)[network.slot_kind[slots]],
            "criticality": network.criticality[slots],
            "purchases": network.slot_need[slots],
            "captive_share": np.bincount(rows["market"], own, minlength=len(slots)),
        }
    )
    held = _held(rows, len(slots), len(network.x0))
    return Ledger(keys, gathered(rows), _evidence(rows[rows["holder"] != REST]), held)


def companies(network: SupplyNetwork, product: int | None = None) -> Ledger:
    """Every named company: what it buys from others by supplier, and what it sells to others by customer.

    Sales to buyers outside the network are an unknown rest; a company that does not buy, or not sell, has one row.
    """
    trades = purchases(network, _bought(network, product))
    trades = trades[(trades["holder"] != trades["buyer"]) | (trades["holder"] == REST)]
    supply = trades["share"] * network.alpha_max[trades["seller"]]
    bought = trades.assign(company=trades["buyer"], side="buys", activity=trades["seller"], supply=supply)
    sold = trades.assign(company=trades["holder"], side="sells", activity=trades["customer"], holder=trades["buyer"])
    rows = pd.concat([bought, sold, final_sales(network, product)], ignore_index=True)
    rows = rows[rows["company"] != REST]
    keys, market = _numbered(rows)
    values = ["share", "low", "high", "supply"]
    rows[values] = rows[values].div(keys["value"].to_numpy()[market], axis=0)
    rows = rows.assign(market=market)
    inside = rows[rows["activity"].notna()].astype({"activity": np.int64})
    keys = keys.merge(strongest_dependence(network, trades), how="left", on=["company", "side"])
    held = _held(inside, len(keys), len(network.x0))
    return Ledger(keys, gathered(rows), _evidence(inside[inside["holder"] != REST]), held)


def _bought(network: SupplyNetwork, product: int | None) -> Bools:
    """(S,) slots whose purchases count."""
    every: Bools = np.ones(len(network.slot_need), dtype=np.bool_)
    return every if product is None else network.slot_product == product


def _products(network: SupplyNetwork) -> pd.DataFrame:
    sales = np.bincount(network.activity_product, network.x0, minlength=len(network.products))
    return pd.DataFrame({"product": network.products, "sales": sales})


def _placed(shares: pd.DataFrame, splits: pd.DataFrame, parts: sparse.csr_array, alpha_max: Floats) -> pd.DataFrame:
    """Share of every place, and last of nowhere, in a product whose makers are the rows of `shares`."""
    makers = shares.index.to_numpy()
    width = splits["half_width"].to_numpy()[makers, None]
    place = np.unique(parts[makers].indices)
    part: Floats = parts[makers][:, place].toarray()
    inside: Floats = np.column_stack([part, np.clip(1 - part.sum(axis=1), 0.0, 1.0)])
    least = np.clip(np.maximum(inside * (1 - width), 1 - (1 - inside) * (1 + width)), 0.0, inside)
    most = np.clip(np.minimum(inside * (1 + width), 1 - (1 - inside) * (1 - width)), inside, 1.0)
    share = shares["share"].to_numpy()
    low, high = np.minimum(shares["low"].to_numpy(), share), np.maximum(shares["high"].to_numpy(), share)
    reach = place_of_ranges(low, high, least.T, most.T)
    return pd.DataFrame(
        {
            "share": share @ inside,
            "low": reach.low,
            "high": reach.high,
            "supply": (share * alpha_max[makers]) @ inside,
            "place": np.append(place, parts.shape[1]),
        }
    )


def _numbered(rows: pd.DataFrame) -> tuple[pd.DataFrame, Ints]:
    """Companies and sides, each once, with value a year; and the number of each row's."""
    keys = rows.groupby(["company", "side"], as_index=False)[["share"]].sum().rename(columns={"share": "value"})
    number = pd.MultiIndex.from_frame(keys[["company", "side"]])
    return keys, number.get_indexer(pd.MultiIndex.from_frame(rows[["company", "side"]])).astype(np.int64)


def _evidence(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.rename(columns={"share": "weight"})[["market", "weight", "confidence", "as_of"]]


def _held(rows: pd.DataFrame, markets: int, activities: int) -> sparse.csr_array:
    """(markets, activities) shares; rows name a market and an activity, some more than once."""
    places = (rows["market"].to_numpy(), rows["activity"].to_numpy())
    return sparse.csr_array(sparse.coo_array((rows["share"].to_numpy(), places), shape=(markets, activities)))
