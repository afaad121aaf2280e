"""What happens to a chain from outside, as arrays: what the weekly dynamics are fed with."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from supplychain_risk.kernels.chain import Chain, Floats, Ints


class Shock(NamedTuple):
    """What happens from outside, step by step; T steps, D draws, draws innermost.

    Attributes
    ----------
    capacity_loss : (T, L, D) share of capacity lost, 0..1, of the L activities that lose any.
    loss_row : (A,) row of an activity in `capacity_loss`, -1 = loses none.
    final_factor, capex_factor, expected : (T, A, D), or (0, A, D) for "always 1": factors on final demand and on
        capital budgets, and the demand that customers plan for, relative to normal.
    link_cap : (T, E, D) share of a link's baseline that may be ordered, 1 = no limit; or (0, E, D) for no limits.
    border : (H, E) share of a link's flow that crosses a border which may close, H = 0 for none.
    border_cut : (T, H, D) share of the crossing flow that is stopped, 0..1.
    """

    capacity_loss: Floats
    loss_row: Ints
    final_factor: Floats
    capex_factor: Floats
    expected: Floats
    link_cap: Floats
    border: Floats
    border_cut: Floats


def shock(
    chain: Chain,
    capacity_loss: Floats,
    *,
    loss_row: Ints | None = None,
    final_factor: Floats | None = None,
    capex_factor: Floats | None = None,
    expected: Floats | None = None,
    link_cap: Floats | None = None,
    border: Floats | None = None,
    border_cut: Floats | None = None,
) -> Shock:
    """A `Shock` in which everything not given is normal; without `loss_row` each activity has its row of losses."""
    steps, _, draws = capacity_loss.shape
    activities, links = len(chain.output0), len(chain.link_supplier)
    nothing = np.zeros((0, activities, draws))
    return Shock(
        capacity_loss=capacity_loss,
        loss_row=np.arange(activities) if loss_row is None else loss_row,
        final_factor=nothing if final_factor is None else final_factor,
        capex_factor=nothing if capex_factor is None else capex_factor,
        expected=nothing if expected is None else expected,
        link_cap=np.zeros((0, links, draws)) if link_cap is None else link_cap,
        border=np.zeros((0, links)) if border is None else border,
        border_cut=np.zeros((steps, 0, draws)) if border_cut is None else border_cut,
    )


def loss_of_all(shock: Shock, step: int) -> Floats:
    """Share of capacity that each activity loses in a step (A, D)."""
    loss = np.zeros((len(shock.loss_row), shock.capacity_loss.shape[2]))
    hit = shock.loss_row >= 0
    loss[hit] = shock.capacity_loss[step][shock.loss_row[hit]]
    return loss
