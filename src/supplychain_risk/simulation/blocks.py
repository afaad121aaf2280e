"""One block of draws: hits are sampled and become capacity paths, the dynamics run, totals by quarter are kept.

A block follows from the job and its number alone, so it can be computed anywhere and in any order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from math import ceil
from typing import Any

import numpy as np

from supplychain_risk.dataset.load import load_dataset
from supplychain_risk.errors import InputError
from supplychain_risk.kernels.chain import Chain, Floats, Ints, Rules, divide
from supplychain_risk.kernels.draws import uniforms
from supplychain_risk.kernels.market import Market
from supplychain_risk.kernels.record import Record, empty_record
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.propagation.dynamics import Dynamics, chain_of
from supplychain_risk.propagation.engine import COMPILED, run_engine
from supplychain_risk.propagation.inventory import LOW_LEVEL, SHORT_LEVEL
from supplychain_risk.propagation.pricing import market_of
from supplychain_risk.scenarios.borders import Borders, find_borders
from supplychain_risk.scenarios.design import Method, Sampling
from supplychain_risk.scenarios.paths import CapacityPaths
from supplychain_risk.scenarios.sampling import check_whole, prepare_sampling, sample_paths
from supplychain_risk.scenarios.spec import Scenario
from supplychain_risk.simulation.shocks import make_shock
from supplychain_risk.simulation.totals import BlockTotals, empty_block

QUARTER_DAYS = 91.0
"""A quarter is thirteen weeks, counted from the first day of the event."""

BLOCK = 512
"""Draws of a block: sampled, computed, sent and stored together."""

ONSET = "onset in the quarter"
"""Driver of the day on which the event begins, uniform over the calendar quarter that it begins in."""

PIECE = 32
"""Draws that the compiled dynamics follow at a time: their state stays in a processor's cache."""


@dataclass(frozen=True, eq=False)
class Plan:
    """What every block needs.

    Attributes
    ----------
    chain, rules, dynamics : network and rules as the kernels read them.
    step_days : length of a step.
    row_of_step : (T,) quarter of each step up to the horizon.
    step_discount : present value of 1 at the end of the first step.
    unmet_group : (A,) product of each activity.
    captive_supplier : (C,) activities that also sell inside their own company.
    borders : (H, E) share of each link's flow that a border that may close, or a rule, concerns; H = 0 for none.
    border_hits : for each row of `borders`, the hits (positions in `limiting_hits` of the paths) that set it.
    market : products with moving prices. price_product : (R,) their positions among the network's products.
    """

    chain: Chain
    rules: Rules
    dynamics: Dynamics
    step_days: float
    row_of_step: Ints
    step_discount: float
    unmet_group: Ints
    captive_supplier: Ints
    borders: Floats
    border_hits: tuple[tuple[int, ...], ...]
    market: Market
    price_product: Ints


def make_plan(borders: Borders, dynamics: Dynamics, paths: CapacityPaths, *, discount_rate: float) -> Plan:
    """What the blocks of a run share; `paths` gives the grid of steps and the hits, in any of its blocks."""
    chain = chain_of(borders.network, dynamics, paths.step_days)
    chain = divide(chain, borders.inside, borders.member_inside)
    steps = np.arange(paths.n_steps)
    market, price_product = market_of(borders.network, chain, paths.step_days)
    return Plan(
        chain=chain,
        rules=dynamics.rules(paths.step_days),
        dynamics=dynamics,
        step_days=paths.step_days,
        row_of_step=np.minimum(steps * paths.step_days // QUARTER_DAYS, _quarters(paths) - 1).astype(np.int64),
        step_discount=(1 + discount_rate) ** -(paths.step_days / dynamics.days_per_year),
        unmet_group=borders.network.activity_product.astype(np.int64),
        captive_supplier=np.unique(chain.link_supplier[chain.captive]),
        borders=borders.inbound,
        border_hits=borders.hits,
        market=market,
        price_product=price_product,
    )


def _quarters(paths: CapacityPaths) -> int:
    return max(1, int(np.ceil(paths.n_steps * paths.step_days / QUARTER_DAYS - 1e-9)))


@dataclass(frozen=True)
class Horizon:
    """How long draws are followed.

    Quarters are kept for `days`. Where recovery ends late, T = max(days, end of recovery + after_days), a draw is
    followed for twice, four times, ... as long, at most `longest_days`, so that its present value is complete.
    """

    days: float
    after_days: float = 0.0
    longest_days: float = 0.0

    def steps(self, end_day: Floats, step_days: float) -> Ints:
        """(D,) number of steps to follow each draw; doublings, so that draws of one length run together."""
        first = ceil(self.days / step_days)
        wanted = np.minimum(end_day + self.after_days, self.longest_days) / step_days
        doublings = np.ceil(np.log2(np.maximum(wanted / first, 1.0)) - 1e-9)
        return (first * 2**doublings).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Job:
    """A run: what every block follows from. It travels to other processes, so it holds nothing that blocks do not need.

    Attributes
    ----------
    scenario, network : what happens to whom; the network without the records it was built from.
    plan : network and rules as the dynamics read them.
    n_draws, seed, sampling, horizon, step_days, discount_rate : how many draws, how made, over how long.
    keep : "paths" if blocks keep the output of every step as well, else "quarters".
    block_draws : draws of a block.
    """

    scenario: Scenario
    network: SupplyNetwork
    plan: Plan
    n_draws: int
    seed: int
    sampling: Sampling
    horizon: Horizon
    step_days: float
    discount_rate: float
    keep: str
    block_draws: int

    @property
    def n_blocks(self) -> int:
        """Number of blocks; the last one may be shorter."""
        return -(-self.n_draws // self.block_draws)

    def draws_of(self, block: int) -> int:
        """Number of draws of a block."""
        return min(self.block_draws, self.n_draws - block * self.block_draws)

    @property
    def keep_paths(self) -> bool:
        """Whether blocks keep the output of every step."""
        return self.keep == "paths"

    @property
    def kept_bytes(self) -> int:
        """About how much the totals of all draws take, bytes."""
        activities, quarters = len(self.plan.chain.output0), int(self.plan.row_of_step.max()) + 1
        products, makers, buyers = self.plan.market.sizes
        by_quarter = activities + len(self.plan.captive_supplier) + int(self.plan.unmet_group.max()) + 1
        by_quarter += 2 * products + makers + buyers
        steps = len(self.plan.row_of_step) if self.keep_paths else 0
        return 4 * self.n_draws * (quarters * by_quarter + (steps + 10) * activities + 4 * (makers + buyers))

    @property
    def identity(self) -> dict[str, Any]:
        """What the bytes of a block follow from, apart from its number: digests, numbers, rules, version."""
        from supplychain_risk import __version__

        return {
            "data_digest": self.network.digest,
            "network_digest": self._network_digest(),
            "scenario": self.scenario.name,
            "scenario_digest": self.scenario.digest,
            "seed": self.seed,
            "sampling": self.sampling.as_dict(),
            "keep": self.keep,
            "horizon": dict(vars(self.horizon)),
            "step_days": self.step_days,
            "discount_rate": self.discount_rate,
            "dynamics": dict(vars(self.plan.dynamics)),
            "block_draws": self.block_draws,
            "engine": "compiled" if COMPILED else "numpy",
            "version": __version__,
        }

    def _network_digest(self) -> str:
        """Hash of all numbers that sampling and dynamics read of the network: it may differ where the data agree."""
        sites = self.network.site_shares
        places = (sites.data, sites.indices, self.network.site_dependence)
        numbers = (*self.plan.chain, self.plan.borders, *places, *self.plan.market)
        content = sha256()
        for array in numbers:
            content.update(np.ascontiguousarray(array).tobytes())
        return content.hexdigest()

    def sample(self, block: int, n_steps: int) -> CapacityPaths:
        """Sample the draws of a block over a number of steps."""
        return sample_paths(
            self.scenario,
            self.network,
            n_draws=self.draws_of(block),
            first_draw=block * self.block_draws,
            horizon_days=n_steps * self.step_days,
            seed=self.seed,
            step_days=self.step_days,
            sampling=self.sampling,
        )


def make_job(
    network: SupplyNetwork,
    scenario: Scenario,
    dynamics: Dynamics,
    *,
    n_draws: int,
    seed: int,
    horizon: Horizon,
    sampling: Method | Sampling = "random",
    keep: str = "quarters",
) -> Job:
    """Plan a run; length of a step and discount rate are those of the network's data, or the packaged ones."""
    check_whole("n_draws", n_draws, 1)
    if keep not in ("quarters", "paths"):
        raise InputError(f"keep: found {keep!r}, expected 'quarters' or 'paths'")
    model = (network.parameters or load_dataset().parameters).model
    step_days = model.step_days.value
    paths = sample_paths(scenario, network, n_draws=1, horizon_days=horizon.days, seed=seed, step_days=step_days)
    return Job(
        scenario=scenario,
        network=replace(network, dataset=None, parameters=None),
        plan=make_plan(find_borders(network, paths), dynamics, paths, discount_rate=model.discount_rate.value),
        n_draws=int(n_draws),
        seed=int(seed),
        sampling=prepare_sampling(sampling, scenario, network, horizon_days=horizon.days),
        horizon=replace(horizon, days=float(horizon.days)),
        step_days=step_days,
        discount_rate=model.discount_rate.value,
        keep=keep,
        block_draws=BLOCK,
    )


def run_block(job: Job, block: int) -> BlockTotals:
    """Sample the draws of a block and follow them through the network, the long ones for longer."""
    paths = job.sample(block, len(job.plan.row_of_step))
    n_steps = job.horizon.steps(paths.end_day, job.step_days)
    passed = uniforms(job.seed, ONSET, paths.first_draw, paths.n_draws)
    rest_steps = (1.0 - passed) * QUARTER_DAYS / job.step_days
    totals = empty_block(job.plan, paths, n_steps, rest_steps=rest_steps, keep_paths=job.keep_paths)
    for length in np.unique(n_steps).tolist():
        longer = paths if length == paths.n_steps else job.sample(block, length)
        draws = np.flatnonzero(n_steps == length)
        draws = draws[np.argsort(paths.component[draws], kind="stable")]  # alike together: more that rests is left out
        for first in range(0, len(draws), PIECE):
            piece = draws[first : first + PIECE]
            record = run_piece(job.plan, longer, piece, rest_steps=rest_steps[piece], by_step=job.keep_paths)
            totals.write_record(job.plan, piece, record)
    return totals


def run_piece(
    plan: Plan, paths: CapacityPaths, draws: Ints, *, rest_steps: Floats | None = None, by_step: bool = False
) -> Record:
    """Run some draws of sampled paths; arrays of the record have draws last."""
    record = piece_record(plan, len(draws), paths.n_steps, rest_steps=rest_steps, by_step=by_step)
    run_engine(plan.chain, plan.rules, make_shock(plan, paths, draws), record, plan.market)
    return record


def piece_record(
    plan: Plan, draws: int, n_steps: int, *, rest_steps: Floats | None = None, by_step: bool = False
) -> Record:
    """Where the dynamics write what totals are made of, by quarter or by step.

    Steps after the horizon of the quarters go into one more row.
    """
    rows = np.arange(len(plan.row_of_step)) if by_step else plan.row_of_step
    later = np.full(n_steps - len(rows), rows[-1] + 1)
    return empty_record(
        plan.chain,
        draws,
        np.concatenate([rows, later]).astype(np.int64),
        step_weight=np.power(plan.step_discount, np.arange(1.0, n_steps + 1)),
        unmet_group=plan.unmet_group,
        captive_supplier=plan.captive_supplier,
        levels=(SHORT_LEVEL, LOW_LEVEL),
        keep=frozenset({"output", "unmet", "external"}),
        rest_steps=rest_steps,
        market=plan.market,
    )
