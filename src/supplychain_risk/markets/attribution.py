"""Losses of companies by root cause: the lost present value of cash flow, led back to hits.

A company's loss is the sum over its lines and steps of what a step of the line is worth x deliveries missed; each step
takes the vector over causes of the activity that missed it (`kernels.causes`). So the parts add up to the loss in every
draw. Gains are negative losses: those of rivals go back to the hit that sent them their customers.

Volume is led back. What prices take or give is a cause of its own: which hit made a good scarce is not followed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from supplychain_risk.dataset.schema import Dataset
from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.kernels import tail
from supplychain_risk.markets.accounts import Accounts, Floats, Ints, read_accounts
from supplychain_risk.markets.cash_flow import CALENDAR_YEAR, priced_value, tail_weight
from supplychain_risk.markets.routes import REMAINDER, find_passage, largest_paths, path_losses, path_name
from supplychain_risk.simulation.executors import Executor
from supplychain_risk.simulation.result import Simulation
from supplychain_risk.simulation.trace import Answer, Question, trace_causes

KEYS = {
    "cause": ("acts_on", "product", "country"),
    "hit": ("hit",),
    "product": ("product",),
    "site": ("site",),
    "company": ("company",),
    "country": ("country",),
    "root": ("hit", "acts_on", "product", "company", "country", "site"),
}
"""What losses can be added up by."""

PRICES = "prices"
"""Label of what companies lose by prices, input costs and surcharges."""


@dataclass(frozen=True, eq=False)
class Attribution:
    """A loss by root cause, draw by draw.

    Attributes
    ----------
    run : the simulation.
    answer : what was found of lost deliveries, see `Answer`; losses are positive.
    priced : (D,) loss by prices; it goes back to no hit.
    design : weights and units of the draws that were followed.
    """

    run: Simulation
    answer: Answer
    priced: Floats
    design: tail.Design

    @property
    def total(self) -> Floats:
        """(D,) the loss asked about."""
        return np.asarray(self.answer.total + self.priced)

    def __repr__(self) -> str:
        """Say what it is about, never the content."""
        return f"Attribution({self.run.scenario.name}, {len(self.answer.draws)} draws, {len(self.answer.roots)} roots)"

    def losses(self, by: str = "cause") -> tuple[pd.DataFrame, Floats]:
        """Losses of each draw by cause: labels, one row a cause (K), and values (D, K) that add up to the total.

        Parameters
        ----------
        by : "cause" (what a hit acts on, product, country), "hit", "product", "site", "company", "country", or "root"
            (hit on one activity at one site). A blank country or site: deliveries and plans are at no site. Prices are
            a row of their own, with the label "prices" first.
        """
        if by not in KEYS:
            raise UnknownNameError(f"way to add up causes ({', '.join(KEYS)})", by, KEYS)
        keys = list(KEYS[by])
        groups = self.answer.roots.groupby(keys, sort=False, dropna=False)
        labels, number = groups.first().reset_index()[keys], groups.ngroup().to_numpy()
        summed = np.zeros((len(self.answer.loss), len(labels)))
        for column, group in enumerate(number):
            summed[:, group] += self.answer.loss[:, column]
        if not self.priced.any():
            return labels, summed
        row = pd.DataFrame([[PRICES, *[""] * (len(keys) - 1)]], columns=keys)
        return pd.concat([labels, row], ignore_index=True), np.column_stack([summed, self.priced])

    def table(self, by: str = "cause") -> pd.DataFrame:
        """One row a cause, largest first: its labels, loss (mean), standard_error, share of the whole, share_error."""
        labels, losses = self.losses(by)
        return labels.join(shares(losses, self.total, self.design)).sort_values(
            "loss", ascending=False, key=np.abs, kind="stable", ignore_index=True
        )


def shares(losses: Floats, total: Floats, design: tail.Design) -> pd.DataFrame:
    """Mean of each column (D, K), its standard error, its share of the mean of `total` (D,), and that share's error."""
    value, error = tail.mean(losses, design)
    whole = float(tail.mean(total, design).value)
    share = value / whole if whole else np.full(len(value), np.nan)
    # of a ratio of means, linearised: the error of the mean of (part - share x whole) / mean whole
    off = (
        tail.mean((losses - np.outer(total, share)) / whole, design) if whole else (value, np.full(len(value), np.nan))
    )
    return pd.DataFrame({"loss": value, "standard_error": error, "share": share, "share_error": off[1]})


def attribute_loss(
    run: Simulation,
    company_weight: Floats,
    *,
    draws: Ints | None = None,
    executor: Executor | None = None,
    progress: Callable[[int], None] | None = None,
) -> Attribution:
    """Lead a weighted sum of companies' losses back to their causes.

    Parameters
    ----------
    run : a simulation of a network built from a dataset.
    company_weight : (N,), or (D, N) over all draws of the run: weights of the companies' lost present value in USD bn,
        in the order of `EquityReturns.companies`. Holding value / market value makes it the loss of a book.
    draws : numbers of the draws to follow; None = all.
    executor, progress : as in `simulate`.

    Raises
    ------
    InputError : the network has no accounts, or the weights do not fit.
    """
    accounts = accounts_of(run)
    question = present_value_question(run, accounts, company_weight)
    (answer,) = trace_causes(run, (question,), draws=draws, executor=executor, progress=progress)
    return Attribution(run, answer, priced_loss(run, accounts, company_weight, answer.draws), design_of(run, answer))


def cause_contributions(
    run: Simulation,
    draw_weight: Floats,
    company_weight: Floats,
    *,
    by: str = "cause",
    executor: Executor | None = None,
) -> pd.DataFrame:
    """What each cause adds to a weighted sum of losses over draws and companies.

    Parameters
    ----------
    run : a simulation of a network built from a dataset.
    draw_weight : (D,) weight of each draw: 1/D for the mean, the tail's weights for expected shortfall. Only draws of
        a weight other than 0 are followed; those of a tail are dearer than others, because they last longer.
    company_weight : (N,) or (D, N), as in `attribute_loss`.
    by : as in `Attribution.losses`.

    Returns
    -------
    One row a cause, largest first, with its labels, `contribution` and `share`; contributions add up to
    sum over draws and companies of draw_weight x company_weight x loss.

    Examples
    --------
    >>> import supplychain_risk as scr
    >>> net = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    >>> run = scr.simulate(net, "hbm-shortage", n_draws=8, horizon_days=182, seed=7)
    >>> returns = scr.equity_returns(run)
    >>> weight = (np.array(returns.companies) == "nvidia").astype(float)
    >>> table = cause_contributions(run, np.full(8, 1 / 8), weight, by="hit")
    >>> bool(abs(table["contribution"].sum() + (returns.present_value @ weight).mean()) < 1e-9)
    True
    """
    weight, found = _followed(run, draw_weight, company_weight, executor)
    labels, losses = found.losses(by)
    contribution, total = weight @ losses, float(weight @ found.total)
    table = labels.assign(contribution=contribution, share=contribution / total if total else np.nan)
    return table.sort_values("contribution", ascending=False, key=np.abs, kind="stable", ignore_index=True)


def path_contributions(
    run: Simulation,
    draw_weight: Floats,
    company_weight: Floats,
    *,
    n_paths: int = 10,
    executor: Executor | None = None,
) -> pd.DataFrame:
    """What each chain adds to a weighted sum of losses over draws and companies; as `cause_contributions`, by path.

    Returns
    -------
    The largest `n_paths`, prices if they matter, and the remainder, with `path`, `contribution` and `share`; see
    `markets.routes`.
    """
    if n_paths < 1:
        raise InputError(f"n_paths: found {n_paths!r}, expected at least 1")
    weight, found = _followed(run, draw_weight, company_weight, executor)
    passage, total = find_passage(run.network, found.answer), float(weight @ found.total)
    paths = largest_paths(passage, np.abs(weight), n_paths)
    contribution = weight @ path_losses(passage, paths)
    order = np.argsort(-np.abs(contribution), kind="stable")
    names = [path_name(run.network, found.answer, passage.roots.iloc[path.root], path) for path in paths]
    parts = {names[k]: float(contribution[k]) for k in order}
    if found.priced.any():
        parts[PRICES] = float(weight @ found.priced)
    parts[REMAINDER] = total - sum(parts.values())
    table = pd.DataFrame({"path": [*parts], "contribution": [*parts.values()]})
    return table.assign(share=table["contribution"] / total if total else np.nan)


def _followed(
    run: Simulation, draw_weight: Floats, company_weight: Floats, executor: Executor | None
) -> tuple[Floats, Attribution]:
    """Weights of the draws that count, and their losses by root."""
    weight = np.asarray(draw_weight, dtype=np.float64)
    if weight.shape != (run.n_draws,) or not np.isfinite(weight).all():
        raise InputError(f"draw_weight: found shape {weight.shape}, expected {run.n_draws} finite numbers, one a draw")
    draws = np.flatnonzero(weight)
    if not draws.size:
        raise InputError("draw_weight: found only zeros, expected a draw to explain")
    found = attribute_loss(run, company_weight, draws=draws, executor=executor)
    return weight[draws], found


def cause_label(acts_on: str, product: str, country: str) -> str:
    """Name a cause: product, where, and what was hit if it is not capacity.

    >>> cause_label("capacity", "cowos", "TW"), cause_label("final_demand", "cloud", ""), cause_label(PRICES, "", "")
    ('cowos (TW)', 'cloud [final demand]', 'prices')
    """
    if not product:
        return acts_on
    what = "" if acts_on == "capacity" else f" [{acts_on.replace('_', ' ')}]"
    return f"{product}{f' ({country})' if country else ''}{what}"


def design_of(run: Simulation, answer: Answer) -> tail.Design:
    """Weights and units of the draws that were followed."""
    return run.design.of(answer.draws)  # type: ignore[arg-type]


def priced_loss(run: Simulation, accounts: Accounts, company_weight: Floats, draws: Ints) -> Floats:
    """Loss by prices of a weighted sum of companies, (D,) for the draws that are followed."""
    dataset = dataset_of(run)
    value = priced_value(run, accounts, tail_close_days=dataset.parameters.model.tail_close_days.value)
    weight = np.broadcast_to(np.asarray(company_weight, dtype=np.float64), value.shape)
    return np.asarray(0.0 - (value[draws] * weight[draws]).sum(axis=1))


def dataset_of(run: Simulation) -> Dataset:
    """The data a run's network was built from.

    Raises
    ------
    InputError : it was made of tables.
    """
    if run.network.dataset is None:
        raise InputError("causes: found a network made of tables, expected one from a dataset with accounts")
    return run.network.dataset


def accounts_of(run: Simulation) -> Accounts:
    """Accounts of the run's network.

    Raises
    ------
    InputError : it was made of tables.
    """
    return read_accounts(dataset_of(run), run.network)


def present_value_question(run: Simulation, accounts: Accounts, company_weight: Floats) -> Question:
    """Present value by volume and scrap of a weighted sum of companies, as a question to `trace_causes`."""
    weight, n = np.asarray(company_weight, dtype=np.float64), len(accounts.table)
    if weight.shape not in ((n,), (run.n_draws, n)) or not np.isfinite(weight).all():
        raise InputError(
            f"company_weight: found shape {weight.shape}, expected finite numbers for {n} companies, "
            f"or for {run.n_draws} draws x {n} companies"
        )
    kept, years = 1.0 - accounts.column("tax_rate")[accounts.company], run.step_days / run.dynamics.days_per_year
    closing = dataset_of(run).parameters.model.tail_close_days.value / run.step_days
    volume = accounts.by_company(kept * accounts.contribution_margin * accounts.revenue * years)
    scrap = accounts.by_company(kept * accounts.revenue * (1.0 - accounts.gross_margin) / CALENDAR_YEAR)
    return Question(
        np.asarray(weight @ volume),
        after_steps=tail_weight(step_years=years, closing_steps=closing, discount_rate=run.discount_rate),
        scrap=np.asarray(weight @ scrap),
    )
