"""Indices looked through: which rows count, what the rest does, and what stands beside the numbers."""

from __future__ import annotations

import numpy as np
import pytest

import supplychain_risk as scr
from supplychain_risk.dataset.schema import Group, Holding, IndexWeights, Snapshot
from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.markets.indices import find_index, index_position, index_weights


def snapshot(fact, **weights):
    rows = tuple(
        Holding(ticker=f"{name}{i}", weight=fact(w), company=name) for i, (name, w) in enumerate(weights.items())
    )
    return Snapshot(holdings=rows, groups=(Group(label="all", weight=fact(1.0)),))


@pytest.fixture
def fact():
    from supplychain_risk.dataset.facts import Fact

    return lambda value: Fact(value=value, low=value, high=value, confidence="assumption", source="assumption")


def test_only_the_latest_day_and_rows_of_securities_count(fact):
    index = IndexWeights(
        name="x", snapshots={"2026-01-01": snapshot(fact, old=0.9), "2026-05-05": snapshot(fact, a=0.2, b=0.1)}
    )
    assert index_weights(index) == {"a": 0.2, "b": 0.1}


def test_share_classes_of_a_company_are_added_up_and_strangers_left_to_the_rest(fact):
    rows = (
        Holding(ticker="A1", weight=fact(0.2), company="a"),
        Holding(ticker="A2", weight=fact(0.1), company="a"),
        Holding(ticker="Z", weight=fact(0.3)),
    )
    index = IndexWeights(name="x", snapshots={"2026-01-01": Snapshot(holdings=rows)})
    assert index_weights(index) == pytest.approx({"a": 0.3})


def test_an_index_of_one_company_is_that_company(world, fact):
    returns = world.returns(severity="pert(0, 0.3, 1)", n_draws=20)
    index = IndexWeights(name="One", snapshots={"2026-01-01": snapshot(fact, maker=1.0)}, symbols="^ONE")
    dataset = returns.run.network.dataset.model_copy(update={"indices": {"one": index}})
    object.__setattr__(returns.run.network, "dataset", dataset)
    for with_market in (False, True):
        draws = scr.index_returns(returns, "^one", with_market=with_market)
        assert draws.tolist() == returns.total(with_market=with_market)[:, 0].tolist()
    table = scr.index_table(returns)
    assert table.loc["one", "covered"] == 1.0
    assert table.loc["one", "network_return"] == pytest.approx(returns.table().loc["maker", "network_return"])


def test_every_packaged_index_has_a_beta_of_its_rest_with_a_range(taiwan):
    indices = taiwan.run.network.dataset.indices
    assert len(indices) >= 7
    assert all(index.beta_rest.low < index.beta_rest.value < index.beta_rest.high for index in indices.values())


def test_the_whole_of_the_sp500_moves_about_one_to_one_with_the_market(taiwan):
    """Betas of the data are against this index, so those of its parts must average to 1; the rest is set so."""
    dataset = taiwan.run.network.dataset
    position = index_position(dataset, "sp500")
    beta = taiwan.accounts.table["beta"]
    whole = sum(part * beta[name] for name, part in position.companies.items())
    whole += (1 - sum(position.companies.values())) * position.rest_beta
    assert whole == pytest.approx(1.0, abs=0.05)


def test_the_table_is_the_sum_over_holdings_by_hand(taiwan):
    dataset, total = taiwan.run.network.dataset, taiwan.total()
    record = dataset.indices["russell2000"]
    by_hand, covered = np.zeros(256), 0.0
    for row in record.latest.holdings:
        if row.company in taiwan.companies:
            draws = total[:, taiwan.companies.index(row.company)]
            if not np.isnan(draws).any():
                by_hand, covered = by_hand + row.weight.value * draws, covered + row.weight.value
    by_hand = by_hand + (1 - covered) * record.beta_rest.value * taiwan.run.totals.market_factor
    row = scr.index_table(taiwan, ["IWM"]).loc["russell2000"]
    assert row["covered"] == pytest.approx(covered)
    assert row["total_return"] == pytest.approx(by_hand.mean(), abs=1e-12)
    assert row["as_of"] == max(record.snapshots)
    assert scr.index_table(taiwan, "IWM").equals(scr.index_table(taiwan, ["IWM"]))


def test_a_difference_on_the_same_draws_is_that_of_the_means_with_a_small_error(taiwan):
    table = scr.index_difference(taiwan, "russell2000", "nasdaq100")
    both = scr.index_table(taiwan, ["russell2000", "nasdaq100"])
    for side in ("network", "total"):
        expected = both[f"{side}_return"].iloc[0] - both[f"{side}_return"].iloc[1]
        assert table.loc[side, "difference"] == pytest.approx(expected)
        assert 0 < table.loc[side, "standard_error"] < np.hypot(*both[f"{side}_error"])
        assert 0 <= table.loc[side, "share_first_worse"] <= 1


@pytest.mark.parametrize(("name", "index"), [("SOX", "soxx_etf"), ("spy", "sp500"), ("Nasdaq-100", "nasdaq100")])
def test_an_index_goes_by_id_name_symbol_or_fund(packaged, name, index):
    assert find_index(packaged, name) == index


def test_an_unknown_index_offers_the_nearest(packaged):
    with pytest.raises(UnknownNameError, match="no index is called 'sp5000'; nearest: sp500"):
        find_index(packaged, "sp5000")


def test_data_without_indices_say_so(world):
    with pytest.raises(InputError, match="found data without indices"):
        scr.index_table(world.returns())
