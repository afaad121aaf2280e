"""From facts to a balanced network: the pipeline, and the arrays it ends in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from supplychain_risk.dataset.schema import Dataset
from supplychain_risk.errors import InputError
from supplychain_risk.network.balancing import Flows, balance, lay_out
from supplychain_risk.network.conflicts import find_residuals, no_residuals
from supplychain_risk.network.evidence import read_evidence
from supplychain_risk.network.network import KINDS, Bools, Floats, Ints, SupplyNetwork
from supplychain_risk.network.pools import is_remainder, slot_links
from supplychain_risk.network.recipes import Catalogue, Maker, read_catalogue
from supplychain_risk.network.sourcing import Pool, Prior, plan_sourcing

NEGLIGIBLE = 1e-9
"""Order share below which a balanced link counts as unused."""


def build_network(dataset: Dataset) -> SupplyNetwork:
    """Fill unknown links from market shares, balance all flows by Stone's method, and label the result.

    Parameters
    ----------
    dataset : checked facts.

    Returns
    -------
    SupplyNetwork
        Values in USD bn a year; `residuals` compares every fact with the result.

    Raises
    ------
    InputError : an empty network, or no non-negative flows satisfy the identities.
    """
    catalogue = read_catalogue(dataset)
    if not catalogue.makers:
        expected = "at least one product with market_usd_bn and a maker's share above 0"
        raise InputError(f"an empty network: found no activity with sales in the data, expected {expected}")
    sourcing = plan_sourcing(catalogue, read_evidence(catalogue))
    flows = balance(lay_out(sourcing))
    network = _assembled(flows)
    network = replace(network, links_written_out=_named_links(network))
    return replace(network, residuals=find_residuals(network, flows))


@dataclass(frozen=True)
class _Links:
    """Links in the order of the network, fallbacks last in each pool."""

    pool: Ints
    supplier: Ints
    share: Floats
    fallback: Floats
    reorder_days: Floats
    captive: Bools
    facts: pd.DataFrame


def _assembled(flows: Flows) -> SupplyNetwork:
    sourcing = flows.unknowns.sourcing
    catalogue, dataset = sourcing.catalogue, sourcing.catalogue.dataset
    makers, slots = catalogue.makers, catalogue.slots
    links = _links(flows)
    customer = np.array([slot.customer for slot in slots], dtype=np.int64)
    need = np.array([slot.cost_share for slot in slots], dtype=np.float64) * flows.output[customer]
    members = sorted((slot, p, part) for p, pool in enumerate(sourcing.pools) for slot, part in pool.members)
    member_slot, member_pool = (np.array([member[k] for member in members], dtype=np.int64) for k in (0, 1))
    fraction = np.array([part for _, _, part in members], dtype=np.float64)
    bought = np.bincount(member_pool, fraction * need[member_slot], len(sourcing.pools))
    sales = np.bincount(links.supplier, links.share * bought[links.pool], len(makers))
    companies = tuple(dict.fromkeys(maker.company for maker in makers))
    products = tuple(dataset.products)
    number = {name: position for position, name in enumerate(products)}
    return SupplyNetwork(
        activities=tuple(maker.id for maker in makers),
        companies=companies,
        products=products,
        sites=tuple(dataset.sites),
        activity_company=np.array([companies.index(maker.company) for maker in makers], dtype=np.int64),
        activity_product=np.array([number[maker.product] for maker in makers], dtype=np.int64),
        x0=sales + flows.final_sales,
        f0=flows.final_sales.copy(),
        alpha_max=_parameter(dataset, "alpha_max", [maker.product for maker in makers]),
        deferral=_parameter(dataset, "deferral", [maker.product for maker in makers]),
        site_dependence=_parameter(dataset, "site_dependence", [maker.product for maker in makers]),
        site_shares=_site_shares(catalogue),
        slot_activity=customer,
        slot_product=np.array([number[slot.product] for slot in slots], dtype=np.int64),
        slot_kind=np.array([KINDS.index(slot.requirement.kind) for slot in slots], dtype=np.int64),
        slot_need=need,
        criticality=np.array([slot.criticality for slot in slots], dtype=np.float64),
        buffer_days=_of_kind(catalogue, "buffer_days", flow=True),
        psi=_parameter(dataset, "psi", [makers[slot.customer].product for slot in slots]),
        wear_per_year=_of_kind(catalogue, "wear_per_year", flow=False),
        member_slot=member_slot,
        member_pool=member_pool,
        member_fraction=fraction,
        pool_product=np.array([number[pool.product] for pool in sourcing.pools], dtype=np.int64),
        pool_country=tuple(pool.country for pool in sourcing.pools),
        link_supplier=links.supplier,
        link_pool=links.pool,
        link_share=links.share,
        link_fallback=links.fallback,
        link_reorder_days=links.reorder_days,
        captive_links=links.captive,
        link_facts=links.facts,
        activity_table=_activity_table(catalogue),
        site_table=_site_table(dataset),
        residuals=no_residuals(),
        links_written_out=0,
        kkt_residual=flows.residual,
        currency="USD bn",
        digest=dataset.digest,
        parameters=dataset.parameters,
        dataset=dataset,
    )


def _links(flows: Flows) -> _Links:
    """Balanced shares, then fallbacks, pool by pool."""
    sourcing = flows.unknowns.sourcing
    total = np.bincount(flows.unknowns.pool, flows.links, len(sourcing.pools))
    value = dict(
        zip(
            zip(flows.unknowns.pool.tolist(), flows.unknowns.supplier.tolist(), strict=True),
            flows.links.tolist(),
            strict=True,
        )
    )
    rows = []
    for p, pool in enumerate(sourcing.pools):
        for prior in pool.suppliers:
            share = value.get((p, prior.supplier), 0.0) / total[p]
            share = share if share > NEGLIGIBLE else 0.0
            if share > 0 or prior.fallback > 0:
                days = pool.requalify_days if prior.fallback > 0 else pool.reorder_days
                rows.append((p, prior, share, days, _is_captive(sourcing.catalogue, pool, prior)))
    priors = [prior for _, prior, *_ in rows]
    number = np.array([p for p, *_ in rows], dtype=np.int64)
    shares = np.array([share for _, _, share, *_ in rows], dtype=np.float64)
    return _Links(
        number,
        np.array([prior.supplier for prior in priors], dtype=np.int64),
        shares / np.bincount(number, shares)[number],
        np.array([prior.fallback for prior in priors], dtype=np.float64),
        np.array([days for *_, days, _ in rows], dtype=np.float64),
        np.array([captive for *_, captive in rows], dtype=np.bool_),
        _link_facts(priors),
    )


def _is_captive(catalogue: Catalogue, pool: Pool, prior: Prior) -> bool:
    seller = catalogue.makers[prior.supplier].company
    buyer = catalogue.makers[catalogue.slots[pool.members[0][0]].customer].company
    return len(pool.members) == 1 and seller == buyer and not is_remainder(seller)


def _link_facts(priors: Sequence[Prior]) -> pd.DataFrame:
    """Range and origin of each prior share; a range of the world share is scaled to the pool."""
    columns: dict[str, list[object]] = {name: [] for name in ("low", "high", "source", "confidence", "as_of", "basis")}
    for prior in priors:
        fact = prior.fact
        scale = prior.share / fact.value if fact is not None and fact.value > 0 else 0.0
        columns["low"].append(fact.low * scale if fact is not None else 0.0)
        columns["high"].append(min(1.0, fact.high * scale) if fact is not None else 1.0)
        columns["source"].append(fact.source if fact is not None else "")
        columns["confidence"].append(fact.confidence if fact is not None else "assumption")
        columns["as_of"].append(fact.as_of if fact is not None else "")
        columns["basis"].append(prior.basis)
    return pd.DataFrame(columns)


def _parameter(dataset: Dataset, name: str, products: Sequence[str]) -> Floats:
    """A class parameter for each of many products."""
    known = {
        product: dataset.parameters.of(name, product, record.tier).value for product, record in dataset.products.items()
    }
    return np.array([known[product] for product in products], dtype=np.float64)


def _of_kind(catalogue: Catalogue, name: str, *, flow: bool) -> Floats:
    """A fact of the recipe, 0 for slots of the other kind."""
    values: NDArray[np.float64] = np.zeros(len(catalogue.slots))
    for position, slot in enumerate(catalogue.slots):
        fact = getattr(slot.requirement, name)
        if fact is not None and (slot.requirement.kind == "flow") is flow:
            values[position] = fact.value
    return values


def _site_shares(catalogue: Catalogue) -> sparse.csr_array:
    column = {site: position for position, site in enumerate(catalogue.dataset.sites)}
    places = [
        (row, column[site], share) for row, maker in enumerate(catalogue.makers) for site, share in maker.sites.items()
    ]
    rows, columns, shares = zip(*places, strict=True)
    matrix = sparse.csr_array((shares, (rows, columns)), shape=(len(catalogue.makers), len(column)))
    return sparse.csr_array(matrix * (1 / matrix.sum(axis=1))[:, None])


def _activity_table(catalogue: Catalogue) -> pd.DataFrame:
    dataset = catalogue.dataset

    def label(maker: Maker) -> tuple[str, str, str, str, str, int]:
        product, company = dataset.products[maker.product], dataset.companies.get(maker.company)
        names = (company.name, company.country) if company is not None else (maker.company, "")
        return maker.company, maker.product, *names, product.tier, product.tier_order

    columns = ["company", "product", "company_name", "company_country", "tier", "tier_order"]
    index = pd.Index([maker.id for maker in catalogue.makers], name="activity")
    return pd.DataFrame([label(maker) for maker in catalogue.makers], columns=columns, index=index)


def _site_table(dataset: Dataset) -> pd.DataFrame:
    columns = ["name", "country", "region", "lat", "lon"]
    rows = [[getattr(site, column) for column in columns] for site in dataset.sites.values()]
    return pd.DataFrame(rows, columns=columns, index=pd.Index(list(dataset.sites), name="site"))


def _named_links(network: SupplyNetwork) -> int:
    """Links in use between two named companies, slot by slot."""
    rows = slot_links(network)
    named = np.array([not is_remainder(company) for company in network.companies])[network.activity_company]
    kept = (rows.value > 0) & named[network.link_supplier[rows.link]] & named[network.slot_activity[rows.slot]]
    pairs = rows.slot[kept] * len(network.activities) + network.link_supplier[rows.link[kept]]
    return len(np.unique(pairs))
