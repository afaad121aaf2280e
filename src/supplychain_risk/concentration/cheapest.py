"""The cheapest set of companies or activities without which an end product cannot be made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse.csgraph import connected_components

from supplychain_risk.concentration.cut_sets import By, read_members
from supplychain_risk.concentration.essential import Essential
from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.kernels.and_or import AndOr
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.network.network import Bools, Floats, Ints

ROUNDING = 1e-9
"""Share of output by which a sum of shares may fall short of the limit it stands for."""


@dataclass(frozen=True)
class CheapestFailure:
    """The cheapest set that stops an end product.

    Attributes
    ----------
    cost : sum of the members' costs; inf if no set of members does.
    members : ids.
    """

    cost: float
    members: tuple[str, ...]


def cheapest_failure(
    network: SupplyNetwork, end_product: str, *, by: By = "company", costs: Mapping[str, float] | None = None
) -> CheapestFailure:
    r"""Set of members that stops an end product at least cost, by mixed-integer programming (HiGHS).

    .. math:: \min \sum_e c_e r_e \quad\text{s.t.}\quad f_i \le \sum_{e \ni i} r_e + \sum_{k \in K_i} g_k, \quad
        g_k \le f_j \;\forall j \in k, \quad \sum_i w_i f_i \ge \tau,

    r = removed, f = failed activities, g = essential inputs that nobody can deliver. Inside a cycle of the graph, a
    failure must also come later than those that cause it, or a cycle could excuse itself.

    Parameters
    ----------
    network, end_product, by : as in `cut_sets`.
    costs : cost > 0 of removing a member; those not named cost 1. None = all cost 1, the smallest set.

    Raises
    ------
    UnknownNameError : no such product or member. InputError : a cost that is not above 0.
    """
    part, names, removed = read_members(network, end_product, by)
    price = np.array([1.0 if costs is None else costs.get(name, 1.0) for name in names])
    for name, cost in (costs or {}).items():
        if name not in names:
            raise UnknownNameError(by, name, names, "costs")
        if not (isfinite(cost) and cost > 0):
            raise InputError(f"costs: found {cost!r} for {name}, expected a number > 0")
    everyone: Bools = np.any(removed, axis=0, keepdims=True)
    if not part.fails(everyone).all():
        return CheapestFailure(np.inf, ())
    chosen = _solve(part, removed, price)
    return CheapestFailure(float(price[chosen].sum()), tuple(names[k] for k in np.flatnonzero(chosen)))


def _solve(part: Essential, removed: Bools, price: Floats) -> Bools:
    """Which members to remove. Unknowns: members r, failed activities f, inputs lacking g, order of failures o."""
    members, size, inputs = *removed.shape, len(part.graph.input_owner)
    whole = np.concatenate([np.ones(members), np.zeros(size), np.ones(inputs), np.zeros(size)])
    highest = np.concatenate([np.ones(members + size + inputs), np.full(size, size)])
    cost = np.concatenate([price, np.zeros(2 * size + inputs)])
    found = milp(cost, integrality=whole, bounds=Bounds(0, highest), constraints=_constraints(part, removed))
    if found.x is None:
        raise InputError(f"the cheapest failure was not found: {found.message}")
    chosen: Bools = found.x[:members] > 0.5
    return chosen


def _constraints(part: Essential, removed: Bools) -> LinearConstraint:
    """Who fails was removed or lacks an input; what lacks has no maker left; causes come first; enough must fail."""
    graph, (members, size) = part.graph, removed.shape
    supplier, served = _choice(graph.link_supplier, size), _choice(graph.link_input, len(graph.input_owner))
    owner = _choice(graph.input_owner, size)
    inner = np.flatnonzero(_same_cycle(graph))
    later = supplier[inner] - owner[graph.link_input[inner]]
    gone, weight = sparse.csr_array(removed.T, dtype=np.float64), sparse.csr_array(part.weight[None, :])
    blocks: Any = [
        [-gone, sparse.eye_array(size), -owner.T, None],
        [None, -supplier, served, None],
        [None, None, size * served[inner], later],
        [sparse.csr_array((1, members)), -weight, None, sparse.csr_array((1, size))],
    ]
    rows = sparse.block_array(blocks, format="csr")
    most = np.zeros(rows.shape[0])
    most[size + len(graph.link_input) : -1] = size - 1
    most[-1] = ROUNDING - part.tolerance
    return LinearConstraint(rows, -np.inf, most)


def _choice(column: Ints, columns: int) -> sparse.csr_array:
    """One row per entry, with a 1 in the column it names."""
    rows = np.arange(len(column))
    return sparse.csr_array((np.ones(len(column)), (rows, column)), (len(column), columns))


def _same_cycle(graph: AndOr) -> NDArray[np.bool_]:
    """(E,) links whose two ends lie on a common cycle."""
    ends = graph.link_supplier, graph.input_owner[graph.link_input]
    edges = sparse.csr_array((np.ones(len(ends[0])), ends), (graph.activities, graph.activities))
    _, part = connected_components(edges, connection="strong")
    same: NDArray[np.bool_] = part[ends[0]] == part[ends[1]]
    return same
