"""Why a company loses: its lines, the causes, and the chains that carry the loss to it, with days and errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.kernels import tail
from supplychain_risk.markets.accounts import Accounts, Floats
from supplychain_risk.markets.attribution import (
    PRICES,
    Attribution,
    accounts_of,
    design_of,
    present_value_question,
    priced_loss,
    shares,
)
from supplychain_risk.markets.routes import (
    REMAINDER,
    Path,
    find_passage,
    largest_paths,
    path_losses,
    path_name,
    same_paths,
)
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.simulation.executors import Executor
from supplychain_risk.simulation.result import Simulation
from supplychain_risk.simulation.trace import Answer, Question, trace_causes

PATHS = 10
"""Paths that are listed."""

ALWAYS, MOST = 256, 2048
"""A run of up to `ALWAYS` draws is followed whole, of a larger one a quarter, at most `MOST`: this costs less than
twice the run, and errors are small by then."""


@dataclass(frozen=True, eq=False)
class Explanation:
    """Where a company's loss comes from; conditional on the event, means over the draws that were followed.

    Attributes
    ----------
    company, name : id and name. run : the simulation.
    n_draws : draws that were followed, the first of the run.
    loss_usd_bn, standard_error : lost present value of cash flow, losses positive.
    market_cap_usd_bn : NaN if unknown.
    lines : one row a line of the company, and one for prices: product, loss_usd_bn, standard_error, share, lost_days,
        lost_days_error, first_day_short (median; infinite = never), never_share.
    causes : one row a cause: acts_on, product, country, loss_usd_bn, standard_error, share, share_error, return,
        lost_days, lost_days_error.
    paths : the largest, prices, and the remainder: path, loss_usd_bn, standard_error, share, share_error, lost_days,
        first_day (median first day short of the path's products, from the root on).
    attribution : all causes in other groupings, see `Attribution`.
    """

    company: str
    name: str
    run: Simulation
    n_draws: int
    loss_usd_bn: float
    standard_error: float
    market_cap_usd_bn: float
    lines: pd.DataFrame
    causes: pd.DataFrame
    paths: pd.DataFrame
    attribution: Attribution

    def __repr__(self) -> str:
        """Say what it is about, never the content."""
        return f"Explanation({self.company}, {self.run.scenario.name}, {self.n_draws} draws)"

    @property
    def is_unhurt(self) -> bool:
        """Whether nothing reaches the company in any of the draws."""
        return not (self.attribution.answer.asked.any() or self.attribution.priced.any())

    def by(self, key: str) -> pd.DataFrame:
        """Loss by "hit", "product", "site", "company", "country" or "root": labels, loss_usd_bn, errors and shares.

        Raises
        ------
        UnknownNameError : there is no such way to add up causes; the message lists all.
        """
        return self.attribution.table(key).rename(columns={"loss": "loss_usd_bn"})


def explain(
    run: Simulation,
    company: str,
    *,
    n_paths: int = PATHS,
    draws: int | None = None,
    executor: Executor | None = None,
    progress: Callable[[int], None] | None = None,
) -> Explanation:
    """Explain a company's loss: which hits it goes back to, and through which chains.

    Parameters
    ----------
    run : simulation of a network built from a dataset.
    company : id or ticker.
    n_paths : paths to list.
    draws : how many of the run's draws to follow, its first; None = all of up to 256, a quarter of more,
        at most 2,048.
    executor, progress : as in `simulate`.

    Returns
    -------
    Explanation: tables whose parts add up to the company's loss; in every draw to 1e-9 of it.

    Raises
    ------
    UnknownNameError : no such company; the nearest names are given.
    InputError : nobody gives its revenue, so that its loss has no size; or a number out of range.

    Notes
    -----
    Following a draw costs five to seven times what running it does, so that by default an explanation costs less than
    twice the run unless that was short. A loss and what makes up for it later are netted on the same cause.

    Examples
    --------
    >>> import supplychain_risk as scr
    >>> net = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    >>> run = scr.simulate(net, "hbm-shortage", n_draws=8, horizon_days=182, seed=7)
    >>> why = run.explain("nvidia")
    >>> why.causes["product"].iloc[0], bool(abs(why.causes["share"].sum() - 1) < 1e-9)
    ('hbm', True)
    """
    accounts = accounts_of(run)
    company = find_company(accounts, company)
    if n_paths < 1:
        raise InputError(f"n_paths: found {n_paths!r}, expected at least 1")
    weight = np.asarray(accounts.table.index == company, dtype=np.float64)
    questions = (present_value_question(run, accounts, weight), _days_question(run, accounts, weight))
    chosen = np.arange(_draws_to_follow(run, draws))
    usd, days = trace_causes(run, questions, draws=chosen, executor=executor, progress=progress)
    attribution = Attribution(run, usd, priced_loss(run, accounts, weight, chosen), design_of(run, usd))
    value, error = tail.mean(attribution.total, attribution.design)
    market_value = float(accounts.column("market_cap_usd_bn")[weight > 0][0])
    causes = _causes(attribution, days)
    return Explanation(
        company=company,
        name=str(accounts.table["name"][company]),
        run=run,
        n_draws=len(chosen),
        loss_usd_bn=float(value),
        standard_error=float(error),
        market_cap_usd_bn=market_value,
        lines=_lines(attribution, days, accounts, company),
        causes=causes.assign(**{"return": -causes["loss_usd_bn"] / market_value}),
        paths=_paths(attribution, days, company, n_paths),
        attribution=attribution,
    )


def find_company(accounts: Accounts, name: str) -> str:
    """Id of a company with accounts, named by id or ticker.

    Raises
    ------
    UnknownNameError : there is none of that name.
    InputError : its revenue is not known.
    """
    by_ticker = {str(ticker).upper(): str(key) for key, ticker in accounts.table["ticker"].items() if ticker}
    known = name.lower() if name.lower() in accounts.table.index else by_ticker.get(name.upper())
    if known is not None:
        return known
    if name.lower() in accounts.without_revenue:
        raise InputError(f"company: found {name!r}, whose revenue nobody gives: its loss has no size in USD")
    raise UnknownNameError("company", name, [*map(str, accounts.table.index), *by_ticker])


def _draws_to_follow(run: Simulation, draws: int | None) -> int:
    if draws is None:
        return min(run.n_draws, max(ALWAYS, min(MOST, run.n_draws // 4)))
    if not 1 <= draws <= run.n_draws:
        raise InputError(f"draws: found {draws!r}, expected 1 to {run.n_draws}, the draws of the run")
    return draws


def _days_question(run: Simulation, accounts: Accounts, weight: Floats) -> Question:
    """Days of the company's normal revenue that are not delivered over the horizon."""
    revenue = np.asarray(weight @ accounts.by_company(accounts.revenue))
    whole = revenue.sum()
    return Question(run.step_days * revenue / whole if whole else revenue, discounted=False)


def _causes(attribution: Attribution, days: Answer) -> pd.DataFrame:
    labels, losses = attribution.losses("cause")
    named, lost = replace(attribution, answer=days, priced=np.zeros(len(attribution.priced))).losses("cause")
    keys = list(labels.columns)
    value, error = tail.mean(lost, attribution.design)
    of_days = named.assign(lost_days=value, lost_days_error=error)
    table = labels.join(shares(losses, attribution.total, attribution.design))
    table = table.rename(columns={"loss": "loss_usd_bn"}).merge(of_days, on=keys, how="left")
    table[["lost_days", "lost_days_error"]] = table[["lost_days", "lost_days_error"]].fillna(0.0)
    return table.sort_values("loss_usd_bn", ascending=False, key=np.abs, kind="stable", ignore_index=True)


def _lines(attribution: Attribution, days: Answer, accounts: Accounts, company: str) -> pd.DataFrame:
    run, design = attribution.run, attribution.design
    row = accounts.table.index.get_loc(company)
    lines = np.flatnonzero(accounts.company == row)
    activity = accounts.activity[lines]
    losses = np.column_stack([attribution.answer.asked[:, activity], attribution.priced])
    table = (
        shares(losses, attribution.total, design).rename(columns={"loss": "loss_usd_bn"}).drop(columns="share_error")
    )
    whole = accounts.revenue[lines] / accounts.revenue[lines].sum()
    value, error = tail.mean(days.asked[:, activity] / whole, design)
    short = run.totals.collect(lambda block: block.first_day_short[:, activity])[attribution.answer.draws]
    product = [run.network.products[run.network.activity_product[k]] for k in activity]
    table.insert(0, "product", [*product, PRICES])
    table = table.assign(
        lost_days=[*value, 0.0],
        lost_days_error=[*error, 0.0],
        first_day_short=[*tail.quantile(short, 0.5, design).value, np.inf],
        never_share=[*tail.mean(np.isinf(short), design).value, 1.0],
    )
    kept = table if attribution.priced.any() else table.iloc[:-1]
    return kept.sort_values("loss_usd_bn", ascending=False, kind="stable", ignore_index=True)


def _paths(attribution: Attribution, days: Answer, company: str, count: int) -> pd.DataFrame:
    network, answer, design = attribution.run.network, attribution.answer, attribution.design
    passage = find_passage(network, answer)
    paths = largest_paths(passage, design.weight, count)
    losses = path_losses(passage, paths)
    priced = attribution.priced[:, None] if attribution.priced.any() else np.empty((len(losses), 0))
    losses = np.column_stack([losses, priced, answer.total - losses.sum(axis=1)])
    table = shares(losses, attribution.total, design).rename(columns={"loss": "loss_usd_bn"})
    lost = same_paths(network, days, passage.roots, paths)
    lost = np.column_stack([lost, np.zeros_like(priced), days.total - lost.sum(axis=1)])
    table["lost_days"], table["lost_days_error"] = tail.mean(lost, design)
    first = attribution.run.first_day_short("product")["q50_days"]
    named = [path_name(network, answer, passage.roots.iloc[path.root], path, company=company) for path in paths]
    others = [PRICES] * priced.shape[1] + [REMAINDER]
    table.insert(0, "path", [*named, *others])
    table["first_day"] = [*(_first_days(network, first, path) for path in paths), *[""] * len(others)]
    order = np.argsort(-table["loss_usd_bn"].to_numpy()[:-1], kind="stable")
    return table.iloc[[*order, len(table) - 1]].reset_index(drop=True)


def _first_days(network: SupplyNetwork, first: pd.Series[float], path: Path) -> str:
    days = [first.get(network.products[product], np.inf) for product in path.products]
    return " ".join("-" if np.isinf(day) else f"{day:.0f}" for day in days)
