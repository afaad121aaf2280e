"""Weekly dynamics of output, stocks and orders after a shock, in plain numpy.

The model is ARIO with inventories (Hallegatte 2014, "Modeling the role of inventories and heterogeneity in the
assessment of the economic costs of natural disasters", Risk Analysis 34(1), doi:10.1111/risa.12090), extended by
capital and service inputs, graded criticality, order tiers, link caps and deferred demand. One step, in this order:

1. demand       D = final demand + released backlog + orders received
2. effort       alpha += ((alpha_max - alpha) s) / tau if s != 0 else (1 - alpha) / tau,  s = (D - x_before) / D
3. capacity     c = x0 (1 - loss) K alpha,  K = min over tools and services [1 - chi (1 - rho)];  wanted y = min(D, c)
4. production   x = y min over flow inputs [1 - chi (1 - min(1, n / need))],  need = a y max(psi T, 1)
5. rationing    tiers of orders are served one after the other, in proportion inside a tier
6. stocks       n = max(0, n - a x) + deliveries;  rho += wear (delivered / ordered base - rho)
7. shares       order shares move towards suppliers that can deliver
8. orders       needs a y and restocking (a y T - n) / tau for flow inputs; plans for tools; use for services

This version is the oracle of the compiled one in `inventory` and its fallback: same functions, same order, all draws
at once. Each function below is one line of the list. Levels are relative to baseline wherever possible, so that without
a shock every number stays exactly what it was.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from supplychain_risk.kernels.chain import CAPITAL, FLOW, NOTHING, ROUNDING, SERVICE, Chain, Floats, Rules
from supplychain_risk.kernels.market import Market, no_market
from supplychain_risk.kernels.prices_numpy import Week, price_week
from supplychain_risk.kernels.record import Record
from supplychain_risk.kernels.shock import Shock, loss_of_all


class State(NamedTuple):
    """What one step hands to the next. D draws last; tiers first where orders are kept."""

    stock: Floats  # (S, D) value
    tool_level: Floats  # (S, D) rho: capacity that the tool or service supports, 1 = plan
    owed: Floats  # (S, D) capital goods that a hit customer did not take in, value
    working: Floats  # (S, D) working share of the customer when it ordered
    need_order: Floats  # (S, D) needs placed, value
    restock_order: Floats  # (S, D) restocking placed, value
    owed_order: Floats  # (S, D) part of restock_order that pays back `owed`
    share: Floats  # (E, D) order shares, sum as at baseline in each pool
    effort: Floats  # (A, D) alpha
    output: Floats  # (A, D) of the last step
    backlog: Floats  # (A, D) value
    side: Floats  # (2 N + 1, D) share of a divided customer's orders that goes to a side, relative to baseline


def start(chain: Chain, draws: int) -> State:
    """The baseline: full stocks, planned tools, orders as needed."""
    flow = chain.slot_kind == FLOW
    full = np.ones(draws)
    stock = np.where(flow, chain.slot_need * chain.buffer, 0.0)
    zeros = np.zeros((len(flow), draws))
    ones = np.ones((len(flow), draws))
    return State(
        stock=np.outer(stock, full),
        tool_level=ones,
        owed=zeros,
        working=ones,
        need_order=np.outer(chain.slot_need, full),
        restock_order=zeros,
        owed_order=zeros,
        share=np.outer(chain.link_share, full),
        effort=np.ones((len(chain.output0), draws)),
        output=np.outer(chain.output0, full),
        backlog=np.zeros((len(chain.output0), draws)),
        side=np.ones((2 * len(chain.divided) + 1, draws)),
    )


def run(chain: Chain, rules: Rules, shock: Shock, record: Record, market: Market | None = None) -> None:
    """Step through the shock and add each step to `record` (written in place); prices move if there is a `market`."""
    state = start(chain, shock.capacity_loss.shape[2])
    for step in range(shock.capacity_loss.shape[0]):
        state, week = _step(chain, rules, shock, record, state, step)
        price_week(chain, rules, market or no_market(), week, record, step)


def _step(chain: Chain, rules: Rules, shock: Shock, record: Record, old: State, step: int) -> tuple[State, Week]:
    placed = _place(chain, rules, old, _allowed(shock, step))
    final = np.outer(chain.final0, np.ones(old.output.shape[1]))
    if len(shock.final_factor):
        final = final * shock.final_factor[step]
    released = old.backlog / rules.backlog_steps
    tiers = _demand(chain, rules, placed, final, released)
    demand = tiers.sum(axis=0)
    effort = _effort(chain, rules, old, demand) if step >= 2 else old.effort
    headroom = (1 - loss_of_all(shock, step)) * _tool_limit(chain, old.tool_level) * effort
    wanted = np.minimum(demand, chain.output0[:, None] * headroom)
    output = wanted * _input_limit(chain, wanted, old.stock)
    output = np.where(output > NOTHING * chain.output0[:, None], output, 0.0)
    if rules.fairest:
        unserved_final, unserved_backlog, gap = _ration_fairly(chain, placed, final, released, demand, output)
    else:
        unserved_final, unserved_backlog, gap = _ration(chain, rules, tiers, output)
    unmet, waiting = final * unserved_final, released * unserved_backlog
    ceiling = rules.backlog_steps * chain.final0[:, None]
    backlog = old.backlog - released + chain.deferral[:, None] * (unmet + waiting)
    pool_gap = _pool_gap(chain, rules, old, placed, gap)
    got, got_owed = _deliveries(chain, old, pool_gap)
    new = old._replace(
        effort=effort,
        output=output,
        backlog=np.minimum(backlog, ceiling),
        stock=_restock(chain, old, output, got),
        tool_level=_wear(chain, old, got),
        owed=old.owed - got_owed,
    )
    following = _allowed(shock, min(step + 1, len(shock.capacity_loss) - 1))
    new = new._replace(share=_shift_shares(chain, new, headroom, following))
    _note_moves(chain, record, new, 1 - loss_of_all(shock, step), following)
    new = _order(chain, rules, shock, new, wanted, step)
    external = output.copy()
    _take_captive(chain, placed, gap, external)
    delivered_final = final + released - unmet - waiting
    _observe(chain, record, step, new, external, unmet, delivered_final)
    kept_back = np.maximum(0.0, old.share * placed.pool[:, chain.link_pool] - placed.link)
    delivered = (placed.link * (1 - gap)).sum(axis=0)
    capacity = chain.output0[:, None] * headroom
    forbidden = _forbidden(chain, output, _allowed(shock, step))
    expected = shock.expected[step] if len(shock.expected) else np.ones_like(output)
    return new, Week(tiers, output, wanted, capacity, forbidden, expected, delivered_final, got, kept_back, delivered)


def _forbidden(chain: Chain, output: Floats, allowed: Floats | None) -> Floats:
    """Normal sales of a supplier over links that limits do not let through (A, D)."""
    forbidden = np.zeros_like(output)
    if allowed is not None:
        trade = (chain.link_share + chain.link_fallback) * chain.pool_need[chain.link_pool]
        np.add.at(forbidden, chain.link_supplier, trade[:, None] * (1 - allowed))
    return forbidden


class Placed(NamedTuple):
    """Orders as suppliers see them."""

    pool: Floats  # (K, P, D) orders of a pool by tier, value
    link: Floats  # (K, E, D) orders on a link by tier, after caps, value


def _allowed(shock: Shock, step: int) -> Floats | None:
    """Share of each link's baseline that may be ordered (E, D), None without any limit."""
    if not len(shock.link_cap) and not len(shock.border):
        return None
    allowed = np.ones((shock.border.shape[1], shock.capacity_loss.shape[2]))
    if len(shock.link_cap):
        allowed = allowed * shock.link_cap[step]
    for area in range(len(shock.border)):
        allowed = allowed * (1 - np.outer(shock.border[area], shock.border_cut[step, area]))
    return allowed


def _place(chain: Chain, rules: Rules, state: State, cap: Floats | None) -> Placed:
    """Split the slots' orders over pools and links; a cap cuts the tiers from the last one."""
    pool = np.zeros((rules.n_tiers, len(chain.pool_need), state.share.shape[1]))
    member = chain.member_fraction[:, None] * state.side[chain.member_side]
    slot = _slot_of_member(chain)
    np.add.at(pool, (chain.tier_need[slot], chain.member_pool), member * state.need_order[slot])
    np.add.at(pool, (chain.tier_restock[slot], chain.member_pool), member * state.restock_order[slot])
    pool_of_link = chain.link_pool
    link = state.share * pool[:, pool_of_link]
    if cap is None:
        return Placed(pool, link)
    base = (chain.link_share + chain.link_fallback) * chain.pool_need[pool_of_link]
    room = np.where(cap < 1, cap * base[:, None], np.inf)
    for tier in range(rules.n_tiers):
        link[tier] = np.minimum(link[tier], room)
        room = room - link[tier]
    return Placed(pool, link)


def _demand(chain: Chain, rules: Rules, placed: Placed, final: Floats, released: Floats) -> Floats:
    """Demand on each activity by tier (K, A, D), value."""
    tiers = np.zeros((rules.n_tiers, *final.shape))
    rows = np.arange(len(final))
    tiers[chain.tier_final, rows] += final
    tiers[chain.tier_backlog, rows] += released
    for tier in range(rules.n_tiers):
        np.add.at(tiers[tier], chain.link_supplier, placed.link[tier])
    return tiers


def _effort(chain: Chain, rules: Rules, state: State, demand: Floats) -> Floats:
    """Over-production rises with scarcity and falls back without it; never below 1."""
    asked = demand > NOTHING * chain.output0[:, None]
    scarcity = np.divide(demand - state.output, demand, out=np.zeros_like(demand), where=asked)
    rise = (chain.overproduction_max[:, None] - state.effort) * scarcity
    change = np.where(np.abs(scarcity) > ROUNDING, rise, 1 - state.effort) / rules.overproduction_steps
    return np.maximum(1.0, state.effort + change)


def _tool_limit(chain: Chain, tool_level: Floats) -> Floats:
    """Share of capacity that the scarcest tool or service allows (A, D)."""
    kept = 1 - chain.criticality[:, None] * (1 - tool_level)
    return _least(chain, np.where((chain.slot_kind != FLOW)[:, None], kept, 1.0))


def _input_limit(chain: Chain, wanted: Floats, stock: Floats) -> Floats:
    """Share of wanted production that the scarcest flow input allows (A, D)."""
    customer = chain.slot_customer
    level = wanted[customer] / chain.output0[customer, None]
    need = chain.slot_need[:, None] * level * np.maximum(chain.psi * chain.buffer, 1.0)[:, None]
    ratio = np.minimum(1.0, np.divide(stock, need, out=np.ones_like(need), where=need > 0))
    kept = 1 - chain.criticality[:, None] * (1 - ratio)
    return _least(chain, np.where((chain.slot_kind == FLOW)[:, None], kept, 1.0))


def _least(chain: Chain, kept: Floats) -> Floats:
    least = np.ones((len(chain.output0), kept.shape[1]))
    np.minimum.at(least, chain.slot_customer, kept)
    return least


def _ration(chain: Chain, rules: Rules, tiers: Floats, output: Floats) -> tuple[Floats, Floats, Floats]:
    """Serve tier after tier. Returns the unserved share of final demand, of backlog (A, D) and of links (K, E, D)."""
    unserved = np.zeros_like(tiers)
    asked = np.zeros_like(output)
    for tier in range(rules.n_tiers):
        # running sums end at exactly the total demand, so that output which meets it leaves nothing unserved
        asked = asked + tiers[tier]
        missing = np.minimum(tiers[tier], np.maximum(0.0, asked - output))
        unserved[tier] = np.divide(missing, tiers[tier], out=np.zeros_like(missing), where=tiers[tier] > 0)
    rows = np.arange(len(output))
    gap = unserved[:, chain.link_supplier]
    return unserved[chain.tier_final, rows], unserved[chain.tier_backlog, rows], gap


def _ration_fairly(
    chain: Chain, placed: Placed, final: Floats, released: Floats, demand: Floats, output: Floats
) -> tuple[Floats, Floats, Floats]:
    """Raise the lowest delivery relative to baseline first (Inoue & Todo 2019, doi:10.1038/s41893-019-0351-x)."""
    order = placed.link.sum(axis=0)
    wanted_final = final + released
    base = (chain.link_share + chain.link_fallback) * chain.pool_need[chain.link_pool]
    link_gap, final_gap = np.zeros_like(order), np.zeros_like(wanted_final)
    for j, draw in zip(*np.nonzero(output < demand), strict=True):
        links = chain.supplier_link[chain.supplier_start[j] : chain.supplier_start[j + 1]]
        asked = np.append(order[links, draw], wanted_final[j, draw])
        weight = np.append(base[links], chain.final0[j])
        given = _fill_evenly(asked, weight, output[j, draw])
        short = np.divide(asked - given, asked, out=np.zeros_like(asked), where=asked > 0)
        link_gap[links, draw], final_gap[j, draw] = short[:-1], short[-1]
    gap = np.broadcast_to(link_gap, placed.link.shape)
    return final_gap, final_gap, gap


def _fill_evenly(asked: Floats, weight: Floats, supply: float) -> Floats:
    """Deliver min(asked, level x weight) with the level at which everything is handed out."""
    given = np.zeros_like(asked)
    waiting = (asked > 0) & (weight > 0)
    left = supply
    while waiting.any() and left > 0:
        level = left / weight[waiting].sum()
        served = waiting & (asked <= level * weight)
        if not served.any():
            given[waiting] = level * weight[waiting]
            return given
        given[served] = asked[served]
        left = max(0.0, left - asked[served].sum())
        waiting &= ~served
    return given


def _pool_gap(chain: Chain, rules: Rules, state: State, placed: Placed, gap: Floats) -> Floats:
    """Share of a pool's orders in a tier that does not arrive (K, P, D), by caps or by unserved links."""
    asked = placed.pool[:, chain.link_pool] * state.share
    cut = np.divide(placed.link, asked, out=np.ones_like(asked), where=asked > 0)
    missing = state.share * (1 - cut * (1 - gap))
    total = np.zeros_like(placed.pool)
    for tier in range(rules.n_tiers):
        np.add.at(total[tier], chain.link_pool, missing[tier])
    return total


def _deliveries(chain: Chain, state: State, pool_gap: Floats) -> tuple[Floats, Floats]:
    """What arrives at each slot, and the part of it that pays back owed capital goods (S, D), value."""
    need_gap, restock_gap = np.zeros_like(state.stock), np.zeros_like(state.stock)
    slot, pool = _slot_of_member(chain), chain.member_pool
    part = chain.member_fraction[:, None] * state.side[chain.member_side]
    np.add.at(need_gap, slot, part * pool_gap[chain.tier_need[slot], pool])
    np.add.at(restock_gap, slot, part * pool_gap[chain.tier_restock[slot], pool])
    needs = state.need_order - state.need_order * need_gap
    restock = state.restock_order - state.restock_order * restock_gap
    return needs + restock, state.owed_order - state.owed_order * restock_gap


def _restock(chain: Chain, state: State, output: Floats, got: Floats) -> Floats:
    customer = chain.slot_customer
    used = chain.slot_need[:, None] * (output / chain.output0[:, None])[customer]
    flow = (chain.slot_kind == FLOW)[:, None]
    return np.where(flow, np.maximum(got, state.stock + (got - used)), state.stock)


def _wear(chain: Chain, state: State, got: Floats) -> Floats:
    """Tools follow what the working part of a customer takes in; services what they had to do."""
    base = np.where((chain.slot_kind == CAPITAL)[:, None], chain.slot_need[:, None] * state.working, state.need_order)
    ratio = np.divide(got, base, out=np.ones_like(got), where=base > 0)
    speed = chain.wear[:, None] * state.working
    moved = np.minimum(1.0, state.tool_level + speed * (ratio - state.tool_level))
    return np.where((chain.slot_kind != FLOW)[:, None], moved, state.tool_level)


def _shift_shares(chain: Chain, state: State, headroom: Floats, cap: Floats | None) -> Floats:
    """Order shares move to suppliers in proportion to what they can make, and to makers not in use if those fail."""
    pool, links = chain.link_pool, chain.link_share[:, None]
    able = headroom[chain.link_supplier]
    short = _pool_sum(chain, links * (1 - np.minimum(1.0, able)))
    target = (links + chain.link_fallback[:, None] * short[pool]) * able
    target = target if cap is None else target * cap
    baseline = _pool_sum(chain, links)
    total = _pool_sum(chain, target)
    able_at_all = total > NOTHING * baseline
    scale = np.divide(baseline, total, out=np.zeros_like(total), where=able_at_all)
    unit = total == baseline
    aim = np.where(unit[pool], target, target * scale[pool])
    moved = state.share + chain.link_rate[:, None] * (aim - state.share)
    moved = np.where(able_at_all[pool], moved, state.share)
    sums = _pool_sum(chain, moved)
    norm = np.where(sums == baseline, 1.0, baseline / sums)
    return moved * norm[pool]


def _order(chain: Chain, rules: Rules, shock: Shock, state: State, wanted: Floats, step: int) -> State:
    """Orders for the next step: needs and restocking for flow inputs, plans for tools, use for services."""
    customer, need = chain.slot_customer, chain.slot_need[:, None]
    kind = chain.slot_kind[:, None]
    plan = (wanted / chain.output0[:, None])[customer]
    used = (state.output / chain.output0[:, None])[customer]
    target = need * plan * chain.buffer[:, None]
    if rules.wanted_orders:
        flow_total = np.maximum(0.0, need * plan + (target - state.stock) / rules.restore_steps)
        flow_need = np.minimum(need * plan, flow_total)
    else:
        flow_need = need * used
        flow_total = flow_need + np.maximum(0.0, target - state.stock) / rules.restore_steps
    capital_need, catch_up, owed_order = _capital_orders(chain, rules, shock, state, step)
    working = 1 - loss_of_all(shock, step)
    owed = np.where(kind == CAPITAL, state.owed + need * (1 - working[customer]), 0.0)
    return state._replace(
        need_order=np.select([kind == FLOW, kind == SERVICE], [flow_need, need * np.minimum(1.0, used)], capital_need),
        restock_order=np.select([kind == FLOW, kind == SERVICE], [flow_total - flow_need, 0.0], catch_up + owed_order),
        owed_order=np.where(kind == CAPITAL, owed_order, 0.0),
        owed=owed,
        working=working[customer],
        side=_sides(chain, working),
    )


def _sides(chain: Chain, working: Floats) -> Floats:
    """Divided customers order where their plants work; what they lose is lost behind the border first."""
    side = np.ones((2 * len(chain.divided) + 1, working.shape[1]))
    left, inside = working[chain.divided], chain.divided_share[:, None]
    outside = np.minimum(left, 1 - inside)
    side[1::2] = np.divide(left - outside, left * inside, out=np.ones_like(left), where=left > 0)
    side[2::2] = np.divide(outside, left * (1 - inside), out=np.ones_like(left), where=left > 0)
    side[1:, :] = np.where(np.repeat(left, 2, axis=0) == 1, 1.0, side[1:])
    return side


def _capital_orders(chain: Chain, rules: Rules, shock: Shock, state: State, step: int) -> tuple[Floats, Floats, Floats]:
    """Planned purchases of tools, catching up with plan, and paying back what a hit customer did not take in."""
    customer, need = chain.slot_customer, chain.slot_need[:, None]
    working = 1 - loss_of_all(shock, step)[customer]
    planned = need * working
    steps = chain.wear[:, None] * rules.capital_steps
    catch_up = np.divide(need * (1 - state.tool_level), steps, out=np.zeros_like(working), where=steps > 0)
    if len(shock.expected):
        growth = 1 + rules.capex_accelerator * (shock.expected[step][customer] - 1)
        planned = planned * np.maximum(0.0, growth)
    if len(shock.capex_factor):
        capex = shock.capex_factor[step][customer]
        planned = planned * capex
        catch_up = np.where(capex < 1, 0.0, catch_up)
    owed_order = np.where(working == 1, state.owed / rules.capital_steps, 0.0)
    return planned, catch_up, owed_order


def _take_captive(chain: Chain, placed: Placed, gap: Floats, external: Floats) -> None:
    """Subtract deliveries inside a company from `external`, in place."""
    for link in chain.captive:
        external[chain.link_supplier[link]] -= (placed.link[:, link] * (1 - gap[:, link])).sum(axis=0)


def _note_moves(chain: Chain, record: Record, state: State, working: Floats, allowed: Floats | None) -> None:
    """Order shares of pools while a maker is held back; what is written last is where they are when he is back."""
    hurt = working[chain.link_supplier] < record.short_level
    if allowed is not None:
        hurt = hurt | (allowed < record.short_level)
    held = np.zeros(record.held_steps.shape, dtype=np.bool_)
    np.logical_or.at(held, chain.link_pool, hurt)
    record.held_steps[:] += held
    moved = state.share - chain.link_share[:, None]
    record.moved_share[:] = np.where(held[chain.link_pool], moved, record.moved_share)


def _observe(
    chain: Chain, record: Record, step: int, state: State, external: Floats, unmet: Floats, final: Floats
) -> None:
    row = record.row_of_step[step]
    part = np.clip(record.rest_steps - step, 0.0, 1.0)
    level = state.output / chain.output0[:, None]
    base = external_baseline(chain)[:, None]
    outside = np.divide(external, base, out=np.ones_like(external), where=base > 0)
    record.weighted_external[:] += record.step_weight[step] * (outside - 1)
    record.last_external[:] = outside
    record.rest_external[:] += part * (outside - 1)
    np.minimum(record.lowest, level, out=record.lowest)
    record.first_short[(level < record.short_level) & (record.first_short < 0)] = step
    record.last_short[level < record.short_level] = step + 1
    record.last_low[level < record.low_level] = step + 1
    if len(record.output):
        record.output[row] += level
    if len(record.external):
        record.external[row] += outside[record.captive_supplier]
    if len(record.unmet):
        np.add.at(record.unmet[row], record.unmet_group, unmet)
    if len(record.final):
        record.final[row] += final
    if len(record.stock):
        record.stock[row] = np.where((chain.slot_kind == FLOW)[:, None], state.stock, state.tool_level)
    if len(record.overproduction):
        record.overproduction[row] = state.effort


def external_baseline(chain: Chain) -> Floats:
    """Baseline sales outside the own company (A,), value a step; 0 for an activity that only serves its owner."""
    outside = chain.output0.copy()
    sales = chain.link_share * chain.pool_need[chain.link_pool]
    for link in chain.captive:
        outside[chain.link_supplier[link]] -= sales[link]
    return np.where(outside > 1e-12 * chain.output0, outside, 0.0)


def _slot_of_member(chain: Chain) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.repeat(np.arange(len(chain.slot_need)), np.diff(chain.member_start))


def _pool_sum(chain: Chain, values: Floats) -> Floats:
    total = np.zeros((len(chain.pool_need), values.shape[1]))
    np.add.at(total, chain.link_pool, values)
    return total
