"""Euler parts of expected shortfall by programs that take differences: run in an environment that has them.

``python peers_euler.py FILE.npz`` reads returns (D, N) and weights (N,), and prints one JSON record: name -> seconds
and parts. What cannot be imported is left out.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

LEVEL = 0.95


def by_skfolio(returns: Any, weights: Any) -> Any:
    """`Portfolio.contribution` of CVaR."""
    pandas, skfolio = import_module("pandas"), import_module("skfolio")
    frame = pandas.DataFrame(returns, index=pandas.date_range("1900-01-01", periods=len(returns)))
    book = skfolio.Portfolio(X=frame, weights=weights, cvar_beta=LEVEL)
    return book.contribution(measure=skfolio.RiskMeasure.CVAR)


def by_riskfolio(returns: Any, weights: Any) -> Any:
    """`Risk_Contribution` of CVaR."""
    pandas, riskfolio = import_module("pandas"), import_module("riskfolio")
    frame = pandas.DataFrame(returns)
    column = pandas.DataFrame(weights)
    return riskfolio.Risk_Contribution(column, frame, cov=frame.cov(), rm="CVaR", rf=0, alpha=1 - LEVEL)


def main() -> None:
    """Time each program once it is imported and warm."""
    warnings.simplefilter("ignore")
    content = np.load(sys.argv[1])
    returns, weights = content["returns"], content["weights"]
    programs: dict[str, Callable[[Any, Any], Any]] = {"skfolio": by_skfolio, "riskfolio": by_riskfolio}
    found = {}
    for name, parts_of in programs.items():
        try:
            parts_of(returns[:100, :3], weights[:3] / weights[:3].sum())
        except ImportError:
            continue
        begin = time.perf_counter()
        parts = parts_of(returns, weights)
        found[name] = {"seconds": time.perf_counter() - begin, "parts": np.ravel(parts).tolist()}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
