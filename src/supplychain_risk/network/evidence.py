"""What is known about who sells to whom, looked up by customer and product."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from supplychain_risk.dataset.facts import Fact
from supplychain_risk.dataset.schema import SupplyLink
from supplychain_risk.network.recipes import Catalogue, Slot


@dataclass(frozen=True)
class Relation:
    """One line of evidence: a maker sells to a company, perhaps only for one product of it.

    `customer_product` is "" when the evidence covers everything the customer makes.
    """

    supplier: int
    customer: str
    customer_product: str
    link: SupplyLink


@dataclass(frozen=True)
class Evidence:
    """Relations between named companies.

    Attributes
    ----------
    catalogue : the activities and slots it speaks about.
    relations : all lines, in file order.
    """

    catalogue: Catalogue
    relations: tuple[Relation, ...]

    @cached_property
    def _by_customer(self) -> dict[tuple[str, str], list[Relation]]:
        found: dict[tuple[str, str], list[Relation]] = {}
        for relation in self.relations:
            key = (relation.customer, self.catalogue.makers[relation.supplier].product)
            found.setdefault(key, []).append(relation)
        return found

    @cached_property
    def _named_customers(self) -> dict[str, set[str]]:
        """Customers whose part of a company's revenue is a fact, by company."""
        return {
            company: {customer for customer in record.customers if customer in self.catalogue.dataset.companies}
            for company, record in self.catalogue.dataset.companies.items()
        }

    def about(self, slot: Slot) -> list[Relation]:
        """Relations that cover a slot; one for this product of the customer goes before one for all."""
        buyer = self.catalogue.makers[slot.customer]
        covering = [
            relation
            for relation in self._by_customer.get((buyer.company, slot.product), [])
            if relation.customer_product in {"", buyer.product}
        ]
        special = {relation.supplier for relation in covering if relation.customer_product}
        return [relation for relation in covering if relation.customer_product or relation.supplier not in special]

    def fixed(self, slot: Slot) -> dict[int, Fact]:
        """Known shares of a slot's need, by supplying activity."""
        return {
            relation.supplier: relation.link.share_of_customer
            for relation in self.about(slot)
            if relation.link.share_of_customer is not None
        }

    def is_singled_out(self, slot: Slot) -> bool:
        """Whether a fact speaks about this customer's part of a supplier's sales."""
        if any(relation.link.share_of_supplier is not None for relation in self.about(slot)):
            return True
        buyer = self.catalogue.makers[slot.customer].company
        makers = self.catalogue.makers_of[slot.product]
        return any(
            buyer in self._named_customers.get(self.catalogue.makers[j].company, ()) or buyer in self.closed.get(j, ())
            for j in makers
        )

    @cached_property
    def closed(self) -> dict[int, frozenset[str]]:
        """Activities that sell to certain companies only, with those companies.

        Either the known parts of its sales add up to 1, or none of its sales leaves the company and the company
        needs the product itself.
        """
        sold: dict[int, dict[str, float]] = {}
        known: dict[int, set[str]] = {}
        for relation in self.relations:
            known.setdefault(relation.supplier, set()).add(relation.customer)
            part = relation.link.share_of_supplier
            if part is not None:
                sold.setdefault(relation.supplier, {})[relation.customer] = part.value
        buyers = {(self.catalogue.makers[slot.customer].company, slot.product) for slot in self.catalogue.slots}
        closed = {j: frozenset(known[j]) for j, parts in sold.items() if sum(parts.values()) >= 1 - 1e-9}
        for position, maker in enumerate(self.catalogue.makers):
            if maker.inside and (maker.company, maker.product) in buyers:
                closed[position] = frozenset({maker.company, *known.get(position, ())})
        return closed

    def may_sell(self, supplier: int, customer: str) -> bool:
        """Whether an activity sells to a company at all, as far as is known."""
        return supplier not in self.closed or customer in self.closed[supplier]


def read_evidence(catalogue: Catalogue) -> Evidence:
    """Collect the lines of evidence of all named activities."""
    return Evidence(catalogue, tuple(_relations(catalogue)))


def _relations(catalogue: Catalogue) -> Iterator[Relation]:
    companies = catalogue.dataset.companies
    for position, maker in enumerate(catalogue.makers):
        if maker.company not in companies:
            continue
        for name, link in companies[maker.company].makes[maker.product].sells_to.items():
            customer, _, product = name.partition("/")
            yield Relation(position, customer, product, link)
