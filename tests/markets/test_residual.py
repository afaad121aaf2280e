"""The user's covariance: what its draws are, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import supplychain_risk as scr
from supplychain_risk.errors import InputError, UnknownNameError

NAMES = ["maker", "bank"]
COVARIANCE = pd.DataFrame([[0.04, 0.012], [0.012, 0.01]], index=NAMES, columns=NAMES)  # sd .2 and .1, correlation .6


@pytest.fixture(scope="module")
def run(world):
    return world.run(n_draws=4000)


def residual(run, covariance):
    returns = scr.equity_returns(run, residual=covariance)
    return pd.DataFrame(returns.channels["residual"], columns=returns.companies)


def test_draws_have_the_covariance_that_was_given(run) -> None:
    draws = residual(run, COVARIANCE)
    # four sampling errors of 4,000 draws: covariance x sqrt((1 + 1/.36) / 4000) = 3.1 %, mean sd / 63
    assert draws[NAMES].cov().to_numpy() == pytest.approx(COVARIANCE.to_numpy(), rel=0.125)
    assert draws[NAMES].mean().abs().max() < 0.2 * 4 / 63
    assert (draws["elsewhere"] == 0.0).all()
    assert draws["private"].isna().all()


def test_the_order_and_the_kind_of_names_do_not_matter(run) -> None:
    other = COVARIANCE.iloc[::-1, ::-1].rename(index=str.upper, columns=str.upper)
    pd.testing.assert_frame_equal(residual(run, COVARIANCE), residual(run, other), rtol=1e-12)


def test_it_is_no_part_of_the_network_and_adds_up(run) -> None:
    plain, with_residual = scr.equity_returns(run), scr.equity_returns(run, residual=COVARIANCE)
    network = with_residual.total(with_market=False)
    np.testing.assert_array_equal(network, plain.total(with_market=False))
    parts = with_residual.parts()
    assert list(parts) == ["cash_flow", "permanent", "repricing", "market", "residual", "floor"]
    assert np.nanmax(np.abs(sum(parts.values()) - with_residual.total())) < 1e-12


def test_a_singular_covariance_is_one(run) -> None:
    same = pd.DataFrame(0.04, index=NAMES, columns=NAMES)
    draws = residual(run, same)
    assert draws["maker"].to_numpy() == pytest.approx(draws["bank"].to_numpy(), abs=1e-9)


@pytest.mark.parametrize(
    ("covariance", "message"),
    [
        (COVARIANCE.iloc[:, ::-1], "found rows maker, bank and columns bank, maker"),
        (COVARIANCE.iloc[:0, :0], "found rows none"),
        (COVARIANCE + np.array([[0, 0.001], [0, 0]]), "0.013 and 0.012 at maker, bank"),
        (COVARIANCE * np.array([[1, 10], [10, 1]]), "eigenvalue of -0.09"),
        (COVARIANCE * np.nan, "found nan at maker, maker"),
        (COVARIANCE.astype(object).where(COVARIANCE < 0.04, "much"), "expected numbers"),
        (COVARIANCE.set_axis(["maker", "MAKER"], axis=0).set_axis(["maker", "MAKER"], axis=1), "each company once"),
    ],
)
def test_what_is_no_covariance_is_refused(run, covariance, message) -> None:
    with pytest.raises(InputError, match=message):
        scr.equity_returns(run, residual=covariance)


def test_an_unknown_name_is_told_with_the_nearest(run) -> None:
    with pytest.raises(UnknownNameError, match="maker"):
        scr.equity_returns(run, residual=COVARIANCE.rename(index={"maker": "makr"}, columns={"maker": "makr"}))
