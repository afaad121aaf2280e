"""Systemic risk index of every firm of synthetic networks, beside plain scipy.sparse, and how near it is to memory.

Networks are those of `synthetic`. Published times for all firms, not ours: 10,000 firms / 25,742 links 597 s with 60
sectors and 5,024 s with 600, one thread (fastcascade 0.9.3.1, C++ called from R); 91,595 / 235,784 links, the size of
Hungary's network, 18.9 hours to 5.8 days, extrapolated from samples; a Julia implementation reports 26.5 s for 10,000
firms / 70,000 links on an Apple M2. They are for other networks and machines, at a threshold of 1e-2 (`literature`).

scipy.sparse works out the same updates for a block of scenarios at a time and looks at every link in each; its time for
all firms is extrapolated from `SAMPLE` firms. The last rows let every firm lose a little at the start, so that every
link is visited in every update: 20 bytes a visit (index, share, loss of the partner), beside a triad a = b + 3 c of
arrays that are as large as the links of the network, and of arrays that no cache holds.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from measure import Row, run_command
from numpy.typing import NDArray
from scipy import sparse
from synthetic import make_firms

import supplychain_risk as scr
from supplychain_risk.kernels import cascade
from supplychain_risk.kernels.cascade_numpy import Rule, Shocks, Side, Web, empty_outcome
from supplychain_risk.propagation.cascade import EPS, Mode
from supplychain_risk.propagation.firms import firm_web

Floats = NDArray[np.float64]

SMALL = (10_000, 25_742)
LARGE = (91_595, 235_784)
SAMPLE = 32
VISIT_BYTES = 20
UPDATES = 50
MODES: tuple[Mode, ...] = ("literature", "fixed_point")


def measure() -> Iterator[Row]:
    """All firms of both sizes, scipy.sparse beside them, then bandwidth."""
    for sectors in (60, 600):
        tables = make_firms(*SMALL, sectors)
        scr.esri(*tables, max_iterations=1, eps=1.0)  # compiled and warm
        for mode in MODES:
            for threads in (1, 2):
                begin = time.perf_counter()
                scr.esri(*tables, mode=mode, threads=threads)
                what = f"10,000 firms, {sectors} sectors, {mode}, {threads} thread(s)"
                yield Row(what, time.perf_counter() - begin, "s", "< 3" if threads > 1 else "")
    web = firm_web(*make_firms(*SMALL, 60))
    for mode in MODES:
        yield Row(f"10,000 firms, 60 sectors, {mode}, scipy.sparse, 1 thread", _sparse_seconds(web, EPS[mode]), "s")
    for mode in MODES:
        seconds, memory = run_command(__file__, *map(str, LARGE), "600", mode, "2")
        yield Row(f"91,595 firms, 600 sectors, {mode}, whole process, 2 threads", seconds, "s", "< 180")
        yield Row(f"91,595 firms, 600 sectors, {mode}, peak memory", memory, "MB", "< 1000")
    yield from _bandwidth(firm_web(*make_firms(*LARGE, 600)))


def _sparse_seconds(web: Web, eps: float) -> float:
    """Seconds for all firms, extrapolated from a sample."""
    firms = len(web.weight)
    hit = np.linspace(0, firms - 1, SAMPLE).astype(np.int64)
    psi = np.zeros((firms, SAMPLE))
    psi[hit, np.arange(SAMPLE)] = 1.0
    begin = time.perf_counter()
    _sparse_cascade(web, psi, eps)
    return (time.perf_counter() - begin) * firms / SAMPLE


def _sparse_cascade(web: Web, psi: Floats, eps: float) -> tuple[Floats, Floats]:
    """Both chains for all columns of psi at once, until the slowest is at rest."""
    markets, firms = web.down.markets, len(web.weight)
    member = sparse.csr_array(
        (np.ones(len(markets.firm)), (markets.of_firm[markets.firm], markets.firm)),
        shape=(len(markets.start) - 1, firms),
    )
    inputs, orders = (_matrix(side, firms) for side in (web.down, web.up))
    first, buys = web.down.group_start[:-1], np.diff(web.down.group_start) > 0
    down, up, fall, size = psi, psi, np.inf, markets.size[:, np.newaxis]
    while fall > eps:
        left = np.asarray(member @ (size * (1 - down)))[markets.of_firm]
        missing = np.where(size < left, size / np.maximum(left, size), 1.0) * down
        worst = np.zeros_like(psi)
        worst[buys] = np.maximum.reduceat(inputs @ missing, first[buys], axis=0)
        new_down, new_up = np.maximum(psi, np.minimum(1.0, worst)), np.maximum(psi, orders @ up)
        fall = max((new_down - down).max(), (new_up - up).max())
        down, up = new_down, new_up
    return down, up


def _matrix(side: Side, firms: int) -> sparse.csr_array:
    """Groups x firms for inputs; one row a firm for orders, where all customers are one group."""
    groups = sparse.csr_array((side.share, side.source, side.link_start), shape=(len(side.link_start) - 1, firms))
    if len(side.link_start) - 1 == np.count_nonzero(np.diff(side.group_start)):
        owner = np.flatnonzero(np.diff(side.group_start))
        place = sparse.csr_array((np.ones(len(owner)), (owner, np.arange(len(owner)))), shape=(firms, len(owner)))
        return sparse.csr_array(place @ groups)
    return groups


def _bandwidth(web: Web) -> Iterator[Row]:
    """Bytes a second of an update that visits all links, and of triads."""
    firms, links = len(web.weight), len(web.down.share)
    small = np.full(firms, 1e-6)
    shocks = Shocks(np.array([0, firms]), np.arange(firms), small, small)
    outcome, rule = empty_outcome(1, firms, keep=False), Rule(0.0, UPDATES, 0.0)
    run = partial(cascade.run, web, shocks, rule, outcome, first=0, last=1)
    updates = int((run(), outcome.iterations[0])[1])
    visits = 2 * links * updates
    seconds = _best(run)
    yield Row("all links visited, 1 thread", visits / seconds / 1e6, "M links/s")
    yield Row("all links visited, 1 thread", visits * VISIT_BYTES / seconds / 1e9, "GB/s")
    yield Row("triad, as large as the links, 1 thread", _triad(2 * links), "GB/s")
    yield Row("triad, 240 MB, 1 thread", _triad(10_000_000), "GB/s")


def _triad(size: int) -> float:
    a, b, c = np.zeros(size), np.ones(size), np.ones(size)

    def run() -> None:
        np.multiply(c, 3.0, out=a)
        np.add(a, b, out=a)

    return 5 * 8 * size / _best(run) / 1e9


def _best(run: Callable[[], object]) -> float:
    best = np.inf
    for _ in range(5):
        begin = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - begin)
    return best


if __name__ == "__main__":
    chosen = next(mode for mode in MODES if mode == sys.argv[4])
    scr.esri(*make_firms(*map(int, sys.argv[1:4])), mode=chosen, threads=int(sys.argv[5]))
