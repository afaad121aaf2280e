"""How order shares move between suppliers (compiled). Step 7 of `inventory_numpy`."""

from __future__ import annotations

from supplychain_risk.kernels.block import compiled


@compiled
def shift_shares(chain, state):
    """Order shares move to suppliers in proportion to what they can make, and to makers not in use if those fail."""
    _find_stirred(chain, state)
    _add_shortfalls(chain, state)
    _add_targets(chain, state)
    _scale(chain, state)
    _approach(chain, state)
    _scale(chain, state)
    share, scale = state.share, state.pool_scale
    for e in range(len(chain.link_supplier)):
        pool = chain.link_pool[e]
        if state.shifted[pool]:
            for d in range(share.shape[1]):
                share[e, d] *= scale[pool, d]


@compiled
def _find_stirred(chain, state):
    """Pools that must be looked at: shares have moved, a supplier's capacity has, or links are capped."""
    for e in range(len(chain.link_supplier)):
        if chain.link_rate[e] > 0 and (state.capped[e] or state.able[chain.link_supplier[e]]):
            state.shifted[chain.link_pool[e]] = True


@compiled
def _add_shortfalls(chain, state):
    """Share of a pool's baseline purchases that its suppliers cannot make."""
    short, headroom = state.pool_short, state.headroom
    short[:] = 0.0
    for e in range(len(chain.link_supplier)):
        j, pool, share = chain.link_supplier[e], chain.link_pool[e], chain.link_share[e]
        if state.shifted[pool] and chain.pool_fallback[pool] > 0:
            for d in range(short.shape[1]):
                short[pool, d] += share * (1 - min(1.0, headroom[j, d]))


@compiled
def _target(share, fallback, short, headroom):
    return (share + fallback * short) * headroom


@compiled
def _add_targets(chain, state):
    total, short, headroom, allowed = state.pool_total, state.pool_short, state.headroom, state.allowed
    total[:] = 0.0
    for e in range(len(chain.link_supplier)):
        j, pool = chain.link_supplier[e], chain.link_pool[e]
        share, fallback = chain.link_share[e], chain.link_fallback[e]
        if not state.shifted[pool]:
            continue
        if state.capped[e]:
            for d in range(total.shape[1]):
                total[pool, d] += _target(share, fallback, short[pool, d], headroom[j, d]) * allowed[e, d]
        else:
            for d in range(total.shape[1]):
                total[pool, d] += _target(share, fallback, short[pool, d], headroom[j, d])


@compiled
def _scale(chain, state):
    """What brings a pool's total to its baseline: exactly 1 if it is there, 0 if there is nothing to scale."""
    total, scale = state.pool_total, state.pool_scale
    for pool in range(len(chain.pool_need)):
        baseline = chain.pool_share[pool]
        if state.shifted[pool]:
            for d in range(total.shape[1]):
                ratio = 1.0 if total[pool, d] == baseline else baseline / total[pool, d]
                scale[pool, d] = ratio if total[pool, d] > 0 else 0.0


@compiled
def _approach(chain, state):
    """Move towards the scaled targets; where no maker can deliver (scale 0) shares stay. Leaves new sums in pool_total."""
    share, total, scale, headroom = state.share, state.pool_total, state.pool_scale, state.headroom
    short, allowed, row = state.pool_short, state.allowed, state.row[0]
    total[:] = 0.0
    for e in range(len(chain.link_supplier)):
        j, pool, rate = chain.link_supplier[e], chain.link_pool[e], chain.link_rate[e]
        if not state.shifted[pool]:
            continue
        for d in range(len(row)):
            row[d] = _target(chain.link_share[e], chain.link_fallback[e], short[pool, d], headroom[j, d])
        if state.capped[e]:
            for d in range(len(row)):
                row[d] *= allowed[e, d]
        for d in range(len(row)):
            moved = share[e, d] + rate * (row[d] * scale[pool, d] - share[e, d])
            share[e, d] = moved if scale[pool, d] > 0 else share[e, d]
        for d in range(len(row)):
            total[pool, d] += share[e, d]
