"""Scenarios for skfolio: returns, and a prior that counts each draw by its probability.

An optimiser of skfolio takes observations from ``fit(X)`` and their weights from its prior estimator. The prior made
here looks up the probability of each row of X by its index (the draw), makes those of the rows given sum to 1 (a
training set has fewer), and hands on the weighted mean and covariance with the rows and weights themselves, so that
CVaR and other scenario measures use them too. skfolio is imported only when such an input is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from supplychain_risk.errors import InputError
from supplychain_risk.kernels.chain import Floats
from supplychain_risk.markets.exports import known_returns, moments, probabilities

if TYPE_CHECKING:
    from supplychain_risk.markets.result import EquityReturns


@dataclass(frozen=True, eq=False)
class SkfolioInput:
    """What skfolio needs of a scenario.

    Attributes
    ----------
    X : draws x companies with a return, conditional on the event; columns = tickers.
    prior : prior estimator for `prior_estimator=`; skfolio's own priors would count all draws alike.
    sample_weight : (D,) probabilities of the draws, for `skfolio.measures` and `skfolio.Portfolio`.
    left_out : companies without a return, by ticker or id.
    """

    X: pd.DataFrame
    prior: Any
    sample_weight: Floats
    left_out: tuple[str, ...]


def to_skfolio(returns: EquityReturns, *, with_market: bool = True) -> SkfolioInput:
    """Scenarios and a prior for skfolio: ``MeanRisk(prior_estimator=scenarios.prior).fit(scenarios.X)``.

    Parameters
    ----------
    with_market : whether the fall of the whole market that goes with the event is in, or the network's part alone.

    Raises
    ------
    InputError : skfolio is missing, or no company has a return.

    Notes
    -----
    skfolio has VaR as inf{l : P(L <= l) >= level} and CVaR with the fractional atom, weights included: our convention.
    Predict on weights too: ``model.predict(model.prior_estimator_.return_distribution_)``; ``predict(X)`` counts rows
    alike. Rows are outcomes of one event: `annualized_mean` and drawdowns over rows have no meaning.
    """
    if find_spec("skfolio") is None:
        raise InputError("to_skfolio: found no package skfolio, expected it installed: pip install skfolio")
    frame, left_out = known_returns(returns, with_market=with_market)
    probability = probabilities(returns)
    weight = np.asarray(probability, dtype=np.float64)
    return SkfolioInput(frame, _prior_class()(probability), weight, left_out)


def row_weights(rows: Any, probability: pd.Series[float]) -> Floats:
    """Probability of each row of X given that one of them happens, shape (rows,).

    Rows of a frame are found by their index, so a subset keeps its own weights; an array must have all D rows.

    Raises
    ------
    InputError : a row is no draw, or an array has another number of rows.
    """
    if isinstance(rows, pd.DataFrame):
        unknown = rows.index.difference(probability.index)
        if len(unknown):
            raise InputError(f"X: found the row '{unknown[0]}', expected numbers of draws, 0 to {len(probability) - 1}")
        weight = probability.loc[rows.index].to_numpy()
    elif len(rows) != len(probability):
        raise InputError(
            f"X: found {len(rows)} rows, expected {len(probability)} or a frame whose index names the draws"
        )
    else:
        weight = probability.to_numpy()
    return np.asarray(weight / weight.sum(), dtype=np.float64)


@cache
def _prior_class() -> Any:
    """Class of the prior; made here because its base is in a package that need not be there."""
    from skfolio.prior import BasePrior, ReturnDistribution

    class ScenarioPrior(BasePrior):  # type: ignore[misc]
        """Scenarios with probabilities as skfolio's distribution of returns."""

        def __init__(self, probability: pd.Series[float]) -> None:
            self.probability = probability

        def fit(self, X: Any, y: None = None, **_options: Any) -> Any:  # noqa: ARG002, N803 - as scikit-learn calls it
            """Weigh the rows of X."""
            weight = row_weights(X, self.probability)
            frame = X if isinstance(X, pd.DataFrame) else pd.DataFrame(X)
            mean, covariance = moments(frame, pd.Series(weight, index=frame.index))
            self.return_distribution_ = ReturnDistribution(
                mu=mean.to_numpy(),
                covariance=covariance.to_numpy(),
                returns=frame.to_numpy(dtype=np.float64),
                sample_weight=weight,
            )
            return self

    return ScenarioPrior
