"""Totals of every draw: block by block, so that more draws than fit into memory can be kept and read.

A block holds the draws ``block_draws * k`` and following. Blocks lie in memory or on disk (`simulation.store`); what
is made of them is made block by block: `Totals.collect` puts the answers of all blocks under each other, and
`Totals.mean` averages them. Memory then grows with the answer and not with quarters x activities.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from supplychain_risk.kernels.chain import Floats, Ints
from supplychain_risk.kernels.record import Record
from supplychain_risk.kernels.switching import lasting_moves
from supplychain_risk.scenarios.paths import CapacityPaths

if TYPE_CHECKING:
    from supplychain_risk.simulation.blocks import Plan

Single = NDArray[np.float32]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class BlockTotals:
    """Draws D of one block, quarters Q, activities A, products P, captive suppliers C.

    Of the R products with moving prices, M makers and B buyers, see `kernels.market`.

    Attributes
    ----------
    output : (D, Q, A) mean output of the quarter relative to normal.
    external : (D, Q, C) mean deliveries outside the company relative to normal, for activities
        `Totals.captive_supplier` that also sell inside it; for all others they equal output.
    unmet : (D, Q, P) final demand not delivered in its week, sum over the quarter, USD bn.
    discounted_external : (D, A) sum over steps of present value x (external deliveries / normal - 1), in steps.
    last_external : (D, A) external deliveries relative to normal in the last of its `steps`.
    steps : (D,) number of steps for which the draw was followed, at least those of the quarters.
    lowest : (D, A) lowest output of a step relative to normal.
    first_day_short : (D, A) first day with output below 99 % of normal; infinite = never.
    recovery_day, low_until_day : (D, A) day from which output stays at 99 % / 90 % of normal or above; 0 = never below,
        infinite = still below after `steps`.
    scrapped_days : (D, A) days of normal output scrapped in process; (D, 0) where nothing is scrapped.
    market_factor : (D,) return of the market that goes with the event.
    component : (D,) part of the mixture.
    cut : (D,) whether an outage or its recovery passes even `steps`.
    weight : (D,) weight of each draw; 1 unless some outcomes are drawn more often than they happen.
    paths : (D, T, A) output of every step relative to normal; (D, 0, A) unless they are kept.
    lasting_moves : (D, A) orders that stay with (+) or away from (-) an activity after the event, share of its normal
        output; they sum to 0 in value over the makers of a product (`kernels.switching`).
    rest_steps : (D,) steps left of the calendar quarter in which the event begins.
    rest_external : (D, A) sum over these steps of external deliveries / normal - 1.
    price : (D, Q, R) mean price of the quarter, normal = 1.
    price_gain : (D, Q, M) what makers gain by prices on deliveries outside the company, sum over the quarter, USD bn.
    input_cost, final_cost : (D, Q, B), (D, Q, R) what buyers, and by product final buyers, pay more, USD bn.
    discounted_gain, discounted_cost : (D, M), (D, B) sums over steps of present value x gain or cost, USD bn.
    last_gain, last_cost : (D, M), (D, B) gain and cost in the last of its `steps`, USD bn.
    rest_gain, rest_cost : (D, M), (D, B) sums of gain and cost over `rest_steps`, USD bn.
    """

    output: Single
    external: Single
    unmet: Single
    discounted_external: Floats
    last_external: Single
    steps: Ints
    lowest: Single
    first_day_short: Single
    recovery_day: Single
    low_until_day: Single
    scrapped_days: Single
    market_factor: Floats
    component: Ints
    cut: Bools
    weight: Floats
    paths: Single
    lasting_moves: Single
    rest_steps: Floats
    rest_external: Single
    price: Single
    price_gain: Single
    input_cost: Single
    final_cost: Single
    discounted_gain: Floats
    discounted_cost: Floats
    last_gain: Single
    last_cost: Single
    rest_gain: Single
    rest_cost: Single

    @property
    def n_draws(self) -> int:
        """Number of draws D."""
        return len(self.component)

    def write_record(self, plan: Plan, piece: Ints, record: Record) -> None:
        """Write what the dynamics of some of its draws recorded, by quarter or by step."""
        per_row = np.bincount(plan.row_of_step)[:, None, None]
        if self.paths.shape[1]:
            self.paths[piece] = _draws_first(record.output[: self.paths.shape[1]])
            record = _by_quarter(record, plan.row_of_step)
        quarters = self.output.shape[1]
        self.output[piece] = _draws_first(record.output[:quarters] / per_row)
        self.external[piece] = _draws_first(record.external[:quarters] / per_row)
        self.unmet[piece] = _draws_first(record.unmet[:quarters])
        self.discounted_external[piece] = record.weighted_external.T
        self.last_external[piece] = record.last_external.T
        self.lowest[piece] = record.lowest.T
        self.first_day_short[piece] = np.where(record.first_short < 0, np.inf, record.first_short * plan.step_days).T
        for name, steps in (("recovery_day", record.last_short), ("low_until_day", record.last_low)):
            back = np.where(steps >= len(record.row_of_step), np.inf, steps * plan.step_days)
            getattr(self, name)[piece] = back.T
        self.lasting_moves[piece] = lasting_moves(plan.chain, record).T
        self.rest_external[piece] = record.rest_external.T
        self._write_prices(piece, record, per_row)

    def _write_prices(self, piece: Ints, record: Record, per_row: Ints) -> None:
        quarters = self.output.shape[1]
        self.price[piece] = _draws_first(1.0 + record.price[:quarters] / per_row)
        for name in ("price_gain", "input_cost", "final_cost"):
            getattr(self, name)[piece] = _draws_first(getattr(record, name)[:quarters])
        self.discounted_gain[piece] = record.weighted_gain.T
        self.discounted_cost[piece] = record.weighted_cost.T
        self.last_gain[piece] = record.last_gain.T
        self.last_cost[piece] = record.last_cost.T
        self.rest_gain[piece] = record.rest_gain.T
        self.rest_cost[piece] = record.rest_cost.T


FIELDS = tuple(field.name for field in fields(BlockTotals))
"""Names of the arrays of a block, in the order in which they are stored."""


@dataclass(frozen=True, eq=False)
class Totals:
    """Totals of all draws of a run.

    Every array of `BlockTotals` is an attribute here too, for all draws. It is put together when it is asked for, and
    `output` of 100,000 draws is 2 GB; for large runs use `collect` and `mean`.

    Attributes
    ----------
    blocks : one block after the other, in memory or read from disk when asked for.
    n_draws : number of draws D in all of them.
    captive_supplier : (C,) activities that also sell inside their own company.
    steps_in_row : (Q,) steps of each quarter.
    step_days : length of a step.
    price_product : (R,) products with moving prices, positions among the network's products.
    price_maker, price_buyer : (M,), (B,) their makers and buyers, positions among the activities.
    price_capital : (B,) whether what a buyer buys is capital goods.
    """

    blocks: Sequence[BlockTotals]
    n_draws: int
    captive_supplier: Ints
    steps_in_row: Ints
    step_days: float
    price_product: Ints
    price_maker: Ints
    price_buyer: Ints
    price_capital: Bools

    def __getattr__(self, name: str) -> NDArray[Any]:
        """Put an array of all blocks together."""
        if name not in FIELDS:
            raise AttributeError(f"Totals has no attribute {name!r}", name=name, obj=self)
        return self.collect(lambda block: getattr(block, name))

    @property
    def n_steps(self) -> int:
        """Number of steps of a draw."""
        return int(self.steps_in_row.sum())

    @cached_property
    def market_factor(self) -> Floats:
        """(D,) return of the market that goes with the event."""
        return self.collect(lambda block: block.market_factor)

    @cached_property
    def component(self) -> Ints:
        """(D,) part of the mixture."""
        return self.collect(lambda block: block.component)

    @cached_property
    def cut(self) -> Bools:
        """(D,) whether an outage or its recovery passes the last step of the draw."""
        return self.collect(lambda block: block.cut)

    @cached_property
    def weight(self) -> Floats:
        """(D,) weight of each draw."""
        return self.collect(lambda block: block.weight)

    def collect(self, function: Callable[[BlockTotals], NDArray[Any]]) -> NDArray[Any]:
        """Answers of a function of a block, whose first axis is draws, for all draws."""
        whole, start = np.empty(0), 0
        with ThreadPoolExecutor(os.cpu_count() if len(self.blocks) > 1 else 1) as pool:
            for answer in pool.map(lambda number: function(self.blocks[number]), range(len(self.blocks))):
                if start == 0:
                    whole = np.empty((self.n_draws, *answer.shape[1:]), dtype=answer.dtype)
                whole[start : start + len(answer)] = answer
                start += len(answer)
        return whole

    def mean(self, function: Callable[[BlockTotals], NDArray[Any]], chosen: Bools | None = None) -> Floats:
        """Weighted mean over draws of a function of a block, whose first axis is draws; of the `chosen` (D,) only.

        NaN if no draw is chosen.
        """
        total, whole, start = np.float64(0.0), 0.0, 0
        for block in self.blocks:
            rows = slice(None) if chosen is None else chosen[start : start + block.n_draws]
            answer, weight = function(block)[rows], block.weight[rows]
            total = total + (answer * weight.reshape(-1, *[1] * (answer.ndim - 1))).sum(axis=0)
            whole, start = whole + float(weight.sum()), start + block.n_draws
        return np.asarray(total / whole if whole else total * np.nan, dtype=np.float64)


def empty_block(
    plan: Plan, paths: CapacityPaths, n_steps: Ints, *, rest_steps: Floats, keep_paths: bool = False
) -> BlockTotals:
    """Arrays for the draws of sampled paths, with what sampling decides written in; `n_steps` (D,) to follow each."""
    activities, quarters = len(plan.chain.output0), int(plan.row_of_step.max()) + 1
    products, captive = int(plan.unmet_group.max()) + 1, len(plan.captive_supplier)
    moving, makers, buyers = plan.market.sizes

    def single(*shape: int) -> Single:
        return np.zeros((paths.n_draws, *shape), dtype=np.float32)

    return BlockTotals(
        output=single(quarters, activities),
        external=single(quarters, captive),
        unmet=single(quarters, products),
        discounted_external=np.zeros((paths.n_draws, activities)),
        last_external=single(activities),
        steps=n_steps,
        lowest=single(activities),
        first_day_short=single(activities),
        recovery_day=single(activities),
        low_until_day=single(activities),
        scrapped_days=_scrapped_days(paths, activities),
        market_factor=paths.market_factor,
        component=paths.component.astype(np.int64),
        cut=paths.end_day > n_steps * plan.step_days,
        weight=paths.weight,
        paths=single(len(plan.row_of_step) if keep_paths else 0, activities),
        lasting_moves=single(activities),
        rest_steps=rest_steps,
        rest_external=single(activities),
        price=single(quarters, moving),
        price_gain=single(quarters, makers),
        input_cost=single(quarters, buyers),
        final_cost=single(quarters, moving),
        discounted_gain=np.zeros((paths.n_draws, makers)),
        discounted_cost=np.zeros((paths.n_draws, buyers)),
        last_gain=single(makers),
        last_cost=single(buyers),
        rest_gain=single(makers),
        rest_cost=single(buyers),
    )


def _by_quarter(record: Record, row_of_step: Ints) -> Record:
    """A record of steps added up to one of quarters, step by step as the dynamics would."""
    starts, steps = np.flatnonzero(np.diff(row_of_step, prepend=-1)), len(row_of_step)
    names = ("output", "external", "unmet", "price", "price_gain", "input_cost", "final_cost")
    added: dict[str, Any] = {name: np.add.reduceat(getattr(record, name)[:steps], starts, axis=0) for name in names}
    return record._replace(**added)


def _scrapped_days(paths: CapacityPaths, activities: int) -> Single:
    scrapping = [hit for hit in paths.hits if hit.scrap_days is not None]
    days = np.zeros((paths.n_draws, activities if scrapping else 0), dtype=np.float32)
    for hit in scrapping:
        if hit.scrap_days is not None:
            days[:, hit.activities] += hit.scrap_days.T.astype(np.float32)
    return days


def _draws_first(array: Floats) -> Floats:
    return np.moveaxis(array, 2, 0)
