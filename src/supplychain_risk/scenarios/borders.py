"""Limits on deliveries: borders that close, and rules that cut what some makers may sell to some customers.

Customers buy apart for their plants that a limit concerns and for all others (`network.parted`), because one pool
places the same orders for all its members. A link of the world market is then limited by the share

    border    1 - (share of the supplier's capacity inside)     if its pool buys for plants inside, else 0
    rule      share of the supplier's capacity it concerns      if its pool buys for the customers it names, else 0

Local products (electricity, gas, field service) are made where they are used: they neither cross a border nor does a
rule reach them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from supplychain_risk.network.network import SupplyNetwork
from supplychain_risk.scenarios.paths import CapacityPaths, HitPath

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Limit(NamedTuple):
    """Deliveries that are limited.

    Attributes
    ----------
    inside : (A, G) customers' capacity by site that the deliveries go to.
    crossing : (A,) share of each supplier's deliveries to them that is limited, 0..1.
    """

    inside: Bools
    crossing: Floats


@dataclass(frozen=True, eq=False)
class Borders:
    """A network in which the plants that a limit concerns buy through pools of their own.

    Attributes
    ----------
    network : the parted network, the given one if nothing is limited.
    inbound : (H, E) share of each of its links' flow that limit h concerns, 0..1.
    hits : for each limit, the positions among hits and deliveries of the paths (`limiting_hits`) that set it.
    """

    network: SupplyNetwork
    inbound: Floats
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
    split, inbound = part_at(network, list(limits.values()))
    return Borders(split, inbound, tuple(tuple(positions) for positions in setting.values()))


def closed_border(network: SupplyNetwork, area: Bools) -> Limit:
    """Deliveries into an area of sites (G,) from outside it."""
    crossing = 1.0 - np.minimum(network.site_shares @ area.astype(np.float64), 1.0)
    return Limit(np.broadcast_to(area, network.site_shares.shape), crossing)


def _rule(network: SupplyNetwork, hit: HitPath, buyers: Bools) -> Limit:
    """Deliveries of the hit's makers to its customers."""
    crossing = np.zeros(len(network.activities))
    crossing[hit.activities] = np.minimum(hit.reach, 1.0)
    return Limit(buyers, crossing)


def part_at(network: SupplyNetwork, limits: Sequence[Limit]) -> tuple[SupplyNetwork, Floats]:
    """Part a network so that each pool is concerned by a limit as a whole or not at all.

    Returns
    -------
    The parted network and (H, E) the share of each of its links that each limit concerns.
    """
    if not limits:
        return network, np.zeros((0, len(network.link_share)))
    # which limits concern a customer's plant, as the bits of a number
    code = sum(limit.inside.astype(np.int64) << number for number, limit in enumerate(limits))
    met, cell = np.unique(code, return_inverse=True)
    cells = cell.reshape(network.site_shares.shape).astype(np.int64)
    split, pool_cell = network.parted(cells[network.slot_activity])
    bits = met[pool_cell] >> np.arange(len(limits))[:, None] & 1
    concerned = (bits == 1) & (pool_cell >= 0)
    crossing = np.array([limit.crossing for limit in limits])
    return split, concerned[:, split.link_pool] * crossing[:, split.link_supplier]
