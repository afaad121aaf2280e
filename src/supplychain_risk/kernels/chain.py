"""The network and its rules as arrays: what the weekly dynamics read.

A *slot* is one input product of one customer activity. A *pool* is a set of slots that split their orders over
suppliers in the same shares, so the supplier side is written once per pool and not once per customer; this is exact,
because every order part of a pool is split alike and served alike. A *member* says that a slot buys a fixed fraction
of its input through a pool, and a *link* that a supplier activity sells to a pool.

Orders are served in *tiers*, one after the other, in proportion inside a tier. One tier is proportional rationing;
needs before restocking is two; named customer classes first is two per class. Rationing modes are thus only ways to
put order parts into tiers.

Values are per step, durations in steps, so that the kernels know neither days nor dollars.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FLOW, CAPITAL, SERVICE = 0, 1, 2

NOTHING = 1e-9
"""Share of normal output or capacity that counts as none: rounding leaves traces where there is none."""

ROUNDING = 1e-12
"""Scarcity that counts as none: a balance of many numbers is not met to the last bit."""


class Chain(NamedTuple):
    """A balanced network. Sizes: A activities, S slots, P pools, M members, E links.

    Attributes
    ----------
    output0, final0 : (A,) baseline output and final sales, value a step; output0 = final0 + sales to pools.
    overproduction_max, deferral : (A,) ceiling of the over-production factor (>= 1); share of unmet final demand kept.
    slot_start : (A + 1,) slots of activity i are slot_start[i] .. slot_start[i + 1].
    slot_customer : (S,) the activity that buys.
    slot_kind : (S,) FLOW, CAPITAL or SERVICE.
    flows, tools, services : the slots of each kind.
    slot_need : (S,) baseline purchases, value a step.
    criticality, buffer, psi, wear : (S,) share of output lost without the input; target stock in steps of need (>= 1);
        share of the target below which production slows; speed a step at which capacity follows deliveries.
    tier_need, tier_restock : (S,) tier of the two parts of a slot's order.
    tier_final, tier_backlog : (A,) tier of the step's final demand and of released backlog.
    member_start : (S + 1,) members of slot s are member_start[s] .. member_start[s + 1].
    member_pool, member_fraction : (M,) pool and share of the slot's need; fractions of a slot sum to 1.
    divided, divided_share : (N,) activities that make something on both sides of a closed border, and the share behind.
    member_side : (M,) 2 n + 1 where a member buys for what activity divided[n] makes behind the border, 2 n + 2 for
        what it makes outside, 0 for members of other activities.
    pool_need, pool_share, pool_fallback : (P,) baseline purchases of all members; sums of the two link shares below.
    pool_uneven : (P,) bool, links of the pool move at different speeds.
    link_supplier, link_pool : (E,) supplier activity and pool, sorted by pool.
    pool_start : (P + 1,) links of pool p are pool_start[p] .. pool_start[p + 1].
    link_share, link_fallback, link_rate : (E,) baseline order share; share that a maker not in use could reach; speed a
        step at which the order share moves.
    supplier_start, supplier_link : (A + 1,), (E,) links sorted by supplier: supplier_link[supplier_start[j] ...].
    captive : (C,) links inside one company, always in pools of one slot.
    """

    output0: Floats
    final0: Floats
    overproduction_max: Floats
    deferral: Floats
    slot_start: Ints
    slot_customer: Ints
    slot_kind: Ints
    flows: Ints
    tools: Ints
    services: Ints
    slot_need: Floats
    criticality: Floats
    buffer: Floats
    psi: Floats
    wear: Floats
    tier_need: Ints
    tier_restock: Ints
    tier_final: Ints
    tier_backlog: Ints
    member_start: Ints
    member_pool: Ints
    member_fraction: Floats
    divided: Ints
    divided_share: Floats
    member_side: Ints
    pool_need: Floats
    pool_share: Floats
    pool_fallback: Floats
    pool_uneven: NDArray[np.bool_]
    link_supplier: Ints
    link_pool: Ints
    pool_start: Ints
    link_share: Floats
    link_fallback: Floats
    link_rate: Floats
    supplier_start: Ints
    supplier_link: Ints
    captive: Ints


class Rules(NamedTuple):
    """Speeds (in steps) and modes of the dynamics.

    Attributes
    ----------
    n_tiers : number of tiers in use.
    fairest : raise the lowest ratio of delivery to baseline first (Inoue & Todo 2019) instead of serving by tier.
    wanted_orders : orders follow wanted production (else realised production, the published ARIO).
    overproduction_steps, restore_steps, backlog_steps, capital_steps : adjustment times.
    capex_accelerator : change of capital orders per unit of expected change of demand.
    """

    n_tiers: int
    fairest: bool
    wanted_orders: bool
    overproduction_steps: float
    restore_steps: float
    backlog_steps: float
    capital_steps: float
    capex_accelerator: float


def close(chain: Chain) -> Chain:
    """Recompute the sums over pools and the outputs as the dynamics will add them up.

    The dynamics start from rest only if baseline output equals baseline demand to the last bit, so both are summed in
    the same order, tier by tier, once, here. A maker that can never be qualified is no fallback: orders that went his
    way would reach nobody.

    Raises
    ------
    ValueError : an activity without any sale.
    """
    pool_need = np.zeros(len(chain.pool_need))
    slot = np.repeat(np.arange(len(chain.slot_need)), np.diff(chain.member_start))
    bought = chain.member_fraction * chain.slot_need[slot]
    np.add.at(pool_need, chain.member_pool, bought)
    fallback = np.where(chain.link_rate > 0, chain.link_fallback, 0.0)
    pool_share, pool_fallback = np.zeros_like(pool_need), np.zeros_like(pool_need)
    np.add.at(pool_share, chain.link_pool, chain.link_share)
    np.add.at(pool_fallback, chain.link_pool, fallback)
    output0 = np.zeros_like(chain.final0)
    for tier in range(int(max(chain.tier_need.max(initial=0), chain.tier_final.max(initial=0))) + 1):
        order, demand = np.zeros_like(pool_need), np.where(chain.tier_final == tier, chain.final0, 0.0)
        placed = chain.tier_need[slot] == tier
        np.add.at(order, chain.member_pool[placed], bought[placed])
        np.add.at(demand, chain.link_supplier, chain.link_share * order[chain.link_pool])
        output0 += demand
    if (output0 <= 0).any():
        raise ValueError(f"activities without sales: {np.flatnonzero(output0 <= 0).tolist()}")
    fastest, slowest = np.zeros_like(pool_need), np.full_like(pool_need, np.inf)
    np.maximum.at(fastest, chain.link_pool, chain.link_rate)
    np.minimum.at(slowest, chain.link_pool, chain.link_rate)
    return chain._replace(
        pool_need=pool_need,
        pool_share=pool_share,
        pool_fallback=pool_fallback,
        pool_uneven=fastest > slowest,
        link_fallback=fallback,
        output0=output0,
    )


def divide(chain: Chain, inside: Floats, member_inside: NDArray[np.bool_]) -> Chain:
    """Let activities on both sides of a border order where their plants work.

    `inside` (A,) is the share of output made behind the border, `member_inside` (M,) marks what is bought for it.
    Local products, bought where they are used, are in pools that no border parts and stay as they are.
    """
    divided = np.flatnonzero((inside > 0) & (inside < 1))
    number = np.full(len(inside), -1)
    number[divided] = np.arange(len(divided))
    slot = np.repeat(np.arange(len(chain.slot_need)), np.diff(chain.member_start))
    n = number[chain.slot_customer[slot]]
    parted = np.zeros(len(chain.slot_need), dtype=np.bool_)
    parted[slot[member_inside]] = True
    side = np.where((n >= 0) & parted[slot], 2 * n + np.where(member_inside, 1, 2), 0)
    return chain._replace(divided=divided, divided_share=inside[divided], member_side=side)


def by_supplier(link_supplier: Ints, activities: int) -> tuple[Ints, Ints]:
    """Sort links by supplier: (start of each supplier's links (A + 1,), links (E,))."""
    start = np.zeros(activities + 1, dtype=np.int64)
    np.add.at(start, link_supplier + 1, 1)
    return np.cumsum(start), np.argsort(link_supplier, kind="stable").astype(np.int64)
