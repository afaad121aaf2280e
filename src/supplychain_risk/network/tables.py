"""A network from a user's own tables, with flows that are already known.

Every customer's input is a pool of its own. Values are a year's, in any one currency. An activity's output
is the sum of its sales to others plus its final sales; what it buys and does not link is value added.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import sparse

from supplychain_risk.errors import DataError, InputError, Problem
from supplychain_risk.network import checks
from supplychain_risk.network.checks import Column
from supplychain_risk.network.conflicts import no_residuals
from supplychain_risk.network.network import FLOW, KINDS, SupplyNetwork

ACTIVITY_NAMES = ("company", "product")
ACTIVITY_NUMBERS = (
    Column("final_sales", 0),
    Column("alpha_max", 1, default=1.0),
    Column("deferral", 0, 1, default=0.0),
    Column("site_dependence", 0, 1, default=1.0),
)
LINK_NAMES = ("supplier_company", "supplier_product", "customer_company", "customer_product")
LINK_NUMBERS = (Column("value", 0), Column("fallback_share", 0, 1, default=0.0))
REQUIREMENT_NAMES = ("product", "input", "kind")
REQUIREMENT_NUMBERS = (
    Column("criticality", 0, 1),
    Column("buffer_days", 0),
    Column("psi", 0, 1),
    Column("reorder_days", 0, endless=True),
    Column("requalify_days", 0, endless=True),
    Column("wear_per_year", 0, default=0.0),
)
SITE_NAMES = ("company", "product", "site", "country", "region")
SITE_NUMBERS = (
    Column("share", 0, 1),
    Column("lat", -90, 90, default=np.nan),
    Column("lon", -180, 180, default=np.nan),
)


def network_from_tables(
    activities: pd.DataFrame,
    links: pd.DataFrame,
    requirements: pd.DataFrame,
    *,
    sites: pd.DataFrame | None = None,
    currency: str = "",
) -> SupplyNetwork:
    """Check four tables and make a network of them.

    Parameters
    ----------
    activities : columns company, product, final_sales (value a year); optional alpha_max (>= 1, default 1),
        deferral (0..1, default 0), site_dependence (0..1, default 1).
    links : columns supplier_company, supplier_product, customer_company, customer_product, value (a year);
        optional fallback_share (0..1): share of the customer's need that a supplier without sales today
        could reach once requalified. Rows without value and fallback are dropped.
    requirements : columns product, input, kind (flow, capital or service), criticality, psi (0..1),
        buffer_days, reorder_days, requalify_days (inf = never); optional wear_per_year (default 0) and
        company (a recipe of one maker only; blank = of all makers).
    sites : columns company, product, site, country, region, share (of the activity's capacity, sums to 1);
        optional name, lat, lon (degrees north, east; scenarios that hit what is near a site need them).
        Without it every company has one site, called like the company.
    currency : unit of the values, for tables and reports.

    Raises
    ------
    InputError : something that is no table.
    DataError : everything that is wrong with the tables, at once.

    Warns
    -----
    UserWarning : flow inputs cost more than the output they go into. Firms that sell below cost exist, so it is
        allowed; far more often units are mixed or final sales are missing. Capital may well exceed a year's output.

    Examples
    --------
    >>> activities = pd.DataFrame({"company": ["a", "b"], "product": ["wafer", "chip"], "final_sales": [0.0, 10.0]})
    >>> links = pd.DataFrame([("a", "wafer", "b", "chip", 4.0)], columns=[*LINK_NAMES, "value"])
    >>> needs = pd.DataFrame(
    ...     [("chip", "wafer", "flow", 1.0, 30, 0.2, 30, 180)],
    ...     columns=[*REQUIREMENT_NAMES, *(column.name for column in REQUIREMENT_NUMBERS[:5])],
    ... )
    >>> SupplyNetwork.from_tables(activities, links, needs).x0.tolist()
    [4.0, 10.0]
    """
    for table in (activities, links, requirements, *(() if sites is None else (sites,))):
        if not isinstance(table, pd.DataFrame):
            raise InputError(f"found a {type(table).__name__}, expected a pandas DataFrame")
    _check_each(activities, links, requirements, sites)
    activities = _completed(activities, ACTIVITY_NUMBERS)
    links = _completed(links, LINK_NUMBERS)
    links = links[(links["value"] > 0) | (links["fallback_share"] > 0)].reset_index(drop=True)
    requirements = _completed(requirements, REQUIREMENT_NUMBERS)
    ids = activities["company"] + ":" + activities["product"]
    wired = _wired(links, requirements, ids)
    _check_together(activities, wired, tuple(ids))
    network = _network(activities, wired, sites, currency)
    flow = network.slot_kind == FLOW
    used_up = np.bincount(network.slot_activity[flow], network.slot_need[flow], len(network.activities))
    checks.warn_of_losses(network.activities, used_up.astype(np.float64), network.x0, unit=currency)
    return network


def _check_each(
    activities: pd.DataFrame, links: pd.DataFrame, requirements: pd.DataFrame, sites: pd.DataFrame | None
) -> None:
    """Columns first, then cells, then names: a later rule relies on the earlier ones."""
    tables = {
        "activities": (activities, ACTIVITY_NAMES, ACTIVITY_NUMBERS),
        "links": (links, LINK_NAMES, LINK_NUMBERS),
        "requirements": (requirements, REQUIREMENT_NAMES, REQUIREMENT_NUMBERS),
    }
    if sites is not None:
        tables["sites"] = (sites, SITE_NAMES, SITE_NUMBERS)
    problems: list[Problem] = [*checks.no_rows("activities", activities)]
    for name, (frame, names, numbers) in tables.items():
        required = [*names, *(column.name for column in numbers if column.default is None)]
        problems += checks.missing_columns(name, frame, required)
    _raise(problems)
    for name, (frame, names, numbers) in tables.items():
        problems += checks.bad_names(name, frame, names)
        problems += checks.bad_numbers(name, frame, numbers)
    _raise(problems)
    problems += _duplicates_and_unknowns(activities, links, requirements, sites)
    _raise(problems)


def _duplicates_and_unknowns(
    activities: pd.DataFrame, links: pd.DataFrame, requirements: pd.DataFrame, sites: pd.DataFrame | None
) -> Iterator[Problem]:
    ids = activities["company"] + ":" + activities["product"]
    supplier = links["supplier_company"] + ":" + links["supplier_product"]
    customer = links["customer_company"] + ":" + links["customer_product"]
    maker = requirements["company"].fillna("") if "company" in requirements else pd.Series("", requirements.index)
    recipe = requirements["product"] + " < " + requirements["input"] + maker.map(lambda name: name and f" of {name}")
    yield from checks.duplicates("activities", ids)
    yield from checks.duplicates("links", supplier + " -> " + customer)
    yield from checks.duplicates("requirements", recipe)
    yield from checks.unknown_names("links", supplier, ids, field="supplier", kind="activity")
    yield from checks.unknown_names("links", customer, ids, field="customer", kind="activity")
    yield from checks.unknown_names("requirements", requirements["kind"], KINDS, field="kind", kind="kind")
    for field in ("product", "input"):
        yield from checks.unknown_names(
            "requirements", requirements[field], activities["product"], field=field, kind="product"
        )
    companies = [*activities["company"], ""]
    yield from checks.unknown_names("requirements", maker, companies, field="company", kind="company")
    if sites is not None:
        located = sites["company"] + ":" + sites["product"]
        yield from checks.unknown_names("sites", located, ids, field="company", kind="activity")
        yield from checks.duplicates("sites", located + " at " + sites["site"])
        totals = sites["share"].astype(float).groupby(located).sum().reindex(ids.unique(), fill_value=0.0)
        yield from checks.bad_sums("sites", {str(name): float(total) for name, total in totals.items()}, exactly=True)


def _raise(problems: list[Problem]) -> None:
    if problems:
        raise DataError(problems)


def _completed(frame: pd.DataFrame, columns: tuple[Column, ...]) -> pd.DataFrame:
    """Copy with fresh row numbers, all columns present and numeric."""
    values = {
        column.name: (
            frame[column.name].to_numpy(dtype=np.float64)
            if column.name in frame
            else np.full(len(frame), column.default, dtype=np.float64)
        )
        for column in columns
    }
    return frame.reset_index(drop=True).assign(**values)


def _wired(links: pd.DataFrame, requirements: pd.DataFrame, ids: pd.Series[str]) -> pd.DataFrame:
    """Links with positions of both activities and the recipe of the customer, its own before the common one."""
    position = pd.Series(np.arange(len(ids)), index=ids)
    wired = links.assign(
        supplier=position[links["supplier_company"] + ":" + links["supplier_product"]].to_numpy(),
        customer=position[links["customer_company"] + ":" + links["customer_product"]].to_numpy(),
    )
    if "company" not in requirements:
        requirements = requirements.assign(company="")
    requirements = requirements.assign(company=requirements["company"].fillna(""), row=np.arange(len(requirements)))
    key = requirements.set_index(["company", "product", "input"])["row"].to_dict()
    bought = zip(wired["customer_company"], wired["customer_product"], wired["supplier_product"], strict=True)
    rows = [key.get(own, key.get(("", *own[1:]), -1)) for own in bought]
    problems = [
        Problem(
            "links",
            f"{link.customer_company}:{link.customer_product}",
            "supplier_product",
            f"purchases of '{link.supplier_product}'",
            f"a row of requirements with product '{link.customer_product}' and input '{link.supplier_product}'",
        )
        for link, row in zip(wired.itertuples(), rows, strict=True)
        if row < 0
    ]
    _raise(problems)
    recipe = requirements.iloc[rows][["kind", *(column.name for column in REQUIREMENT_NUMBERS)]]
    return wired.assign(**{name: recipe[name].to_numpy() for name in recipe.columns})


def _check_together(activities: pd.DataFrame, wired: pd.DataFrame, ids: tuple[str, ...]) -> None:
    sold = activities["final_sales"].to_numpy() + np.bincount(wired["supplier"], wired["value"], len(ids))
    problems = [
        Problem("activities", ids[i], "final_sales", "no sales at all", "final sales or a link with a value")
        for i in np.flatnonzero(sold <= 0)
    ]
    both = wired[(wired["value"] > 0) & (wired["fallback_share"] > 0)]
    problems += [
        Problem("links", f"row {row + 1}", "fallback_share", "a supplier in use", "0 where value > 0")
        for row in both.index
    ]
    slot = wired["customer_company"] + ":" + wired["customer_product"] + " < " + wired["supplier_product"]
    totals = wired["fallback_share"].groupby(slot).sum()
    problems += checks.bad_sums("links", {str(name): float(total) for name, total in totals.items()}, exactly=False)
    bought = wired["value"].groupby(slot).sum()
    problems += [
        Problem("links", str(name), "value", "fallback suppliers only", "a supplier in use")
        for name in bought.index[bought <= 0]
    ]
    flows = wired[(wired["kind"] == "flow") & (wired["value"] > 0) & (wired["criticality"] > 0)]
    problems += checks.zero_buffer_cycles(ids, flows, flows["buffer_days"])
    _raise(problems)


def _network(activities: pd.DataFrame, wired: pd.DataFrame, sites: pd.DataFrame | None, currency: str) -> SupplyNetwork:
    companies = tuple(dict.fromkeys(activities["company"]))
    products = tuple(dict.fromkeys(activities["product"]))
    ids = activities["company"] + ":" + activities["product"]
    activity_product = pd.Index(products).get_indexer(pd.Index(activities["product"])).astype(np.int64)
    wired = wired.assign(input=activity_product[wired["supplier"]])
    # Pools and links by name, so that sums over them do not depend on the order of the tables to the last bit.
    wired = wired.sort_values([*LINK_NAMES[2:], *reversed(LINK_NAMES[:2])], kind="stable")
    pools = wired.drop_duplicates(["customer", "input"]).reset_index(drop=True)
    pool = pd.MultiIndex.from_frame(pools[["customer", "input"]]).get_indexer(
        pd.MultiIndex.from_frame(wired[["customer", "input"]])
    )
    slots = pools.sort_values(["customer", "input"])
    value = wired["value"].to_numpy()
    need = np.bincount(pool, value, len(slots)).astype(np.float64)
    spare = wired["fallback_share"].to_numpy() > 0
    flow = (slots["kind"] == "flow").to_numpy()
    site_table, site_shares = _sites(activities, sites)
    share = value / need[pool]
    return SupplyNetwork(
        activities=tuple(ids),
        companies=companies,
        products=products,
        sites=tuple(site_table.index),
        activity_company=pd.Index(companies).get_indexer(pd.Index(activities["company"])).astype(np.int64),
        activity_product=activity_product,
        x0=activities["final_sales"].to_numpy() + np.bincount(wired["supplier"], value, len(ids)),
        f0=activities["final_sales"].to_numpy(),
        alpha_max=activities["alpha_max"].to_numpy(),
        deferral=activities["deferral"].to_numpy(),
        site_dependence=activities["site_dependence"].to_numpy(),
        site_shares=site_shares,
        slot_activity=slots["customer"].to_numpy(dtype=np.int64),
        slot_product=slots["input"].to_numpy(dtype=np.int64),
        slot_kind=slots["kind"].map(KINDS.index).to_numpy(dtype=np.int64),
        slot_need=need[slots.index],
        criticality=slots["criticality"].to_numpy(),
        buffer_days=np.where(flow, slots["buffer_days"], 0.0),
        psi=slots["psi"].to_numpy(),
        wear_per_year=np.where(flow, 0.0, slots["wear_per_year"]),
        member_slot=np.arange(len(slots)),
        member_pool=slots.index.to_numpy(dtype=np.int64),
        member_fraction=np.ones(len(slots)),
        pool_product=pools["input"].to_numpy(dtype=np.int64),
        pool_country=("",) * len(slots),
        link_supplier=wired["supplier"].to_numpy(dtype=np.int64),
        link_pool=pool.astype(np.int64),
        link_share=share,
        link_fallback=wired["fallback_share"].to_numpy(),
        link_reorder_days=np.where(spare, wired["requalify_days"], wired["reorder_days"]),
        captive_links=(wired["supplier_company"] == wired["customer_company"]).to_numpy(),
        link_facts=pd.DataFrame(
            {"low": share, "high": share, "source": "tables", "confidence": "given", "as_of": "", "basis": "given"}
        ),
        activity_table=activities.assign(activity=ids).set_index("activity"),
        site_table=site_table,
        residuals=no_residuals(),
        links_written_out=int((value > 0).sum()),
        kkt_residual=0.0,
        currency=currency,
        digest=_digest(activities, wired, sites),
    )


def _sites(activities: pd.DataFrame, sites: pd.DataFrame | None) -> tuple[pd.DataFrame, sparse.csr_array]:
    """Table of sites and (A, G) shares; without a table one site per company."""
    if sites is None:
        sites = activities[["company", "product"]].assign(site=activities["company"], country="", region="", share=1.0)
    table = sites.drop_duplicates("site").set_index("site")
    table = table[[column for column in ("name", "country", "region", "lat", "lon") if column in table]]
    ids = pd.Index(activities["company"] + ":" + activities["product"])
    rows = ids.get_indexer(pd.Index(sites["company"] + ":" + sites["product"]))
    columns = table.index.get_indexer(pd.Index(sites["site"]))
    shares = sites["share"].to_numpy(dtype=np.float64)
    return table, sparse.csr_array((shares, (rows, columns)), shape=(len(activities), len(table)))


def _digest(*frames: pd.DataFrame | None) -> str:
    """sha256 over the tables as they are used."""
    text = "\n".join(frame.to_csv(index=False, float_format="%.17g") for frame in frames if frame is not None)
    return hashlib.sha256(text.encode()).hexdigest()
