"""The main job from a shell: wall time, peak memory, and how both grow with draws."""

from __future__ import annotations

from collections.abc import Iterator

from measure import Row, run_command

DRAWS = (2_500, 5_000, 10_000)
BUDGETS = {10_000: ("< 20", "< 1500")}


def measure() -> Iterator[Row]:
    """Run once to compile, then each size once."""
    command = ("-m", "supplychain_risk", "scenario", "taiwan", "--draws")
    run_command(*command, "100")
    for draws in DRAWS:
        seconds, memory = run_command(*command, str(draws))
        time_budget, memory_budget = BUDGETS.get(draws, ("", ""))
        yield Row(f"scenario taiwan, {draws:,} draws", seconds, "s", time_budget)
        yield Row(f"scenario taiwan, {draws:,} draws, peak", memory, "MB", memory_budget)
