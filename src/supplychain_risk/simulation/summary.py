"""Tables of a simulation that a reader needs at a glance: products side by side, and the parts of a mixture."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from supplychain_risk.kernels import tail
from supplychain_risk.kernels.chain import Floats
from supplychain_risk.simulation.result import Level, Simulation
from supplychain_risk.simulation.totals import Bools

LEVELS: tuple[Level, ...] = ("product", "company", "activity")

QUARTERS = 4
"""Quarters of the first year, told apart."""


def product_summary(run: Simulation) -> pd.DataFrame:
    """One row a product in the order of the chain: how much output is lost, when, how deep, how soon.

    Columns
    -------
    tier, tier_order : place in the chain.
    mean_days, standard_error, q05_days, q50_days, and an error of each : lost output over the horizon, days of normal
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
    added = pd.DataFrame(columns, index=pd.Index(names, name="product"))
    added["first_short_day"] = run.first_day_short("product")["q50_days"]
    ordered = labels.loc[names, ["tier", "tier_order"]].join(table).join(added)
    return ordered.sort_values("tier_order", kind="stable")


def price_summary(run: Simulation) -> pd.DataFrame:
    """One row a product whose price can move, dearest first.

    Columns
    -------
    quarter_1 ... quarter_4, and an error of each : mean price in the quarters after the event begins, normal = 1.
    highest, highest_error, highest_q95 : highest price of a quarter: mean, its error, 95 % quantile over draws.
    gain_usd_bn, gain_error : what makers gain over the horizon on deliveries outside their company.
    final_usd_bn, final_error : the part of it that final buyers of the product pay; customers in the network pay the
        rest.

    Examples
    --------
    >>> import supplychain_risk as scr
    >>> net = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    >>> run = scr.simulate(net, "hbm-shortage", n_draws=16, horizon_days=364, seed=7)
    >>> price_summary(run).index[0]
    'hbm'
    """
    totals, design = run.totals, run.design
    products = pd.Index([run.network.products[q] for q in totals.price_product], name="product")
    made = np.searchsorted(totals.price_product, run.network.activity_product[totals.price_maker])
    by_product = sparse.csr_array((np.ones(len(made)), (np.arange(len(made)), made)), (len(made), len(products)))
    price = totals.collect(lambda block: block.price[:, :QUARTERS].astype(np.float64))
    highest = totals.collect(lambda block: block.price.max(axis=1).astype(np.float64))
    gain = totals.collect(lambda block: block.price_gain.sum(axis=1, dtype=np.float64) @ by_product)
    final = totals.collect(lambda block: block.final_cost.sum(axis=1, dtype=np.float64))
    columns: dict[str, Floats] = {}
    for quarter in range(price.shape[1]):
        name = f"quarter_{quarter + 1}"
        columns[name], columns[f"{name}_error"] = tail.mean(price[:, quarter], design)
    for name, unit, draws in (("highest", "", highest), ("gain", "_usd_bn", gain), ("final", "_usd_bn", final)):
        columns[f"{name}{unit}"], columns[f"{name}_error"] = tail.mean(draws, design)
    columns["highest_q95"] = tail.quantile(highest, 0.95, design).value
    return pd.DataFrame(columns, index=products).sort_values("highest", ascending=False, kind="stable")


def result_table(run: Simulation) -> pd.DataFrame:
    """All results of a run in one long table: every number with its Monte Carlo standard error.

    Columns
    -------
    measure, unit : output_loss (days of normal output), first_day_short, recovery_days (days from the event) or
        unmet_demand (USD bn over the horizon).
    level, id : product, company or activity, and which.
    statistic : mean, q05, q50, q95 over draws, or never (probability of never being short, or not back).
    value, standard_error : infinite = never.
    """
    tables = [("unmet_demand", "usd_bn", "product", run.unmet_demand())]
    for level in LEVELS:
        tables.append(("output_loss", "days", level, run.output_loss(level)))
        tables.append(("first_day_short", "days", level, run.first_day_short(level)))
        tables.append(("recovery_days", "days", level, run.recovery_days(level)))
    return pd.concat([_long(*each) for each in tables], ignore_index=True)


def _long(measure: str, unit: str, level: str, table: pd.DataFrame) -> pd.DataFrame:
    """Pairs of columns, a number and its error, under each other."""
    pieces = []
    for value, error in zip(table.columns[::2], table.columns[1::2], strict=True):
        statistic = str(value).removesuffix(f"_{unit}").removesuffix("_share")
        columns = {"id": table.index, "statistic": statistic, "value": table[value], "standard_error": table[error]}
        pieces.append(pd.DataFrame(columns))
    long = pd.concat(pieces, ignore_index=True)
    return pd.DataFrame({"measure": measure, "unit": unit, "level": level}, index=long.index).join(long)


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
        design = run.design.of(chosen)
        values = [float(tail.mean(column[chosen], design).value) if chosen.any() else np.nan for column in means]
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
