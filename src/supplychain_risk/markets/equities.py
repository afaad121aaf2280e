"""From a simulation to returns of shares, channel by channel.

Channels are kept apart and add up: `cash_flow`, the present value of what is not delivered and of what becomes dearer
relative to market value; `permanent`, customers who do not come back; `repricing`, what the market makes of the year
that is coming; `market`, beta x the fall of the whole market that goes with the event, apart so that a war's fall of
all shares is not credited to the supply network; `residual`, if the user gives a covariance. Destroyed or seized plants
are in none of them: no scenario gives figures for their value, only for how long they are out.
"""

from __future__ import annotations

import pandas as pd

from supplychain_risk.errors import InputError
from supplychain_risk.markets.accounts import read_accounts
from supplychain_risk.markets.cash_flow import present_value
from supplychain_risk.markets.channels import Channels, Part
from supplychain_risk.markets.permanent import permanent_returns
from supplychain_risk.markets.repricing import contribution_lost, kappa_of_draws, normal_contribution
from supplychain_risk.markets.residual import residual_returns
from supplychain_risk.markets.result import CASH_FLOW, MARKET, PERMANENT, REPRICING, RESIDUAL, EquityReturns
from supplychain_risk.simulation.result import Simulation


def equity_returns(run: Simulation, *, residual: pd.DataFrame | None = None) -> EquityReturns:
    """Value what a simulated scenario does to companies.

    Parameters
    ----------
    run : simulation on a network built from a dataset, which has the companies' accounts.
    residual : covariance of what moves shares apart from network and market, rows and columns by company id or ticker,
        over the time that is looked at; its draws are a channel of their own. None = no such channel.

    Returns
    -------
    EquityReturns: losses in USD bn and returns by channel of every draw, conditional on the event.

    Raises
    ------
    InputError
        If the network was made of tables, without accounts, or `residual` is no covariance.
    UnknownNameError
        If `residual` names no company of the data.

    Notes
    -----
    Gaps stay gaps. No market value, or not listed: a loss in USD and blank returns. No revenue: no row. No gross
    margin or beta: that of the class. A company outside the network has exactly 0 in the network's channels.
    All returns are in USD; the shares of one company on several exchanges have the same. Currencies do not move.

    Examples
    --------
    >>> import supplychain_risk as scr
    >>> net = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    >>> returns = equity_returns(scr.simulate(net, "taiwan-quake", n_draws=64, horizon_days=364, seed=7))
    >>> returns.table().loc["pnc", ["loss_usd_bn", "network_return"]].tolist()
    [0.0, 0.0]
    """
    dataset = run.network.dataset
    if dataset is None:
        raise InputError("equity_returns: found a network made of tables, expected one from a dataset with accounts")
    accounts = read_accounts(dataset, run.network)
    model = dataset.parameters.model
    value = present_value(run, accounts, tail_close_days=model.tail_close_days.value)
    market_value = accounts.column("market_cap_usd_bn")
    listed = market_value / market_value  # 1, or NaN where the market value is unknown
    kappa = kappa_of_draws(run, {kind: fact.value for kind, fact in model.repricing.items()})
    lost = contribution_lost(run, accounts, normal_contribution(dataset, accounts))
    moved = permanent_returns(run, accounts, share_lost=model.permanent_share_loss.value)
    factor, beta = run.totals.market_factor[:, None], accounts.column("beta") * listed
    parts: dict[str, Part] = {
        CASH_FLOW: lambda draws: value[draws] / market_value,
        PERMANENT: lambda draws: moved[draws] * listed,
        REPRICING: lambda draws: kappa[draws, None] * lost[draws] * listed + 0.0,  # never -0
        MARKET: lambda draws: factor[draws] * beta,
    }
    if residual is not None:
        drawn = residual_returns(run, accounts, residual) * listed
        parts[RESIDUAL] = lambda draws: drawn[draws]
    value.setflags(write=False)
    return EquityReturns(run=run, accounts=accounts, present_value=value, channels=Channels(parts))
