"""Orders of slots, their gathering in pools, and what deliveries do to stocks and tools (compiled).

Steps 6 and 8 of `inventory_numpy`. An order has a need part and a restocking part. Those of flow inputs and services
follow from the state at the end of the step before, so they are worked out twice a step, when placed and when
delivered, and never stored.
"""

from __future__ import annotations

import numpy as np

from supplychain_risk.kernels.block import compiled


@compiled
def wish_for(base, buffer, stock, pace):
    """Order of a flow input: what wanted production needs, and a part `pace` of what the stock lacks to its target."""
    return max(0.0, base + (base * buffer - stock) * pace)


@compiled
def place(chain, rules, state):
    """Gather the slots' orders in their pools, and split them over links where links are capped."""
    state.pool_order[:] = 0.0
    _place_flows(chain, rules, state)
    _place_services(chain, state)
    _place_tools(chain, state)
    if len(state.allowed):
        _cap_links(chain, rules, state)


@compiled
def _place_flows(chain, rules, state):
    order, stock, wanted, level, side = state.pool_order, state.slot_level, state.wanted, state.level, state.side
    draws, pace = stock.shape[1], 1 / rules.restore_steps
    for s in chain.flows:
        i, need0, buffer = chain.slot_customer[s], chain.slot_need[s], chain.buffer[s]
        first, second = chain.tier_need[s], chain.tier_restock[s]
        for m in range(chain.member_start[s], chain.member_start[s + 1]):
            pool, part, k = chain.member_pool[m], chain.member_fraction[m], chain.member_side[m]
            if rules.wanted_orders:
                for d in range(draws):
                    base = need0 * wanted[i, d]
                    wish = wish_for(base, buffer, stock[s, d], pace)
                    order[first, pool, d] += part * side[k, d] * min(base, wish)
                    order[second, pool, d] += part * side[k, d] * (wish - min(base, wish))
            else:
                for d in range(draws):
                    missing = max(0.0, need0 * buffer * wanted[i, d] - stock[s, d])
                    order[first, pool, d] += part * side[k, d] * (need0 * level[i, d])
                    order[second, pool, d] += part * side[k, d] * (missing * pace)


@compiled
def _place_services(chain, state):
    order, level, side = state.pool_order, state.level, state.side
    for s in chain.services:
        i, tier = chain.slot_customer[s], chain.tier_need[s]
        for m in range(chain.member_start[s], chain.member_start[s + 1]):
            pool, part, k = chain.member_pool[m], chain.member_fraction[m] * chain.slot_need[s], chain.member_side[m]
            for d in range(level.shape[1]):
                order[tier, pool, d] += part * side[k, d] * min(1.0, level[i, d])


@compiled
def _place_tools(chain, state):
    order, need, restock, side = state.pool_order, state.tool_need, state.tool_restock, state.side
    for s in chain.tools:
        first, second = chain.tier_need[s], chain.tier_restock[s]
        for m in range(chain.member_start[s], chain.member_start[s + 1]):
            pool, part, k = chain.member_pool[m], chain.member_fraction[m], chain.member_side[m]
            for d in range(need.shape[1]):
                order[first, pool, d] += part * side[k, d] * need[s, d]
            for d in range(need.shape[1]):
                order[second, pool, d] += part * side[k, d] * restock[s, d]


@compiled
def _cap_links(chain, rules, state):
    """A limit cuts the tiers of a link's order from the last one."""
    room = state.row[0]
    for e in range(len(state.capped) if len(state.allowed) > 0 else 0):
        if not state.capped[e]:
            continue
        pool = chain.link_pool[e]
        base = (chain.link_share[e] + chain.link_fallback[e]) * chain.pool_need[pool]
        for d in range(len(room)):
            room[d] = state.allowed[e, d] * base if state.allowed[e, d] < 1 else np.inf
        for tier in range(rules.n_tiers):
            for d in range(len(room)):
                placed = min(state.share[e, d] * state.pool_order[tier, pool, d], room[d])
                state.link_order[tier, e, d] = placed
                room[d] -= placed


@compiled
def allow(shock, state, step):
    """Set the limits on links for orders that are placed in `step`."""
    allowed, cap, border, cut = state.allowed, shock.link_cap, shock.border, shock.border_cut
    for e in range(len(state.capped) if len(allowed) > 0 else 0):
        if not state.capped[e]:
            continue
        for d in range(allowed.shape[1]):
            allowed[e, d] = cap[step, e, d] if len(cap) else 1.0
        for area in range(len(border)):
            if border[area, e] > 0:
                for d in range(allowed.shape[1]):
                    allowed[e, d] *= 1 - border[area, e] * cut[step, area, d]


@compiled
def deliver(chain, rules, shock, state, step):
    """Stocks take in what arrives; tools and services follow it; tools are ordered anew."""
    _deliver_flows(chain, rules, state)
    _deliver_services(chain, state)
    for i in range(len(chain.output0)):
        row = shock.loss_row[i]
        for d in range(state.working.shape[1] if row >= 0 else 0):
            state.worked[i, d] = state.working[i, d]
            state.working[i, d] = 1 - shock.capacity_loss[step, row, d]
    _deliver_tools(chain, rules, state)
    _take_sides(chain, state)
    _plan_by_demand(chain, rules, shock, state, step)


@compiled
def _take_sides(chain, state):
    """Customers on both sides of a border order where their plants work; what they lose is lost behind it first."""
    for n in range(len(chain.divided)):
        i, inside = chain.divided[n], chain.divided_share[n]
        for d in range(state.working.shape[1]):
            left = state.working[i, d]
            outside = min(left, 1 - inside)
            whole = left == 1 or left <= 0
            state.side[2 * n + 1, d] = 1.0 if whole else (left - outside) / (left * inside)
            state.side[2 * n + 2, d] = 1.0 if whole else outside / (left * (1 - inside))


@compiled
def _deliver_flows(chain, rules, state):
    if not rules.wanted_orders:
        _deliver_realised(chain, rules, state)
        return
    gap, stock, level, missing = state.pool_gap, state.slot_level, state.level, state.row[0]
    wanted, side, pace, draws = state.wanted_before, state.side, 1 / rules.restore_steps, state.level.shape[1]
    for s in chain.flows:
        i, need0, buffer = chain.slot_customer[s], chain.slot_need[s], chain.buffer[s]
        first, second = chain.tier_need[s], chain.tier_restock[s]
        m, end = chain.member_start[s], chain.member_start[s + 1]
        pool = chain.member_pool[m]
        if end - m == 1:
            for d in range(draws):
                base = need0 * wanted[i, d]
                wish = wish_for(base, buffer, stock[s, d], pace)
                base = min(base, wish)
                late = base * gap[first, pool, d] + (wish - base) * gap[second, pool, d]
                stock[s, d] = _stock_after(stock[s, d], wish - late, need0 * level[i, d])
            continue
        if end - m == 2:  # most often a customer with plants on both sides of a border
            other, k, n = chain.member_pool[m + 1], chain.member_side[m], chain.member_side[m + 1]
            for d in range(draws):
                base = need0 * wanted[i, d]
                wish = wish_for(base, buffer, stock[s, d], pace)
                base = min(base, wish)
                part, rest = chain.member_fraction[m] * side[k, d], chain.member_fraction[m + 1] * side[n, d]
                late = base * (part * gap[first, pool, d] + rest * gap[first, other, d])
                late += (wish - base) * (part * gap[second, pool, d] + rest * gap[second, other, d])
                stock[s, d] = _stock_after(stock[s, d], wish - late, need0 * level[i, d])
            continue
        for d in range(draws):
            missing[d] = 0.0
        for m in range(chain.member_start[s], end):
            pool, part, k = chain.member_pool[m], chain.member_fraction[m], chain.member_side[m]
            for d in range(draws):
                base = need0 * wanted[i, d]
                wish = wish_for(base, buffer, stock[s, d], pace)
                base = min(base, wish)
                missing[d] += part * side[k, d] * (base * gap[first, pool, d] + (wish - base) * gap[second, pool, d])
        for d in range(draws):
            wish = wish_for(need0 * wanted[i, d], buffer, stock[s, d], pace)
            stock[s, d] = _stock_after(stock[s, d], wish - missing[d], need0 * level[i, d])


@compiled
def _stock_after(stock, arrived, used):
    """max(0, stock - used) + arrived, written so that nothing moves when as much arrives as is used."""
    arrived = max(0.0, arrived)
    return max(arrived, stock + (arrived - used))


@compiled
def _deliver_realised(chain, rules, state):
    """Deliveries of orders that follow realised production (the published ARIO)."""
    gap, stock, level, got = state.pool_gap, state.slot_level, state.level, state.row[0]
    wanted, before, side, pace = state.wanted_before, state.level_before, state.side, 1 / rules.restore_steps
    for s in chain.flows:
        i, need0, target = chain.slot_customer[s], chain.slot_need[s], chain.slot_need[s] * chain.buffer[s]
        first, second = chain.tier_need[s], chain.tier_restock[s]
        for d in range(len(got)):
            got[d] = need0 * before[i, d] + max(0.0, target * wanted[i, d] - stock[s, d]) * pace
        for m in range(chain.member_start[s], chain.member_start[s + 1]):
            pool, part, k = chain.member_pool[m], chain.member_fraction[m], chain.member_side[m]
            for d in range(len(got)):
                restock = max(0.0, target * wanted[i, d] - stock[s, d]) * pace
                late = need0 * before[i, d] * gap[first, pool, d] + restock * gap[second, pool, d]
                got[d] -= part * side[k, d] * late
        for d in range(len(got)):
            stock[s, d] = _stock_after(stock[s, d], got[d], need0 * level[i, d])


@compiled
def _deliver_services(chain, state):
    """The level follows delivery / own base order (1 if nothing had to be done)."""
    gap, serviced, side, missing = state.pool_gap, state.slot_level, state.side, state.row[0]
    working, before = state.working, state.level_before
    for s in chain.services:
        i, wear, tier = chain.slot_customer[s], chain.wear[s], chain.tier_need[s]
        for d in range(len(missing)):
            missing[d] = 0.0
        for m in range(chain.member_start[s], chain.member_start[s + 1]):
            pool, part, k = chain.member_pool[m], chain.member_fraction[m], chain.member_side[m]
            for d in range(len(missing)):
                missing[d] += part * side[k, d] * gap[tier, pool, d]
        for d in range(len(missing)):
            ratio = 1 - missing[d] if before[i, d] > 0 else 1.0
            speed = wear * working[i, d]
            serviced[s, d] = min(1.0, serviced[s, d] + speed * (ratio - serviced[s, d]))


@compiled
def _deliver_tools(chain, rules, state):
    """The level follows what the working part of the customer took in; what is paid back is no longer owed.

    Then tools are ordered: by plan, catching up with it, and what a hit customer did not take in once it works again.
    """
    gap, level, working, worked, owed = state.pool_gap, state.slot_level, state.working, state.worked, state.owed
    need, restock, owed_order = state.tool_need, state.tool_restock, state.owed_order
    got, late, side, pace = state.row[0], state.row[1], state.side, 1 / rules.capital_steps
    for s in chain.tools:
        i, need0, wear = chain.slot_customer[s], chain.slot_need[s], chain.wear[s]
        first, second = chain.tier_need[s], chain.tier_restock[s]
        chase = need0 * pace / wear if wear > 0 else 0.0
        for d in range(len(got)):
            got[d] = need[s, d] + restock[s, d]
            late[d] = 0.0
        for m in range(chain.member_start[s], chain.member_start[s + 1]):
            pool, part, k = chain.member_pool[m], chain.member_fraction[m], chain.member_side[m]
            for d in range(len(got)):
                got[d] -= part * side[k, d] * (need[s, d] * gap[first, pool, d] + restock[s, d] * gap[second, pool, d])
                late[d] += part * side[k, d] * gap[second, pool, d]
        for d in range(len(got)):
            owed[s, d] -= owed_order[s, d] - owed_order[s, d] * late[d]
        for d in range(len(got)):
            ratio = max(0.0, got[d]) / (need0 * worked[i, d]) if worked[i, d] > 0 else 1.0
            level[s, d] = min(1.0, level[s, d] + wear * worked[i, d] * (ratio - level[s, d]))
        for d in range(len(got)):
            need[s, d] = need0 * working[i, d]
            owed_order[s, d] = owed[s, d] * pace if working[i, d] == 1 else 0.0
            owed[s, d] += need0 * (1 - working[i, d])
        for d in range(len(got)):
            restock[s, d] = chase * (1 - level[s, d]) + owed_order[s, d]


@compiled
def _plan_by_demand(chain, rules, shock, state, step):
    """Expected demand and capital budgets act on plans; who cuts his budget does not catch up either."""
    need, restock, owed_order = state.tool_need, state.tool_restock, state.owed_order
    expected, capex = shock.expected, shock.capex_factor
    for s in chain.tools:
        i = chain.slot_customer[s]
        if len(expected):
            for d in range(need.shape[1]):
                need[s, d] *= max(0.0, 1 + rules.capex_accelerator * (expected[step, i, d] - 1))
        if len(capex):
            for d in range(need.shape[1]):
                need[s, d] *= capex[step, i, d]
                restock[s, d] = owed_order[s, d] if capex[step, i, d] < 1 else restock[s, d]
