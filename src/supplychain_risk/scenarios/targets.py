"""From a selector to capacity: which activities are hit, and through which of their sites.

The result is a small sparse matrix: entry (i, k) is the share of activity i's capacity that stops when selected
site k stops, that is site share x site dependence of the product (x 1 if the selector names no place). Sites come
in the order of their ids, so that sums do not depend on the order in which a network lists them. Deliveries to some
customers and purchases of capital goods are cut in proportion to capacity, whatever the site dependence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from supplychain_risk.errors import DataError, InputError, Problem, UnknownNameError
from supplychain_risk.network.network import CAPITAL, SupplyNetwork
from supplychain_risk.scenarios.selectors import Near, Selector
from supplychain_risk.scenarios.spec import Hit

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Bools = NDArray[np.bool_]

_EARTH_RADIUS_KM: Final = 6_371.0


@dataclass(frozen=True, eq=False)
class Targets:
    """Capacity that a selector means, for N activities and K sites.

    Attributes
    ----------
    activities : (N,) rows of the network, rising.
    sites : K site ids, sorted.
    shares : (N, K) sparse, share of the activity's output lost when the site stops.
    area : (G,) sites of the network inside the selector's place, whatever stands there.
    buyers : (A, G) customers' capacity by site to which deliveries are cut; None if capacity or demand is hit.
    """

    activities: Indices
    sites: tuple[str, ...]
    shares: sparse.csr_array
    area: Bools
    buyers: Bools | None = None


def find_targets(selector: Selector, network: SupplyNetwork, *, where: str = "", hurt: bool = True) -> Targets:
    """Resolve a selector on a network.

    Parameters
    ----------
    selector : intersection of conditions; see `Selector`. Names left out by `except` may be unknown to the network.
    network : its activities and sites.
    where : scenario and hit, for messages.
    hurt : whether the sites themselves stop, so that an activity loses its site dependence and not all it has there.

    Raises
    ------
    UnknownNameError : the network has no such country, region, site, company or product.
    InputError : a distance is asked for and the network's sites have no latitude or longitude.
    DataError : every name is known but no capacity fulfils all conditions at once.
    """
    pairs, keep = _selected(selector, network, where)
    rows, columns = pairs.row[keep], pairs.col[keep]
    weights = pairs.data[keep] * (network.site_dependence[rows] if hurt and selector.names_a_place else 1.0)
    activities, row = np.unique(rows, return_inverse=True)
    sites, column = np.unique(np.array(network.sites, dtype=object)[columns].astype(str), return_inverse=True)
    shares = sparse.csr_array((weights, (row, column)), shape=(activities.size, sites.size))
    return Targets(activities.astype(np.intp), tuple(sites.tolist()), shares, _area(selector, network, where))


def hit_targets(hit: Hit, network: SupplyNetwork, *, where: str) -> Targets:
    """Resolve what a hit acts on: capacity, deliveries to some customers, final demand or capital purchases.

    Raises
    ------
    UnknownNameError, DataError : as `find_targets`; also where the targets sell nothing to these customers or to final
        buyers, or buy no capital goods.
    """
    targets = find_targets(hit.targets, network, where=where, hurt=hit.to is None and hit.acts_on == "capacity")
    if hit.to is not None:
        pairs, keep = _selected(hit.to, network, where, "to")
        buyers = np.zeros(pairs.shape, dtype=np.bool_)
        buyers[pairs.row[keep], pairs.col[keep]] = True
        if not _delivers(targets, buyers, network):
            raise DataError([_without_effect(hit, where, "to", "customers that buy from the targets")])
        return replace(targets, buyers=buyers)
    if hit.acts_on == "final_demand" and not network.f0[targets.activities].any():
        raise DataError([_without_effect(hit, where, "targets", "activities that sell to final buyers")])
    tools = network.slot_activity[network.slot_kind == CAPITAL]
    if hit.acts_on == "capital_purchases" and not np.isin(targets.activities, tools).any():
        raise DataError([_without_effect(hit, where, "targets", "activities that buy capital goods")])
    return targets


def _selected(
    selector: Selector, network: SupplyNetwork, where: str, field: str = "targets"
) -> tuple[sparse.coo_array, Bools]:
    """Pairs of activity and site where there is capacity, and which of them are meant."""
    makers, area = _makers(selector, network, where), _area(selector, network, where)
    pairs = sparse.coo_array(network.site_shares)
    keep = makers[pairs.row] & area[pairs.col]
    for part in selector.excluding:
        keep &= ~(_makers(part, network)[pairs.row] & _area(part, network)[pairs.col])
    if not keep.any():
        raise DataError([replace(_nothing_selected(selector, network, makers, where), field=field)])
    return pairs, keep


def _delivers(targets: Targets, buyers: Bools, network: SupplyNetwork) -> bool:
    """Whether any target sells anything on the world market to any of the customers."""
    local = np.array([country != "" for country in network.pool_country], dtype=np.bool_)
    buying = np.any(buyers, axis=1)[network.slot_activity[network.member_slot]] & ~local[network.member_pool]
    pools = np.isin(network.link_pool, network.member_pool[buying])
    return bool((np.isin(network.link_supplier, targets.activities) & pools).any())


def _without_effect(hit: Hit, where: str, field: str, expected: str) -> Problem:
    scenario, _, name = where.partition("/")
    return Problem(scenario, name, field, f"'{hit.to if field == 'to' else hit.targets}'", expected)


def kilometres(site: str, network: SupplyNetwork) -> Floats:
    """Great-circle distance from one site to every site of the network in km, shape (G,) (haversine formula)."""
    table = np.radians(network.site_table[["lat", "lon"]].to_numpy(dtype=np.float64))
    here = table[network.sites.index(site)]
    half = np.sin((table - here) / 2.0) ** 2
    chord = half[:, 0] + np.cos(table[:, 0]) * np.cos(here[0]) * half[:, 1]
    return np.asarray(2.0 * _EARTH_RADIUS_KM * np.arcsin(np.sqrt(chord)), dtype=np.float64)


def _makers(selector: Selector, network: SupplyNetwork, where: str | None = None) -> Bools:
    """Activities of the named companies and products; unknown names are errors where `where` is given."""
    company = _among("company", selector.company, network.companies, where)[network.activity_company]
    product = _among("product", selector.product, network.products, where)[network.activity_product]
    return company & product


def _area(selector: Selector, network: SupplyNetwork, where: str | None = None) -> Bools:
    """Sites of the named places."""
    table = network.site_table
    area = (
        _among("site", selector.site, network.sites, where)
        & _among("country", selector.country, table["country"], where)
        & _among("region", selector.region, table["region"], where)
    )
    return area if selector.near is None else area & _around(selector.near, network, where)


def _around(near: Near, network: SupplyNetwork, where: str | None) -> Bools:
    if near.site not in network.sites:
        raise UnknownNameError("site", near.site, network.sites, where=where or "")
    if missing := [column for column in ("lat", "lon") if column not in network.site_table]:
        place = f"{where}: near {near.site}" if where else f"near {near.site}"
        raise InputError(f"{place}: found sites without {' and '.join(missing)}, expected their degrees north and east")
    return kilometres(near.site, network) <= near.km.value


def _among(kind: str, wanted: Sequence[str], known: Iterable[str], where: str | None) -> Bools:
    labels = pd.Index(known)
    if not wanted:
        return np.ones(len(labels), dtype=np.bool_)
    if where is not None:
        for name in wanted:
            if name not in labels:
                raise UnknownNameError(kind, name, sorted(set(labels)), where=where)
    return np.asarray(labels.isin(list(wanted)), dtype=np.bool_)


def _nothing_selected(selector: Selector, network: SupplyNetwork, makers: Bools, where: str) -> Problem:
    """Say what was asked for and where the capacity is that fits the rest of the conditions."""
    scenario, _, hit = where.partition("/")
    if not makers.any():
        expected = "a company and a product that belong together"
        made = network.activity_table["product"][network.activity_table["company"].isin(selector.company)]
        return Problem(scenario, hit, "targets", f"'{selector}'", expected, tuple(sorted(set(made))))
    held = network.site_shares[np.flatnonzero(makers)].sum(axis=0) > 0.0
    countries = tuple(sorted(set(network.site_table["country"].to_numpy()[held])))
    return Problem(scenario, hit, "targets", f"'{selector}'", "a place where that capacity is", countries)
