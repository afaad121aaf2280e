"""Time to survive and least loss of one end product, for many outages of a network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from supplychain_risk.dataset.load import load_dataset
from supplychain_risk.errors import InputError
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.network.network import Bools, Floats
from supplychain_risk.network.required import require_network
from supplychain_risk.propagation.bounds import least_loss, time_to_survive
from supplychain_risk.propagation.upstream import EndBill, bill_of

NOTHING_DAYS = 1e-6
"""Lost days of the end product that count as none: the accuracy of the linear programs."""

WEEK = 7.0

PER_CENT = 0.01


@dataclass(frozen=True, eq=False)
class Survival:
    """Bounds for D outages.

    Attributes
    ----------
    survive_days : (D,) time to survive: how long the end product can be made in full if all that is left goes to it;
        inf = longer than the horizon.
    least_lost_days : (D,) smallest loss of the end product over the outage, in days of normal output.
    buffer_worth_days : (D,) days of the end product that one more week of stock would save, of every product that the
        outage hits, at all its users together; at the margin.
    second_source_worth_days : (D,) days of the end product that makers standing ready with 1 % of the capacity that is
        gone would save, for every activity that the outage hits, while it lasts; at the margin.
    """

    survive_days: Floats
    least_lost_days: Floats
    buffer_worth_days: Floats
    second_source_worth_days: Floats


def survival_bounds(
    network: SupplyNetwork,
    capacity_loss: Floats,
    *,
    end_product: str,
    outage_days: float,
    horizon_days: float | None = None,
) -> Survival:
    """Bound what outages do to an end product, whoever shares out what is left.

    Parameters
    ----------
    network : balanced baseline.
    capacity_loss : (D, A) share of each activity's capacity that is gone while the outage lasts, 0..1.
    end_product : the product to keep going.
    outage_days : time to recover.
    horizon_days : times to survive are sought up to here, at least `outage_days`; None = `outage_days`.

    Raises
    ------
    UnknownNameError : the network has no such product. InputError : wrong shape, shares or days.

    Notes
    -----
    The assumptions stand in `propagation.upstream.bill_of`; each favours the end product, so the true loss lies above,
    and the first short day of the weekly dynamics below the time to survive. Losses can only grow with what is gone.
    Outages are therefore tested together: if their union costs nothing, none of them does.

    References
    ----------
    Simchi-Levi et al. (2015), Interfaces 45(5), doi:10.1287/inte.2015.0804.

    Examples
    --------
    >>> import numpy as np
    >>> import supplychain_risk as scr
    >>> net = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    >>> loss = net.select(company="tsmc", product="cowos")[None, :]
    >>> bounds = scr.survival_bounds(net, loss, end_product="ai_accelerator", outage_days=90)
    >>> bool(bounds.survive_days[0] < 90), bool(0 < bounds.least_lost_days[0] < 90)
    (True, True)
    """
    require_network(network)
    horizon = outage_days if horizon_days is None else horizon_days
    _check(network, capacity_loss, outage_days, horizon)
    step_days = (network.parameters or load_dataset().parameters).model.step_days.value
    end = bill_of(network, end_product, outage_days=outage_days, step_days=step_days)
    rows, back = np.unique(capacity_loss[:, end.activity], axis=0, return_inverse=True)
    lost = np.zeros((len(rows), len(end.bill.capacity)))
    lost[:, : len(end.activity)] = rows
    survived, (least, worth, source) = np.full(len(rows), np.inf), np.zeros((3, len(rows)))
    for k in _exposed(end, lost, horizon):
        survived[k] = time_to_survive(end.bill, lost[k])
        if survived[k] < outage_days:
            best = least_loss(end.bill, lost[k], outage_days)
            least[k] = best.cost
            worth[k] = best.input_stock_worth @ _week_of_stock(network, end, lost[k])
            gone = end.bill.capacity[: len(end.activity)] * lost[k, : len(end.activity)]
            source[k] = PER_CENT * best.capacity_worth[: len(end.activity)] @ gone
    return Survival(*(values[back.ravel()] for values in (survived, least, worth, source)))


def _exposed(end: EndBill, lost: Floats, horizon: float) -> list[int]:
    """Outages that cost something within the horizon, found by halving the sets whose union does."""
    size = (lost[:, : len(end.activity)] * end.bill.capacity[: len(end.activity)]).max(axis=1, initial=0.0)
    groups, found = [np.argsort(size, kind="stable")], []
    while groups:
        group = groups.pop()
        union = lost[group].max(axis=0, initial=0.0)
        if not union.any() or least_loss(end.bill, union, horizon).cost <= NOTHING_DAYS:
            continue
        if len(group) == 1:
            found.append(int(group[0]))
        else:
            groups += np.array_split(group, 2)
    return found


def _week_of_stock(network: SupplyNetwork, end: EndBill, lost: Floats) -> Floats:
    """(K,) a week's use, at all users, of the products whose makers lose capacity."""
    hit: Bools = np.zeros(len(network.products), dtype=np.bool_)
    hit[network.activity_product[end.activity[lost[: len(end.activity)] > 0]]] = True
    week = np.zeros(len(end.bill.input_ratio))
    use = end.bill.input_ratio[: len(end.slot)] * (network.x0 / _world(network))[network.slot_activity[end.slot]]
    week[: len(end.slot)] = np.where(hit[network.slot_product[end.slot]], WEEK * use, 0.0)
    return week


def _world(network: SupplyNetwork) -> Floats:
    """(A,) normal output of all makers of an activity's product."""
    by_product: Floats = np.bincount(network.activity_product, network.x0, len(network.products)).astype(np.float64)
    return by_product[network.activity_product]


def _check(network: SupplyNetwork, capacity_loss: Floats, outage_days: float, horizon_days: float) -> None:
    if capacity_loss.ndim != 2 or capacity_loss.shape[1] != len(network.activities):
        raise InputError(
            f"capacity_loss: found shape {capacity_loss.shape}, expected outages x {len(network.activities)} activities"
        )
    if (illegal := ~((capacity_loss >= 0) & (capacity_loss <= 1))).any():
        raise InputError(f"capacity_loss: found {capacity_loss[illegal][0]:g}, expected shares 0..1")
    if not (np.isfinite(outage_days) and outage_days > 0):
        raise InputError(f"outage_days: found {outage_days!r}, expected days > 0")
    if not (np.isfinite(horizon_days) and horizon_days >= outage_days):
        raise InputError(f"horizon_days: found {horizon_days!r}, expected at least the outage of {outage_days:g} days")
