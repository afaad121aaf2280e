"""Sub-tier overlap: whether the suppliers' suppliers turn out to be the same firms.

Wang, Li, Wu & Anupindi (Management Science, doi:10.1287/mnsc.2020.3645) call it the diamond shape: two tier-1
suppliers look like a second source and share one tier-2 supplier. Two measures: the part of tier 2 that serves two or
more of tier 1, and how alike the tier-1 suppliers' purchases are. The formulas are a reading of the paper's terms.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from supplychain_risk.concentration.chains import by_customer, supply_shares
from supplychain_risk.concentration.entry import enter
from supplychain_risk.errors import InputError
from supplychain_risk.network import KINDS, SupplyNetwork
from supplychain_risk.network.pools import is_remainder


def diamond_ratio(purchases: ArrayLike) -> float:
    """Part of the tier-2 suppliers that serve two or more of the tier-1 suppliers; NaN without tier 2.

    ``#{k : at least two i with V_ik > 0} / #{k : any V_ik > 0}``

    Parameters
    ----------
    purchases : (tier 1, tier 2) >= 0, what each tier-1 supplier buys from each tier-2 supplier, any unit.

    Examples
    --------
    >>> diamond_ratio([[1, 1, 0], [0, 1, 1], [0, 1, 0]])  # x, y, z serve A, ABC, B
    0.3333333333333333
    """
    served = (_checked(purchases) > 0).sum(axis=0)
    return float(np.mean(served[served > 0] > 1)) if served.any() else np.nan


def cosine_commonality(purchases: ArrayLike) -> float:
    """Mean cosine between the purchases of all pairs of tier-1 suppliers; NaN with fewer than two that buy.

    Parameters
    ----------
    purchases : (tier 1, tier 2) >= 0; zeros and ones compare who the suppliers are, values how much is bought.

    Examples
    --------
    >>> round(cosine_commonality([[1, 1, 0], [0, 1, 1], [0, 1, 0]]), 6)  # (1/2 + 2 / sqrt 2) / 3
    0.638071
    """
    values = _checked(purchases)
    length = np.linalg.norm(values, axis=1)
    units = values[length > 0] / length[length > 0, None]
    count = len(units)
    if count < 2:
        return np.nan
    return float((np.square(units.sum(axis=0)).sum() - count) / (count * (count - 1)))


def second_tier(network: SupplyNetwork, holdings: str | Mapping[str, float] | pd.Series[float]) -> pd.DataFrame:
    """What the direct suppliers of a company or book buy for what they sell to it, and from whom.

    Only named companies; what a company makes for itself is left out. A supplier's purchases are those of its
    activities that sell to the holdings, all of them, whoever else these also serve.

    Returns
    -------
    DataFrame
        Index = tier-1 suppliers, columns = tier-2 suppliers, purchases a year in the network's currency.

    Raises
    ------
    UnknownNameError : a company is not in the data.
    """
    held = enter(network, holdings).weights != 0
    bought = by_customer(network, supply_shares(network, range(len(KINDS))), network.slot_need)
    owner = np.array(network.companies, dtype=object)[network.activity_company]
    named = np.array([not is_remainder(company) for company in owner])
    outside = named & ~np.isin(owner, owner[held])
    direct = outside & (bought[held].sum(axis=0) > 0)
    trade = bought[direct][:, outside].tocoo()
    table = pd.DataFrame({"tier1": owner[direct][trade.row], "tier2": owner[outside][trade.col], "value": trade.data})
    table = table[table["tier1"] != table["tier2"]]
    wide = table.pivot_table(index="tier1", columns="tier2", values="value", aggfunc="sum", fill_value=0.0)
    return wide.reindex(sorted(set(owner[direct])), fill_value=0.0).rename_axis(index="tier1", columns="tier2")


def _checked(purchases: ArrayLike) -> NDArray[np.float64]:
    values = np.asarray(purchases, dtype=np.float64)
    if values.ndim != 2 or not np.isfinite(values).all() or (values < 0).any():
        raise InputError("purchases: expected a table (tier 1, tier 2) of finite numbers of at least 0")
    return values
