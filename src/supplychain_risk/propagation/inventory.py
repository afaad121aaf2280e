"""Propagation of capacity losses through stocks, orders and substitution, for arrays of shocks.

The weekly dynamics stand in `kernels.inventory_numpy`; this module gives them names, days and checks.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.kernels.chain import Chain, Floats, Record, Rules, Shock, empty_record, shock
from supplychain_risk.kernels.expectation import accelerator_radius, expected_demand
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.propagation.dynamics import Dynamics, chain_of
from supplychain_risk.propagation.engine import run_engine

BLOCK = 32
"""Draws that run together: large enough for the loops, small enough for the cache."""

SHORT_LEVEL, LOW_LEVEL = 0.99, 0.9
"""Levels of normal output that define 'short' and 'low' (MODEL 5: back to 90 % and 99 %)."""

KEPT = ("stocks", "overproduction")


@dataclass(frozen=True, eq=False)
class Propagation:
    """Paths of one or many draws. D draws, T steps, A activities, S slots; values in the network's currency a step.

    Attributes
    ----------
    output : (D, T, A) output of each activity.
    final_deliveries : (D, T, A) deliveries to final demand, released backlog included.
    unmet_demand : (D, T, A) final demand of a step that is not delivered in it.
    stocks : (D, T, S) stock of each flow input at the end of a step (for tools and services the level of capacity
        that they support, 1 = plan), or None.
    overproduction : (D, T, A) over-production factor, or None.
    normal_output : (A,) output a step without a shock.
    activities : ids, the order of the last axis.
    step_days : length of a step.
    """

    output: Floats
    final_deliveries: Floats
    unmet_demand: Floats
    stocks: Floats | None
    overproduction: Floats | None
    normal_output: Floats
    activities: tuple[str, ...]
    step_days: float

    def level(self) -> Floats:
        """Output relative to normal, shape (D, T, A)."""
        return self.output / self.normal_output

    def frame(self, draw: int = 0) -> pd.DataFrame:
        """Output relative to normal of one draw: rows = day at which the step begins, columns = activities."""
        days = pd.Index(np.arange(self.output.shape[1]) * self.step_days, name="day")
        return pd.DataFrame(self.level()[draw], index=days, columns=pd.Index(self.activities, name="activity"))


def propagate(
    network: SupplyNetwork,
    capacity_loss: Floats,
    *,
    demand: Floats | None = None,
    capex: Floats | None = None,
    link_cap: Floats | None = None,
    step_days: float = 7,
    parameters: Dynamics | None = None,
    keep: Iterable[str] = (),
) -> Propagation:
    """Follow shocks through the network, step by step.

    Parameters
    ----------
    network : balanced baseline.
    capacity_loss : (D, T, A) share of each activity's capacity lost in each step, 0..1.
    demand : (D, T, A) factor on final demand, 1 = normal; None = normal.
    capex : (D, T, A) factor on each activity's purchases of capital goods, 1 = normal; None = normal.
    link_cap : (D, T, E) share of a link's normal flow that may be ordered, 0..1, 1 = no limit; None = no limits.
    step_days : length of a step in days.
    parameters : rules of the dynamics; None = those of the network's data.
    keep : of "stocks" and "overproduction", what to return besides output and demand.

    Returns
    -------
    Propagation with arrays of shape (D, T, A).

    Raises
    ------
    InputError : wrong shape, NaN, or a share outside 0..1.

    Notes
    -----
    Draws do not touch each other: the result for a draw is the same whatever else is in the array.

    References
    ----------
    Hallegatte (2014), Risk Analysis 34(1), doi:10.1111/risa.12090.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from supplychain_risk import SupplyNetwork, propagate
    >>> net = SupplyNetwork.from_tables(
    ...     activities=pd.DataFrame({"company": ["mine", "fab"], "product": ["quartz", "wafer"], "final": [0.0, 100.0]}),
    ...     links=pd.DataFrame({"supplier_company": ["mine"], "supplier_product": ["quartz"],
    ...                         "customer_company": ["fab"], "customer_product": ["wafer"], "value": [10.0]}),
    ...     requirements=pd.DataFrame({"product": ["wafer"], "input": ["quartz"], "kind": ["flow"],
    ...                                "criticality": [1.0], "buffer_days": [28.0], "psi": [0.0],
    ...                                "reorder_days": [30.0], "requalify_days": [365.0]}))
    >>> loss = np.zeros((1, 8, 2)); loss[0, 1:7, net.activity_index("mine:quartz")] = 1.0
    >>> propagate(net, loss).frame()["fab:wafer"].round(2).tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]
    """
    keep = _check_keep(keep)
    rules_of = parameters or Dynamics.of(network)
    if not step_days > 0:
        raise InputError(f"step_days: found {step_days!r}, expected days > 0")
    chain, rules = chain_of(network, rules_of, step_days), rules_of.rules(step_days)
    n = len(network.activities)
    loss = _check("capacity_loss", capacity_loss, (None, None, n), highest=1.0)
    draws, steps, _ = loss.shape
    final = None if demand is None else _check("demand", demand, (draws, steps, n))
    budget = None if capex is None else _check("capex", capex, (draws, steps, n))
    cap = None if link_cap is None else _check("link_cap", link_cap, (draws, steps, len(network.link_share)), highest=1.0)
    _warn_about_accelerator(chain, rules_of, final is not None or budget is not None)
    parts = []
    for first in range(0, draws, BLOCK):
        piece = slice(first, min(first + BLOCK, draws))
        parts.append(_run_piece(chain, rules, rules_of, step_days, loss, final, budget, cap, piece, keep))
    return _gather(network, chain, parts, step_days)


def _run_piece(
    chain: Chain,
    rules: Rules,
    dynamics: Dynamics,
    step_days: float,
    loss: Floats,
    final: Floats | None,
    budget: Floats | None,
    cap: Floats | None,
    piece: slice,
    keep: frozenset[str],
) -> Record:
    expected = None
    last = [None if array is None else _draws_last(array[piece]) for array in (final, budget, cap)]
    lost = _draws_last(loss[piece])
    if last[0] is not None or last[1] is not None:
        normal = np.ones_like(lost)
        expected = expected_demand(
            chain,
            normal if last[0] is None else last[0],
            normal if last[1] is None else last[1],
            accelerator=dynamics.capex_accelerator,
            ceiling=dynamics.expected_demand_max,
            smoothing_steps=dynamics.smoothing_days / step_days,
        )
    happening = shock(
        chain, lost, final_factor=last[0], capex_factor=last[1], expected=expected, link_cap=last[2]
    )
    return _run(chain, rules, happening, keep)


def _run(chain: Chain, rules: Rules, happening: Shock, keep: frozenset[str]) -> Record:
    steps, activities, draws = happening.capacity_loss.shape
    record = empty_record(
        chain,
        draws,
        np.arange(steps),
        step_weight=np.zeros(steps),
        unmet_group=np.arange(activities),
        captive_supplier=np.zeros(0, dtype=np.int64),
        levels=(SHORT_LEVEL, LOW_LEVEL),
        keep=frozenset({"output", "final", "unmet", *keep}),
    )
    run_engine(chain, rules, happening, record)
    return record


def _gather(network: SupplyNetwork, chain: Chain, parts: list[Record], step_days: float) -> Propagation:
    def joined(name: str) -> Floats:
        return np.concatenate([np.moveaxis(getattr(part, name), 2, 0) for part in parts])

    kept = {name: len(getattr(parts[0], name)) > 0 for name in ("stock", "overproduction")}
    return Propagation(
        output=joined("output") * chain.output0,
        final_deliveries=joined("final"),
        unmet_demand=joined("unmet"),
        stocks=joined("stock") if kept["stock"] else None,
        overproduction=joined("overproduction") if kept["overproduction"] else None,
        normal_output=chain.output0,
        activities=network.activities,
        step_days=step_days,
    )


def _draws_last(array: Floats) -> Floats:
    return np.ascontiguousarray(np.moveaxis(array, 0, 2))


def _check(name: str, array: Floats, shape: tuple[int | None, ...], *, highest: float = np.inf) -> Floats:
    """The array as float64 of that shape and within 0..highest."""
    values = np.asarray(array, dtype=np.float64)
    fits = values.ndim == len(shape) and all(
        want in (None, have) for want, have in zip(shape, values.shape, strict=False)
    )
    if not fits or values.size == 0:
        expected = " x ".join("any" if size is None else str(size) for size in shape)
        raise InputError(f"{name}: found an array of shape {values.shape}, expected {expected} (draws, steps, ...)")
    if not np.isfinite(values).all():
        raise InputError(f"{name}: found NaN or infinity at {_where(~np.isfinite(values))}, expected numbers")
    outside = (values < 0) | (values > highest)
    if outside.any():
        first = values[outside][0]
        limits = "0..1" if highest == 1 else "0 or more"
        raise InputError(f"{name}: found {first:g} at {_where(outside)}, expected {limits}")
    return values


def _where(bad: np.ndarray) -> str:  # type: ignore[type-arg]
    return "(draw, step, column) " + str(tuple(int(k) for k in np.argwhere(bad)[0]))


def _check_keep(keep: Iterable[str]) -> frozenset[str]:
    for name in keep:
        if name not in KEPT:
            raise UnknownNameError("array to keep", name, KEPT)
    return frozenset("stock" if name == "stocks" else name for name in keep)


def _warn_about_accelerator(chain: Chain, dynamics: Dynamics, demand_given: bool) -> None:
    if demand_given and accelerator_radius(chain, dynamics.capex_accelerator) >= 1:
        warnings.warn(
            "expected demand may not settle: capital sales shares times the accelerator have a spectral radius near 1; "
            "it is cut at its ceiling",
            RuntimeWarning,
            stacklevel=3,
        )
