"""A loss followed up to missing inputs, hazards and rivals (compiled). See `causes`."""

from __future__ import annotations

from supplychain_risk.kernels.block import compiled, inlined
from supplychain_risk.kernels.bookings import allowed, order_of, some, to_border, to_budget, to_hits
from supplychain_risk.kernels.chain import CAPITAL, FLOW
from supplychain_risk.kernels.tape import FULL, SAME


@compiled
def leave_slots(chain, rules, tape, origins, ways, passing, causes, step):
    """From a slot to the pools whose deliveries were missing in this step, and to the slot a step ago."""
    slot, pool, wanted, level, growth, capex = (
        passing.slot,
        passing.pool,
        passing.wanted,
        passing.level,
        passing.growth,
        passing.capex,
    )
    plan, cut, late, unit = passing.row[0], passing.row[1], passing.row[2], passing.row[3]
    side, gap, mass, stock, working = tape.side, tape.gap, tape.mass, tape.stock, tape.working
    starts, pools, parts, sides = chain.member_start, chain.member_pool, chain.member_fraction, chain.member_side
    customer, kinds, needs, buffers, tiers = (
        chain.slot_customer,
        chain.slot_kind,
        chain.slot_need,
        chain.buffer,
        chain.tier_need,
    )
    supply, flow, wants, pace = ways.supply, causes.flow, rules.wanted_orders, 1 / rules.restore_steps
    draws, before = len(plan), max(0, step - 1)
    for s in range(len(slot)):
        if not some(slot, s):
            continue
        i, tier, kind, need_unit = customer[s], tiers[s], kinds[s], 1 / needs[s]
        full = FULL * needs[s] * buffers[s] if kind == FLOW else FULL
        for d in range(draws):
            cut[d] = late[d] = 0.0
        if kind == FLOW and wants:
            for d in range(draws):
                wish = order_of(wants, wanted[1, i, d], 1.0, buffers[s], stock[step, s, d] * need_unit, pace)
                plan[d] = min(1.0, wanted[1, i, d], wish)
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
                    to_budget(origins.capex, causes, i, before, d, cut[d] * unit[d], growth[i, d], capex[i, d])


@compiled
def leave_pools(chain, shock, tape, ways, passing, causes, capped, step):
    """From a pool to the suppliers that failed in this step, or to the border; else to the pool a step ago."""
    pool, now, level, total, unit = passing.pool, passing.now, passing.level, passing.row[0], passing.row[1]
    overrun = passing.part[3]
    missed, through, starts, supplier, needs = (
        tape.missed,
        causes.through,
        ways.pool_start,
        chain.link_supplier,
        chain.pool_need,
    )
    link_cap, border, cut, at_border = shock.link_cap, shock.border, shock.border_cut, causes.border
    draws = len(total)
    for p in range(len(pool)):
        if not some(pool, p):
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
                room = allowed(link_cap, border, cut, e, step, d) if amount != 0 else 1.0
                if room < 1:  # the part that a limit explains; the rest the supplier failed to make
                    short = 1 - min(1.0, level[0, j, d])
                    stopped = amount * (1 - room) / (1 - room + room * short)
                    to_border(link_cap, border, cut, at_border, e, j, step, d, stopped)
                    amount -= stopped
                through[j, d] += amount
                now[j, d] += amount if 1 - level[0, j, d] > SAME else 0.0
                overrun[j, d] += 0.0 if 1 - level[0, j, d] > SAME else amount
            for d in range(0 if capped[e] else draws):
                amount = unit[d] * missed[step, e, d]
                through[j, d] += amount
                now[j, d] += amount if 1 - level[0, j, d] > SAME else 0.0
                overrun[j, d] += 0.0 if 1 - level[0, j, d] > SAME else amount


@compiled
def leave_by_capacity(chain, tape, origins, passing, causes, step):
    """Capacity part: the hazard's own hits, the rest the binding tool or service; ties equally."""
    amount, before, slot, least, ties = passing.part[1], passing.before, passing.slot, passing.row[5], passing.row[6]
    starts, kinds, chi, stock, mass = chain.slot_start, chain.slot_kind, chain.criticality, tape.stock, tape.mass
    working, ago = tape.working, max(0, step - 1)
    for i in range(len(amount)):
        if not some(amount, i):
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
                to_hits(origins.capacity, causes.capacity, causes.unexplained, i, step, d, own, 1.0)
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
def limit(chi, need, stock):
    """Share of wanted production that a flow input allows."""
    ratio = min(1.0, stock / need) if need > 0 else 1.0
    return 1 - chi * (1 - ratio)


@compiled
def leave_by_inputs(chain, tape, passing, step):
    """Input part: the limiting input, ties equally."""
    amount, before, slot, wanted = passing.part[2], passing.before, passing.slot, passing.wanted
    least, ties = passing.row[5], passing.row[6]
    starts, kinds, chi, stock, mass = chain.slot_start, chain.slot_kind, chain.criticality, tape.stock, tape.mass
    needs, psi, buffer, ago = chain.slot_need, chain.psi, chain.buffer, max(0, step - 1)
    for i in range(len(amount)):
        if not some(amount, i):
            continue
        for d in range(len(least)):
            least[d], ties[d] = 2.0, 0.0
        for s in range(starts[i], starts[i + 1]):
            need = needs[s] * max(psi[s] * buffer[s], 1.0)
            for d in range(len(least) if kinds[s] == FLOW and chi[s] > 0 else 0):
                least[d] = min(least[d], limit(chi[s], need * wanted[0, i, d], stock[step, s, d]))
        for s in range(starts[i], starts[i + 1]):
            need = needs[s] * max(psi[s] * buffer[s], 1.0)
            for d in range(len(least) if kinds[s] == FLOW and chi[s] > 0 else 0):
                share = limit(chi[s], need * wanted[0, i, d], stock[step, s, d])
                ties[d] += 1.0 if share <= least[d] + SAME else 0.0
        for d in range(len(least)):
            before[i, d] += amount[i, d] if ties[d] == 0 else 0.0
            amount[i, d] = amount[i, d] / ties[d] if ties[d] > 0 else 0.0
        for s in range(starts[i], starts[i + 1]):
            need = needs[s] * max(psi[s] * buffer[s], 1.0)
            for d in range(len(least) if kinds[s] == FLOW and chi[s] > 0 else 0):
                share = limit(chi[s], need * wanted[0, i, d], stock[step, s, d])
                part = amount[i, d] if share <= least[d] + SAME else 0.0
                known = step > 0 and mass[ago, s, d] > 0
                slot[s, d] += part if known else 0.0
                before[i, d] += 0.0 if known else part


@compiled
def leave_by_gains(chain, shock, tape, origins, passing, causes, step):
    """Who gains or is overrun without having missed anything: by orders above baseline, what rivals did not deliver."""
    amount, before, pool, final, total = (passing.part[3], passing.before, passing.pool, passing.row[5], passing.row[6])
    factor, final0, starts, links = shock.final_factor, chain.final0, chain.supplier_start, chain.supplier_link
    pools, needs, shares, order, share = (chain.link_pool, chain.pool_need, chain.link_share, tape.order, tape.share)
    for i in range(len(amount)):
        if not some(amount, i):
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
                to_hits(origins.demand, causes.demand, causes.unexplained, i, step, d, own, -1.0)
        for k in range(starts[i], starts[i + 1]):
            e = links[k]
            p, normal, least = pools[e], shares[e] * needs[pools[e]], SAME * needs[pools[e]]
            for d in range(len(total)):
                more = share[step, e, d] * order[step, p, d] - normal
                pool[p, d] += amount[i, d] * more if more > least else 0.0
