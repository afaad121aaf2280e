"""Many times: a scenario sampled and propagated draw by draw."""

from supplychain_risk.simulation.result import Simulation
from supplychain_risk.simulation.runner import load_simulation, simulate

__all__ = ["Simulation", "load_simulation", "simulate"]
