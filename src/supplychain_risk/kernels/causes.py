"""Which hit a loss goes back to: the weekly dynamics followed backwards (compiled).

Every activity holds a vector over causes for the output it misses, x0 - x, which sums to 1. In each step it is made of

    demand part     x0 - min(x0, D)                the vectors of customers and final sales, by missing orders
    capacity part   min(x0, D) - min(x0, D, c)     hazard h: its own hits;  (1 - h)(1 - K): the binding tool or service
    input part      what is missing then           the limiting input (least 1 - chi (1 - ratio)), ties equally

An input's vector is that of its suppliers, weighted by missing deliveries since its stock was last full. While an
activity makes up what it missed it keeps its last vector; who makes more than normal without having missed anything
gains by the failure of rivals, and takes the vector of what they failed to deliver to the customers who came over.

All this is linear in the vectors, with weights that follow from outputs, stocks and orders alone. So a loss can be
carried two ways: forwards, a vector over all causes for every activity (`causes_numpy`, the oracle), or backwards, one
number for every activity: how much of the loss that is asked about passes through it. Both give the same contributions
to the last digits. This is the backward way (reverse accumulation, Griewank & Walther 2008, Evaluating Derivatives,
doi:10.1137/1.9780898717761, chapter 3): its cost does not depend on the number of causes, only on that of questions.

What cannot be led back to a hit is booked as `unexplained`, so that every draw adds up.

Loops take their arrays out of the tuples first: inside a loop every look into a tuple counts references.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from supplychain_risk.kernels.block import compiled, entry, inlined
from supplychain_risk.kernels.chain import CAPITAL, FLOW, SERVICE, Chain, Floats, Ints, Rules, Shock
from supplychain_risk.kernels.inventory import _alike
from supplychain_risk.kernels.tape import FULL, SAME, Tape


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
    `part` (4, A, D): what leaves an activity by orders, capacity, inputs and gains. `growth`, `capex` (A, D): factors on
    plans for tools a step ago. `row` (12, D) holds what is worked out for one node and all draws.
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
    steps, activities, draws = tape.output.shape
    passing = _Passing(
        *(np.zeros((rows, draws)) for rows in (activities, activities)),
        *(np.zeros((len(rows), draws)) for rows in (chain.slot_need, chain.pool_need, chain.pool_need)),
        least=question.least * _size(chain, tape, question),
        wanted=np.ones((2, activities, draws)),
        level=np.ones((2, activities, draws)),
        part=np.zeros((4, activities, draws)),
        growth=np.ones((activities, draws)),
        capex=np.ones((activities, draws)),
        row=np.zeros((12, draws)),
    )
    causes = Causes(
        *(np.zeros((len(kind.hit), draws)) for kind in origins),
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
    fixed: Any = (_alike(chain), rules, _alike(shock), tape, Origins(*map(_alike, origins)), _alike(ways))
    _follow(*fixed, _alike(question), passing, causes, place, capped)
    return causes


def _size(chain: Chain, tape: Tape, question: Question) -> Floats:
    """Sum of losses and gains of each draw, as if all deliveries went outside (D,)."""
    asked = np.flatnonzero(question.value.any(axis=1))
    moved = np.abs(1 - tape.output[:, asked] / chain.output0[asked, None])
    return np.asarray(np.einsum("t,ad,tad->d", question.step_value, np.abs(question.value[asked]), moved))


@entry
def _follow(chain, rules, shock, tape, origins, ways, question, passing, causes, place, capped):
    steps = len(tape.output)
    for back in range(steps):
        step = steps - 1 - back
        _set_levels(chain, rules, shock, tape, passing, step)
        _ask(tape, question, passing, causes, place, step)
        _drop_traces(chain, ways, passing, causes)
        _leave_slots(chain, rules, tape, origins, ways, passing, causes, step)
        _leave_pools(chain, shock, tape, ways, passing, causes, capped, step)
        _part_activities(chain, tape, passing, step)
        _leave_by_orders(chain, shock, tape, origins, passing, causes, capped, step)
        _leave_by_capacity(chain, tape, origins, passing, causes, step)
        _leave_by_inputs(chain, tape, passing, step)
        _leave_by_gains(chain, shock, tape, origins, passing, causes, step)
        _leave_buyers(chain, rules, tape, origins, ways, passing, causes, step)
        passing.now[:] = passing.before
        passing.before[:] = 0.0
    causes.unexplained[:] += passing.now
    for p in range(len(chain.pool_need)):
        if ways.pool_start[p] < ways.pool_start[p + 1]:
            causes.unexplained[chain.link_supplier[ways.pool_start[p]]] += passing.pool[p]


@compiled
def _set_levels(chain, rules, shock, tape, passing, step):
    """Wanted production and output, now and a step ago, and plans a step ago; 1 before the first step."""
    wanted, level, growth, capex = passing.wanted, passing.level, passing.growth, passing.capex
    total, headroom, output = tape.total, tape.headroom, tape.output
    expected, budget = shock.expected, shock.capex_factor
    for i in range(len(chain.output0)):
        unit = 1 / chain.output0[i]
        for k in range(2):
            for d in range(wanted.shape[2]):
                known = step >= k
                wanted[k, i, d] = min(total[step - k, i, d] * unit, headroom[step - k, i, d]) if known else 1.0
                level[k, i, d] = output[step - k, i, d] * unit if known else 1.0
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
    step_value, after = question.step_value[step], question.after if step == len(tape.output) - 1 else 0.0
    for i in range(len(value)):
        for d in range(value.shape[1]):
            if value[i, d] != 0:
                made = external[step, place[i], d] if place[i] >= 0 else level[0, i, d]
                lost = step_value * value[i, d] * (1 - made)
                lost += after * value[i, d] * (1 - np.float64(np.float32(made)))
                now[i, d] += lost
                asked[i, d] += lost


@compiled
def _drop_traces(chain, ways, passing, causes):
    """Leave off what is too small to be followed."""
    now, slot, pool, least, rest = passing.now, passing.slot, passing.pool, passing.least, causes.unexplained
    customer, supplier, start = chain.slot_customer, chain.link_supplier, ways.pool_start
    for i in range(len(now)):
        _drop(now, i, rest, i, least)
    for s in range(len(slot)):
        _drop(slot, s, rest, customer[s], least)
    for p in range(len(pool)):
        if start[p] < start[p + 1]:
            _drop(pool, p, rest, supplier[start[p]], least)


@inlined
def _drop(amounts, n, rest, i, least):
    for d in range(len(least)):
        small = abs(amounts[n, d]) < least[d]
        rest[i, d] += amounts[n, d] if small else 0.0
        amounts[n, d] = 0.0 if small else amounts[n, d]


@inlined
def _some(rows, n):
    found = False
    for d in range(rows.shape[1]):
        found |= rows[n, d] != 0
    return found


@compiled
def _to_hits(hits, rows, rest, i, step, d, amount, sign):
    """Book an amount on the hits of an activity by their size in this step; what they do not explain on `rest`."""
    total = 0.0
    for r in range(hits.start[i], hits.start[i + 1]):
        total += max(0.0, sign * hits.intensity[r, d] * hits.profile[hits.hit[r], step, d])
    if total <= 0:
        rest[i, d] += amount
        return
    for r in range(hits.start[i], hits.start[i + 1]):
        rows[r, d] += amount * max(0.0, sign * hits.intensity[r, d] * hits.profile[hits.hit[r], step, d]) / total


@compiled
def _to_budget(hits, causes, i, step, d, amount, growth, capex):
    """Book purchases that were not planned: expected demand first, then the budget's own hits."""
    less, cut = max(0.0, 1 - growth), growth * max(0.0, 1 - capex)
    if less + cut <= 0:
        causes.unexplained[i, d] += amount
        return
    causes.plans[i, d] += amount * less / (less + cut)
    if cut > 0:
        _to_hits(hits, causes.capex, causes.unexplained, i, step, d, amount * cut / (less + cut), 1.0)


@compiled
def _allowed(link_cap, border, cut, e, step, d):
    """Share of a link's baseline that may be ordered."""
    allowed = link_cap[step, e, d] if len(link_cap) else 1.0
    for area in range(len(border)):
        allowed *= 1 - border[area, e] * cut[step, area, d]
    return allowed


@compiled
def _to_border(link_cap, border, cut, rows, e, j, step, d, amount):
    """Book an amount on the borders that a link crosses, by what they stop."""
    last = len(border)
    alone = 1 - link_cap[step, e, d] if len(link_cap) else 0.0
    whole = alone
    for area in range(last):
        whole += border[area, e] * cut[step, area, d]
    rows[last, j, d] += amount * alone / whole
    for area in range(last):
        rows[area, j, d] += amount * border[area, e] * cut[step, area, d] / whole


@inlined
def _order_of(wants, wanted, level, buffer, stock, pace):
    """Order of a flow input relative to its need, by the state a step ago; all per need."""
    restock = (wanted * buffer - stock) * pace
    return max(0.0, wanted + restock) if wants else level + max(0.0, restock)


@compiled
def _leave_slots(chain, rules, tape, origins, ways, passing, causes, step):
    """From a slot to the pools whose deliveries were missing in this step, and to the slot a step ago."""
    slot, pool, wanted, level, growth, capex = (
        passing.slot, passing.pool, passing.wanted, passing.level, passing.growth, passing.capex
    )
    plan, cut, late, unit = passing.row[0], passing.row[1], passing.row[2], passing.row[3]
    side, gap, mass, stock, working = tape.side, tape.gap, tape.mass, tape.stock, tape.working
    starts, pools, parts, sides = chain.member_start, chain.member_pool, chain.member_fraction, chain.member_side
    customer, kinds, needs, buffers, tiers = (
        chain.slot_customer, chain.slot_kind, chain.slot_need, chain.buffer, chain.tier_need
    )
    supply, flow, wants, pace = ways.supply, causes.flow, rules.wanted_orders, 1 / rules.restore_steps
    draws, before = len(plan), max(0, step - 1)
    for s in range(len(slot)):
        if not _some(slot, s):
            continue
        i, tier, kind, need_unit = customer[s], tiers[s], kinds[s], 1 / needs[s]
        full = FULL * needs[s] * buffers[s] if kind == FLOW else FULL
        for d in range(draws):
            cut[d] = late[d] = 0.0
        if kind == FLOW and wants:
            for d in range(draws):
                wish = _order_of(True, wanted[1, i, d], 1.0, buffers[s], stock[step, s, d] * need_unit, pace)
                plan[d] = min(1.0, min(wanted[1, i, d], wish))
        elif kind != CAPITAL:
            for d in range(draws):
                plan[d] = min(1.0, level[1, i, d])
        else:
            for d in range(draws):
                works = working[before, i, d] if step > 0 else 1.0
                plan[d] = works * growth[i, d] * capex[i, d]
                cut[d] = max(0.0, works - plan[d])
        for m in range(starts[s], starts[s + 1]):
            p, part, k = pools[m], parts[m], sides[m]
            for d in range(draws):
                late[d] += part * side[step, k, d] * gap[step, tier, p, d]
        for d in range(draws):
            missing = plan[d] * late[d] + cut[d]
            kept = mass[before, s, d] if step > 0 and stock[step, s, d] < full else 0.0
            leaves = missing > SAME
            unit[d] = slot[s, d] / (kept + missing) if leaves else 0.0
            slot[s, d] = kept * unit[d] if leaves else slot[s, d]
        for m in range(starts[s], starts[s + 1]):
            p, part, k, way = pools[m], parts[m], sides[m], supply[m]
            for d in range(draws):
                amount = unit[d] * plan[d] * part * side[step, k, d] * gap[step, tier, p, d]
                pool[p, d] += amount
                flow[way, d] += amount
        if kind == CAPITAL:
            for d in range(draws):
                if cut[d] * unit[d] != 0:
                    _to_budget(origins.capex, causes, i, before, d, cut[d] * unit[d], growth[i, d], capex[i, d])


@compiled
def _leave_pools(chain, shock, tape, ways, passing, causes, capped, step):
    """From a pool to the suppliers that failed in this step, or to the border; else to the pool a step ago."""
    pool, now, level, total, unit = passing.pool, passing.now, passing.level, passing.row[0], passing.row[1]
    missed, through, starts, supplier, needs = (
        tape.missed, causes.through, ways.pool_start, chain.link_supplier, chain.pool_need
    )
    link_cap, border, cut, at_border = shock.link_cap, shock.border, shock.border_cut, causes.border
    draws = len(total)
    for p in range(len(pool)):
        if not _some(pool, p):
            continue
        for d in range(draws):
            total[d] = 0.0
        for e in range(starts[p], starts[p + 1]):
            for d in range(draws):
                total[d] += missed[step, e, d]
        for d in range(draws):
            leaves = total[d] > SAME * needs[p]
            unit[d] = pool[p, d] / total[d] if leaves else 0.0
            pool[p, d] = 0.0 if leaves else pool[p, d]
        for e in range(starts[p], starts[p + 1]):
            j = supplier[e]
            for d in range(draws if capped[e] else 0):
                amount = unit[d] * missed[step, e, d]
                allowed = _allowed(link_cap, border, cut, e, step, d) if amount != 0 else 1.0
                if allowed < 1:  # the part that a limit explains; the rest the supplier failed to make
                    short = 1 - min(1.0, level[0, j, d])
                    stopped = amount * (1 - allowed) / (1 - allowed + allowed * short)
                    _to_border(link_cap, border, cut, at_border, e, j, step, d, stopped)
                    amount -= stopped
                now[j, d] += amount
                through[j, d] += amount
            for d in range(0 if capped[e] else draws):
                amount = unit[d] * missed[step, e, d]
                now[j, d] += amount
                through[j, d] += amount


@compiled
def _part_activities(chain, tape, passing, step):
    """Part what passes through activities by what limited them in this step; the rest stays with them a step ago."""
    now, before, level, part = passing.now, passing.before, passing.level, passing.part
    total, headroom, behind = tape.total, tape.headroom, tape.behind
    for i in range(len(now)):
        unit0 = 1 / chain.output0[i]
        for d in range(now.shape[1]):
            amount, asked, missing = now[i, d], total[step, i, d] * unit0, 1 - level[0, i, d]
            able = min(1.0, min(asked, headroom[step, i, d]))
            demand = max(0.0, 1 - asked)
            capacity = max(0.0, min(1.0, asked) - able)
            short = missing > SAME
            unit = amount / missing if short else 0.0
            part[0, i, d] = demand * unit
            part[1, i, d] = capacity * unit
            part[2, i, d] = max(0.0, missing - demand - capacity) * unit
            gains = missing < -SAME and behind[step, i, d] <= SAME
            part[3, i, d] = amount if gains else 0.0
            before[i, d] += 0.0 if short or gains else amount


@compiled
def _leave_by_orders(chain, shock, tape, origins, passing, causes, capped, step):
    """Demand part: by missing orders of customers and final sales."""
    amount, before, buyers, parts = passing.part[0], passing.before, passing.buyers, passing.row[7:10]
    final, total = passing.row[5], passing.row[6]
    factor, final0, starts, links = shock.final_factor, chain.final0, chain.supplier_start, chain.supplier_link
    pools, needs, shares, fallback = chain.link_pool, chain.pool_need, chain.link_share, chain.link_fallback
    link_cap, border, cut, at_border = shock.link_cap, shock.border, shock.border_cut, causes.border
    order, share = tape.order, tape.share
    for i in range(len(amount)):
        if not _some(amount, i):
            continue
        for d in range(len(total)):
            final[d] = final0[i] * max(0.0, 1 - factor[step, i, d]) if len(factor) else 0.0
            total[d] = final[d]
        for again in range(2):
            for k in range(starts[i], starts[i + 1]):
                e = links[k]
                p, share0 = pools[e], shares[e]
                need, least = needs[p], SAME * share0 * needs[p]
                for d in range(len(total)):
                    parts[2, d] = 0.0
                for d in range(len(total) if capped[e] else 0):
                    room = _allowed(link_cap, border, cut, e, step, d)
                    asked = share[step, e, d] * order[step, p, d]
                    parts[2, d] = max(0.0, asked - room * (share0 + fallback[e]) * need) if room < 1 else 0.0
                for d in range(len(total)):
                    asked = share[step, e, d] * order[step, p, d]
                    less = share0 * max(0.0, need - order[step, p, d])
                    away = max(0.0, share0 - share[step, e, d]) * order[step, p, d]
                    lack, whole = share0 * need - asked + parts[2, d], less + away + parts[2, d]
                    unit = lack / whole if lack > least and whole > 0 else 0.0
                    if again:
                        buyers[p, d] += amount[i, d] * less * unit
                        before[i, d] += amount[i, d] * away * unit
                        parts[2, d] *= amount[i, d] * unit
                    else:
                        total[d] += whole * unit
                for d in range(len(total) if again and capped[e] else 0):
                    if parts[2, d] != 0:
                        _to_border(link_cap, border, cut, at_border, e, i, step, d, parts[2, d])
            for d in range(0 if again else len(total)):
                before[i, d] += amount[i, d] if total[d] <= 0 else 0.0
                amount[i, d] = amount[i, d] / total[d] if total[d] > 0 else 0.0
                if final[d] * amount[i, d] != 0:
                    own = final[d] * amount[i, d]
                    _to_hits(origins.demand, causes.demand, causes.unexplained, i, step, d, own, 1.0)


@compiled
def _leave_by_capacity(chain, tape, origins, passing, causes, step):
    """Capacity part: the hazard's own hits, the rest the binding tool or service; ties equally."""
    amount, before, slot, least, ties = passing.part[1], passing.before, passing.slot, passing.row[5], passing.row[6]
    starts, kinds, chi, stock, mass = chain.slot_start, chain.slot_kind, chain.criticality, tape.stock, tape.mass
    working, ago = tape.working, max(0, step - 1)
    for i in range(len(amount)):
        if not _some(amount, i):
            continue
        for d in range(len(least)):
            least[d], ties[d] = 1.0, 0.0
        for s in range(starts[i], starts[i + 1]):
            for d in range(len(least) if kinds[s] != FLOW else 0):
                least[d] = min(least[d], 1 - chi[s] * (1 - stock[step, s, d]))
        for s in range(starts[i], starts[i + 1]):
            for d in range(len(least) if kinds[s] != FLOW else 0):
                ties[d] += 1.0 if 1 - chi[s] * (1 - stock[step, s, d]) <= least[d] + SAME else 0.0
        worn_somewhere = False
        for d in range(len(least)):
            hazard = 1 - working[step, i, d]
            worn = (1 - hazard) * (1 - least[d])
            unit = amount[i, d] / (hazard + worn) if hazard + worn > 0 else 0.0
            if hazard * unit != 0:
                own = hazard * unit
                _to_hits(origins.capacity, causes.capacity, causes.unexplained, i, step, d, own, 1.0)
            before[i, d] += amount[i, d] if hazard + worn <= 0 else 0.0
            amount[i, d] = worn * unit / ties[d] if worn > 0 else 0.0
            worn_somewhere |= amount[i, d] != 0
        for s in range(starts[i], starts[i + 1] if worn_somewhere else starts[i]):
            for d in range(len(least) if kinds[s] != FLOW else 0):
                part = amount[i, d] if 1 - chi[s] * (1 - stock[step, s, d]) <= least[d] + SAME else 0.0
                known = step > 0 and mass[ago, s, d] > 0  # else it never missed a delivery
                slot[s, d] += part if known else 0.0
                before[i, d] += 0.0 if known else part


@inlined
def _limit(chi, need, stock):
    """Share of wanted production that a flow input allows."""
    ratio = min(1.0, stock / need) if need > 0 else 1.0
    return 1 - chi * (1 - ratio)


@compiled
def _leave_by_inputs(chain, tape, passing, step):
    """Input part: the limiting input, ties equally."""
    amount, before, slot, wanted = passing.part[2], passing.before, passing.slot, passing.wanted
    least, ties = passing.row[5], passing.row[6]
    starts, kinds, chi, stock, mass = chain.slot_start, chain.slot_kind, chain.criticality, tape.stock, tape.mass
    needs, psi, buffer, ago = chain.slot_need, chain.psi, chain.buffer, max(0, step - 1)
    for i in range(len(amount)):
        if not _some(amount, i):
            continue
        for d in range(len(least)):
            least[d], ties[d] = 2.0, 0.0
        for s in range(starts[i], starts[i + 1]):
            need = needs[s] * max(psi[s] * buffer[s], 1.0)
            for d in range(len(least) if kinds[s] == FLOW and chi[s] > 0 else 0):
                least[d] = min(least[d], _limit(chi[s], need * wanted[0, i, d], stock[step, s, d]))
        for s in range(starts[i], starts[i + 1]):
            need = needs[s] * max(psi[s] * buffer[s], 1.0)
            for d in range(len(least) if kinds[s] == FLOW and chi[s] > 0 else 0):
                limit = _limit(chi[s], need * wanted[0, i, d], stock[step, s, d])
                ties[d] += 1.0 if limit <= least[d] + SAME else 0.0
        for d in range(len(least)):
            before[i, d] += amount[i, d] if ties[d] == 0 else 0.0
            amount[i, d] = amount[i, d] / ties[d] if ties[d] > 0 else 0.0
        for s in range(starts[i], starts[i + 1]):
            need = needs[s] * max(psi[s] * buffer[s], 1.0)
            for d in range(len(least) if kinds[s] == FLOW and chi[s] > 0 else 0):
                limit = _limit(chi[s], need * wanted[0, i, d], stock[step, s, d])
                part = amount[i, d] if limit <= least[d] + SAME else 0.0
                known = step > 0 and mass[ago, s, d] > 0
                slot[s, d] += part if known else 0.0
                before[i, d] += 0.0 if known else part


@compiled
def _leave_by_gains(chain, shock, tape, origins, passing, causes, step):
    """Who gains without having missed anything: by orders above baseline, what rivals failed to deliver to them."""
    amount, before, pool, final, total = (
        passing.part[3], passing.before, passing.pool, passing.row[5], passing.row[6]
    )
    factor, final0, starts, links = shock.final_factor, chain.final0, chain.supplier_start, chain.supplier_link
    pools, needs, shares, order, share = (
        chain.link_pool, chain.pool_need, chain.link_share, tape.order, tape.share
    )
    for i in range(len(amount)):
        if not _some(amount, i):
            continue
        for d in range(len(total)):
            final[d] = final0[i] * max(0.0, factor[step, i, d] - 1) if len(factor) else 0.0
            total[d] = final[d]
        for k in range(starts[i], starts[i + 1]):
            e = links[k]
            p, normal, least = pools[e], shares[e] * needs[pools[e]], SAME * needs[pools[e]]
            for d in range(len(total)):
                more = share[step, e, d] * order[step, p, d] - normal
                total[d] += more if more > least else 0.0
        for d in range(len(total)):
            before[i, d] += amount[i, d] if total[d] <= 0 else 0.0
            amount[i, d] = amount[i, d] / total[d] if total[d] > 0 else 0.0
            if final[d] * amount[i, d] != 0:
                own = final[d] * amount[i, d]
                _to_hits(origins.demand, causes.demand, causes.unexplained, i, step, d, own, -1.0)
        for k in range(starts[i], starts[i + 1]):
            e = links[k]
            p, normal, least = pools[e], shares[e] * needs[pools[e]], SAME * needs[pools[e]]
            for d in range(len(total)):
                more = share[step, e, d] * order[step, p, d] - normal
                pool[p, d] += amount[i, d] * more if more > least else 0.0


@compiled
def _leave_buyers(chain, rules, tape, origins, ways, passing, causes, step):
    """From a pool that orders less to its customers a step ago, when they ordered, by what they order less."""
    buyers, before, wanted, level, growth, capex = (
        passing.buyers, passing.before, passing.wanted, passing.level, passing.growth, passing.capex
    )
    total, lack, ago = passing.row[0], passing.row[1], max(0, step - 1)
    side, stock, working, flow, through = tape.side, tape.stock, tape.working, causes.flow, causes.through
    parts, sides, slots, starts, bought, orders = (
        chain.member_fraction, chain.member_side, ways.slot, ways.bought_start, ways.bought, ways.orders
    )
    customer, kinds, needs, buffers = chain.slot_customer, chain.slot_kind, chain.slot_need, chain.buffer
    rest, first, supplier = causes.unexplained, ways.pool_start, chain.link_supplier
    wants, pace = rules.wanted_orders, 1 / rules.restore_steps
    for p in range(len(buyers)):
        if not _some(buyers, p):
            continue
        for d in range(len(total)):
            total[d] = 0.0
        for again in range(2):
            for n in range(starts[p], starts[p + 1]):
                m = bought[n]
                s, k = slots[m], sides[m]
                i, kind, need, need_unit = customer[s], kinds[s], parts[m] * needs[s], 1 / needs[s]
                if kind == CAPITAL:
                    for d in range(len(total)):
                        works = working[ago, i, d] if step > 0 else 1.0
                        lack[d] = works * growth[i, d] * capex[i, d]
                elif kind == SERVICE:
                    for d in range(len(total)):
                        lack[d] = min(1.0, level[1, i, d])
                else:
                    for d in range(len(total)):
                        per_need = stock[step, s, d] * need_unit
                        lack[d] = _order_of(wants, wanted[1, i, d], level[1, i, d], buffers[s], per_need, pace)
                for d in range(len(total)):
                    lack[d] = need * max(0.0, 1 - side[step, k, d] * lack[d])
                    total[d] += 0.0 if again else lack[d]
                for d in range(len(total) if again else 0):
                    amount = total[d] * lack[d]
                    flow[orders[m], d] += amount
                    through[i, d] += amount
                    if kind != CAPITAL:
                        before[i, d] += amount
                    elif amount != 0:
                        works = (working[ago, i, d] if step > 0 else 1.0) * side[step, k, d]
                        _to_planner(origins, causes, i, ago, d, amount, works, growth[i, d], capex[i, d])
            for d in range(0 if again else len(total)):
                rest[supplier[first[p]], d] += buyers[p, d] if total[d] <= 0 else 0.0
                total[d] = buyers[p, d] / total[d] if total[d] > 0 else 0.0
                buyers[p, d] = 0.0


@compiled
def _to_planner(origins, causes, i, step, d, amount, works, growth, capex):
    """Who orders fewer tools: his hazard, what he expects, his budget."""
    idle, cut = max(0.0, 1 - works), works * max(0.0, 1 - growth * capex)
    if idle + cut <= 0:
        causes.unexplained[i, d] += amount
        return
    if idle > 0:
        own = amount * idle / (idle + cut)
        _to_hits(origins.capacity, causes.capacity, causes.unexplained, i, step, d, own, 1.0)
    if cut > 0:
        _to_budget(origins.capex, causes, i, step, d, amount * cut / (idle + cut), growth, capex)
