"""Closed borders: which deliveries cross into the area that a hit closes.

Where a border closes, customers buy apart for their plants inside and outside (`network.parted`). A link of the world
market then crosses with

    inbound_e = 1 - (share of the supplier's capacity inside)    if its pool buys for plants inside, else 0.

Local products (electricity, gas, field service) are made where they are used and do not cross.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supplychain_risk.network.network import SupplyNetwork
from supplychain_risk.scenarios.paths import CapacityPaths

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Borders:
    """A network in which the plants behind each border buy through pools of their own.

    Attributes
    ----------
    network : the parted network, the given one if no border closes.
    inbound : (H, E) share of each of its links' flow that crosses border h into the area, 0..1.
    hits : for each border, the positions of the hits that close it.
    """

    network: SupplyNetwork
    inbound: Floats
    hits: tuple[tuple[int, ...], ...]


def find_borders(network: SupplyNetwork, paths: CapacityPaths) -> Borders:
    """Borders that the hits of a sampled scenario close, one per area."""
    closing: dict[bytes, list[int]] = {}
    for position, hit in enumerate(paths.hits):
        if hit.area is not None:
            closing.setdefault(hit.area.tobytes(), []).append(position)
    areas = [paths.hits[positions[0]].area for positions in closing.values()]
    split, inbound = part_at(network, [area for area in areas if area is not None])
    return Borders(split, inbound, tuple(tuple(positions) for positions in closing.values()))


def part_at(network: SupplyNetwork, areas: Sequence[Bools]) -> tuple[SupplyNetwork, Floats]:
    """Part a network at the borders of areas of sites.

    Parameters
    ----------
    areas : H masks over sites (G,), which may overlap.

    Returns
    -------
    The parted network and (H, E) the share of each of its links that crosses into each area.
    """
    if not areas:
        return network, np.zeros((0, len(network.link_share)))
    within = np.array(areas)
    patterns, cell_of_site = np.unique(within.T, axis=0, return_inverse=True)
    split, pool_cell = network.parted(cell_of_site.reshape(-1).astype(np.int64))
    inside = np.minimum(split.site_shares @ within.T.astype(np.float64), 1.0)
    cell = pool_cell[split.link_pool]
    buys_inside = patterns[np.maximum(cell, 0)] & (cell >= 0)[:, None]
    return split, (buys_inside * (1.0 - inside[split.link_supplier])).T.copy()
