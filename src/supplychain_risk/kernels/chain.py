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

from supplychain_risk.kernels.market import Market

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


class Shock(NamedTuple):
    """What happens from outside, step by step; T steps, D draws, draws innermost.

    Attributes
    ----------
    capacity_loss : (T, L, D) share of capacity lost, 0..1, of the L activities that lose any.
    loss_row : (A,) row of an activity in `capacity_loss`, -1 = loses none.
    final_factor, capex_factor, expected : (T, A, D), or (0, A, D) for "always 1": factors on final demand and on
        capital budgets, and the demand that customers plan for, relative to normal.
    link_cap : (T, E, D) share of a link's baseline that may be ordered, 1 = no limit; or (0, E, D) for no limits.
    border : (H, E) share of a link's flow that crosses a border which may close, H = 0 for none.
    border_cut : (T, H, D) share of the crossing flow that is stopped, 0..1.
    """

    capacity_loss: Floats
    loss_row: Ints
    final_factor: Floats
    capex_factor: Floats
    expected: Floats
    link_cap: Floats
    border: Floats
    border_cut: Floats


class Record(NamedTuple):
    """Where a run writes; rows R gather steps (one row a step, a quarter, ...), draws innermost.

    Arrays whose first axis has length 0 are not written.

    Attributes
    ----------
    row_of_step : (T,) row to which a step is added.
    step_weight : (T,) weight of a step in `weighted_external`.
    unmet_group : (A,) group (activity or product) to which an activity's unmet demand is added.
    output : (R, A, D) sum over the row's steps of output / baseline output.
    external : (R, C, D) the same of deliveries outside the company, for `captive_supplier` activities only.
    captive_supplier : (C,) activities with captive links.
    unmet : (R, G, D) final demand of the step not delivered in it, value.
    final : (R, A, D) deliveries to final demand, released backlog included, value.
    weighted_external : (A, D) sum over steps of weight x (external deliveries / baseline - 1).
    last_external : (A, D) external deliveries / baseline in the last step.
    lowest : (A, D) lowest output / baseline.
    first_short : (A, D) first step with output below `short_level` x baseline, -1 = never.
    last_short, last_low : (A, D) number of steps until output is back at `short_level` / `low_level` for good;
        0 = never below.
    stock : (R, S, D) stock at the end of a step, value; overproduction : (R, A, D).
    held_steps : (P, D) steps in which a maker that a pool buys from, or may buy from, was below `short_level` of its
        capacity by a hit, or of its baseline by a limit on the link.
    moved_share : (E, D) order share less baseline share in the week after the last of these steps; 0 without any.
    rest_steps : (D,) steps left of the calendar quarter when the event begins; rest_external : (A, D) sum over these
        steps of external deliveries / baseline - 1.
    price_now, price_moves : (Q, D) price of each product of the `Market` after the step, normal = 1, and (Q,) whether
        it differs from 1 in some draw.
    price : (R, Q, D) sum over the row's steps of price - 1.
    price_gain, input_cost, final_cost : (R, M, D), (R, B, D), (R, Q, D) what makers gain by prices, what buyers and,
        by product, final buyers pay more, value.
    weighted_gain, weighted_cost : (M, D), (B, D) sums over steps of weight x gain or cost.
    last_gain, last_cost : (M, D), (B, D) gain and cost of the last step.
    """

    row_of_step: Ints
    step_weight: Floats
    unmet_group: Ints
    captive_supplier: Ints
    short_level: float
    low_level: float
    output: Floats
    external: Floats
    unmet: Floats
    final: Floats
    weighted_external: Floats
    last_external: Floats
    lowest: Floats
    first_short: Floats
    last_short: Floats
    last_low: Floats
    stock: Floats
    overproduction: Floats
    held_steps: Floats
    moved_share: Floats
    rest_steps: Floats
    rest_external: Floats
    price_now: Floats
    price_moves: NDArray[np.bool_]
    price: Floats
    price_gain: Floats
    input_cost: Floats
    final_cost: Floats
    weighted_gain: Floats
    weighted_cost: Floats
    last_gain: Floats
    last_cost: Floats


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


def loss_of_all(shock: Shock, step: int) -> Floats:
    """Share of capacity that each activity loses in a step (A, D)."""
    loss = np.zeros((len(shock.loss_row), shock.capacity_loss.shape[2]))
    hit = shock.loss_row >= 0
    loss[hit] = shock.capacity_loss[step][shock.loss_row[hit]]
    return loss


def empty_record(
    chain: Chain,
    draws: int,
    row_of_step: Ints,
    *,
    step_weight: Floats,
    unmet_group: Ints,
    captive_supplier: Ints,
    levels: tuple[float, float],
    keep: frozenset[str] = frozenset(),
    rest_steps: Floats | None = None,
    market: Market | None = None,
) -> Record:
    """A record to write into.

    `keep` names the optional arrays among output, external, unmet, final, stock, overproduction; `levels` are
    (short_level, low_level); without `rest_steps` nothing is added up for the rest of the quarter; prices are kept of
    the products of `market`.
    """
    activities, slots = len(chain.output0), len(chain.slot_need)
    rows = int(row_of_step.max()) + 1
    groups = int(unmet_group.max()) + 1

    products, makers, buyers = (0, 0, 0) if market is None else market.sizes

    def array(name: str, width: int) -> Floats:
        return np.zeros((rows if name in keep else 0, width, draws))

    return Record(
        row_of_step=row_of_step,
        step_weight=step_weight,
        unmet_group=unmet_group,
        captive_supplier=captive_supplier,
        short_level=levels[0],
        low_level=levels[1],
        output=array("output", activities),
        external=array("external", len(captive_supplier)),
        unmet=array("unmet", groups),
        final=array("final", activities),
        weighted_external=np.zeros((activities, draws)),
        last_external=np.ones((activities, draws)),
        lowest=np.ones((activities, draws)),
        first_short=np.full((activities, draws), -1.0),
        last_short=np.zeros((activities, draws)),
        last_low=np.zeros((activities, draws)),
        stock=array("stock", slots),
        overproduction=array("overproduction", activities),
        held_steps=np.zeros((len(chain.pool_need), draws)),
        moved_share=np.zeros((len(chain.link_pool), draws)),
        rest_steps=np.zeros(draws) if rest_steps is None else rest_steps,
        rest_external=np.zeros((activities, draws)),
        price_now=np.ones((products, draws)),
        price_moves=np.zeros(products, dtype=np.bool_),
        price=np.zeros((rows, products, draws)),
        price_gain=np.zeros((rows, makers, draws)),
        input_cost=np.zeros((rows, buyers, draws)),
        final_cost=np.zeros((rows, products, draws)),
        weighted_gain=np.zeros((makers, draws)),
        weighted_cost=np.zeros((buyers, draws)),
        last_gain=np.zeros((makers, draws)),
        last_cost=np.zeros((buyers, draws)),
    )


def shock(
    chain: Chain,
    capacity_loss: Floats,
    *,
    loss_row: Ints | None = None,
    final_factor: Floats | None = None,
    capex_factor: Floats | None = None,
    expected: Floats | None = None,
    link_cap: Floats | None = None,
    border: Floats | None = None,
    border_cut: Floats | None = None,
) -> Shock:
    """A `Shock` in which everything not given is normal; without `loss_row` each activity has its row of losses."""
    steps, _, draws = capacity_loss.shape
    activities, links = len(chain.output0), len(chain.link_supplier)
    nothing = np.zeros((0, activities, draws))
    return Shock(
        capacity_loss=capacity_loss,
        loss_row=np.arange(activities) if loss_row is None else loss_row,
        final_factor=nothing if final_factor is None else final_factor,
        capex_factor=nothing if capex_factor is None else capex_factor,
        expected=nothing if expected is None else expected,
        link_cap=np.zeros((0, links, draws)) if link_cap is None else link_cap,
        border=np.zeros((0, links)) if border is None else border,
        border_cut=np.zeros((steps, 0, draws)) if border_cut is None else border_cut,
    )
