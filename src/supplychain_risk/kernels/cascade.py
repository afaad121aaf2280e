"""Static cascade, compiled; the equations stand in `cascade_numpy`, which is the oracle of this file.

Only firms that trade with one whose deliveries changed in the last update are looked at, and every firm where those
links are more than a third of all. A loss that changes what is left of a market also changes how hard each of its hit
firms is to replace. Both chains are the same loop; upstream all customers are one group and nobody has rivals.

Losses are added up anew, in one order, and never corrected by differences: a firm that is looked at for nothing comes
out as it was, and the slowest cascades, tens of thousands of updates, agree with the published programs to the last
iteration; sending differences along the links took about a quarter less time but drifted. Blocks of 8 to 32
scenarios, a lane each, took three to six times as long where losses stay local and a quarter less at best where they
do not, for what one lane has to look at all must. A scenario depends on nothing but itself, so threads change
nothing. Memory is a few numbers a firm and thread, whatever the number of scenarios, and only what a scenario touched
is cleaned up after it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from supplychain_risk.kernels.block import compiled, entry
from supplychain_risk.kernels.cascade_numpy import Numbers, Outcome, Rule, Shocks, Side, Web
from supplychain_risk.kernels.chain import Floats, Ints

SWEEP = 1 / 3
"""Share of all links from which looking at every firm is cheaper than finding out at whom to look."""


class State(NamedTuple):
    """Scratch of one chain: N firms, Q markets. Lists have one place more than entries.

    Attributes
    ----------
    loss, missing : (N,) share of output that a firm has lost; share of its deliveries that is gone and not made up.
    moved, looked, risen, hit : (N + 1,) lists of firms: whose `missing` rose, that are to be looked at, whose `loss`
        rose, and all that have lost anything in this scenario.
    stirred : (Q,) list of markets with a firm in `risen`.
    length : (3,) lengths of moved, risen, hit.
    seen, touched : (N,), (Q,) the update in which a firm or market was last listed.
    clock : (1,) number of updates so far, over all scenarios.
    """

    loss: Floats
    missing: Floats
    moved: Numbers
    looked: Numbers
    risen: Numbers
    hit: Numbers
    stirred: Numbers
    length: Ints
    seen: Ints
    touched: Ints
    clock: Ints


MOVED, RISEN, HIT = range(3)


def run(web: Web, shocks: Shocks, rule: Rule, outcome: Outcome, *, first: int, last: int) -> None:
    """Work out scenarios first .. last into `outcome`."""
    total = float(web.weight.sum())
    _run_scenarios(web, shocks, rule, outcome, _begin(web.down), _begin(web.up), total, first, last)


def _begin(side: Side) -> State:
    firms, markets = len(side.markets.of_firm), len(side.markets.start) - 1
    moved, looked, risen, hit = (np.zeros(firms + 1, dtype=np.int32) for _ in range(4))
    return State(
        loss=np.zeros(firms),
        missing=np.zeros(firms),
        moved=moved,
        looked=looked,
        risen=risen,
        hit=hit,
        stirred=np.zeros(markets, dtype=np.int32),
        length=np.zeros(3, dtype=np.int64),
        seen=np.zeros(firms, dtype=np.int64),
        touched=np.zeros(markets, dtype=np.int64),
        clock=np.zeros(1, dtype=np.int64),
    )


@entry
def _run_scenarios(web, shocks, rule, outcome, down, up, total, first, last):
    for scenario in range(first, last):
        hit = shocks.firm[shocks.start[scenario] : shocks.start[scenario + 1]]
        _strike(web.down, down, hit, shocks.down[shocks.start[scenario] : shocks.start[scenario + 1]])
        _strike(web.up, up, hit, shocks.up[shocks.start[scenario] : shocks.start[scenario + 1]])
        iterations, fall = 0, np.inf
        while iterations < rule.max_iterations and fall > rule.eps:
            fall = max(_update(web.down, down, rule.least), _update(web.up, up, rule.least))
            iterations += 1
        outcome.iterations[scenario], outcome.fall[scenario] = iterations, fall
        _conclude(web.weight, total, outcome, down, up, scenario)
        _clean(down)
        _clean(up)


@compiled
def _strike(side, state, firms, losses):
    """The first losses."""
    count = 0
    for k in range(len(firms)):
        if losses[k] > 0:
            state.loss[firms[k]] = losses[k]
            state.risen[count] = state.hit[count] = firms[k]
            count += 1
    state.length[RISEN] = state.length[HIT] = count
    _pass_on(side, state, 0.0)


@compiled
def _update(side, state, least):
    """All firms at once lose what their worst group takes; the largest rise.

    Lists are written at their end whether or not the entry stays, which only the length decides: a branch that
    cannot be foreseen costs more than the write.
    """
    most, risen, hit = 0.0, 0, state.length[HIT]
    for k in range(_look(side, state)):
        firm = state.looked[k]
        # 1 - (1 - x): losses have the grid of output left, as in the published programs, which keep that.
        before, after = state.loss[firm], 1 - (1 - min(1.0, _worst_group(side, state, firm)))
        rises = after > before + least
        state.loss[firm] = after if rises else before
        most = max(most, after - before if rises else 0.0)
        state.risen[risen] = state.hit[hit] = firm
        risen += rises
        hit += rises & (before == 0.0)
    state.length[RISEN], state.length[HIT] = risen, hit
    _pass_on(side, state, least)
    return most


@compiled
def _look(side, state):
    """List every firm that trades with one whose deliveries changed, or all firms; the number listed."""
    links = 0
    for k in range(state.length[MOVED]):
        links += side.target_start[state.moved[k] + 1] - side.target_start[state.moved[k]]
    if links > SWEEP * len(side.target):
        for firm in range(len(state.loss)):
            state.looked[firm] = firm
        return len(state.loss)
    state.clock[0] += 1
    clock, looked = state.clock[0], 0
    for k in range(state.length[MOVED]):
        source = state.moved[k]
        for e in range(side.target_start[source], side.target_start[source + 1]):
            firm = side.target[e]
            state.looked[looked] = firm
            looked += state.seen[firm] != clock
            state.seen[firm] = clock
    return looked


@compiled
def _worst_group(side, state, firm):
    """The largest share of a firm's output that any group of its links takes."""
    worst = 0.0
    for group in range(side.group_start[firm], side.group_start[firm + 1]):
        loss = 0.0
        for e in range(side.link_start[group], side.link_start[group + 1]):
            loss += side.share[e] * state.missing[side.source[e]]
        worst = max(worst, loss)
    return worst


@compiled
def _pass_on(side, state, least):
    """What is missing once the firms in `risen` have lost more, and rivals have helped out."""
    state.clock[0] += 1
    clock, moved, stirred = state.clock[0], 0, 0
    for k in range(state.length[RISEN]):
        firm = state.risen[k]
        market = side.markets.of_firm[firm]
        if market < 0:
            state.missing[firm] = state.loss[firm]
            state.moved[moved] = firm
            moved += 1
        elif state.touched[market] != clock:
            state.touched[market] = clock
            state.stirred[stirred] = market
            stirred += 1
    for k in range(stirred):
        moved = _share_market(side.markets, state, state.stirred[k], least, moved)
    state.length[MOVED] = moved


@compiled
def _share_market(markets, state, market, least, moved):
    """Missing deliveries of the hit firms of one market, given what is left of it; the new length of `moved`."""
    left = 0.0
    for k in range(markets.start[market], markets.start[market + 1]):
        left += markets.size[markets.firm[k]] * (1 - state.loss[markets.firm[k]])
    for k in range(markets.start[market], markets.start[market + 1]):
        firm = markets.firm[k]
        if state.loss[firm] > 0:
            sigma = markets.size[firm] / left if markets.size[firm] < left else 1.0
            rises = sigma * state.loss[firm] > state.missing[firm] + least
            state.missing[firm] = sigma * state.loss[firm] if rises else state.missing[firm]
            state.moved[moved] = firm
            moved += rises
    return moved


@compiled
def _conclude(weight, total, outcome, down, up, scenario):
    """The index in three forms, and the losses where they are kept."""
    both, lost_down, lost_up = 0.0, 0.0, 0.0
    for k in range(down.length[HIT]):
        firm = down.hit[k]
        lost_down += weight[firm] * down.loss[firm]
        both += weight[firm] * max(down.loss[firm], up.loss[firm])
    for k in range(up.length[HIT]):
        firm = up.hit[k]
        lost_up += weight[firm] * up.loss[firm]
        if down.loss[firm] == 0.0:
            both += weight[firm] * up.loss[firm]
    outcome.lost[scenario, 0] = both / total
    outcome.lost[scenario, 1] = lost_down / total
    outcome.lost[scenario, 2] = lost_up / total
    if len(outcome.down) > 0:
        outcome.down[scenario] = down.loss
        outcome.up[scenario] = up.loss


@compiled
def _clean(state):
    """Undo what the scenario touched."""
    for k in range(state.length[HIT]):
        state.loss[state.hit[k]] = state.missing[state.hit[k]] = 0.0
