"""Systemic risk: how much of the network's output is gone once the failure of one node has gone all the way round.

No stocks and no time: what is left in the long run. The equations stand in `kernels.cascade_numpy`; this module gives
them names. Tables of firms are read in `propagation.firms`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Literal

import numpy as np
import pandas as pd
from scipy import sparse

from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.kernels.cascade_numpy import Links, Outcome, Rule, Shocks, Web, make_web
from supplychain_risk.kernels.chain import Floats
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.propagation.engine import run_cascade

Mode = Literal["fixed_point", "literature"]
Node = Literal["activity", "company", "site", "country"]

EPS = {"fixed_point": 1e-9, "literature": 1e-2}
"""Largest change of an update that counts as none, by mode; the second is the default of the published programs."""

MAX_ITERATIONS = 10_000


def static_level(network: SupplyNetwork, capacity_loss: Floats) -> Floats:
    """Share of normal output that each activity has left once losses have gone all the way down, without stocks.

    Only the downstream chain: want of inputs, not want of orders. Makers of the same product stand in for each other
    as far as what is left of the product's market goes; inputs of all kinds count with their criticality.

    Parameters
    ----------
    network : A activities.
    capacity_loss : (D, A) share of each activity's capacity lost in each case, 0..1.

    Returns
    -------
    (D, A) share of baseline output left, 0..1.

    Raises
    ------
    InputError : wrong shape, NaN, or a share outside 0..1.

    References
    ----------
    Diem, Borsos, Reisch, Kertesz, Thurner (2022), Scientific Reports 12:7719, doi:10.1038/s41598-022-11522-z.
    """
    activities = len(network.activities)
    loss = _check_losses(capacity_loss, activities)
    shocks = _shocks(loss)
    outcome = _run(activity_web(network), shocks._replace(up=np.zeros(len(shocks.up))), keep=True)
    return 1 - outcome.down[:, :activities]


def activity_web(network: SupplyNetwork) -> Web:
    """Activities as firms, followed by pools as firms that only pass on: one group of inputs, no market, no weight.

    A pool loses the share of its orders that its makers miss; a slot loses the share that its pools lose, and its
    activity criticality times that. The fixed point is the one of the links written out slot by slot.
    """
    activities, pools = len(network.activities), len(network.pool_product)
    used = np.flatnonzero(network.link_share > 0)
    maker, pool = network.link_supplier[used], network.link_pool[used]
    slot, through = network.member_slot, network.member_pool
    bought = network.member_fraction * network.slot_need[slot]
    links = Links(
        supplier=np.concatenate([maker, activities + through]),
        customer=np.concatenate([activities + pool, network.slot_activity[slot]]),
        group=np.concatenate([np.zeros(len(used), dtype=np.int64), slot]),
        down_share=np.concatenate([network.link_share[used], network.criticality[slot] * network.member_fraction]),
        up_share=np.concatenate([network.link_value[used] / network.x0[maker], bought / network.pool_need[through]]),
    )
    outputs = np.concatenate([network.x0, np.zeros(pools)])
    market = np.concatenate([_markets(network), np.full(pools, -1)])
    return make_web(links, market, size=outputs, weight=outputs)


def _markets(network: SupplyNetwork) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """(A,) rivals: makers of the same product; of a product that trades locally, those who sell most in one country."""
    country = np.array(network.pool_country, dtype=object)[network.link_pool]
    sales = pd.DataFrame({"maker": network.link_supplier, "country": country, "value": network.link_value})
    largest = sales.groupby(["maker", "country"])["value"].sum().sort_values(kind="stable").reset_index()
    home = largest.groupby("maker")["country"].last().reindex(range(len(network.activities)), fill_value="")
    made = pd.Series(network.activity_product).astype(str) + "@" + home.to_numpy()
    return pd.factorize(made)[0].astype(np.int64)


def _shocks(loss: Floats, loss_up: Floats | None = None) -> Shocks:
    """The firms that lose something, scenario by scenario."""
    up = loss if loss_up is None else loss_up
    scenario, firm = np.nonzero((loss > 0) | (up > 0))
    start = np.searchsorted(scenario, np.arange(len(loss) + 1))
    return Shocks(start.astype(np.int64), firm.astype(np.int64), loss[scenario, firm], up[scenario, firm])


def _check_losses(array: Floats, activities: int) -> Floats:
    loss = np.asarray(array, dtype=np.float64)
    if loss.ndim != 2 or loss.shape[1] != activities:
        raise InputError(f"capacity_loss: found an array of shape {loss.shape}, expected any x {activities}")
    legal = (loss >= 0) & (loss <= 1)
    if not legal.all():
        case, activity = np.argwhere(~legal)[0]
        raise InputError(f"capacity_loss: found {loss[case, activity]:g} in row {case}, column {activity}, expected 0..1")
    return loss


def _run(web: Web, shocks: Shocks, *, keep: bool) -> Outcome:
    return run_cascade(web, shocks, Rule(EPS["fixed_point"], MAX_ITERATIONS), keep=keep, threads=_threads(None))


def _threads(wanted: int | None) -> int:
    if wanted is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if wanted < 1:
        raise InputError(f"threads: found {wanted!r}, expected 1 or more")
    return wanted
