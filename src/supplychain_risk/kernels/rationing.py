"""Who gets what when output does not meet demand (compiled). Step 5 of `inventory_numpy`."""

from __future__ import annotations

import numpy as np

from supplychain_risk.kernels.block import compiled


@compiled
def ration(chain, rules, state):
    """Serve tier after tier, in proportion inside a tier."""
    demand, unserved, output, asked = state.demand, state.unserved, state.output, state.row[0]
    for i in range(len(chain.output0)):
        asked[:] = 0.0
        for tier in range(rules.n_tiers):
            short = False
            for d in range(len(asked)):
                asked[d] += demand[tier, i, d]
            for d in range(len(asked)):
                short |= asked[d] > output[i, d]
            for d in range(len(asked) if short or state.short[tier, i] else 0):  # else it was 0 and stays 0
                wanted = demand[tier, i, d]
                missing = min(wanted, max(0.0, asked[d] - output[i, d]))
                unserved[tier, i, d] = missing / wanted if wanted > 0 else 0.0
            state.short[tier, i] = short


@compiled
def pool_gaps(chain, rules, state):
    """Share of each pool's orders that does not arrive, by caps or by unserved links."""
    gap, share, unserved, draws = state.pool_gap, state.share, state.unserved, state.share.shape[1]
    gap[:] = 0.0
    for e in range(len(chain.link_supplier)):
        j, pool = chain.link_supplier[e], chain.link_pool[e]
        if rules.fairest or state.capped[e]:
            for tier in range(rules.n_tiers):
                _add_link_gap(rules, state, tier, e, j, pool)
        elif rules.n_tiers == 2 and state.short[0, j]:
            for d in range(draws):
                gap[0, pool, d] += share[e, d] * unserved[0, j, d]
                gap[1, pool, d] += share[e, d] * unserved[1, j, d]
        else:
            for tier in range(rules.n_tiers):
                if state.short[tier, j]:
                    for d in range(draws):
                        gap[tier, pool, d] += share[e, d] * unserved[tier, j, d]


@compiled
def _add_link_gap(rules, state, tier, e, j, pool):
    for d in range(state.share.shape[1]):
        unserved = state.link_gap[e, d] if rules.fairest else state.unserved[tier, j, d]
        asked = state.share[e, d] * state.pool_order[tier, pool, d]
        cut = state.link_order[tier, e, d] / asked if state.capped[e] and asked > 0 else 1.0
        state.pool_gap[tier, pool, d] += state.share[e, d] * (1 - cut * (1 - unserved))


@compiled
def take_captive(chain, rules, state):
    """What suppliers with captive links deliver to others."""
    for e in chain.captive:
        state.external[chain.link_supplier[e]] = state.output[chain.link_supplier[e]]
    for e in chain.captive:
        j, pool = chain.link_supplier[e], chain.link_pool[e]
        for d in range(state.share.shape[1]):
            inside = 0.0
            for tier in range(rules.n_tiers):
                unserved = state.link_gap[e, d] if rules.fairest else state.unserved[tier, j, d]
                inside += order_of_link(state, tier, e, pool, d) * (1 - unserved)
            state.external[j, d] -= inside


@compiled
def order_of_link(state, tier, e, pool, d):
    """What is ordered over a link in a tier, after its limit."""
    if state.capped[e]:
        return state.link_order[tier, e, d]
    return state.share[e, d] * state.pool_order[tier, pool, d]


@compiled
def ration_fairly(chain, rules, shock, state, step):
    """Raise the lowest delivery relative to baseline first (Inoue & Todo 2019); customers in pools of their own."""
    state.link_gap[:] = 0.0
    state.unserved[:] = 0.0
    for i in range(len(chain.output0)):
        for d in range(state.share.shape[1]):
            if state.output[i, d] < state.total[i, d]:
                factor = shock.final_factor[step, i, d] if len(shock.final_factor) else 1.0
                final = chain.final0[i] * factor + state.backlog[i, d] / rules.backlog_steps
                level = _hand_out(chain, rules, state, final, i, d)
                given = min(final, level * chain.final0[i])
                state.unserved[:, i, d] = (final - given) / final if final > 0 else 0.0


@compiled
def _hand_out(chain, rules, state, final, i, d):
    """Delivery / baseline at which supplier i hands out all its output; writes the gap of its links."""
    first, last = chain.supplier_start[i], chain.supplier_start[i + 1]
    asked, weight = np.zeros(last - first + 1), np.zeros(last - first + 1)
    for k in range(last - first):
        e = chain.supplier_link[first + k]
        pool = chain.link_pool[e]
        for tier in range(rules.n_tiers):
            asked[k] += order_of_link(state, tier, e, pool, d)
        weight[k] = (chain.link_share[e] + chain.link_fallback[e]) * chain.pool_need[pool]
    asked[-1], weight[-1] = final, chain.final0[i]
    level = _even_level(asked, weight, state.output[i, d])
    for k in range(last - first):
        missing = max(0.0, asked[k] - level * weight[k])
        state.link_gap[chain.supplier_link[first + k], d] = missing / asked[k] if asked[k] > 0 else 0.0
    return level


@compiled
def _even_level(asked, weight, supply):
    """The level at which the sum of min(asked, level x weight) is the supply: serve in full who asks least, repeat."""
    served = np.zeros(len(asked), np.bool_)
    left = supply
    for _ in range(len(asked)):
        open_weight = 0.0
        for k in range(len(asked)):
            open_weight += weight[k] if asked[k] > 0 and not served[k] else 0.0
        if open_weight <= 0:
            break
        level, more = left / open_weight, False
        for k in range(len(asked)):
            if asked[k] > 0 and weight[k] > 0 and not served[k] and asked[k] <= level * weight[k]:
                served[k] = more = True
                left = max(0.0, left - asked[k])
        if not more:
            return level
    return np.inf
