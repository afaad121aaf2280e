"""A loss followed down to customers who ordered less (compiled). See `causes`."""

from __future__ import annotations

from supplychain_risk.kernels.block import compiled
from supplychain_risk.kernels.bookings import allowed, order_of, some, to_border, to_budget, to_hits
from supplychain_risk.kernels.chain import CAPITAL, SERVICE
from supplychain_risk.kernels.tape import SAME


@compiled
def leave_by_orders(chain, shock, tape, origins, passing, causes, capped, step):
    """Demand part: by missing orders of customers and final sales."""
    amount, before, buyers, parts = passing.part[0], passing.before, passing.buyers, passing.row[7:10]
    final, total = passing.row[5], passing.row[6]
    factor, final0, starts, links = shock.final_factor, chain.final0, chain.supplier_start, chain.supplier_link
    pools, needs, shares, fallback = chain.link_pool, chain.pool_need, chain.link_share, chain.link_fallback
    link_cap, border, cut, at_border = shock.link_cap, shock.border, shock.border_cut, causes.border
    order, share = tape.order, tape.share
    for i in range(len(amount)):
        if not some(amount, i):
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
                    room = allowed(link_cap, border, cut, e, step, d)
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
                        to_border(link_cap, border, cut, at_border, e, i, step, d, parts[2, d])
            for d in range(0 if again else len(total)):
                before[i, d] += amount[i, d] if total[d] <= 0 else 0.0
                amount[i, d] = amount[i, d] / total[d] if total[d] > 0 else 0.0
                if final[d] * amount[i, d] != 0:
                    own = final[d] * amount[i, d]
                    to_hits(origins.demand, causes.demand, causes.unexplained, i, step, d, own, 1.0)


@compiled
def leave_buyers(chain, rules, tape, origins, ways, passing, causes, step):
    """From a pool that orders less to its customers a step ago, when they ordered, by what they order less."""
    buyers, before, wanted, level, growth, capex = (
        passing.buyers,
        passing.before,
        passing.wanted,
        passing.level,
        passing.growth,
        passing.capex,
    )
    total, lack, ago = passing.row[0], passing.row[1], max(0, step - 1)
    side, stock, working, flow, through = tape.side, tape.stock, tape.working, causes.flow, causes.through
    parts, sides, slots, starts, bought, orders = (
        chain.member_fraction,
        chain.member_side,
        ways.slot,
        ways.bought_start,
        ways.bought,
        ways.orders,
    )
    customer, kinds, needs, buffers = chain.slot_customer, chain.slot_kind, chain.slot_need, chain.buffer
    rest, first, supplier = causes.unexplained, ways.pool_start, chain.link_supplier
    wants, pace = rules.wanted_orders, 1 / rules.restore_steps
    for p in range(len(buyers)):
        if not some(buyers, p):
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
                        lack[d] = order_of(wants, wanted[1, i, d], level[1, i, d], buffers[s], per_need, pace)
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
                        to_planner(origins, causes, i, ago, d, amount, works, growth[i, d], capex[i, d])
            for d in range(0 if again else len(total)):
                rest[supplier[first[p]], d] += buyers[p, d] if total[d] <= 0 else 0.0
                total[d] = buyers[p, d] / total[d] if total[d] > 0 else 0.0
                buyers[p, d] = 0.0


@compiled
def to_planner(origins, causes, i, step, d, amount, works, growth, capex):
    """Who orders fewer tools: his hazard, what he expects, his budget."""
    idle, cut = max(0.0, 1 - works), works * max(0.0, 1 - growth * capex)
    if idle + cut <= 0:
        causes.unexplained[i, d] += amount
        return
    if idle > 0:
        own = amount * idle / (idle + cut)
        to_hits(origins.capacity, causes.capacity, causes.unexplained, i, step, d, own, 1.0)
    if cut > 0:
        to_budget(origins.capex, causes, i, step, d, amount * cut / (idle + cut), growth, capex)
