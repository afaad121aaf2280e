"""Run every benchmark (`bench_*.py` with a function `measure`) and write docs/benchmarks.md and .json.

``python benchmarks/run.py [NAME ...]`` runs only those named and writes nothing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from measure import Row, describe_machine

HERE = Path(__file__).resolve().parent
DOCS = HERE.parent / "docs"


def run_benchmarks(names: Iterable[str]) -> dict[str, list[Row]]:
    """Measure, one benchmark after the other, printing each row as it comes."""
    results: dict[str, list[Row]] = {}
    for name in names:
        results[name] = []
        for row in import_module(f"bench_{name}").measure():
            print(f"{row.what:<45} {row.figure:>14} {row.unit:<8} {row.budget}", flush=True)
            results[name].append(row)
    return results


def write_page(machine: Mapping[str, str], results: Mapping[str, Iterable[Row]]) -> str:
    """Lay out the results as a page of documentation."""
    lines = ["# Benchmarks", "", "Written by `make bench`; wall times of whole processes unless said otherwise.", ""]
    lines += [f"- {name}: {value}" for name, value in machine.items()]
    for name, rows in results.items():
        lines += ["", f"## {name}", "", "| what | value | unit | budget |", "|---|---:|---|---|"]
        lines += [f"| {row.what} | {row.figure} | {row.unit} | {row.budget} |" for row in rows]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run what the command line names, or all."""
    known = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    machine = describe_machine()
    print("\n".join(f"{name}: {value}" for name, value in machine.items()))
    chosen = sys.argv[1:]
    results = run_benchmarks(chosen or known)
    if not chosen:
        DOCS.mkdir(exist_ok=True)
        (DOCS / "benchmarks.md").write_text(write_page(machine, results), encoding="utf-8")
        document = {
            "machine": machine,
            "results": {name: [asdict(row) for row in rows] for name, rows in results.items()},
        }
        (DOCS / "benchmarks.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
