"""Many times: a scenario sampled and propagated draw by draw."""

from supplychain_risk.simulation.result import Simulation
from supplychain_risk.simulation.runner import simulate

__all__ = ["Simulation", "simulate"]
