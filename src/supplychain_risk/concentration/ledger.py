"""A ledger of markets: who holds which share of what, how exactly that is known, by whom and from when.

Every level of concentration (the makers of a product, its countries, the suppliers of a customer, ...) is such a
ledger, so that all are counted by the same rules (`concentration.summary`). This module holds the form, and what
several levels read from a network: ranges of market shares, places, and who is one firm.

Ranges. A share is that of the balanced network. Its range is that of the fact behind it, widened to the balanced
share where that lies outside, so that a range always contains its share. A rest of unknown makers that no fact speaks
about may be anything between 0 and 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from supplychain_risk.dataset.schema import Dataset, Make, Others
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.network.pools import NO_COUNTRY, is_remainder

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

REST = "other"
"""Holder that stands for all holders nobody has named."""

GIVEN = "given"
"""Confidence of shares that a user's own tables give."""


@dataclass(frozen=True, eq=False)
class Ledger:
    """Shares of M markets.

    Attributes
    ----------
    keys : M rows that say what each market is.
    entries : one row per market and holder, see `gathered`.
    evidence : one row per fact behind a market: market, weight, confidence, as_of.
    activities : (M, A) parts that the network's activities hold of each market, by which its countries are counted;
        None where the holders are places.
    """

    keys: pd.DataFrame
    entries: pd.DataFrame
    evidence: pd.DataFrame
    activities: sparse.csr_array | None = None


def gathered(rows: pd.DataFrame) -> pd.DataFrame:
    """Entries of a ledger from rows that name a market and a holder once or more.

    Parameters
    ----------
    rows : market (number), holder, share, low, high, and where known supply (what the holder can deliver, as a part
        of the market's need) and own_need (what the holder needs itself, likewise).

    Returns
    -------
    DataFrame
        market, holder, share, low, high, supply, own_need; low <= share <= high <= 1, largest share of a market first.
        What is not known of supply and own_need is NaN.
    """
    rows = rows.reindex(columns=["market", "holder", "share", "low", "high", "supply", "own_need"])
    entries = rows.groupby(["market", "holder"], as_index=False, sort=False).sum(min_count=1)
    entries["low"] = np.minimum(entries["low"], entries["share"])
    entries["high"] = np.clip(entries["high"], entries["share"], np.maximum(entries["share"], 1.0))
    return entries.sort_values(["market", "share"], ascending=[True, False], kind="stable", ignore_index=True)


def firm_of(network: SupplyNetwork) -> NDArray[np.object_]:
    """(A,) the company behind each activity, `REST` for unknown makers of any country."""
    firms = np.array([REST if is_remainder(name) else name for name in network.companies], dtype=object)
    named: NDArray[np.object_] = firms[network.activity_company]
    return named


def producer_groups(network: SupplyNetwork) -> frozenset[str]:
    """Companies that are groups of producers, not one firm."""
    companies = network.dataset.companies if network.dataset is not None else {}
    return frozenset(name for name, record in companies.items() if record.group)


def country_parts(network: SupplyNetwork) -> tuple[list[str], sparse.csr_array]:
    """Country codes, and (A, C) the part of each activity's capacity in each; sites of no single country left out."""
    places = network.site_table["country"].to_numpy(dtype=object)
    codes = sorted(set(places) - NO_COUNTRY)
    inside = np.array([[place == code for code in codes] for place in places], dtype=np.float64)
    return codes, sparse.csr_array(network.site_shares @ sparse.csr_array(inside.reshape(len(places), len(codes))))


def market_shares(network: SupplyNetwork) -> pd.DataFrame:
    """Share of each activity in the sales of its product, and what is known about it.

    Returns
    -------
    DataFrame
        (A rows) activity, market (position of its product), share, low, high, confidence, as_of.
    """
    product = network.activity_product
    share = network.x0 / np.bincount(product, network.x0, minlength=len(network.products))[product]
    table = pd.DataFrame(
        {"activity": range(len(share)), "market": product, "share": share, "low": share, "high": share}
    )
    if network.dataset is None:
        return table.assign(confidence=GIVEN, as_of="")
    facts = [None if record is None else record.share for record in _records(network, network.dataset)]
    return table.assign(
        low=[0.0 if fact is None else fact.low for fact in facts],
        high=[1.0 if fact is None else fact.high for fact in facts],
        confidence=["" if fact is None else fact.confidence for fact in facts],
        as_of=["" if fact is None else fact.as_of for fact in facts],
    )


def site_splits(network: SupplyNetwork) -> pd.DataFrame:
    """How exactly each activity's sites are known: (A rows) half_width (relative), confidence, as_of."""
    if network.dataset is None:
        return pd.DataFrame({"half_width": 0.0, "confidence": GIVEN, "as_of": ""}, index=range(len(network.x0)))
    widths = network.dataset.parameters.half_widths
    splits = [None if record is None else record.sites for record in _records(network, network.dataset)]
    return pd.DataFrame(
        {
            "half_width": [0.0 if split is None else widths[split.confidence] for split in splits],
            "confidence": ["" if split is None else split.confidence for split in splits],
            "as_of": ["" if split is None else split.as_of for split in splits],
        }
    )


def _records(network: SupplyNetwork, dataset: Dataset) -> list[Make | Others | None]:
    """What the data say about each activity; None for remainders that only the balance needs."""
    found: list[Make | Others | None] = []
    for company, product in zip(network.activity_company, network.activity_product, strict=True):
        name, good = network.companies[company], network.products[product]
        if name in dataset.companies:
            found.append(dataset.companies[name].makes[good])
        else:
            found.append(dataset.products[good].others if name == REST else None)
    return found
