r"""Best answers to an outage: time to recover, time to survive, and what a buffer or a second source is worth.

A planner who sees everything and may send every unit where it does most good loses, over a period t,

.. math:: \min \sum_j f_j l_j \quad\text{subject to}\quad
    u_j \le (1 - \chi_k) c_j t + \chi_k \frac{n_k + \sum_{e \in k} y_e}{r_k}, \quad
    \sum_{e \text{ of } i} y_e + d_i t \le u_i + s_i + l_i, \quad
    u_j \le c_j t, \quad u, l, y \ge 0

(for every input k of j, with chi_k = 1 for an essential one). *Time to survive* is the largest t with l = 0. The model
is that of Simchi-Levi et al. (2015), Identifying risks and mitigating disruptions in the automotive supply chain,
Interfaces 45(5), doi:10.1287/inte.2015.0804, extended by stocks of inputs at those who use them and by inputs that are
not essential. With chi < 1 it contains every path of the weekly dynamics: there x = y [1 - chi (1 - n / (a y))], which
is linear in y and n.

The matrices are built once per bill; a disrupted set changes right-hand sides and bounds only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

from supplychain_risk.errors import InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

UNBOUNDED = 3


@dataclass(frozen=True, eq=False)
class Bill:
    """Bill of materials of N nodes with K inputs and Y arcs; quantities in the unit of each node's product.

    Attributes
    ----------
    capacity : (N,) c >= 0, largest production a unit of time; inf = no limit.
    stock : (N,) s >= 0, finished goods held.
    demand : (N,) d >= 0, final demand a unit of time.
    margin : (N,) f >= 0, loss per unit of final demand not met.
    input_node : (K,) the node that needs the input.
    input_ratio : (K,) r > 0, units needed per unit made.
    input_stock : (K,) n >= 0, units held by the user.
    criticality : (K,) chi, 0 < chi <= 1, share of output lost without the input; below 1 only for finite capacities.
    arc_supplier, arc_input : (Y,) flows y: a node that can serve an input.
    """

    capacity: Floats
    stock: Floats
    demand: Floats
    margin: Floats
    input_node: Ints
    input_ratio: Floats
    input_stock: Floats
    criticality: Floats
    arc_supplier: Ints
    arc_input: Ints

    @cached_property
    def buyers(self) -> Ints:
        """Nodes with final demand."""
        return np.flatnonzero(self.demand > 0)

    @cached_property
    def matrix(self) -> sparse.csc_array:
        """Rows: inputs, then nodes; columns: production u, lost demand l of the buyers, flows y."""
        inputs, nodes, arcs = len(self.input_node), len(self.capacity), len(self.arc_input)
        made = sparse.csc_array((np.ones(inputs), (np.arange(inputs), self.input_node)), (inputs, nodes))
        per_unit = -(self.criticality / self.input_ratio)[self.arc_input]
        used = sparse.csc_array((per_unit, (self.arc_input, np.arange(arcs))), (inputs, arcs))
        sent = sparse.csc_array((np.ones(arcs), (self.arc_supplier, np.arange(arcs))), (nodes, arcs))
        missed = sparse.eye_array(nodes, format="csc")[:, self.buyers]
        none = sparse.csc_array((inputs, len(self.buyers)))
        rows: Any = [[made, none, used], [-sparse.eye_array(nodes), -missed, sent]]
        return sparse.csc_array(sparse.block_array(rows, format="csc"))

    def __post_init__(self) -> None:
        for name in ("capacity", "stock", "demand", "margin", "input_stock"):
            if not (getattr(self, name) >= 0).all():
                raise InputError(f"Bill.{name}: found {getattr(self, name).min():g}, expected 0 or more")
        if not (self.input_ratio > 0).all():
            raise InputError(f"Bill.input_ratio: found {self.input_ratio.min():g}, expected more than 0")
        if not ((self.criticality > 0) & (self.criticality <= 1)).all():
            raise InputError("Bill.criticality: expected more than 0, at most 1")
        if not np.isfinite(self.capacity[self.input_node[self.criticality < 1]]).all():
            raise InputError("Bill.criticality: below 1 where the capacity is infinite")


@dataclass(frozen=True, eq=False)
class LeastLoss:
    """What a planner loses, and what would make it less.

    Attributes
    ----------
    cost : sum of margin x lost demand.
    lost : (N,) final demand not met over the period.
    produced : (N,) production over the period.
    stock_worth : (N,) fall of `cost` per further unit of finished stock.
    input_stock_worth : (K,) fall of `cost` per further unit of stock at the user.
    capacity_worth : (N,) fall of `cost` per further unit of capacity a unit of time: a second source.
    """

    cost: float
    lost: Floats
    produced: Floats
    stock_worth: Floats
    input_stock_worth: Floats
    capacity_worth: Floats


def least_loss(bill: Bill, lost_capacity: Floats, period: float, *, stock_usable: bool = True) -> LeastLoss:
    """Smallest loss over a period in which part of the capacity is gone (the "TTR model").

    Parameters
    ----------
    bill : who needs what.
    lost_capacity : (N,) share of each node's capacity that is gone, 0..1; 1 for the nodes of a disrupted set.
    period : time to recover t > 0, in the bill's unit of time.
    stock_usable : whether finished stock at a disrupted node can still be shipped; if not, its lost share cannot.

    Raises
    ------
    InputError : shapes or numbers outside their range.

    Notes
    -----
    A lower bound: rationing among customers costs more. The worths are dual values, exact until the binding bottleneck
    changes.

    Examples
    --------
    One maker of 10 a week with 20 in stock, out for 5 weeks:

    >>> nothing, numbers = np.zeros(0, dtype=np.int64), np.zeros(0)
    >>> one = Bill(np.array([10.0]), np.array([20.0]), np.array([10.0]), np.array([1.0]),
    ...            nothing, numbers, numbers, numbers, nothing, nothing)
    >>> least_loss(one, np.ones(1), 5.0).cost, time_to_survive(one, np.ones(1))
    (30.0, 2.0)
    """
    if not (np.isfinite(period) and period > 0):
        raise InputError(f"period: found {period!r}, expected a time > 0")
    nodes, inputs, buyers = len(bill.capacity), len(bill.input_node), bill.buyers
    left = _left(bill, lost_capacity, stock_usable=stock_usable)
    upper = np.concatenate([left.capacity * period, bill.demand[buyers] * period, _free(bill)])
    cost = np.zeros(len(upper))
    cost[nodes : nodes + len(buyers)] = bill.margin[buyers]
    found = _solve(cost, bill.matrix, left.stocks + left.rates * period, upper)
    worth = -found.ineqlin.marginals
    at_use = worth[:inputs] * bill.criticality / bill.input_ratio
    at_rate = (
        np.bincount(bill.input_node, worth[:inputs] * (1 - bill.criticality), nodes) - found.upper.marginals[:nodes]
    )
    lost = np.zeros(nodes)
    lost[buyers] = found.x[nodes : nodes + len(buyers)]
    return LeastLoss(float(found.fun), lost, found.x[:nodes], worth[inputs:], at_use, at_rate * period)


def time_to_survive(bill: Bill, lost_capacity: Floats, *, stock_usable: bool = True) -> float:
    """Longest time for which all final demand can be met, in the bill's unit; inf = for ever.

    Parameters and errors as in `least_loss`. Capacity rows and the column of time are added to the bill's matrix.
    """
    nodes, buyers = len(bill.capacity), bill.buyers
    left = _left(bill, lost_capacity, stock_usable=stock_usable)
    limited = np.flatnonzero(np.isfinite(left.capacity))
    made = sparse.eye_array(bill.matrix.shape[1], format="csc")[limited]
    clock = np.concatenate([-left.rates, -left.capacity[limited]])[:, None]
    matrix = sparse.hstack([sparse.vstack([bill.matrix, made]), sparse.csc_array(clock)], format="csc")
    upper = np.concatenate([np.full(nodes, np.inf), np.zeros(len(buyers)), _free(bill), [np.inf]])
    cost = np.zeros(len(upper))
    cost[-1] = -1.0
    found = _solve(cost, matrix, np.concatenate([left.stocks, np.zeros(len(limited))]), upper)
    return np.inf if found.status == UNBOUNDED else max(0.0, -float(found.fun))


def exposure_index(costs: Floats) -> Floats:
    """Risk exposure index of each disrupted set: its cost / the largest cost, 0..1; all 0 if nothing costs anything.

    >>> exposure_index(np.array([0.0, 125000.0, 275000.0])).round(3).tolist()
    [0.0, 0.455, 1.0]
    """
    largest = float(costs.max(initial=0.0))
    return costs / largest if largest > 0 else np.zeros_like(costs)


class _Left(NamedTuple):
    """What is left of a bill: capacities (N,), and right-hand sides stocks + rates x time (K + N,)."""

    capacity: Floats
    stocks: Floats
    rates: Floats


def _left(bill: Bill, lost_capacity: Floats, *, stock_usable: bool) -> _Left:
    if lost_capacity.shape != bill.capacity.shape or not ((lost_capacity >= 0) & (lost_capacity <= 1)).all():
        raise InputError(f"lost_capacity: found shape {lost_capacity.shape}, expected {len(bill.capacity)} shares 0..1")
    stopped, partial = lost_capacity == 1, bill.criticality < 1
    capacity = np.where(stopped, 0.0, bill.capacity * np.where(stopped, 1.0, 1 - lost_capacity))
    stock = bill.stock if stock_usable else bill.stock * (1 - lost_capacity)
    idle = np.zeros(len(bill.input_node))
    idle[partial] = (1 - bill.criticality[partial]) * capacity[bill.input_node[partial]]
    held = bill.criticality * bill.input_stock / bill.input_ratio
    return _Left(capacity, np.concatenate([held, stock]), np.concatenate([idle, -bill.demand]))


def _free(bill: Bill) -> Floats:
    return np.full(len(bill.arc_input), np.inf)


def _solve(cost: Floats, matrix: Any, right: Floats, upper: Floats) -> Any:
    """A linear program that has a solution: nothing made and everything lost, or no time at all."""
    bounds: Any = np.stack([np.zeros(len(upper)), upper], axis=1)
    found = linprog(cost, A_ub=matrix, b_ub=right, bounds=bounds, method="highs")
    if found.status not in (0, UNBOUNDED):  # presolve may leave open which of two it is
        found = linprog(cost, A_ub=matrix, b_ub=right, bounds=bounds, method="highs", options={"presolve": False})
    if found.status not in (0, UNBOUNDED):
        raise InputError(f"the linear program of the bounds was not solved: {found.message}")
    return found
