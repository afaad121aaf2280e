"""Minimal cut sets and the cheapest failure: a case by hand, and brute force on random networks with cycles."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain_risk import cheapest_failure, cut_sets
from supplychain_risk.concentration.cut_sets import read_members
from supplychain_risk.errors import InputError, UnknownNameError

CASE = json.loads((Path(__file__).parents[1] / "data" / "and_or" / "spof.json").read_text())
MADE = {
    "zeiss": "optics",
    "asml": "litho",
    "samsung": "foundry",
    "sk_hynix": "hbm",
    "micron": "hbm",
    "nvidia": "gpu",
    "broadcom": "asic",
    "cloud": "compute",
}


@pytest.fixture(scope="module")
def published(make_network):
    """The case's companies, TSMC with a plant for wafers and one for packaging."""
    links = {}
    for supplier, customer, product in CASE["edges"]:
        buying = ["tsmc:foundry", "tsmc:cowos"] if customer == "tsmc" else [f"{customer}:{MADE[customer]}"]
        links |= {(f"{supplier}:{product}", buyer): 1.0 for buyer in buying}
    names = dict.fromkeys(end for pair in links for end in pair)
    return make_network(dict.fromkeys(names, 1.0), links)


def _without(table, target):
    """Cut sets other than the target's own outage."""
    rows = table[table["first"] != target]
    return sorted(sorted(filter(None, pair)) for pair in zip(rows["first"], rows["second"], strict=True))


@pytest.mark.parametrize(("target", "product"), [("nvidia", "gpu"), ("cloud", "compute")])
def test_cut_sets_are_those_worked_out_by_hand(published, target, product):
    expected = [each for each in CASE["and_or_minimal_cut_sets_le3"][target] if len(each) <= 2]
    assert _without(cut_sets(published, product), target) == sorted(map(sorted, expected))


@pytest.mark.parametrize(("target", "product"), [("nvidia", "gpu"), ("cloud", "compute")])
def test_the_cheapest_failure_costs_what_the_case_says(published, target, product):
    cost, _ = CASE["milp_minimum_cut"][target]
    found = cheapest_failure(published, product)
    assert found.cost == cost
    assert list(found.members) in [[target], *([name] for name in CASE["and_or_single_points_of_failure"][target])]


def test_prices_move_the_cheapest_failure_to_the_pair_of_memory_makers(published):
    dear = dict.fromkeys(["asml", "zeiss", "tsmc", "nvidia"], 10.0)
    found = cheapest_failure(published, "gpu", costs=dear)
    assert found.cost == 2
    assert set(found.members) == {"micron", "sk_hynix"}


def random_network(make_network, seed):
    """Three to five companies on two tiers that also buy from each other; chips from the second tier."""
    rng = np.random.default_rng(seed)
    makers = [f"{name}:{product}" for product in ("ore", "tool", "wafer") for name in "abc"[: rng.integers(1, 4)]]
    makers += [f"{name}:chip" for name in "xy"[: rng.integers(1, 3)]]
    buys = {"ore": ["tool"], "tool": ["wafer"], "wafer": ["ore", "tool"], "chip": ["wafer", "ore"]}
    links = {}
    for buyer in makers:
        for product in buys[buyer.split(":")[1]]:
            sellers = [name for name in makers if name.endswith(f":{product}")]
            chosen = rng.choice(sellers, rng.integers(1, len(sellers) + 1), replace=False)
            if product != "tool" or rng.random() < 0.7:
                links |= {(str(seller), buyer): 0.01 for seller in chosen}
    critical = {pair: {"criticality": float(rng.choice([0.5, 0.9]))} for pair in [("chip", "ore"), ("wafer", "tool")]}
    return make_network(dict.fromkeys(makers, 1.0), links, needs=critical)


def _brute(network, by, size):
    """Minimal cut sets by trying every set."""
    part, names, removed = read_members(network, "chip", by)
    found = []
    for count in range(1, size + 1):
        for each in combinations(range(len(names)), count):
            small = any(set(cut) <= set(each) for cut in found)
            if not small and part.fails(removed[list(each)].any(axis=0)[None, :])[0]:
                found.append(each)
    return [tuple(names[k] for k in each) for each in found]


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), by=st.sampled_from(["company", "activity"]))
def test_no_minimal_cut_set_is_missed_and_the_smallest_is_the_cheapest(make_network, seed, by):
    network = random_network(make_network, seed)
    every = _brute(network, by, 4)
    table = cut_sets(network, "chip", by=by)
    found = [tuple(filter(None, pair)) for pair in zip(table["first"], table["second"], strict=True)]
    assert sorted(found) == sorted(each for each in every if len(each) <= 2)
    cheapest = cheapest_failure(network, "chip", by=by)
    assert cheapest.cost == min(map(len, every))
    assert len(cheapest.members) == cheapest.cost


def test_an_unknown_remainder_keeps_the_end_product_going(make_network):
    network = make_network(
        {"a:wafer": 0.0, "other:wafer": 0.0, "other:chip": 1.0},
        {("a:wafer", "other:chip"): 0.5, ("other:wafer", "other:chip"): 0.1},
    )
    assert cut_sets(network, "chip").empty
    found = cheapest_failure(network, "chip")
    assert np.isinf(found.cost)
    assert found.members == ()


def test_bad_input_is_told(published):
    with pytest.raises(UnknownNameError, match="nearest: gpu"):
        cut_sets(published, "gpus")
    with pytest.raises(UnknownNameError, match="kind of member is called 'site'"):
        cut_sets(published, "gpu", by="site")
    with pytest.raises(UnknownNameError, match="costs: no company is called 'asmi'; nearest: asml"):
        cheapest_failure(published, "gpu", costs={"asmi": 2.0})
    with pytest.raises(InputError, match=r"found 0\.0 for asml"):
        cheapest_failure(published, "gpu", costs={"asml": 0.0})
