"""Weights for skfolio; skfolio itself runs in `make check-exports`, here its two classes are stood in for."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import supplychain_risk as scr
from supplychain_risk.errors import InputError
from supplychain_risk.markets import skfolio_prior

SHARES = pd.Series([0.5, 0.25, 0.25], index=pd.RangeIndex(3, name="draw"))


@pytest.fixture
def stand_in(monkeypatch):
    package, prior = ModuleType("skfolio"), ModuleType("skfolio.prior")
    prior.BasePrior, prior.ReturnDistribution = object, SimpleNamespace
    monkeypatch.setitem(sys.modules, "skfolio", package)
    monkeypatch.setitem(sys.modules, "skfolio.prior", prior)
    monkeypatch.setattr(skfolio_prior, "find_spec", lambda _: object())
    skfolio_prior._prior_class.cache_clear()
    yield
    skfolio_prior._prior_class.cache_clear()


def test_rows_of_a_frame_keep_their_own_weights():
    rows = pd.DataFrame({"A": [1.0, 2.0]}, index=[2, 0])
    assert skfolio_prior.row_weights(rows, SHARES).tolist() == pytest.approx([1 / 3, 2 / 3])


def test_an_array_must_have_every_row():
    assert skfolio_prior.row_weights(np.zeros((3, 2)), SHARES).tolist() == [0.5, 0.25, 0.25]
    with pytest.raises(InputError, match="X: found 2 rows, expected 3 or a frame whose index names the draws"):
        skfolio_prior.row_weights(np.zeros((2, 2)), SHARES)


def test_a_row_that_is_no_draw_is_named():
    with pytest.raises(InputError, match="X: found the row '7', expected numbers of draws, 0 to 2"):
        skfolio_prior.row_weights(pd.DataFrame({"A": [1.0]}, index=[7]), SHARES)


def test_without_skfolio_the_message_says_what_to_install(world, monkeypatch):
    monkeypatch.setattr(skfolio_prior, "find_spec", lambda _: None)
    with pytest.raises(InputError, match="pip install skfolio"):
        world.returns().to_skfolio()


@pytest.mark.usefixtures("stand_in")
def test_the_prior_hands_on_weighted_moments(world):
    run = world.run(severity="pert(0, 0.3, 1)", n_draws=2)
    sampling = scr.Sampling(tilts={"severity": 3.0})
    run = scr.simulate(run.network, run.scenario, n_draws=32, horizon_days=364, seed=3, sampling=sampling)
    returns = scr.equity_returns(run)
    given = returns.to_skfolio()
    assert given.left_out == ("private",)
    assert "private" not in given.X
    fitted = given.prior.fit(given.X).return_distribution_
    table = returns.table().set_index("ticker")
    np.testing.assert_allclose(fitted.mu, table.loc[given.X.columns, "total_return"], rtol=1e-12)
    np.testing.assert_allclose(fitted.sample_weight, returns.probabilities())
    np.testing.assert_array_equal(fitted.returns, given.X)
    # by hand: sum p (r - m)^2 / (1 - sum p^2)
    p, r = returns.probabilities().to_numpy(), given.X["MAKER"].to_numpy()
    variance = (p * (r - p @ r) ** 2).sum() / (1.0 - (p**2).sum())
    assert fitted.covariance[0, 0] == pytest.approx(variance, rel=1e-12)
