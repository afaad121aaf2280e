"""The main job from a shell: wall time, peak memory, and how both grow with draws and weeks."""

from __future__ import annotations

from collections.abc import Iterator

from measure import Row, run_command

SIZES = ((2_500, 104), (5_000, 104), (10_000, 104), (10_000, 208))
BUDGETS = {(10_000, 104): ("< 20", "< 1500")}


def measure() -> Iterator[Row]:
    """Run once to compile, then each size once."""
    command = ("-m", "supplychain_risk", "scenario", "taiwan", "--draws")
    run_command(*command, "100")
    for draws, weeks in SIZES:
        seconds, memory = run_command(*command, str(draws), "--horizon", str(7 * weeks))
        time_budget, memory_budget = BUDGETS.get((draws, weeks), ("", ""))
        yield Row(f"{draws:,} draws x {weeks} weeks", seconds, "s", time_budget)
        yield Row(f"{draws:,} draws x {weeks} weeks, peak", memory, "MB", memory_budget)
