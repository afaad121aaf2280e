"""Paths by hand: three products in a row with a branch."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from supplychain_risk.markets.routes import Passage, Path, largest_paths, path_losses


@pytest.fixture
def passage():
    """8 enter product 0: 2 end at root 0, 6 go up to 1; of these 3 end at root 1 and 3 go on to 2, where root 2 is."""
    ways = np.array([[0, 1, 0], [1, 2, 1]])
    roots = pd.DataFrame({"acts_on": "capacity", "product": ["p0", "p1", "p2"], "country": "TW"})
    enters, flow, ends = np.array([[8.0, 0, 0]]), np.array([[6.0, 3.0]]), np.array([[2.0, 3.0, 3.0]])
    return Passage(enters, flow, ways, roots, np.arange(3), ends)


def test_each_path_has_its_part(passage):
    paths = largest_paths(passage, np.ones(1), 10)
    assert set(paths) == {Path(0, (0,), ()), Path(1, (1, 0), (0,)), Path(2, (2, 1, 0), (1, 0))}
    parts = dict(zip(paths, path_losses(passage, paths)[0], strict=True))
    assert parts[Path(0, (0,), ())] == pytest.approx(2)
    assert parts[Path(1, (1, 0), (0,))] == pytest.approx(3)
    assert parts[Path(2, (2, 1, 0), (1, 0))] == pytest.approx(3)


def test_the_largest_come_first_and_no_more_than_asked_for(passage):
    (only,) = largest_paths(passage, np.ones(1), 1)
    assert path_losses(passage, (only,))[0, 0] == pytest.approx(3)
