"""Which hit a loss goes back to: the weekly dynamics followed backwards (compiled).

Every activity holds a vector over causes for the output it misses, x0 - x, which sums to 1. In each step it is made of

    demand part     x0 - min(x0, D)                the vectors of customers and final sales, by missing orders
    capacity part   min(x0, D) - min(x0, D, c)     hazard h: its own hits;  (1 - h)(1 - K): the binding tool or service
    input part      what is missing then           the limiting input (least 1 - chi (1 - ratio)), ties equally

An input's vector is that of its suppliers, weighted by missing deliveries since its stock was last full. While an
activity makes up what it missed it keeps its last vector; who makes more than normal without having missed anything
gains by the failure of rivals, and takes the vector of what they failed to deliver to the customers who came over. So
does what a maker of normal output cannot deliver because such customers, or his own company, overrun him.

All this is linear in the vectors, with weights that follow from outputs, stocks and orders alone. So a loss can be
carried two ways: forwards, a vector over all causes for every activity (`causes_numpy`, the oracle), or backwards, one
number for every activity: how much of the loss that is asked about passes through it. Both give the same contributions
to the last digits. This is the backward way (reverse accumulation, Griewank & Walther 2008, Evaluating Derivatives,
doi:10.1137/1.9780898717761, chapter 3): its cost does not depend on the number of causes, only on that of questions.

What cannot be led back to a hit is booked as `unexplained`, so that every draw adds up.

Loops take their arrays out of the tuples first: inside a loop every look into a tuple counts references.
"""

from __future__ import annotations

from inspect import getsource
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np

from supplychain_risk.kernels import block, bookings, downstream, tape, upstream
from supplychain_risk.kernels.block import compiled, entry
from supplychain_risk.kernels.bookings import drop
from supplychain_risk.kernels.chain import Chain, Floats, Ints, Rules
from supplychain_risk.kernels.downstream import leave_buyers, leave_by_orders
from supplychain_risk.kernels.inventory import alike
from supplychain_risk.kernels.shock import Shock
from supplychain_risk.kernels.tape import SAME, Tape
from supplychain_risk.kernels.upstream import (
    leave_by_capacity,
    leave_by_gains,
    leave_by_inputs,
    leave_pools,
    leave_slots,
)


class Hits(NamedTuple):
    """Hits of one kind. R rows, each one hit on one activity, sorted by activity; H hits.

    Attributes
    ----------
    start : (A + 1,) rows of activity i are start[i] .. start[i + 1].
    hit : (R,) the row's hit. intensity : (R, D). profile : (H, T, D): loss = intensity x profile.
    """

    start: Ints
    hit: Ints
    intensity: Floats
    profile: Floats


class Origins(NamedTuple):
    """Hits on capacity, on final demand and on capital budgets."""

    capacity: Hits
    demand: Hits
    capex: Hits


class Routes(NamedTuple):
    """Where members of pools lie, and what a step along them is called.

    Attributes
    ----------
    pool_start : (P + 1,) links of pool p are pool_start[p] .. pool_start[p + 1].
    bought_start, bought : (P + 1,), (M,) members sorted by pool. slot : (M,) slot of each member.
    supply, orders : (M,) row of `Causes.flow` for a loss that passes from the member's customer up to what he buys,
        and from a maker down to the member's customer.
    rows : number of rows of `Causes.flow`.
    """

    pool_start: Ints
    bought_start: Ints
    bought: Ints
    slot: Ints
    supply: Ints
    orders: Ints
    rows: int


class Causes(NamedTuple):
    """Where a loss comes from, draw by draw, in the unit of the question; the first six add up to all that was asked.

    Attributes
    ----------
    capacity, demand, capex : (R, D) by rows of `Origins`.
    plans : (A, D) capital goods not ordered because customers expect less demand.
    border : (H + 1, A, D) deliveries of suppliers stopped at each border; last: by limits on single links.
    unexplained : (A, D) what goes back to no hit, by the activity where the trace ends.
    asked : (A, D) the loss that was asked about, by activity.
    through : (A, D) what passed through an activity on its way from others.
    flow : (F, D) what passed along each of the `Routes`.
    """

    capacity: Floats
    demand: Floats
    capex: Floats
    plans: Floats
    border: Floats
    unexplained: Floats
    asked: Floats
    through: Floats
    flow: Floats


class Question(NamedTuple):
    """A loss to explain: sum over steps and activities of step_value x value x (1 - deliveries outside / normal).

    Attributes
    ----------
    step_value : (T,) value of a step, such as its discount factor.
    after : what a gap at the end is worth beyond the last step, in steps; the gap in single precision, as runs keep it.
    value : (A, D) value of a step of the activity's normal output.
    least : share of the whole loss of a draw; what is smaller is not followed further but stays unexplained.
    """

    step_value: Floats
    after: float
    value: Floats
    least: float


class _Passing(NamedTuple):
    """What passes through activities now and a step ago, slots, and pools as suppliers and as customers; scratch.

    `wanted` and `level` (2, A, D): wanted production and output relative to baseline, in this step and a step ago.
    `part` (4, A, D): what leaves an activity by orders, capacity, inputs and gains. `growth`, `capex` (A, D): factors
    on plans for tools a step ago. `row` (12, D) holds what is worked out for one node and all draws.
    """

    now: Floats
    before: Floats
    slot: Floats
    pool: Floats
    buyers: Floats
    least: Floats
    wanted: Floats
    level: Floats
    part: Floats
    growth: Floats
    capex: Floats
    row: Floats


def routes(chain: Chain, group: Ints, pool_group: Ints) -> tuple[Routes, Ints]:
    """Routes between groups of activities (A,), such as products; pools belong to the group they sell (P,).

    Returns
    -------
    Routes, and the (F, 3) rows of `Causes.flow`: from group, to group, 0 = missing input or 1 = missing orders. A loss
    passes from the group that has it to the group that it comes from.
    """
    slot = np.repeat(np.arange(len(chain.slot_need)), np.diff(chain.member_start))
    customer, bought = group[chain.slot_customer[slot]], pool_group[chain.member_pool]
    ends = np.concatenate(
        [
            np.stack([customer, bought, np.zeros_like(bought)], axis=1),
            np.stack([bought, customer, np.ones_like(bought)], axis=1),
        ]
    )
    rows, row = np.unique(ends, axis=0, return_inverse=True)
    supply, orders = np.split(row.reshape(-1).astype(np.int64), 2)
    pools = np.arange(len(chain.pool_need) + 1)
    order = np.argsort(chain.member_pool, kind="stable").astype(np.int64)
    starts = [np.searchsorted(of, pools).astype(np.int64) for of in (chain.link_pool, chain.member_pool[order])]
    return Routes(starts[0], starts[1], order, slot, supply, orders, len(rows)), rows.astype(np.int64)


def follow(
    chain: Chain, rules: Rules, shock: Shock, tape: Tape, origins: Origins, ways: Routes, question: Question
) -> Causes:
    """Lead a loss back to its causes.

    Parameters
    ----------
    chain, rules, shock, tape : what was run, and what happened.
    origins : hits that the shock is made of.
    ways : see `routes`.
    question : the loss to explain; losses are positive, gains negative.
    """
    _, activities, draws = tape.level.shape
    slots, pools = len(chain.slot_need), len(chain.pool_need)
    passing = _Passing(
        now=np.zeros((activities, draws)),
        before=np.zeros((activities, draws)),
        slot=np.zeros((slots, draws)),
        pool=np.zeros((pools, draws)),
        buyers=np.zeros((pools, draws)),
        least=question.least * _size(tape, question),
        wanted=np.ones((2, activities, draws)),
        level=np.ones((2, activities, draws)),
        part=np.zeros((4, activities, draws)),
        growth=np.ones((activities, draws)),
        capex=np.ones((activities, draws)),
        row=np.zeros((12, draws)),
    )
    causes = Causes(
        capacity=np.zeros((len(origins.capacity.hit), draws)),
        demand=np.zeros((len(origins.demand.hit), draws)),
        capex=np.zeros((len(origins.capex.hit), draws)),
        plans=np.zeros((activities, draws)),
        border=np.zeros((len(shock.border) + 1, activities, draws)),
        unexplained=np.zeros((activities, draws)),
        asked=np.zeros((activities, draws)),
        through=np.zeros((activities, draws)),
        flow=np.zeros((ways.rows, draws)),
    )
    captive = np.unique(chain.link_supplier[chain.captive])
    place = np.full(activities, -1)
    place[captive] = np.arange(len(captive))
    capped = (shock.border > 0).any(axis=0) | (len(shock.link_cap) > 0)
    fixed: Any = (alike(chain), rules, alike(shock), tape, Origins(*map(alike, origins)), alike(ways))
    _follow(*fixed, alike(question), passing, causes, place, capped)
    return causes


def _size(tape: Tape, question: Question) -> Floats:
    """Sum of losses and gains of each draw, as if all deliveries went outside (D,)."""
    asked = np.flatnonzero(question.value.any(axis=1))
    moved = np.abs(1 - tape.level[:, asked])
    return np.asarray(np.einsum("t,ad,tad->d", question.step_value, np.abs(question.value[asked]), moved))


def _loop_over_steps(sources: int) -> Any:
    """Compile the way back, tied to the sources of all parts, as `inventory` does."""

    @entry
    def follow_back(chain, rules, shock, tape, origins, ways, question, passing, causes, place, capped):
        if sources == 0:
            return
        steps = len(tape.level)
        for back in range(steps):
            step = steps - 1 - back
            passing.part[3] = 0.0
            _set_levels(chain, rules, shock, tape, passing, step)
            _ask(tape, question, passing, causes, place, step)
            _drop_traces(chain, ways, passing, causes)
            leave_slots(chain, rules, tape, origins, ways, passing, causes, step)
            leave_pools(chain, shock, tape, ways, passing, causes, capped, step)
            _part_activities(chain, tape, passing, step)
            leave_by_orders(chain, shock, tape, origins, passing, causes, capped, step)
            leave_by_capacity(chain, tape, origins, passing, causes, step)
            leave_by_inputs(chain, tape, passing, step)
            leave_by_gains(chain, shock, tape, origins, passing, causes, step)
            leave_buyers(chain, rules, tape, origins, ways, passing, causes, step)
            passing.now[:] = passing.before
            passing.before[:] = 0.0
        causes.unexplained[:] += passing.now
        for p in range(len(chain.pool_need)):
            if ways.pool_start[p] < ways.pool_start[p + 1]:
                causes.unexplained[chain.link_supplier[ways.pool_start[p]]] += passing.pool[p]

    return follow_back


@compiled
def _set_levels(chain, rules, shock, tape, passing, step):
    """Wanted production and output, now and a step ago, and plans a step ago; 1 before the first step."""
    wanted, level, growth, capex = passing.wanted, passing.level, passing.growth, passing.capex
    total, headroom, made = tape.total, tape.headroom, tape.level
    expected, budget = shock.expected, shock.capex_factor
    for i in range(len(chain.output0)):
        unit = 1 / chain.output0[i]
        for k in range(2):
            for d in range(wanted.shape[2]):
                known = step >= k
                wanted[k, i, d] = min(total[step - k, i, d] * unit, headroom[step - k, i, d]) if known else 1.0
                level[k, i, d] = made[step - k, i, d] if known else 1.0
        for d in range(wanted.shape[2]):
            growth[i, d] = capex[i, d] = 1.0
            if step > 0 and len(expected):
                growth[i, d] = max(0.0, 1 + rules.capex_accelerator * (expected[step - 1, i, d] - 1))
            if step > 0 and len(budget):
                capex[i, d] = budget[step - 1, i, d]


@compiled
def _ask(tape, question, passing, causes, place, step):
    """The loss of this step enters."""
    value, now, asked, external, level = question.value, passing.now, causes.asked, tape.external, passing.level
    overrun = passing.part[3]
    step_value, after = question.step_value[step], question.after if step == len(tape.level) - 1 else 0.0
    for i in range(len(value)):
        for d in range(value.shape[1]):
            if value[i, d] != 0:
                made = external[step, place[i], d] if place[i] >= 0 else level[0, i, d]
                lost = step_value * value[i, d] * (1 - made)
                lost += after * value[i, d] * np.float64(np.float32(1.0) - np.float32(made))
                crowded = place[i] >= 0 and 1 - level[0, i, d] <= SAME  # own needs come first: overrun from inside
                now[i, d] += 0.0 if crowded else lost
                overrun[i, d] += lost if crowded else 0.0
                asked[i, d] += lost


@compiled
def _drop_traces(chain, ways, passing, causes):
    """Leave off what is too small to be followed."""
    now, slot, pool, least, rest = passing.now, passing.slot, passing.pool, passing.least, causes.unexplained
    customer, supplier, start = chain.slot_customer, chain.link_supplier, ways.pool_start
    for i in range(len(now)):
        drop(now, i, rest, i, least)
    for s in range(len(slot)):
        drop(slot, s, rest, customer[s], least)
    for p in range(len(pool)):
        if start[p] < start[p + 1]:
            drop(pool, p, rest, supplier[start[p]], least)


@compiled
def _part_activities(chain, tape, passing, step):
    """Part what passes through activities by what limited them in this step; the rest stays with them a step ago."""
    now, before, level, part = passing.now, passing.before, passing.level, passing.part
    total, headroom, behind = tape.total, tape.headroom, tape.behind
    for i in range(len(now)):
        unit0 = 1 / chain.output0[i]
        for d in range(now.shape[1]):
            amount, asked, missing = now[i, d], total[step, i, d] * unit0, 1 - level[0, i, d]
            able = min(1.0, asked, headroom[step, i, d])
            demand = max(0.0, 1 - asked)
            capacity = max(0.0, min(1.0, asked) - able)
            short = missing > SAME
            unit = amount / missing if short else 0.0
            part[0, i, d] = demand * unit
            part[1, i, d] = capacity * unit
            part[2, i, d] = max(0.0, missing - demand - capacity) * unit
            gains = missing < -SAME and behind[step, i, d] <= SAME
            part[3, i, d] += amount if gains else 0.0
            before[i, d] += 0.0 if short or gains else amount


_sources = "".join(getsource(part) for part in (block, bookings, downstream, tape, upstream))
_follow = _loop_over_steps(crc32(_sources.encode()))
