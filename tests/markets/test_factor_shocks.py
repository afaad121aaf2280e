"""Expected and tail return of single names."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import supplychain_risk as scr
from supplychain_risk.errors import InputError, OutputError
from supplychain_risk.kernels import tail
from supplychain_risk.markets.factor_shocks import tail_return

LOSSES = [0.4, 0.25, 0.18, 0.12, 0.09, 0.07, 0.05, 0.04, 0.02, 0.01]
RETURNS = -np.array([*LOSSES, 0.0, -0.01, -0.02, -0.03, -0.04, -0.06, -0.08, -0.1, -0.12, -0.15])
WEIGHTS = np.array([0.005, 0.01, 0.02, 0.02, 0.03] + [0.061] * 15)
"""Returns, weights and answers: skfolio 1.12.2 and Riskfolio-Lib 7.4.0."""


@pytest.fixture(scope="module")
def returns(world):
    return world.returns(severity="pert(0, 0.3, 1)", n_draws=100)


@pytest.mark.parametrize(("level", "answer"), [(0.95, -0.4), (0.9, -0.325), (0.8, -0.2375)])
def test_the_tail_is_what_published_programs_say(level, answer):
    assert tail_return(RETURNS, level, tail.simple_design(20)).value == pytest.approx(answer, abs=1e-12)


def test_the_tail_counts_weights_as_skfolio_does():
    design = tail.Design(WEIGHTS, np.arange(20))
    assert tail_return(RETURNS, 0.95, design).value == pytest.approx(-0.198, abs=1e-12)


@given(st.lists(st.floats(-1.0, 3.0), min_size=2, max_size=30), st.floats(0.05, 0.95))
def test_the_tail_lies_between_the_worst_draw_and_the_mean(values, level):
    drawn = np.array(values)
    value = tail_return(drawn, level, tail.simple_design(len(drawn))).value
    assert drawn.min() - 1e-9 <= value <= drawn.mean() + 1e-9


def test_the_error_of_the_tail_is_the_spread_of_repeated_runs():
    drawn = np.random.default_rng(5).standard_normal((400, 2_000))  # 2,000 runs of 400 draws side by side
    value, error = tail_return(drawn, 0.9, tail.simple_design(400))
    assert np.sqrt((error**2).mean()) == pytest.approx(value.std(ddof=1), rel=0.05)


def test_network_and_market_stand_side_by_side(returns):
    shocks = returns.to_factor_shocks(level=0.5).set_index("company")
    table = returns.table()
    for name, column in (("network_mean", "network_return"), ("total_mean", "total_return")):
        np.testing.assert_allclose(shocks[name], table.loc[shocks.index, column], rtol=1e-12)
    np.testing.assert_allclose(shocks["total_mean_error"], table.loc[shocks.index, "total_error"], rtol=1e-12)
    # beta .5 x -10 %, the same in every draw
    bank = shocks.loc["bank"]
    assert bank[["network_mean", "network_tail", "network_tail_error"]].tolist() == [0.0, 0.0, 0.0]
    assert bank[["total_mean", "total_tail"]].tolist() == pytest.approx([-0.05, -0.05], abs=1e-15)
    assert shocks.loc["maker", "network_tail"] < shocks.loc["maker", "network_mean"] < 0.0
    assert shocks.loc["private", ["total_mean", "total_tail", "total_tail_error"]].isna().all()


def test_every_row_says_where_it_comes_from(returns):
    row = returns.to_factor_shocks(level=0.5).iloc[-1]
    names = ("scenario", "scenario_digest", "data_digest", "n_draws", "seed", "version")
    assert {name: row[name] for name in names} == {name: returns.run.provenance[name] for name in names}
    assert row["level"] == 0.5


def test_csv_reads_back_as_the_table(returns, tmp_path):
    table = returns.to_factor_shocks(tmp_path / "shocks.csv", level=0.5)
    read = pd.read_csv(tmp_path / "shocks.csv")
    pd.testing.assert_frame_equal(read, table, check_dtype=False)


def test_json_reads_back_with_null_for_what_is_not_known(returns, tmp_path):
    table = returns.to_factor_shocks(tmp_path / "shocks.json", level=0.5)
    document = json.loads((tmp_path / "shocks.json").read_text(encoding="utf-8"))
    assert (document["kind"], document["schema_version"], document["level"]) == ("factor_shocks", 1, 0.5)
    assert document["provenance"]["scenario_digest"] == returns.run.scenario.digest
    rows = {row["company"]: row for row in document["rows"]}
    assert rows["private"]["total_tail"] is None
    assert rows["maker"]["total_tail"] == table.set_index("company").loc["maker", "total_tail"]


def test_names_never_start_a_formula_and_losses_stay_numbers(returns, tmp_path):
    named = returns.accounts.table.assign(name=["=1+1", "+2", "-3", "@sum"], ticker=["-A", "@B", "=C", "+D"])
    returns = replace(returns, accounts=replace(returns.accounts, table=named))
    returns.to_factor_shocks(tmp_path / "shocks.csv", level=0.5)
    read = pd.read_csv(tmp_path / "shocks.csv")
    assert read["name"].tolist() == ["'=1+1", "'+2", "'-3", "'@sum"]
    assert read["ticker"].str.startswith("'").tolist() == [True, False, True, True]  # private: its id
    assert read["total_mean"].dtype == np.float64
    assert read["total_mean"].min() < 0.0


@pytest.mark.parametrize("level", [0.0, 1.0, 95, float("nan")])
def test_a_level_outside_zero_and_one_is_refused(returns, level):
    with pytest.raises(InputError, match=r"level: found .* between 0 and 1"):
        returns.to_factor_shocks(level=level)


def test_another_ending_is_refused(returns, tmp_path):
    with pytest.raises(InputError, match=r"expected \.csv or \.json"):
        returns.to_factor_shocks(tmp_path / "shocks.xlsx", level=0.5)


def test_a_place_that_cannot_be_written_is_told(returns, tmp_path):
    with pytest.raises(OutputError, match="No such file"):
        returns.to_factor_shocks(tmp_path / "missing" / "shocks.csv", level=0.5)
    assert not list(tmp_path.iterdir())


def test_few_draws_in_the_tail_are_told_with_their_number(returns):
    with pytest.warns(UserWarning, match=r"only 5 draws lie in the worst 0\.05"):
        returns.to_factor_shocks()


def test_weighted_draws_count_by_their_weight(world):
    run = world.run(severity="pert(0, 0.3, 1)", n_draws=2)
    sampling = scr.Sampling(tilts={"severity": 3.0})
    run = scr.simulate(run.network, run.scenario, n_draws=256, horizon_days=364, seed=3, sampling=sampling)
    returns = scr.equity_returns(run)
    shocks = returns.to_factor_shocks(level=0.5).set_index("ticker")
    frame, probability = returns.to_frame(with_market=False)["MAKER"], returns.probabilities()
    assert shocks.loc["MAKER", "network_mean"] == pytest.approx(frame @ probability, rel=1e-12)
    assert shocks.loc["MAKER", "network_mean"] > frame.mean()  # the tilt draws hard hits more often
