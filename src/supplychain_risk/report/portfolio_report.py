"""What a scenario does to a book, told so that it can be read in a minute: how much, by whom, and on what it rests.

Losses are positive, in per cent of the book's worth, and stand twice: by the network alone, and with the market.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import isnan
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from supplychain_risk.markets.anchors import anchors
from supplychain_risk.markets.indices import index_difference, index_table
from supplychain_risk.report.company_tables import decimals
from supplychain_risk.report.fact_tables import origin
from supplychain_risk.report.tables import Section, to_document

if TYPE_CHECKING:
    from supplychain_risk.markets.portfolio_risk import Part, PortfolioRisk
    from supplychain_risk.markets.result import EquityReturns
    from supplychain_risk.scenarios.spec import Market

KIND = "portfolio_risk"
COMPARED = ("russell2000", "nasdaq100")
"""Small firms beside the chain's own index: the two that are compared."""

MEASURES = {
    "expected_loss": "mean loss",
    "value_at_risk": "value at risk {level:g} %",
    "expected_shortfall": "expected shortfall {level:g} %",
    "spectral": "spectral risk",
}
CONVENTION = (
    "Losses are positive. Value at risk: the smallest loss that is not exceeded with probability {level:g} %. Expected "
    "shortfall: mean of the worst {rest:g} %, the draw on the boundary by its fraction. Spectral: mean with weights "
    "that rise exponentially with the loss (aversion 10 unless chosen otherwise). network: by lost deliveries, prices, "
    "lost customers and repricing; kappa 0: the same without repricing, whose size is a judgement "
    "(docs/repricing.md); with market: with beta x the fall of all shares. +/-: Monte Carlo standard error. How "
    "uncertain the facts are is in no number here."
)
HOLDINGS = (
    "mean, ES: by the network alone. ES: the holding's mean loss over the tail of the book, so the column adds up to "
    "the book's expected shortfall. {sold}market columns: with beta x the fall of all shares. weight: part of the "
    "book. covered: part of the holding in companies with a return; the rest moves with the market and has no network "
    "part."
)
SOLD = "sold: how much less the shortfall is once the holding is cash. "
CHANNELS = (
    "mean, ES: by the network alone. Each column adds up to the book. Where a company would lose more than all of its "
    "value, its channels are scaled in proportion. cash_flow: sales lost or late, and prices. permanent: customers who "
    "stay with another maker. repricing: kappa x share of a year's contribution that is lost. market: beta x the fall "
    "of all shares."
)
INDEXED = (
    "Mean returns, and 5 % quantiles over draws. covered: weight of companies with a return; the rest of an index "
    "moves with beta x the market and has no network part, so network numbers of an index with little cover are lower "
    "bounds."
)
ANCHORED = (
    "Mean returns with the market in the same part. Stated figures are falls of whole markets or groups of shares from "
    "the eve of an event to its worst. Ours are the network's channels plus beta x the scenario's market factor, which "
    "is drawn around such figures: that the market column agrees with them is no evidence. What the model adds is how "
    "far the book departs from the market, and how far companies depart from each other."
)
NO_MARKET = "The scenario states no fall of all shares, so that the columns with the market are those of the network."
UNSTATED = "Nobody's figure for shares is on record for this scenario; the fall of the market is this scenario's own:"

KINDS = {
    "company": ("company", "companies"),
    "index": ("fund looked through", "funds looked through"),
    "rest": ("rest of an index", "rests of indices"),
    "unknown": ("holding not in the data", "holdings not in the data"),
}
"""Kind of position -> what one and what several are called."""


def portfolio_report(risk: PortfolioRisk, *, by: Part = "holding") -> tuple[Section, ...]:
    """Tell what a scenario does to a book.

    Parameters
    ----------
    risk : from `portfolio_risk`.
    by : split of the losses that is shown beside that by channel.

    Raises
    ------
    InputError, UnknownNameError : a split that the run cannot give.
    """
    return (*_losses(risk, by), index_section(risk.returns), _anchors(risk), _premises(risk))


LISTED, OTHERS = 15, "all others"
"""Causes or chains that are shown, and the name of the rest."""

HITS = (
    "What was hit and where, and what carries on from there: lost deliveries in cash flow and in the repricing of the "
    "first year. prices, lost customers and the market go back to no hit. mean: over the first draws of the run, at "
    "most 512. ->: an input that was missing; ~>: orders that were missing. Chains are those that are largest by the "
    "network."
)


def book_sections(risk: PortfolioRisk, *, by: Part = "holding") -> tuple[Section, ...]:
    """The book alone: head, measures, contributions and what was assumed."""
    return (*_losses(risk, by), _premises(risk))


def _losses(risk: PortfolioRisk, by: Part) -> tuple[Section, ...]:
    split = () if by == "channel" else (_split(risk, by),)
    return (_head(risk), _measures(risk), *split, _channels(risk))


def index_section(returns: EquityReturns, names: Sequence[str] = ()) -> Section:
    """Returns of indices, those named or all; of all, small firms are held against the chain's index."""
    table = index_table(returns, names)
    shown = pd.DataFrame({"index": table.index, "as of": table["as_of"].to_numpy(), "covered": table["covered"].array})
    columns = {
        "network": "network_return",
        "+/-": "network_error",
        "5 %": "network_q05",
        "market": "total_return",
        "+/- ": "total_error",
        "5 % ": "total_q05",
    }
    for heading, column in columns.items():
        shown[heading] = 100 * table[column].to_numpy()
    network = decimals(100 * table["network_q05"].to_numpy())
    formats = dict.fromkeys(("network", "+/-", "5 %"), network)
    market = decimals(100 * table["total_q05"].to_numpy())
    formats |= dict.fromkeys(("market", "+/- ", "5 % "), market) | {"covered": ".0%"}
    spare = {"as of": "as of", "+/- ": "+/- of market", "+/-": "+/- of network"}
    after = (INDEXED, *(_difference(returns) if set(COMPARED) <= set(table.index) else ()))
    data = table.reset_index()
    return Section("Indices: returns (%)", table=shown, data=data, formats=formats, spare=spare, after=after)


def portfolio_document(risk: PortfolioRisk, sections: Iterable[Section]) -> dict[str, object]:
    """The same as a JSON document, with provenance."""
    provenance = {**risk.returns.run.provenance, "book": risk.book.name, "level": risk.level}
    return to_document(KIND, sections, name=risk.returns.run.scenario.name, provenance=provenance)


def _head(risk: PortfolioRisk) -> Section:
    run, book = risk.returns.run, risk.book
    kinds = [position.kind for position in book.positions]
    counts = [f"{kinds.count(kind)} {words[kinds.count(kind) > 1]}" for kind, words in KINDS.items() if kind in kinds]
    short = sum(position.weight for position in book.positions if position.weight < 0)
    lines = [
        f"{run.scenario.title}. All numbers hold given that the event happens.",
        f"{run.n_draws:,} draws, seed {run.seed}, {run.horizon_days / 7:,.0f} weeks from the first day.",
        f"{', '.join(counts)}; {book.cash:.1%} cash{f', {-short:.1%} sold short' if short else ''}.",
        _spread(risk),
        *(f"Warning: {warning}." for warning in risk.warnings),
    ]
    return Section(f"Book {book.name} in {run.scenario.name}", tuple(lines))


def _spread(risk: PortfolioRisk) -> str:
    """How many equal holdings would be as spread, by weight and by what they add to the tail."""
    equal = risk.effective_holdings()
    network = "" if isnan(equal["network"]) else f", {equal['network']:.1f} by the network alone"
    market = "nothing is lost" if isnan(equal["total"]) else f"as {equal['total']:.1f} by contribution to shortfall"
    return f"As spread as {equal['weight']:.1f} equal holdings by weight; {market}{network}."


def _measures(risk: PortfolioRisk) -> Section:
    table, level = risk.table(), 100 * risk.level
    shown = pd.DataFrame({"measure": [MEASURES[name].format(level=level) for name in table.index]})
    sides = {"kappa 0": "plain", "network": "network", "with market": "total"}
    formats: dict[str, str] = {}
    for number, (heading, side) in enumerate(sides.items()):
        error = "+/-" + " " * number
        shown[heading] = 100 * table[side].to_numpy()
        shown[error] = 100 * table[f"{side}_error"].to_numpy()
        formats |= dict.fromkeys((heading, error), decimals(shown[heading].to_numpy()))
    after = (CONVENTION.format(level=level, rest=100 - level),)
    title = "Loss of the book, % of its worth"
    return Section(title, table=shown, data=table.reset_index(), formats=formats, after=after)


def _split(risk: PortfolioRisk, by: Part) -> Section:
    """Contributions; for holdings with what selling them would change."""
    table = risk.contributions(by=by).sort_values("total_es", ascending=False, kind="stable")
    if by in ("cause", "path"):
        return _back_to_hits(table, by)
    shown = pd.DataFrame({by: table.index})
    formats: dict[str, str] = {}
    if by == "holding":
        marginal, incremental = risk.marginal(), risk.incremental()
        for name, extra in (("marginal", marginal), ("incremental", incremental)):
            table = table.join(extra.drop(columns="weight").add_suffix(f"_{name}"))
        shown["weight"], shown["covered"] = table["weight"].array, table["covered"].array
        formats = {"weight": ".1%", "covered": ".0%"}
    formats |= _add_parts(shown, table)
    if by == "holding":
        shown["sold"] = 100 * table["total_incremental"].to_numpy()
        formats["sold"] = formats["market ES"]
    spare = {"covered": "covered", "+/- ": "+/- of market ES", "+/-": "+/- of ES", "mean": "mean by the network"}
    after = (HOLDINGS.format(sold=SOLD if by == "holding" else ""),)
    title = f"By {by}: losses, % of the book"
    return Section(title, table=shown, data=table.reset_index(), formats=formats, wide=(by,), spare=spare, after=after)


def _back_to_hits(table: pd.DataFrame, by: Part) -> Section:
    """The largest causes or chains; the others in one row, whose errors are not the sums of theirs and stay blank."""
    rest = table.iloc[LISTED:]
    listed = table.head(LISTED)
    if len(rest):
        sums = rest.sum()
        sums[sums.index.str.endswith("_error")] = np.nan
        listed = pd.concat([listed, sums.to_frame(OTHERS).T])
    shown = pd.DataFrame({by: listed.index})
    formats = _add_parts(shown, listed)
    spare = {"+/- ": "+/- of market ES", "+/-": "+/- of ES", "market mean": "mean with the market"}
    data = table.rename_axis(by).reset_index()
    title = f"By {by}: losses, % of the book"
    return Section(title, table=shown, data=data, formats=formats, wide=(by,), spare=spare, after=(HITS,))


def _channels(risk: PortfolioRisk) -> Section:
    table = risk.contributions(by="channel")
    shown = pd.DataFrame({"channel": table.index})
    formats = _add_parts(shown, table)
    spare = {"+/- ": "+/- of market ES", "+/-": "+/- of ES"}
    title = "By channel: losses, % of the book"
    return Section(title, table=shown, data=table.reset_index(), formats=formats, spare=spare, after=(CHANNELS,))


def _add_parts(shown: pd.DataFrame, table: pd.DataFrame) -> dict[str, str]:
    """Add columns of means and shortfalls to a table for readers; returns their formats."""
    columns = {
        "mean": "network_mean",
        "ES": "network_es",
        "+/-": "network_es_error",
        "market mean": "total_mean",
        "market ES": "total_es",
        "+/- ": "total_es_error",
    }
    for heading, column in columns.items():
        shown[heading] = 100 * table[column].to_numpy()
    network, market = decimals(shown["ES"].to_numpy()), decimals(shown["market ES"].to_numpy())
    return dict.fromkeys(("mean", "ES", "+/-"), network) | dict.fromkeys(("market mean", "market ES", "+/- "), market)


def _difference(returns: EquityReturns) -> Iterator[str]:
    table = index_difference(returns, *COMPARED)
    for side, words in (("network", "By the network alone"), ("total", "With the market")):
        row = table.loc[side]
        yield (
            f"{words} the Russell 2000 returns {100 * row['first']:z.2f} % and the Nasdaq-100 "
            f"{100 * row['second']:z.2f} %: a difference of {100 * row['difference']:+z.2f} +/- "
            f"{100 * row['standard_error']:.2f} points on the same draws; the Russell falls further in "
            f"{row['share_first_worse']:.0%} of them."
        )


def _anchors(risk: PortfolioRisk) -> Section:
    table = anchors(risk)
    own = tuple(f"- {name}: {market.returns}, {origin(market.returns)}" for name, market in _markets(risk))
    title = "What others say of shares: returns (%)"
    if not own:
        return Section(title, (NO_MARKET,))
    if not len(table):
        return Section(title, (UNSTATED, *own))
    shown = pd.DataFrame({"what": table["part"] + ": " + table["what"], "stated": 100 * table["stated"]})
    for column in table.columns[list(table.columns).index("market") :]:
        if column not in ("book_network", "book_error"):
            shown[column] = 100 * table[column].to_numpy()
    formats = dict.fromkeys(shown.columns[1:], ".1f")
    after = (ANCHORED, "The market factor of each part:", *own)
    return Section(title, table=shown, data=table, formats=formats, wide=("what",), after=after)


def _markets(risk: PortfolioRisk) -> Iterator[tuple[str, Market]]:
    for part, _ in risk.returns.run.scenario.components():
        if part.market is not None:
            yield part.name, part.market


def _premises(risk: PortfolioRisk) -> Section:
    run = risk.returns.run
    silent = [
        f"{position.name} has no market value in the data, so it moves with {position.rest_beta:g} x the market and "
        "has no network part"
        for position, covered in zip(risk.book.positions, risk.exposures.covered, strict=True)
        if position.kind == "company" and covered == 0.0
    ]
    version, digest = run.provenance["version"], run.scenario.digest[:12]
    lines = (
        *(f"- {note}." for note in (*risk.book.notes, *silent)),
        "- Cash does not move, positions are not changed during the event, and currencies do not move.",
        f"Network {run.network.digest[:12]}, scenario {digest}; supplychain_risk {version}.",
    )
    return Section("What it rests on", lines)
