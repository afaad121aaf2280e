"""What a scenario does, told so that it can be read in a minute: chain, companies, and what the numbers rest on.

Everything is conditional on the event. Quantiles are over draws; "+/-" is the Monte Carlo standard error of the number
to its left; how uncertain the facts are is in neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from supplychain_risk.errors import UnknownNameError
from supplychain_risk.report.channel_tables import channel_section, risk_section
from supplychain_risk.report.company_tables import company_section, decimals, earnings_section
from supplychain_risk.report.premises import assumption_section, benchmark_section, data_section
from supplychain_risk.report.price_tables import price_section, winner_section
from supplychain_risk.report.tables import Section, to_document
from supplychain_risk.simulation.summary import part_summary, product_days_by_part, product_summary

if TYPE_CHECKING:
    from supplychain_risk.dataset.schema import Dataset
    from supplychain_risk.markets.result import EquityReturns
    from supplychain_risk.simulation.result import Simulation

CHAIN = (
    "leading_edge_wafer_3nm",
    "leading_edge_wafer_5nm",
    "mature_wafer",
    "cowos",
    "hbm",
    "ai_accelerator",
    "ai_asic",
    "ai_server_gpu",
    "cloud_ai_compute",
    "general_cloud",
    "consumer_device",
)
"""Products that every report shows, from fabs to users."""

MOST_HIT = 5
KIND = "scenario_result"

PARTS_LEGEND = (
    "cut: share of draws that end before the outage and its recovery. USD bn: lost present value of cash flow after "
    "tax, all companies together. Returns: all companies with a market value, weighted by it."
)
PRODUCTS_LEGEND = (
    "lost: mean over draws, with its Monte Carlo error; 5, 50, 95 %: quantiles over draws; 1st, 2nd q: mean loss in "
    "the first two quarters. lowest: mean of the lowest week's output. short: median day by which makers of half of "
    "the output are below 99 %; - is never."
)


def scenario_report(
    run: Simulation, returns: EquityReturns, *, companies: Sequence[str] = (), products: Sequence[str] = ()
) -> tuple[Section, ...]:
    """Tell the result of a scenario.

    Parameters
    ----------
    run, returns : simulation of a network built from a dataset, and its `equity_returns`.
    companies : ids or tickers to show; none = the largest losses, for programs all.
    products : ids to show; none = the chain's main products and the most hit, for programs all.

    Raises
    ------
    UnknownNameError : a company or product is not in the data; the nearest names are given.
    """
    dataset = _dataset(run)
    wanted, named = resolve_companies(dataset, companies), resolve_products(dataset, products)
    parts, table = part_summary(run), product_summary(run)
    sections = [
        _head(run, parts),
        _parts(run, returns, parts),
        _products(table, dataset, named),
        price_section(run, named),
        company_section(returns, wanted),
        winner_section(returns, wanted),
        channel_section(returns, wanted),
        earnings_section(returns, wanted),
        risk_section(returns, wanted),
        assumption_section(run, returns, table["mean_days"]),
        benchmark_section(run.scenario, parts, returns),
        data_section(run, returns, dataset),
    ]
    return tuple(section for section in sections if section.lines or section.table is not None)


def scenario_document(run: Simulation, sections: Iterable[Section]) -> dict[str, object]:
    """The same as a JSON document, with provenance."""
    dataset = _dataset(run)
    provenance = {**run.provenance, "data_as_of": dataset.as_of, "scenario_as_of": run.scenario.as_of}
    return to_document(KIND, sections, name=run.scenario.name, provenance=provenance)


def resolve_companies(dataset: Dataset, names: Iterable[str]) -> tuple[str, ...]:
    """Ids of companies named by id or ticker, each once.

    Raises
    ------
    UnknownNameError : there is no such company.
    """
    by_ticker = {
        ticker.upper(): company
        for company, record in dataset.companies.items()
        for ticker in (record.ticker, *record.other_tickers.split())
        if ticker
    }
    found = []
    for name in names:
        company = name.lower() if name.lower() in dataset.companies else by_ticker.get(name.upper())
        if company is None:
            raise UnknownNameError("company", name, [*dataset.companies, *by_ticker])
        found.append(company)
    return tuple(dict.fromkeys(found))


def resolve_products(dataset: Dataset, names: Iterable[str]) -> tuple[str, ...]:
    """Ids of products, each once.

    Raises
    ------
    UnknownNameError : there is no such product.
    """
    wanted = tuple(dict.fromkeys(name.lower() for name in names))
    for name in wanted:
        if name not in dataset.products:
            raise UnknownNameError("product", name, dataset.products)
    return wanted


def _dataset(run: Simulation) -> Dataset:
    if run.network.dataset is None:
        raise UnknownNameError("dataset", "from tables", ())
    return run.network.dataset


def _head(run: Simulation, parts: pd.DataFrame) -> Section:
    scenario, weeks = run.scenario, run.horizon_days / 7
    longer = ", and longer for the present value where recovery takes long" if run.horizon.longest_days else ""
    over = "before an outage and its recovery are over"
    cut = f"{run.cut_share:.1%} of the draws are cut {over}" if run.cut_share else f"no draw is cut {over}"
    lines = [
        scenario.narrative.strip(),
        f"All numbers hold given that the event happens. How often it does: scenarios {scenario.name}",
        f"{run.n_draws:,} draws{_how(run)}, seed {run.seed}, {weeks:,.0f} weeks from the first day{longer}; {cut}.",
    ]
    if run.scenario.mixture is not None:
        lines.append(f"Each draw is one of {len(parts)} parts, weighted by: {run.scenario.mixture.weights}.")
    if not run.sampling.balances(run.n_draws):
        lines.append(f"Warning: Sobol points are most even at 16 x 2^m draws, which {run.n_draws:,} is not.")
    return Section(f"{scenario.title} ({scenario.name})", tuple(lines))


def _how(run: Simulation) -> str:
    """How draws were made, unless at random; and what weights leave of them."""
    method = "" if run.sampling.method == "random" else f" ({run.sampling.method})"
    worth = round(run.effective_draws)
    return method if worth == run.n_draws else f"{method} worth {worth:,} of equal weight"


def _parts(run: Simulation, returns: EquityReturns, parts: pd.DataFrame) -> Section:
    """What each part of a mixture does, so that the mean over parts is not a black box."""
    if len(parts) == 1:
        return Section("")
    by_part, days = returns.part_table(), product_days_by_part(run)
    shown = pd.DataFrame(
        {
            "part": parts.index,
            "weight": parts["weight"].to_numpy(),
            "draws": parts["draws"].to_numpy(),
            "cut": parts["cut_share"].to_numpy(),
            "USD bn": by_part["loss_usd_bn"].to_numpy(),
            "+/-": by_part["loss_error"].to_numpy(),
            "network": by_part["network_return"].to_numpy(),
            "with market": by_part["total_return"].to_numpy(),
        }
    )
    money = dict.fromkeys(("USD bn", "+/-"), decimals(by_part["loss_usd_bn"].to_numpy()))
    formats = {"weight": ".0%", "cut": ".0%", "draws": ",.0f", **money, "network": ".2%", "with market": ".1%"}
    data = parts.join(by_part).join(days.loc[_present(days, CHAIN)].T.add_suffix("_lost_days")).reset_index()
    return Section("By part, means", table=shown, data=data, formats=formats, wide=("part",), after=(PARTS_LEGEND,))


def _products(table: pd.DataFrame, dataset: Dataset, wanted: Sequence[str]) -> Section:
    data = table[table.index.isin(wanted)] if wanted else table
    if not wanted:
        hit = table["mean_days"].abs().sort_values(ascending=False, kind="stable").index[: MOST_HIT + len(CHAIN)]
        extra = [name for name in hit if name not in CHAIN and table.loc[name, "mean_days"] != 0.0][:MOST_HIT]
        wanted = [*_present(table, CHAIN), *extra]
    rows = table[table.index.isin(wanted)]
    shown = pd.DataFrame({"product": rows.index, "lost": rows["mean_days"].to_numpy()})
    shown["+/-"] = rows["standard_error"].to_numpy()
    for p in ("05", "50", "95"):
        shown[f"{int(p)} %"] = rows[f"q{p}_days"].to_numpy()
    for quarter in (1, 2):
        if f"quarter_{quarter}_days" in rows:
            shown[f"{quarter}st q" if quarter == 1 else f"{quarter}nd q"] = rows[f"quarter_{quarter}_days"].to_numpy()
    shown["lowest"] = rows["lowest"].to_numpy()
    shown["short"] = [_day(day) for day in rows["first_short_day"]]
    days = [name for name in shown.columns if name not in ("product", "lowest", "short")]
    number = dict.fromkeys(days, decimals(shown[days].to_numpy(), least=0)) | {"+/-": ".1f"}
    names = {name: dataset.products[name].name for name in table.index if name in dataset.products}
    data = data.assign(name=data.index.map(names)).reset_index()
    return Section(
        "Products: lost output in days of normal output",
        table=shown,
        data=data,
        formats=number | {"lowest": ".0%"},
        wide=("product",),
        spare={"5 %": "5 %", "2nd q": "2nd q", "1st q": "1st q", "50 %": "50 %"},
        after=(PRODUCTS_LEGEND,),
    )


def _present(table: pd.DataFrame, names: Iterable[str]) -> list[str]:
    return [name for name in names if name in table.index]


def _day(day: float) -> str:
    return (f"{day:.0f}" if np.isfinite(day) else "-").rjust(len("short"))
