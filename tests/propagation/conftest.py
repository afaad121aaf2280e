"""Small networks written down as text, for cases that are worked out by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from supplychain_risk import SupplyNetwork
from supplychain_risk.propagation.dynamics import Dynamics

NORMAL = {
    "kind": "flow",
    "criticality": 1.0,
    "buffer_days": 0.0,
    "psi": 0.0,
    "reorder_days": np.inf,
    "requalify_days": np.inf,
    "wear_per_year": 0.0,
}


def build(final, links, needs, *, fallback=None, **activity):
    """A network. `final` maps "company:product" to final sales a week, `links` pairs of them to sales a week, `needs`
    (product, input) to what differs from an essential flow without a stock."""
    rows = [name.split(":") for name in final]
    activities = pd.DataFrame(rows, columns=["company", "product"])
    activities["final_sales"] = [52.0 * value for value in final.values()]
    for column, values in activity.items():
        activities[column] = [values.get(name, 1.0 if column == "alpha_max" else 0.0) for name in final]
    names = ["supplier_company", "supplier_product", "customer_company", "customer_product"]
    pairs = {**links, **dict.fromkeys(fallback or {}, 0.0)}
    sold = pd.DataFrame([(*a.split(":"), *b.split(":")) for a, b in pairs], columns=names)
    sold["value"] = [52.0 * value for value in pairs.values()]
    sold["fallback_share"] = [(fallback or {}).get(pair, 0.0) for pair in pairs]
    recipe = [{"product": product, "input": bought, **NORMAL, **given} for (product, bought), given in needs.items()]
    return SupplyNetwork.from_tables(activities, sold, pd.DataFrame(recipe, columns=["product", "input", *NORMAL]))


def rules(**changes):
    values = {
        "overproduction_days": 364.0,
        "restore_days": 56.0,
        "backlog_days": 70.0,
        "capital_days": 364.0,
        "capex_accelerator": 2.0,
        "smoothing_days": 182.0,
        "expected_demand_max": 2.0,
    }
    return Dynamics(**values | changes)


def outage(network, steps, *hits):
    """(1, T, A) losses from (activity, first step, end step, severity)."""
    loss = np.zeros((1, steps, len(network.activities)))
    for activity, first, end, severity in hits:
        loss[0, first:end, network.activity_index(activity)] = severity
    return loss


@pytest.fixture(scope="session")
def hand():
    return SimpleNamespace(build=build, layered=layered, rules=rules, outage=outage)


def layered(seed, *, kinds=("flow",), single=False, buffer=1.0, spare=None, psi=None, deferral=None, outside=None):
    """Makers in two to four tiers, who buy from the tier above and sell to the one below; the last sells to buyers.

    All makers of a tier make one product. `buffer` multiplies stocks; `spare` is what makers can add to normal output;
    `single` leaves one maker a tier.
    """
    rng = np.random.default_rng(seed)
    tiers = [1 if single else int(rng.integers(1, 4)) for _ in range(rng.integers(2, 5))]
    names = [[f"c{tier}{k}:p{tier}" for k in range(count)] for tier, count in enumerate(tiers)]
    value, links, needs = {}, {}, {}
    final = {name: float(rng.uniform(0.5, 2)) if outside is None else outside for tier in names for name in tier}
    final |= dict.fromkeys(names[-1], 10.0)
    for tier in range(len(tiers) - 1):
        kind = str(rng.choice(kinds))
        needs[f"p{tier + 1}", f"p{tier}"] = {
            "kind": kind,
            "buffer_days": float(rng.choice([7.0, 21.0, 60.0])) * buffer,
            "psi": float(rng.choice([0.0, 0.2, 0.5])) if psi is None else psi,
            "criticality": float(rng.choice([0.5, 1.0])),
            "reorder_days": float(rng.choice([20.0, 60.0])),
            "wear_per_year": float(rng.uniform(0.05, 0.3)) if kind != "flow" else 0.0,
        }
        for customer in names[tier + 1]:
            shares = rng.dirichlet(np.ones(tiers[tier]))
            value |= {(supplier, customer): 3.0 * share for supplier, share in zip(names[tier], shares, strict=True)}
    links |= value
    most = {name: 1 + float(rng.choice([0.05, 0.25])) if spare is None else 1 + spare for name in final}
    waits = {name: float(rng.choice([0.0, 0.5])) if deferral is None else deferral for name in final}
    return build(final, links, needs, alpha_max=most, deferral=waits)
