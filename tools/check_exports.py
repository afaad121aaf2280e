"""Run other programs on our exports and lay their numbers beside ours.

Needs skfolio, riskfolio-lib, pyportfolioopt and oasislmf (with ods-tools), so it runs in an environment of its own:
`make check-exports`. Two runs: a quake with draws of equal weight, and Taiwan with its rarest part drawn more often, so
that draws have weights. Numbers are of a book in equal parts: mean of returns, VaR and CVaR of losses at 95 %.
Conventions:

    ours       VaR = inf{l : P(L <= l) >= .95}; CVaR with the fractional atom
    skfolio    the same, with weights
    Riskfolio  VaR is the next larger loss where .05 n is a whole number (alpha = .05, not 1 - .95); CVaR as ours
    PyPfOpt    CVaR as the minimum of Rockafellar and Uryasev: the same; VaR is any point that attains it
    Oasis      return period of the k-th largest of n years n / k; TVaR the mean of the k largest
"""

from __future__ import annotations

import sys
import warnings
from typing import Any, NamedTuple

import check_ord
import numpy as np
import pandas as pd

import supplychain_risk as scr
from supplychain_risk.kernels import tail
from supplychain_risk.markets.factor_shocks import tail_return

LEVEL, ALPHA = 0.95, 0.05
BOOK = ["NVDA", "2330.TW", "AVGO", "MU", "ASML", "PNC"]
EQUAL = np.full(len(BOOK), 1 / len(BOOK))
SOLVER = 5e-4
"""Relative difference that solvers of linear programs leave."""


class Row(NamedTuple):
    """One number of another program beside ours."""

    tool: str
    what: str
    theirs: float
    ours: float
    tolerance: float = 1e-9

    @property
    def holds(self) -> bool:
        """Whether they agree, relative to the size of ours."""
        return abs(self.theirs - self.ours) <= self.tolerance * max(abs(self.ours), 1.0)


def our_numbers(drawn: np.ndarray[Any, Any], design: tail.Design) -> tuple[float, float, float]:
    """Mean return, VaR and CVaR of losses."""
    var = tail.quantile(0.0 - drawn, LEVEL, design).value
    return float(tail.mean(drawn, design).value), float(var), -float(tail_return(drawn, LEVEL, design).value)


def skfolio_rows(returns: scr.EquityReturns, label: str) -> list[Row]:
    """Measures with weights, the moments of the prior, and a minimum-CVaR portfolio."""
    from skfolio import Portfolio, RiskMeasure
    from skfolio.measures import cvar, mean, value_at_risk
    from skfolio.optimization import MeanRisk

    given, design = returns.to_skfolio(), returns.run.design
    book = given.X[BOOK]
    drawn = book.to_numpy() @ EQUAL
    ours = our_numbers(drawn, design)
    weight = given.sample_weight
    theirs = (mean(drawn, weight), value_at_risk(drawn, LEVEL, weight), cvar(drawn, LEVEL, weight))
    rows = [
        Row("skfolio", f"{label}: {what}", float(a), b)
        for what, a, b in zip(("mean", "VaR", "CVaR"), theirs, ours, strict=True)
    ]
    model = MeanRisk(risk_measure=RiskMeasure.CVAR, cvar_beta=LEVEL, prior_estimator=given.prior).fit(book)
    prior = model.prior_estimator_.return_distribution_
    weighted = {ticker: float(tail.mean(book[ticker].to_numpy(), design).value) for ticker in BOOK}
    rows += [
        Row("skfolio", f"{label}: prior mean {name}", float(prior.mu[k]), weighted[name])
        for k, name in enumerate(BOOK[:2])
    ]
    best = model.predict(prior)
    rows.append(
        Row(
            "skfolio",
            f"{label}: CVaR of its best book",
            best.cvar,
            our_numbers(book.to_numpy() @ model.weights_, design)[2],
        )
    )
    fixed = Portfolio(X=book, weights=EQUAL, sample_weight=weight)
    rows.append(Row("skfolio", f"{label}: Portfolio.cvar", fixed.cvar, ours[2]))
    return rows


def riskfolio_rows(returns: scr.EquityReturns, label: str, n: int | None = None) -> list[Row]:
    """Measures of equal outcomes, ours on the same outcomes; VaR by its own convention."""
    import riskfolio as rp

    given = returns.to_riskfolio(n)
    drawn = given.returns[BOOK].to_numpy() @ EQUAL
    count = len(drawn)
    design = tail.simple_design(count)
    mean, var, expected_shortfall = our_numbers(drawn, design)
    in_tail = round(ALPHA * count)
    next_larger = float(np.sort(0.0 - drawn)[-in_tail]) if in_tail == ALPHA * count else var
    portfolio = rp.Portfolio(returns=given.returns[BOOK])
    portfolio.assets_stats(method_mu="hist", method_cov="hist")
    book_mean = float((portfolio.mu.to_numpy() @ EQUAL).item())
    return [
        Row("Riskfolio", f"{label}: mean", book_mean, mean),
        Row("Riskfolio", f"{label}: VaR", rp.RiskFunctions.VaR_Hist(drawn, ALPHA), next_larger),
        Row("Riskfolio", f"{label}: CVaR", rp.RiskFunctions.CVaR_Hist(drawn, ALPHA), expected_shortfall),
    ]


def pypfopt_rows(returns: scr.EquityReturns, label: str, n: int | None = None) -> list[Row]:
    """A minimum-CVaR portfolio held to the equal book, so that its mean, VaR and CVaR are those of the book."""
    from pypfopt import EfficientCVaR

    given = returns.to_pypfopt(n)
    outcomes = given.returns[BOOK]
    frontier = EfficientCVaR(given.expected_returns[BOOK], outcomes, beta=LEVEL)
    for k, share in enumerate(EQUAL):
        frontier.add_constraint(lambda w, k=k, share=share: w[k] == share)
    frontier.min_cvar()
    mean, cvar = frontier.portfolio_performance()
    drawn = outcomes.to_numpy() @ EQUAL
    _, var, expected_shortfall = our_numbers(drawn, tail.simple_design(len(drawn)))
    upper = float(np.sort(0.0 - drawn)[-int(ALPHA * len(drawn))])
    theirs = float(frontier._alpha.value)  # noqa: SLF001 - the only place where PyPortfolioOpt keeps its VaR
    nearest = min(max(theirs, var), max(upper, var))
    exact = our_numbers(returns.to_frame()[BOOK].to_numpy() @ EQUAL, returns.run.design)[0]
    return [
        Row("PyPfOpt", f"{label}: mean", mean, exact),
        Row("PyPfOpt", f"{label}: VaR (a point between ours and the next loss)", theirs, nearest, SOLVER),
        Row("PyPfOpt", f"{label}: CVaR", cvar, expected_shortfall, SOLVER),
    ]


def resampling_rows(returns: scr.EquityReturns) -> list[str]:
    """What resampling costs: numbers of n equal outcomes beside those of the weighted draws."""
    drawn = returns.to_frame()[BOOK].to_numpy() @ EQUAL
    exact = our_numbers(drawn, returns.run.design)
    lines = [f"  weighted draws   mean {exact[0]:+.5f}  VaR {exact[1]:.5f}  CVaR {exact[2]:.5f}"]
    for n in (200, 1_000, 10_000, 100_000):
        chosen = returns.to_riskfolio(n).returns[BOOK].to_numpy() @ EQUAL
        mean, var, cvar = our_numbers(chosen, tail.simple_design(n))
        lines.append(f"  n = {n:<7}      mean {mean:+.5f}  VaR {var:.5f}  CVaR {cvar:.5f}")
    return lines


def subset_row(returns: scr.EquityReturns) -> Row:
    """The prior on every second draw: weights of those rows alone, as in a training set."""
    given = returns.to_skfolio()
    half = given.X[BOOK].iloc[::2]
    fitted = given.prior.fit(half).return_distribution_
    weight = returns.probabilities().iloc[::2]
    ours = float((half["NVDA"] * weight).sum() / weight.sum())
    return Row("skfolio", "weighted: prior mean NVDA, every second draw", float(fitted.mu[0]), ours)


def main() -> int:
    """Print the table; 1 if any number differs."""
    warnings.filterwarnings("ignore", module=r"(?!supplychain_risk)")
    network = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    plain = scr.equity_returns(scr.simulate(network, "taiwan-quake", n_draws=1_000, horizon_days=364, seed=7))
    sampling = scr.Sampling(shares={"taiwan-invasion": 0.5})
    run = scr.simulate(network, "taiwan", n_draws=1_000, horizon_days=364, seed=7, sampling=sampling)
    weighted = scr.equity_returns(run)
    rows = [
        *skfolio_rows(plain, "equal"),
        *skfolio_rows(weighted, "weighted"),
        subset_row(weighted),
        *riskfolio_rows(plain, "equal"),
        *riskfolio_rows(weighted, "resampled to 2,001", 2_001),
        *pypfopt_rows(plain, "equal"),
        *pypfopt_rows(weighted, "resampled to 2,001", 2_001),
        *(Row("Oasis", *figures) for figures in check_ord.figures(network)),
    ]
    table = pd.DataFrame(
        [(r.tool, r.what, r.theirs, r.ours, abs(r.theirs - r.ours), "yes" if r.holds else "NO") for r in rows],
        columns=["program", "number", "theirs", "ours", "difference", "agrees"],
    )
    print(table.to_string(index=False, float_format="{:.6g}".format))
    print(f"\nA plain mean of weighted draws would be wrong: {weighted.to_frame()[BOOK].mean().mean():+.5f}")
    print("What resampling costs (taiwan, 1,000 weighted draws):", *resampling_rows(weighted), sep="\n")
    return int(not all(row.holds for row in rows))


if __name__ == "__main__":
    sys.exit(main())
