"""A run of the weekly dynamics that keeps what happened in every step, so that it can be followed backwards (compiled).

The steps are those of `inventory`; nothing is recorded by quarter, but all that tells why an output was short is
written on a tape. About 160 kB a step and draw of the packaged network: for a few draws at a time.
"""

from __future__ import annotations

from inspect import getsource
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np

from supplychain_risk.kernels import block, inventory, ordering, rationing, reorder
from supplychain_risk.kernels.block import begin, compiled, entry, inlined
from supplychain_risk.kernels.chain import CAPITAL, FLOW, Chain, Floats, Rules
from supplychain_risk.kernels.inventory import alike, make_and_share
from supplychain_risk.kernels.inventory_numpy import external_baseline
from supplychain_risk.kernels.ordering import allow, deliver
from supplychain_risk.kernels.reorder import shift_shares
from supplychain_risk.kernels.shock import Shock

FULL = 0.99
"""Share of its target from which a stock counts as full, and of its plan from which a tool does."""

SAME = 1e-9
"""Relative difference that counts as none: outputs of normal and limits of one activity."""


class Tape(NamedTuple):
    """What happened in every step; T steps, then rows as in `Chain`, D draws.

    Attributes
    ----------
    total : (T, A, D) demand, value. level, headroom : output and capacity relative to baseline.
    working : (T, A, D) share of capacity that the hazard leaves.
    behind : (T, A, D) output missed so far and not made up, in steps of baseline output, before the step.
    external : (T, C, D) deliveries outside the company relative to baseline, of captive suppliers.
    stock : (T, S, D) stock (value) or level (1 = plan) of each slot before the step.
    mass : (T, S, D) missing deliveries since the slot was last full, in steps of need, after the step.
    share : (T, E, D) order shares of links.
    missed : (T, E, D) needs that a failing, cut-off or overrun supplier would have met at its baseline share but did
        not, value.
    order, need_order : (T, P, D) orders of pools and the part of them that is needs, value.
    gap : (T, K, P, D) share of the needs in a tier that does not arrive; K tiers with needs.
    side : (T, 2 N + 1, D) `State.side`.
    """

    total: Floats
    level: Floats
    headroom: Floats
    working: Floats
    behind: Floats
    external: Floats
    stock: Floats
    mass: Floats
    share: Floats
    missed: Floats
    order: Floats
    need_order: Floats
    gap: Floats
    side: Floats


def need_tiers(rules: Rules) -> int:
    """Number of tiers that hold needs; the last one holds restocking only, where there is more than one."""
    return max(1, rules.n_tiers - 1)


def tape_rows(chain: Chain, rules: Rules) -> int:
    """Numbers on the tape for each step and draw."""
    captive = len(np.unique(chain.link_supplier[chain.captive]))
    slots, pools, links = len(chain.slot_need), len(chain.pool_need), len(chain.link_share)
    return 5 * len(chain.output0) + captive + 2 * (slots + links) + (2 + need_tiers(rules)) * pools + _sides(chain)


def _sides(chain: Chain) -> int:
    return 2 * len(chain.divided) + 1


def empty_tape(chain: Chain, rules: Rules, *, steps: int, draws: int, space: Floats | None = None) -> Tape:
    """A tape to write on.

    `space` (at least steps x draws x `tape_rows` numbers) is memory to lay it in: the system is slow to give new one.
    """
    activities, slots, pools = len(chain.output0), len(chain.slot_need), len(chain.pool_need)
    captive = len(np.unique(chain.link_supplier[chain.captive]))
    rows: dict[str, tuple[int, ...]] = {"external": (captive,), "side": (_sides(chain),)}
    rows |= dict.fromkeys(("total", "level", "headroom", "working", "behind"), (activities,))
    rows |= dict.fromkeys(("stock", "mass"), (slots,))
    rows |= dict.fromkeys(("share", "missed"), (len(chain.link_share),))
    rows |= {"order": (pools,), "need_order": (pools,), "gap": (need_tiers(rules), pools)}
    space = np.empty(steps * draws * tape_rows(chain, rules)) if space is None else space
    parts, first = {}, 0
    for name, shape in rows.items():
        size = steps * int(np.prod(shape)) * draws
        parts[name] = space[first : first + size].reshape(steps, *shape, draws)
        first += size
    return Tape(**parts)


def record_tape(chain: Chain, rules: Rules, shock: Shock, tape: Tape) -> None:
    """Step through the shock and write each step on the tape (in place)."""
    state, base = begin(chain, rules, shock), external_baseline(chain)
    captive = np.unique(chain.link_supplier[chain.captive])
    _run_steps(alike(chain), rules, alike(shock), tape, state, base, captive, need_tiers(rules))


def _loop_over_steps(sources: int) -> Any:
    """Compile the loop, tied to the sources of all parts, as `inventory` does."""

    @entry
    def run_steps(chain, rules, shock, tape, state, base, captive, needs):
        if sources == 0:
            return
        steps = shock.capacity_loss.shape[0]
        allow(shock, state, 0)
        for step in range(steps):
            tape.stock[step] = state.slot_level
            tape.share[step] = state.share
            tape.side[step] = state.side
            make_and_share(chain, rules, shock, state, step)
            _keep_outputs(chain, tape, state, base, captive, step)
            _keep_orders(rules, tape, state, needs, step)
            _keep_missed(chain, rules, tape, state, needs, step)
            _keep_mass(chain, rules, tape, state, step)
            deliver(chain, rules, shock, state, step)
            tape.working[step] = state.working
            allow(shock, state, min(step + 1, steps - 1))
            shift_shares(chain, state)

    return run_steps


@compiled
def _keep_outputs(chain, tape, state, base, captive, step):
    tape.total[step] = state.total
    tape.level[step] = state.level
    tape.headroom[step] = state.headroom
    if step == 0:
        tape.behind[0] = 0.0
    if step + 1 < len(tape.behind):
        for i in range(len(chain.output0)):
            for d in range(state.output.shape[1]):
                missing = 1 - state.level[i, d]
                tape.behind[step + 1, i, d] = max(0.0, tape.behind[step, i, d] + missing)
    for c in range(len(captive)):
        i = captive[c]
        for d in range(state.output.shape[1]):
            tape.external[step, c, d] = state.external[i, d] / base[i] if base[i] > 0 else 1.0


@compiled
def _keep_orders(rules, tape, state, needs, step):
    order, need = tape.order[step], tape.need_order[step]
    order[:] = state.pool_order[0]
    need[:] = state.pool_order[0]
    tape.gap[step, 0] = state.pool_gap[0]
    for tier in range(1, rules.n_tiers):
        order += state.pool_order[tier]
        if tier < needs:
            need += state.pool_order[tier]
            tape.gap[step, tier] = state.pool_gap[tier]


@compiled
def _keep_missed(chain, rules, tape, state, needs, step):
    """Needs that suppliers who fail, are cut off or overrun leave unmet relative to their baseline shares."""
    missed, need = tape.missed, tape.need_order
    arrived, late, lost = state.row[0], state.row[1], state.row[2]
    share, output = state.share, state.output
    order, link_order, link_gap, unserved = state.pool_order, state.link_order, state.link_gap, state.unserved
    suppliers, pools, shares, output0 = chain.link_supplier, chain.link_pool, chain.link_share, chain.output0
    capped, allowed, short, draws = state.capped, state.allowed, state.short, len(arrived)
    for e in range(len(suppliers)):
        j, pool, share0 = suppliers[e], pools[e], shares[e]
        normal, fails = (1 - SAME) * output0[j], capped[e]
        for d in range(draws):
            missed[step, e, d] = arrived[d] = late[d] = 0.0
            fails |= output[j, d] < normal
        for d in range(draws if rules.fairest else 0):
            late[d] = link_gap[e, d]
        for tier in range(0 if rules.fairest else needs):
            for d in range(draws if short[tier, j] else 0):
                late[d] = max(late[d], unserved[tier, j, d])
        for d in range(draws):
            fails |= late[d] > SAME
        for tier in range(needs if fails and share0 > 0 else 0):
            for d in range(draws):
                lost[d] = late[d]
            for d in range(0 if rules.fairest else draws):
                lost[d] = unserved[tier, j, d]
            for d in range(draws if capped[e] else 0):
                arrived[d] += link_order[tier, e, d] * (1 - lost[d])
            for d in range(0 if capped[e] else draws):
                arrived[d] += share[e, d] * order[tier, pool, d] * (1 - lost[d])
        for d in range(draws if fails and share0 > 0 else 0):
            failed = output[j, d] < normal or late[d] > SAME or (capped[e] and allowed[e, d] < 1)
            missed[step, e, d] = max(0.0, share0 * need[step, pool, d] - arrived[d]) if failed else 0.0


@compiled
def _keep_mass(chain, rules, tape, state, step):
    """Missing deliveries of each slot since its stock was last full."""
    mass, gap, side, level, missing = tape.mass, tape.gap, state.side, state.slot_level, state.row[0]
    starts, pools, parts, sides = chain.member_start, chain.member_pool, chain.member_fraction, chain.member_side
    kinds, needs, buffers, tiers, draws = chain.slot_kind, chain.slot_need, chain.buffer, chain.tier_need, len(missing)
    gaps, ago = _gaps(gap, step), max(0, step - 1)
    for s in range(len(kinds)):
        late = kinds[s] == CAPITAL
        for m in range(starts[s], starts[s + 1]):
            late |= gaps[tiers[s], pools[m]]
        for d in range(draws):
            mass[step, s, d] = mass[ago, s, d] if step > 0 else 0.0
            missing[d] = 0.0
        for m in range(starts[s], starts[s + 1] if late else starts[s]):
            tier, pool, part, k = tiers[s], pools[m], parts[m], sides[m]
            for d in range(draws):
                missing[d] += part * side[k, d] * gap[step, tier, pool, d]
        if late:
            _cut_to_needs(chain, rules, state, s, missing)
            full = FULL * needs[s] * buffers[s] if kinds[s] == FLOW else FULL
            for d in range(draws):
                kept = 0.0 if level[s, d] >= full else mass[step, s, d]
                mass[step, s, d] = kept + missing[d] if missing[d] > SAME else mass[step, s, d]


@compiled
def _gaps(gap, step):
    """Tiers of pools of which something does not arrive, beyond traces, in some draw."""
    found = np.zeros(gap.shape[1:3], np.bool_)
    for tier in range(gap.shape[1]):
        for p in range(gap.shape[2]):
            for d in range(gap.shape[3]):
                found[tier, p] |= gap[step, tier, p, d] > SAME
    return found


@inlined
def _cut_to_needs(chain, rules, state, s, missing):
    """From the share of needs that is late to needs that a slot misses, in steps of its normal need."""
    i, kind, need0 = chain.slot_customer[s], chain.slot_kind[s], chain.slot_need[s]
    wanted, level, stock, tool = state.wanted_before, state.level_before, state.slot_level, state.tool_need
    buffer, unit, pace, working = chain.buffer[s], 1 / need0, 1 / rules.restore_steps, state.working
    if kind == FLOW and rules.wanted_orders:
        for d in range(len(missing)):
            wish = max(0.0, wanted[i, d] + (wanted[i, d] * buffer - stock[s, d] * unit) * pace)
            missing[d] *= min(1.0, wanted[i, d], wish)
    elif kind != CAPITAL:
        for d in range(len(missing)):
            missing[d] *= min(1.0, level[i, d])
    else:
        for d in range(len(missing)):
            plan = tool[s, d] * unit
            missing[d] = plan * missing[d] + max(0.0, working[i, d] - plan)


_sources = "".join(getsource(part) for part in (block, inventory, ordering, rationing, reorder))
_run_steps = _loop_over_steps(crc32(_sources.encode()))
