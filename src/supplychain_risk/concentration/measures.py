"""How concentrated products, customers, companies and holdings are: one table, one row a market.

The index is the Herfindahl-Hirschman index of shares, 1/n for n equal holders, 1 for a single one; how unknown holders,
groups of producers and inexact shares are counted stands in `concentration.summary`, what a market is at each level in
`concentration.levels`.

Concentration says how few hold how much. It does not say what is lost when one of them stops: stocks, spare capacity
and substitutes are not in it (`propagate`, `simulate`).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import sparse

from supplychain_risk.concentration import levels
from supplychain_risk.concentration.ledger import Ledger, country_parts, producer_groups
from supplychain_risk.concentration.portfolio import exposures
from supplychain_risk.concentration.rules import thresholds_of
from supplychain_risk.concentration.summary import summarise, with_rules
from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.network.required import require_network

LEVELS = ("product", "customer", "company", "country", "site", "portfolio")

SUPPLIERS = {"hhi": "hhi", "share": "top_share", "country": "top_country_share", "n-1": "n_minus_1_cover"}
"""Rules for levels whose holders are companies, and the columns they judge."""

RULES_OF = {
    "product": SUPPLIERS,
    "customer": SUPPLIERS,
    "company": {"hhi": "hhi", "share": "top_share", "country": "top_country_share"},
    "country": {"hhi": "hhi", "country": "top_share", "n-1": "n_minus_1_cover"},
    "site": {"hhi": "hhi", "n-1": "n_minus_1_cover"},
    "portfolio": {"hhi": "hhi"},
}


def concentration(
    network: SupplyNetwork,
    by: str = "product",
    *,
    product: str | None = None,
    holdings: str | Mapping[str, float] | pd.Series[float] | None = None,
) -> pd.DataFrame:
    """Count how concentrated every market of a level is.

    Parameters
    ----------
    network : any network.
    by : the level:

        - "product": each product by company.
        - "country", "site": each product by the place it is made in; makers' shares x the parts of their capacity.
        - "customer": each input of each activity by supplying company, the customer's own plants included.
        - "company": each company twice, `side` "buys": all its purchases from others by supplier, "sells": its sales
          to others by customer; both by value.
        - "portfolio": what the companies of `holdings` buy, over all tiers, by company, product, country and site.
    product : only this product: its row, purchases of it, trade in it; not for "portfolio".
    holdings : for "portfolio": a company or weights of at least 0 by company, as in `lookthrough`.

    Returns
    -------
    DataFrame
        Most concentrated first. What the market is, then

        - hhi : sum of squared shares of named holders, 0..1; NaN if none is named.
        - hhi_low, hhi_high : range because holders are unknown: groups of producers split up; the rest held by as few
          as can be without being larger than the smallest named holder.
        - hhi_fact_low, hhi_fact_high : smallest and largest index with every share inside its range. By place and by
          company a share adds up several facts; its range is exact by itself, so that the index has room to spare.
        - effective_number : 1 / hhi. holders : number of named ones. unknown_share : the rest, 0..1.
        - top, top_share, top_low, top_high : largest named holder, its share and range.
        - top_country, top_country_share : country with the largest share of the holders' plants (not by place).
        - n_minus_1_cover : supply of all others at their highest output over the need, once the largest is gone;
          n_minus_1_net : the need without the largest holder's own. Not for sales.
        - hhi_margin_points, share_margin, country_margin, cover_margin : value minus the threshold of the data
          (`parameters.yaml`, concentration); above : which of them fire ("hhi share country n-1").
        - oldest, confidence, weakest : age of the oldest fact, confidence that half of the shares reach, and that of
          the weakest; "given" for a user's own tables.
        - by place also joint_hhi : index over company and place together, never above that of companies or of places.
        - by customer also kind, criticality, purchases (a year), captive_share (from the company itself).
        - by company also value (a year) and, for purchases, dependence and depends_on: the largest criticality x
          share that one supplier has in one input.
        - of a portfolio exposure (what a row counts), value, dependence, depends_on and path instead
          (`concentration.portfolio`), without cover, ranges of facts, age and confidence: a chain has many facts.

    Raises
    ------
    InputError : no such level; "country" of a network without places; holdings missing, short, or given for another
        level; a product given for holdings.
    UnknownNameError : no such product or company.

    Examples
    --------
    >>> import supplychain_risk as scr
    >>> net = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    >>> scr.concentration(net, product="euv_scanner")[["product", "hhi", "top", "above"]].to_dict("records")
    [{'product': 'euv_scanner', 'hhi': 1.0, 'top': 'asml', 'above': 'hhi share country n-1'}]
    """
    require_network(network)
    if by not in LEVELS:
        raise InputError(f"by: found '{by}', expected one of {', '.join(LEVELS)}")
    if (by == "portfolio") != (holdings is not None):
        found = "none" if holdings is None else f"some, and by '{by}'"
        raise InputError(f"holdings: found {found}, expected holdings together with by 'portfolio'")
    if by == "portfolio" and product is not None:
        raise InputError("product: found one together with by 'portfolio', expected none: chains run through all")
    if holdings is not None:
        return with_rules(_of_book(network, holdings), thresholds_of(network), RULES_OF[by])
    if product is not None and product not in network.products:
        raise UnknownNameError("product", product, network.products)
    position = None if product is None else network.products.index(product)
    if by == "country" and not country_parts(network)[0]:
        raise InputError(
            "by: found 'country', but no site of the network has a country; give them with from_tables(..., sites=...)"
        )
    ledger = _ledger(network, by, position)
    groups = producer_groups(network) if by not in {"country", "site"} else frozenset()
    table = ledger.keys.join(summarise(ledger, groups))
    if ledger.activities is not None:
        table = table.join(_countries(network, ledger.activities))
    table = with_rules(table, thresholds_of(network), RULES_OF[by])
    if product is not None and by in {"product", "country", "site"}:
        table = table[table["product"] == product]
    return _ranked(network, table)


def _of_book(network: SupplyNetwork, holdings: str | Mapping[str, float] | pd.Series[float]) -> pd.DataFrame:
    """Count a book, in the order company, product, country, site."""
    ledger = exposures(network, holdings)
    without = ["hhi_fact_low", "hhi_fact_high", "top_low", "top_high", "oldest", "confidence", "weakest"]
    table = ledger.keys.join(summarise(ledger, producer_groups(network)).drop(columns=without))
    return table.drop(columns=["n_minus_1_cover", "n_minus_1_net"])


def _ledger(network: SupplyNetwork, by: str, product: int | None) -> Ledger:
    if by == "product":
        return levels.makers(network)
    if by == "customer":
        return levels.customers(network, product)
    if by == "company":
        return levels.companies(network, product)
    return levels.places(network, site=by == "site")


def _countries(network: SupplyNetwork, held: sparse.csr_array) -> pd.DataFrame:
    """Country with the largest part of each market's plants; "" and NaN where no country is known."""
    codes, parts = country_parts(network)
    shares = (held @ parts).toarray()
    if not codes:
        return pd.DataFrame({"top_country": "", "top_country_share": np.nan}, index=range(held.shape[0]))
    first = shares.argmax(axis=1)
    largest = shares[np.arange(len(shares)), first]
    known = largest > 0
    return pd.DataFrame(
        {
            "top_country": np.where(known, np.array(codes, dtype=object)[first], ""),
            "top_country_share": np.where(known, largest, np.nan),
        }
    )


def _ranked(network: SupplyNetwork, table: pd.DataFrame) -> pd.DataFrame:
    """Largest index first; among equals the more critical input, the end of the chain, then the larger value."""
    order = pd.DataFrame({"hhi": table["hhi"].round(9), "second": 0.0}, index=table.index)
    if "criticality" in table:
        order["second"] = table["criticality"]
    elif "product" in table and "tier_order" in network.activity_table:
        tiers = network.activity_table.drop_duplicates("product").set_index("product")["tier_order"]
        order["second"] = table["product"].map(tiers)
    order["value"] = table[next(name for name in ("sales", "purchases", "value") if name in table)]
    ranked = order.sort_values(["hhi", "second", "value"], ascending=False, kind="stable").index
    return table.loc[ranked].reset_index(drop=True)
