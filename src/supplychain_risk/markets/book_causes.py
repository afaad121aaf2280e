"""Losses of a book by root cause and by chain, in the draws that matter.

Of a book's loss two channels go back to hits: what is not delivered (`cash_flow` by volume), and what the market makes
of the year that is coming (`repricing` by volume). What prices add to both, customers who do not come back, and the
market are rows of their own. A floored draw is scaled in proportion, as everywhere in a book, so that the rows add up
to the loss in every draw.

Following a draw back costs several times the draw (`simulation.trace`). The shortfall needs only the draws of its tail
and those about the value at risk, for its error; the mean is that of the first draws of the run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from supplychain_risk.kernels import shortfall, tail
from supplychain_risk.markets.accounts import Floats, Ints
from supplychain_risk.markets.attribution import KEYS, PRICES, Attribution, cause_label, present_value_question
from supplychain_risk.markets.cash_flow import CALENDAR_YEAR, operating_income_change
from supplychain_risk.markets.channels import rows_of
from supplychain_risk.markets.positions import Exposures, held_weights
from supplychain_risk.markets.repricing import QUARTERS
from supplychain_risk.markets.result import CASH_FLOW, PERMANENT, REPRICING, EquityReturns
from supplychain_risk.markets.routes import REMAINDER, find_passage, largest_paths, path_name, same_paths
from supplychain_risk.simulation.executors import Executor
from supplychain_risk.simulation.trace import Answer, Question, trace_causes

CUSTOMERS, MARKET_ROW = "lost customers", "market"
"""Rows of losses that go back to no hit, beside prices."""

MEAN_DRAWS = 512
"""Draws, the first of a run, whose mean is split; all of a smaller run."""

PATHS = 10
"""Chains that are told apart."""


@dataclass(frozen=True, eq=False)
class BookSide:
    """Losses of the book (D,) on one side: by the network alone, or with the market."""

    name: str
    with_market: bool
    losses: Floats


@dataclass(frozen=True, eq=False)
class _Traced:
    """Losses of one side led back, in the draws that were followed: of hits, and of the other rows (each (n,))."""

    found: Attribution
    others: dict[str, Floats]


def book_contributions(
    returns: EquityReturns,
    exposures: Exposures,
    weights: Floats,
    sides: tuple[BookSide, ...],
    *,
    by: Literal["cause", "path"],
    level: float,
    executor: Executor | None = None,
    progress: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """Split mean loss and expected shortfall of a book by root cause or chain.

    Parameters
    ----------
    returns, exposures, weights : of the book, as in `positions`.
    sides : losses by the network alone and with the market.
    by : "cause", what was hit and where; or "path", the largest chains and the remainder.
    level : of the shortfall.
    executor, progress : as in `trace_causes`.

    Returns
    -------
    One row a cause or chain; for each side NAME_mean (over the first 512 draws), NAME_mean_error, NAME_es and
    NAME_es_error. Shortfalls add up to that of the book.
    """
    run, design = returns.run, returns.run.design
    first = np.arange(min(run.n_draws, MEAN_DRAWS))
    draws = np.unique(np.concatenate([first, *(_about_tail(side.losses, level, design) for side in sides)]))
    held = [held_weights(returns, exposures, weights, with_market=side.with_market) for side in sides]
    repricing = _repricing_per_usd(returns)
    asked = [_questions(returns, each, repricing) for each in held]
    questions = tuple(question for pair in asked for question in pair)
    answers = trace_causes(run, questions, draws=draws, executor=executor, progress=progress)
    traced = [
        _gather(returns, side, held[number][draws], answers[2 * number : 2 * number + 2])
        for number, side in enumerate(sides)
    ]
    columns = _by_cause(traced) if by == "cause" else _by_path(traced)
    labels = list(dict.fromkeys(label for column in columns for label in column))
    table = pd.DataFrame(index=pd.Index(labels, name=by))
    none = np.zeros(len(draws))
    for side, column in zip(sides, columns, strict=True):
        parts = np.column_stack([column.get(label, none) for label in labels])
        mean, error = tail.mean(parts[np.searchsorted(draws, first)], design.of(_mask(first, run.n_draws)))
        whole = np.zeros((run.n_draws, len(labels)))
        whole[draws] = parts
        value, value_error = shortfall.components(whole, side.losses, level, design)
        for name, numbers in (("mean", mean), ("mean_error", error), ("es", value), ("es_error", value_error)):
            table[f"{side.name}_{name}"] = numbers
    return table


def _mask(draws: Ints, n_draws: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    chosen = np.zeros(n_draws, dtype=np.bool_)
    chosen[draws] = True
    return chosen


def _about_tail(losses: Floats, level: float, design: tail.Design) -> Ints:
    """Draws of the tail, and those by which `shortfall.components` judges the loss at its edge."""
    edge = float(shortfall.value_at_risk(losses, level, design).value)
    reach = int(np.ceil(np.sqrt(len(losses)) / 2.0))
    ordered = np.sort(losses)
    least = ordered[max(0, int(np.searchsorted(ordered, edge)) - reach)]
    return np.flatnonzero(losses >= least)


def _questions(returns: EquityReturns, held: Floats, repricing: Floats) -> tuple[Question, Question]:
    """What the book loses by deliveries: in cash flow, and in the repricing of the first year; both (D, N)."""
    run, accounts = returns.run, returns.accounts
    per_usd = np.nan_to_num(held / accounts.column("market_cap_usd_bn"))
    cash = present_value_question(run, accounts, per_usd)
    rate = held * repricing
    years = run.step_days / run.dynamics.days_per_year
    volume = accounts.by_company(accounts.contribution_margin * accounts.revenue * years)
    scrap = accounts.by_company(accounts.revenue * (1.0 - accounts.gross_margin) / CALENDAR_YEAR)
    steps = int(run.totals.steps_in_row[:QUARTERS].sum())
    return cash, Question(np.asarray(rate @ volume), discounted=False, steps=steps, scrap=np.asarray(rate @ scrap))


def _repricing_per_usd(returns: EquityReturns) -> Floats:
    """Return by repricing for each USD bn that operating income of the first year changes (D, N)."""
    run, accounts = returns.run, returns.accounts
    last = min(QUARTERS, len(run.totals.steps_in_row))
    change = operating_income_change(run, accounts, *range(1, last + 1))
    repriced = np.nan_to_num(returns.channels[REPRICING])
    return np.divide(repriced, change, out=np.zeros_like(change), where=change != 0.0)


def _gather(returns: EquityReturns, side: BookSide, held: Floats, answers: tuple[Answer, ...]) -> _Traced:
    """Put the two losses that go back to hits together, and what is left beside them."""
    answer = _added(answers)
    draws, total = answer.draws, np.zeros(len(answer.draws))
    lost = {name: 0.0 - _weighted(returns, name, held, draws) for name in (CASH_FLOW, REPRICING, PERMANENT)}
    others = {PRICES: lost[CASH_FLOW] + lost[REPRICING] - answer.total, CUSTOMERS: lost[PERMANENT]}
    if side.with_market:
        others[MARKET_ROW] = side.losses[draws] - sum(lost.values(), total)
    found = Attribution(returns.run, answer, total, returns.run.design.of(_mask(draws, returns.run.n_draws)))
    return _Traced(found, others)


def _weighted(returns: EquityReturns, name: str, held: Floats, draws: Ints) -> Floats:
    whole = rows_of(returns.channels, name, slice(None))[draws]
    return np.asarray((np.nan_to_num(whole) * held).sum(axis=1))


def _added(answers: tuple[Answer, ...]) -> Answer:
    """Answers about the same draws as one: losses, flows and roots added up."""
    keys = list(KEYS["root"])
    roots = pd.concat([answer.roots for answer in answers], ignore_index=True)
    number = roots.groupby(keys, sort=False, dropna=False).ngroup().to_numpy()
    whole = np.hstack([answer.loss for answer in answers])
    loss = np.zeros((len(whole), int(number.max(initial=-1)) + 1))
    for column, root in enumerate(number):
        loss[:, root] += whole[:, column]
    first = answers[0]
    return replace(
        first,
        roots=roots[~roots.duplicated(keys)].reset_index(drop=True),
        loss=loss,
        asked=np.sum([answer.asked for answer in answers], axis=0),
        flow=np.sum([answer.flow for answer in answers], axis=0),
        through=np.sum([answer.through for answer in answers], axis=0),
    )


def _by_cause(traced: list[_Traced]) -> list[dict[str, Floats]]:
    """Losses of each side in the followed draws, by label."""
    columns = []
    for each in traced:
        labels, losses = each.found.losses("cause")
        column: dict[str, Floats] = {}
        for row, values in zip(labels.itertuples(index=False), losses.T, strict=True):
            label = cause_label(*row)
            column[label] = column.get(label, 0.0) + values
        columns.append(column | each.others)
    return columns


def _by_path(traced: list[_Traced]) -> list[dict[str, Floats]]:
    """The chains that are largest by the network, on each side."""
    network, answer = traced[0].found.run.network, traced[0].found.answer
    passage = find_passage(network, answer)
    paths = largest_paths(passage, traced[0].found.design.weight, PATHS)
    names = [path_name(network, answer, passage.roots.iloc[path.root], path) for path in paths]
    columns = []
    for each in traced:
        column: dict[str, Floats] = {}
        losses = same_paths(network, each.found.answer, passage.roots, paths)
        for name, values in zip(names, losses.T, strict=True):
            column[name] = column.get(name, 0.0) + values
        column[REMAINDER] = each.found.answer.total - losses.sum(axis=1)
        columns.append(column | each.others)
    return columns
