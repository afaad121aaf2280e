"""Rules of the weekly dynamics, from the data, and the network in the form that the kernels read."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Literal, get_args

import numpy as np

from supplychain_risk.dataset.load import load_dataset
from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.kernels.chain import CAPITAL, FLOW, SERVICE, Chain, Ints, Rules, by_supplier, close
from supplychain_risk.network import SupplyNetwork

DAYS_PER_YEAR = 364.0
"""Days in the year of 52 whole weeks that annual values are spread over."""

Rationing = Literal["needs_first", "proportional", "priority", "fairest"]
Ordering = Literal["wanted", "realised"]


@dataclass(frozen=True)
class Dynamics:
    """Rules of the weekly dynamics.

    Attributes
    ----------
    overproduction_days, restore_days, backlog_days, capital_days : adjustment times of over-production, of stocks, of
        deferred demand and of capital stocks.
    capex_accelerator : per cent of capital orders per per cent of expected demand.
    smoothing_days, expected_demand_max : how slowly plans follow demand, and the largest demand planned for.
    rationing : who is served when output is short. `needs_first`: needs of customers and final demand before
        restocking; `proportional`: all alike (the published ARIO); `priority`: needs of makers of the products in
        `first` before other needs; `fairest`: lowest delivery relative to baseline first (Inoue & Todo 2019).
    first : products whose makers are served first, for `priority` only.
    ordering : orders follow `wanted` production, or `realised` production (the published ARIO).
    days_per_year : days over which annual values are spread; 364 = 52 whole weeks.
    """

    overproduction_days: float
    restore_days: float
    backlog_days: float
    capital_days: float
    capex_accelerator: float
    smoothing_days: float
    expected_demand_max: float
    rationing: Rationing = "needs_first"
    first: tuple[str, ...] = ()
    ordering: Ordering = "wanted"
    days_per_year: float = DAYS_PER_YEAR

    def __post_init__(self) -> None:
        for name in ("overproduction_days", "restore_days", "backlog_days", "capital_days", "days_per_year"):
            if not getattr(self, name) > 0:
                raise InputError(f"{name}: found {getattr(self, name)!r}, expected days > 0")
        for name in ("capex_accelerator", "smoothing_days", "expected_demand_max"):
            if not (isfinite(getattr(self, name)) and getattr(self, name) >= 0):
                raise InputError(f"{name}: found {getattr(self, name)!r}, expected a number of 0 or more")
        for name, modes in (("rationing", get_args(Rationing)), ("ordering", get_args(Ordering))):
            if getattr(self, name) not in modes:
                raise UnknownNameError(f"mode of {name}", str(getattr(self, name)), modes)
        if (self.rationing == "priority") != bool(self.first):
            raise InputError("`first` names the products served first: give it with rationing='priority', only there")

    @classmethod
    def of(cls, network: SupplyNetwork) -> Dynamics:
        """Rules from the parameters that the network was built with, or the packaged ones."""
        model = (network.parameters or load_dataset().parameters).model
        return cls(
            overproduction_days=model.tau_alpha_days.value,
            restore_days=model.tau_restore_days.value,
            backlog_days=model.tau_backlog_days.value,
            capital_days=model.tau_capital_days.value,
            capex_accelerator=model.capex_accelerator.value,
            smoothing_days=model.demand_smoothing_days.value,
            expected_demand_max=model.expected_demand_max.value,
        )

    def rules(self, step_days: float) -> Rules:
        """The same in steps."""
        return Rules(
            n_tiers={"needs_first": 2, "proportional": 1, "priority": 3, "fairest": 1}[self.rationing],
            fairest=self.rationing == "fairest",
            wanted_orders=self.ordering == "wanted",
            overproduction_steps=max(1.0, self.overproduction_days / step_days),
            restore_steps=max(1.0, self.restore_days / step_days),
            backlog_steps=max(1.0, self.backlog_days / step_days),
            capital_steps=max(1.0, self.capital_days / step_days),
            capex_accelerator=self.capex_accelerator,
        )


def chain_of(network: SupplyNetwork, dynamics: Dynamics, step_days: float) -> Chain:
    """The network per step, in the order and units of the kernels.

    Buffers are at least one step of use. An order share moves by step / reorder time a step, at most at once.
    """
    per_step = step_days / dynamics.days_per_year
    slots, activities = len(network.slot_need), len(network.activities)
    kind = network.slot_kind.astype(np.int64)
    need_tier, restock_tier, final_tier, backlog_tier = _tiers(network, dynamics)
    start, links = by_supplier(network.link_supplier.astype(np.int64), activities)
    empty = np.zeros(len(network.pool_product))
    return close(
        Chain(
            output0=network.x0 * per_step,
            final0=network.f0 * per_step,
            overproduction_max=network.alpha_max,
            deferral=network.deferral,
            slot_start=_starts(network.slot_activity, activities),
            slot_customer=network.slot_activity.astype(np.int64),
            slot_kind=kind,
            flows=np.flatnonzero(kind == FLOW),
            tools=np.flatnonzero(kind == CAPITAL),
            services=np.flatnonzero(kind == SERVICE),
            slot_need=network.slot_need * per_step,
            criticality=network.criticality,
            buffer=np.maximum(1.0, network.buffer_days / step_days),
            psi=network.psi,
            wear=np.minimum(1.0, network.wear_per_year * per_step),
            tier_need=need_tier,
            tier_restock=restock_tier,
            tier_final=final_tier,
            tier_backlog=backlog_tier,
            member_start=_starts(network.member_slot, slots),
            member_pool=network.member_pool.astype(np.int64),
            member_fraction=network.member_fraction,
            divided=np.zeros(0, dtype=np.int64),
            divided_share=np.zeros(0),
            member_side=np.zeros(len(network.member_pool), dtype=np.int64),
            pool_need=empty,
            pool_share=empty,
            pool_fallback=empty,
            pool_uneven=empty > 0,
            link_supplier=network.link_supplier.astype(np.int64),
            link_pool=network.link_pool.astype(np.int64),
            pool_start=_starts(network.link_pool, len(network.pool_product)),
            link_share=network.link_share,
            link_fallback=network.link_fallback,
            link_rate=np.minimum(1.0, step_days / np.maximum(network.link_reorder_days, 1e-9)),
            supplier_start=start,
            supplier_link=links,
            captive=np.flatnonzero(network.captive_links & (network.link_share > 0)),
        )
    )


def _starts(owner: Ints, count: int) -> Ints:
    return np.searchsorted(owner, np.arange(count + 1)).astype(np.int64)


def _tiers(network: SupplyNetwork, dynamics: Dynamics) -> tuple[Ints, Ints, Ints, Ints]:
    """Tier of need parts and restocking parts (S,), of final demand and released backlog (A,)."""
    slots, activities = len(network.slot_need), len(network.activities)
    need, final = np.zeros(slots, dtype=np.int64), np.zeros(activities, dtype=np.int64)
    if dynamics.rationing in ("proportional", "fairest"):
        if dynamics.rationing == "fairest" and len(network.member_pool) != len(set(network.member_pool.tolist())):
            raise InputError(
                "rationing='fairest' ranks single customers: give every customer a pool of its own first, with "
                "network.separated(np.ones(len(network.slot_need), dtype=bool))"
            )
        return need, need, final, final
    if dynamics.rationing == "needs_first":
        return need, need + 1, final, final + 1
    for product in dynamics.first:
        if product not in network.products:
            raise UnknownNameError("product", product, network.products, "Dynamics.first")
    served = np.isin(np.asarray(network.products, dtype=object)[network.activity_product], dynamics.first)
    need = np.where(served[network.slot_activity], 0, 1).astype(np.int64)
    return need, np.full(slots, 2), final + 1, final + 2
