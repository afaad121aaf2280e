"""How order shares move between suppliers (compiled). Step 7 of `inventory_numpy`."""

from __future__ import annotations

from supplychain_risk.kernels.block import compiled
from supplychain_risk.kernels.chain import NOTHING


@compiled
def shift_shares(chain, state):
    """Order shares move to suppliers in proportion to what they can make, and to makers not in use if those fail.

    Where all links of a pool move at one speed the sum of its shares stays what it was; elsewhere it is restored.
    """
    _find_stirred(chain, state)
    _add_shortfalls(chain, state)
    _add_targets(chain, state)
    _scale(chain, state, state.shifted)
    _approach(chain, state)
    _restore_sums(chain, state)


@compiled
def _find_stirred(chain, state):
    """Pools that must be looked at: shares have moved, a supplier's capacity has, or links are capped."""
    for e in range(len(chain.link_supplier)):
        if state.capped[e] or state.able[chain.link_supplier[e]]:
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
def _scale(chain, state, chosen):
    """What brings a pool's total to its baseline: exactly 1 if it is there, 0 if there is nothing to scale."""
    total, scale = state.pool_total, state.pool_scale
    for pool in range(len(chain.pool_need)):
        baseline = chain.pool_share[pool]
        if chosen[pool]:
            for d in range(total.shape[1]):
                ratio = 1.0 if total[pool, d] == baseline else baseline / total[pool, d]
                scale[pool, d] = ratio if total[pool, d] > NOTHING * baseline else 0.0


@compiled
def _approach(chain, state):
    """Move towards the scaled targets; where no maker can deliver (scale 0) shares stay."""
    share, scale, headroom = state.share, state.pool_scale, state.headroom
    short, allowed = state.pool_short, state.allowed
    draws = share.shape[1]
    for e in range(len(chain.link_supplier)):
        j, pool, rate = chain.link_supplier[e], chain.link_pool[e], chain.link_rate[e]
        share0, fallback = chain.link_share[e], chain.link_fallback[e]
        if not state.shifted[pool]:
            continue
        if state.capped[e]:
            for d in range(draws):
                aim = _target(share0, fallback, short[pool, d], headroom[j, d]) * allowed[e, d] * scale[pool, d]
                share[e, d] += rate * (aim - share[e, d]) if scale[pool, d] > 0 else 0.0
        elif fallback > 0:
            for d in range(draws):
                aim = _target(share0, fallback, short[pool, d], headroom[j, d]) * scale[pool, d]
                share[e, d] += rate * (aim - share[e, d]) if scale[pool, d] > 0 else 0.0
        else:
            for d in range(draws):
                aim = share0 * headroom[j, d] * scale[pool, d]
                share[e, d] += rate * (aim - share[e, d]) if scale[pool, d] > 0 else 0.0


@compiled
def _restore_sums(chain, state):
    """Scale the shares of pools whose links move at different speeds back to their sum."""
    share, total, scale = state.share, state.pool_total, state.pool_scale
    uneven = state.shifted & chain.pool_uneven
    for e in range(len(chain.link_supplier)):
        pool = chain.link_pool[e]
        if uneven[pool] and (e == 0 or chain.link_pool[e - 1] != pool):
            total[pool] = 0.0
        if uneven[pool]:
            for d in range(share.shape[1]):
                total[pool, d] += share[e, d]
    _scale(chain, state, uneven)
    for e in range(len(chain.link_supplier)):
        pool = chain.link_pool[e]
        if uneven[pool]:
            for d in range(share.shape[1]):
                share[e, d] *= scale[pool, d]
