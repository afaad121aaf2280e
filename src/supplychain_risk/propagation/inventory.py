"""Propagation of capacity losses through stocks, orders and substitution, for arrays of shocks.

The weekly dynamics stand in `kernels.inventory_numpy`; this module gives them names, days and checks.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.kernels.chain import Chain, Floats, Rules
from supplychain_risk.kernels.expectation import accelerator_radius, expected_demand
from supplychain_risk.kernels.record import Record, empty_record
from supplychain_risk.kernels.shock import Shock, shock
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.network.required import require_network
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
    ...     activities=pd.DataFrame({"company": ["mine", "fab"], "product": ["quartz", "wafer"],
    ...                              "final_sales": [0.0, 100.0]}),
    ...     links=pd.DataFrame({"supplier_company": ["mine"], "supplier_product": ["quartz"],
    ...                         "customer_company": ["fab"], "customer_product": ["wafer"], "value": [10.0]}),
    ...     requirements=pd.DataFrame({"product": ["wafer"], "input": ["quartz"], "kind": ["flow"],
    ...                                "criticality": [1.0], "buffer_days": [28.0], "psi": [0.0],
    ...                                "reorder_days": [30.0], "requalify_days": [365.0]}))
    >>> loss = np.zeros((1, 8, 2)); loss[0, 1:7, net.activity_index("mine:quartz")] = 1.0
    >>> propagate(net, loss).frame()["fab:wafer"].round(2).tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]
    """
    require_network(network)
    keep = _check_keep(tuple(keep))
    rules_of = parameters or Dynamics.of(network)
    if not (isfinite(step_days) and step_days > 0):
        raise InputError(f"step_days: found {step_days!r}, expected days > 0")
    chain, rules = chain_of(network, rules_of, step_days), rules_of.rules(step_days)
    n = len(network.activities)
    loss = _check("capacity_loss", capacity_loss, (None, None, n), highest=1.0)
    draws, steps, _ = loss.shape
    final = None if demand is None else _check("demand", demand, (draws, steps, n))
    budget = None if capex is None else _check("capex", capex, (draws, steps, n))
    links = len(network.link_share)
    cap = None if link_cap is None else _check("link_cap", link_cap, (draws, steps, links), highest=1.0)
    given = _Given(loss, final, budget, cap)
    if given.moves_demand:
        _warn_about_accelerator(chain, rules_of)
    parts = []
    for first in range(0, draws, BLOCK):
        happening = _shock(chain, rules_of, step_days, given.block(first))
        parts.append(_run(chain, rules, happening, keep))
    return _gather(network, chain, parts, step_days)


class _Given(NamedTuple):
    """What the caller gave, checked: (D, T, ...), or (T, ..., D) for a block of draws; None = normal."""

    loss: Floats
    demand: Floats | None
    capex: Floats | None
    link_cap: Floats | None

    @property
    def moves_demand(self) -> bool:
        return self.demand is not None or self.capex is not None

    def block(self, first: int) -> _Given:
        """The draws from `first` on that run together, draws last."""
        loss, *factors = self
        piece = slice(first, first + BLOCK)
        return _Given(_draws_last(loss[piece]), *(None if f is None else _draws_last(f[piece]) for f in factors))


def _shock(chain: Chain, dynamics: Dynamics, step_days: float, given: _Given) -> Shock:
    expected = None
    if given.moves_demand:
        normal = np.ones_like(given.loss)
        expected = expected_demand(
            chain,
            normal if given.demand is None else given.demand,
            normal if given.capex is None else given.capex,
            accelerator=dynamics.capex_accelerator,
            ceiling=dynamics.expected_demand_max,
            smoothing_steps=dynamics.smoothing_days / step_days,
        )
    return shock(
        chain,
        given.loss,
        final_factor=given.demand,
        capex_factor=given.capex,
        expected=expected,
        link_cap=given.link_cap,
    )


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
    # always a copy: numba compiles anew for arrays that cannot be written to
    return np.array(np.moveaxis(array, 0, 2), order="C")


def _check(name: str, array: Floats, shape: tuple[int | None, ...], *, highest: float = np.inf) -> Floats:
    """The array as float64 of that shape and within 0..highest."""
    try:
        values = np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{name}: found a {type(array).__name__} that is no array of numbers") from None
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


def _where(bad: NDArray[np.bool_]) -> str:
    return "(draw, step, column) " + str(tuple(int(k) for k in np.argwhere(bad)[0]))


def _check_keep(keep: tuple[str, ...]) -> frozenset[str]:
    for name in keep:
        if name not in KEPT:
            raise UnknownNameError("array to keep", name, KEPT)
    return frozenset("stock" if name == "stocks" else name for name in keep)


def _warn_about_accelerator(chain: Chain, dynamics: Dynamics) -> None:
    if accelerator_radius(chain, dynamics.capex_accelerator) >= 1:
        warnings.warn(
            "expected demand may not settle: capital sales shares times the accelerator have a spectral radius near 1; "
            "it is cut at its ceiling",
            RuntimeWarning,
            stacklevel=3,
        )
