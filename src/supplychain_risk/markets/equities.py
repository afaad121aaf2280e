"""From a simulation to returns of shares, channel by channel.

Two channels so far: `cash_flow`, the present value of what is not delivered and of what becomes dearer relative to
market value, and `market`, beta x the fall of the whole market that goes with the event. They are kept apart so that a
war's fall of all shares is not credited to the supply network.
"""

from __future__ import annotations

from types import MappingProxyType

from supplychain_risk.errors import InputError
from supplychain_risk.markets.accounts import read_accounts
from supplychain_risk.markets.cash_flow import present_value
from supplychain_risk.markets.result import MARKET, EquityReturns
from supplychain_risk.simulation.result import Simulation


def equity_returns(run: Simulation) -> EquityReturns:
    """Value what a simulated scenario does to companies.

    Parameters
    ----------
    run : simulation on a network built from a dataset, which has the companies' accounts.

    Returns
    -------
    EquityReturns: losses in USD bn and returns by channel of every draw, conditional on the event.

    Raises
    ------
    InputError
        If the network was made of tables, without accounts.

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
    value = present_value(run, accounts, tail_close_days=dataset.parameters.model.tail_close_days.value)
    market_value = accounts.column("market_cap_usd_bn")
    listed = market_value / market_value  # 1, or NaN where the market value is unknown
    channels = {
        "cash_flow": value / market_value,
        MARKET: run.totals.market_factor[:, None] * (accounts.column("beta") * listed),
    }
    for array in (value, *channels.values()):
        array.setflags(write=False)
    return EquityReturns(run=run, accounts=accounts, present_value=value, channels=MappingProxyType(channels))
