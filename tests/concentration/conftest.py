"""Networks to look through: one with given input coefficients, and trees."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from supplychain_risk.dataset.load import load_dataset
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.network.tables import LINK_NAMES, REQUIREMENT_NAMES, REQUIREMENT_NUMBERS

NEEDS = [*REQUIREMENT_NAMES, *(column.name for column in REQUIREMENT_NUMBERS[:5])]


@pytest.fixture(scope="session")
def chain_lab():
    return SimpleNamespace(
        coefficients=network_of, tree=tree_of, rows=from_rows, packaged=SupplyNetwork.from_dataset(load_dataset())
    )


def network_of(coefficients, names=None, *, money=1.0, order=slice(None)):
    """Each company makes one product of its own; D[i, j] is bought from i per output of j, and as critical as dear."""
    D = np.asarray(coefficients, dtype=float)
    names = names or [f"c{i}" for i in range(len(D))]
    output = money * np.linalg.solve(np.eye(len(D)) - D, np.ones(len(D)))
    made = [f"{name}-goods" for name in names]
    activities = pd.DataFrame({"company": names, "product": made, "final_sales": money}).iloc[order]
    pairs = np.argwhere(D > 0).tolist()
    links = [(names[i], made[i], names[j], made[j], D[i, j] * output[j]) for i, j in pairs]
    needs = [(made[j], made[i], "flow", D[i, j], 30.0, 0.2, 30.0, 180.0) for i, j in pairs]
    return from_rows(activities, links, needs)


def from_rows(activities, links, needs):
    return SupplyNetwork.from_tables(
        activities, pd.DataFrame(links, columns=[*LINK_NAMES, "value"]), pd.DataFrame(needs, columns=NEEDS)
    )


def tree_of(parents, parts):
    """Company i > 0 sells to company parents[i - 1] < i only, and every company passes all of its sales on.

    The suppliers of one customer make the same product and share its purchases in proportion to `parts`.
    """
    n = len(parents) + 1
    brothers = [[k for k in range(n - 1) if parents[k] == parents[i]] for i in range(n - 1)]
    output = [1.0]
    for i, parent in enumerate(parents):
        output.append(output[parent] * parts[i] / sum(parts[k] for k in brothers[i]))
    made = ["end", *(f"for-{parent}" for parent in parents)]
    names = [f"c{i}" for i in range(n)]
    activities = pd.DataFrame({"company": names, "product": made, "final_sales": [1.0, *[0.0] * (n - 1)]})
    links = [(names[i + 1], made[i + 1], names[p], made[p], output[i + 1]) for i, p in enumerate(parents)]
    recipes = sorted({(made[p], made[i + 1]) for i, p in enumerate(parents)})
    return from_rows(activities, links, [(p, q, "flow", 1.0, 30.0, 0.2, 30.0, 180.0) for p, q in recipes])
