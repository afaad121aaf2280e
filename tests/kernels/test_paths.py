"""Strongest paths against an exhaustive search, and what ties, cycles and a longest length do."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from supplychain_risk.kernels.paths import strongest_paths, trace

WEIGHTS = st.sampled_from([0.0, 0.25, 0.5, 0.9, 1.0])


@st.composite
def graphs(draw):
    n = draw(st.integers(1, 6))
    return np.array(draw(st.lists(WEIGHTS, min_size=n * n, max_size=n * n))).reshape(n, n)


def by_search(dense, source, longest):
    """Best product over all simple paths, each written out."""
    graph = nx.from_numpy_array(dense, create_using=nx.DiGraph)
    best = np.zeros(len(dense))
    best[source] = 1.0
    for node in set(graph) - {source}:
        for path in nx.all_simple_paths(graph, source, node, cutoff=longest):
            best[node] = max(best[node], np.prod([dense[a, b] for a, b in pairwise(path)]))
    return best


@given(graphs(), st.integers(1, 6))
def test_strength_is_the_best_product_over_all_paths_even_in_cycles(dense, longest):
    for limit in (None, longest):
        found = strongest_paths(sparse.csc_array(dense), 0, limit)
        np.testing.assert_allclose(found.strength, by_search(dense, 0, limit), rtol=1e-14)


@given(graphs(), st.integers(1, 6))
def test_the_traced_path_has_the_strength_and_the_number_of_links_it_claims(dense, longest):
    for limit in (None, longest):
        found = strongest_paths(sparse.csc_array(dense), 0, limit)
        for node in np.flatnonzero(found.strength):
            path = trace(found, int(node))
            product = np.prod([dense[a, b] for a, b in pairwise(path)])
            assert (path[0], path[-1], len(path) - 1) == (0, node, found.links[node])
            assert product == pytest.approx(found.strength[node], rel=1e-14)


def test_of_equally_strong_paths_the_one_with_the_fewest_links_stays():
    dense = np.array([[0, 1, 0, 0.5], [0, 0, 1, 0], [0, 0, 0, 0.5], [0, 0, 0, 0.0]])
    assert trace(strongest_paths(sparse.csc_array(dense), 0), 3) == [0, 3]


def test_a_graph_without_arcs_reaches_the_source_only():
    assert strongest_paths(sparse.csc_array((3, 3)), 1).strength.tolist() == [0.0, 1.0, 0.0]
