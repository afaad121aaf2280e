"""Random networks with everything the dynamics know: shared pools, split slots, captive links, fallbacks, all kinds."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from supplychain_risk.kernels.chain import CAPITAL, FLOW, SERVICE
from supplychain_risk.kernels.market import PriceRules, make_market
from supplychain_risk.kernels.record import empty_record
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.propagation.dynamics import Dynamics, chain_of

STEP_DAYS = 7.0


def dynamics(**changes):
    rules = {
        "overproduction_days": 100.0,
        "restore_days": 56.0,
        "backlog_days": 70.0,
        "capital_days": 364.0,
        "capex_accelerator": 2.0,
        "smoothing_days": 60.0,
        "expected_demand_max": 2.0,
    }
    return Dynamics(**rules | changes)


def random_network(seed, *, shared=True, kinds=(FLOW, FLOW, CAPITAL, SERVICE)):
    """Three to seven activities of two to four products, every slot with a pool of its own, a shared one, or both."""
    rng = np.random.default_rng(seed)
    product = np.concatenate([np.full(rng.integers(1, 3), q) for q in range(rng.integers(2, 5))])
    company = rng.integers(0, 3, len(product))
    wiring = SimpleNamespace(slots=[], members=[], pools=[], links=[])
    common = {}
    for buyer in range(len(product)):
        for q in np.flatnonzero(rng.random(product.max() + 1) < 0.6):
            _buy(rng, wiring, common if shared else None, product, buyer, q, rng.choice(kinds))
    return _network(rng, wiring, product, company)


def _buy(rng, wiring, common, product, buyer, q, kind):
    slot = len(wiring.slots)
    wiring.slots.append((buyer, q, kind))
    split = rng.choice([0.0, 0.3, 1.0]) if common is not None else 1.0
    if split > 0:
        wiring.members.append((slot, _pool(rng, wiring, product, q), split))
    if split < 1:
        if (q, kind) not in common:
            common[q, kind] = _pool(rng, wiring, product, q)
        wiring.members.append((slot, common[q, kind], 1 - split))


def _pool(rng, wiring, product, q):
    """A new pool of product q: some makers in use, some as a fallback, some not at all."""
    pool, makers = len(wiring.pools), rng.permutation(np.flatnonzero(product == q))
    wiring.pools.append(q)
    used = makers[: rng.integers(1, len(makers) + 1)]
    shares = rng.dirichlet(np.ones(len(used)))
    days = rng.choice([0.0, 20.0, 45.0, np.inf])
    wiring.links += [(pool, maker, share, 0.0, days) for maker, share in zip(used, shares, strict=True)]
    for maker in makers[len(used) :][:1]:
        wiring.links.append((pool, maker, 0.0, rng.choice([0.4, 1.0]), rng.choice([50.0, np.inf])))
    return pool


def _network(rng, wiring, product, company):
    n, slots, members = len(product), wiring.slots, wiring.members
    links = sorted(wiring.links)
    column = lambda rows, k, dtype: np.array([row[k] for row in rows], dtype=dtype)  # noqa: E731
    slot_activity, kind = column(slots, 0, np.int64), column(slots, 2, np.int64)
    need = rng.uniform(0.1, 3.0, len(slots))
    member_slot, member_pool = column(members, 0, np.int64), column(members, 1, np.int64)
    fraction = column(members, 2, float)
    link_pool, supplier, share = column(links, 0, np.int64), column(links, 1, np.int64), column(links, 2, float)
    pool_need = np.bincount(member_pool, fraction * need[member_slot], len(wiring.pools))
    sold = np.bincount(supplier, share * pool_need[link_pool], n)
    final = np.where((rng.random(n) < 0.3) & (sold > 0), 0.0, rng.uniform(0.5, 5.0, n))
    alone = np.bincount(member_pool, minlength=len(wiring.pools)) == 1
    buyer = np.zeros(len(wiring.pools), dtype=np.int64)
    buyer[member_pool] = company[slot_activity[member_slot]]
    empty = pd.DataFrame()
    return SupplyNetwork(
        activities=tuple(f"c{company[i]}:{i}" for i in range(n)),
        companies=("c0", "c1", "c2"),
        products=tuple(f"p{q}" for q in range(product.max() + 1)),
        sites=("everywhere",),
        activity_company=company,
        activity_product=product,
        x0=sold + final,
        f0=final,
        alpha_max=rng.choice([1.0, 1.05, 1.25], n),
        deferral=rng.choice([0.0, 0.5, 1.0], n),
        site_dependence=np.ones(n),
        site_shares=sparse.csr_array(np.ones((n, 1))),
        slot_activity=slot_activity,
        slot_product=column(slots, 1, np.int64),
        slot_kind=kind,
        slot_need=need,
        criticality=rng.choice([0.3, 0.8, 1.0], len(slots)),
        buffer_days=np.where(kind == FLOW, rng.choice([0.0, 10.0, 28.0, 60.0], len(slots)), 0.0),
        psi=rng.choice([0.0, 0.2, 0.8], len(slots)),
        wear_per_year=np.where(kind == FLOW, 0.0, rng.choice([0.0, 0.3, 3.0, 60.0], len(slots))),
        member_slot=member_slot,
        member_pool=member_pool,
        member_fraction=fraction,
        pool_product=np.array(wiring.pools, dtype=np.int64),
        pool_country=("",) * len(wiring.pools),
        link_supplier=supplier,
        link_pool=link_pool,
        link_share=share,
        link_fallback=column(links, 3, float),
        link_reorder_days=column(links, 4, float),
        captive_links=alone[link_pool] & (buyer[link_pool] == company[supplier]),
        link_facts=pd.DataFrame(index=range(len(links))),
        activity_table=empty,
        site_table=empty,
        residuals=empty,
        links_written_out=0,
        kkt_residual=0.0,
        currency="",
        digest="",
    )


def in_currency(network, factor):
    return replace(network, x0=network.x0 * factor, f0=network.f0 * factor, slot_need=network.slot_need * factor)


def shuffled(network, order):
    """The same network with activity order[k] in place k."""
    place = np.argsort(order)
    slots = np.argsort(place[network.slot_activity], kind="stable")
    new_slot = np.argsort(slots)
    members = np.argsort(new_slot[network.member_slot], kind="stable")
    changed = {name: getattr(network, name)[order] for name in ("activity_company", "activity_product", "x0", "f0")}
    changed |= {name: getattr(network, name)[order] for name in ("alpha_max", "deferral", "site_dependence")}
    names = ("slot_product", "slot_kind", "slot_need", "criticality", "buffer_days", "psi", "wear_per_year")
    changed |= {name: getattr(network, name)[slots] for name in names}
    return replace(
        network,
        slot_activity=place[network.slot_activity][slots],
        member_slot=new_slot[network.member_slot][members],
        member_pool=network.member_pool[members],
        member_fraction=network.member_fraction[members],
        link_supplier=place[network.link_supplier],
        **changed,
    )


def market_of(network, chain, rng, *, still=0.2):
    """A price for each product, most of them moving, at random speeds and ceilings."""
    count = len(network.products)
    rules = PriceRules(
        price_max=rng.choice([1.5, 2.5, 40.0], count),
        exponent=1 / rng.choice([0.1, 0.4, 1.5], count),
        speed=np.where(rng.random(count) < still, 0.0, rng.choice([0.05, 0.25, 1.0], count)),
    )
    products = (network.activity_product, network.slot_product, network.pool_product)
    return make_market(chain, rules, products, shortage_floor=1e-3)


def record_of(
    chain, steps, draws, *, keep=("output", "external", "unmet", "final", "stock", "overproduction"), market=None
):
    """A record of every step and activity, with all that can be kept."""
    captive = np.unique(chain.link_supplier[chain.captive])
    return empty_record(
        chain,
        draws,
        np.arange(steps),
        step_weight=np.linspace(1.0, 0.5, steps),
        unmet_group=np.arange(len(chain.output0)),
        captive_supplier=captive,
        levels=(0.99, 0.9),
        keep=frozenset(keep),
        rest_steps=np.linspace(0.0, 0.4 * steps, draws),
        market=market,
    )


def hit(rng, steps, activities, draws):
    """Losses that begin, stay and fade; each activity is hit in about a third of the draws."""
    start, length = rng.integers(1, 5, (activities, draws)), rng.integers(1, steps, (activities, draws))
    severity = np.where(rng.random((activities, draws)) < 0.35, rng.choice([0.3, 0.9, 1.0], (activities, draws)), 0.0)
    time = np.arange(steps)[:, None, None]
    ramp = np.clip((start + length - time) / 4, 0, 1)
    return np.where(time >= start, severity * ramp, 0.0)


@pytest.fixture(scope="session")
def lab():
    """The builders above, for tests that draw their own seeds."""
    return SimpleNamespace(
        network=random_network,
        dynamics=dynamics,
        chain=lambda network, rules, days=STEP_DAYS: (chain_of(network, rules, days), rules.rules(days)),
        record=record_of,
        market=market_of,
        in_currency=in_currency,
        shuffled=shuffled,
        hit=hit,
        step_days=STEP_DAYS,
    )
