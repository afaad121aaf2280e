"""Look-through: what a company or a book of holdings ultimately depends on, any number of tiers up.

Two views that answer different questions.

Value (`additive`): how much of one unit of the holdings' sales passes through a supplier, directly and indirectly::

    D_ij = z_ij / x_j          purchases of customer activity j from supplier activity i per sales of j
    e    = w + D w + D^2 w + ... = (I - D)^-1 w        (Leontief 1936, doi:10.2307/1927837)

Dependence: the part of the holdings' sales that stops if a supplier stops for good. Along the worst single chain
(`bottleneck`), and over all chains together (`joint`)::

    b_k = sum over held activities i of w_i  max over paths i <- ... <- k of product of chi_s m_s
    j_k = sum over held activities i of w_i l_i,   l_i = max(1 if i is in k,  max_s chi_s sum over suppliers j m_sj l_j)

with chi_s the criticality of the input s and m_s the part of that input that comes from the next supplier of the
path, at its end from the row: from the company, from plants in the country (each with its maker's dependence on its
plants), or, by product, from anybody. Inputs complement, suppliers of one input replace each other. b <= j: they are
equal on a tree, and j is larger where several suppliers of an input hang on the same firm further up, the diamond
that the chain alone does not show. j is the static cascade without stocks and without an upstream part.

What the numbers do not say. Capital goods stand at a year's purchases, which in a steady state is what wears out; the
data give no lives of equipment. A cloud that grows buys more in a year than it sells, so its additive exposures pass
1. They also pass it where chains meet, because every tier counts the value it passes on; nothing is capped.
Dependence is without stocks and without time; `propagate` has both.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import dijkstra
from scipy.sparse.linalg import splu

from supplychain_risk.concentration.chains import Chains, by_customer, supply_shares
from supplychain_risk.concentration.entry import enter, label_rows
from supplychain_risk.errors import InputError
from supplychain_risk.network import KINDS, SupplyNetwork
from supplychain_risk.network.required import require_network

Floats = NDArray[np.float64]

OUTSIDE = "outside the model"
"""Row of sales that no product of the network stands for."""
ROWS = ("company", "activity", "product", "country", "site")
PLACES = ("country", "site")


def lookthrough(
    network: SupplyNetwork,
    holdings: str | Mapping[str, float] | pd.Series[float],
    *,
    by: str = "company",
    tiers: int | None = None,
    kinds: Collection[str] = KINDS,
) -> pd.DataFrame:
    """Trace holdings to their suppliers of all tiers, by value and by dependence; equations in the module's text.

    Parameters
    ----------
    network : any network.
    holdings : a company id (weight 1) or weights by company id; negative = short. Nothing is normalised: exposures
        are in the unit of the weights and linear in them. How a company's weight is spread over its products, and
        what is outside: `concentration.entry`.
    by : what a row is: "company", "activity", "product", "country" or "site". Unknown makers are no one company:
        they have a row for each product, "other:helium".
    tiers : most links from a holding to a supplier; None = all.
    kinds : inputs to follow. "flow" alone shows what is felt within weeks; "capital" (tools, servers) and "service"
        are felt as wear and forgone growth, over years.

    Returns
    -------
    DataFrame
        Index = `by`, rows that can be reached, largest `joint` first, then "outside the model" if there is any:

        - held : weight held directly, tier 0.
        - additive : e, the direct weight included; sums to the same over any kind of rows.
        - bottleneck, joint : b and j; NaN for the outside, about which nothing is known.
        - tier : fewest links from a holding to the row, 0 = held itself.
        - path : the chain with the largest part in `bottleneck`, holding first: "a:chip < b:wafer"; "" where no input
          of any chain is critical.

    Raises
    ------
    UnknownNameError : a company is not in the data.
    InputError : `by`, `tiers`, `kinds` or a weight is illegal; or activities buy in a circle what they sell, so that
        the sum over tiers has no end.

    Examples
    --------
    >>> import supplychain_risk as scr
    >>> net = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    >>> scr.lookthrough(net, "nvidia").loc["trumpf", "path"]
    'nvidia:ai_accelerator < tsmc:leading_edge_wafer_5nm < asml:euv_scanner < trumpf:euv_drive_laser'
    """
    require_network(network)
    if by not in ROWS:
        raise InputError(f"by: found '{by}', expected one of {', '.join(ROWS)}")
    if tiers is not None and tiers < 0:
        raise InputError(f"tiers: found {tiers}, expected a number of links of at least 0, or None")
    if unknown := set(kinds) - set(KINDS):
        raise InputError(f"kinds: found {', '.join(sorted(unknown))}, expected some of {', '.join(KINDS)}")
    entry = enter(network, holdings)
    labels, capacity = _rows(network, by)
    supply = supply_shares(network, [KINDS.index(kind) for kind in kinds])
    loss = network.site_dependence if by in PLACES else np.ones(len(network.x0))
    chains = Chains.of(network, supply, sparse.csr_array(sparse.diags_array(loss) @ capacity))
    bottleneck, path = chains.strongest(entry.weights, tiers)
    distance = _links_away(network, supply, entry.weights)
    tier = _nearest(capacity, distance)
    table = pd.DataFrame(
        {
            "held": capacity.T @ entry.weights,
            "additive": capacity.T @ _additive(network, supply, entry.weights, tiers),
            "bottleneck": bottleneck,
            "joint": chains.joint(entry.weights, np.isfinite(distance), tiers),
            "tier": tier,
            "path": path,
        },
        index=pd.Index(labels, name=by),
    )
    table = table[np.isfinite(tier) & (tier <= (np.inf if tiers is None else tiers))]
    table = table.sort_values(["joint", "additive"], ascending=False, kind="stable")
    if entry.outside != 0:
        rest = {"held": entry.outside, "additive": entry.outside, "tier": 0.0, "path": ""}
        table = pd.concat([table, pd.DataFrame([rest], index=pd.Index([OUTSIDE], name=by))])
    return table.astype({"tier": np.int64})


def effective_chains(exposures: Floats | pd.Series[float]) -> float:
    """Number of equal exposures that would be as concentrated as these: 1 / sum of squares of e_k / sum of e.

    The effective number of Herfindahl's index on look-through exposures; suppliers that pass on one another's value
    count one by one, so it is an upper bound on independent chains.

    Parameters
    ----------
    exposures : >= 0, any unit, not all 0; for a book with short positions take the long and the short side apart.

    Raises
    ------
    InputError : an exposure is negative or not finite, or all are 0.

    Examples
    --------
    >>> effective_chains(np.array([0.5, 0.5, 0.0])), effective_chains(np.array([3.0]))
    (2.0, 1.0)
    """
    values = np.asarray(exposures, dtype=np.float64)
    if not np.isfinite(values).all() or (values < 0).any() or not values.any():
        raise InputError("exposures: expected finite numbers of at least 0, not all 0")
    shares = values / values.sum()
    return float(1.0 / (shares @ shares))


def _rows(network: SupplyNetwork, by: str) -> tuple[list[str], sparse.csr_array]:
    """Labels, and (A, rows) the part of each activity that belongs to each row."""
    if by == "site":
        return list(network.sites), network.site_shares
    if by == "country":
        labels, code = np.unique(network.site_table["country"].to_numpy(dtype=str), return_inverse=True)
        inside = sparse.csr_array((np.ones(len(code)), (np.arange(len(code)), code)))
        return labels.tolist(), sparse.csr_array(network.site_shares @ inside)
    products = [network.products[position] for position in network.activity_product]
    names = {"company": label_rows(network), "activity": list(network.activities), "product": products}[by]
    known, code = np.unique(np.array(names), return_inverse=True)
    return known.tolist(), sparse.csr_array((np.ones(len(code)), (np.arange(len(code)), code)))


def _additive(network: SupplyNetwork, supply: sparse.csr_array, weights: Floats, tiers: int | None) -> Floats:
    """(A,) e."""
    bought = sparse.csc_array(by_customer(network, supply, network.input_coefficient).T)
    if tiers is None:
        return _all_tiers(bought, weights)
    passed, total = weights, weights.copy()
    for _ in range(tiers):
        passed = bought @ passed
        total += passed
    return total


def _all_tiers(bought: sparse.csc_array, weights: Floats) -> Floats:
    """Solve (I - D) e = w; the sum over tiers ends iff (I - D) y = 1 has y > 0 (Hawkins & Simon 1949)."""
    message = "look-through: activities buy from each other in a circle at least what they sell, so the sum over all "
    message += "tiers has no end; give `tiers`, or correct the values of those links"
    try:
        factors = splu(sparse.csc_array(sparse.eye_array(len(weights)) - bought))
    except RuntimeError as error:  # SuperLU: exactly singular
        raise InputError(message) from error
    if not (factors.solve(np.ones(len(weights))) > 0).all():
        raise InputError(message)
    return factors.solve(weights)


def _links_away(network: SupplyNetwork, supply: sparse.csr_array, weights: Floats) -> Floats:
    """(A,) fewest links from a held activity; inf where none leads."""
    held = np.flatnonzero(weights)
    if not len(held):
        return np.full(len(weights), np.inf)
    links = sparse.csr_array(by_customer(network, supply, np.ones(len(network.slot_need))))
    return np.asarray(dijkstra(links, indices=held, unweighted=True, min_only=True))


def _nearest(capacity: sparse.csr_array, distance: Floats) -> Floats:
    """(rows,) smallest distance of an activity that has capacity in the row."""
    belongs = sparse.coo_array(capacity)
    used = belongs.data > 0
    tier = np.full(capacity.shape[1], np.inf)
    np.minimum.at(tier, belongs.col[used], distance[belongs.row[used]])
    return tier
