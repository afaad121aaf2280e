"""The weekly dynamics alone: links visited a second, and whether time is linear in draws, steps and links.

A link-step is one link (supplier to pool, or pool to customer) in one step of one draw; every one of them is visited.
Pools stand for several times as many supplier-customer pairs; those are not counted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from measure import Row

import supplychain_risk as scr
from supplychain_risk.kernels import inventory, inventory_numpy
from supplychain_risk.kernels.record import Record
from supplychain_risk.kernels.shock import Shock
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.propagation.dynamics import Dynamics
from supplychain_risk.scenarios.borders import find_borders
from supplychain_risk.simulation.blocks import Plan, make_plan, piece_record
from supplychain_risk.simulation.shocks import make_shock

BLOCK = 32
REPEATS = 5
WEEK = 7


@dataclass(frozen=True, eq=False)
class Work:
    """One block of draws, ready to run."""

    plan: Plan
    shock: Shock

    @property
    def link_steps(self) -> int:
        """Links visited when it runs."""
        steps, _, draws = self.shock.capacity_loss.shape
        chain = self.plan.chain
        return int((len(chain.link_supplier) + len(chain.member_pool)) * steps * draws)

    def record(self) -> Record:
        """Room for its totals."""
        return piece_record(self.plan, BLOCK, len(self.plan.row_of_step))


def prepare(network: SupplyNetwork, scenario: str, *, weeks: int) -> Work:
    """The first block of draws of a scenario."""
    paths = scr.sample_paths(scr.load_scenario(scenario), network, n_draws=BLOCK, horizon_days=WEEK * weeks, seed=1)
    plan = make_plan(find_borders(network, paths), Dynamics.of(network), paths, discount_rate=0.0)
    return Work(plan, make_shock(plan, paths, np.arange(BLOCK)))


def seconds(run: Callable[..., object], work: Work, *, blocks: int, threads: int) -> float:
    """Best wall time of running a block several times over."""
    best = np.inf
    for _ in range(REPEATS):
        records = [work.record() for _ in range(blocks)]
        begin = time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            for done in [pool.submit(run, work.plan.chain, work.plan.rules, work.shock, record) for record in records]:
                done.result()
        best = min(best, time.perf_counter() - begin)
    return best


def measure() -> Iterator[Row]:
    """Rates on the packaged network, then how time grows."""
    network = SupplyNetwork.from_dataset(scr.load_dataset())
    work = prepare(network, "taiwan", weeks=104)
    inventory.run(work.plan.chain, work.plan.rules, work.shock, work.record())
    for threads, budget in ((1, ""), (2, "> 1")):
        rate = work.link_steps * 8 / seconds(inventory.run, work, blocks=8, threads=threads) / 1e9
        yield Row(f"taiwan, {threads} thread(s)", rate, "bn link-steps/s", budget)
    priced = seconds(partial(inventory.run, market=work.plan.market), work, blocks=8, threads=1)
    yield Row("taiwan, 1 thread, with prices", work.link_steps * 8 / priced / 1e9, "bn link-steps/s")
    slow = partial(inventory_numpy.run, market=work.plan.market)
    plain = work.link_steps / seconds(slow, work, blocks=1, threads=1) / 1e9
    yield Row("taiwan, plain numpy, 1 thread, with prices", plain, "bn link-steps/s")
    for blocks in (4, 8, 16):
        yield Row(f"{blocks * BLOCK} draws x 104 weeks", seconds(inventory.run, work, blocks=blocks, threads=1), "s")
    for weeks in (52, 104, 208):
        longer = prepare(network, "taiwan", weeks=weeks)
        yield Row(f"128 draws x {weeks} weeks", seconds(inventory.run, longer, blocks=4, threads=1), "s")
    apart = network.separated(np.ones(len(network.slot_need), dtype=np.bool_))
    for name, net in (("pools", network), ("a pool a customer", apart)):
        wide = prepare(net, "euv-outage", weeks=104)
        links = len(wide.plan.chain.link_supplier) + len(wide.plan.chain.member_pool)
        yield Row(f"128 draws, {links:,} links ({name})", seconds(inventory.run, wide, blocks=4, threads=1), "s")
