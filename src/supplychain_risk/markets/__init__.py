"""What it costs: from lost deliveries and scarcity prices to revenue, cash flow and the value of shares."""

from supplychain_risk.markets.equities import equity_returns
from supplychain_risk.markets.result import EquityReturns

__all__ = ["EquityReturns", "equity_returns"]
