"""Concentration: every index of many share vectors at once, beside a plain loop; and the tables of a network."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
from measure import Row
from numpy.typing import NDArray

import supplychain_risk as scr
from supplychain_risk.concentration.indices import INDICES, every_index
from supplychain_risk.kernels.shares import Floats, hhi

VECTORS, SUPPLIERS = 100_000, 10
LOOPED = 1_000
REPEATS = 5


def best_seconds(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Smallest wall time of several runs."""
    best = np.inf
    for _ in range(repeats):
        begin = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - begin)
    return float(best)


def row_by_row(shares: Floats, count: NDArray[np.int64]) -> None:
    """The same functions, one vector at a time."""
    for row in range(len(shares)):
        every_index(shares[row : row + 1], count[row : row + 1])


def measure() -> Iterator[Row]:
    """Share vectors first, then the tables."""
    shares = np.random.default_rng(1).dirichlet(np.full(SUPPLIERS, 0.7), VECTORS)
    count = np.full(VECTORS, SUPPLIERS)
    what = f"{len(INDICES)} indices x {VECTORS:,} vectors of {SUPPLIERS}"
    yield Row(what, best_seconds(lambda: every_index(shares, count)), "s", "< 0.2")
    looped = best_seconds(lambda: row_by_row(shares[:LOOPED], count), 1) * VECTORS / LOOPED
    yield Row("the same in a plain loop, from 1,000 vectors", looped, "s")
    powers = best_seconds(lambda: (shares**2).sum(axis=1))
    yield Row("HHI alone, plain numpy: (s ** 2).sum", powers * 1000, "ms")
    yield Row("HHI alone", best_seconds(lambda: hhi(shares)) * 1000, "ms")
    network = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    for by in ("product", "country", "site", "customer", "company"):
        rows = len(scr.concentration(network, by))
        yield Row(f"table by {by}, {rows:,} rows", best_seconds(lambda by=by: scr.concentration(network, by), 2), "s")  # type: ignore[misc]
