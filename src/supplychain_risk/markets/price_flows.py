"""From gains and costs by prices in the network to those of companies, in reported money.

The network's values are balanced, a company's revenue is reported: a line with revenue R, whose external sales are X a
year at baseline, counts each dollar of the network as R / X dollars, so that an error of the balance does not become an
error of the accounts. Activities without a line (captive ones) have costs as well; they count at the ratio of all lines
of their company. Surcharges are part of input costs, and what is charged on is apart, see `kernels.pass_through`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from supplychain_risk.markets.accounts import Accounts, Floats, Ints
from supplychain_risk.propagation.pricing import PassThrough
from supplychain_risk.simulation.result import Simulation


class PriceFlows(NamedTuple):
    """USD bn of N companies per USD bn in the network.

    Attributes
    ----------
    gain : (M, N) by prices on what makers of products with moving prices sell.
    cost : (B, N) higher input costs, surcharges included, per direct cost of a buyer.
    expense : (B, N) the part of them that is an operating cost when it is paid: all but that of capital goods, which
        are written off later.
    passed_on : (B, N) what companies charge on of them.
    """

    gain: Floats
    cost: Floats
    expense: Floats
    passed_on: Floats


def price_flows(run: Simulation, accounts: Accounts) -> PriceFlows:
    """How gains of makers and direct costs of buyers become those of companies."""
    totals = run.totals
    passing = run.pass_through
    scale, owner = _scales(run, accounts, passing)
    member = np.zeros((len(scale), len(accounts.table)))
    known = np.flatnonzero(owner >= 0)
    member[known, owner[known]] = scale[known]
    lines = np.zeros(len(scale), dtype=np.bool_)
    lines[accounts.activity] = True
    return PriceFlows(
        gain=np.where(lines[totals.price_maker, None], member[totals.price_maker], 0.0),
        cost=passing.cost.T @ member,
        expense=passing.expense.T @ member,
        passed_on=(passing.rate[:, None] * passing.cost).T @ member,
    )


def _scales(run: Simulation, accounts: Accounts, passing: PassThrough) -> tuple[Floats, Ints]:
    """Reported money per money of the network, and the row of the company in the accounts, -1 = none; (A,) both."""
    network, companies = run.network, len(accounts.table)
    rows = accounts.table.index.get_indexer(pd.Index(network.companies)).astype(np.int64)
    owner = rows[network.activity_company]
    sales = passing.external_sales[accounts.activity]
    selling = sales > 0
    revenue = np.bincount(accounts.company[selling], accounts.revenue[selling], companies)
    in_network = np.bincount(accounts.company[selling], sales[selling], companies)
    usual = np.divide(revenue, in_network, out=np.zeros(companies), where=in_network > 0)
    scale = np.where(owner >= 0, usual[owner] if companies else 0.0, 0.0)
    scale[accounts.activity[selling]] = accounts.revenue[selling] / sales[selling]
    return scale, owner
