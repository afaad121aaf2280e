"""Write docs/scenarios.md: `python tools/scenario_table.py [--draws 10000] [--seed 0] [NAME ...]`.

Every packaged scenario is simulated over two years on the packaged network. Losses are in days of normal output, given
that the event happens; quantiles are over draws, "±" is the Monte Carlo standard error of the mean.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import supplychain_risk as scr
from supplychain_risk.kernels import tail
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
of 91 days in 3 months is a total stop. Below 0 is a gain: output made up later, or more than normal. `±` is the Monte
Carlo standard error of the number before it, mean or 95 % quantile; p5, p50 and p95 are quantiles over draws, not
errors. How uncertain the facts are is in neither. The last column is the first figure that the scenario quotes from
others, as they state it.

## Lost output of AI accelerators

"""
MIDDLE = """
## Mean loss by product in two years, days of normal output

The same runs; in brackets the loss of the first quarter. Standard errors of the means of two years are at most
{largest:.1f} days.

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
    first = _table(
        ["scenario", *(f"{span}: mean ± (p5 / p50 / p95 ±)" for span in QUARTERS), "what others say"], losses
    )
    second = _table(["scenario", *CHAIN], products)
    given.to.write_text(head + first + MIDDLE.format(largest=largest) + second, encoding="utf-8")


def _accelerators(run: Simulation) -> Iterator[str]:
    """Loss up to the end of each span: mean and quantiles, the mean's and the last quantile's error."""
    labels = run.lost_days("product")[0]
    column = labels.get_loc(PRODUCT)
    by_quarter = [run.lost_days("product", quarter=q)[1][:, column] for q in range(1, max(QUARTERS.values()) + 1)]
    for quarters in QUARTERS.values():
        days = np.sum(by_quarter[:quarters], axis=0)
        value, error = tail.mean(days)
        (low, _), (middle, _), (high, high_error) = (tail.quantile(days, p) for p in (0.05, 0.5, 0.95))
        yield f"{value:.1f} ± {error:.1f} ({low:.1f} / {middle:.1f} / {high:.1f} ± {high_error:.1f})"


def _chain(run: Simulation) -> Iterator[str]:
    first, whole = (run.output_loss(quarter=quarter)["mean_days"] for quarter in (1, None))
    for product in CHAIN:
        yield f"{whole[product]:.1f} ({first[product]:.1f})"


def _benchmark(run: Simulation) -> str:
    """The first thing the scenario quotes, that of its first part with one for a mixture."""
    for part in (run.scenario, *(part for part, _ in run.scenario.components())):
        for said in part.benchmarks:
            return f"{said.what}: {said.value.value:g} {said.unit}"
    return ""


def _table(head: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    rule = ["---" for _ in head]
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, rule, *rows))


if __name__ == "__main__":
    main()
