"""The part of a network that an end product is made from, as a set of activities and as a bill of materials."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from supplychain_risk.errors import UnknownNameError
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.network.network import FLOW, Bools, Floats, Ints
from supplychain_risk.propagation.bounds import Bill


def end_makers(network: SupplyNetwork, end_product: str) -> Ints:
    """Activities that make a product.

    Raises
    ------
    UnknownNameError : the network has no such product; the nearest are named.
    """
    if end_product not in network.products:
        raise UnknownNameError("product", end_product, network.products, "end_product")
    return np.flatnonzero(network.activity_product == network.products.index(end_product))


def upstream(network: SupplyNetwork, end_product: str, slots: Bools, links: Bools) -> Bools:
    """(A,) makers of the end product and everybody they need, directly or not, through the marked slots and links.

    Raises
    ------
    UnknownNameError : the network has no such product.
    """
    reached = np.zeros(len(network.activities), dtype=np.bool_)
    reached[end_makers(network, end_product)] = True
    while True:
        buying = (slots & reached[network.slot_activity])[network.member_slot]
        pools = np.zeros(len(network.pool_product), dtype=np.bool_)
        pools[network.member_pool[buying]] = True
        further = reached.copy()
        further[network.link_supplier[links & pools[network.link_pool]]] = True
        if (further == reached).all():
            return reached
        reached = further


class EndBill(NamedTuple):
    """Bill of materials of one end product.

    Attributes
    ----------
    bill : nodes are activities, then pools, then the buyers of the end product; quantities in days of the world's
        normal output of each product, time in days.
    activity : activity of each of the first nodes.
    slot : slot of each of the first inputs.
    """

    bill: Bill
    activity: Ints
    slot: Ints

    def lost_capacity(self, loss: Floats) -> Floats:
        """(A,) capacity lost by activities as (N,) lost by nodes."""
        lost = np.zeros(len(self.bill.capacity))
        lost[: len(self.activity)] = loss[self.activity]
        return lost


class _Scope(NamedTuple):
    """Positions in the network's arrays of what a bill is made from."""

    activity: Ints
    slot: Ints
    member: Ints
    pool: Ints
    link: Ints


def bill_of(network: SupplyNetwork, end_product: str, *, outage_days: float, step_days: float) -> EndBill:
    """What a planner who serves the end product alone can draw on.

    Stocks are those of the flow inputs (at least one step of use, as in the weekly dynamics), at the users upstream of
    the end product. Makers reach `alpha_max` at once. Orders move at once among all makers linked to a pool, fallbacks
    included if they requalify in less than the outage. All other uses stand back. Tools and services are left out: what
    wears off within the outage is not a matter of allocation. Each of these makes the loss smaller, so that what comes
    out is a lower bound.

    Raises
    ------
    UnknownNameError : the network has no such product; the nearest are named.
    """
    activity, slot, member, pool, link = _scope(network, end_product, outage_days)
    makers, world = end_makers(network, end_product), np.bincount(network.activity_product, network.x0)
    made = network.x0 / world[network.activity_product]
    used = network.slot_need[slot] / world[network.slot_product[slot]]
    # Nodes are activities, pools, and the buyers, who are one node; pools and buyers pass on what they get.
    actors, slots, passing = len(activity), len(slot), len(pool) + 1
    position = np.full(len(network.activities), -1, dtype=np.int64)
    position[activity] = np.arange(actors)
    sold = position[network.link_supplier[link]], slots + np.searchsorted(pool, network.link_pool[link])
    passed = (
        actors + np.searchsorted(pool, network.member_pool[member]),
        np.searchsorted(slot, network.member_slot[member]),
    )
    bought = position[makers], np.full(len(makers), slots + len(pool))
    last = np.eye(actors + passing)[-1]
    bill = Bill(
        capacity=np.concatenate([(made * network.alpha_max)[activity], np.full(passing, np.inf)]),
        stock=np.zeros(actors + passing),
        demand=last,
        margin=last,
        input_node=np.concatenate([position[network.slot_activity[slot]], actors + np.arange(passing)]),
        input_ratio=np.concatenate([used / made[network.slot_activity[slot]], np.ones(passing)]),
        input_stock=np.concatenate([np.maximum(step_days, network.buffer_days[slot]) * used, np.zeros(passing)]),
        criticality=np.concatenate([network.criticality[slot], np.ones(passing)]),
        arc_supplier=np.concatenate([sold[0], passed[0], bought[0]]),
        arc_input=np.concatenate([sold[1], passed[1], bought[1]]),
    )
    return EndBill(bill, activity, slot)


def _scope(network: SupplyNetwork, end_product: str, outage_days: float) -> _Scope:
    """Flow inputs upstream of the end product, and the links that can serve them within the outage."""
    slots = (network.slot_kind == FLOW) & (network.criticality > 0)
    links = (network.link_share > 0) | ((network.link_fallback > 0) & (network.link_reorder_days < outage_days))
    inside = upstream(network, end_product, slots, links)
    slot = np.flatnonzero(slots & inside[network.slot_activity])
    member = np.flatnonzero(np.isin(network.member_slot, slot))
    pool = np.unique(network.member_pool[member])
    link = np.flatnonzero(links & np.isin(network.link_pool, pool))
    return _Scope(np.flatnonzero(inside), slot, member, pool, link)
