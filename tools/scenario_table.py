"""Write docs/scenarios.md: `python tools/scenario_table.py [--draws 10000] [--seed 0] [NAME ...]`.

Every packaged scenario is simulated over two years on the packaged network. Losses are in days of normal output, given
that the event happens; quantiles are over draws, "±" is the Monte Carlo standard error of the mean.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import supplychain_risk as scr
from supplychain_risk.kernels import tail
from supplychain_risk.kernels.chain import Floats
from supplychain_risk.simulation.result import Simulation

HORIZON_DAYS = 728.0
QUARTERS = {"3 months": 1, "6 months": 2, "12 months": 4, "24 months": 8}
"""Heading -> quarters of thirteen weeks from the first day."""

PRODUCT = "ai_accelerator"
CHAIN = (
    "leading_edge_wafer_3nm",
    "mature_wafer",
    "dram",
    "hbm",
    "cowos",
    "ai_accelerator",
    "ai_server_gpu",
    "dry_etch_tool",
    "euv_scanner",
    "cloud_ai_compute",
    "consumer_device",
)
HEAD = """\
# Scenarios and what they cost

Written by `python tools/scenario_table.py`; do not edit by hand. {draws:,} draws a scenario, seed {seed}, weekly steps,
two years from the first day. Network {network}, data as of {as_of}, version {version}.

Everything holds given that the event happens. How often it does, and what each scenario assumes, is told by
`supplychain-risk scenarios NAME`. Losses are days of normal output of the product, added up from the first day; a loss
of 91 days in 3 months is a total stop. Below 0 is a gain: deliveries caught up, or more than normal output. `±` is
the Monte Carlo standard error of the mean; p5, p50 and p95 are quantiles over draws, not errors. How uncertain the facts are is
in neither.

## Lost output of AI accelerators

"""
MIDDLE = """
## Mean loss by product in two years, days of normal output

The same runs; in brackets the loss of the first quarter. `p95 ±` above has no counterpart here: errors of these means
are at most {largest:.1f} days.

"""


def main() -> None:
    """Simulate and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=scr.list_scenarios())
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--to", type=Path, default=Path(__file__).parents[1] / "docs" / "scenarios.md")
    given = parser.parse_args()
    dataset = scr.load_dataset()
    network = scr.SupplyNetwork.from_dataset(dataset)
    losses, products, largest = [], [], 0.0
    for name in given.names:
        run = scr.simulate(network, name, n_draws=given.draws, seed=given.seed, horizon_days=HORIZON_DAYS)
        losses.append([name, *_accelerators(run), _benchmark(run)])
        products.append([name, *_chain(run)])
        largest = max(largest, float(run.output_loss().loc[list(CHAIN), "standard_error"].max()))
        print(" | ".join(losses[-1]), flush=True)
    head = HEAD.format(
        draws=given.draws,
        seed=given.seed,
        network=network.digest[:12],
        as_of=dataset.as_of,
        version=scr.__version__,
    )
    first = _table(["scenario", *(f"{span}: mean ± (p5 / p50 / p95)" for span in QUARTERS), "what others say"], losses)
    second = _table(["scenario", *CHAIN], products)
    given.to.write_text(head + first + MIDDLE.format(largest=largest) + second, encoding="utf-8")


def _accelerators(run: Simulation) -> Iterator[str]:
    """Loss up to the end of each span: mean, its error, quantiles."""
    for quarters in QUARTERS.values():
        days = sum(_lost(run, quarter)[PRODUCT] for quarter in range(1, quarters + 1))
        value, error = tail.mean(days)
        low, middle, high = (tail.quantile(days, p).value for p in (0.05, 0.5, 0.95))
        yield f"{value:.1f} ± {error:.1f} ({low:.1f} / {middle:.1f} / {high:.1f})"


def _chain(run: Simulation) -> Iterator[str]:
    first, whole = (run.output_loss(quarter=quarter)["mean_days"] for quarter in (1, None))
    for product in CHAIN:
        yield f"{whole[product]:.1f} ({first[product]:.1f})"


def _lost(run: Simulation, quarter: int) -> dict[str, Floats]:
    labels, days = run.lost_days("product", quarter=quarter)
    return dict(zip(labels, days.T, strict=True))


def _benchmark(run: Simulation) -> str:
    """The first thing the scenario quotes, that of its first part with one for a mixture."""
    for part in (run.scenario, *(part for part, _ in run.scenario.components())):
        for said in part.benchmarks:
            return f"{said.what}: {said.value.value:g} {said.unit}"
    return ""


def _table(head: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown; numbers are set right."""
    rule = ["---", *("---:" for _ in head[1:])]
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, rule, *rows))


if __name__ == "__main__":
    main()
