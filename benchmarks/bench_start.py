"""How long a shell waits before anything happens."""

from __future__ import annotations

from collections.abc import Iterator

from measure import Row, run_command


def measure() -> Iterator[Row]:
    """Whole processes, best of five."""
    yield Row("python -c pass", run_command("-c", "pass", repeat=5)[0], "s")
    yield Row("import supplychain_risk", run_command("-c", "import supplychain_risk", repeat=5)[0], "s", "< 0.3")
    yield Row("--help", run_command("-m", "supplychain_risk", "--help", repeat=5)[0], "s", "< 0.5")
