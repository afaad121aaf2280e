"""Who depends on whom: facts become a balanced network of activities."""

from __future__ import annotations

from supplychain_risk.network.network import KINDS, SupplyNetwork

__all__ = ["KINDS", "SupplyNetwork"]
