"""Scarcity prices of a week, and who gains and pays (compiled). The equations stand in `prices_numpy`.

In steps in which all prices are 1 and no maker of a product with a moving price is short, only that is found out.
"""

from __future__ import annotations

from supplychain_risk.kernels.block import compiled
from supplychain_risk.kernels.chain import CAPITAL, SERVICE
from supplychain_risk.kernels.market import SETTLED
from supplychain_risk.kernels.ordering import wish_for
from supplychain_risk.kernels.rationing import order_of_link


@compiled
def price_week(chain, rules, market, shock, state, record, step):
    """Move prices by a step and write who gains and who pays; after rationing, before stocks take in deliveries."""
    moved = _move_prices(chain, rules, market, shock, state, record, step)
    if moved:
        row = record.row_of_step[step]
        _charge_makers(market, state, record, row)
        _charge_buyers(chain, rules, market, state, record)
        _take_out_captive(chain, rules, market, state, record)
        _add_up(record, row, record.step_weight[step])
        _add_rest(record, step)


@compiled
def _move_prices(chain, rules, market, shock, state, record, step):
    """Move each price a step towards what scarcity asks for; whether any differs from 1, before or after."""
    need, missing, stopped, now, moves = state.row[0], state.row[1], state.row[3], record.price_now, record.price_moves
    any_moves = False
    for r in range(len(market.price_max)):
        any_moves |= moves[r]
        short = _add_needs(chain, rules, market, state, r)
        if len(state.allowed) > 0:
            short |= _add_stopped(chain, rules, market, state, r)
        if not (short or moves[r]):
            continue
        if short:
            _take_off_idle(chain, market, state, r)
            _take_off_excess(chain, market, shock, state, r, step)
        moves[r] = False
        for d in range(now.shape[1]):
            scarcity = (missing[d] + stopped[d]) / need[d] if need[d] > 0 else 0.0
            scarce = scarcity >= market.shortage_floor and scarcity > 0
            target = min(market.price_max[r], max(0.0, 1 - scarcity) ** -market.exponent[r]) if scarce else 1.0
            price = now[r, d] + market.speed[r] * (target - now[r, d])
            now[r, d] = 1.0 if not scarce and abs(price - 1) < SETTLED else price
            moves[r] |= now[r, d] != 1.0
        any_moves |= moves[r]
    return any_moves


@compiled
def _add_needs(chain, rules, market, state, r):
    """Needs of product r and what is missing of them by makers' own capacity, in rows of scratch; whether any is."""
    need, missing, asked, stopped = state.row[0], state.row[1], state.row[2], state.row[3]
    demand, wanted, output, short = state.demand, state.wanted, state.output, False
    need[:] = 0.0
    missing[:] = 0.0
    stopped[:] = 0.0
    for m in range(market.maker_start[r], market.maker_start[r + 1]):
        i = market.maker[m]
        base, behind = chain.output0[i], False
        asked[:] = 0.0
        for tier in range(max(1, rules.n_tiers - 1)):
            for d in range(len(asked)):
                asked[d] += demand[tier, i, d]
        for d in range(len(asked)):
            need[d] += asked[d]
            behind |= asked[d] > output[i, d]
        for d in range(len(asked) if behind else 0):
            missing[d] += max(0.0, asked[d] - wanted[i, d] * base)
        short |= behind
    return short


@compiled
def _add_stopped(chain, rules, market, state, r):
    """Add needs that limits on links do not let through; whether there are any."""
    need, stopped, share, short = state.row[0], state.row[3], state.share, False
    for k in range(market.link_start[r], market.link_start[r + 1]):
        e = market.link[k]
        pool = chain.link_pool[e]
        for tier in range(max(1, rules.n_tiers - 1) if state.capped[e] else 0):
            for d in range(len(need)):
                late = max(0.0, share[e, d] * state.pool_order[tier, pool, d] - state.link_order[tier, e, d])
                need[d] += late
                stopped[d] += late
                short |= late > 0
    return short


@compiled
def _take_off_idle(chain, market, state, r):
    """Take what makers could make more than they are asked for off what is missing of others."""
    missing, idle, limited = state.row[1], state.row[2], len(state.allowed) > 0
    for m in range(market.maker_start[r], market.maker_start[r + 1]):
        i = market.maker[m]
        base = chain.output0[i]
        for d in range(len(idle)):
            idle[d] = state.headroom[i, d] * base - state.total[i, d]
        for k in range(chain.supplier_start[i], chain.supplier_start[i + 1] if limited else 0):
            e = chain.supplier_link[k]
            trade = (chain.link_share[e] + chain.link_fallback[e]) * chain.pool_need[chain.link_pool[e]]
            for d in range(len(idle) if state.capped[e] else 0):
                idle[d] -= trade * (1 - state.allowed[e, d])
        for d in range(len(idle)):
            missing[d] -= max(0.0, idle[d])


@compiled
def _take_off_excess(chain, market, shock, state, r, step):
    """Needs above normal make up for what was missed; they are no scarcity of the week, and no part of its needs."""
    need, missing, normal = state.row[0], state.row[1], state.row[2]
    normal[:] = 0.0
    for m in range(market.maker_start[r], market.maker_start[r + 1]):
        i = market.maker[m]
        for d in range(len(normal)):
            expected = max(1.0, shock.expected[step, i, d]) if len(shock.expected) > 0 else 1.0
            normal[d] += chain.output0[i] * expected
    for d in range(len(normal)):
        excess = max(0.0, need[d] - normal[d])
        need[d] -= excess
        missing[d] = max(0.0, missing[d] - excess)


@compiled
def _charge_makers(market, state, record, row):
    """Gains on what is delivered, and what final buyers pay."""
    gain, now, output, final = record.last_gain, record.price_now, state.output, state.delivered_final
    for r in range(len(market.price_max)):
        for m in range(market.maker_start[r], market.maker_start[r + 1]):
            i = market.maker[m]
            for d in range(now.shape[1]):
                gain[m, d] = output[i, d] * (now[r, d] - 1)
            for d in range(now.shape[1] if record.price_moves[r] else 0):
                record.final_cost[row, r, d] += final[i, d] * (now[r, d] - 1)


@compiled
def _charge_buyers(chain, rules, market, state, record):
    """What the week's deliveries cost more."""
    cost, now, gap, side, stock = record.last_cost, record.price_now, state.pool_gap, state.side, state.slot_level
    wanted, before, tool_need, tool_restock = (
        state.wanted_before,
        state.level_before,
        state.tool_need,
        state.tool_restock,
    )
    need, restock, late, pace = state.row[0], state.row[1], state.row[2], 1 / rules.restore_steps
    draws = len(need)
    cost[:] = 0.0
    for n in range(len(market.slot)):
        s, r, b = market.slot[n], market.slot_product[n], market.slot_buyer[n]
        if not record.price_moves[r]:
            continue
        i, need0, buffer, kind = chain.slot_customer[s], chain.slot_need[s], chain.buffer[s], chain.slot_kind[s]
        first, second = chain.tier_need[s], chain.tier_restock[s]
        if kind == CAPITAL:
            for d in range(draws):
                need[d], restock[d] = tool_need[s, d], tool_restock[s, d]
        elif kind == SERVICE:
            for d in range(draws):
                need[d], restock[d] = need0 * min(1.0, before[i, d]), 0.0
        elif rules.wanted_orders:
            for d in range(draws):
                base = need0 * wanted[i, d]
                wish = wish_for(base, buffer, stock[s, d], pace)
                need[d], restock[d] = min(base, wish), wish - min(base, wish)
        else:
            for d in range(draws):
                need[d] = need0 * before[i, d]
                restock[d] = max(0.0, need0 * buffer * wanted[i, d] - stock[s, d]) * pace
        for d in range(draws):
            late[d] = 0.0
        for m in range(chain.member_start[s], chain.member_start[s + 1]):
            pool, part, k = chain.member_pool[m], chain.member_fraction[m], chain.member_side[m]
            for d in range(draws):
                late[d] += part * side[k, d] * (need[d] * gap[first, pool, d] + restock[d] * gap[second, pool, d])
        for d in range(draws):
            cost[b, d] += (need[d] + restock[d] - late[d]) * (now[r, d] - 1)


@compiled
def _take_out_captive(chain, rules, market, state, record):
    """Deliveries inside a company are made at the normal price."""
    gain, cost, now = record.last_gain, record.last_cost, record.price_now
    for c in range(len(market.captive)):
        e, r, m, b = market.captive[c], market.captive_product[c], market.captive_maker[c], market.captive_buyer[c]
        j, pool = chain.link_supplier[e], chain.link_pool[e]
        for d in range(now.shape[1] if record.price_moves[r] else 0):
            for tier in range(rules.n_tiers):
                unserved = state.link_gap[e, d] if rules.fairest else state.unserved[tier, j, d]
                inside = order_of_link(state, tier, e, pool, d) * (1 - unserved) * (now[r, d] - 1)
                gain[m, d] -= inside
                cost[b, d] -= inside


@compiled
def _add_up(record, row, weight):
    """Add the step to the row and to the weighted sums."""
    gain, cost, now = record.last_gain, record.last_cost, record.price_now
    for m in range(len(gain)):
        for d in range(gain.shape[1]):
            record.price_gain[row, m, d] += gain[m, d]
            record.weighted_gain[m, d] += weight * gain[m, d]
    for b in range(len(cost)):
        for d in range(cost.shape[1]):
            record.input_cost[row, b, d] += cost[b, d]
            record.weighted_cost[b, d] += weight * cost[b, d]
    for r in range(len(now)):
        for d in range(now.shape[1] if record.price_moves[r] else 0):
            record.price[row, r, d] += now[r, d] - 1


@compiled
def _add_rest(record, step):
    """Add the step to the rest of the quarter that the event begins in, the last one in part."""
    for d in range(len(record.rest_steps)):
        part = min(1.0, max(0.0, record.rest_steps[d] - step))
        for m in range(len(record.last_gain) if part > 0 else 0):
            record.rest_gain[m, d] += part * record.last_gain[m, d]
        for b in range(len(record.last_cost) if part > 0 else 0):
            record.rest_cost[b, d] += part * record.last_cost[b, d]
