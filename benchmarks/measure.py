"""Rows of figures, and wall time and peak memory of whole commands."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import supplychain_risk as scr

KIB = 1024
KILO = 1000


@dataclass(frozen=True)
class Row:
    """One figure: what was measured, how much, and the most (or, for rates, the least) it may be."""

    what: str
    value: float
    unit: str
    budget: str = ""

    @property
    def figure(self) -> str:
        """Value in four digits, whole numbers and thousands in full."""
        return f"{self.value:,.0f}" if self.value >= KILO or self.value == int(self.value) else f"{self.value:.4g}"


def run_command(*arguments: str, repeat: int = 1) -> tuple[float, float]:
    """Smallest wall time in seconds and largest peak memory in MB of a Python command, run `repeat` times.

    Peak memory is the largest resident set of the process, as the system reports it.
    """
    seconds, memory = float("inf"), 0.0
    for _ in range(repeat):
        begin = time.perf_counter()
        with subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        seconds = min(seconds, time.perf_counter() - begin)
        unit = 1 if sys.platform == "darwin" else KIB
        memory = max(memory, usage.ru_maxrss * unit / 1e6)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, arguments)
    return seconds, memory


def describe_machine() -> dict[str, str]:
    """Processor, cores, memory, and the versions that speed depends on."""
    return {
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "scipy", "pandas", "numba")},
        "supplychain_risk": scr.__version__,
    }


def _processor() -> str:
    table = Path("/proc/cpuinfo")
    if table.is_file():
        for line in table.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", maxsplit=1)[1].strip()
    return platform.processor() or "unknown"
