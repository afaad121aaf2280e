"""Sampled paths as what happens to a chain, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from supplychain_risk.kernels.chain import Floats, Ints
from supplychain_risk.kernels.expectation import expected_demand
from supplychain_risk.kernels.hazard import lost, take_away
from supplychain_risk.kernels.shock import Shock, shock
from supplychain_risk.scenarios.borders import limiting_hits
from supplychain_risk.scenarios.paths import CapacityPaths, HitPath

if TYPE_CHECKING:
    from supplychain_risk.simulation.blocks import Plan


def make_shock(plan: Plan, paths: CapacityPaths, draws: Ints) -> Shock:
    """What happens in some draws, step by step."""
    shape = (paths.n_steps, len(plan.chain.output0), len(draws))
    every = np.arange(shape[1])
    final = _kept(paths.demand, every, shape, draws) if paths.demand else None
    capex = _kept(paths.capex, every, shape, draws) if paths.capex else None
    loss_row, loss = _losses(paths.hits, shape, draws)
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
        loss,
        loss_row=loss_row,
        final_factor=final,
        capex_factor=capex,
        expected=expected,
        border=plan.borders,
        border_cut=_border_cut(plan, paths, draws),
    )


def _kept(hits: tuple[HitPath, ...], row: Ints, shape: tuple[int, int, int], draws: Ints) -> Floats:
    """What all hits leave of an activity (in its row), step and draw: the product of 1 - intensity x profile."""
    kept = np.ones(shape)
    for hit in hits:
        intensity, profile = hit.intensity[:, draws], hit.profile[:, draws]
        if intensity.any():
            take_away(kept, row[hit.activities], np.ascontiguousarray(intensity), np.ascontiguousarray(profile))
    return kept


def _losses(hits: tuple[HitPath, ...], shape: tuple[int, int, int], draws: Ints) -> tuple[Ints, Floats]:
    """Row of each activity (A,), -1 for those that no hit concerns, and share of capacity lost (T, L, D)."""
    steps, activities, n = shape
    concerned = np.zeros(activities, dtype=np.bool_)
    for hit in hits:
        concerned[hit.activities] = True
    row = np.where(concerned, np.cumsum(concerned) - 1, -1)
    loss = _kept(hits, row, (steps, int(concerned.sum()), n), draws)
    lost(loss)
    return row, loss


def _border_cut(plan: Plan, paths: CapacityPaths, draws: Ints) -> Floats:
    """Share of crossing flow stopped at each border (T, H, D): the most severe of its hits."""
    cut = np.zeros((paths.n_steps, len(plan.borders), len(draws)))
    hits = limiting_hits(paths)
    for row, closing in enumerate(plan.border_hits):
        for position in closing:
            hit = hits[position]
            if hit.border_cut is not None:
                cut[:, row] = np.maximum(cut[:, row], hit.profile[:, draws] * hit.border_cut[draws])
    return cut
