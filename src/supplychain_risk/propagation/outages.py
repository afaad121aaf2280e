"""Many outages of the same length at once, each with its own losers: what becomes of one end product."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import isfinite
from typing import NamedTuple

import numpy as np

from supplychain_risk.errors import InputError
from supplychain_risk.kernels.chain import Chain, Floats, Ints, Rules, close
from supplychain_risk.kernels.record import empty_record
from supplychain_risk.kernels.shock import shock
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.network.network import Bools
from supplychain_risk.propagation.dynamics import Dynamics, chain_of
from supplychain_risk.propagation.engine import run_engine
from supplychain_risk.propagation.inventory import LOW_LEVEL, SHORT_LEVEL
from supplychain_risk.propagation.upstream import end_makers

BLOCK = 32
"""Outages that run together in one thread."""


@dataclass(frozen=True, eq=False)
class Outages:
    """Results of D outages over T steps.

    Attributes
    ----------
    level : (D, T) output of the end product relative to normal, all makers together.
    lost_sales : (D,) final sales of all products missed up to the horizon, what was made up later taken off; in the
        network's currency at baseline prices.
    step_days : length of a step.
    """

    level: Floats
    lost_sales: Floats
    step_days: float

    @property
    def lost_days(self) -> Floats:
        """(D,) output of the end product lost up to the horizon, in days of normal output; making up counts."""
        lost: Floats = (1 - self.level).sum(axis=1) * self.step_days
        return lost

    def first_short_day(self, level: float = SHORT_LEVEL) -> Floats:
        """(D,) first day of the first step with output below `level` of normal; inf = never."""
        short = self.level < level
        return np.where(short.any(axis=1), short.argmax(axis=1) * self.step_days, np.inf)


@dataclass(frozen=True)
class Course:
    """How long an outage lasts, and how it is followed.

    Attributes
    ----------
    outage_days : length of the outage, from day 0; capacity is back at once afterwards.
    horizon_days : how long losses and what is made up are counted, rounded up to whole steps.
    step_days : length of a step.
    dynamics : rules of the weekly dynamics.
    """

    outage_days: float
    horizon_days: float
    step_days: float
    dynamics: Dynamics

    def __post_init__(self) -> None:
        for name in ("outage_days", "horizon_days", "step_days"):
            if not (isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise InputError(f"{name}: found {getattr(self, name)!r}, expected days > 0")
        if self.outage_days > self.horizon_days:
            raise InputError(
                f"outage_days: found {self.outage_days:g}, expected at most the horizon of {self.horizon_days:g} days"
            )

    @property
    def out(self) -> Floats:
        """(T,) part of each step for which the outage lasts."""
        begin = np.arange(np.ceil(self.horizon_days / self.step_days)) * self.step_days
        return np.clip((self.outage_days - begin) / self.step_days, 0.0, 1.0)


def follow_outages(
    network: SupplyNetwork,
    capacity_loss: Floats,
    end_product: str,
    course: Course,
    *,
    served_last: Bools | None = None,
) -> Outages:
    """Follow outages through stocks, orders and substitution.

    Parameters
    ----------
    network : balanced baseline.
    capacity_loss : (D, A) share of each activity's capacity that is gone while the outage lasts, 0..1.
    end_product : the product whose output is followed.
    course : lengths and rules.
    served_last : (A,) activities whose needs are served only after everybody else's needs and all other final demand;
        None = the rationing of the course's dynamics.

    Raises
    ------
    UnknownNameError : the network has no such product.

    Notes
    -----
    Memory does not grow with D x A x T: blocks of outages leave only their totals.
    """
    makers = end_makers(network, end_product)
    chain, rules = chain_of(network, course.dynamics, course.step_days), course.dynamics.rules(course.step_days)
    if served_last is not None:
        chain, rules = _last(chain, rules, served_last, makers)
    different, back = np.unique(capacity_loss, axis=0, return_inverse=True)
    work = _Work(chain, rules, course.out, makers)
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        pieces = list(pool.map(work.run, [different[k : k + BLOCK] for k in range(0, len(different), BLOCK)]))
    level, lost = (np.concatenate(parts)[back.ravel()] for parts in zip(*pieces, strict=True))
    return Outages(level, lost, course.step_days)


class _Work(NamedTuple):
    """What all blocks share."""

    chain: Chain
    rules: Rules
    out: Floats
    makers: Ints

    def run(self, loss: Floats) -> tuple[Floats, Floats]:
        """Level (D, T) and lost sales (D,) of a block of outages."""
        chain, steps = self.chain, len(self.out)
        nothing = np.zeros(0, dtype=np.int64)
        record = empty_record(
            chain,
            len(loss),
            np.arange(steps),
            step_weight=np.zeros(steps),
            unmet_group=np.zeros(len(chain.output0), dtype=np.int64),
            captive_supplier=nothing,
            levels=(SHORT_LEVEL, LOW_LEVEL),
            keep=frozenset({"output", "final"}),
        )
        happening = np.ascontiguousarray(self.out[:, None, None] * loss.T)
        run_engine(chain, self.rules, shock(chain, happening), record)
        weight = chain.output0[self.makers] / chain.output0[self.makers].sum()
        level = np.einsum("i,tid->dt", weight, record.output[:, self.makers])
        return level, chain.final0.sum() * steps - record.final.sum(axis=(0, 1))


def _last(chain: Chain, rules: Rules, served_last: Bools, makers: Ints) -> tuple[Chain, Rules]:
    """Three tiers: others, those served last, restocking; the makers' own buyers come with those served last."""
    need = served_last[chain.slot_customer].astype(np.int64)
    final = np.zeros(len(chain.final0), dtype=np.int64)
    final[makers] = 1
    tiers = chain._replace(
        tier_need=need, tier_restock=np.full_like(need, 2), tier_final=final, tier_backlog=np.full_like(final, 2)
    )
    return close(tiers), rules._replace(n_tiers=3, fairest=False)
