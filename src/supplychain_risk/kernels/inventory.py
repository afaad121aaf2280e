"""Weekly dynamics of output, stocks and orders after a shock, compiled.

The equations stand in `inventory_numpy`, which is the oracle of this file and follows the same steps. The loops run
over nodes outside and over a small block of draws inside, so that a processor works on several draws at once and the
state of a block stays in its cache. Orders are not kept: what a slot orders follows from its stock and from what its
customer wanted a step ago, and is worked out again where it is needed. No reassociation is allowed (`fastmath` is off):
the same block gives the same bytes on any machine.
"""

from __future__ import annotations

from inspect import getsource
from typing import Any
from zlib import crc32

import numpy as np

from supplychain_risk.kernels import block, observe, ordering, prices, rationing, reorder
from supplychain_risk.kernels.block import State, begin, compiled, entry
from supplychain_risk.kernels.chain import FLOW, NOTHING, ROUNDING, Chain, Rules
from supplychain_risk.kernels.inventory_numpy import external_baseline
from supplychain_risk.kernels.market import Market, no_market
from supplychain_risk.kernels.observe import note_held, note_moves, note_rest, observe_step
from supplychain_risk.kernels.ordering import allow, deliver, place
from supplychain_risk.kernels.prices import price_week
from supplychain_risk.kernels.rationing import pool_gaps, ration, ration_fairly, take_captive
from supplychain_risk.kernels.record import Record
from supplychain_risk.kernels.reorder import shift_shares
from supplychain_risk.kernels.shock import Shock

__all__ = ["State", "begin", "run"]


def run(chain: Chain, rules: Rules, shock: Shock, record: Record, market: Market | None = None) -> None:
    """Step through the shock and add each step to `record` (written in place); prices move if there is a `market`."""
    state, base = begin(chain, rules, shock), external_baseline(chain)
    _run_steps(alike(chain), rules, alike(shock), alike(record), state, base, alike(market or no_market()))


def alike(parts: Any) -> Any:
    """The same tuple, all arrays writable: numba would compile again for read-only ones, as other processes send."""
    return type(parts)(*(np.require(part, requirements=("C", "W")) if np.ndim(part) else part for part in parts))


def _loop_over_steps(sources: int) -> Any:
    """Compile the loop, tied to the sources of all parts: numba looks for changes in a function's own file only."""

    @entry
    def run_steps(chain, rules, shock, record, state, base, market):
        if sources == 0:
            return
        steps = shock.capacity_loss.shape[0]
        allow(shock, state, 0)
        for step in range(steps):
            make_and_share(chain, rules, shock, state, step)
            price_week(chain, rules, market, shock, state, record, step)
            deliver(chain, rules, shock, state, step)
            allow(shock, state, min(step + 1, steps - 1))
            note_moves(chain, shock, record, state, min(step + 1, steps - 1))
            shift_shares(chain, state)
            observe_step(chain, record, state, base, step)
            note_rest(record, state, base, step)
        note_held(chain, record, state)

    return run_steps


@compiled
def make_and_share(chain, rules, shock, state, step):
    """What is ordered, made and shared out in a step, before it is delivered."""
    place(chain, rules, state)
    _demand(chain, rules, shock, state, step)
    if step >= 2:
        _effort(chain, rules, state)
    _capacity(chain, shock, state, step)
    _produce(chain, state)
    if rules.fairest:
        ration_fairly(chain, rules, shock, state, step)
    else:
        ration(chain, rules, state)
    _settle_final(chain, rules, shock, state, step)
    pool_gaps(chain, rules, state)
    take_captive(chain, rules, state)


@compiled
def _demand(chain, rules, shock, state, step):
    """Demand on each activity, by tier and in total."""
    draws, release = state.output.shape[1], 1 / rules.backlog_steps
    demand = state.demand
    demand[:] = 0.0
    for i in range(len(chain.output0)):
        final, tier = chain.final0[i], chain.tier_final[i]
        for d in range(draws):
            demand[tier, i, d] += final * (shock.final_factor[step, i, d] if len(shock.final_factor) else 1.0)
        tier = chain.tier_backlog[i]
        for d in range(draws):
            demand[tier, i, d] += state.backlog[i, d] * release
    _add_orders(chain, rules, state)
    for i in range(len(chain.output0)):
        for d in range(draws):
            state.total[i, d] = demand[0, i, d]
        for tier in range(1, rules.n_tiers):
            for d in range(draws):
                state.total[i, d] += demand[tier, i, d]


@compiled
def _add_orders(chain, rules, state):
    """Orders of links, two tiers in one pass over the shares where there are two."""
    demand, share, order, draws = state.demand, state.share, state.pool_order, state.output.shape[1]
    for e in range(len(chain.link_supplier)):
        j, pool = chain.link_supplier[e], chain.link_pool[e]
        if state.capped[e]:
            for tier in range(rules.n_tiers):
                for d in range(draws):
                    demand[tier, j, d] += state.link_order[tier, e, d]
        elif rules.n_tiers == 2:
            for d in range(draws):
                demand[0, j, d] += share[e, d] * order[0, pool, d]
                demand[1, j, d] += share[e, d] * order[1, pool, d]
        else:
            for tier in range(rules.n_tiers):
                for d in range(draws):
                    demand[tier, j, d] += share[e, d] * order[tier, pool, d]


@compiled
def _effort(chain, rules, state):
    """Over-production rises with scarcity and falls back without it; never below 1."""
    total, output, effort, pace = state.total, state.output, state.effort, 1 / rules.overproduction_steps
    for i in range(len(chain.output0)):
        ceiling, little = chain.overproduction_max[i], NOTHING * chain.output0[i]
        for d in range(total.shape[1]):
            scarcity = (total[i, d] - output[i, d]) / total[i, d] if total[i, d] > little else 0.0
            change = (ceiling - effort[i, d]) * scarcity if abs(scarcity) > ROUNDING else 1 - effort[i, d]
            effort[i, d] = max(1.0, effort[i, d] + change * pace)


@compiled
def _capacity(chain, shock, state, step):
    """Capacity relative to baseline output: what the hazard, the scarcest tool and extra effort leave."""
    loss, level, headroom, limit = shock.capacity_loss[step], state.slot_level, state.headroom, state.row[0]
    for i in range(len(chain.output0)):
        limit[:] = 1.0
        for s in range(chain.slot_start[i], chain.slot_start[i + 1]):
            if chain.slot_kind[s] != FLOW:
                chi = chain.criticality[s]
                for d in range(len(limit)):
                    limit[d] = min(limit[d], 1 - chi * (1 - level[s, d]))
        row = shock.loss_row[i]
        for d in range(len(limit) if row >= 0 else 0):
            limit[d] *= 1 - loss[row, d]
        for d in range(len(limit)):
            headroom[i, d] = limit[d] * state.effort[i, d]
        changed = False
        for d in range(len(limit)):
            changed |= headroom[i, d] != 1.0
        state.able[i] = changed


@compiled
def _produce(chain, state):
    """Wanted production, cut to what the scarcest flow input allows; keeps the levels that orders under way rest on."""
    stock, wanted, output, level = state.slot_level, state.wanted, state.output, state.level
    wanted_before, level_before, limit = state.wanted_before, state.level_before, state.row[0]
    total, headroom, draws = state.total, state.headroom, stock.shape[1]
    for i in range(len(chain.output0)):
        base = chain.output0[i]
        for d in range(draws):
            wanted_before[i, d] = wanted[i, d]
            wanted[i, d] = min(total[i, d], base * headroom[i, d]) / base
        for d in range(draws):
            level_before[i, d] = level[i, d]
            limit[d] = 1.0
        starved = False
        for s in range(chain.slot_start[i], chain.slot_start[i + 1]):
            if chain.slot_kind[s] == FLOW and chain.criticality[s] > 0:
                need = chain.slot_need[s] * max(chain.psi[s] * chain.buffer[s], 1.0)
                short = False
                for d in range(draws):
                    short |= stock[s, d] < need * wanted[i, d]
                chi, starved = chain.criticality[s], starved or short
                for d in range(draws if short else 0):
                    required = need * wanted[i, d]
                    ratio = stock[s, d] / required if stock[s, d] < required else 1.0
                    limit[d] = min(limit[d], 1 - chi * (1 - ratio))
        for d in range(draws):
            made = min(total[i, d], base * headroom[i, d]) * limit[d]
            output[i, d] = made if made > NOTHING * base else 0.0
        for d in range(draws):
            level[i, d] = output[i, d] / base if starved or output[i, d] == 0 else wanted[i, d]


@compiled
def _settle_final(chain, rules, shock, state, step):
    """Deliveries to final demand; a part of what is missing waits in the backlog."""
    draws, release = state.output.shape[1], 1 / rules.backlog_steps
    for i in range(len(chain.output0)):
        tier, late = chain.tier_final[i], chain.tier_backlog[i]
        kept, ceiling = chain.deferral[i], rules.backlog_steps * chain.final0[i]
        for d in range(draws):
            final = chain.final0[i] * (shock.final_factor[step, i, d] if len(shock.final_factor) else 1.0)
            released = state.backlog[i, d] * release
            unmet = final * state.unserved[tier, i, d]
            waiting = released * state.unserved[late, i, d]
            state.unmet[i, d] = unmet
            state.delivered_final[i, d] = final + released - unmet - waiting
            state.backlog[i, d] = min(state.backlog[i, d] - released + kept * (unmet + waiting), ceiling)


_sources = "".join(getsource(part) for part in (block, observe, ordering, prices, rationing, reorder))
_run_steps = _loop_over_steps(crc32(_sources.encode()))
