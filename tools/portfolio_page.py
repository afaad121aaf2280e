"""Write the comparison of indices in docs/portfolio.md: `python tools/portfolio_page.py [--draws 1024] [--seed 0]`."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import supplychain_risk as scr

PAGE = Path(__file__).parents[1] / "docs" / "portfolio.md"
BLOCK = re.compile(r"(<!-- written by tools/portfolio_page.py -->\n).*?(<!-- end -->)", re.DOTALL)
SCENARIOS = ("taiwan", "hyperscaler-capex-cut", "hbm-shortage", "korea-conflict")
FIRST, SECOND = "russell2000", "nasdaq100"
HEAD = """\
Mean returns in per cent, given the event; difference on the same draws with its standard error. {draws:,} draws a
scenario, seed {seed}. Covered weight: Russell 2000 {first:.0%}, Nasdaq-100 {second:.0%}; the rest has no network part.

| scenario | side | Russell 2000 | Nasdaq-100 | difference |
|---|---|---:|---:|---:|
"""


def main() -> None:
    """Simulate and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=1_024)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    network = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    lines, covered = [], (0.0, 0.0)
    for name in SCENARIOS:
        returns = scr.equity_returns(scr.simulate(network, name, n_draws=given.draws, seed=given.seed))
        first, second = scr.index_table(returns, [FIRST, SECOND])["covered"]
        covered = (float(first), float(second))
        for side, row in scr.index_difference(returns, FIRST, SECOND).iterrows():
            numbers = [f"{100 * row[column]:.2f}" for column in ("first", "second")]
            gap = f"{100 * row['difference']:+.2f} ± {100 * row['standard_error']:.2f}"
            lines.append(f"| {name} | {side} | {' | '.join(numbers)} | {gap} |\n")
    head = HEAD.format(draws=given.draws, seed=given.seed, first=covered[0], second=covered[1])
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(BLOCK.sub(lambda found: found[1] + head + "".join(lines) + found[2], text), encoding="utf-8")


if __name__ == "__main__":
    main()
