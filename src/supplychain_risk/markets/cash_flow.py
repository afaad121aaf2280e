"""What lost deliveries and scarcity prices do to revenue, operating income and the present value of cash flow.

With v the deliveries outside the company relative to normal and P the price, a line of R USD bn a year changes by
dRev = R h (v P - 1) in a step of h years. The change of operating income has parts that add up:

    volume      cm R h (v - 1): contribution margin cm, fixed cost goes on
    price       R h v (P - 1), all of it margin
    input_cost  what inputs cost more, surcharges of suppliers included; negative. Dearer capital goods are paid when
                they are delivered, which counts in the present value; they are written off over years, so that they
                are no part of a quarter's operating income, nor of the repricing that rests on it
    passed_on   surcharges that the company charges on to its customers; part of revenue
    scrap       work lost in process, days x R/365 x (1 - GM); its lost sales are in v already; negative

Weeks are booked as they deliver, so sales made up later come back by themselves. Losses are taxed alike,
dFCF = (1 - tax) dEBIT, and discounted at (1 + r)^(-years).

A draw is followed for n steps; what is missing, gained or paid in the last one closes linearly over K steps. Its
present value is g x (1 + r)^(-h n) x sum over k = 1..K of (1 - k/K) (1 + r)^(-h k).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial, reduce
from typing import Literal

import numpy as np

from supplychain_risk.markets.accounts import Accounts, Floats
from supplychain_risk.markets.channels import Channels
from supplychain_risk.markets.price_flows import PriceFlows, price_flows
from supplychain_risk.simulation.result import Simulation
from supplychain_risk.simulation.totals import BlockTotals

Part = Literal["volume", "price", "input_cost", "passed_on", "scrap"]
PARTS: tuple[Part, ...] = ("volume", "price", "input_cost", "passed_on", "scrap")
"""Parts of a change of operating income, in the order in which they are added up."""

REVENUE_PARTS: tuple[Part, ...] = ("volume", "price", "passed_on")
"""Those that change revenue."""

CALENDAR_YEAR = 365.0
"""Days over which a year's output is spread where it is counted in days of output."""

OfBlock = Callable[[BlockTotals], Floats]


def tail_weight(*, step_years: float, closing_steps: float, discount_rate: float) -> float:
    """Value at the end of a path, in steps, of a gap of 1 that then closes linearly.

    Parameters
    ----------
    step_years : length of a step, years.
    closing_steps : steps until the gap is closed; 0 = at once.
    discount_rate : a year.

    Examples
    --------
    Undiscounted, four steps leave 3/4 + 2/4 + 1/4 + 0 of a step:

    >>> tail_weight(step_years=1 / 52, closing_steps=4, discount_rate=0.0)
    1.5
    """
    if closing_steps <= 0:
        return 0.0
    later = np.arange(1, int(np.ceil(closing_steps)) + 1)
    left = np.maximum(0.0, 1.0 - later / closing_steps)
    return float(left @ (1.0 + discount_rate) ** -(step_years * later))


def cash_flow_parts(run: Simulation, accounts: Accounts, *, tail_close_days: float) -> Mapping[str, Floats]:
    """Parts of `present_value`, (D, N) each, USD bn, after tax, each made when asked for; they add up to it."""
    parts = _discounted(run, accounts, tail_close_days)
    return Channels({name: partial(_rows, run, part) for name, part in parts.items()})


def _rows(run: Simulation, part: OfBlock, draws: slice) -> Floats:
    return run.totals.collect(part)[draws]


def present_value(run: Simulation, accounts: Accounts, *, tail_close_days: float) -> Floats:
    """Change of the present value of free cash flow (D, N), USD bn; negative = loss."""
    return run.totals.collect(_sum(list(_discounted(run, accounts, tail_close_days).values())))


def priced_value(run: Simulation, accounts: Accounts, *, tail_close_days: float) -> Floats:
    """Part of `present_value` by prices, input costs and surcharges, (D, N), USD bn."""
    parts = _discounted(run, accounts, tail_close_days)
    return run.totals.collect(_sum([parts[name] for name in ("price", "input_cost", "passed_on")]))


def revenue_parts(run: Simulation, accounts: Accounts, quarter: int) -> Mapping[Part, Floats]:
    """Parts of `revenue_change`: volume, price and surcharges charged on, (D, N) each, USD bn."""
    parts = _in_quarter(run, accounts, quarter, np.ones(len(accounts.revenue)))
    return {name: run.totals.collect(parts[name]) for name in REVENUE_PARTS}


def operating_income_parts(run: Simulation, accounts: Accounts, quarter: int) -> Mapping[Part, Floats]:
    """Parts of `operating_income_change`, (D, N) each, USD bn."""
    parts = _in_quarter(run, accounts, quarter, accounts.contribution_margin)
    return {name: run.totals.collect(part) for name, part in parts.items()}


def revenue_change(run: Simulation, accounts: Accounts, quarter: int) -> Floats:
    """Change of revenue in a quarter (from 1, counted from the event), (D, N), USD bn."""
    flows = price_flows(run, accounts)
    volume = _volume(run, accounts, (quarter,), np.ones(len(accounts.revenue)))
    priced = _moved_by_prices((quarter,), flows.gain, flows.passed_on)
    return run.totals.collect(_sum([volume, priced]))


def operating_income_change(run: Simulation, accounts: Accounts, *quarters: int) -> Floats:
    """Change of operating income over some quarters, (D, N), USD bn; what is scrapped is booked in the first."""
    flows = price_flows(run, accounts)
    volume = _volume(run, accounts, quarters, accounts.contribution_margin)
    priced = _moved_by_prices(quarters, flows.gain, flows.passed_on - flows.expense)
    scrap = [_scrap(accounts, np.ones(len(accounts.revenue)))] if 1 in quarters else []
    return run.totals.collect(_sum([volume, priced, *scrap]))


def _moved_by_prices(quarters: tuple[int, ...], per_gain: Floats, per_cost: Floats) -> OfBlock:
    """What prices add in some quarters, of a block: gains and direct costs by what each is worth to a company."""
    rows = [quarter - 1 for quarter in quarters]

    def change(block: BlockTotals) -> Floats:
        gain = block.price_gain[:, rows].sum(axis=1, dtype=np.float64)
        cost = block.input_cost[:, rows].sum(axis=1, dtype=np.float64)
        return np.asarray(gain @ per_gain + cost @ per_cost)

    return change


def _volume(run: Simulation, accounts: Accounts, quarters: tuple[int, ...], margin: Floats) -> OfBlock:
    """What lost deliveries take in some quarters, of a block; `margin` (L,) is what a line earns of its revenue."""
    captive, steps = run.totals.captive_supplier, run.totals.steps_in_row
    years = run.step_days / run.dynamics.days_per_year
    by_company = accounts.by_company(accounts.revenue * margin)

    def change(block: BlockTotals) -> Floats:
        lost = np.zeros((block.n_draws, accounts.n_activities))
        for row in (quarter - 1 for quarter in quarters):
            level = block.output[:, row].astype(np.float64)
            level[:, captive] = block.external[:, row]
            lost += (level - 1.0) * (steps[row] * years)
        return np.asarray((by_company @ lost.T).T) + 0.0  # never -0

    return change


def _sum(parts: list[OfBlock]) -> OfBlock:
    return lambda block: reduce(np.add, (part(block) for part in parts)) + 0.0


def _discounted(run: Simulation, accounts: Accounts, tail_close_days: float) -> Mapping[Part, OfBlock]:
    """Present value after tax of each part, of a block."""
    kept = 1.0 - accounts.column("tax_rate")
    of_line = kept[accounts.company]
    step_years, rate = run.step_days / run.dynamics.days_per_year, run.discount_rate
    closing = tail_close_days / run.step_days
    weight = tail_weight(step_years=step_years, closing_steps=closing, discount_rate=rate)
    by_company = accounts.by_company(of_line * accounts.contribution_margin * accounts.revenue * step_years)
    flows = price_flows(run, accounts)

    def at_end(block: BlockTotals) -> Floats:
        return np.asarray(weight * (1.0 + rate) ** -(step_years * block.steps))[:, None]

    def volume(block: BlockTotals) -> Floats:
        steps = block.discounted_external + at_end(block) * (block.last_external - 1.0)
        return np.asarray((by_company @ steps.T).T) + 0.0  # never -0

    def gain(block: BlockTotals) -> Floats:
        return np.asarray(block.discounted_gain + at_end(block) * block.last_gain)

    def cost(block: BlockTotals) -> Floats:
        return np.asarray(block.discounted_cost + at_end(block) * block.last_cost)

    priced = _priced(flows, gain, cost, kept)
    return {"volume": volume, **priced, "scrap": _scrap(accounts, of_line)}


def _in_quarter(run: Simulation, accounts: Accounts, quarter: int, margin: Floats) -> Mapping[Part, OfBlock]:
    """Each part in a quarter before tax, of a block; `margin` (L,) of the part by volume."""
    row = quarter - 1

    def gain(block: BlockTotals) -> Floats:
        return block.price_gain[:, row].astype(np.float64)

    def cost(block: BlockTotals) -> Floats:
        return block.input_cost[:, row].astype(np.float64)

    everything = np.ones(len(accounts.table))
    flows = price_flows(run, accounts)
    priced = _priced(flows._replace(cost=flows.expense), gain, cost, everything)
    scrap = _scrap(accounts, np.full(len(margin), 1.0 if quarter == 1 else 0.0))
    return {"volume": _volume(run, accounts, (quarter,), margin), **priced, "scrap": scrap}


def _priced(flows: PriceFlows, gain: OfBlock, cost: OfBlock, kept: Floats) -> Mapping[Part, OfBlock]:
    """Parts by prices; `kept` (N,) is what tax leaves of them."""
    return {
        "price": lambda block: gain(block) @ (flows.gain * kept) + 0.0,
        "input_cost": lambda block: 0.0 - cost(block) @ (flows.cost * kept),
        "passed_on": lambda block: cost(block) @ (flows.passed_on * kept) + 0.0,
    }


def _scrap(accounts: Accounts, kept: Floats) -> OfBlock:
    """Cost of work scrapped in process, negative; `kept` (L,) is the part of it that counts."""
    by_company = accounts.by_company(kept * accounts.revenue * (1.0 - accounts.gross_margin) / CALENDAR_YEAR)

    def cost(block: BlockTotals) -> Floats:
        if not block.scrapped_days.size:
            return np.zeros((block.n_draws, len(accounts.table)))
        return np.asarray(0.0 - (by_company @ block.scrapped_days.T.astype(np.float64)).T)

    return cost
