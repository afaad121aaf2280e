"""What the balance makes of every fact, and which facts cannot all hold.

Columns of the table, one row per fact:

- kind: "share of customer" (part of a customer's need), "share of customer, sum" (known parts adding up to more than
  1), "share of supplier" (part of a maker's sales of a product), "share of company revenue", "customer concentration"
  (unnamed or grouped customers, or none that buys here; compared, not imposed), "output" (market size x share), "use
  of product" (use share x market size against the sum of needs);
- supplier, customer, product: ids, "" where the fact does not name one;
- stated, low, high: the fact; result: after balancing; residual = result - stated, all in the fact's unit;
- size_usd_bn: the residual as money a year;
- beyond: the result lies outside low..high;
- confidence, source.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from supplychain_risk.dataset.facts import Fact
from supplychain_risk.network.balancing import Flows, revenue
from supplychain_risk.network.network import SupplyNetwork
from supplychain_risk.network.pools import is_remainder
from supplychain_risk.network.views import trade_table

COLUMNS = (
    "kind",
    "supplier",
    "customer",
    "product",
    "stated",
    "low",
    "high",
    "result",
    "residual",
    "size_usd_bn",
    "beyond",
    "confidence",
    "source",
)
ROUNDING = 1e-6


def no_residuals() -> pd.DataFrame:
    """The table without rows, for networks whose flows are given."""
    return _table([])


def find_residuals(network: SupplyNetwork, flows: Flows) -> pd.DataFrame:
    """Compare every fact with the balanced network, largest difference in money first."""
    compared = _Compared(network, flows)
    rows = [
        *_customer_shares(compared),
        *_sums_above_one(compared),
        *_supplier_shares(compared),
        *_revenue_shares(compared),
        *_outputs(compared),
        *_uses(compared),
    ]
    return _table(rows).sort_values("size_usd_bn", ascending=False, kind="stable", ignore_index=True)


@dataclass(frozen=True)
class _Compared:
    """A network and the facts it came from."""

    network: SupplyNetwork
    flows: Flows

    @cached_property
    def trade(self) -> pd.DataFrame:
        """Purchases written out."""
        return trade_table(self.network)

    @cached_property
    def pairs(self) -> dict[tuple[str, str, str], dict[str, float]]:
        """Value by customer's product, by (supplier, customer, product)."""
        found: dict[tuple[str, str, str], dict[str, float]] = {}
        columns = ["supplier", "customer", "product", "customer_product", "value"]
        for supplier, customer, product, made, value in self.trade[columns].itertuples(index=False):
            found.setdefault((supplier, customer, product), {})[made] = value
        return found

    @cached_property
    def needs(self) -> dict[tuple[str, str], dict[str, float]]:
        """Need by customer's product, by (customer, product)."""
        network = self.network
        found: dict[tuple[str, str], dict[str, float]] = {}
        buyers = zip(network.slot_activity, network.slot_product, network.slot_need, strict=True)
        for activity, product, need in buyers:
            customer, _, made = network.activities[activity].partition(":")
            found.setdefault((customer, network.products[product]), {})[made] = float(need)
        return found

    def row(self, kind: str, names: tuple[str, str, str], fact: Fact, result: float, unit: float) -> tuple[object, ...]:
        """A row of the table; `unit` = money per unit of the fact."""
        slack = ROUNDING * max(abs(fact.value), ROUNDING)
        beyond = bool(result < fact.low - slack or result > fact.high + slack)
        residual = result - fact.value
        numbers = (fact.value, fact.low, fact.high, result, residual, abs(residual) * unit, beyond)
        return (kind, *names, *numbers, fact.confidence, fact.source)


def _table(rows: Iterable[tuple[object, ...]]) -> pd.DataFrame:
    table = pd.DataFrame(list(rows), columns=list(COLUMNS))
    return table.astype({"beyond": bool, "size_usd_bn": float})


def _customer_shares(compared: _Compared) -> Iterator[tuple[object, ...]]:
    makers = compared.flows.unknowns.sourcing.catalogue.makers
    relations = compared.flows.unknowns.sourcing.evidence.relations
    special = {(known.supplier, known.customer, known.customer_product) for known in relations}
    for known in relations:
        fact = known.link.share_of_customer
        maker = makers[known.supplier]
        needs = {
            made: need
            for made, need in compared.needs.get((known.customer, maker.product), {}).items()
            if known.customer_product == made
            or (not known.customer_product and (known.supplier, known.customer, made) not in special)
        }
        total = sum(needs.values())
        if fact is not None and total > 0:
            bought = compared.pairs.get((maker.company, known.customer, maker.product), {})
            result = sum(bought.get(made, 0.0) for made in needs) / total
            names = maker.company, known.customer, maker.product
            yield compared.row("share of customer", names, fact, result, total)


def _sums_above_one(compared: _Compared) -> Iterator[tuple[object, ...]]:
    catalogue = compared.flows.unknowns.sourcing.catalogue
    for pool in compared.flows.unknowns.sourcing.pools:
        if pool.fixed_total > 1 + ROUNDING:
            slot = catalogue.slots[pool.members[0][0]]
            customer = catalogue.makers[slot.customer].company
            known = [prior.fact for prior in pool.suppliers if prior.basis == "link" and prior.fact is not None]
            stated = known[0].model_copy(
                update={"value": pool.fixed_total, "low": pool.fixed_total, "high": pool.fixed_total}
            )
            need = pool.members[0][1] * catalogue.need(slot)
            yield compared.row("share of customer, sum", ("", customer, pool.product), stated, 1.0, need)


def _supplier_shares(compared: _Compared) -> Iterator[tuple[object, ...]]:
    makers = compared.flows.unknowns.sourcing.catalogue.makers
    for known in compared.flows.unknowns.sourcing.evidence.relations:
        fact = known.link.share_of_supplier
        if fact is None:
            continue
        maker = makers[known.supplier]
        sold = compared.pairs.get((maker.company, known.customer, maker.product), {})
        value = sum(sold.values()) if not known.customer_product else sold.get(known.customer_product, 0.0)
        names = maker.company, known.customer, maker.product
        yield compared.row("share of supplier", names, fact, value / maker.target, maker.target)


def _revenue_shares(compared: _Compared) -> Iterator[tuple[object, ...]]:
    catalogue = compared.flows.unknowns.sourcing.catalogue
    for company, record in catalogue.dataset.companies.items():
        facts = {**record.customers, **record.customer_groups}
        if not facts:
            continue
        whole = revenue(catalogue, company)
        sales = _external_sales(compared, company)
        for customer, fact in facts.items():
            value = _sales_to(compared, sales, customer) if whole > 0 else None
            if value is not None:
                kind = "share of company revenue" if customer in sales.index else "customer concentration"
                yield compared.row(kind, (company, customer, ""), fact, value / whole, whole)


def _external_sales(compared: _Compared, company: str) -> pd.Series[float]:
    """Sales of a company by customer, itself and products that stay inside left out."""
    catalogue, trade = compared.flows.unknowns.sourcing.catalogue, compared.trade
    inside = [maker.product for maker in catalogue.makers if maker.company == company and maker.inside]
    sold = trade[(trade["supplier"] == company) & (trade["customer"] != company) & ~trade["product"].isin(inside)]
    return sold.groupby("customer")["value"].sum()


def _sales_to(compared: _Compared, sales: pd.Series[float], customer: str) -> float | None:
    """Sales to a customer, to the k-th largest or the k largest ones, or to a country; None if it cannot be said."""
    if customer in compared.network.companies:
        return float(sales.get(customer, 0.0))
    named = sales[[name for name in sales.index if not is_remainder(str(name))]].sort_values(ascending=False)
    place = re.fullmatch(r"unnamed_(\d+)", customer)
    if place is not None:
        number = int(place[1])
        return float(named.iloc[number - 1]) if len(named) >= number else 0.0
    largest = re.fullmatch(r"top_?(\d+)", customer)
    return float(named.iloc[: int(largest[1])].sum()) if largest is not None else None


def _outputs(compared: _Compared) -> Iterator[tuple[object, ...]]:
    catalogue = compared.flows.unknowns.sourcing.catalogue
    for maker, output in zip(catalogue.makers, compared.network.x0.tolist(), strict=True):
        if maker.share is not None:
            low, high = maker.target * (1 - maker.half_width), maker.target * (1 + maker.half_width)
            stated = maker.share.model_copy(update={"value": maker.target, "low": low, "high": high})
            yield compared.row("output", (maker.company, "", maker.product), stated, output, 1.0)


def _uses(compared: _Compared) -> Iterator[tuple[object, ...]]:
    network, dataset = compared.network, compared.flows.unknowns.sourcing.catalogue.dataset
    products = len(network.products)
    key = network.activity_product[network.slot_activity] * products + network.slot_product
    total = np.bincount(key, network.slot_need, products * products)
    position = {name: number for number, name in enumerate(network.products)}
    for product, record in dataset.products.items():
        for bought, requirement in record.needs.items():
            market = dataset.products[bought].market_usd_bn
            share = requirement.use_share
            stated = share.model_copy(
                update={name: getattr(share, name) * market.value for name in ("value", "low", "high")}
            )
            result = float(total[position[product] * products + position[bought]])
            yield compared.row("use of product", ("", product, bought), stated, result, 1.0)
