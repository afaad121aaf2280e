"""What it costs: from lost deliveries, scarcity prices and lost customers to revenue, cash flow and returns."""

from supplychain_risk.markets.equities import equity_returns
from supplychain_risk.markets.result import EquityReturns

__all__ = ["EquityReturns", "equity_returns"]
