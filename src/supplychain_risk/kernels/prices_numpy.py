"""Scarcity prices of a week, and who gains and pays, in plain numpy: the oracle of `prices`.

Prices value the quantities of the dynamics and do not act back on them. For product q with makers j, in a week:

    need_j    needs of customers and final demand, without restocking and released backlog
    u_j       max(0, need_j - x_j), what a maker cannot serve of them
    g_j       (need_j - y_j) / (need_j - x_j), >= 0, the part due to his own capacity (y: production wanted within it)
    idle_j    max(0, c_j - D_j - trade that a border or a rule forbids him), what he could make more for others
    stopped   needs that a border or a rule keeps from being ordered
    excess    max(0, sum of need_j + stopped - normal needs); normal is baseline, or the rise that a scenario expects
    sigma_q   (max(0, sum of u_j g_j - sum of idle_j - excess) + stopped) / (sum of need_j + stopped - excess)
    P*_q      min(P_max, (1 - sigma)^(-1/eps)), and 1 while sigma is below `shortage_floor`
    P_q       += speed (P* - P)

The rest of u_j is owed to a missing input and is priced there: one shortage, one rent; otherwise it would be charged at
every tier. A product is not scarce while other makers stand idle: a blockade that takes away the demand for memory
makes no memory dear, though customers of a maker on the island wait. Nor do needs bid for it that make up for what was
missed, which are restocking and backlog further down the chain: they would hold the price at its ceiling for years.
Where restocking shares a tier with needs (`proportional`, `fairest`) all orders count as needs.

A maker gains external deliveries at base price x (P - 1), one who is hit on what he still makes. Buyers and final
buyers pay the same on what they receive in the week, of tools as well: paid when delivered, not spread over their life.
Inside a company prices stay at 1, for both ends. Each week gains = costs + what final buyers pay.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from supplychain_risk.kernels.chain import Chain, Floats, Ints, Rules
from supplychain_risk.kernels.market import SETTLED, Market
from supplychain_risk.kernels.record import Record


class Week(NamedTuple):
    """Quantities of a step, value; K tiers, A activities, E links, S slots, D draws.

    Attributes
    ----------
    tiers, output, wanted : (K, A, D) demand by tier, (A, D) output and production wanted within capacity.
    final : (A, D) deliveries to final demand.
    got : (S, D) deliveries to slots.
    capacity : (A, D) output that plants, tools and extra effort allow.
    forbidden : (A, D) normal sales over links that a limit does not let through.
    expected : (A, D) demand that the scenario makes customers plan for, relative to normal.
    kept_back : (K, E, D) orders that a limit on the link did not let through.
    delivered : (E, D) deliveries over links.
    """

    tiers: Floats
    output: Floats
    wanted: Floats
    capacity: Floats
    forbidden: Floats
    expected: Floats
    final: Floats
    got: Floats
    kept_back: Floats
    delivered: Floats


def price_week(chain: Chain, rules: Rules, market: Market, week: Week, record: Record, step: int) -> None:
    """Move prices by a step and write who gains and who pays into `record`."""
    _move_prices(chain, rules, market, week, record)
    premium = record.price_now - 1
    row, weight = record.row_of_step[step], record.step_weight[step]
    made = np.repeat(np.arange(len(market.price_max)), np.diff(market.maker_start))
    gain, cost = record.last_gain, record.last_cost
    gain[:] = week.output[market.maker] * premium[made]
    cost[:] = 0.0
    np.add.at(cost, market.slot_buyer, week.got[market.slot] * premium[market.slot_product])
    inside = week.delivered[market.captive] * premium[market.captive_product]
    np.subtract.at(gain, market.captive_maker, inside)
    np.subtract.at(cost, market.captive_buyer, inside)
    record.price_gain[row] += gain
    record.input_cost[row] += cost
    record.weighted_gain[:] += weight * gain
    record.weighted_cost[:] += weight * cost
    part = np.clip(record.rest_steps - step, 0.0, 1.0)
    record.rest_gain[:] += part * gain
    record.rest_cost[:] += part * cost
    record.price[row] += premium
    np.add.at(record.final_cost[row], made, week.final[market.maker] * premium[made])


def _move_prices(chain: Chain, rules: Rules, market: Market, week: Week, record: Record) -> None:
    """A step of each price towards what its scarcity asks for; written into `record.price_now`."""
    scarcity = _scarcity(chain, rules, market, week)
    scarce = scarcity >= max(market.shortage_floor, np.finfo(float).tiny)
    with np.errstate(divide="ignore", over="ignore"):
        target = np.power(np.maximum(0.0, 1 - scarcity), -market.exponent[:, None])
    target = np.where(scarce, np.minimum(market.price_max[:, None], target), 1.0)
    moved = record.price_now + market.speed[:, None] * (target - record.price_now)
    record.price_now[:] = np.where(~scarce & (np.abs(moved - 1) < SETTLED), 1.0, moved)


def _scarcity(chain: Chain, rules: Rules, market: Market, week: Week) -> Floats:
    """Share of the needs of each product that its makers' capacity and limits on trade leave unmet (R, D)."""
    tiers = need_tiers(rules)
    need, demand = week.tiers[:tiers].sum(axis=0), week.tiers.sum(axis=0)
    own = np.maximum(0.0, need - week.wanted)
    idle = np.maximum(0.0, week.capacity - demand - week.forbidden)
    normal = chain.output0[:, None] * np.maximum(1.0, week.expected)
    all_need, missing, usual = (_sums(part[market.maker], market.maker_start) for part in (need, own - idle, normal))
    stopped = _sums(week.kept_back[:tiers].sum(axis=0)[market.link], market.link_start)
    excess = np.maximum(0.0, all_need + stopped - usual)
    counted = all_need + stopped - excess
    short = np.maximum(0.0, missing - excess) + stopped
    return np.divide(short, counted, out=np.zeros_like(short), where=counted > 0)


def need_tiers(rules: Rules) -> int:
    """Tiers that hold needs and final demand; the last one holds restocking, if it is apart."""
    return max(1, rules.n_tiers - 1)


def _sums(values: Floats, start: Ints) -> Floats:
    """Sums of rows start[r] .. start[r + 1] for each r."""
    total = np.zeros((len(start) - 1, values.shape[1]))
    np.add.at(total, np.repeat(np.arange(len(start) - 1), np.diff(start)), values)
    return total
