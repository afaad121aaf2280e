"""One block of draws: sampled hits become capacity paths, the dynamics run, totals by quarter are kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from supplychain_risk.kernels.chain import Chain, Floats, Ints, Record, Rules, Shock, divide, empty_record, shock
from supplychain_risk.kernels.expectation import expected_demand
from supplychain_risk.kernels.hazard import lost, take_away
from supplychain_risk.propagation.dynamics import Dynamics, chain_of
from supplychain_risk.propagation.engine import run_engine
from supplychain_risk.propagation.inventory import LOW_LEVEL, SHORT_LEVEL
from supplychain_risk.scenarios.borders import Borders, limiting_hits
from supplychain_risk.scenarios.paths import CapacityPaths, HitPath

QUARTER_DAYS = 91.0
"""A quarter is thirteen weeks, counted from the first day of the event."""


@dataclass(frozen=True, eq=False)
class Plan:
    """What every block needs.

    Attributes
    ----------
    chain, rules, dynamics : network and rules as the kernels read them.
    row_of_step : (T,) quarter of each step.
    step_weight : (T,) present value of 1 at the end of each step.
    unmet_group : (A,) product of each activity.
    captive_supplier : (C,) activities that also sell inside their own company.
    borders : (H, E) share of each link's flow that a border that may close, or a rule, concerns; H = 0 for none.
    border_hits : for each row of `borders`, the hits (positions in `limiting_hits` of the paths) that set it.
    """

    chain: Chain
    rules: Rules
    dynamics: Dynamics
    row_of_step: Ints
    step_weight: Floats
    unmet_group: Ints
    captive_supplier: Ints
    borders: Floats
    border_hits: tuple[tuple[int, ...], ...]


def make_plan(borders: Borders, dynamics: Dynamics, paths: CapacityPaths, *, discount_rate: float) -> Plan:
    """What the blocks of a run share; `paths` gives the grid of steps and the hits, in any of its blocks."""
    chain = chain_of(borders.network, dynamics, paths.step_days)
    chain = divide(chain, borders.inside, borders.member_inside)
    steps = np.arange(paths.n_steps)
    years = (steps + 1) * paths.step_days / dynamics.days_per_year
    return Plan(
        chain=chain,
        rules=dynamics.rules(paths.step_days),
        dynamics=dynamics,
        row_of_step=np.minimum(steps * paths.step_days // QUARTER_DAYS, _quarters(paths) - 1).astype(np.int64),
        step_weight=np.asarray((1 + discount_rate) ** -years, dtype=np.float64),
        unmet_group=borders.network.activity_product.astype(np.int64),
        captive_supplier=np.unique(chain.link_supplier[chain.captive]),
        borders=borders.inbound,
        border_hits=borders.hits,
    )


def _quarters(paths: CapacityPaths) -> int:
    return max(1, int(np.ceil(paths.n_steps * paths.step_days / QUARTER_DAYS - 1e-9)))


def run_block(plan: Plan, paths: CapacityPaths, draws: slice) -> Record:
    """Run some draws of sampled paths; arrays of the record have draws last."""
    count = draws.stop - draws.start
    record = empty_record(
        plan.chain,
        count,
        plan.row_of_step,
        step_weight=plan.step_weight,
        unmet_group=plan.unmet_group,
        captive_supplier=plan.captive_supplier,
        levels=(SHORT_LEVEL, LOW_LEVEL),
        keep=frozenset({"output", "unmet", "external"}),
    )
    run_engine(plan.chain, plan.rules, make_shock(plan, paths, draws), record)
    return record


def make_shock(plan: Plan, paths: CapacityPaths, draws: slice) -> Shock:
    """What happens in some draws, step by step."""
    shape = (paths.n_steps, len(plan.chain.output0), draws.stop - draws.start)
    final = _kept(paths.demand, shape, draws) if paths.demand else None
    capex = _kept(paths.capex, shape, draws) if paths.capex else None
    expected = None
    if final is not None or capex is not None:
        expected = expected_demand(
            plan.chain,
            np.ones(shape) if final is None else final,
            np.ones(shape) if capex is None else capex,
            accelerator=plan.dynamics.capex_accelerator,
            ceiling=plan.dynamics.expected_demand_max,
            smoothing_steps=plan.dynamics.smoothing_days / paths.step_days,
        )
    return shock(
        plan.chain,
        _lost(paths.hits, shape, draws),
        final_factor=final,
        capex_factor=capex,
        expected=expected,
        border=plan.borders,
        border_cut=_border_cut(plan, paths, draws),
    )


def _kept(hits: tuple[HitPath, ...], shape: tuple[int, int, int], draws: slice) -> Floats:
    """What all hits leave of each activity, step and draw (T, A, D): the product of 1 - intensity x profile."""
    kept = np.ones(shape)
    for hit in hits:
        intensity, profile = hit.intensity[:, draws], hit.profile[:, draws]
        if intensity.any():
            take_away(kept, hit.activities, np.ascontiguousarray(intensity), np.ascontiguousarray(profile))
    return kept


def _lost(hits: tuple[HitPath, ...], shape: tuple[int, int, int], draws: slice) -> Floats:
    loss = _kept(hits, shape, draws)
    lost(loss)
    return loss


def _border_cut(plan: Plan, paths: CapacityPaths, draws: slice) -> Floats:
    """Share of crossing flow stopped at each border (T, H, D): the most severe of its hits."""
    cut = np.zeros((paths.n_steps, len(plan.borders), draws.stop - draws.start))
    hits = limiting_hits(paths)
    for row, closing in enumerate(plan.border_hits):
        for position in closing:
            hit = hits[position]
            if hit.border_cut is not None:
                cut[:, row] = np.maximum(cut[:, row], hit.profile[:, draws] * hit.border_cut[draws])
    return cut
