"""Firm networks to measure on: heavy-tailed degrees, log-normal sales, half the sectors make goods.

Numbers of partners follow a Pareto law of exponent `TAIL` on both sides, independently; sales over a link are
log-normal. A goods maker cannot do without the goods it buys, every other input is non-essential: the convention of
Diem et al. (2022, doi:10.1038/s41598-022-11522-z). A sector's firms are each other's rivals. Firms sell
`FINAL_SHARE` of their sales outside the network. Real networks differ: sectors buy from few sectors, and large firms
trade with large firms. The figures say how fast the code is, not how risky an economy is.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

TAIL = 1.5
SPREAD = 1.5
"""Standard deviation of the logarithm of sales over a link."""
FINAL_SHARE = 0.3


class FirmTables(NamedTuple):
    """The three tables that `supplychain_risk.esri` takes."""

    links: pd.DataFrame
    firms: pd.DataFrame
    essentiality: pd.DataFrame


def make_firms(firms: int, links: int, sectors: int, *, seed: int = 1) -> FirmTables:
    """A network of that many firms, links and sectors; the same for the same arguments."""
    rng = np.random.default_rng(seed)
    supplier, customer = _pairs(rng, firms, links)
    weight = rng.lognormal(0.0, SPREAD, links)
    sector = rng.integers(0, sectors, firms)
    sales = np.bincount(supplier, weight, minlength=firms)
    goods = np.arange(sectors) < sectors // 2
    return FirmTables(
        pd.DataFrame({"supplier": supplier, "customer": customer, "weight": weight}),
        pd.DataFrame(
            {"firm": np.arange(firms), "sector": sector, "market": sector, "revenue": sales / (1 - FINAL_SHARE)}
        ),
        pd.DataFrame(np.where(goods[:, None] & goods, 2, 1)),
    )


def _pairs(rng: np.random.Generator, firms: int, links: int) -> tuple[np.ndarray, np.ndarray]:
    """Distinct pairs of different firms, drawn by Pareto propensities to sell and to buy."""
    chance = rng.pareto(TAIL, (2, firms)) + 1
    chance /= chance.sum(axis=1, keepdims=True)
    pairs = np.zeros(0, dtype=np.int64)
    while len(pairs) < links:
        supplier, customer = (rng.choice(firms, links, p=p) for p in chance)
        drawn = (supplier * firms + customer)[supplier != customer]
        pairs = np.concatenate([pairs, drawn])
        pairs = pairs[np.sort(np.unique(pairs, return_index=True)[1])]
    return pairs[:links] // firms, pairs[:links] % firms
