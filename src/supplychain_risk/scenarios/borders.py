"""Limits on deliveries: borders that close, and rules that cut what some makers may sell to some customers.

Customers buy apart for what a limit concerns and for all else (`network.parted`), because one pool places the same
orders for all its members. A link of the world market is then limited by the share

    border    1 - (share that the supplier makes inside)        if its pool buys for what is made inside, else 0
    rule      share of the supplier's capacity it concerns      if its pool buys for the customers it names, else 0

What an activity makes inside an area is site dependence x the share of its sites there: a designer whose chips are made
elsewhere ships nothing to its own address. Who makes something on both sides of a closed border orders where his plants
work; what he loses is taken to be lost behind the closed borders first.

Local products (electricity, gas, field service) are made where they are used: they neither cross a border nor does a
rule reach them.
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
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


class Limit(NamedTuple):
    """Deliveries that are limited.

    Attributes
    ----------
    inside : (A, G) customers' capacity by site that the deliveries go to.
    crossing : (A,) share of each supplier's deliveries to them that is limited, 0..1.
    border : whether a border closes around the plants: it concerns what hangs on them, not the whole customer.
    """

    inside: Bools
    crossing: Floats
    border: bool = False


@dataclass(frozen=True, eq=False)
class Borders:
    """A network in which the plants that a limit concerns buy through pools of their own.

    Attributes
    ----------
    network : the parted network, the given one if nothing is limited.
    inbound : (H, E) share of each of its links' flow that limit h concerns, 0..1.
    inside : (A,) share of each activity's output that is made behind any closed border.
    member_inside : (M,) whether a member buys for what is made there; false for local products.
    hits : for each limit, the positions among hits and deliveries of the paths (`limiting_hits`) that set it.
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
    return part_at(network, list(limits.values()), tuple(tuple(positions) for positions in setting.values()))


def closed_border(network: SupplyNetwork, area: Bools) -> Limit:
    """Deliveries into an area of sites (G,) from outside it."""
    inside = network.site_dependence * (network.site_shares @ area.astype(np.float64))
    return Limit(np.broadcast_to(area, network.site_shares.shape), 1.0 - np.minimum(inside, 1.0), border=True)


def _rule(network: SupplyNetwork, hit: HitPath, buyers: Bools) -> Limit:
    """Deliveries of the hit's makers to its customers."""
    crossing = np.zeros(len(network.activities))
    crossing[hit.activities] = np.minimum(hit.reach, 1.0)
    return Limit(buyers, crossing)


def part_at(network: SupplyNetwork, limits: Sequence[Limit], hits: tuple[tuple[int, ...], ...] = ()) -> Borders:
    """Part a network so that each pool is concerned by a limit as a whole or not at all; `hits` set the limits."""
    if not limits:
        none = np.zeros((0, len(network.link_share)))
        return Borders(network, none, np.zeros(len(network.activities)), network.member_fraction < 0, hits)
    met, cell_share = _cells(network, limits)
    split, pool_cell = network.parted(cell_share)
    concerned = np.asarray(_has(met[pool_cell], np.arange(len(limits))[:, None]) & (pool_cell >= 0), dtype=np.bool_)
    crossing = np.array([limit.crossing for limit in limits])
    borders = [number for number, limit in enumerate(limits) if limit.border]
    behind = _has(met[:, None], np.array(borders, dtype=np.int64)).any(axis=1)
    return Borders(
        network=split,
        inbound=concerned[:, split.link_pool] * crossing[:, split.link_supplier],
        inside=np.minimum(cell_share @ behind, 1.0),
        member_inside=np.any(concerned[borders][:, split.member_pool], axis=0),
        hits=hits,
    )


def _cells(network: SupplyNetwork, limits: Sequence[Limit]) -> tuple[Ints, Floats]:
    """Which limits meet in a cell, as the bits of a number (C,), and the share of each activity's output in it (A, C).

    What does not hang on a plant is behind no border, but remains the customer's that a rule names.
    """
    pairs = sparse.coo_array(network.site_shares)
    every, rules = np.zeros(len(pairs.data), dtype=np.int64), np.zeros(len(pairs.data), dtype=np.int64)
    for number, limit in enumerate(limits):
        bit = limit.inside[pairs.row, pairs.col].astype(np.int64) << number
        every |= bit
        rules |= 0 if limit.border else bit
    met, cell = np.unique(np.concatenate([every, rules]), return_inverse=True)
    tied = network.site_dependence[pairs.row]
    share = np.zeros((len(network.activities), len(met)))
    np.add.at(share, (np.tile(pairs.row, 2), cell), np.concatenate([pairs.data * tied, pairs.data * (1.0 - tied)]))
    return met, share


def _has(code: Ints, number: Ints) -> Bools:
    return np.asarray(code >> number & 1, dtype=np.bool_)
