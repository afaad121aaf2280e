"""Books: Euler parts of expected shortfall beside programs that take differences, the report, and its memory.

PEERS_PYTHON names the interpreter of an environment with skfolio and Riskfolio-Lib; without it their rows are left out.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from measure import Row

import supplychain_risk as scr
from supplychain_risk.kernels import shortfall
from supplychain_risk.markets.accounts import Floats
from supplychain_risk.markets.result import EquityReturns
from supplychain_risk.report.portfolio_report import portfolio_report
from supplychain_risk.report.tables import render

NAMES, DRAWS, LEVEL = 200, 10_000, 0.95
REPEATS = 20
AGREEMENT = 1e-6
"""What differences may miss."""


def euler(returns: Floats, weights: Floats) -> tuple[float, Floats]:
    """Seconds, best of several, and parts; from returns on, standard errors included."""
    best = float("inf")
    for _ in range(REPEATS):
        begin = time.perf_counter()
        parts = shortfall.components(returns, -(returns @ weights), LEVEL).value * -weights
        best = min(best, time.perf_counter() - begin)
    return best, parts


def peers(returns: Floats, weights: Floats) -> dict[str, dict[str, object]]:
    """Seconds and parts of the programs in the other environment."""
    python = os.environ.get("PEERS_PYTHON")
    if not python:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "returns.npz"
        np.savez(file, returns=returns, weights=weights)
        script = Path(__file__).with_name("peers_euler.py")
        done = subprocess.run([python, str(script), str(file)], capture_output=True, text=True, check=True)
    found: dict[str, dict[str, object]] = json.loads(done.stdout)
    return found


def side_by_side() -> Iterator[Row]:
    """The same book by all programs, and how far their parts lie apart."""
    rng = np.random.default_rng(0)
    returns = rng.standard_t(4, size=(DRAWS, NAMES)) / 100
    weights = rng.dirichlet(np.ones(NAMES))
    seconds, parts = euler(returns, weights)
    yield Row(f"Euler ES, {NAMES} names x {DRAWS:,} draws", 1000 * seconds, "ms", "< 10")
    for name, record in peers(returns, weights).items():
        theirs = np.array(record["parts"])
        if not np.allclose(theirs, parts, atol=AGREEMENT):
            raise AssertionError(f"{name}: parts differ by up to {np.abs(theirs - parts).max():.3g}")
        taken = float(str(record["seconds"]))
        yield Row(f"the same by {name}", 1000 * taken, "ms")
        yield Row(f"{name} over ours", taken / seconds, "times")


def report() -> Iterator[Row]:
    """From a finished simulation to the text of the report."""
    network = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    book = scr.Portfolio.example()
    run = scr.simulate(network, "taiwan", n_draws=DRAWS, horizon_days=728, seed=1)
    render(portfolio_report(scr.portfolio_risk(scr.equity_returns(run), book)))
    begin = time.perf_counter()
    returns = scr.equity_returns(run)
    valued = time.perf_counter()
    render(portfolio_report(scr.portfolio_risk(returns, book)))
    end = time.perf_counter()
    yield Row(f"{DRAWS:,} draws: simulation to report of a book", end - begin, "s", "< 3")
    yield Row("of which the returns of companies", valued - begin, "s")
    yield Row("memory of a book, in copies of draws x companies", copies(returns), "copies", "< 2")


def copies(returns: EquityReturns) -> float:
    """Largest memory that the risk of the widest book takes beyond the returns, in arrays of draws x companies."""
    tracemalloc.start()
    risk = scr.portfolio_risk(returns, scr.Portfolio.of_index("msci_acwi"))
    risk.contributions(by="holding")
    risk.incremental()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / (8.0 * returns.run.n_draws * len(returns.companies))


def measure() -> Iterator[Row]:
    """All of the above."""
    yield from side_by_side()
    yield from report()
