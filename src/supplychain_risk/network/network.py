"""The supply network: who makes what, from what, bought from whom, and where.

Nodes are activities ("company makes product"). An activity needs inputs (slots); a slot buys through
pools; a pool splits its orders over links to supplying activities. Rivals inside a pool replace each
other, different slots of one activity complement each other: that is the AND/OR structure of supply.

Balance, for every activity j (values in `currency` a year)::

    x0_j = sum over links e of j of link_share_e * pool_need[link_pool_e]  +  f0_j

Pools. Customers who split their orders over the makers of a product in the same way place the same order
shares at all times, so one pool stands for all of them, exactly; a slot with evidence of its own has a
pool to itself. A product of the world market is bought through one pool per slot (fraction 1); a product
that trades locally through one pool per country of the customer's sites (fraction = site share).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from supplychain_risk.errors import UnknownNameError

if TYPE_CHECKING:
    import networkx as nx

    from supplychain_risk import SystemicRisk
    from supplychain_risk.dataset.parameters import Parameters
    from supplychain_risk.dataset.schema import Dataset

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

FLOW, CAPITAL, SERVICE = 0, 1, 2
KINDS = ("flow", "capital", "service")


@dataclass(frozen=True, eq=False)
class SupplyNetwork:
    """Balanced baseline of activities (A), slots (S), pools (P), members (M), links (E) and sites (G).

    Arrays are read-only. Values are in `currency` a year; shares are 0..1; days are calendar days.

    Attributes
    ----------
    activities : A ids "company:product"; the unknown remainder of a product is "other:product", and
        "other@COUNTRY:product" where a local product has no known maker in a country.
    companies, products, sites : ids in the order that `activity_company`, `activity_product` and the
        columns of `site_shares` count in.
    activity_company, activity_product : (A,) index into `companies`, `products`.
    x0 : (A,) > 0, baseline output, `currency` a year.
    f0 : (A,) >= 0, the part of output sold to buyers outside the network, `currency` a year.
    alpha_max : (A,) >= 1, largest output an intact activity can reach, as multiple of baseline.
    deferral : (A,) 0..1, share of unmet final demand that waits instead of going away.
    site_dependence : (A,) 0..1, share of output lost when all its sites stop.
    site_shares : (A, G) sparse rows that sum to 1: where the capacity is.
    slot_activity : (S,) index of the buying activity; slots are sorted by it.
    slot_product : (S,) index into `products` of the input bought.
    slot_kind : (S,) 0 flow, 1 capital, 2 service (see `KINDS`).
    slot_need : (S,) need0 > 0, purchases of the input at baseline, `currency` a year.
    criticality : (S,) chi 0..1, share of output lost when the input is gone (for good).
    buffer_days : (S,) >= 0, stock held, in days of use; 0 for capital and services.
    psi : (S,) 0..1, production slows once stock is below psi x target.
    wear_per_year : (S,) >= 0, rate a year at which capacity falls behind without the input; 0 for flows.
    member_slot, member_pool : (M,) a slot and a pool it buys through; sorted by slot.
    member_fraction : (M,) > 0, part of the slot's need bought through the pool; sums to 1 per slot.
    pool_product : (P,) index into `products`.
    pool_country : P country codes, "" for products of the world market.
    link_supplier : (E,) index of the supplying activity. Links are sorted by pool.
    link_pool : (E,) index of the buying pool.
    link_share : (E,) w0 0..1, baseline share of the pool's orders; sums to 1 per pool.
    link_fallback : (E,) 0..1, share a maker not in use could reach once requalified; > 0 only where
        `link_share` is 0; sums to at most 1 per pool.
    link_reorder_days : (E,) >= 0 (0 = at once, inf = never), days to shift orders to the supplier; requalification
        days for fallback links. The rate a step is step_days / max(days, step_days).
    captive_links : (E,) true where supplier and customer are the same company (pools of one only).
    link_facts : E rows, what is known about the share: low, high (share of the pool's orders), source,
        confidence, as_of, basis (link, market share, captive, remainder, fallback or given).
    activity_table : index = `activities`; company, product and what else is known to label them.
    site_table : index = `sites`; name, country, region, lat, lon.
    residuals : facts about links, sales and outputs with what the balance makes of them, largest difference
        first; columns in `network.conflicts`.
    links_written_out : number of links in use between named companies, slot by slot, that the pools stand for.
    kkt_residual : largest violation of the optimality conditions of the balance, in scaled units.
    currency : unit of values, "USD bn" for the packaged data.
    digest : sha256 of the content, hex.
    parameters, dataset : the records it was built from; None for `from_tables`.
    """

    activities: tuple[str, ...]
    companies: tuple[str, ...]
    products: tuple[str, ...]
    sites: tuple[str, ...]
    activity_company: Ints
    activity_product: Ints
    x0: Floats
    f0: Floats
    alpha_max: Floats
    deferral: Floats
    site_dependence: Floats
    site_shares: sparse.csr_array
    slot_activity: Ints
    slot_product: Ints
    slot_kind: Ints
    slot_need: Floats
    criticality: Floats
    buffer_days: Floats
    psi: Floats
    wear_per_year: Floats
    member_slot: Ints
    member_pool: Ints
    member_fraction: Floats
    pool_product: Ints
    pool_country: tuple[str, ...]
    link_supplier: Ints
    link_pool: Ints
    link_share: Floats
    link_fallback: Floats
    link_reorder_days: Floats
    captive_links: Bools
    link_facts: pd.DataFrame
    activity_table: pd.DataFrame
    site_table: pd.DataFrame
    residuals: pd.DataFrame
    links_written_out: int
    kkt_residual: float
    currency: str
    digest: str
    parameters: Parameters | None = None
    dataset: Dataset | None = None

    def __post_init__(self) -> None:
        """Make every array read-only."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    def __repr__(self) -> str:
        """Say the size, never the content."""
        return (
            f"SupplyNetwork({len(self.activities)} activities, {len(self.slot_need)} slots, "
            f"{len(self.pool_product)} pools, {len(self.link_share)} links, {self.digest[:12]})"
        )

    @classmethod
    def from_dataset(cls, dataset: Dataset) -> SupplyNetwork:
        """Balance the facts of a dataset into a network; see `network.build`."""
        from supplychain_risk.network.build import build_network

        return build_network(dataset)

    @classmethod
    def from_tables(
        cls,
        activities: pd.DataFrame,
        links: pd.DataFrame,
        requirements: pd.DataFrame,
        *,
        sites: pd.DataFrame | None = None,
        currency: str = "",
    ) -> SupplyNetwork:
        """Take a network whose flows are already known; see `network.tables.network_from_tables`."""
        from supplychain_risk.network.tables import network_from_tables

        return network_from_tables(activities, links, requirements, sites=sites, currency=currency)

    @cached_property
    def pool_need(self) -> Floats:
        """(P,) purchases through each pool at baseline, `currency` a year."""
        bought = self.member_fraction * self.slot_need[self.member_slot]
        return np.bincount(self.member_pool, bought, minlength=len(self.pool_product)).astype(np.float64)

    @cached_property
    def link_value(self) -> Floats:
        """(E,) z0, sales over each link at baseline, `currency` a year."""
        return self.link_share * self.pool_need[self.link_pool]

    @cached_property
    def input_coefficient(self) -> Floats:
        """(S,) a = need0 / x0, input value per value of output."""
        return self.slot_need / self.x0[self.slot_activity]

    @cached_property
    def pool_start(self) -> Ints:
        """(P + 1,) links of pool p are those from pool_start[p] up to, not including, pool_start[p + 1]."""
        return np.searchsorted(self.link_pool, np.arange(len(self.pool_product) + 1)).astype(np.int64)

    @property
    def conflicts(self) -> pd.DataFrame:
        """Facts that cannot all hold: rows of `residuals` outside their range, largest first."""
        return self.residuals[self.residuals["beyond"]]

    @cached_property
    def _activity_position(self) -> dict[str, int]:
        return {name: position for position, name in enumerate(self.activities)}

    def activity_index(self, activity: str) -> int:
        """Position of an activity, e.g. "tsmc:cowos".

        Raises
        ------
        UnknownNameError : no activity has that id; the nearest ids are named.
        """
        if activity not in self._activity_position:
            raise UnknownNameError("activity", activity, self.activities)
        return self._activity_position[activity]

    def select(
        self,
        *,
        company: str | Iterable[str] | None = None,
        product: str | Iterable[str] | None = None,
        country: str | Iterable[str] | None = None,
        region: str | Iterable[str] | None = None,
        site: str | Iterable[str] | None = None,
    ) -> Floats:
        """(A,) share of each activity's capacity that lies in the intersection of all conditions.

        Every condition is a name or several names; None does not restrict. Without a place the
        shares are 0 or 1; `site_dependence` is not applied.

        Raises
        ------
        UnknownNameError : a name is not in the network.
        """
        companies = _chosen("company", company, pd.Series(self.companies, dtype=object))
        products = _chosen("product", product, pd.Series(self.products, dtype=object))
        places = (
            _chosen("site", site, pd.Series(self.sites, dtype=object))
            & _chosen("country", country, self.site_table["country"])
            & _chosen("region", region, self.site_table["region"])
        )
        made = companies[self.activity_company] & products[self.activity_product]
        if places.all():
            return made.astype(np.float64)
        inside: Floats = made * (self.site_shares @ places.astype(np.float64))
        return inside

    def suppliers(self, company: str) -> pd.DataFrame:
        """Who sells to a company, largest purchases first; see `network.views.suppliers`."""
        from supplychain_risk.network.views import suppliers

        return suppliers(self, company)

    def customers(self, company: str) -> pd.DataFrame:
        """Who buys from a company, largest sales first; see `network.views.customers`."""
        from supplychain_risk.network.views import customers

        return customers(self, company)

    def systemic_risk(
        self, *, by: Literal["activity", "company", "site", "country"] = "activity", **options: Any
    ) -> SystemicRisk:
        """Output lost for good if single nodes fail; options as in `supplychain_risk.systemic_risk`."""
        import supplychain_risk as scr

        return scr.systemic_risk(self, by=by, **options)

    def to_networkx(self) -> nx.MultiDiGraph[str]:
        """Copy into a networkx graph whose edges point the way goods flow; see `network.views`."""
        from supplychain_risk.network.views import to_networkx

        return to_networkx(self)

    def separated(self, slot_mask: Bools) -> SupplyNetwork:
        """Give the marked slots pools of their own, flows unchanged; see `network.pools.separated`."""
        from supplychain_risk.network.pools import separated

        return separated(self, slot_mask)

    def parted(self, cell_share: Floats) -> tuple[SupplyNetwork, Ints]:
        """Let customers buy apart for what they make in each cell of a map; see `network.pools.parted`."""
        from supplychain_risk.network.pools import parted

        return parted(self, cell_share)


def _chosen(kind: str, wanted: str | Iterable[str] | None, known: pd.Series[str]) -> Bools:
    """Mark the entries of `known` that are asked for."""
    if wanted is None:
        return np.ones(len(known), dtype=np.bool_)
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    present = set(known)
    for name in names:
        if name not in present:
            raise UnknownNameError(kind, name, present)
    return known.isin(names).to_numpy(dtype=np.bool_)
