"""Compiled kernels where numba is installed, plain numpy elsewhere; the results agree to rounding."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from importlib.util import find_spec

from supplychain_risk.kernels.cascade_numpy import Outcome, Rule, Shocks, Web, empty_outcome
from supplychain_risk.kernels.chain import Chain, Rules
from supplychain_risk.kernels.market import Market
from supplychain_risk.kernels.record import Record
from supplychain_risk.kernels.shock import Shock

COMPILED = find_spec("numba") is not None

CHUNK = 64
"""Scenarios of a cascade that a thread takes at a time: often enough for a progress bar, and to share work evenly."""


def run_engine(chain: Chain, rules: Rules, shock: Shock, record: Record, market: Market | None = None) -> None:
    """Run one block of draws; writes into `record`. Prices move if there is a `market`."""
    if COMPILED:
        from supplychain_risk.kernels.inventory import run as run_compiled

        run_compiled(chain, rules, shock, record, market)
    else:
        from supplychain_risk.kernels.inventory_numpy import run

        run(chain, rules, shock, record, market)


def run_cascade(
    web: Web,
    shocks: Shocks,
    rule: Rule,
    *,
    keep: bool,
    threads: int,
    progress: Callable[[int], None] | None = None,
) -> Outcome:
    """Run all scenarios of a static cascade, `CHUNK` at a time; `progress` takes how many more are done."""
    if COMPILED:
        from supplychain_risk.kernels.cascade import run
    else:
        from supplychain_risk.kernels.cascade_numpy import run
    scenarios = len(shocks.start) - 1
    outcome = empty_outcome(scenarios, len(web.weight), keep=keep)

    def work(first: int) -> int:
        last = min(first + CHUNK, scenarios)
        run(web, shocks, rule, outcome, first=first, last=last)
        return last - first

    with ThreadPoolExecutor(threads) as pool:
        chunks = [pool.submit(work, first) for first in range(0, scenarios, CHUNK)]
        try:
            for chunk in as_completed(chunks):
                done = chunk.result()
                if progress is not None:
                    progress(done)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    return outcome
