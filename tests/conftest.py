from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings

from supplychain_risk import SupplyNetwork, load_dataset

settings.register_profile("project", deadline=None, max_examples=50)
settings.load_profile("project")

ESSENTIAL = {
    "kind": "flow",
    "criticality": 1.0,
    "buffer_days": 14.0,
    "psi": 0.0,
    "reorder_days": 30.0,
    "requalify_days": np.inf,
    "wear_per_year": 0.0,
}


@pytest.fixture(scope="session")
def make_network():
    """A network from pairs of "company:product", see `network_from_pairs`; for hypothesis, as a function."""
    return network_from_pairs


def network_from_pairs(final, links, *, needs=None, fallback=None, sites=None, **activity):
    """`final` maps "company:product" to final sales a year, `links` pairs of them to sales a year, `fallback` pairs to
    shares; `needs` maps (product, input) to what differs from an essential flow with 14 days of stock. Columns of
    activities by name: `alpha_max={"a:chip": 1.2}`."""
    fallback, needs = fallback or {}, needs or {}
    activities = pd.DataFrame([name.split(":") for name in final], columns=["company", "product"])
    activities["final_sales"] = list(final.values())
    for column, values in activity.items():
        activities[column] = [
            values.get(name, 1.0 if column in ("alpha_max", "site_dependence") else 0.0) for name in final
        ]
    pairs = {**links, **dict.fromkeys(fallback, 0.0)}
    ends = ["supplier_company", "supplier_product", "customer_company", "customer_product"]
    sold = pd.DataFrame([(*a.split(":"), *b.split(":")) for a, b in pairs], columns=ends)
    sold["value"] = list(pairs.values())
    sold["fallback_share"] = [fallback.get(pair, 0.0) for pair in pairs]
    used = dict.fromkeys((b.split(":")[1], a.split(":")[1]) for a, b in pairs)
    recipe = [{"product": p, "input": q, **ESSENTIAL, **needs.get((p, q), {})} for p, q in used]
    network = SupplyNetwork.from_tables(
        activities, sold, pd.DataFrame(recipe, columns=["product", "input", *ESSENTIAL]), sites=sites, currency="USD bn"
    )
    return replace(network, parameters=_packaged_parameters())


@cache
def _packaged_parameters():
    """What a network of tables uses anyhow, read once instead of for every example."""
    return load_dataset().parameters
