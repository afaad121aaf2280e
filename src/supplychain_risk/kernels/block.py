"""State and scratch of one block of draws of the compiled dynamics."""

from __future__ import annotations

from typing import Any, NamedTuple

import numba as nb
import numpy as np

from supplychain_risk.kernels.chain import CAPITAL, FLOW, Chain, Floats, Rules
from supplychain_risk.kernels.shock import Shock

LARGE = 1 << 19
"""Numbers from which numpy asks the system for large pages (4 MiB)."""

_jit: Any = nb.njit  # its stubs do not know all options

entry = _jit(cache=True, nogil=True, error_model="numpy", boundscheck=False)
"""Compiles a function that Python calls."""

compiled = _jit(
    cache=True, nogil=True, error_model="numpy", boundscheck=False, no_cpython_wrapper=True, no_cfunc_wrapper=True
)
"""Compiles a function that only compiled functions call: without the wrapping, in a seventh of the time."""

inlined = _jit(inline="always", error_model="numpy", boundscheck=False)
"""Written into its callers: a call hands over whole tuples of arrays, which costs more than a few numbers of work."""


class State(NamedTuple):
    """One row a slot (S), link (E), pool (P) or activity (A), one column a draw (B); K tiers first where orders gather.

    Attributes
    ----------
    slot_level : stock of a flow input (value), or capacity that a tool or service supports (1 = plan).
    owed : capital goods that a hit customer did not take in, value.
    tool_need, tool_restock, owed_order : orders of tools under way: plan, catching up, its part that pays back `owed`.
    share : order shares of links. effort : over-production factor. backlog : deferred final demand, value.
    output, level, wanted, headroom : output (value); output, wanted production and capacity relative to baseline.
    wanted_before, level_before, worked : wanted production, output and working share a step ago, when the orders now
        under way were placed; working : the share that works now.
    side : share of a divided customer's orders that goes to a side of the border, relative to baseline (`member_side`).
    pool_order, pool_gap : orders of a pool (value) and the share of them that does not arrive.
    capped, allowed, link_order : whether a link has a limit, the share of its baseline that may be ordered, and what is
        ordered of it by tier (value); the last two without rows if nothing is capped.
    link_gap : share of a link's orders not served; rows only in the fairest mode.
    demand, total, unserved : demand by tier and in total (value), share of a tier that is not delivered.
    unmet, delivered_final, external : final demand missed and served, deliveries outside the company, value.
    row : scratch.
    short, able, shifted : whether, in some draw, a supplier leaves a tier unserved, a supplier's capacity differs from
        baseline, a pool's shares differ from baseline.
    hurt, held : whether an activity is hit, and whether a pool's maker was held back in the step before, with one row
        of scratch at the end; hurts, holds : whether the former changes and the latter is so in some draw.
    """

    slot_level: Floats
    owed: Floats
    tool_need: Floats
    tool_restock: Floats
    owed_order: Floats
    share: Floats
    effort: Floats
    backlog: Floats
    output: Floats
    level: Floats
    wanted: Floats
    headroom: Floats
    wanted_before: Floats
    level_before: Floats
    working: Floats
    worked: Floats
    side: Floats
    pool_order: Floats
    pool_gap: Floats
    allowed: Floats
    link_order: Floats
    link_gap: Floats
    demand: Floats
    total: Floats
    unserved: Floats
    unmet: Floats
    delivered_final: Floats
    external: Floats
    row: Floats
    capped: Any
    short: Any
    able: Any
    shifted: Any
    hurt: Any
    hurts: Any
    held: Any
    holds: Any


def begin(chain: Chain, rules: Rules, shock: Shock) -> State:
    """The baseline: full stocks, planned tools, nothing owed."""
    slots, links, activities = len(chain.slot_need), len(chain.link_share), len(chain.output0)
    pools, tiers, draws = len(chain.pool_need), rules.n_tiers, shock.capacity_loss.shape[2]
    capped = (shock.border > 0).any(axis=0) | (len(shock.link_cap) > 0)
    full = np.where(chain.slot_kind == FLOW, chain.slot_need * chain.buffer, 1.0)

    def zeros(*shape: int) -> Floats:
        return np.broadcast_to(0.0, (*shape, draws))

    def ones(rows: int) -> Floats:
        return np.broadcast_to(1.0, (rows, draws))

    def each(values: Floats) -> Floats:
        return np.broadcast_to(values[:, None], (len(values), draws))

    state = State(
        slot_level=each(full),
        owed=zeros(slots),
        tool_need=each(np.where(chain.slot_kind == CAPITAL, chain.slot_need, 0.0)),
        tool_restock=zeros(slots),
        owed_order=zeros(slots),
        share=each(chain.link_share),
        effort=ones(activities),
        backlog=zeros(activities),
        output=each(chain.output0),
        level=ones(activities),
        wanted=ones(activities),
        headroom=ones(activities),
        wanted_before=ones(activities),
        level_before=ones(activities),
        working=ones(activities),
        worked=ones(activities),
        side=ones(2 * len(chain.divided) + 1),
        pool_order=zeros(tiers, pools),
        pool_gap=zeros(tiers, pools),
        allowed=ones(links if capped.any() else 0),
        link_order=zeros(tiers if capped.any() else 0, links),
        link_gap=zeros(links if rules.fairest else 0),
        demand=zeros(tiers, activities),
        total=zeros(activities),
        unserved=zeros(tiers, activities),
        unmet=zeros(activities),
        delivered_final=zeros(activities),
        external=zeros(activities),
        row=zeros(5),
        capped=capped,
        short=np.zeros((tiers, activities), dtype=np.bool_),
        able=np.zeros(activities, dtype=np.bool_),
        shifted=np.zeros(pools, dtype=np.bool_),
        hurt=np.zeros((activities, draws), dtype=np.bool_),
        hurts=np.zeros(activities, dtype=np.bool_),
        held=np.zeros((pools + 1, draws), dtype=np.bool_),
        holds=np.zeros(pools, dtype=np.bool_),
    )
    return _together(state)


def _together(state: State) -> State:
    """The same state with its numbers written into one piece of memory, which the system can give in large pages."""
    numbers = {name: array for name, array in state._asdict().items() if array.dtype == np.float64}
    line = 8  # numbers in a cache line: no two arrays share one, and a row of draws begins with one
    sizes = [-(-array.size // line) * line for array in numbers.values()]
    space = np.empty(max(LARGE, sum(sizes)) + line)
    space = space[-space.ctypes.data % (8 * line) // 8 :]
    starts = np.cumsum([0, *sizes[:-1]])
    moved = {}
    for start, (name, array) in zip(starts, numbers.items(), strict=True):
        moved[name] = space[start : start + array.size].reshape(array.shape)
        moved[name][...] = array
    return state._replace(**moved)
