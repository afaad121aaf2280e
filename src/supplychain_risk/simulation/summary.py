"""Tables of a simulation that a reader needs at a glance: products side by side, and the parts of a mixture."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from supplychain_risk.kernels import tail
from supplychain_risk.kernels.chain import Floats
from supplychain_risk.simulation.result import Simulation
from supplychain_risk.simulation.totals import Bools, Single

QUARTERS = 4
"""Quarters of the first year, told apart."""


def product_summary(run: Simulation) -> pd.DataFrame:
    """One row a product in the order of the chain: how much output is lost, when, how deep, how soon.

    Columns
    -------
    tier, tier_order : place in the chain.
    mean_days, standard_error, q05_days, q50_days, q95_days, q95_error : lost output over the horizon, days of normal
        output; quantiles over draws.
    quarter_1_days ... quarter_4_days : mean loss in the quarters after the event begins.
    lowest : lowest weekly output relative to normal, mean over draws, of makers weighted by normal output.
    first_short_day : day by which makers of half of normal output are short (below 99 %); median over draws, infinite
        where that never happens.
    """
    share = _share_of_product(run)
    present = np.asarray(share.sum(axis=1)).ravel() > 0
    table = run.output_loss("product")
    names = [name for name, there in zip(run.network.products, present, strict=True) if there]
    labels = run.network.activity_table.drop_duplicates("product").set_index("product")
    columns: dict[str, Floats] = {
        f"quarter_{quarter + 1}_days": (share @ _mean_lost_days(run, quarter))[present]
        for quarter in range(min(QUARTERS, len(run.totals.steps_in_row)))
    }
    columns["lowest"] = (share @ run.totals.mean(lambda block: block.lowest))[present]
    columns["first_short_day"] = tail.quantile(_half_short(run, share), 0.5).value[present]
    added = pd.DataFrame(columns, index=pd.Index(names, name="product"))
    ordered = labels.loc[names, ["tier", "tier_order"]].join(table).join(added)
    return ordered.sort_values("tier_order", kind="stable")


def part_summary(run: Simulation) -> pd.DataFrame:
    """One row a part of the scenario: weight, draws, mean market factor, share cut at the horizon, lost final demand.

    `unmet_first_year_usd_bn` is final demand of the network's products not delivered in its week in the first four
    quarters, mean over the part's draws; part of it is delivered later.
    """
    totals = run.totals
    unmet = totals.collect(lambda block: block.unmet[:, :QUARTERS].sum(axis=(1, 2), dtype=np.float64))
    rows = []
    for number, name in enumerate(run.component_names):
        chosen = totals.component == number
        means = (totals.market_factor, totals.cut, unmet)
        values = [float(column[chosen].mean()) if chosen.any() else np.nan for column in means]
        rows.append((name, float(run.component_weights[number]), int(chosen.sum()), *values))
    columns = ["part", "weight", "draws", "market_factor", "cut_share", "unmet_first_year_usd_bn"]
    return pd.DataFrame(rows, columns=columns).set_index("part")


def product_days_by_part(run: Simulation) -> pd.DataFrame:
    """Mean lost output of each product in each part, days of normal output; NaN where no draw has the part."""
    share = _share_of_product(run)
    table = pd.DataFrame(index=pd.Index(run.network.products, name="product"))
    for number, name in enumerate(run.component_names):
        chosen = run.totals.component == number
        quarters = range(len(run.totals.steps_in_row))
        lost = [_mean_lost_days(run, quarter, chosen) for quarter in quarters] if chosen.any() else [np.nan]
        table[name] = share @ np.sum(lost, axis=0) if chosen.any() else np.nan
    return table


def _mean_lost_days(run: Simulation, quarter: int, chosen: Bools | None = None) -> Floats:
    """Mean lost output of each activity in a quarter, days."""
    days = float(run.totals.steps_in_row[quarter]) * run.step_days
    return days * (1.0 - run.totals.mean(lambda block: block.output[:, quarter], chosen))


def _share_of_product(run: Simulation) -> sparse.csr_array:
    """(P, A) share of each activity in the normal output of its product."""
    network = run.network
    shape = (len(network.products), len(network.x0))
    total = np.bincount(network.activity_product, network.x0, minlength=shape[0])
    value = network.x0 / total[network.activity_product]
    return sparse.csr_array((value, (network.activity_product, np.arange(shape[1]))), shape=shape)


def _half_short(run: Simulation, share: sparse.csr_array) -> Floats:
    """(D, P) first day by which makers of half of a product's normal output are short."""
    return run.totals.collect(lambda block: _half_short_of(block.first_day_short, share))


def _half_short_of(first_day_short: Single, share: sparse.csr_array) -> Floats:
    days = np.full((len(first_day_short), share.shape[0]), np.inf)
    for product in range(share.shape[0]):
        makers = slice(share.indptr[product], share.indptr[product + 1])
        if makers.start == makers.stop:
            continue
        of_makers = first_day_short[:, share.indices[makers]]
        order = np.argsort(of_makers, axis=1, kind="stable")
        reached = np.cumsum(share.data[makers][order], axis=1) >= 0.5 - 1e-12
        column = np.take_along_axis(order, reached.argmax(axis=1)[:, None], axis=1)
        days[:, product] = np.take_along_axis(of_makers, column, axis=1)[:, 0]
    return days
