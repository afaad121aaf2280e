"""What others say a scenario does to shares, beside what the model says.

Statements are those of the scenario's records in the unit "return". They are about whole markets or groups of shares,
from the eve of an event to its worst; the model's returns are the present value of lost cash flow plus beta x the
market factor. That factor is drawn around such statements, so that its agreement with them is no evidence; what the
model adds is how far a book or an index departs from the market.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from supplychain_risk.kernels import tail
from supplychain_risk.markets.accounts import Floats
from supplychain_risk.markets.indices import index_returns
from supplychain_risk.markets.portfolio_risk import PortfolioRisk
from supplychain_risk.scenarios.spec import Benchmark, Scenario

UNIT = "return"
BESIDE = ("sp500", "soxx_etf")
"""Indices that stand beside statements, where the data have them."""


def anchors(risk: PortfolioRisk) -> pd.DataFrame:
    """Put statements about returns beside the model's mean returns in the same part of the scenario.

    Returns
    -------
    One row a statement: part, what, stated, source, as_of, confidence, market (the factor), indices by id with the
    market, book_network, book and book_error with the market. NaN where no draw has the part.
    """
    columns = _model(risk)
    rows = [
        {
            "part": part,
            "what": said.what,
            "stated": said.value.value,
            "source": said.value.source,
            "as_of": said.value.as_of,
            "confidence": said.value.confidence,
            **_means(risk, part, columns),
        }
        for part, said in _statements(risk.returns.run.scenario)
    ]
    return pd.DataFrame(rows)


def _statements(scenario: Scenario) -> Iterator[tuple[str, Benchmark]]:
    parts = [part for part, _ in scenario.components()]
    for part in parts if scenario.mixture is None else [scenario, *parts]:
        yield from ((part.name, said) for said in part.benchmarks if said.unit == UNIT)


def _model(risk: PortfolioRisk) -> dict[str, Floats]:
    run = risk.returns.run
    known = run.network.dataset.indices if run.network.dataset else {}
    return {
        "market": run.totals.market_factor,
        **{name: index_returns(risk.returns, name) for name in BESIDE if name in known},
        "book_network": 0.0 - risk.network.losses,
        "book": 0.0 - risk.total.losses,
    }


def _means(risk: PortfolioRisk, part: str, columns: dict[str, Floats]) -> dict[str, float]:
    run = risk.returns.run
    chosen = np.ones(run.n_draws, dtype=bool)
    if part in run.component_names:
        chosen = run.totals.component == run.component_names.index(part)
    if not chosen.any():
        return dict.fromkeys([*columns, "book_error"], np.nan)
    design = run.design.of(chosen)
    found = {name: float(tail.mean(draws[chosen], design).value) for name, draws in columns.items()}
    return {**found, "book_error": float(tail.mean(columns["book"][chosen], design).standard_error)}
