"""Static cascade, compiled; the equations stand in `cascade_numpy`, which is the oracle of this file.

Scenario by scenario, only firms that a loss can have reached since the last update are looked at: the customers of
firms whose deliveries changed, the suppliers of firms whose orders changed. A loss that changes what is left of a
market also changes how hard each of its hit firms is to replace. Where more than a given share of all links would be
looked at, every firm that has something left to lose is. Both ways give the same bits: a firm that is looked at for
nothing comes out as it was, and no sum is ever updated by differences. A scenario depends on nothing but itself, so threads
change nothing either. Memory is a few numbers a firm and thread, whatever the number of scenarios.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from supplychain_risk.kernels.block import compiled, entry
from supplychain_risk.kernels.cascade_numpy import Numbers, Outcome, Rule, Shocks, Web
from supplychain_risk.kernels.chain import Floats, Ints


class State(NamedTuple):
    """One thread's scratch: N firms, Q markets.

    Attributes
    ----------
    down, up : (N,) share of output lost in either chain.
    missing : (N,) share of deliveries that is gone and that rivals do not make up.
    rise : (N,) loss after the update, of firms on the list `moved_up`.
    changed : (N,) list of firms whose loss rose.
    moved, moved_up : (N,) lists of firms whose missing deliveries, or orders, rose.
    reached, markets : (N,), (Q,) lists of firms to look at, of markets that changed.
    seen, touched : (N,), (Q,) when a firm or market was last put on a list.
    clock : (1,) number of lists made.
    """

    down: Floats
    up: Floats
    missing: Floats
    rise: Floats
    changed: Numbers
    moved: Numbers
    moved_up: Numbers
    reached: Numbers
    markets: Numbers
    seen: Ints
    touched: Ints
    clock: Ints


def run(web: Web, shocks: Shocks, rule: Rule, outcome: Outcome, *, first: int, last: int) -> None:
    """Work out scenarios first .. last into `outcome`."""
    _run_scenarios(web, shocks, rule, outcome, _begin(len(web.weight), len(web.market_start) - 1), first, last)


def _begin(firms: int, markets: int) -> State:
    return State(
        *(np.zeros(firms) for _ in range(4)),
        *(np.zeros(firms, dtype=np.int32) for _ in range(4)),
        markets=np.zeros(markets, dtype=np.int32),
        seen=np.zeros(firms, dtype=np.int64),
        touched=np.zeros(markets, dtype=np.int64),
        clock=np.zeros(1, dtype=np.int64),
    )


@entry
def _run_scenarios(web, shocks, rule, outcome, state, first, last):
    for scenario in range(first, last):
        _run_scenario(web, shocks, rule, outcome, state, scenario)


@compiled
def _run_scenario(web, shocks, rule, outcome, state, scenario):
    """One scenario until no loss rises by more than eps."""
    moved, moved_up = _begin_scenario(web, shocks, state, scenario)
    iterations, fall = 0, np.inf
    while iterations < rule.max_iterations and fall > rule.eps:
        count = _look(web.customer_start, web.customer, state, state.moved, moved, rule.sweep)
        changed, fall = _lose_inputs(web, state, count)
        moved = _deliver(web, state, changed)
        count = _look(web.input_start, web.supplier, state, state.moved_up, moved_up, rule.sweep)
        moved_up, fall_up = _lose_customers(web, state, count)
        fall = max(fall, fall_up)
        iterations += 1
    outcome.iterations[scenario], outcome.fall[scenario] = iterations, fall
    _conclude(web, outcome, state, scenario)


@compiled
def _begin_scenario(web, shocks, state, scenario):
    """Nothing lost but what the scenario takes; the lengths of the lists `moved` and `moved_up`."""
    state.down[:] = 0.0
    state.up[:] = 0.0
    state.missing[:] = 0.0
    count = 0
    for k in range(shocks.start[scenario], shocks.start[scenario + 1]):
        firm = shocks.firm[k]
        state.down[firm], state.up[firm] = shocks.down[k], shocks.up[k]
        state.changed[count] = state.moved_up[count] = firm
        count += 1
    return _deliver(web, state, count), count


@compiled
def _look(start, partner, state, source, sources, sweep):
    """List every firm once that trades with a source; all firms if those links are many. The length of the list."""
    links = 0
    for k in range(sources):
        links += start[source[k] + 1] - start[source[k]]
    if links > sweep * len(partner):
        for firm in range(len(state.reached)):
            state.reached[firm] = firm
        return len(state.reached)
    count = 0
    state.clock[0] += 1
    for k in range(sources):
        for e in range(start[source[k]], start[source[k] + 1]):
            firm = partner[e]
            if state.seen[firm] != state.clock[0]:
                state.seen[firm] = state.clock[0]
                state.reached[count] = firm
                count += 1
    return count


@compiled
def _lose_inputs(web, state, count):
    """What the firms looked at lose for want of inputs: how many changed, and the largest rise."""
    changed, most = 0, 0.0
    for k in range(count):
        firm = state.reached[k]
        before = state.down[firm]
        if before == 1.0:
            continue
        worst = 0.0
        for group in range(web.group_start[firm], web.group_start[firm + 1]):
            loss = 0.0
            for e in range(web.link_start[group], web.link_start[group + 1]):
                loss += web.down_share[e] * state.missing[web.supplier[e]]
            worst = max(worst, loss)
        after = min(1.0, worst)
        if after > before:
            # All firms move at once, and none reads another's `down` here: deliveries follow in `_deliver`.
            state.down[firm] = after
            state.changed[changed] = firm
            changed += 1
            most = max(most, after - before)
    return changed, most


@compiled
def _deliver(web, state, changed):
    """Deliveries that are missing once `changed` firms have lost more, rivals' help counted; how many firms moved."""
    moved, markets = 0, 0
    state.clock[0] += 1
    for k in range(changed):
        firm = state.changed[k]
        market = web.market[firm]
        if market < 0:
            state.missing[firm] = state.down[firm]
            state.moved[moved] = firm
            moved += 1
        elif state.touched[market] != state.clock[0]:
            state.touched[market] = state.clock[0]
            state.markets[markets] = market
            markets += 1
    for k in range(markets):
        moved = _share_market(web, state, state.markets[k], moved)
    return moved


@compiled
def _share_market(web, state, market, moved):
    """Missing deliveries of the hit firms of one market, given what is left of it."""
    left = 0.0
    members = range(web.market_start[market], web.market_start[market + 1])
    for k in members:
        firm = web.market_firm[k]
        left += web.size[firm] * (1 - state.down[firm])
    for k in members:
        firm = web.market_firm[k]
        if state.down[firm] > 0:
            sigma = web.size[firm] / left if web.size[firm] < left else 1.0
            if sigma * state.down[firm] != state.missing[firm]:
                state.missing[firm] = sigma * state.down[firm]
                state.moved[moved] = firm
                moved += 1
    return moved


@compiled
def _lose_customers(web, state, count):
    """What the firms looked at lose for want of orders: how many changed, and the largest rise."""
    changed, most = 0, 0.0
    for k in range(count):
        firm = state.reached[k]
        if state.up[firm] == 1.0:
            continue
        loss = 0.0
        for e in range(web.customer_start[firm], web.customer_start[firm + 1]):
            loss += web.up_share[e] * state.up[web.customer[e]]
        if min(1.0, loss) > state.up[firm]:
            state.rise[changed] = min(1.0, loss)
            state.moved_up[changed] = firm
            changed += 1
    for k in range(changed):
        firm = state.moved_up[k]
        most = max(most, state.rise[k] - state.up[firm])
        state.up[firm] = state.rise[k]
    return changed, most


@compiled
def _conclude(web, outcome, state, scenario):
    """The index in three forms, and the losses where they are kept."""
    total, both, down, up = 0.0, 0.0, 0.0, 0.0
    for firm in range(len(web.weight)):
        total += web.weight[firm]
        both += web.weight[firm] * max(state.down[firm], state.up[firm])
        down += web.weight[firm] * state.down[firm]
        up += web.weight[firm] * state.up[firm]
    outcome.index[scenario, 0] = both / total
    outcome.index[scenario, 1] = down / total
    outcome.index[scenario, 2] = up / total
    if len(outcome.down) > 0:
        outcome.down[scenario] = state.down
        outcome.up[scenario] = state.up
