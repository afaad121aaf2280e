"""How order shares move between suppliers (compiled), pool by pool. Step 7 of `inventory_numpy`."""

from __future__ import annotations

from supplychain_risk.kernels.block import compiled
from supplychain_risk.kernels.chain import NOTHING


@compiled
def shift_shares(chain, state):
    """Order shares move to suppliers in proportion to what they can make, and to makers not in use if those fail.

    Where all links of a pool move at one speed the sum of its shares stays what it was; elsewhere it is restored.
    """
    for pool in range(len(chain.pool_need)):
        if _is_stirred(chain, state, pool):
            state.shifted[pool] = True
            _add_shortfall(chain, state, pool)
            _add_targets(chain, state, pool)
            _scale(chain, state, pool)
            _approach(chain, state, pool)
            if chain.pool_uneven[pool]:
                _restore_sum(chain, state, pool)


@compiled
def _is_stirred(chain, state, pool):
    """Shares have moved, a supplier's capacity has, or a link is capped."""
    stirred = state.shifted[pool]
    for e in range(chain.pool_start[pool], chain.pool_start[pool + 1]):
        stirred |= state.capped[e] or state.able[chain.link_supplier[e]]
    return stirred


@compiled
def _add_shortfall(chain, state, pool):
    """Share of the pool's baseline purchases that its suppliers cannot make."""
    short, headroom = state.row[0], state.headroom
    short[:] = 0.0
    if chain.pool_fallback[pool] > 0:
        for e in range(chain.pool_start[pool], chain.pool_start[pool + 1]):
            j, share = chain.link_supplier[e], chain.link_share[e]
            for d in range(len(short) if state.able[j] else 0):
                short[d] += share * (1 - min(1.0, headroom[j, d]))


@compiled
def _target(share, fallback, short, headroom):
    return (share + fallback * short) * headroom


@compiled
def _add_targets(chain, state, pool):
    short, total, headroom, allowed = state.row[0], state.row[1], state.headroom, state.allowed
    total[:] = 0.0
    for e in range(chain.pool_start[pool], chain.pool_start[pool + 1]):
        j, share, fallback = chain.link_supplier[e], chain.link_share[e], chain.link_fallback[e]
        if state.capped[e]:
            for d in range(len(total)):
                total[d] += _target(share, fallback, short[d], headroom[j, d]) * allowed[e, d]
        else:
            for d in range(len(total)):
                total[d] += _target(share, fallback, short[d], headroom[j, d])


@compiled
def _scale(chain, state, pool):
    """What brings the total to the pool's baseline: exactly 1 if it is there, 0 if there is nothing to scale."""
    total, scale, baseline = state.row[1], state.row[2], chain.pool_share[pool]
    for d in range(len(total)):
        ratio = 1.0 if total[d] == baseline else baseline / total[d]
        scale[d] = ratio if total[d] > NOTHING * baseline else 0.0


@compiled
def _approach(chain, state, pool):
    """Move towards the scaled targets; where no maker can deliver (scale 0) shares stay."""
    short, scale, share, headroom, allowed = state.row[0], state.row[2], state.share, state.headroom, state.allowed
    for e in range(chain.pool_start[pool], chain.pool_start[pool + 1]):
        j, rate, share0, fallback = (
            chain.link_supplier[e],
            chain.link_rate[e],
            chain.link_share[e],
            chain.link_fallback[e],
        )
        if state.capped[e]:
            for d in range(len(scale)):
                aim = _target(share0, fallback, short[d], headroom[j, d]) * allowed[e, d] * scale[d]
                share[e, d] += rate * (aim - share[e, d]) if scale[d] > 0 else 0.0
        else:
            for d in range(len(scale)):
                aim = _target(share0, fallback, short[d], headroom[j, d]) * scale[d]
                share[e, d] += rate * (aim - share[e, d]) if scale[d] > 0 else 0.0


@compiled
def _restore_sum(chain, state, pool):
    """Scale the shares of a pool whose links move at different speeds back to their sum."""
    share, total, scale = state.share, state.row[1], state.row[2]
    total[:] = 0.0
    for e in range(chain.pool_start[pool], chain.pool_start[pool + 1]):
        for d in range(len(total)):
            total[d] += share[e, d]
    _scale(chain, state, pool)
    for e in range(chain.pool_start[pool], chain.pool_start[pool + 1]):
        for d in range(len(total)):
            share[e, d] *= scale[d]
