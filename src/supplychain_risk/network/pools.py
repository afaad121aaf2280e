"""Pools taken apart: the links slot by slot, and the same network with pools of one."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from supplychain_risk.network.network import Bools, Floats, Ints, SupplyNetwork

NO_COUNTRY = frozenset({"", "XX", "EU"})
"""Codes of sites that stand for no single country: unknown, the rest of the world, several of Europe."""


class SlotLinks(NamedTuple):
    """Purchases slot by slot, one row per member and link of its pool.

    Attributes
    ----------
    slot, member, link : positions in the network's arrays.
    value : purchases at baseline, value a year; 0 for fallbacks.
    """

    slot: Ints
    member: Ints
    link: Ints
    value: Floats


def slot_links(network: SupplyNetwork) -> SlotLinks:
    """Write the pools out: every slot with every supplier of every pool it buys through."""
    member, link = _expanded(network.member_pool, network.pool_start)
    slot = network.member_slot[member]
    value = network.link_share[link] * network.member_fraction[member] * network.slot_need[slot]
    return SlotLinks(slot, member, link, value)


def _expanded(member_pool: Ints, pool_start: Ints) -> tuple[Ints, Ints]:
    """(member, link) pairs, members in order, links of its pool in order."""
    counts = np.diff(pool_start)[member_pool]
    member = np.repeat(np.arange(len(member_pool)), counts)
    first = np.cumsum(counts) - counts
    link = pool_start[member_pool][member] + np.arange(len(member)) - first[member]
    return member.astype(np.int64), link.astype(np.int64)


def separated(network: SupplyNetwork, slot_mask: Bools) -> SupplyNetwork:
    """The same network, with the marked slots in pools of their own.

    Needed where a scenario limits single links: members of one pool cannot be told apart. No flow changes.

    Parameters
    ----------
    network : any network.
    slot_mask : (S,) slots to take out of their pools.

    Returns
    -------
    SupplyNetwork
        Pools whose members are all unmarked keep their place; new pools follow, one per marked member.
    """
    shared = np.bincount(network.member_pool, minlength=len(network.pool_product)) > 1
    leaving = slot_mask[network.member_slot] & shared[network.member_pool]
    staying = np.bincount(network.member_pool[~leaving], minlength=len(network.pool_product)) > 0
    # Old pools that keep a member first, then one pool per member that leaves.
    origin = np.concatenate([np.flatnonzero(staying), network.member_pool[leaving]])
    renumbered = np.cumsum(staying) - 1
    member_pool = np.where(leaving, staying.sum() + np.cumsum(leaving) - 1, renumbered[network.member_pool])
    return _with_pools(network, member_pool, origin, network.pool_start)


def _with_pools(
    network: SupplyNetwork, member_pool: NDArray[np.integer], origin: Ints, pool_start: Ints
) -> SupplyNetwork:
    """Members in new pools, each a copy of the pool in `origin`."""
    pool, link = _expanded(origin, pool_start)
    return replace(
        network,
        member_pool=member_pool.astype(np.int64),
        pool_product=network.pool_product[origin],
        pool_country=tuple(network.pool_country[p] for p in origin),
        link_supplier=network.link_supplier[link],
        link_pool=pool,
        link_share=network.link_share[link],
        link_fallback=network.link_fallback[link],
        link_reorder_days=network.link_reorder_days[link],
        captive_links=_captive(network, member_pool, pool, network.link_supplier[link]),
        link_facts=network.link_facts.iloc[link].reset_index(drop=True),
    )


def parted(network: SupplyNetwork, cell_share: Floats) -> tuple[SupplyNetwork, Ints]:
    """The same network, with customers buying apart for what they make in each cell of a map.

    Needed where a border closes or a rule names some customers: deliveries to the plants concerned are cut, those to
    the other plants of the same customer are not. A member splits in proportion to its capacity, a pool into one pool
    per cell: all plants of a cell meet the same limits, so they go on sharing pools, exactly. Products that trade
    locally are left alone, in cell 0.

    Parameters
    ----------
    network : any network.
    cell_share : (A, C) share of each activity's output that is made in each cell; rows sum to 1.

    Returns
    -------
    The network, and (P,) the cell of each of its pools, -1 for products that trade locally.
    """
    cells = cell_share.shape[1]
    local = np.array([country != "" for country in network.pool_country], dtype=np.bool_)
    share = cell_share[network.slot_activity[network.member_slot]]
    share[local[network.member_pool]] = np.eye(cells)[0]
    member, cell = np.nonzero(share > 0)
    key, member_pool = np.unique(network.member_pool[member] * cells + cell, return_inverse=True)
    origin = key // cells
    split = _with_pools(
        replace(
            network,
            member_slot=network.member_slot[member],
            member_fraction=network.member_fraction[member] * share[member, cell],
        ),
        member_pool,
        origin,
        network.pool_start,
    )
    return split, np.where(local[origin], -1, key % cells).astype(np.int64)


def _captive(network: SupplyNetwork, member_pool: NDArray[np.integer], link_pool: Ints, link_supplier: Ints) -> Bools:
    """Links inside one company, among pools of one."""
    pools = int(link_pool.max(initial=-1)) + 1
    alone = np.bincount(member_pool, minlength=pools) == 1
    buyer = np.zeros(pools, dtype=np.int64)
    buyer[member_pool] = network.activity_company[network.slot_activity[network.member_slot]]
    named = np.array([not is_remainder(company) for company in network.companies])
    seller = network.activity_company[link_supplier]
    captive: Bools = alone[link_pool] & (buyer[link_pool] == seller) & named[seller]
    return captive


def is_remainder(company: str) -> bool:
    """Whether a company id stands for unknown makers: "other" or "other@COUNTRY".

    >>> is_remainder("other@TW"), is_remainder("tsmc")
    (True, False)
    """
    return company.partition("@")[0] == "other"
