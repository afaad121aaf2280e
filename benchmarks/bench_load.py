"""Reading and checking the data, and building the network."""

from __future__ import annotations

import time
from collections.abc import Iterator

from measure import Row, run_command

import supplychain_risk as scr

LOAD = "import supplychain_risk as scr; scr.load_dataset()"


def measure() -> Iterator[Row]:
    """Load in a fresh process, and in this one without imports; then the network."""
    yield Row("load_dataset(), fresh process", run_command("-c", LOAD, repeat=3)[0], "s", "< 1.5")
    begin = time.perf_counter()
    dataset = scr.load_dataset()
    yield Row("load_dataset(), modules loaded", time.perf_counter() - begin, "s")
    begin = time.perf_counter()
    network = scr.SupplyNetwork.from_dataset(dataset)
    yield Row("SupplyNetwork.from_dataset()", time.perf_counter() - begin, "s")
    yield Row("activities", len(network.activities), "")
    yield Row("links in pools", len(network.link_share), "")
    yield Row("links written out", network.links_written_out, "")
