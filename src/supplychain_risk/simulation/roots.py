"""Roots of losses: one hit on one activity at one site, and how what the kernels find is booked on them.

The list follows from scenario and network alone, so it is made once. Where a hit stops an activity at several sites,
its part is split by site share x severity of the site in the draw. Deliveries stopped at a border, or by a rule, are a
root each of hit and supplier; their country is where the deliveries would have gone. Capital goods that customers do
not order because they expect less demand go to the hits on demand and budgets, by the value these cut.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from supplychain_risk.kernels.causes import Causes
from supplychain_risk.kernels.chain import CAPITAL, Floats, Ints
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.scenarios.borders import limiting_hits
from supplychain_risk.scenarios.paths import IN_PROCESS, CapacityPaths, HitPath
from supplychain_risk.simulation.blocks import Plan

COLUMNS = ("hit", "acts_on", "product", "company", "country", "site")
UNEXPLAINED = "unexplained"


@dataclass(frozen=True, eq=False)
class HitRoots:
    """Roots of one hit: R of them for N activities.

    Attributes
    ----------
    rows : (N,) rows of the hit's activities in the kernel's answer.
    owner, site, column : (R,) position among the activities and among the hit's sites, and column of the loss.
    share : (R,) share of the activity lost when the site stops.
    """

    rows: Ints
    owner: Ints
    site: Ints
    column: Ints
    share: Floats

    def spread(self, path: HitPath, draws: Ints, amount: Floats, loss: Floats) -> None:
        """Add amounts (N, D) of some draws to `loss`, split over sites."""
        if path.site_severity is None or not amount.any():
            return
        weight = self.share[:, None] * np.abs(path.site_severity[np.ix_(self.site, draws)])
        whole = np.zeros_like(amount)
        np.add.at(whole, self.owner, weight)
        weight = np.where(whole[self.owner] > 0, weight, self.share[:, None])
        whole = np.zeros_like(amount)
        np.add.at(whole, self.owner, weight)
        loss[np.ix_(draws, self.column)] += (amount[self.owner] * weight / whole[self.owner]).T


@dataclass(frozen=True, eq=False)
class Roots:
    """All roots of a scenario on a network.

    Attributes
    ----------
    table : one row a column of the loss, with `COLUMNS`.
    capacity, demand, capex : roots of each hit of these kinds.
    border : for each border or rule the hits that set it, and the (A,) column of each supplier's deliveries.
    plans : for each hit on demand and budgets the (A,) column of customers' plans; `plan_value` what it acts on, (N,).
    unexplained : (A,) columns.
    """

    table: pd.DataFrame
    capacity: tuple[HitRoots, ...]
    demand: tuple[HitRoots, ...]
    capex: tuple[HitRoots, ...]
    border: tuple[tuple[tuple[int, Ints], ...], ...]
    plans: tuple[Ints, ...]
    plan_value: tuple[Floats, ...]
    unexplained: Ints

    @property
    def n_roots(self) -> int:
        """Number of columns."""
        return len(self.table)


class _Register:
    """Gives out columns, one a root."""

    def __init__(self, network: SupplyNetwork) -> None:
        self.network = network
        self.records: list[tuple[str, ...]] = []

    def add(self, hit: str, acts_on: str, activity: int, *, country: str = "", site: str = "") -> int:
        net = self.network
        product, company = net.products[net.activity_product[activity]], net.companies[net.activity_company[activity]]
        self.records.append((hit, acts_on, product, company, country, site))
        return len(self.records) - 1


def find_roots(network: SupplyNetwork, plan: Plan, paths: CapacityPaths) -> Roots:
    """List the roots of a sampled scenario; any of its blocks of draws gives the same."""
    register = _Register(network)
    capacity = tuple(_hit_roots(register, "capacity", paths.hits))
    demand = tuple(_hit_roots(register, "final_demand", paths.demand))
    capex = tuple(_hit_roots(register, "capital_purchases", paths.capex))
    chain, everyone = plan.chain, range(len(network.activities))
    tools = np.bincount(
        chain.slot_customer[chain.slot_kind == CAPITAL],
        chain.slot_need[chain.slot_kind == CAPITAL],
        minlength=len(network.activities),
    )
    planning = (*paths.demand, *paths.capex)
    columns = [np.array([register.add(_label(hit), "plans", i) for i in everyone], dtype=np.int64) for hit in planning]
    values: list[Floats] = [chain.final0[hit.activities] for hit in paths.demand] + [
        np.asarray(tools[hit.activities], dtype=np.float64) for hit in paths.capex
    ]
    border = tuple(_border(register, plan, row, paths) for row in range(len(plan.borders)))
    unexplained = np.array([register.add("", UNEXPLAINED, i) for i in everyone], dtype=np.int64)
    table = pd.DataFrame(register.records, columns=list(COLUMNS))
    return Roots(table, capacity, demand, capex, border, tuple(columns), tuple(values), unexplained)


def _label(hit: HitPath) -> str:
    return hit.name.removesuffix(IN_PROCESS)


def _hit_roots(register: _Register, kind: str, hits: tuple[HitPath, ...]) -> list[HitRoots]:
    """Roots of the hits of a kind; the kernel's rows are sorted by activity and then by hit."""
    activity = np.concatenate([np.zeros(0, dtype=np.int64), *(hit.activities for hit in hits)])
    row = np.argsort(np.argsort(activity, kind="stable"), kind="stable").astype(np.int64)
    place = dict(zip(register.network.sites, register.network.site_table.get("country", []), strict=False))
    found, first = [], 0
    for hit in hits:
        share = hit.site_share.tocoo() if hit.site_share is not None else None
        if share is None:
            raise ValueError(f"{hit.name}: sampled without its sites")
        column = [
            register.add(
                _label(hit), kind, int(hit.activities[n]), country=place.get(hit.sites[k], ""), site=hit.sites[k]
            )
            for n, k in zip(share.row, share.col, strict=True)
        ]
        rows = row[first : first + len(hit.activities)]
        first += len(hit.activities)
        found.append(
            HitRoots(
                rows,
                share.row.astype(np.int64),
                share.col.astype(np.int64),
                np.array(column, dtype=np.int64),
                share.data.astype(np.float64),
            )
        )
    return found


def _border(register: _Register, plan: Plan, row: int, paths: CapacityPaths) -> tuple[tuple[int, Ints], ...]:
    """For each hit that sets a limit the column of each supplier's deliveries, -1 for those it does not concern."""
    found = []
    concerned = np.unique(plan.chain.link_supplier[plan.borders[row] > 0])
    for position in plan.border_hits[row]:
        hit = limiting_hits(paths)[position]
        columns = np.full(len(register.network.activities), -1)
        where = _countries(register.network, hit)
        for i in concerned:
            columns[i] = register.add(_label(hit), "deliveries", int(i), country=where)
        found.append((position, columns.astype(np.int64)))
    return tuple(found)


def _countries(network: SupplyNetwork, hit: HitPath) -> str:
    """Where the deliveries would have gone."""
    sites = np.zeros(len(network.sites), dtype=np.bool_)
    if hit.area is not None:
        sites = hit.area
    elif hit.buyers is not None:
        sites = np.asarray(hit.buyers).any(axis=0)  # type: ignore[assignment]
    if "country" not in network.site_table:
        return ""
    return "+".join(sorted(set(network.site_table["country"].to_numpy()[sites].tolist())))


def book_roots(roots: Roots, paths: CapacityPaths, draws: Ints, found: Causes, loss: Floats) -> None:
    """Add what the kernel found for some draws of a block to its losses by root (D, K), in place."""
    kinds = (
        (roots.capacity, paths.hits, found.capacity),
        (roots.demand, paths.demand, found.demand),
        (roots.capex, paths.capex, found.capex),
    )
    for own, hits, amount in kinds:
        for root, hit in zip(own, hits, strict=True):
            root.spread(hit, draws, amount[root.rows], loss)
    loss[np.ix_(draws, roots.unexplained)] += (found.unexplained + found.border[-1]).T
    for row, setting in enumerate(roots.border):
        if found.border[row].any():
            closing = [limiting_hits(paths)[position] for position, _ in setting]
            size = np.array([hit.profile[:, draws].sum(axis=0) * _cut(hit)[draws] for hit in closing])
            _book_parts(size, [columns for _, columns in setting], draws, found.border[row], roots, loss)
    planning = (*paths.demand, *paths.capex)
    if planning and found.plans.any():
        size = np.array(
            [
                hit.profile[:, draws].sum(axis=0) * np.maximum(0.0, value @ hit.intensity[:, draws])
                for hit, value in zip(planning, roots.plan_value, strict=True)
            ]
        )
        _book_parts(size, list(roots.plans), draws, found.plans, roots, loss)
    elif found.plans.any():
        loss[np.ix_(draws, roots.unexplained)] += found.plans.T


def _cut(hit: HitPath) -> Floats:
    return np.zeros(hit.profile.shape[1]) if hit.border_cut is None else hit.border_cut


def _book_parts(size: Floats, columns: list[Ints], draws: Ints, amount: Floats, roots: Roots, loss: Floats) -> None:
    """Split amounts (A, D) over hits by their size (H, D) in the draw."""
    whole = size.sum(axis=0)
    loss[np.ix_(draws, roots.unexplained)] += np.where(whole > 0, 0.0, amount).T
    share = np.divide(size, whole, out=np.zeros_like(size), where=whole > 0)
    for part, column in zip(share, columns, strict=True):
        booked = np.flatnonzero((amount * part).any(axis=1))
        target = np.where(column[booked] >= 0, column[booked], roots.unexplained[booked])
        loss[np.ix_(draws, target)] += (amount[booked] * part).T


__all__ = ["COLUMNS", "UNEXPLAINED", "HitRoots", "Roots", "book_roots", "find_roots"]
