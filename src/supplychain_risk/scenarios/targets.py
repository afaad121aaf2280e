"""From a selector to capacity: which activities are hit, and through which of their sites.

The result is a small sparse matrix: entry (i, k) is the share of activity i's capacity that stops when selected
site k stops, that is site share x site dependence of the product (x 1 if the selector names no place). Sites come
in the order of their ids, so that sums do not depend on the order in which a network lists them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from supplychain_risk.errors import DataError, InputError, Problem, UnknownNameError
from supplychain_risk.network.network import SupplyNetwork
from supplychain_risk.scenarios.spec import Near, Selector

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
    """

    activities: Indices
    sites: tuple[str, ...]
    shares: sparse.csr_array
    area: Bools


def find_targets(selector: Selector, network: SupplyNetwork, *, where: str = "") -> Targets:
    """Resolve a selector on a network.

    Parameters
    ----------
    selector : intersection of conditions; see `Selector`. Names left out by `except` may be unknown to the network.
    network : its activities and sites.
    where : scenario and hit, for messages.

    Raises
    ------
    UnknownNameError : the network has no such country, region, site, company or product.
    InputError : a distance is asked for and the network's sites have no latitude or longitude.
    DataError : every name is known but no capacity fulfils all conditions at once.
    """
    makers, area = _makers(selector, network, where), _area(selector, network, where)
    pairs = sparse.coo_array(network.site_shares)
    keep = makers[pairs.row] & area[pairs.col]
    for part in selector.excluding:
        keep &= ~(_makers(part, network)[pairs.row] & _area(part, network)[pairs.col])
    if not keep.any():
        raise DataError([_nothing_selected(selector, network, makers, where)])
    rows, columns = pairs.row[keep], pairs.col[keep]
    weights = pairs.data[keep] * (network.site_dependence[rows] if selector.names_a_place else 1.0)
    activities, row = np.unique(rows, return_inverse=True)
    sites, column = np.unique(np.array(network.sites, dtype=object)[columns].astype(str), return_inverse=True)
    shares = sparse.csr_array((weights, (row, column)), shape=(activities.size, sites.size))
    return Targets(activities.astype(np.intp), tuple(sites.tolist()), shares, area)


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
