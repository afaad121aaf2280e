"""Two runs side by side on common random numbers.

Both runs give every driver of the same name the same uniforms, so that most of the chance in the two is the same and
leaves their difference: with D draws of A and B

    standard error of mean(B - A) = sqrt( (s_A^2 + s_B^2 - 2 cov(A, B)) / D )

while independent draws would leave sqrt((s_A^2 + s_B^2) / D) (Glasserman 2003, Monte Carlo Methods in Financial
Engineering, doi:10.1007/978-0-387-21617-1, section 7.1). Scenarios share the drivers of hits with the same name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from supplychain_risk.errors import InputError
from supplychain_risk.kernels import tail
from supplychain_risk.markets.metrics import Metric, find_metric
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.network.required import require_network
from supplychain_risk.scenarios.design import Method, Sampling, order_coordinates
from supplychain_risk.scenarios.library import load_scenario
from supplychain_risk.scenarios.sampling import find_drivers
from supplychain_risk.scenarios.spec import Scenario
from supplychain_risk.simulation.result import Simulation
from supplychain_risk.simulation.runner import horizon_of, simulate


@dataclass(frozen=True, eq=False)
class Comparison:
    """What differs between two runs on common random numbers; conditional on the events.

    Attributes
    ----------
    first, second : the runs.
    metric : what is compared.
    table : one row a product or company, largest difference first: first, second (means), difference = second - first,
        standard_error of the difference, independent_error = what it would be without common numbers.
    """

    first: Simulation
    second: Simulation
    metric: Metric
    table: pd.DataFrame

    def __repr__(self) -> str:
        """Say what is compared, never the content."""
        return f"Comparison({self.first.scenario.name}, {self.second.scenario.name}, {self.metric.name})"


def compare(  # noqa: PLR0913
    network: SupplyNetwork,
    first: str | Scenario,
    second: str | Scenario,
    *,
    metric: str = "output_loss",
    n_draws: int = 10_000,
    horizon_days: float | None = None,
    seed: int = 0,
    sampling: Method | Sampling = "random",
    progress: Callable[[int], None] | None = None,
) -> Comparison:
    """Simulate two scenarios on common random numbers and compare them.

    Parameters
    ----------
    network : balanced baseline of both. For two networks (a mitigation) simulate each and use `compare_runs`.
    first, second : names of packaged scenarios, or records.
    metric : output_loss, company_output_loss, unmet_demand, cash_flow_loss, plain_return, network_return or
        total_return.
    n_draws, horizon_days, seed, sampling, progress : as in `simulate`, for each of the two.

    Raises
    ------
    UnknownNameError, DataError, InputError : as `simulate`; no such metric.

    Examples
    --------
    >>> import supplychain_risk as scr
    >>> net = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    >>> found = compare(net, "taiwan-quarantine", "taiwan-blockade", n_draws=64, horizon_days=182)
    >>> row = found.table.loc["hbm"]
    >>> bool(row["difference"] > 0), bool(row["standard_error"] < row["independent_error"])
    (True, True)
    """
    require_network(network)
    find_metric(metric)
    scenarios = [load_scenario(each) if isinstance(each, str) else each for each in (first, second)]
    days = horizon_of(network, horizon_days).days
    chosen = Sampling(sampling) if isinstance(sampling, str) else sampling
    if chosen.method == "sobol" and not chosen.coordinates:
        drivers = [name for each in scenarios for name in find_drivers(each, network, horizon_days=days)]
        chosen = replace(chosen, coordinates=order_coordinates(drivers))
    runs = [
        simulate(
            network,
            each,
            n_draws=n_draws,
            horizon_days=horizon_days,
            seed=seed,
            sampling=chosen,
            progress=progress,
        )
        for each in scenarios
    ]
    return compare_runs(*runs, metric=metric)


def compare_runs(first: Simulation, second: Simulation, *, metric: str = "output_loss") -> Comparison:
    """Compare two runs made of the same draws, for example of one scenario on two networks.

    Rows that only one of the two has are left out.

    Raises
    ------
    InputError : the runs differ in draws, seed, sampling or horizon.
    UnknownNameError : no such metric.
    """
    measure = find_metric(metric)
    for name in ("n_draws", "seed", "sampling", "horizon"):
        a, b = getattr(first, name), getattr(second, name)
        if a != b:
            raise InputError(f"compare_runs: {name} differs: {a} and {b}; expected the same draws in both runs")
    (labels, a), (others, b) = measure.values(first), measure.values(second)
    both = labels.intersection(others, sort=False)
    a, b = a[:, labels.get_indexer(both)], b[:, others.get_indexer(both)]
    means = tail.mean(a, first.design), tail.mean(b, second.design)
    difference = tail.mean_difference(a, b, (first.design, second.design))
    columns = {
        "first": means[0].value,
        "second": means[1].value,
        "difference": difference.value,
        "standard_error": difference.standard_error,
        "independent_error": np.hypot(means[0].standard_error, means[1].standard_error),
    }
    table = pd.DataFrame(columns, index=both.rename(measure.rows))
    order = table["difference"].abs().sort_values(ascending=False, kind="stable").index
    return Comparison(first, second, measure, table.loc[order])
