"""What the market makes of a bad year: a change of value beyond the cash flow that is lost.

Over known events shares move by far more than the present value of lost cash flow after policy letters and wars, and
hardly at all after earthquakes. The channel is therefore tied to the year that is coming and to the class of event:

    return of company c = kappa[class] x m_c,    m_c = dEBIT of the first four quarters
                                                       / contribution of four normal quarters, cut to [-1, 1]

The contribution is that of all segments, also of those outside the model, which do not move. kappa is fitted by
`tools/fit_repricing.py`; what the events can and cannot say stands in docs/repricing.md. Every result is shown with
kappa = 0 as well.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from supplychain_risk.dataset.schema import Dataset
from supplychain_risk.markets.accounts import Accounts, Floats
from supplychain_risk.markets.cash_flow import operating_income_change
from supplychain_risk.markets.channels import ROWS
from supplychain_risk.simulation.result import Simulation
from supplychain_risk.simulation.totals import Single

QUARTERS = 4
"""Quarters of the year that is coming."""


def normal_contribution(dataset: Dataset, accounts: Accounts) -> Floats:
    """Contribution of a normal year (N,), USD bn: revenue less the cost that stops with it; NaN without revenue.

    Revenue outside the model has the company's gross margin and the default share of cost that stops.
    """
    inside = np.bincount(accounts.company, accounts.revenue * accounts.contribution_margin, len(accounts.table))
    covered = np.bincount(accounts.company, accounts.revenue, len(accounts.table))
    outside = np.maximum(accounts.column("revenue_usd_bn") - covered, 0.0)
    return np.asarray(inside + outside * _margin_outside(dataset, accounts))


def contribution_lost(run: Simulation, accounts: Accounts, contribution: Floats) -> Single:
    """Change of the first year's operating income (D, N) as a share of a normal year's contribution, -1..1.

    Exactly 0 for companies without a line. Quarters after the horizon count as normal. Where the contribution is
    negative its size counts, so that the sign stays that of the change.
    """
    last = min(QUARTERS, len(run.totals.steps_in_row))
    change = operating_income_change(run, accounts, *range(1, last + 1))
    lost = np.empty(change.shape, dtype=np.float32)
    for start in range(0, len(change), ROWS):
        part = change[start : start + ROWS]
        size = np.broadcast_to(np.abs(np.nan_to_num(contribution)), part.shape)
        share = np.divide(part, size, out=np.sign(part), where=size > 0.0)
        lost[start : start + ROWS] = np.clip(share, -1.0, 1.0)
    return lost + np.float32(0.0)  # never -0


def kappa_of_draws(run: Simulation, kappa: Mapping[str, float]) -> Floats:
    """(D,) kappa of the class of the part that happens in each draw."""
    by_part = np.array([kappa[part.kind] for part, _ in run.scenario.components()])
    return np.asarray(by_part[run.totals.component], dtype=np.float64)


def _margin_outside(dataset: Dataset, accounts: Accounts) -> Floats:
    products = dataset.parameters.products
    stops = products.variable_cost_share.default.value
    margins = []
    for name in accounts.table.index:
        finance = dataset.companies[str(name)].finance
        gross = (finance.gross_margin or products.gross_margin.default).value
        least = finance.operating_margin.value if finance.operating_margin else gross
        margins.append(1.0 - stops * (1.0 - max(gross, least)))
    return np.array(margins, dtype=np.float64)
