"""Causes carried forwards through the weekly dynamics, in plain numpy: the oracle of `causes`.

Every activity, slot and pool holds a vector over all causes; each step mixes the vectors of the step before, exactly as
the docstring of `causes` says. Written for small networks: its cost grows with the number of causes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from supplychain_risk.kernels.causes import Causes, Hits, Origins, Question
from supplychain_risk.kernels.chain import CAPITAL, FLOW, SERVICE, Chain, Floats, Rules
from supplychain_risk.kernels.inventory_numpy import (
    State,
    _allowed,
    _demand,
    _place,
    _pool_gap,
    _ration,
    _ration_fairly,
    _step,
    _tool_limit,
    start,
)
from supplychain_risk.kernels.record import Record, empty_record
from supplychain_risk.kernels.shock import Shock, loss_of_all
from supplychain_risk.kernels.tape import FULL, SAME, Tape, empty_tape, need_tiers


def record_tape(chain: Chain, rules: Rules, shock: Shock) -> Tape:
    """Step through the shock in plain numpy and keep what happened; the oracle of `tape.record_tape`."""
    steps, _, draws = shock.capacity_loss.shape
    tape = empty_tape(chain, rules, steps=steps, draws=draws)
    state = start(chain, draws)
    behind, mass = np.zeros((len(chain.output0), draws)), np.zeros((len(chain.slot_need), draws))
    for step in range(steps):
        placed = _place(chain, rules, state, _allowed(shock, step))
        final = np.outer(chain.final0, np.ones(draws))
        final = final * shock.final_factor[step] if len(shock.final_factor) else final
        tiers = _demand(chain, rules, placed, final, state.backlog / rules.backlog_steps)
        record = _silent_record(chain, draws, steps)
        new, _ = _step(chain, rules, shock, record, state, step)
        kept = 1 - loss_of_all(shock, step)
        headroom = kept * _tool_limit(chain, state.tool_level) * new.effort
        if rules.fairest:
            released = state.backlog / rules.backlog_steps
            gap = _ration_fairly(chain, placed, final, released, tiers.sum(axis=0), new.output)[2]
        else:
            gap = _ration(chain, rules, tiers, new.output)[2]
        needs = need_tiers(rules)
        pool_gap = _pool_gap(chain, rules, state, placed, gap)
        arrived = (placed.link * (1 - gap))[:needs].sum(axis=0)
        stock = np.where((chain.slot_kind == FLOW)[:, None], state.stock, state.tool_level)
        missing = _missing(chain, state, pool_gap)
        full = stock >= FULL * np.where(chain.slot_kind == FLOW, chain.slot_need * chain.buffer, 1.0)[:, None]
        mass = np.where(missing > SAME, np.where(full, 0.0, mass) + missing, mass)
        tape.total[step], tape.headroom[step] = tiers.sum(axis=0), headroom
        tape.level[step] = new.output / chain.output0[:, None]
        tape.working[step], tape.behind[step], tape.stock[step], tape.mass[step] = kept, behind, stock, mass
        tape.external[step] = record.external[0]
        tape.share[step], tape.side[step], tape.gap[step] = state.share, state.side, pool_gap[:needs]
        tape.order[step], tape.need_order[step] = placed.pool.sum(axis=0), placed.pool[:needs].sum(axis=0)
        late = np.broadcast_to(gap, placed.link.shape)[:needs].max(axis=0)
        tape.missed[step] = _missed(chain, shock, step, tape, (arrived, late))
        behind, state = np.maximum(0.0, behind + 1 - new.output / chain.output0[:, None]), new
    return tape


def _silent_record(chain: Chain, draws: int, steps: int) -> Record:
    return empty_record(
        chain,
        draws,
        np.zeros(steps, dtype=np.int64),
        step_weight=np.zeros(steps),
        unmet_group=np.zeros(len(chain.output0), dtype=np.int64),
        captive_supplier=np.unique(chain.link_supplier[chain.captive]),
        levels=(0.99, 0.9),
        keep=frozenset({"external"}),
    )


def _missing(chain: Chain, state: State, pool_gap: Floats) -> Floats:
    """Needs that a slot misses in a step, in steps of its normal need (S, D)."""
    slot = np.repeat(np.arange(len(chain.slot_need)), np.diff(chain.member_start))
    late = np.zeros_like(state.stock)
    part = chain.member_fraction[:, None] * state.side[chain.member_side]
    np.add.at(late, slot, part * pool_gap[chain.tier_need[slot], chain.member_pool])
    ordered, kind = state.need_order / chain.slot_need[:, None], chain.slot_kind[:, None]
    tools = ordered * late + np.maximum(0.0, state.working - ordered)
    return np.where(kind == CAPITAL, tools, np.minimum(1.0, ordered) * late)


def _missed(chain: Chain, shock: Shock, step: int, tape: Tape, link: tuple[Floats, Floats]) -> Floats:
    arrived, late = link
    fails = (tape.level[step] < 1 - SAME)[chain.link_supplier]
    fails |= late > SAME
    cap = _allowed(shock, step)
    fails = fails if cap is None else fails | (cap < 1)
    wished = chain.link_share[:, None] * tape.need_order[step][chain.link_pool]
    return np.where(fails & (chain.link_share > 0)[:, None], np.maximum(0.0, wished - arrived), 0.0)


def explain(chain: Chain, rules: Rules, shock: Shock, tape: Tape, origins: Origins, question: Question) -> Causes:
    """Contributions of causes to a loss: the sum of what is lost x the vector of who loses it; without routes."""
    steps, activities, draws = tape.level.shape
    sizes = [len(kind.hit) for kind in origins] + [activities, (len(shock.border) + 1) * activities, activities]
    total, asked = np.zeros((sum(sizes), draws)), np.zeros((activities, draws))
    captive = np.unique(chain.link_supplier[chain.captive])
    for d in range(draws):
        carrier = _Carrier(chain, rules, shock, tape, origins, d)
        for step in range(steps):
            vectors = carrier.advance(step)
            level = tape.level[step, :, d].copy()
            level[captive] = tape.external[step, :, d]
            lost = question.step_value[step] * question.value[:, d] * (1 - level)
            if step == steps - 1:
                lost += (
                    question.after
                    * question.value[:, d]
                    * (np.float32(1.0) - level.astype(np.float32)).astype(np.float64)
                )
            asked[:, d] += lost
            total[:, d] += lost @ vectors
    parts = np.split(total, np.cumsum(sizes)[:-1])
    border = parts[4].reshape(len(shock.border) + 1, activities, draws)
    nothing = np.zeros((0, draws))
    return Causes(parts[0], parts[1], parts[2], parts[3], border, parts[5], asked, nothing, nothing)


class _Carrier:
    """Vectors of one draw, step by step. K causes: rows of `Origins`, plans, borders, unexplained."""

    def __init__(self, chain: Chain, rules: Rules, shock: Shock, tape: Tape, origins: Origins, draw: int) -> None:
        self.chain, self.rules, self.shock, self.tape, self.origins, self.d = chain, rules, shock, tape, origins, draw
        a = len(chain.output0)
        rows = [len(kind.hit) for kind in origins]
        self.first = dict(zip(("capacity", "demand", "capex", "plans", "border", "none"), [0] * 6, strict=True))
        for name, first in zip(self.first, np.cumsum([0, *rows, a, (len(shock.border) + 1) * a]), strict=True):
            self.first[name] = int(first)
        self.size = self.first["none"] + a
        self.vector = np.array([self._one("none", i) for i in range(a)])
        self.slot = np.zeros((len(chain.slot_need), self.size))
        starts = np.searchsorted(chain.link_pool, np.arange(len(chain.pool_need)))
        self.pool = self.vector[chain.link_supplier[np.minimum(starts, max(0, len(chain.link_pool) - 1))]]
        self.slot_of = np.repeat(np.arange(len(chain.slot_need)), np.diff(chain.member_start))

    def _one(self, kind: str, row: int) -> Floats:
        vector = np.zeros(self.size)
        vector[self.first[kind] + row] = 1.0
        return vector

    def _hits(self, kind: str, i: int, step: int, sign: float = 1.0) -> Floats:
        hits: Hits = getattr(self.origins, kind)
        rows = np.arange(hits.start[i], hits.start[i + 1])
        size = np.maximum(0.0, sign * hits.intensity[rows, self.d] * hits.profile[hits.hit[rows], step, self.d])
        if size.sum() <= 0:
            return self._one("none", i)
        vector = np.zeros(self.size)
        vector[self.first[kind] + rows] = size / size.sum()
        return vector

    def _budget(self, i: int, step: int) -> tuple[float, float]:
        growth = capex = 1.0
        if step >= 0 and len(self.shock.expected):
            growth = max(0.0, 1 + self.rules.capex_accelerator * (self.shock.expected[step, i, self.d] - 1))
        if step >= 0 and len(self.shock.capex_factor):
            capex = float(self.shock.capex_factor[step, i, self.d])
        return growth, capex

    def _unplanned(self, i: int, step: int) -> Floats:
        growth, capex = self._budget(i, step)
        less, cut = max(0.0, 1 - growth), growth * max(0.0, 1 - capex)
        if less + cut <= 0:
            return self._one("none", i)
        own = self._hits("capex", i, step) if cut > 0 else 0.0
        return np.asarray((less * self._one("plans", i) + cut * own) / (less + cut))

    def _border(self, e: int, step: int) -> Floats:
        shock, j, a = self.shock, self.chain.link_supplier[e], len(self.chain.output0)
        stopped = [*(shock.border[:, e] * shock.border_cut[step, :, self.d]), 0.0]
        stopped[-1] = 1 - shock.link_cap[step, e, self.d] if len(shock.link_cap) else 0.0
        rows = self.first["border"] + np.arange(len(stopped)) * a + j
        vector = np.zeros(self.size)
        vector[rows] = np.array(stopped) / sum(stopped)
        return vector

    def _allowed(self, e: int, step: int) -> float:
        allowed = _allowed(self.shock, step)
        return 1.0 if allowed is None else float(allowed[e, self.d])

    def _wanted(self, i: int, step: int) -> float:
        if step < 0:
            return 1.0
        tape = self.tape
        return float(min(tape.total[step, i, self.d] / self.chain.output0[i], tape.headroom[step, i, self.d]))

    def _level(self, i: int, step: int) -> float:
        return float(self.tape.level[step, i, self.d]) if step >= 0 else 1.0

    def advance(self, step: int) -> Floats:
        """Vectors (A, K) of what activities miss outside in a step, from those of the step before."""
        new = np.array([self._activity(i, step) for i in range(len(self.chain.output0))])
        outside = new.copy()
        for i in np.unique(self.chain.link_supplier[self.chain.captive]).tolist():
            if 1 - self._level(i, step) <= SAME:  # own needs come first: overrun from inside
                outside[i] = self._by_gains(i, step)
        self.vector = new
        self.pool = np.array([self._pool(p, step) for p in range(len(self.chain.pool_need))]).reshape(-1, self.size)
        self.slot = np.array([self._slot(s, step) for s in range(len(self.chain.slot_need))]).reshape(-1, self.size)
        return outside

    def _activity(self, i: int, step: int) -> Floats:
        asked, level = self.tape.total[step, i, self.d] / self.chain.output0[i], self._level(i, step)
        if 1 - level > SAME:
            able = min(1.0, asked, self.tape.headroom[step, i, self.d])
            demand, capacity = max(0.0, 1 - asked), max(0.0, min(1.0, asked) - able)
            inputs = max(0.0, 1 - level - demand - capacity)
            parts = demand * self._by_orders(i, step) if demand > 0 else np.zeros(self.size)
            parts = parts + (capacity * self._by_capacity(i, step) if capacity > 0 else 0.0)
            parts = parts + (inputs * self._by_inputs(i, step) if inputs > 0 else 0.0)
            return np.asarray(parts / (1 - level))
        if 1 - level < -SAME and self.tape.behind[step, i, self.d] <= SAME:
            return self._by_gains(i, step)
        return np.asarray(self.vector[i])

    def _mixed(self, parts: Sequence[tuple[Any, Any]], otherwise: Floats) -> Floats:
        total = sum(weight for weight, _ in parts)
        if total <= 0:
            return otherwise
        return np.asarray(sum(weight * vector for weight, vector in parts) / total)

    def _links(self, i: int) -> list[int]:
        chain = self.chain
        return [int(e) for e in chain.supplier_link[chain.supplier_start[i] : chain.supplier_start[i + 1]]]

    def _by_orders(self, i: int, step: int) -> Floats:
        chain, tape, d = self.chain, self.tape, self.d
        parts: list[tuple[Any, Any]] = []
        if len(self.shock.final_factor):
            lack = chain.final0[i] * max(0.0, 1 - self.shock.final_factor[step, i, d])
            parts.append((lack, self._hits("demand", i, step) if lack > 0 else 0.0))
        for e in self._links(i):
            p, share0, share = chain.link_pool[e], chain.link_share[e], tape.share[step, e, d]
            need, order, allowed = chain.pool_need[p], tape.order[step, p, d], self._allowed(e, step)
            room = allowed * (share0 + chain.link_fallback[e]) * need if allowed < 1 else np.inf
            placed = min(share * order, room)
            lack, stopped = share0 * need - placed, share * order - placed
            less, away = share0 * max(0.0, need - order), max(0.0, share0 - share) * order
            if lack > SAME * share0 * need and less + away + stopped > 0:
                unit = lack / (less + away + stopped)
                parts += [(less * unit, self._buyers(p, step) if less > 0 else 0.0), (away * unit, self.vector[i])]
                parts += [(stopped * unit, self._border(e, step))] if stopped > 0 else []
        return self._mixed(parts, self.vector[i])

    def _buyers(self, p: int, step: int) -> Floats:
        parts: list[tuple[Any, Any]] = []
        for m in np.flatnonzero(self.chain.member_pool == p).tolist():
            s = self.slot_of[m]
            need, side = self.chain.member_fraction[m] * self.chain.slot_need[s], self._side(m, step)
            i = int(self.chain.slot_customer[s])
            if self.chain.slot_kind[s] == CAPITAL:
                growth, capex = self._budget(i, step - 1)
                works = self.tape.working[step - 1, i, self.d] if step else 1.0
                lack = need * max(0.0, 1 - side * works * growth * capex)
                parts.append((lack, self._unbought(i, step, side * works) if lack > 0 else 0.0))
            else:
                lack = need * max(0.0, 1 - side * self._ordered(s, i, step))
                parts.append((lack, self.vector[i]))
        first = int(np.searchsorted(self.chain.link_pool, p))
        return self._mixed(parts, self._one("none", int(self.chain.link_supplier[first])))

    def _unbought(self, i: int, step: int, works: float) -> Floats:
        growth, capex = self._budget(i, step - 1)
        idle, cut = max(0.0, 1 - works), works * max(0.0, 1 - growth * capex)
        own = self._hits("capacity", i, step - 1) if idle > 0 else 0.0
        return self._mixed([(idle, own), (cut, self._unplanned(i, step - 1) if cut > 0 else 0.0)], self._one("none", i))

    def _side(self, m: int, step: int) -> float:
        return float(self.tape.side[step, self.chain.member_side[m], self.d])

    def _ordered(self, s: int, i: int, step: int) -> float:
        chain, restore = self.chain, self.rules.restore_steps
        if chain.slot_kind[s] == SERVICE:
            return min(1.0, self._level(i, step - 1))
        wanted, stock = self._wanted(i, step - 1), self.tape.stock[step, s, self.d] / chain.slot_need[s]
        if self.rules.wanted_orders:
            return float(max(0.0, wanted + (wanted * chain.buffer[s] - stock) / restore))
        return float(self._level(i, step - 1) + max(0.0, wanted * chain.buffer[s] - stock) / restore)

    def _by_capacity(self, i: int, step: int) -> Floats:
        chain, hazard = self.chain, 1 - self.tape.working[step, i, self.d]
        tools = [s for s in self._slots(i) if chain.slot_kind[s] != FLOW]
        limits = [1 - chain.criticality[s] * (1 - self.tape.stock[step, s, self.d]) for s in tools]
        least = min([1.0, *limits])
        binding = [s for s, limit in zip(tools, limits, strict=True) if limit <= least + SAME]
        worn = (1 - hazard) * (1 - least)
        parts: list[tuple[Any, Any]] = [(hazard, self._hits("capacity", i, step) if hazard > 0 else 0.0)]
        parts += [(worn / len(binding), self._input(i, s, step)) for s in binding if worn > 0]
        return self._mixed(parts, self.vector[i])

    def _by_inputs(self, i: int, step: int) -> Floats:
        chain, wanted = self.chain, self._wanted(i, step)
        flows = [s for s in self._slots(i) if chain.slot_kind[s] == FLOW and chain.criticality[s] > 0]
        limits = []
        for s in flows:
            need = chain.slot_need[s] * max(chain.psi[s] * chain.buffer[s], 1.0) * wanted
            ratio = min(1.0, self.tape.stock[step, s, self.d] / need) if need > 0 else 1.0
            limits.append(1 - chain.criticality[s] * (1 - ratio))
        least = min(limits, default=1.0)
        binding = [s for s, limit in zip(flows, limits, strict=True) if limit <= least + SAME]
        return self._mixed([(1.0, self._input(i, s, step)) for s in binding], self.vector[i])

    def _slots(self, i: int) -> range:
        return range(self.chain.slot_start[i], self.chain.slot_start[i + 1])

    def _input(self, i: int, s: int, step: int) -> Floats:
        missed_before = step > 0 and self.tape.mass[step - 1, s, self.d] > 0
        return np.asarray(self.slot[s] if missed_before else self.vector[i])

    def _by_gains(self, i: int, step: int) -> Floats:
        chain, d = self.chain, self.d
        parts: list[tuple[Any, Any]] = []
        if len(self.shock.final_factor):
            more = chain.final0[i] * max(0.0, self.shock.final_factor[step, i, d] - 1)
            parts.append((more, self._hits("demand", i, step, -1.0) if more > 0 else 0.0))
        for e in self._links(i):
            p = chain.link_pool[e]
            more = self.tape.share[step, e, d] * self.tape.order[step, p, d] - chain.link_share[e] * chain.pool_need[p]
            parts += [(more, self.pool[p])] if more > SAME * chain.pool_need[p] else []
        return self._mixed(parts, self.vector[i])

    def _pool(self, p: int, step: int) -> Floats:
        parts: list[tuple[Any, Any]] = []
        for e in np.flatnonzero(self.chain.link_pool == p).tolist():
            missed, j = self.tape.missed[step, e, self.d], int(self.chain.link_supplier[e])
            barred = 1 - self._allowed(e, step)
            short = 1 - min(1.0, self._level(j, step))
            stopped = barred / (barred + (1 - barred) * short) if barred > 0 else 0.0
            parts += [(missed * stopped, self._border(e, step))] if stopped > 0 else []
            fails = short > SAME
            parts.append((missed * (1 - stopped), self.vector[j] if fails else self._by_gains(j, step)))
        enough = sum(weight for weight, _ in parts) > SAME * self.chain.pool_need[p]
        return self._mixed(parts, self.pool[p]) if enough else np.asarray(self.pool[p])

    def _slot(self, s: int, step: int) -> Floats:
        chain, i = self.chain, int(self.chain.slot_customer[s])
        growth, capex = self._budget(i, step - 1)
        works = self.tape.working[step - 1, i, self.d] if step else 1.0
        plan, cut = min(1.0, self._wanted(i, step - 1), self._ordered(s, i, step)), 0.0
        plan = plan if self.rules.wanted_orders else min(1.0, self._level(i, step - 1))
        if chain.slot_kind[s] == SERVICE:
            plan = min(1.0, self._level(i, step - 1))
        if chain.slot_kind[s] == CAPITAL:
            plan = works * growth * capex
            cut = max(0.0, works - plan)
        parts: list[tuple[Any, Any]] = [(cut, self._unplanned(i, step - 1) if cut > 0 else 0.0)]
        for m in range(chain.member_start[s], chain.member_start[s + 1]):
            p, tier = chain.member_pool[m], chain.tier_need[s]
            late = chain.member_fraction[m] * self._side(m, step) * self.tape.gap[step, tier, p, self.d]
            parts.append((plan * late, self.pool[p]))
        if sum(weight for weight, _ in parts) <= SAME:
            return np.asarray(self.slot[s])
        target = FULL * (chain.slot_need[s] * chain.buffer[s] if chain.slot_kind[s] == FLOW else 1.0)
        full = self.tape.stock[step, s, self.d] >= target
        kept = self.tape.mass[step - 1, s, self.d] if step > 0 and not full else 0.0
        return self._mixed([(kept, self.slot[s]), *parts], self.slot[s])
