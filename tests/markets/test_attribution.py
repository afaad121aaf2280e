from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import supplychain_risk as scr
from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.markets.attribution import KEYS, shares


@pytest.fixture(scope="module")
def taiwan(packaged):
    """A run of the packaged mixture, its returns, and all companies' losses attributed with weights 1, 2, 3, ..."""
    network = scr.SupplyNetwork.from_dataset(packaged)
    run = scr.simulate(network, "taiwan", n_draws=12, seed=3)
    returns = scr.equity_returns(run)
    weight = np.arange(1.0, len(returns.companies) + 1)
    return run, returns, weight, scr.attribute_loss(run, weight)


def delivered_less(returns):
    """Present value lost by volume and scrap, (D, N); moved prices are not led back."""
    return -(returns.cash_flow_parts["volume"] + returns.cash_flow_parts["scrap"])


@pytest.mark.parametrize("by", KEYS)
def test_causes_add_up_to_the_lost_present_value_of_every_draw(taiwan, by):
    _, returns, weight, found = taiwan
    labels, losses = found.losses(by)
    lost = delivered_less(returns) @ weight
    assert tuple(labels.columns) == KEYS[by]
    np.testing.assert_allclose(losses.sum(axis=1), lost, rtol=1e-12, atol=1e-9)
    table = found.table(by)
    assert table["loss"].sum() == pytest.approx(lost.mean(), rel=1e-12)
    assert table["share"].sum() == pytest.approx(1.0, abs=1e-9)


def test_scrapped_work_goes_back_to_the_hit_that_scraps_it(packaged):
    network = scr.SupplyNetwork.from_dataset(packaged)
    run = scr.simulate(network, "taiwan-quake", n_draws=12, horizon_days=182, seed=3)
    returns = scr.equity_returns(run)
    weight = (np.array(returns.companies) == "tsmc").astype(float)
    found = scr.attribute_loss(run, weight)
    np.testing.assert_allclose(found.answer.total, delivered_less(returns) @ weight, rtol=0, atol=1e-9)
    _, by_hit = found.losses("hit")
    np.testing.assert_allclose(by_hit.sum(axis=1), found.answer.total, rtol=0, atol=1e-9)


def test_contributions_to_a_tail_follow_its_draws_only(taiwan):
    run, returns, weight, found = taiwan
    tail_weight = np.zeros(run.n_draws)
    tail_weight[[2, 7]] = 0.5
    table = scr.cause_contributions(run, tail_weight, weight, by="company")
    lost = delivered_less(returns)[[2, 7]] @ weight
    assert table["contribution"].sum() == pytest.approx(lost.mean(), rel=1e-12)
    labels, losses = found.losses("company")
    expected = dict(zip(labels["company"], losses[[2, 7]].mean(axis=0), strict=True))
    assert table["contribution"].to_numpy() == pytest.approx([expected[name] for name in table["company"]], abs=1e-9)


def test_paths_of_a_book_add_up_to_the_weighted_loss(taiwan):
    run, returns, weight, _ = taiwan
    table = scr.path_contributions(run, np.full(run.n_draws, 1 / run.n_draws), weight, n_paths=5)
    assert len(table) == 6
    assert table["path"].iloc[-1] == "all other paths"
    assert table["path"].is_unique
    assert table["contribution"].sum() == pytest.approx((delivered_less(returns) @ weight).mean(), rel=1e-12)
    assert (table["contribution"] > 0).all()
    assert table["share"].sum() == pytest.approx(1.0)


def test_a_hit_that_does_not_happen_in_a_draw_explains_nothing_of_it(taiwan):
    run, _, _, found = taiwan
    labels, losses = found.losses("hit")
    part = np.array(run.component_names)[run.totals.component]
    for column, hit in enumerate(labels["hit"]):
        if hit:
            assert (losses[part != hit.split("/")[0], column] == 0).all()


def test_shares_and_their_errors_by_hand():
    # parts 1, 3 of totals 2, 4: share (1 + 3) / (2 + 4) = 2/3; residuals 1 - 4/3 = -1/3 and 3 - 8/3 = 1/3, over mean 3
    table = shares(np.array([[1.0], [3.0]]), np.array([2.0, 4.0]), scr.Sampling().design(np.ones(2)))
    assert table["share"][0] == pytest.approx(2 / 3)
    assert table["standard_error"][0] == pytest.approx(1.0)
    assert table["share_error"][0] == pytest.approx(1 / 9)


def test_what_does_not_fit_is_refused(taiwan):
    run, _, weight, found = taiwan
    with pytest.raises(InputError, match=r"draw_weight: found shape \(3,\), expected 12 finite numbers"):
        scr.cause_contributions(run, np.ones(3), weight)
    with pytest.raises(InputError, match="found only zeros"):
        scr.cause_contributions(run, np.zeros(12), weight)
    with pytest.raises(InputError, match=r"company_weight: found shape \(2,\)"):
        scr.attribute_loss(run, np.ones(2))
    with pytest.raises(InputError, match="finite numbers"):
        scr.attribute_loss(run, weight * np.nan)
    with pytest.raises(InputError, match="n_paths: found 0"):
        scr.path_contributions(run, np.ones(12), weight, n_paths=0)
    with pytest.raises(UnknownNameError, match="nearest: company"):
        found.losses("compny")


def test_a_network_of_tables_has_no_accounts(world):
    run = world.run()
    bare = replace(run, network=replace(run.network, dataset=None))
    with pytest.raises(InputError, match="made of tables"):
        scr.attribute_loss(bare, np.ones(1))
