"""Limits on deliveries: borders that close, and rules that cut what some makers may sell to some customers.

What an activity makes inside an area is site dependence x the share of its sites there; a designer whose chips are
made elsewhere ships nothing to its own address. A rule concerns all that its customers buy for the plants it means.
Customers buy apart for what a limit concerns and for the rest (`network.parted`), because one pool places the same
orders for all its members. A link of the world market is then limited by the share

    border    1 - (share that the supplier makes inside)      if its pool buys for what is made inside, else 0
    rule      share of the supplier's sales it concerns       if its pool buys for the customers it names, else 0

Local products (electricity, gas, field service) are made where they are used: they neither cross a border nor does a
rule reach them. Who makes something on both sides of a border orders where his plants work: what he loses is taken to
be lost behind the closed borders first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from supplychain_risk.network.network import SupplyNetwork
from supplychain_risk.scenarios.paths import CapacityPaths, HitPath

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Limit(NamedTuple):
    """Deliveries that are limited.

    Attributes
    ----------
    inside : (A, G) customers' capacity by site that the deliveries go to.
    crossing : (A,) share of each supplier's deliveries to them that is limited, 0..1.
    border : whether it is a closed border, which concerns only what depends on the place.
    """

    inside: Bools
    crossing: Floats
    border: bool


@dataclass(frozen=True, eq=False)
class Borders:
    """A network in which what a limit concerns is bought through pools of its own.

    Attributes
    ----------
    network : the parted network, the given one if nothing is limited.
    inbound : (H, E) share of each of its links' flow that limit h concerns, 0..1.
    inside : (A,) share of each activity's output that is made behind any of the borders.
    member_inside : (M,) whether a member buys for what is made there; false for local products.
    hits : for each limit, the positions among `limiting_hits` of the paths that set it.
    """

    network: SupplyNetwork
    inbound: Floats
    inside: Floats
    member_inside: Bools
    hits: tuple[tuple[int, ...], ...]


def limiting_hits(paths: CapacityPaths) -> tuple[HitPath, ...]:
    """Hits that may limit deliveries, in the order that `Borders.hits` counts in."""
    return (*paths.hits, *paths.deliveries)


def find_borders(network: SupplyNetwork, paths: CapacityPaths) -> Borders:
    """Limits that the hits of a sampled scenario set: one per closed area, one per rule."""
    setting: dict[bytes, list[int]] = {}
    limits: dict[bytes, Limit] = {}
    for position, hit in enumerate(limiting_hits(paths)):
        if hit.area is not None:
            key, limit = hit.area.tobytes(), closed_border(network, hit.area)
        elif hit.buyers is not None:
            key, limit = str(position).encode(), _rule(network, hit, hit.buyers)
        else:
            continue
        setting.setdefault(key, []).append(position)
        limits[key] = limit
    return part_at(network, list(limits.values()), tuple(map(tuple, setting.values())))


def closed_border(network: SupplyNetwork, area: Bools) -> Limit:
    """Deliveries into an area of sites (G,) from outside it."""
    made_inside = network.site_dependence * (network.site_shares @ area.astype(np.float64))
    inside = np.broadcast_to(area, network.site_shares.shape)
    return Limit(inside, 1.0 - np.minimum(made_inside, 1.0), border=True)


def _rule(network: SupplyNetwork, hit: HitPath, buyers: Bools) -> Limit:
    """Deliveries of the hit's makers to its customers."""
    crossing = np.zeros(len(network.activities))
    crossing[hit.activities] = np.minimum(hit.reach, 1.0)
    return Limit(buyers, crossing, border=False)


def part_at(network: SupplyNetwork, limits: Sequence[Limit], hits: tuple[tuple[int, ...], ...] = ()) -> Borders:
    """Part a network so that each pool is concerned by a limit as a whole or not at all.

    Parameters
    ----------
    limits : H limits, which may overlap.
    hits : for each limit, the hits that set it.
    """
    if not limits:
        nobody = np.zeros(len(network.activities))
        return Borders(network, np.zeros((0, len(network.link_share))), nobody, network.member_fraction < 0, hits)
    met, placed = _placed(network, limits)
    split, pool_cell = network.parted(placed)
    concerned = (met[:, None] >> np.arange(len(limits)) & 1).astype(np.bool_)
    behind = concerned & np.array([limit.border for limit in limits])
    of_pool = concerned[np.maximum(pool_cell, 0)] & (pool_cell >= 0)[:, None]
    of_member = behind.any(axis=1)[np.maximum(pool_cell, 0)] & (pool_cell >= 0)
    crossing = np.array([limit.crossing for limit in limits])
    return Borders(
        network=split,
        inbound=of_pool.T[:, split.link_pool] * crossing[:, split.link_supplier],
        inside=np.minimum(placed @ behind.any(axis=1), 1.0),
        member_inside=np.asarray(of_member[split.member_pool], dtype=np.bool_),
        hits=hits,
    )


def _placed(network: SupplyNetwork, limits: Sequence[Limit]) -> tuple[Ints, Floats]:
    """Which limits concern each cell, as the bits of a number (C,), and (A, C) what each activity makes in it.

    Cell 0 is concerned by none. What depends on the place counts for borders and rules, what does not for rules only.
    """
    plants = sparse.coo_array(network.site_shares)
    tied, free = np.zeros(plants.nnz, dtype=np.int64), np.zeros(plants.nnz, dtype=np.int64)
    for number, limit in enumerate(limits):
        inside = limit.inside[plants.row, plants.col].astype(np.int64) << number
        tied |= inside
        free |= 0 if limit.border else inside
    met, cell = np.unique(np.concatenate([[0], tied, free]), return_inverse=True)
    dependence = network.site_dependence[plants.row]
    placed = np.zeros((len(network.activities), len(met)))
    np.add.at(placed, (plants.row, cell[1 : 1 + plants.nnz]), plants.data * dependence)
    np.add.at(placed, (plants.row, cell[1 + plants.nnz :]), plants.data * (1.0 - dependence))
    return met.astype(np.int64), placed
