"""How concentrated the supply behind a book of holdings is, all tiers up.

Exposures are those of `concentration.lookthrough` by value, without what is held itself: what the companies of the
book buy, and their suppliers, and so on. Their shares are counted like any market's. Every tier counts the value that
it passes on, so one firm that sits on many chains weighs in each; the effective number is the number of equal
exposures, an upper bound on independent chains.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from supplychain_risk.concentration.entry import read_weights
from supplychain_risk.concentration.ledger import REST, Ledger, gathered
from supplychain_risk.concentration.lookthrough import OUTSIDE, lookthrough
from supplychain_risk.errors import InputError
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.network.pools import NO_COUNTRY, is_remainder

KINDS_OF_HOLDER = ("company", "product", "country", "site")


def exposures(network: SupplyNetwork, holdings: str | Mapping[str, float] | pd.Series[float]) -> Ledger:
    """The book as four markets: its suppliers of all tiers by company, product, country and site.

    Returns
    -------
    Ledger
        keys: exposure (what a holder is), value (exposure per unit of the book), dependence (largest part of the book's
        sales that stops when one holder stops for good, without stocks), depends_on (that holder), path (the chain of
        most weight to it).

    Raises
    ------
    InputError : a short position, holdings that buy nothing, or as in `concentration.entry.enter`.
    """
    weights = read_weights(holdings)
    if short := [company for company, weight in weights.items() if weight < 0]:
        raise InputError(
            f"holdings: found short positions ({', '.join(short)}), expected weights of at least 0; "
            "count the long and the short side apart"
        )
    keys, pieces = [], []
    for market, kind in enumerate(KINDS_OF_HOLDER):
        table = lookthrough(network, weights, by=kind)
        table = table[table.index != OUTSIDE]
        bought = (table["additive"] - table["held"]).clip(lower=0.0)
        if not bought.sum() > 0:
            raise InputError("holdings: found companies that buy nothing in the network, expected some that do")
        share = bought / bought.sum()
        holders = [REST if _unnamed(str(name), kind) else str(name) for name in table.index]
        pieces.append(pd.DataFrame({"market": market, "holder": holders, "share": share, "low": share, "high": share}))
        keys.append({"exposure": kind, "value": bought.sum(), **_worst(table, held=kind == "company", unnamed=holders)})
    none = pd.DataFrame({"market": np.zeros(0, np.int64), "weight": np.zeros(0), "confidence": "", "as_of": ""})
    return Ledger(pd.DataFrame(keys), gathered(pd.concat(pieces, ignore_index=True)), evidence=none)


def _unnamed(name: str, kind: str) -> bool:
    if kind == "country":
        return name in NO_COUNTRY
    return kind == "company" and is_remainder(name.partition(":")[0])


def _worst(table: pd.DataFrame, *, held: bool, unnamed: list[str]) -> dict[str, object]:
    """The holder whose loss stops most of the book; by company one that is not held itself."""
    open_to = table[(np.array(unnamed, dtype=object) != REST) & ((table["held"] == 0) | (not held))]
    if open_to.empty:
        return {"dependence": np.nan, "depends_on": "", "path": ""}
    name = open_to["joint"].idxmax()
    worst = open_to.loc[name]
    return {"dependence": worst["joint"], "depends_on": name, "path": worst["path"]}
