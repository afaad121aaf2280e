"""Chokepoints of all nodes of the packaged network, whole and in parts; wall time once everything is compiled."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
from measure import Row

import supplychain_risk as scr
from supplychain_risk.network.nodes import list_nodes
from supplychain_risk.propagation.dynamics import Dynamics
from supplychain_risk.propagation.outages import Course, follow_outages

END = "ai_accelerator"
REPEATS = 3


def seconds(run: Callable[[], object]) -> float:
    """Best wall time of a few runs, after one to warm up."""
    run()
    best = np.inf
    for _ in range(REPEATS):
        begin = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - begin)
    return best


def measure() -> Iterator[Row]:
    """All nodes, then what they are made of."""
    network = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    nodes, course = list_nodes(network), Course(90, 364, 7, Dynamics.of(network))
    count = f"{len(nodes.node)} nodes"
    yield Row(f"chokepoints, {count}", seconds(lambda: scr.chokepoints(network)), "s", "< 5")
    yield Row(f"weekly dynamics, {count}", seconds(lambda: follow_outages(network, nodes.loss, END, course)), "s")
    bounds = seconds(
        lambda: scr.survival_bounds(network, nodes.loss, end_product=END, outage_days=90, horizon_days=364)
    )
    yield Row(f"time to survive and least loss, {count}", bounds, "s")
    yield Row("cut sets of one and two companies", seconds(lambda: scr.cut_sets(network, END)), "s")
    activities = seconds(lambda: scr.cut_sets(network, END, by="activity"))
    yield Row("cut sets of one and two activities", activities, "s")
    yield Row("cheapest failure by companies", seconds(lambda: scr.cheapest_failure(network, END)), "s")
