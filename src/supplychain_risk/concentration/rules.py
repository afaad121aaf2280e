"""Guidelines on mergers, imports and critical raw materials for whole tables; formulas: `kernels.share_rules`.

Thresholds are facts of the data (`parameters.yaml`, concentration). Every value stands with its margin, value minus
threshold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from itertools import combinations

import numpy as np
import pandas as pd

from supplychain_risk.concentration.ledger import REST, Bools, Floats, country_parts
from supplychain_risk.concentration.levels import makers
from supplychain_risk.concentration.trades import purchases
from supplychain_risk.dataset.load import load_dataset
from supplychain_risk.dataset.parameters import ConcentrationParameters
from supplychain_risk.errors import DataError, InputError, Problem, UnknownNameError
from supplychain_risk.kernels import share_rules
from supplychain_risk.network import SupplyNetwork, checks
from supplychain_risk.network.required import require_network

SHARE_SUM = 1e-6
"""How far from 1 shares may add up to because they were rounded."""

COUNTRY_CODE = re.compile("[A-Z]{2}")
COUNTRY_COLUMNS = ("material", "country", "world_share", "sourcing_share", "governance", "trade")
MATERIAL_COLUMNS = ("imports", "exports", "production", "recycled", "substitution", "economic_importance")
HIGHEST = {"world_share": 1, "sourcing_share": 1, "governance": 10, "recycled": 1, "substitution": 1}
"""Largest legal value of a column; of the others any."""


def mergers(network: SupplyNetwork, product: str) -> pd.DataFrame:
    """Judge a merger of every two named makers of a product by guideline 1 of the US merger guidelines.

    Parameters
    ----------
    network : any network; unknown makers count as many small ones.
    product : id.

    Returns
    -------
    DataFrame
        Largest increase first: first, second, joint_share, hhi_points (afterwards), delta_points, share_margin,
        hhi_margin_points, delta_margin_points, presumed: "structure" if index and increase are above their levels,
        "share" if joint share and increase are, both, or "".

    Raises
    ------
    UnknownNameError : no such product.

    Examples
    --------
    >>> import supplychain_risk as scr
    >>> net = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    >>> scr.mergers(net, "hbm")["presumed"].tolist()
    ['structure share', 'structure share', 'structure share']
    """
    require_network(network)
    if product not in network.products:
        raise UnknownNameError("product", product, network.products)
    entries = makers(network).entries
    entries = entries[(entries["market"] == network.products.index(product)) & (entries["holder"] != REST)]
    shares, names = entries["share"].to_numpy(), entries["holder"].tolist()
    levels = thresholds_of(network)
    rows = []
    for pair in combinations(range(len(names)), 2):
        found = share_rules.merger(
            shares,
            pair,
            hhi_points=levels.hhi_points.value,
            delta_points=levels.delta_points.value,
            share=levels.firm_share.value,
        )
        presumed = {"structure": found.presumed_by_structure, "share": found.presumed_by_share}
        rows.append(
            {
                "first": names[pair[0]],
                "second": names[pair[1]],
                "joint_share": float(found.share.value),
                "hhi_points": float(found.hhi_points.value),
                "delta_points": float(found.delta_points.value),
                "share_margin": float(found.share.margin),
                "hhi_margin_points": float(found.hhi_points.margin),
                "delta_margin_points": float(found.delta_points.margin),
                "presumed": " ".join(name for name, fires in presumed.items() if fires),
            }
        )
    columns = (
        "first second joint_share hhi_points delta_points share_margin hhi_margin_points delta_margin_points presumed"
    )
    table = pd.DataFrame(rows, columns=columns.split())
    return table.sort_values("delta_points", ascending=False, kind="stable", ignore_index=True)


def import_dependence(network: SupplyNetwork, members: Iterable[str]) -> pd.DataFrame:
    """Judge the imports of a bloc by the core dependency indicators of the European Commission.

    Trade between countries follows the links: what a customer buys comes from its supplier's plants and goes to its
    own in proportion to capacity. Local products do not cross borders. Final buyers are not in it, nor plants in no
    single country.

    Parameters
    ----------
    network : any network with sites.
    members : country codes of the bloc; those without a site trade nothing.

    Returns
    -------
    DataFrame
        A row for each product of which the bloc imports any from outside, fewest margins missed first:
        product, outside_imports (value a year), top (largest outside country), outside_hhi, outside_share (of all
        imports, trade inside the bloc included), import_export_ratio (inf without exports), outside_hhi_margin,
        outside_share_margin, import_export_margin, dependent (all three above their levels).

    Raises
    ------
    InputError : something that is no country code.
    UnknownNameError : no site is in any of the countries.
    """
    require_network(network)
    codes, parts = country_parts(network)
    inside = {members} if isinstance(members, str) else set(members)
    for code in sorted(inside):
        if not COUNTRY_CODE.fullmatch(code):
            raise InputError(f"members: found '{code}', expected country codes of two capital letters")
    member = np.array([code in inside for code in codes], dtype=np.bool_)
    if not member.any():
        raise UnknownNameError("country with a site", " ".join(sorted(inside)), codes)
    flows = _flows(network, parts.toarray())
    imports = flows[:, ~member][:, :, member].sum(axis=2)
    exports = flows[:, member][:, :, ~member].sum(axis=(1, 2))
    within = flows[:, member][:, :, member]
    inner = within.sum(axis=(1, 2)) - np.trace(within, axis1=1, axis2=2)
    bought = np.flatnonzero(imports.sum(axis=1) > 0)
    levels = thresholds_of(network)
    limits = (levels.import_hhi.value, levels.outside_import_share.value, levels.import_export_ratio.value)
    found = share_rules.import_dependence(imports[bought], inner[bought], exports[bought], thresholds=limits)
    others = np.array(codes, dtype=object)[~member]
    table = pd.DataFrame(
        {
            "product": np.array(network.products, dtype=object)[bought],
            "outside_imports": imports[bought].sum(axis=1),
            "top": others[imports[bought].argmax(axis=1)],
        }
    )
    names = {"outside_hhi": "outside_hhi", "outside_share": "outside_share", "import_export_ratio": "import_export"}
    for (column, stem), finding in zip(names.items(), found, strict=True):
        table[column] = finding.value
        table[f"{stem}_margin"] = finding.margin
    table["dependent"] = np.logical_and.reduce([finding.fires for finding in found])
    return table.sort_values(["dependent", "outside_hhi"], ascending=False, kind="stable", ignore_index=True)


def supply_risk(countries: pd.DataFrame, materials: pd.DataFrame) -> pd.DataFrame:
    """Supply risk of raw materials by the method of the European Union's list of critical raw materials.

    Parameters
    ----------
    countries : material, country, world_share and sourcing_share (each sums to 1 for a material), governance (0..10,
        high = bad), trade (parameter t, 1 = no restriction).
    materials : index = material; imports, exports, production (one unit), recycled (0..1), substitution (index, 0..1),
        economic_importance.

    Returns
    -------
    DataFrame
        Index = material: hhi_world, hhi_sourcing (weighted by governance and trade), import_reliance, supply_risk,
        supply_risk_margin, importance_margin, critical (both at their levels or above).

    Raises
    ------
    DataError : columns that are missing, cells that are no numbers or outside their range, a country or material
        twice, shares that do not sum to 1, a consumption (production + imports - exports) that is not above 0.
    """
    _check_materials(countries, materials)
    weighted = {
        "hhi_world": _governed(countries, "world_share", materials.index),
        "hhi_sourcing": _governed(countries, "sourcing_share", materials.index),
    }
    volumes = (materials[name].to_numpy(dtype=np.float64) for name in ("imports", "exports", "production"))
    reliance = share_rules.import_reliance(*volumes)
    risk = share_rules.supply_risk(
        weighted["hhi_world"],
        weighted["hhi_sourcing"],
        reliance,
        recycled=materials["recycled"].to_numpy(dtype=np.float64),
        substitution=materials["substitution"].to_numpy(dtype=np.float64),
    )
    levels = packaged_thresholds()
    found = share_rules.at_least(risk, levels.supply_risk.value)
    importance = share_rules.at_least(
        materials["economic_importance"].to_numpy(dtype=np.float64), levels.economic_importance.value
    )
    return pd.DataFrame(
        {
            **weighted,
            "import_reliance": reliance,
            "supply_risk": risk,
            "supply_risk_margin": found.margin,
            "importance_margin": importance.margin,
            "critical": found.fires & importance.fires,
        },
        index=materials.index,
    )


def _governed(countries: pd.DataFrame, share: str, materials: pd.Index[str]) -> Floats:
    """HHI of each material, weighted by governance and trade."""
    of = {
        material: share_rules.governed_hhi(
            *(rows[name].to_numpy(np.float64) for name in (share, "governance", "trade"))
        )
        for material, rows in countries.groupby("material")
    }
    return np.array([of[material] for material in materials], dtype=np.float64)


def thresholds_of(network: SupplyNetwork) -> ConcentrationParameters:
    """Thresholds of the data that the network was built from, or the packaged ones."""
    return packaged_thresholds() if network.parameters is None else network.parameters.concentration


@cache
def packaged_thresholds() -> ConcentrationParameters:
    """Thresholds of the packaged data, read once."""
    return load_dataset().parameters.concentration


def _flows(network: SupplyNetwork, part: Floats) -> Floats:
    """(products, countries from, countries to) trade in world products, value a year."""
    rows = purchases(network, ~_local(network)[network.slot_product])
    flows = np.zeros((len(network.products), part.shape[1], part.shape[1]))
    product = network.slot_product[rows["slot"].to_numpy()]
    for position in np.unique(product):
        sold = rows[product == position]
        value = sold["share"].to_numpy()[:, None]
        flows[position] = (part[sold["seller"].to_numpy()] * value).T @ part[sold["customer"].to_numpy()]
    return flows


def _local(network: SupplyNetwork) -> Bools:
    """(products,) those that trade inside a country only."""
    local = np.zeros(len(network.products), dtype=np.bool_)
    local[network.pool_product[[country != "" for country in network.pool_country]]] = True
    return local


def _check_materials(countries: pd.DataFrame, materials: pd.DataFrame) -> None:
    for name, table in (("countries", countries), ("materials", materials)):
        if not isinstance(table, pd.DataFrame):
            raise InputError(f"{name}: found a {type(table).__name__}, expected a pandas DataFrame")
    tables = (("countries", countries, COUNTRY_COLUMNS), ("materials", materials, MATERIAL_COLUMNS))
    for check in (_missing, _unreadable):
        if problems := [problem for table in tables for problem in check(*table)]:
            raise DataError(problems)
    volumes = materials[["imports", "exports", "production"]].astype(np.float64)
    consumption = volumes["production"] + volumes["imports"] - volumes["exports"]
    problems = [
        *checks.duplicates("countries", countries["country"].astype(str) + " of " + countries["material"].astype(str)),
        *checks.duplicates("materials", materials.index.astype(str).to_series()),
        *(
            Problem("materials", str(material), "production", f"a consumption of {total:g}", "more than 0")
            for material, total in consumption.items()
            if not total > 0
        ),
    ]
    for column in ("world_share", "sourcing_share"):
        sums = countries.groupby("material")[column].sum().reindex(materials.index, fill_value=0.0)
        problems += [
            Problem("countries", str(material), column, f"a sum of {total:.6g}", "shares that sum to 1")
            for material, total in sums.items()
            if abs(total - 1) > SHARE_SUM
        ]
    if problems:
        raise DataError(problems)


def _missing(name: str, table: pd.DataFrame, columns: tuple[str, ...]) -> list[Problem]:
    return [Problem(name, "", column, "no such column", "the column") for column in columns if column not in table]


def _unreadable(name: str, table: pd.DataFrame, columns: tuple[str, ...]) -> list[Problem]:
    problems = []
    for column in columns:
        if column in {"material", "country"}:
            continue
        values = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=np.float64)
        highest = HIGHEST.get(column, np.inf)
        bad = np.flatnonzero(~((values >= 0) & (values <= highest)) | np.isinf(values))
        expected = "a number of at least 0" + (f" and at most {highest}" if column in HIGHEST else "")
        cells, names = table[column].tolist(), table.index.tolist()
        problems += [Problem(name, str(names[row]), column, repr(cells[row]), expected) for row in bad]
    return problems
