"""The AND/OR fixpoint against a hand-made case, and bit by bit against the plain definition."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain_risk.kernels.and_or import AndOr, pack, unpack, working

CASE = json.loads((Path(__file__).parents[1] / "data" / "and_or" / "spof.json").read_text())


@pytest.fixture(scope="module")
def published():
    """Companies that supply each other's products; the case lists what fails them, by hand."""
    names = sorted({end for edge in CASE["edges"] for end in edge[:2]})
    needs = sorted({(names.index(buyer), product) for _, buyer, product in CASE["edges"]})
    links = sorted((needs.index((names.index(b), product)), names.index(a)) for a, b, product in CASE["edges"])
    owner = np.array([buyer for buyer, _ in needs])
    return names, AndOr(len(names), owner, *(np.array(column) for column in zip(*links, strict=True)))


def _cuts(names, graph, target, size):
    """Minimal sets of up to `size` other companies whose removal fails the target."""
    found = []
    others = [name for name in names if name != target]
    for count in range(1, size + 1):
        sets = [set(each) for each in combinations(others, count)]
        sets = [each for each in sets if not any(smaller <= each for smaller in found)]
        removed = np.array([[name in each for name in names] for each in sets], dtype=bool).reshape(-1, len(names))
        failed = ~working(graph, removed)[:, names.index(target)]
        found += [each for each, cut in zip(sets, failed, strict=True) if cut]
    return sorted(map(sorted, found))


@pytest.mark.parametrize("target", ["nvidia", "cloud", "tsmc"])
def test_single_points_of_failure_are_those_worked_out_by_hand(published, target):
    assert _cuts(*published, target, 1) == [[name] for name in CASE["and_or_single_points_of_failure"][target]]


@pytest.mark.parametrize("target", ["nvidia", "cloud"])
def test_minimal_cut_sets_of_up_to_three_are_those_worked_out_by_hand(published, target):
    assert _cuts(*published, target, 3) == sorted(map(sorted, CASE["and_or_minimal_cut_sets_le3"][target]))


def random_graph(seed):
    """Up to nine activities, cycles allowed."""
    rng = np.random.default_rng(seed)
    size = int(rng.integers(2, 10))
    owner = np.sort(rng.integers(0, size, rng.integers(1, 12)))
    links = [
        (k, j) for k in range(len(owner)) for j in rng.choice(size, rng.integers(1, min(4, size + 1)), replace=False)
    ]
    return AndOr(size, owner, *(np.array(column) for column in zip(*links, strict=True)))


def plainly_working(graph, removed):
    """The definition, one activity at a time."""
    works = ~removed
    while True:
        able = works.copy()
        for i in range(graph.activities):
            for k in np.flatnonzero(graph.input_owner == i):
                able[i] &= works[graph.link_supplier[graph.link_input == k]].any()
        if (able == works).all():
            return works
        works = able


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 130))
def test_many_sets_at_once_are_as_one_by_one(seed, count):
    graph = random_graph(seed)
    removed = np.random.default_rng([seed, 1]).random((count, graph.activities)) < 0.2
    expected = np.array([plainly_working(graph, row) for row in removed])
    np.testing.assert_array_equal(working(graph, removed), expected)


@given(seed=st.integers(0, 2**32 - 1))
def test_another_maker_of_an_input_fails_nobody(seed):
    graph = random_graph(seed)
    rng = np.random.default_rng([seed, 2])
    removed = rng.random((20, graph.activities)) < 0.2
    at = int(rng.integers(len(graph.link_input)))
    more = graph._replace(
        link_input=np.insert(graph.link_input, at, graph.link_input[at]),
        link_supplier=np.insert(graph.link_supplier, at, rng.integers(graph.activities)),
    )
    assert (working(more, removed) >= working(graph, removed)).all()


def test_without_essential_inputs_only_the_removed_stop():
    none = np.zeros(0, dtype=np.int64)
    removed = np.array([[True, False]])
    assert working(AndOr(2, none, none, none), removed).tolist() == [[False, True]]


@pytest.mark.parametrize("count", [1, 63, 64, 65, 200])
def test_packing_keeps_every_bit(count):
    rows = np.random.default_rng(count).random((3, count)) < 0.5
    np.testing.assert_array_equal(unpack(pack(rows), count), rows)
