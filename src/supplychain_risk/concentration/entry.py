"""Where holdings enter the network: a company's weight over the products it sells.

A holding of weight w in a company stands for w of its sales. Where the data say which part of revenue each product
brings, w is spread by those parts and what they leave of revenue is outside the model; where they do not, by the
activities' sales to others in the network, and nothing is outside. Either way a product that a company only makes for
itself (captive) is no entry: it is reached through the products that use it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.network.pools import is_remainder

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Entry:
    """Holdings laid over the activities (A) of a network.

    Attributes
    ----------
    weights : (A,) holding's weight x the activity's part of the company's sales.
    outside : weight on sales of products that are not in the network.
    by_sales : companies without known revenue shares, spread by their sales in the network.
    """

    weights: Floats
    outside: float
    by_sales: tuple[str, ...]


def enter(network: SupplyNetwork, holdings: str | Mapping[str, float] | pd.Series[float]) -> Entry:
    """Spread holdings over the activities that their companies sell from.

    Parameters
    ----------
    network : any network.
    holdings : a company id, which stands for weight 1, or weights by company id; negative = short. They need not sum
        to 1: nothing is normalised.

    Raises
    ------
    UnknownNameError : a company is neither in the network nor in its dataset.
    InputError : no holdings, a company twice, a weight that is no finite number, or weights that are all 0.
    """
    weights = np.zeros(len(network.activities))
    outside, by_sales = 0.0, []
    for company, weight in read_weights(holdings).items():
        activities, parts, known = _parts(network, company)
        weights[activities] += weight * parts
        outside += weight * max(0.0, 1.0 - float(parts.sum()))
        if not known:
            by_sales.append(company)
    return Entry(weights, outside, tuple(by_sales))


def read_weights(holdings: str | Mapping[str, float] | pd.Series[float]) -> dict[str, float]:
    """Weights by company.

    Raises
    ------
    InputError : as in `enter`.
    """
    if isinstance(holdings, str):
        return {holdings: 1.0}
    pairs = list(holdings.items())
    try:
        weights = {str(company): float(weight) for company, weight in pairs}
    except (TypeError, ValueError) as error:
        raise InputError(f"holdings: found a weight that is no number ({error}), expected finite numbers") from None
    if len(weights) < len(pairs):
        raise InputError("holdings: a company stands there twice, expected each once")
    for company, weight in weights.items():
        if not np.isfinite(weight):
            raise InputError(f"holdings: found a weight of {weight} for '{company}', expected a finite number")
    if not any(weights.values()):
        raise InputError("holdings: found no weight other than 0, expected at least one")
    return weights


def _parts(network: SupplyNetwork, company: str) -> tuple[Ints, Floats, bool]:
    """Activities of a company, their parts of its sales, and whether those are facts."""
    records = {} if network.dataset is None else network.dataset.companies
    if company not in network.companies and company not in records:
        raise UnknownNameError("company", company, dict.fromkeys([*network.companies, *records]))
    makes = records[company].makes if company in records else {}
    revenue = {
        f"{company}:{product}": make.revenue_share.value for product, make in makes.items() if make.revenue_share
    }
    if revenue or company not in network.companies:
        activities = [name for name in revenue if name in network.activities]
        positions = np.array([network.activity_index(name) for name in activities], dtype=np.int64)
        return positions, np.array([revenue[name] for name in activities], dtype=np.float64), True
    positions = np.flatnonzero(network.activity_company == network.companies.index(company)).astype(np.int64)
    sales = _outward_sales(network)[positions]
    return positions, sales / sales.sum(), False


def _outward_sales(network: SupplyNetwork) -> Floats:
    """(A,) output less what goes to the same company; whole output where a company sells to nobody else."""
    captive = np.bincount(
        network.link_supplier, network.link_value * network.captive_links, minlength=len(network.activities)
    )
    outward = np.maximum(network.x0 - captive, 0.0)
    sold = np.bincount(network.activity_company, outward, minlength=len(network.companies))
    return np.where(sold[network.activity_company] > 0, outward, network.x0)


def label_rows(network: SupplyNetwork) -> list[str]:
    """Company of each activity; the unknown makers of a product stay apart under their activity's id."""
    owners = [network.companies[position] for position in network.activity_company]
    return [
        activity if is_remainder(owner) else owner for activity, owner in zip(network.activities, owners, strict=True)
    ]
