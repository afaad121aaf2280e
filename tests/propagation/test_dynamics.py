"""The published ARIO, the rules themselves, and the packaged network."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from supplychain_risk import SupplyNetwork, propagate
from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.propagation.dynamics import Dynamics

ROOT = Path(__file__).parents[2]
CASES = [
    *sorted((ROOT / "tests" / "data" / "ario").iterdir()),
    *sorted(path for path in (ROOT.parent / "shared" / "cases" / "ario").glob("*") if path.is_dir()),
]


def _severity(event, steps):
    """Severity of an event in each recorded row: full to one row beyond its duration, then the recovery curve."""
    first, full, tau = event["occurrence"] + 1, event["occurrence"] + event["duration"] + 3, event["recovery_tau"]
    size = event["values"][0]
    severity = np.zeros(steps)
    severity[first:full] = size
    since = np.arange(1, steps - full + 1)
    if event["recovery_function"] == "linear":
        severity[full:] = np.maximum(0, np.round(size * (1 - since / tau), 6))
    else:
        severity[full:] = np.round(size * (1 - 1 / tau) ** (4 * since), 6)
    return severity


def _ario_network(folder, parameters):
    flows, final = (pd.read_csv(folder / f"{name}.csv", index_col=0) for name in ("Z", "Y"))
    parts = [name.split("|") for name in flows.index]
    activities = pd.DataFrame(parts, columns=["company", "product"])
    activities = activities.assign(final_sales=final.sum(axis=1).to_numpy(), alpha_max=parameters["alpha_max"])
    names = ["supplier_company", "supplier_product", "customer_company", "customer_product"]
    links = pd.DataFrame([(*a, *b) for a in parts for b in parts], columns=names).assign(value=flows.to_numpy().ravel())
    products = sorted(set(activities["product"]))
    speed = {"alt": 0.0, "noalt": np.inf}[parameters["order_type"]]
    needs = pd.DataFrame([(p, q) for p in products for q in products], columns=["product", "input"]).assign(
        kind="flow",
        criticality=1.0,
        psi=parameters["psi_param"],
        buffer_days=parameters["main_inv_dur"],
        reorder_days=speed,
        requalify_days=np.inf,
    )
    return SupplyNetwork.from_tables(activities, links, needs)


def _ario_rules(parameters):
    return Dynamics(
        overproduction_days=parameters["alpha_tau"],
        restore_days=parameters["inventory_restoration_tau"],
        backlog_days=1.0,
        capital_days=1.0,
        capex_accelerator=0.0,
        smoothing_days=1.0,
        expected_demand_max=2.0,
        rationing="proportional",
        ordering="realised",
        days_per_year=365.0,
    )


@pytest.mark.parametrize("folder", CASES, ids=lambda path: f"{path.parents[1].name}-{path.name}")
def test_published_ario_is_met_at_every_step(folder):
    """BoARIO 0.7.2, ARIOPsiModel, daily. A stock at the end of step t is the recorded stock of t + 1."""
    case = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    network = _ario_network(folder, case["parameters"])
    ids = [name.replace("|", ":") for name in pd.read_csv(folder / "Z.csv", index_col=0).index]
    loss = np.zeros((1, case["steps"], len(ids)))
    for event in case["events"]:
        for name in event["idx"]:
            loss[0, :, network.activity_index(":".join(name))] = _severity(event, case["steps"])
    rules = _ario_rules(case["parameters"])
    found = propagate(network, loss, step_days=1, parameters=rules, keep=["stocks", "overproduction"])
    capacity = found.normal_output * (1 - loss[0]) * found.overproduction[0]
    mine = {
        "production_realised": found.output[0],
        "production_capacity": capacity,
        "final_demand_undist": found.unmet_demand[0],
    }
    order = [network.activity_index(name) for name in ids]
    for name, values in mine.items():
        published = pd.read_csv(folder / f"{name}.csv", index_col=0)
        np.testing.assert_allclose(values[published.index][:, order], published, rtol=0, atol=1e-9, err_msg=name)
    _compare_stocks(network, found.stocks[0], folder, ids)


def _compare_stocks(network, stocks, folder, ids):
    published = pd.read_csv(folder / "inputs_stocks.csv", index_col=0)
    when = published.index.str.split("|").str[0].astype(int)
    bought = published.index.str.split("|").str[1]
    for slot, (activity, product) in enumerate(zip(network.slot_activity, network.slot_product, strict=True)):
        rows = (bought == network.products[product]) & (when > 0)
        column = published[network.activities[activity].replace(":", "|")][rows]
        np.testing.assert_allclose(stocks[when[rows] - 1, slot], column, rtol=0, atol=1e-9)
    assert set(ids) == set(network.activities)


def test_rules_in_steps(hand):
    rules = hand.rules(restore_days=3.0).rules(7.0)
    assert (rules.overproduction_steps, rules.restore_steps, rules.capital_steps) == (52.0, 1.0, 52.0)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"restore_days": 0.0}, InputError, "restore_days: found 0.0"),
        ({"capital_days": float("nan")}, InputError, "capital_days: found nan"),
        ({"capex_accelerator": -1.0}, InputError, "capex_accelerator: found -1.0"),
        ({"ordering": "wnated"}, UnknownNameError, "no mode of ordering is called 'wnated'; nearest: wanted"),
        ({"rationing": "fair"}, UnknownNameError, "no mode of rationing is called 'fair'; nearest: fairest"),
        ({"rationing": "priority"}, InputError, "`first` names the products"),
        ({"first": ("chip",)}, InputError, "`first` names the products"),
    ],
)
def test_bad_rules_are_named(hand, changes, error, message):
    with pytest.raises(error, match=message):
        hand.rules(**changes)


def test_unknown_product_to_serve_first(hand):
    network = hand.build({"a:chip": 1.0}, {}, {})
    rules = hand.rules(rationing="priority", first=("chop",))
    with pytest.raises(UnknownNameError, match="no product is called 'chop'; nearest: chip"):
        propagate(network, np.zeros((1, 2, 1)), parameters=rules)
