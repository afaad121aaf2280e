"""Companies without suppliers: sales are what capacity allows, so that everything can be worked out on paper."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import supplychain_risk as scr
from supplychain_risk.dataset.facts import Fact, Split
from supplychain_risk.dataset.parameters import ByClass
from supplychain_risk.dataset.schema import Company, Dataset, Finance, Make, Product
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.scenarios.spec import Scenario


def fact(value):
    return Fact(value=value, low=value, high=value, confidence="assumption", source="assumption")


def finance(**values):
    return Finance(**{name: fact(value) for name, value in values.items()})


def company(name, *, makes, listed="yes", **accounts):
    here = Split(shares={"home": 1.0}, confidence="assumption", source="assumption")
    made = {
        product: Make(share=fact(1.0), revenue_share=None if share is None else fact(share), sites=here)
        for product, share in makes.items()
    }
    return Company(
        name=name.title(), ticker=name.upper(), country="TW", listed=listed, finance=finance(**accounts), makes=made
    )


WHOLE = {"revenue_usd_bn": 52.0, "gross_margin": 0.6, "operating_margin": 0.3, "tax_rate": 0.2}

COMPANIES = {
    # lost week: 1 USD bn of revenue; cm = 1 - .5 x .4 = .8; after tax .64
    "maker": company("maker", makes={"part": 1.0}, market_cap_usd_bn=100.0, beta=2.0, **WHOLE),
    "private": company("private", makes={"part": 1.0}, listed="no", **WHOLE),
    "silent": company("silent", makes={"part": None}, market_cap_usd_bn=10.0, beta=1.0),
    "elsewhere": company("elsewhere", makes={"other_part": 0.7}, market_cap_usd_bn=50.0, beta=1.0, **WHOLE),
    "bank": company("bank", makes={}, market_cap_usd_bn=90.0, beta=0.5),
}

SCENARIO = {
    "name": "stop",
    "title": "Makers of parts lose half of their capacity for two weeks",
    "class": "accident",
    "as_of": "2026-11-22",
    "trigger": "a test",
    "narrative": "a test",
    "not_hit": ["all else"],
    "common_factor": "0 (0..1) assumption",
    "frequency": {"from": "assumption", "per_year": "0.1 (0..1)", "definition": "a test"},
    "market": {"return": "-0.1 assumption", "horizon": "a day"},
}
HIT = {
    "from": "assumption 2026",
    "what": "a test",
    "targets": {"product": "part"},
    "onset_days": "0",
    "recovery_weeks": "0",
    "shape": "linear",
}


def scenario(*, severity="0.5", weeks="2", **changes):
    hit = HIT | {"severity": severity, "duration_weeks": weeks}
    return Scenario.model_validate(SCENARIO | {"hits": {"stop": hit}} | changes)


@pytest.fixture(scope="session")
def packaged():
    return scr.load_dataset()


def make_dataset(packaged, companies, *, tail_close_days=364.0):
    parameters = packaged.parameters
    classes = {"variable_cost_share": 0.5, "gross_margin": 0.4, "beta": 1.5}
    products = parameters.products.model_copy(
        update={name: ByClass[Fact](default=fact(value)) for name, value in classes.items()}
    )
    model = parameters.model.model_copy(
        update={"discount_rate": fact(0.09), "tail_close_days": fact(tail_close_days), "step_days": fact(7.0)}
    )
    kinds = {"tier": "chip", "tier_order": 10, "kind": "component", "pricing": "contract"}
    records = {
        name: Product(name=name, market_usd_bn=fact(1.0), demand_elasticity=fact(0.1), **kinds)
        for name in ("part", "other_part")
    }
    return Dataset(
        sites={},
        products=records,
        companies=companies,
        sources={},
        parameters=parameters.model_copy(update={"products": products, "model": model}),
        indices={},
        digest="0" * 64,
        as_of="2026-01-01",
    )


def make_network(dataset, *, final_sales=10.0):
    rows = [(name, product, final_sales) for name, record in dataset.companies.items() for product in record.makes]
    activities = pd.DataFrame(rows, columns=["company", "product", "final_sales"])
    ends = ["supplier_company", "supplier_product", "customer_company", "customer_product", "value"]
    needs = ["product", "input", "kind", "criticality", "buffer_days", "psi", "reorder_days", "requalify_days"]
    network = SupplyNetwork.from_tables(activities, pd.DataFrame(columns=ends), pd.DataFrame(columns=needs))
    return replace(network, dataset=dataset, parameters=dataset.parameters, deferral=np.zeros(len(rows)))


@pytest.fixture(scope="session")
def world(packaged):
    """Build, run and value: `world.run(**options of the scenario)`, `world.returns(...)`."""

    def run(companies=None, *, horizon_days=364, n_draws=1, tail_close_days=364.0, final_sales=10.0, **options):
        dataset = make_dataset(packaged, companies or COMPANIES, tail_close_days=tail_close_days)
        network = make_network(dataset, final_sales=final_sales)
        return scr.simulate(network, scenario(**options), n_draws=n_draws, horizon_days=horizon_days, seed=3)

    def returns(*arguments, **options):
        return scr.equity_returns(run(*arguments, **options))

    def dataset(companies):
        return make_dataset(packaged, companies)

    return SimpleNamespace(
        run=run,
        returns=returns,
        dataset=dataset,
        scenario=scenario,
        company=company,
        whole=WHOLE,
        companies=COMPANIES,
        fact=fact,
    )


@pytest.fixture(scope="session")
def taiwan():
    """Returns of 256 draws of the packaged scenario over a year, for tests that only read them."""
    network = SupplyNetwork.from_dataset(scr.load_dataset())
    return scr.equity_returns(scr.simulate(network, "taiwan", n_draws=256, horizon_days=364, seed=7))


@pytest.fixture(scope="session")
def drawn(world):
    """Returns of the made-up companies with channels of one's own: `drawn(cash_flow=(D, N), market=(D, N), ...)`."""
    by_draws = {}

    def with_channels(**channels):
        n_draws = len(next(iter(channels.values())))
        if n_draws not in by_draws:
            by_draws[n_draws] = world.returns(n_draws=n_draws, horizon_days=28)
        returns = by_draws[n_draws]
        known = returns.accounts.table["market_cap_usd_bn"].notna().to_numpy()
        return replace(returns, channels={name: np.where(known, array, np.nan) for name, array in channels.items()})

    return with_channels
