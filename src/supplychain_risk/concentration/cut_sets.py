"""Smallest sets of companies or activities without which an end product cannot be made."""

from __future__ import annotations

from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd

from supplychain_risk.concentration.essential import Essential, essential_part
from supplychain_risk.errors import UnknownNameError
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.network.network import Bools
from supplychain_risk.network.nodes import list_nodes
from supplychain_risk.network.required import require_network

By = Literal["company", "activity"]

PAIRS = 1 << 14
"""Pairs looked at together, to bound memory."""


def cut_sets(network: SupplyNetwork, end_product: str, *, by: By = "company") -> pd.DataFrame:
    """All minimal cut sets of one and of two members, exactly.

    A set is cut if, with its members gone for good, makers of at least `structural_share` of the end product's normal
    output cannot work: each lacks an essential input (AND) that none of its makers, in use or fallback, can still
    deliver (OR). It is minimal if no part of it is cut.

    Parameters
    ----------
    network : balanced baseline.
    end_product : the product that must go on.
    by : members are companies or activities; the unknown remainder "other" is none.

    Returns
    -------
    DataFrame
        size (1 or 2), first, second (ids; second is "" for one), lost_share (0..1 of the end product's output);
        single members first, then largest loss first.

    Raises
    ------
    UnknownNameError : the network has no such product, or `by` is neither.

    Examples
    --------
    >>> import supplychain_risk as scr
    >>> net = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    >>> cuts = scr.cut_sets(net, "ai_accelerator")
    >>> "asml" in set(cuts.loc[cuts["size"] == 1, "first"])
    True
    """
    part, names, removed = read_members(network, end_product, by)
    lost = part.lost_share(removed)
    single = part.fails(removed)
    rows = [(1, names[k], "", lost[k]) for k in np.flatnonzero(single)]
    others = np.flatnonzero(~single)
    pairs = np.array(list(combinations(others.tolist(), 2)), dtype=np.int64).reshape(-1, 2)
    for first in range(0, len(pairs), PAIRS):
        piece = pairs[first : first + PAIRS]
        lost = part.lost_share(removed[piece[:, 0]] | removed[piece[:, 1]])
        cut = np.flatnonzero(lost >= part.tolerance - 1e-12)
        rows += [(2, names[piece[k, 0]], names[piece[k, 1]], lost[k]) for k in cut]
    table = pd.DataFrame(rows, columns=["size", "first", "second", "lost_share"])
    return table.sort_values(["size", "lost_share"], ascending=[True, False], kind="stable", ignore_index=True)


def read_members(network: SupplyNetwork, end_product: str, by: By) -> tuple[Essential, tuple[str, ...], Bools]:
    """Members that touch what the end product needs, and the activities (D, A) that go with each."""
    require_network(network)
    if by not in ("company", "activity"):
        raise UnknownNameError("kind of member", by, ("company", "activity"))
    part = essential_part(network, end_product)
    nodes = list_nodes(network, [by])
    removed = nodes.loss.astype(np.bool_) & part.inside
    touching = np.flatnonzero(removed.any(axis=1))
    return part, tuple(nodes.node[k] for k in touching), removed[touching]
