"""From prior shares to balanced flows: the identities, the facts about sums of flows, and Stone's method.

Unknowns, in this order: links z (one per supplier of a pool), final sales f and outputs x (one per activity).

Identities::

    sum over suppliers of pool p of z  =  sum over members of p of fraction * cost share * x_customer
    sum of z over the customers of j + f_j  =  x_j

Estimates: z its prior share of the pool's need, x_j market size x share, f_j what the prior sales leave of it (at
least 0). Facts about sums of links: a part of a maker's sales, target part x market size x share; a part of a
company's revenue, target part x revenue (modelled sales where no revenue is known). Targets are constants: were they
tied to x, a part of the revenue would move the output of products that the customer never buys. Standard error of a
fact: relative half-width of its confidence class x max(|target|, 1e-3 of the customer's need) / 1.645 (5 % to 95 %).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from supplychain_risk.dataset.facts import Fact
from supplychain_risk.kernels.balance import SoftRows, stone
from supplychain_risk.network.recipes import Catalogue
from supplychain_risk.network.sourcing import Sourcing

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NORMAL_95 = 1.645
SMALLEST_SHARE = 1e-3
"""Smallest target, as part of the customer's need, that a standard error is relative to."""
JUDGED = "assumption"
"""Confidence class of estimates that no fact supports: market-share links and final sales."""


@dataclass(frozen=True)
class SumFact:
    """A fact about a sum of flows.

    Attributes
    ----------
    kind : "share of supplier" or "share of company revenue".
    supplier, customer, product : company ids; `product` is "" for all products.
    fact : the part v.
    links : links in the sum (positions among the unknowns).
    whole : what v is a part of, USD bn a year.
    """

    kind: str
    supplier: str
    customer: str
    product: str
    fact: Fact
    links: tuple[int, ...]
    whole: float


@dataclass(frozen=True)
class Unknowns:
    """Links of all pools as arrays, with the prior that they start from. E links, A activities, P pools.

    Attributes
    ----------
    sourcing : pools and activities.
    pool, supplier : (E,) position of the link's pool and supplying activity; used suppliers only.
    prior : (E,) USD bn a year.
    sigma : (E,) standard error of the prior, USD bn a year.
    """

    sourcing: Sourcing
    pool: Ints
    supplier: Ints
    prior: Floats
    sigma: Floats

    @cached_property
    def need(self) -> Floats:
        """(P,) purchases through each pool at market facts."""
        return pool_needs(self.sourcing, np.array([maker.target for maker in self.sourcing.catalogue.makers]))

    @cached_property
    def targets(self) -> Floats:
        """(A,) market size x share; for remainders that only the balance needs, their prior sales."""
        sales = np.bincount(self.supplier, self.prior, len(self.sourcing.catalogue.makers))
        given = np.array([maker.target for maker in self.sourcing.catalogue.makers])
        return np.where(given > 0, given, sales)


@dataclass(frozen=True)
class Flows:
    """The balanced result, USD bn a year.

    Attributes
    ----------
    links : (E,) z, sales over each link.
    final_sales, output : (A,) f and x.
    residual : of the optimality conditions, in scaled units.
    sums : the facts about sums that took part.
    """

    unknowns: Unknowns
    links: Floats
    final_sales: Floats
    output: Floats
    residual: float
    sums: tuple[SumFact, ...]


def pool_needs(sourcing: Sourcing, output: Floats) -> Floats:
    """(P,) purchases through each pool when activities produce `output` (A,)."""
    return coefficients(sourcing) @ output


def coefficients(sourcing: Sourcing) -> sparse.csr_array:
    """(P, A) purchases through each pool per output of each customer."""
    slots = sourcing.catalogue.slots
    rows, columns, values = [], [], []
    for number, pool in enumerate(sourcing.pools):
        for slot, fraction in pool.members:
            rows.append(number)
            columns.append(slots[slot].customer)
            values.append(fraction * slots[slot].cost_share)
    shape = len(sourcing.pools), len(sourcing.catalogue.makers)
    return sparse.csr_array((values, (rows, columns)), shape=shape)


def lay_out(sourcing: Sourcing) -> Unknowns:
    """Number the links in use and give each its prior value and standard error."""
    widths = sourcing.catalogue.dataset.parameters.half_widths
    targets = np.array([maker.target for maker in sourcing.catalogue.makers])
    need = pool_needs(sourcing, targets)
    rows = [
        (number, prior.supplier, prior.share, _width(prior.fact if prior.basis == "link" else None, widths))
        for number, pool in enumerate(sourcing.pools)
        for prior in pool.suppliers
        if prior.share > 0
    ]
    pool, supplier = (np.array([row[k] for row in rows], dtype=np.int64) for k in (0, 1))
    share, width = (np.array([row[k] for row in rows], dtype=np.float64) for k in (2, 3))
    value = share * need[pool]
    sigma = width * np.maximum(value, SMALLEST_SHARE * need[pool]) / NORMAL_95
    return Unknowns(sourcing, pool, supplier, value, sigma)


def _width(fact: Fact | None, widths: dict[str, float]) -> float:
    return widths[fact.confidence if fact is not None else JUDGED]


def balance(unknowns: Unknowns) -> Flows:
    """Solve for links, final sales and outputs; see the module's text."""
    links, makers = len(unknowns.prior), len(unknowns.targets)
    targets = unknowns.targets
    sums = (*_supplier_sums(unknowns), *_company_sums(unknowns))
    final = np.maximum(targets - np.bincount(unknowns.supplier, unknowns.prior, makers), 0.0)
    widths = unknowns.sourcing.catalogue.dataset.parameters.half_widths
    of_output = np.array([maker.half_width or widths[JUDGED] for maker in unknowns.sourcing.catalogue.makers])
    of_final = widths[JUDGED] * np.maximum(final, SMALLEST_SHARE * targets)
    result = stone(
        np.concatenate([unknowns.prior, final, targets]),
        np.concatenate([unknowns.sigma, of_final / NORMAL_95, of_output * targets / NORMAL_95]),
        _identities(unknowns),
        np.zeros(len(unknowns.sourcing.pools) + makers),
        soft=_soft_rows(unknowns, sums),
    )
    z, f, x = np.split(result.values, [links, links + makers])
    return Flows(unknowns, z, f, x, result.residual, sums)


def _identities(unknowns: Unknowns) -> sparse.csr_array:
    links, makers = len(unknowns.prior), len(unknowns.targets)
    ones, numbers = np.ones(links), np.arange(links)
    bought = sparse.csr_array((ones, (unknowns.pool, numbers)), shape=(len(unknowns.sourcing.pools), links))
    sold = sparse.csr_array((ones, (unknowns.supplier, numbers)), shape=(makers, links))
    one_each = sparse.eye_array(makers)
    bill = sparse.csr_array(-coefficients(unknowns.sourcing))
    nothing = sparse.csr_array((bill.shape[0], makers))
    buying = sparse.hstack([bought, nothing, bill], format="csr")
    selling = sparse.hstack([sold, one_each, -one_each], format="csr")
    return sparse.csr_array(sparse.vstack([buying, selling], format="csr"))


def _supplier_sums(unknowns: Unknowns) -> Iterator[SumFact]:
    """Known parts of a maker's sales of one product."""
    sourcing = unknowns.sourcing
    makers = sourcing.catalogue.makers
    by_pair = _links_by_pair(unknowns)
    for relation in sourcing.evidence.relations:
        part = relation.link.share_of_supplier
        found = by_pair.get((relation.supplier, relation.customer), [])
        if relation.customer_product:
            found = [e for e in found if _customer_product(unknowns, e) == relation.customer_product]
        if part is not None and found:
            maker = makers[relation.supplier]
            names = maker.company, relation.customer, maker.product
            yield SumFact("share of supplier", *names, part, tuple(found), maker.target)


def _company_sums(unknowns: Unknowns) -> Iterator[SumFact]:
    """Known parts of a company's revenue from named customers in the network."""
    catalogue = unknowns.sourcing.catalogue
    by_pair = _links_by_pair(unknowns)
    for name, record in catalogue.dataset.companies.items():
        if not record.customers:
            continue
        made = [j for j, maker in enumerate(catalogue.makers) if maker.company == name and not maker.inside]
        whole = revenue(catalogue, name)
        for customer, part in record.customers.items():
            found = tuple(e for j in made for e in by_pair.get((j, customer), []))
            if found:
                yield SumFact("share of company revenue", name, customer, "", part, found, whole)


def revenue(catalogue: Catalogue, company: str) -> float:
    """Reported revenue; where none is known, market size x share of what the company sells. USD bn a year."""
    reported = catalogue.dataset.companies[company].finance.revenue_usd_bn
    if reported is not None:
        return reported.value
    return sum(maker.target for maker in catalogue.makers if maker.company == company and not maker.inside)


def _links_by_pair(unknowns: Unknowns) -> dict[tuple[int, str], list[int]]:
    """Links by (supplying activity, customer company), of pools with one buying company only."""
    sourcing = unknowns.sourcing
    makers, slots = sourcing.catalogue.makers, sourcing.catalogue.slots
    buyers = [{makers[slots[slot].customer].company for slot, _ in pool.members} for pool in sourcing.pools]
    pairs: dict[tuple[int, str], list[int]] = {}
    for e, (pool, supplier) in enumerate(zip(unknowns.pool.tolist(), unknowns.supplier.tolist(), strict=True)):
        if len(buyers[pool]) == 1:
            (buyer,) = buyers[pool]
            pairs.setdefault((supplier, buyer), []).append(e)
    return pairs


def _customer_product(unknowns: Unknowns, link: int) -> str:
    """Product that the buyer makes from what it buys here ("" when it makes several)."""
    catalogue = unknowns.sourcing.catalogue
    members = unknowns.sourcing.pools[unknowns.pool[link]].members
    made = {catalogue.makers[catalogue.slots[slot].customer].product for slot, _ in members}
    return made.pop() if len(made) == 1 else ""


def _soft_rows(unknowns: Unknowns, sums: tuple[SumFact, ...]) -> SoftRows | None:
    if not sums:
        return None
    links, makers = len(unknowns.prior), len(unknowns.targets)
    widths = unknowns.sourcing.catalogue.dataset.parameters.half_widths
    matrix = sparse.lil_array((len(sums), links + 2 * makers))
    target, sigma = np.zeros(len(sums)), np.zeros(len(sums))
    for row, known in enumerate(sums):
        matrix[row, list(known.links)] = 1.0
        target[row] = known.fact.value * known.whole
        need = unknowns.need[np.unique(unknowns.pool[list(known.links)])].sum()
        sigma[row] = widths[known.fact.confidence] * max(target[row], SMALLEST_SHARE * need) / NORMAL_95
    return SoftRows(sparse.csr_array(matrix), target, sigma)
