"""Which links of the AI hardware chain can break, how far the break travels, and what it costs.

Facts with sources become a balanced network of activities ("company makes product"); a scenario takes capacity
away from some of them in many simulated futures; stocks, substitutes and recovery decide what is lost week by
week; companies' cash flows decide what that costs their owners::

    dataset -> network -> scenarios, propagation -> simulation -> markets -> report, cli

Each arrow is one public function, each noun one frozen object, nothing points back. Importing this package only
defines names: what stands behind a name is loaded when it is first used.

>>> import supplychain_risk as scr
>>> issubclass(scr.errors.DataError, ValueError)
True
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from supplychain_risk import errors
    from supplychain_risk.concentration.cheapest import cheapest_failure
    from supplychain_risk.concentration.chokepoints import chokepoints
    from supplychain_risk.concentration.cut_sets import cut_sets
    from supplychain_risk.concentration.indices import share_indices
    from supplychain_risk.concentration.lookthrough import lookthrough
    from supplychain_risk.concentration.measures import concentration
    from supplychain_risk.concentration.rules import import_dependence, mergers, supply_risk
    from supplychain_risk.dataset.load import check_folder, load_dataset
    from supplychain_risk.dataset.schema import Dataset
    from supplychain_risk.markets.annual import annual_risk
    from supplychain_risk.markets.annual_events import simulate_events
    from supplychain_risk.markets.annual_result import AnnualRisk
    from supplychain_risk.markets.attribution import (
        Attribution,
        attribute_loss,
        cause_contributions,
        path_contributions,
    )
    from supplychain_risk.markets.compare import Comparison, compare, compare_runs
    from supplychain_risk.markets.earnings import earnings_at_risk
    from supplychain_risk.markets.equities import equity_returns
    from supplychain_risk.markets.explanation import Explanation, explain
    from supplychain_risk.markets.indices import index_difference, index_returns, index_table
    from supplychain_risk.markets.portfolio import Portfolio
    from supplychain_risk.markets.portfolio_risk import PortfolioRisk, portfolio_risk
    from supplychain_risk.markets.precision import convergence, draws_needed, simulate_until, standard_error
    from supplychain_risk.markets.result import EquityReturns
    from supplychain_risk.network import SupplyNetwork
    from supplychain_risk.propagation.cascade import SystemicRisk, esri, systemic_risk
    from supplychain_risk.propagation.inventory import propagate
    from supplychain_risk.propagation.survival import survival_bounds
    from supplychain_risk.report.result_file import write_results
    from supplychain_risk.scenarios.band import capacity_band
    from supplychain_risk.scenarios.design import Sampling
    from supplychain_risk.scenarios.frequencies import Frequencies, load_frequencies
    from supplychain_risk.scenarios.library import list_scenarios, load_scenario
    from supplychain_risk.scenarios.sampling import sample_paths
    from supplychain_risk.simulation.executors import DaskExecutor, LocalProcesses, LocalThreads
    from supplychain_risk.simulation.result import Simulation
    from supplychain_risk.simulation.runner import load_simulation, simulate
    from supplychain_risk.simulation.summary import price_summary, result_table

__version__ = "0.1.0"

__all__ = [
    "AnnualRisk",
    "Attribution",
    "Comparison",
    "DaskExecutor",
    "Dataset",
    "EquityReturns",
    "Explanation",
    "Frequencies",
    "LocalProcesses",
    "LocalThreads",
    "Portfolio",
    "PortfolioRisk",
    "Sampling",
    "Simulation",
    "SupplyNetwork",
    "SystemicRisk",
    "__version__",
    "annual_risk",
    "attribute_loss",
    "capacity_band",
    "cause_contributions",
    "cheapest_failure",
    "check_folder",
    "chokepoints",
    "compare",
    "compare_runs",
    "concentration",
    "convergence",
    "cut_sets",
    "draws_needed",
    "earnings_at_risk",
    "equity_returns",
    "errors",
    "esri",
    "explain",
    "import_dependence",
    "index_difference",
    "index_returns",
    "index_table",
    "list_scenarios",
    "load_dataset",
    "load_frequencies",
    "load_scenario",
    "load_simulation",
    "lookthrough",
    "mergers",
    "path_contributions",
    "portfolio_risk",
    "price_summary",
    "propagate",
    "result_table",
    "sample_paths",
    "share_indices",
    "simulate",
    "simulate_events",
    "simulate_until",
    "standard_error",
    "supply_risk",
    "survival_bounds",
    "systemic_risk",
    "write_results",
]

_HOME = {
    "AnnualRisk": "supplychain_risk.markets.annual_result",
    "Attribution": "supplychain_risk.markets.attribution",
    "Comparison": "supplychain_risk.markets.compare",
    "DaskExecutor": "supplychain_risk.simulation.executors",
    "Dataset": "supplychain_risk.dataset.schema",
    "EquityReturns": "supplychain_risk.markets.result",
    "Frequencies": "supplychain_risk.scenarios.frequencies",
    "Explanation": "supplychain_risk.markets.explanation",
    "LocalProcesses": "supplychain_risk.simulation.executors",
    "LocalThreads": "supplychain_risk.simulation.executors",
    "Portfolio": "supplychain_risk.markets.portfolio",
    "PortfolioRisk": "supplychain_risk.markets.portfolio_risk",
    "Sampling": "supplychain_risk.scenarios.design",
    "Simulation": "supplychain_risk.simulation.result",
    "SupplyNetwork": "supplychain_risk.network",
    "SystemicRisk": "supplychain_risk.propagation.cascade",
    "annual_risk": "supplychain_risk.markets.annual",
    "attribute_loss": "supplychain_risk.markets.attribution",
    "capacity_band": "supplychain_risk.scenarios.band",
    "cause_contributions": "supplychain_risk.markets.attribution",
    "cheapest_failure": "supplychain_risk.concentration.cheapest",
    "check_folder": "supplychain_risk.dataset.load",
    "chokepoints": "supplychain_risk.concentration.chokepoints",
    "compare": "supplychain_risk.markets.compare",
    "compare_runs": "supplychain_risk.markets.compare",
    "concentration": "supplychain_risk.concentration.measures",
    "convergence": "supplychain_risk.markets.precision",
    "cut_sets": "supplychain_risk.concentration.cut_sets",
    "draws_needed": "supplychain_risk.markets.precision",
    "earnings_at_risk": "supplychain_risk.markets.earnings",
    "equity_returns": "supplychain_risk.markets.equities",
    "esri": "supplychain_risk.propagation.cascade",
    "explain": "supplychain_risk.markets.explanation",
    "import_dependence": "supplychain_risk.concentration.rules",
    "index_difference": "supplychain_risk.markets.indices",
    "index_returns": "supplychain_risk.markets.indices",
    "index_table": "supplychain_risk.markets.indices",
    "list_scenarios": "supplychain_risk.scenarios.library",
    "load_dataset": "supplychain_risk.dataset.load",
    "load_frequencies": "supplychain_risk.scenarios.frequencies",
    "load_scenario": "supplychain_risk.scenarios.library",
    "load_simulation": "supplychain_risk.simulation.runner",
    "lookthrough": "supplychain_risk.concentration.lookthrough",
    "mergers": "supplychain_risk.concentration.rules",
    "portfolio_risk": "supplychain_risk.markets.portfolio_risk",
    "price_summary": "supplychain_risk.simulation.summary",
    "path_contributions": "supplychain_risk.markets.attribution",
    "propagate": "supplychain_risk.propagation.inventory",
    "result_table": "supplychain_risk.simulation.summary",
    "sample_paths": "supplychain_risk.scenarios.sampling",
    "share_indices": "supplychain_risk.concentration.indices",
    "simulate": "supplychain_risk.simulation.runner",
    "simulate_events": "supplychain_risk.markets.annual_events",
    "simulate_until": "supplychain_risk.markets.precision",
    "standard_error": "supplychain_risk.markets.precision",
    "supply_risk": "supplychain_risk.concentration.rules",
    "survival_bounds": "supplychain_risk.propagation.survival",
    "systemic_risk": "supplychain_risk.propagation.cascade",
    "write_results": "supplychain_risk.report.result_file",
}
"""Public name -> module that defines it."""


class _Package(ModuleType):
    """Keeps public names for what they name: importing the folder `concentration` does not hide the function."""

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse a submodule under a public name; it stays in sys.modules, where imports look for it."""
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    if name == "errors":
        return import_module("supplychain_risk.errors")
    if name not in _HOME:
        raise AttributeError(f"module 'supplychain_risk' has no attribute '{name}'", name=name, obj=None)
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*globals(), *__all__})
