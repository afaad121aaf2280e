"""Comparisons on common random numbers: what they cancel, and what they refuse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import supplychain_risk as scr
from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.markets.metrics import METRICS
from supplychain_risk.scenarios.design import Sampling

SHORT = {"n_draws": 48, "horizon_days": 182.0, "seed": 5}


@pytest.fixture(scope="module")
def packaged():
    return scr.SupplyNetwork.from_dataset(scr.load_dataset())


@pytest.fixture(scope="module")
def found(packaged):
    return scr.compare(packaged, "taiwan-quarantine", "taiwan-blockade", **SHORT)


def test_a_scenario_does_not_differ_from_itself(packaged):
    same = scr.compare(packaged, "taiwan-quake", "taiwan-quake", **SHORT).table
    assert (same["difference"] == 0.0).all()
    assert (same["standard_error"] == 0.0).all()
    assert (same["independent_error"] > 0.0).any()


def test_errors_are_those_of_paired_and_of_independent_draws(found):
    labels, a = found.first.lost_days("product")
    _, b = found.second.lost_days("product")
    column = labels.get_loc("hbm")
    row = found.table.loc["hbm"]
    pairs = b[:, column] - a[:, column]
    assert row["difference"] == pytest.approx(pairs.mean())
    assert row["standard_error"] == pytest.approx(pairs.std(ddof=1) / np.sqrt(48))
    apart = np.sqrt((a[:, column].var(ddof=1) + b[:, column].var(ddof=1)) / 48)
    assert row["independent_error"] == pytest.approx(apart)


def test_scenarios_with_hits_of_one_name_move_together(found):
    assert (found.table["standard_error"] < found.table["independent_error"]).mean() > 0.8


def test_networks_can_be_compared_on_the_same_draws(packaged, found):
    """More stock of everything: a mitigation. The outages are the same to the bit, the losses are not larger."""
    dearer = replace(packaged, buffer_days=packaged.buffer_days * 2.0)
    run = scr.simulate(dearer, "taiwan-quarantine", **SHORT)
    assert run.totals.component.tobytes() == found.first.totals.component.tobytes()
    assert run.totals.market_factor.tobytes() == found.first.totals.market_factor.tobytes()
    table = scr.compare_runs(found.first, run).table
    assert table.loc["ai_accelerator", "difference"] < 0.0


def test_sobol_draws_are_common_although_the_scenarios_have_other_drivers(packaged):
    mixed = scr.compare(packaged, "taiwan", "taiwan-blockade", **{**SHORT, "sampling": "sobol"})
    own = mixed.first.totals.component == 1
    assert own.any()
    a, b = (run.totals.market_factor for run in (mixed.first, mixed.second))
    assert np.array_equal(a[own], b[own])


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_has_one_row_a_name_largest_difference_first(found, metric):
    table = scr.compare_runs(found.first, found.second, metric=metric).table
    assert table.index.is_unique
    assert not table.isna().any().any()
    assert table["difference"].abs().is_monotonic_decreasing
    assert table["difference"].to_numpy() == pytest.approx((table["second"] - table["first"]).to_numpy(), abs=1e-9)


def test_runs_of_other_draws_and_unknown_metrics_are_refused(packaged, found):
    other = scr.simulate(packaged, "taiwan-quake", n_draws=48, horizon_days=182.0, seed=6)
    with pytest.raises(InputError, match="seed differs: 5 and 6"):
        scr.compare_runs(found.first, other)
    with pytest.raises(UnknownNameError, match="output_loss"):
        scr.compare(packaged, "taiwan-quake", "taiwan-quake", metric="output_los", **SHORT)


def test_runs_with_other_weights_still_share_their_errors(packaged):
    """Half of the draws are severe quakes instead of one in twenty: the difference to itself stays 0."""
    sampling = Sampling(shares={"taiwan-quake-severe": 0.5})
    table = scr.compare(packaged, "taiwan-quake", "taiwan-quake", sampling=sampling, **SHORT).table
    assert (table["standard_error"] == 0.0).all()
