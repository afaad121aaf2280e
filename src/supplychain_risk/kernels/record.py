"""Where the weekly dynamics write what happened."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from supplychain_risk.kernels.chain import Chain, Floats, Ints
from supplychain_risk.kernels.market import Market


class Record(NamedTuple):
    """Where a run writes; rows R gather steps (one row a step, a quarter, ...), draws innermost.

    Arrays whose first axis has length 0 are not written.

    Attributes
    ----------
    row_of_step : (T,) row to which a step is added.
    step_weight : (T,) weight of a step in `weighted_external`.
    unmet_group : (A,) group (activity or product) to which an activity's unmet demand is added.
    output : (R, A, D) sum over the row's steps of output / baseline output.
    external : (R, C, D) the same of deliveries outside the company, for `captive_supplier` activities only.
    captive_supplier : (C,) activities with captive links.
    unmet : (R, G, D) final demand of the step not delivered in it, value.
    final : (R, A, D) deliveries to final demand, released backlog included, value.
    weighted_external : (A, D) sum over steps of weight x (external deliveries / baseline - 1).
    last_external : (A, D) external deliveries / baseline in the last step.
    lowest : (A, D) lowest output / baseline.
    first_short : (A, D) first step with output below `short_level` x baseline, -1 = never.
    last_short, last_low : (A, D) number of steps until output is back at `short_level` / `low_level` for good;
        0 = never below.
    stock : (R, S, D) stock at the end of a step, value; overproduction : (R, A, D).
    held_steps : (P, D) steps in which a maker that a pool buys from, or may buy from, was below `short_level` of its
        capacity by a hit, or of its baseline by a limit on the link.
    moved_share : (E, D) order share less baseline share in the week after the last of these steps; 0 without any.
    rest_steps : (D,) steps left of the calendar quarter when the event begins; rest_external : (A, D) sum over these
        steps of external deliveries / baseline - 1.
    price_now, price_moves : (Q, D) price of each product of the `Market` after the step, normal = 1, and (Q,) whether
        it differs from 1 in some draw.
    price : (R, Q, D) sum over the row's steps of price - 1.
    price_gain, input_cost, final_cost : (R, M, D), (R, B, D), (R, Q, D) what makers gain by prices, what buyers and,
        by product, final buyers pay more, value.
    weighted_gain, weighted_cost : (M, D), (B, D) sums over steps of weight x gain or cost.
    last_gain, last_cost : (M, D), (B, D) gain and cost of the last step.
    rest_gain, rest_cost : (M, D), (B, D) sums of gain and cost over `rest_steps`.
    """

    row_of_step: Ints
    step_weight: Floats
    unmet_group: Ints
    captive_supplier: Ints
    short_level: float
    low_level: float
    output: Floats
    external: Floats
    unmet: Floats
    final: Floats
    weighted_external: Floats
    last_external: Floats
    lowest: Floats
    first_short: Floats
    last_short: Floats
    last_low: Floats
    stock: Floats
    overproduction: Floats
    held_steps: Floats
    moved_share: Floats
    rest_steps: Floats
    rest_external: Floats
    price_now: Floats
    price_moves: NDArray[np.bool_]
    price: Floats
    price_gain: Floats
    input_cost: Floats
    final_cost: Floats
    weighted_gain: Floats
    weighted_cost: Floats
    last_gain: Floats
    last_cost: Floats
    rest_gain: Floats
    rest_cost: Floats


def empty_record(
    chain: Chain,
    draws: int,
    row_of_step: Ints,
    *,
    step_weight: Floats,
    unmet_group: Ints,
    captive_supplier: Ints,
    levels: tuple[float, float],
    keep: frozenset[str] = frozenset(),
    rest_steps: Floats | None = None,
    market: Market | None = None,
) -> Record:
    """A record to write into.

    `keep` names the optional arrays among output, external, unmet, final, stock, overproduction; `levels` are
    (short_level, low_level); without `rest_steps` nothing is added up for the rest of the quarter; prices are kept of
    the products of `market`.
    """
    activities, slots = len(chain.output0), len(chain.slot_need)
    rows = int(row_of_step.max()) + 1
    groups = int(unmet_group.max()) + 1

    products, makers, buyers = (0, 0, 0) if market is None else market.sizes

    def array(name: str, width: int) -> Floats:
        return np.zeros((rows if name in keep else 0, width, draws))

    return Record(
        row_of_step=row_of_step,
        step_weight=step_weight,
        unmet_group=unmet_group,
        captive_supplier=captive_supplier,
        short_level=levels[0],
        low_level=levels[1],
        output=array("output", activities),
        external=array("external", len(captive_supplier)),
        unmet=array("unmet", groups),
        final=array("final", activities),
        weighted_external=np.zeros((activities, draws)),
        last_external=np.ones((activities, draws)),
        lowest=np.ones((activities, draws)),
        first_short=np.full((activities, draws), -1.0),
        last_short=np.zeros((activities, draws)),
        last_low=np.zeros((activities, draws)),
        stock=array("stock", slots),
        overproduction=array("overproduction", activities),
        held_steps=np.zeros((len(chain.pool_need), draws)),
        moved_share=np.zeros((len(chain.link_pool), draws)),
        rest_steps=np.zeros(draws) if rest_steps is None else rest_steps,
        rest_external=np.zeros((activities, draws)),
        price_now=np.ones((products, draws)),
        price_moves=np.zeros(products, dtype=np.bool_),
        price=np.zeros((rows, products, draws)),
        price_gain=np.zeros((rows, makers, draws)),
        input_cost=np.zeros((rows, buyers, draws)),
        final_cost=np.zeros((rows, products, draws)),
        weighted_gain=np.zeros((makers, draws)),
        weighted_cost=np.zeros((buyers, draws)),
        last_gain=np.zeros((makers, draws)),
        last_cost=np.zeros((buyers, draws)),
        rest_gain=np.zeros((makers, draws)),
        rest_cost=np.zeros((buyers, draws)),
    )
