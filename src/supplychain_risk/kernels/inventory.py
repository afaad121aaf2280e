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

from supplychain_risk.kernels import block, ordering, prices, rationing, reorder
from supplychain_risk.kernels.block import State, begin, compiled, entry
from supplychain_risk.kernels.chain import FLOW, NOTHING, ROUNDING, Chain, Record, Rules, Shock
from supplychain_risk.kernels.inventory_numpy import external_baseline
from supplychain_risk.kernels.market import Market, no_market
from supplychain_risk.kernels.ordering import allow, deliver, place
from supplychain_risk.kernels.prices import price_week
from supplychain_risk.kernels.rationing import pool_gaps, ration, ration_fairly, take_captive
from supplychain_risk.kernels.reorder import shift_shares

__all__ = ["State", "begin", "run"]


def run(chain: Chain, rules: Rules, shock: Shock, record: Record, market: Market | None = None) -> None:
    """Step through the shock and add each step to `record` (written in place); prices move if there is a `market`."""
    state, base = begin(chain, rules, shock), external_baseline(chain)
    _run_steps(_alike(chain), rules, _alike(shock), _alike(record), state, base, _alike(market or no_market()))


def _alike(parts: Any) -> Any:
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
            price_week(chain, rules, market, shock, state, record, step)
            deliver(chain, rules, shock, state, step)
            allow(shock, state, min(step + 1, steps - 1))
            shift_shares(chain, state)
            _observe(chain, record, state, base, step)
            _note_moves(chain, shock, record, state, min(step + 1, steps - 1))
            _note_rest(record, state, base, step)

    return run_steps


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


@compiled
def _observe(chain, record, state, base, step):
    row, weight = record.row_of_step[step], record.step_weight[step]
    draws = state.output.shape[1]
    lowest, first, last, low = record.lowest, record.first_short, record.last_short, record.last_low
    level, weighted, after = state.level, record.weighted_external, step + 1.0
    for i in range(len(chain.output0)):
        dips = False
        for d in range(draws):
            weighted[i, d] += weight * (level[i, d] - 1)
            lowest[i, d] = min(lowest[i, d], level[i, d])
        for d in range(draws):
            dips |= level[i, d] < record.short_level
        for d in range(draws if dips else 0):
            first[i, d] = step if level[i, d] < record.short_level and first[i, d] < 0 else first[i, d]
            last[i, d] = after if level[i, d] < record.short_level else last[i, d]
            low[i, d] = after if level[i, d] < record.low_level else low[i, d]
    if step == len(record.step_weight) - 1:
        record.last_external[:] = level
    for i in record.captive_supplier:
        for d in range(draws):
            external = state.external[i, d] / base[i] if base[i] > 0 else 1.0
            weighted[i, d] += weight * (external - level[i, d])
            record.last_external[i, d] = external
    _write(record, state, base, row)


@compiled
def _write(record, state, base, row):
    """Add the step to the rows that are kept."""
    activities, draws = state.level.shape
    for i in range(activities):
        for d in range(draws if len(record.output) > 0 else 0):
            record.output[row, i, d] += state.level[i, d]
        for d in range(draws if len(record.unmet) > 0 else 0):
            record.unmet[row, record.unmet_group[i], d] += state.unmet[i, d]
        for d in range(draws if len(record.final) > 0 else 0):
            record.final[row, i, d] += state.delivered_final[i, d]
        for d in range(draws if len(record.overproduction) > 0 else 0):
            record.overproduction[row, i, d] = state.effort[i, d]
    for c in range(len(record.captive_supplier) if len(record.external) > 0 else 0):
        i = record.captive_supplier[c]
        for d in range(draws):
            record.external[row, c, d] += state.external[i, d] / base[i] if base[i] > 0 else 1.0
    for s in range(len(state.slot_level) if len(record.stock) > 0 else 0):
        for d in range(draws):
            record.stock[row, s, d] = state.slot_level[s, d]


@compiled
def _note_moves(chain, shock, record, state, following):
    """Order shares of pools while a maker is held back; what is written last is where they are when he is back."""
    hurt, held, draws = np.zeros(len(chain.output0), np.bool_), state.row[0], state.working.shape[1]
    limited = len(shock.link_cap) > 0
    for area in range(len(shock.border)):
        for d in range(draws):
            limited |= shock.border_cut[following, area, d] > 0
    some = limited
    for i in range(len(chain.output0)):
        here = False
        for d in range(draws):
            here |= state.working[i, d] < record.short_level
        hurt[i], some = here, some or here
    first, links = 0, len(chain.link_pool) if some else 0
    while first < links:
        pool, end, some = chain.link_pool[first], first, False
        while end < links and chain.link_pool[end] == pool:
            some |= hurt[chain.link_supplier[end]] or (limited and state.capped[end])
            end += 1
        if some:
            _note_pool(chain, record, state, pool, first, end, held)
        first = end


@compiled
def _note_pool(chain, record, state, pool, first, end, held):
    """Count the step, and write the shares, in the draws in which a pool's maker is held back."""
    held[:] = 0.0
    for e in range(first, end):
        _mark_held(chain, record, state, e, held)
    for d in range(len(held)):
        record.held_steps[pool, d] += held[d]
    for e in range(first, end):
        for d in range(len(held)):
            moved = state.share[e, d] - chain.link_share[e]
            record.moved_share[e, d] = moved if held[d] > 0 else record.moved_share[e, d]


@compiled
def _mark_held(chain, record, state, e, held):
    """Set 1 in draws in which a link's maker, or the link itself, is held back."""
    j, level = chain.link_supplier[e], record.short_level
    for d in range(len(held)):
        held[d] = 1.0 if state.working[j, d] < level else held[d]
    for d in range(len(held) if state.capped[e] else 0):
        held[d] = 1.0 if state.allowed[e, d] < level else held[d]


@compiled
def _note_rest(record, state, base, step):
    """Add the step to the rest of the quarter that the event begins in, the last one in part."""
    part, some = state.row[0], False
    for d in range(len(part)):
        part[d] = min(1.0, max(0.0, record.rest_steps[d] - step))
        some |= part[d] > 0
    if not some:
        return
    rest, level = record.rest_external, state.level
    for i in range(len(level)):
        for d in range(len(part)):
            rest[i, d] += part[d] * (level[i, d] - 1)
    for i in record.captive_supplier:
        for d in range(len(part)):
            external = state.external[i, d] / base[i] if base[i] > 0 else 1.0
            rest[i, d] += part[d] * (external - level[i, d])


_sources = "".join(getsource(part) for part in (block, ordering, prices, rationing, reorder))
_run_steps = _loop_over_steps(crc32(_sources.encode()))
