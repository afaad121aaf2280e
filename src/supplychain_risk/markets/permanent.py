"""Customers who do not come back: the part of an outage that outlasts it.

Of the orders that moved for good while a maker was out (`kernels.switching`), a share theta is really lost:

    return of company c = theta x sum over its products p of  s_cp dw_cp

with s_cp the product's share of the company's revenue and dw_cp the orders that stay away (-) or stay (+), relative to
baseline sales. A lasting share of sales is taken for the same share of market value. What losers lose winners win: in
baseline sales dw sums to 0 over all makers of a product, the unnamed ones and those without shares included; returns
do not, because a dollar of sales is worth more in one company than in another. Deliveries inside a company count as
sales here. Orders move as makers' capacity says, up to what the pool ordered: a small maker may win more than he sold.
"""

from __future__ import annotations

import numpy as np

from supplychain_risk.markets.accounts import Accounts
from supplychain_risk.simulation.result import Simulation
from supplychain_risk.simulation.totals import BlockTotals, Single


def permanent_returns(run: Simulation, accounts: Accounts, *, share_lost: float) -> Single:
    """Return by customers who stay with the maker they found, (D, N), share of market value, in single precision.

    Parameters
    ----------
    run, accounts : a simulation and the accounts over its network.
    share_lost : theta, share of the moved orders that never comes back, 0..1.
    """
    share_of_revenue = accounts.revenue / accounts.column("revenue_usd_bn")[accounts.company]
    by_company = accounts.by_company(share_lost * share_of_revenue)

    def moved(block: BlockTotals) -> Single:
        return ((by_company @ block.lasting_moves.T.astype(np.float64)).T + 0.0).astype(np.float32)  # never -0

    return run.totals.collect(moved)
