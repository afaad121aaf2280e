"""Systemic risk: how much of a network's output is gone once the failure of one node has gone all the way round.

No stocks and no time: what is left in the long run. The equations stand in `kernels.cascade_numpy`; this module gives
them names. Firm networks of one's own come as tables (`esri`), packaged ones as a `SupplyNetwork` (`systemic_risk`).
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isfinite
from typing import Literal, get_args

import numpy as np
import pandas as pd

from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.kernels.cascade_numpy import Outcome, Rule, Shocks
from supplychain_risk.kernels.chain import Floats
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.network.nodes import NodeKind, list_nodes
from supplychain_risk.network.pools import slot_links
from supplychain_risk.network.required import require_network
from supplychain_risk.propagation.activity_web import activity_web
from supplychain_risk.propagation.engine import run_cascade
from supplychain_risk.propagation.firm_checks import TOLERANCE
from supplychain_risk.propagation.firms import firm_shocks, firm_web, warn_if_closed

Mode = Literal["fixed_point", "literature"]

EPS = {"fixed_point": 1e-9, "literature": 1e-2}
"""Largest change of an update that counts as none; the second is the default of the published programs."""

MAX_ITERATIONS = 10_000


@dataclass(frozen=True, eq=False)
class SystemicRisk:
    """Share of the network's weighted output that each scenario takes.

    Attributes
    ----------
    table : a row a scenario. esri (firm by firm the larger of both chains), esri_down (want of inputs), esri_up (want
        of orders), all 0..1; iterations, the last one that changed next to nothing included; converged, whether it did.
    loss_down, loss_up : share of output that each firm (column) loses in each scenario (row), or None if not kept.
    mode, eps, max_iterations : when it stopped.
    """

    table: pd.DataFrame
    loss_down: pd.DataFrame | None
    loss_up: pd.DataFrame | None
    mode: Mode
    eps: float
    max_iterations: int


def esri(
    links: pd.DataFrame,
    firms: pd.DataFrame,
    essentiality: pd.DataFrame,
    *,
    losses: pd.DataFrame | None = None,
    losses_up: pd.DataFrame | None = None,
    mode: Mode = "fixed_point",
    eps: float | None = None,
    max_iterations: int = MAX_ITERATIONS,
    keep_losses: bool = False,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> SystemicRisk:
    """Economic systemic risk index of every firm of a network, or of any set of shocks.

    With w the weights, d and u the shares of output lost downstream and upstream (equations in
    `kernels.cascade_numpy`)::

        ESRI = sum_i w_i max(d_i, u_i) / sum_i w_i

    Parameters
    ----------
    links : columns supplier, customer, weight (sales a year >= 0, any unit); one row a pair, no firm sells to itself.
    firms : columns firm (any label), sector; optional market (rivals who replace each other; blank = nobody does; no
        such column: nobody replaces anybody), revenue (all sales, those outside the network included; default: sales in
        it), costs (all inputs, those outside included; default: purchases in it), h_weight (default: sales in it).
    essentiality : rows (index) = supplying sector, columns = buying sector: 2 essential (each such sector binds by
        itself), 1 non-essential (what is lost of all of them adds up), 0 negligible.
    losses : columns firm, scenario, loss (share of capacity lost, 0..1); None = every firm fails wholly, one a time.
    losses_up : the same for the upstream chain; None = as `losses`.
    mode : `fixed_point`: a firm moves only if it loses more than eps on top of what it has lost, until none does;
        `literature`: all changes are followed until an update brings none above eps, as in the published programs,
        whose usual eps is far from a fixed point.
    eps : > 0, change of a firm's share of output that counts as none; None = 1e-9, in `literature` 1e-2.
    max_iterations : updates after which a scenario is left unconverged.
    keep_losses : whether to return the losses of single firms (scenarios x firms, twice).
    threads : None = all cores; the result is the same to the bit.
    progress : called with the number of scenarios that have newly been done.

    Returns
    -------
    SystemicRisk with one row per scenario, in the order of `firms` or of first appearance in `losses`.

    Raises
    ------
    InputError, UnknownNameError : an option outside its range; no firm with weight.
    DataError : what is wrong with the tables.

    Warns
    -----
    UserWarning : firms that sell to each other only (no final demand): their fixed point is total loss.
    RuntimeWarning : scenarios that did not converge.

    Notes
    -----
    A firm without suppliers, or whose suppliers are all negligible, loses nothing downstream; one without customers
    nothing upstream. The unit of sales cancels.

    References
    ----------
    Diem, Borsos, Reisch, Kertesz, Thurner (2022), Scientific Reports 12:7719, doi:10.1038/s41598-022-11522-z.

    Examples
    --------
    >>> import pandas as pd, supplychain_risk as scr
    >>> links = pd.DataFrame({"supplier": ["mine", "fab"], "customer": ["fab", "shop"], "weight": [1.0, 4.0]})
    >>> firms = pd.DataFrame({"firm": ["mine", "fab", "shop"], "sector": ["raw", "chip", "retail"]})
    >>> needs = pd.DataFrame(2, index=firms["sector"], columns=firms["sector"])
    >>> scr.esri(links, firms, needs).table[["esri", "esri_down", "esri_up", "iterations"]]
              esri  esri_down  esri_up  iterations
    scenario
    mine       1.0        1.0      0.2           3
    fab        1.0        0.8      1.0           2
    shop       1.0        0.0      1.0           3
    """
    rule = _rule(mode, eps, max_iterations)
    web = firm_web(links, firms, essentiality)
    shocks, scenarios = firm_shocks(losses, losses_up, firms["firm"])
    outcome = run_cascade(web, shocks, rule, keep=keep_losses, threads=_threads(threads), progress=progress)
    _warn_if_unsettled(outcome, rule)
    return _result(outcome, scenarios, pd.Index(firms["firm"]), rule, mode)


def systemic_risk(
    network: SupplyNetwork,
    *,
    by: NodeKind = "activity",
    eps: float = EPS["fixed_point"],
    max_iterations: int = MAX_ITERATIONS,
    keep_losses: bool = False,
    threads: int | None = None,
) -> SystemicRisk:
    """Share of all output of a network that is gone for good if one node is, with nobody new qualified.

    Activities are the firms of `esri`, makers of a product are rivals (of a product that trades locally, those who sell
    most in the same country), each input of an activity is a group of its own that takes its criticality x the
    share lost, and final sales are sales outside the network. Inputs of all kinds count: this is the long run.

    Parameters
    ----------
    network : where to look.
    by : what fails: "activity"; "company", all it makes; "site" or "country", the capacity there x `site_dependence`.
        Unknown makers ("other") do not fail by name, but with the country they are in.
    eps, max_iterations, keep_losses, threads : as in `esri`; keep_losses returns activities as columns.

    Returns
    -------
    SystemicRisk, largest index first; weights are outputs, so output that goes into other output counts again.
        Iterations count half steps, activities to pools and pools to activities.

    Raises
    ------
    UnknownNameError : no such kind of node.
    InputError : an option outside its range.

    Warns
    -----
    As in `esri`.

    References
    ----------
    As in `esri`; criticality between essential and negligible: Pichler, Pangallo, del Rio-Chanona, Lafond, Farmer
    (2022), Journal of Economic Dynamics and Control 144:104527, doi:10.1016/j.jedc.2022.104527.

    Examples
    --------
    >>> import supplychain_risk as scr
    >>> network = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    >>> risk = network.systemic_risk(by="company").table
    >>> bool(risk.loc["asml", "esri_down"] > risk.loc["globalfoundries", "esri_down"])
    True
    """
    require_network(network)
    rule = _rule("fixed_point", eps, max_iterations)
    nodes = list_nodes(network, [by])
    trades = slot_links(network)
    supplier, customer = network.link_supplier[trades.link], network.slot_activity[trades.slot]
    used = trades.value > 0
    outside = network.f0 > TOLERANCE * network.x0
    warn_if_closed(supplier[used], customer[used], outside, network.activities, remedy="as final_sales of activities")
    outcome = run_cascade(activity_web(network), _shocks(nodes.loss), rule, keep=keep_losses, threads=_threads(threads))
    _warn_if_unsettled(outcome, rule)
    activities = len(network.activities)
    shown = outcome._replace(down=outcome.down[:, :activities], up=outcome.up[:, :activities])
    columns = pd.Index(network.activities, name="activity")
    result = _result(shown, pd.Index(nodes.node, name=by), columns, rule, "fixed_point")
    return _largest_first(result)


def static_level(network: SupplyNetwork, capacity_loss: Floats) -> Floats:
    """Share of normal output that each activity has left once losses have gone all the way down, without stocks.

    Only the downstream chain of `systemic_risk`: want of inputs, not want of orders.

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
    As in `esri`.

    Examples
    --------
    >>> import numpy as np, supplychain_risk as scr
    >>> network = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    >>> no_euv = network.select(company="asml", product="euv_scanner")
    >>> level = static_level(network, no_euv[np.newaxis])
    >>> bool(level[0, network.activity_index("tsmc:leading_edge_wafer_3nm")] < 1)
    True
    """
    require_network(network)
    activities = len(network.activities)
    loss = _checked_losses(capacity_loss, activities)
    shocks = _shocks(loss)._replace(up=np.zeros(np.count_nonzero(loss)))
    rule = _rule("fixed_point", None, MAX_ITERATIONS)
    outcome = run_cascade(activity_web(network), shocks, rule, keep=True, threads=_threads(None))
    _warn_if_unsettled(outcome, rule)
    return 1 - outcome.down[:, :activities]


def _rule(mode: str, eps: float | None, max_iterations: int) -> Rule:
    if mode not in get_args(Mode):
        raise UnknownNameError("mode", mode, get_args(Mode))
    threshold = EPS[mode] if eps is None else eps
    if not (isfinite(threshold) and threshold > 0):
        raise InputError(f"eps: found {eps!r}, expected a number > 0")
    if max_iterations < 1:
        raise InputError(f"max_iterations: found {max_iterations!r}, expected 1 or more")
    return Rule(float(threshold), int(max_iterations), float(threshold) if mode == "fixed_point" else 0.0)


def _threads(wanted: int | None) -> int:
    if wanted is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if wanted < 1:
        raise InputError(f"threads: found {wanted!r}, expected 1 or more")
    return wanted


def _shocks(loss: Floats) -> Shocks:
    """The activities that lose something, scenario by scenario."""
    scenario, firm = np.nonzero(loss)
    share = loss[scenario, firm]
    return Shocks(np.searchsorted(scenario, np.arange(len(loss) + 1)).astype(np.int64), firm, share, share)


def _checked_losses(array: Floats, activities: int) -> Floats:
    loss = np.asarray(array, dtype=np.float64)
    if loss.ndim != 2 or loss.shape[1] != activities:
        raise InputError(f"capacity_loss: found an array of shape {loss.shape}, expected (cases, {activities})")
    illegal = np.argwhere(~((loss >= 0) & (loss <= 1)))
    if len(illegal):
        case, activity = illegal[0]
        where = f"row {case}, column {activity}"
        raise InputError(f"capacity_loss: found {loss[case, activity]:g} in {where}, expected 0..1")
    return loss


def _warn_if_unsettled(outcome: Outcome, rule: Rule) -> None:
    unsettled = int(np.count_nonzero(outcome.fall > rule.eps))
    if unsettled:
        warnings.warn(
            f"{unsettled} of {len(outcome.fall)} scenarios still changed by up to {outcome.fall.max():.2g} in the last "
            f"of {rule.max_iterations} updates: their losses are lower bounds; raise max_iterations or eps",
            RuntimeWarning,
            stacklevel=3,
        )


def _result(outcome: Outcome, scenarios: pd.Index, firms: pd.Index, rule: Rule, mode: Mode) -> SystemicRisk:
    table = pd.DataFrame(outcome.lost, index=scenarios, columns=["esri", "esri_down", "esri_up"])
    kept = len(outcome.down) > 0
    return SystemicRisk(
        table.assign(iterations=outcome.iterations, converged=outcome.fall <= rule.eps),
        pd.DataFrame(outcome.down, index=scenarios, columns=firms) if kept else None,
        pd.DataFrame(outcome.up, index=scenarios, columns=firms) if kept else None,
        mode,
        rule.eps,
        rule.max_iterations,
    )


def _largest_first(result: SystemicRisk) -> SystemicRisk:
    order = np.argsort(-result.table["esri"].to_numpy(), kind="stable")
    down, up = (None if loss is None else loss.iloc[order] for loss in (result.loss_down, result.loss_up))
    return replace(result, table=result.table.iloc[order], loss_down=down, loss_up=up)
