"""Returns for other programs: frames, Parquet, outcomes of equal weight."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import supplychain_risk as scr
from supplychain_risk.errors import InputError, OutputError
from supplychain_risk.markets import exports

TICKERS = ["MAKER", "private", "ELSEWHERE", "BANK"]


@pytest.fixture(scope="module")
def plain(world):
    return world.returns(severity="pert(0, 0.3, 1)", n_draws=50)


@pytest.fixture(scope="module")
def weighted(world):
    run = world.run(severity="pert(0, 0.3, 1)", n_draws=2)
    sampling = scr.Sampling(tilts={"severity": 3.0})
    return scr.equity_returns(
        scr.simulate(run.network, run.scenario, n_draws=64, horizon_days=364, seed=3, sampling=sampling)
    )


def test_a_frame_has_a_row_a_draw_and_a_column_a_ticker(plain):
    frame = plain.to_frame()
    assert (frame.index.name, frame.columns.name, frame.columns.tolist()) == ("draw", "ticker", TICKERS)
    np.testing.assert_array_equal(frame.to_numpy(), plain.total())
    np.testing.assert_array_equal(plain.to_frame(with_market=False).to_numpy(), plain.total(with_market=False))


def test_a_company_without_market_value_has_a_blank_column(plain):
    frame = plain.to_frame()
    assert frame["private"].isna().all()
    assert frame.drop(columns="private").notna().all(axis=None)


def test_a_ticker_that_is_the_parents_or_anothers_is_not_used(plain):
    records = dict(plain.run.network.dataset.companies)
    records["maker"] = records["maker"].model_copy(update={"listed": "parent"})
    records["elsewhere"] = records["elsewhere"].model_copy(update={"ticker": "BANK"})
    dataset = plain.run.network.dataset.model_copy(update={"companies": records})
    table = plain.accounts.table.assign(ticker=[records[company].ticker for company in plain.companies])
    run = replace(plain.run, network=replace(plain.run.network, dataset=dataset))
    returns = replace(plain, run=run, accounts=replace(plain.accounts, table=table))
    assert returns.to_frame().columns.tolist() == ["maker", "private", "elsewhere", "bank"]


def test_a_frame_says_where_it_comes_from(plain, weighted):
    attrs = plain.to_frame(with_market=False).attrs
    wanted = ("data_digest", "scenario", "scenario_digest", "seed", "n_draws", "version")
    assert {name: attrs[name] for name in wanted} == {name: plain.run.provenance[name] for name in wanted}
    assert (attrs["with_market"], attrs["equally_weighted"], attrs["companies"]["BANK"]) == (False, True, "bank")
    assert weighted.to_frame().attrs["equally_weighted"] is False


def test_probabilities_make_the_means_of_the_table(weighted):
    probability = weighted.probabilities()
    assert probability.sum() == pytest.approx(1.0, abs=1e-15)
    assert probability.max() > 2 * probability.min()
    mean = weighted.to_frame()["MAKER"] @ probability
    assert mean == pytest.approx(weighted.table().loc["maker", "total_return"], rel=1e-12)


def test_parquet_reads_back_with_weights_and_provenance(weighted, tmp_path):
    from pyarrow import parquet

    weighted.to_parquet(tmp_path / "returns.parquet", with_market=False)
    read = parquet.read_table(tmp_path / "returns.parquet")
    assert read.column_names == ["draw", "probability", *TICKERS]
    frame = read.to_pandas().set_index("draw")
    np.testing.assert_array_equal(frame[TICKERS].to_numpy(), weighted.total(with_market=False))
    np.testing.assert_array_equal(frame["probability"], weighted.probabilities())
    origin = json.loads(read.schema.metadata[b"supplychain_risk"])
    assert (origin["kind"], origin["schema_version"]) == ("equity_returns", 1)
    assert origin["provenance"]["scenario_digest"] == weighted.run.scenario.digest
    assert origin["provenance"]["sampling"]["tilts"] == {"severity": 3.0}
    assert origin["provenance"]["with_market"] is False


def test_without_pyarrow_the_message_says_what_to_install(plain, tmp_path, monkeypatch):
    monkeypatch.setattr(exports, "find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"supplychain_risk\[io\]"):
        plain.to_parquet(tmp_path / "returns.parquet")


def test_a_place_that_cannot_be_written_is_told(plain, tmp_path):
    with pytest.raises(OutputError, match="No such file"):
        plain.to_parquet(tmp_path / "missing" / "returns.parquet")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("method", ["to_riskfolio", "to_pypfopt"])
def test_draws_of_equal_weight_are_handed_on_as_they_are(plain, method):
    scenarios = getattr(plain, method)()
    np.testing.assert_array_equal(scenarios.returns, plain.to_frame().drop(columns="private"))
    assert (scenarios.shift == 0.0).all()
    assert scenarios.left_out == ("private",)
    np.testing.assert_allclose(scenarios.expected_returns, scenarios.returns.mean(), rtol=1e-12)
    np.testing.assert_allclose(scenarios.covariance, scenarios.returns.cov(), atol=1e-18)


def test_weighted_draws_stand_as_often_as_they_weigh(weighted):
    n = 500
    scenarios = weighted.to_riskfolio(n)
    share = weighted.probabilities()
    counts = scenarios.returns.index.value_counts().reindex(share.index, fill_value=0)
    assert ((counts - n * share).abs() < 1.0).all()
    exact = weighted.to_frame().drop(columns="private").mul(share, axis=0).sum()
    np.testing.assert_allclose(scenarios.expected_returns, exact, rtol=1e-12)
    np.testing.assert_allclose(scenarios.shift, scenarios.returns.mean() - exact, atol=1e-16)
    # one draw is moved by less than 1/n of weight, so a mean by less than the sum of sizes / n
    bound = weighted.to_frame().drop(columns="private").abs().sum() / n
    assert (scenarios.shift.abs() < bound + 1e-15).all()
    assert scenarios.shift["MAKER"] != 0.0


def test_the_same_seed_takes_the_same_draws(weighted):
    first, second = (weighted.to_riskfolio(37).returns for _ in range(2))
    assert first.index.tolist() == second.index.tolist()


@pytest.mark.parametrize("n", [0, -3, 2.5])
def test_a_number_of_outcomes_is_a_whole_number_above_zero(plain, n):
    with pytest.raises(InputError, match=r"n: found .* expected a whole number of at least 1"):
        plain.to_pypfopt(n)


def test_without_any_market_value_there_is_nothing_to_hand_on(world):
    private = world.companies["private"]
    with pytest.raises(InputError, match="found none with a known market value"):
        world.returns({"private": private}).to_riskfolio()


def test_a_single_draw_has_no_covariance(world):
    assert world.returns().to_riskfolio().covariance.isna().all(axis=None)
