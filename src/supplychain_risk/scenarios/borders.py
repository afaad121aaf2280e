"""Closed borders: which deliveries cross into the area that a hit closes.

What an activity makes inside an area is site dependence x the share of its sites there; a designer whose chips are
made elsewhere ships nothing to its own address. Where a border closes, customers buy apart for what they make inside
and outside (`network.parted`). A link of the world market then crosses with

    inbound_e = 1 - (share that the supplier makes inside)    if its pool buys for what is made inside, else 0.

Local products (electricity, gas, field service) are made where they are used and do not cross. Who makes something on
both sides orders where his plants work: what he loses is taken to be lost behind the closed borders first.
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
    inside : (A,) share of each activity's output that is made behind any of the borders.
    member_inside : (M,) whether a member buys for what is made there; false for local products.
    hits : for each border, the positions of the hits that close it.
    """

    network: SupplyNetwork
    inbound: Floats
    inside: Floats
    member_inside: Bools
    hits: tuple[tuple[int, ...], ...]


def find_borders(network: SupplyNetwork, paths: CapacityPaths) -> Borders:
    """Borders that the hits of a sampled scenario close, one per area."""
    closing: dict[bytes, list[int]] = {}
    for position, hit in enumerate(paths.hits):
        if hit.area is not None:
            closing.setdefault(hit.area.tobytes(), []).append(position)
    areas = [paths.hits[positions[0]].area for positions in closing.values()]
    return part_at(network, [area for area in areas if area is not None], tuple(map(tuple, closing.values())))


def part_at(network: SupplyNetwork, areas: Sequence[Bools], hits: tuple[tuple[int, ...], ...] = ()) -> Borders:
    """Part a network at the borders of areas of sites.

    Parameters
    ----------
    areas : H masks over sites (G,), which may overlap.
    hits : for each area, the hits that close its border.
    """
    if not areas:
        nobody = np.zeros(len(network.activities))
        return Borders(network, np.zeros((0, len(network.link_share))), nobody, network.member_fraction < 0, hits)
    within = np.array(areas)
    nowhere = np.zeros((1, len(within)), dtype=np.bool_)
    patterns, cell_of_site = np.unique(np.concatenate([nowhere, within.T]), axis=0, return_inverse=True)
    cell_of_site = cell_of_site.reshape(-1)
    placed = network.site_dependence[:, None] * (network.site_shares @ np.eye(len(patterns))[cell_of_site[1:]])
    placed[:, cell_of_site[0]] += 1.0 - network.site_dependence
    split, pool_cell = network.parted(placed)
    inside = np.minimum(placed @ patterns.astype(np.float64), 1.0)
    behind = patterns[np.maximum(pool_cell, 0)] & (pool_cell >= 0)[:, None]
    member_inside = np.asarray(behind[split.member_pool].any(axis=1), dtype=np.bool_)
    inbound = behind[split.link_pool] * (1.0 - inside[split.link_supplier])
    return Borders(
        network=split,
        inbound=inbound.T.copy(),
        inside=np.minimum(placed @ patterns.any(axis=1), 1.0),
        member_inside=member_inside,
        hits=hits,
    )
