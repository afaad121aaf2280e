"""Networks to test on: the packaged one, a small one of tables, and a small dataset to vary."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from supplychain_risk.dataset.facts import Fact, Split
from supplychain_risk.dataset.load import load_dataset
from supplychain_risk.dataset.schema import (
    Company,
    Dataset,
    Finance,
    Make,
    Others,
    Product,
    Requirement,
    Site,
    SupplyLink,
)
from supplychain_risk.network import SupplyNetwork


@pytest.fixture(scope="session")
def packaged():
    return load_dataset()


@pytest.fixture(scope="session")
def network(packaged):
    return SupplyNetwork.from_dataset(packaged)


@pytest.fixture
def tables():
    """Two wafer makers, two chip makers; chips also need power, which only chip maker c has linked."""
    activities = pd.DataFrame(
        [("a", "wafer", 1.0), ("b", "wafer", 0.0), ("g", "power", 5.0), ("c", "chip", 10.0), ("d", "chip", 8.0)],
        columns=["company", "product", "final_sales"],
    )
    columns = ["supplier_company", "supplier_product", "customer_company", "customer_product", "value"]
    links = pd.DataFrame(
        [
            ("a", "wafer", "c", "chip", 3.0),
            ("b", "wafer", "c", "chip", 1.0),
            ("b", "wafer", "d", "chip", 2.0),
            ("g", "power", "c", "chip", 0.5),
        ],
        columns=columns,
    )
    columns = ["product", "input", "kind", "criticality", "buffer_days", "psi", "reorder_days", "requalify_days"]
    requirements = pd.DataFrame(
        [("chip", "wafer", "flow", 1.0, 30.0, 0.2, 30.0, 180.0), ("chip", "power", "flow", 0.8, 0.0, 0.2, 1.0, 9999.0)],
        columns=columns,
    )
    sites = pd.DataFrame(
        [
            ("a", "wafer", "north", "TW", "taiwan", 0.75),
            ("a", "wafer", "south", "JP", "japan", 0.25),
            ("b", "wafer", "south", "JP", "japan", 1.0),
            ("g", "power", "north", "TW", "taiwan", 1.0),
            ("c", "chip", "west", "US", "america", 1.0),
            ("d", "chip", "west", "US", "america", 1.0),
        ],
        columns=["company", "product", "site", "country", "region", "share"],
    )
    return SimpleNamespace(activities=activities, links=links, requirements=requirements, sites=sites)


def fact(value, confidence="reported"):
    width = {"disclosed": 0.03, "reported": 0.15, "estimate": 0.3, "assumption": 0.5}[confidence] * abs(value)
    return Fact(value=value, low=value - width, high=value + width, confidence=confidence, source="test")


def split(**shares):
    return Split(shares=shares, confidence="reported", source="test")


def needing(cost_share, use_share, **changes):
    values = {
        "kind": "flow",
        "criticality": fact(1.0),
        "buffer_days": fact(30.0),
        "reorder_days": fact(30.0),
        "requalify_days": fact(180.0),
        "cost_share": fact(cost_share),
        "use_share": fact(use_share),
    }
    return Requirement.model_construct(**(Requirement.model_construct(**values).__dict__ | changes))


class World:
    """A small dataset: wafers (makers a .6, b .3, other .1) and power, bought by chip makers c and d.

    Market sizes: wafer 10, power 4 (local), chip 40; needs of chips: wafer .25, power .1, so that everything
    balances without any evidence.
    """

    def __init__(self, packaged):
        self.packaged = packaged
        self.unit = 1.0
        self.links = {}
        self.customers = {}
        self.revenue = {}
        self.recipes = {}
        self.inside = set()
        self.sites = {"c": split(taiwan=1.0), "d": split(taiwan=0.5, japan=0.5)}
        self.makers = {"wafer": {"a": 0.6, "b": 0.3}, "power": {"g": 0.875, "h": 0.125}, "chip": {"c": 0.75, "d": 0.25}}
        self.power_sites = {"g": split(taiwan=1.0), "h": split(japan=1.0)}
        self.wafer_needs_chip = False

    def link(self, supplier, product, customer, *, of_customer=None, of_supplier=None, confidence="disclosed"):
        shares = (None if value is None else fact(value, confidence) for value in (of_customer, of_supplier))
        self.links.setdefault((supplier, product), {})[customer] = SupplyLink(
            share_of_customer=next(shares), share_of_supplier=next(shares)
        )
        return self

    def _make(self, company, product, share):
        sites = self.power_sites.get(company) or self.sites.get(company) or split(japan=1.0)
        return Make.model_construct(
            provenance=None,
            share=fact(share),
            revenue_share=fact(0.0) if company in self.inside else None,
            sites=sites,
            recipe=self.recipes.get((company, product), {}),
            sells_to=self.links.get((company, product), {}),
        )

    def _product(self, name, market, needs, **changes):
        return Product.model_construct(
            provenance=None,
            name=name,
            tier="chip",
            tier_order=1,
            kind="material",
            pricing="contract",
            trade="local" if name == "power" else "world",
            market_usd_bn=fact(market * self.unit),
            demand_elasticity=fact(0.1),
            others=changes.get("others"),
            needs=needs,
            note="",
        )

    def dataset(self):
        rest = Others.model_construct(provenance=None, share=fact(0.1), sites=split(japan=1.0), recipe={})
        products = {
            "wafer": self._product("wafer", 10.0, {}, others=rest),
            "power": self._product("power", 4.0, {}),
            "chip": self._product("chip", 40.0, {"wafer": needing(0.25, 1.0), "power": needing(0.1, 1.0)}),
        }
        companies = {}
        for product, makers in self.makers.items():
            for company, share in makers.items():
                made = companies.setdefault(company, {})
                made[product] = self._make(company, product, share)
        records = {
            name: Company.model_construct(
                name=name.upper(),
                country="TW",
                listed="no",
                finance=Finance.model_construct(revenue_usd_bn=self.revenue.get(name), outside_model=None),
                customers=self.customers.get(name, {}),
                customer_groups={},
                makes=made,
            )
            for name, made in companies.items()
        }
        place = {"region": "r", "lat": 0.0, "lon": 0.0, "confidence": "reported"}
        sites = {
            "taiwan": Site.model_construct(name="Taiwan", country="TW", **place),
            "japan": Site.model_construct(name="Japan", country="JP", **place),
        }
        return Dataset.model_construct(
            sites=sites,
            products=products,
            companies=records,
            sources={},
            parameters=self.packaged.parameters,
            indices={},
            digest="0" * 64,
            as_of="2026-01-01",
        )

    def network(self):
        return SupplyNetwork.from_dataset(self.dataset())


@pytest.fixture
def world(packaged):
    return World(packaged)


@pytest.fixture(scope="session")
def make_world(packaged):
    """For hypothesis, which wants a fresh world for every example."""
    return lambda: World(packaged)


@pytest.fixture(scope="session")
def as_fact():
    return fact
