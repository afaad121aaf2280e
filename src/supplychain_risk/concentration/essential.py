"""The network as AND/OR graph: what an end product cannot do without, whoever else delivers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from supplychain_risk.dataset.facts import Fact
from supplychain_risk.dataset.load import load_dataset
from supplychain_risk.kernels.and_or import AndOr, working
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.network.network import Bools, Floats
from supplychain_risk.network.pools import slot_links
from supplychain_risk.propagation.upstream import end_makers, upstream

AT_ONCE = 1 << 14
"""Removed sets looked at together, to bound memory."""


def thresholds(network: SupplyNetwork) -> dict[str, Fact]:
    """Thresholds by name, from the parameters that the network was built with, or the packaged ones."""
    parameters = network.parameters or load_dataset().parameters
    own = parameters.chokepoints
    names = [name for name in type(own).model_fields if name != "provenance"]
    return {"country_share": parameters.concentration.country_share} | {name: getattr(own, name) for name in names}


class Essential(NamedTuple):
    """An end product and what it cannot do without.

    Attributes
    ----------
    graph : AND/OR graph of all activities, essential inputs only.
    weight : (A,) share of the end product's normal output by maker; 0 for all others.
    inside : (A,) makers of the end product and everybody upstream of them through essential inputs.
    tolerance : share of output from which a loss counts as all of it.
    """

    graph: AndOr
    weight: Floats
    inside: Bools
    tolerance: float

    def lost_share(self, removed: Bools) -> Floats:
        """(D,) share of the end product's normal output whose makers cannot work, for D removed sets (D, A)."""
        makers = np.flatnonzero(self.weight)
        pieces = [removed[k : k + AT_ONCE] for k in range(0, len(removed), AT_ONCE)]
        lost: list[Floats] = [~working(self.graph, piece)[:, makers] @ self.weight[makers] for piece in pieces]
        return np.concatenate(lost) if lost else np.zeros(0)

    def fails(self, removed: Bools) -> Bools:
        """(D,) whether each removed set stops the end product."""
        return self.lost_share(removed) >= self.tolerance - 1e-12


def essential_part(network: SupplyNetwork, end_product: str) -> Essential:
    """Keep the inputs whose criticality reaches `essential_criticality`, with all their makers.

    Makers in use and fallbacks that can be qualified at all count alike: the question is what is left when time does
    not matter. Tools and services are inputs like any other.

    Raises
    ------
    UnknownNameError : the network has no such product.
    """
    limits = thresholds(network)
    slots = network.criticality >= limits["essential_criticality"].value
    links = (network.link_share > 0) | ((network.link_fallback > 0) & np.isfinite(network.link_reorder_days))
    inside = upstream(network, end_product, slots, links)
    makers = end_makers(network, end_product)
    weight = np.zeros(len(network.activities))
    weight[makers] = network.x0[makers] / network.x0[makers].sum()
    rows = slot_links(network)
    kept = links[rows.link] & (slots & inside[network.slot_activity])[rows.slot]
    size = len(network.activities)
    pairs = np.unique(rows.slot[kept] * size + network.link_supplier[rows.link[kept]])
    slot, number = np.unique(pairs // size, return_inverse=True)
    graph = AndOr(size, network.slot_activity[slot], number.astype(np.int64), pairs % size)
    return Essential(graph, weight, inside, limits["structural_share"].value)
