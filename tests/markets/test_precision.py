"""How many draws a number needs."""

from __future__ import annotations

import numpy as np
import pytest

import supplychain_risk as scr
from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.markets import precision
from supplychain_risk.markets.metrics import watched

YEAR = {"horizon_days": 91.0, "seed": 3}
FIELDS = ("output", "unmet", "discounted_external", "recovery_day", "market_factor", "weight")


@pytest.fixture(scope="module")
def packaged():
    return scr.SupplyNetwork.from_dataset(scr.load_dataset())


@pytest.fixture(scope="module")
def run(packaged):
    return scr.simulate(packaged, "taiwan", n_draws=300, **YEAR)


def test_rows_of_the_convergence_table_are_the_first_draws(run):
    table = scr.convergence(run, "hbm").set_index("draws")
    assert table.index.tolist() == [32, 64, 128, 256, 300]
    lost = watched(run, "hbm")[:128]
    assert table.loc[128, "mean"] == pytest.approx(lost.mean())
    assert table.loc[128, "standard_error"] == pytest.approx(lost.std(ddof=1) / np.sqrt(128))


def test_a_product_is_watched_as_share_of_the_horizon(run):
    labels, lost = run.lost_days("product")
    assert watched(run, "hbm") == pytest.approx(lost[:, labels.get_loc("hbm")] / 91.0)


def test_the_return_of_all_companies_is_weighted_by_market_value(run):
    returns = scr.equity_returns(run)
    value = returns.accounts.column("market_cap_usd_bn")
    by_network = sum(array for name, array in returns.channels.items() if name != "market")
    expected = np.nansum(by_network * value, axis=1) / np.nansum(value)
    assert watched(run, "return") == pytest.approx(expected, rel=1e-9)  # no company falls to the floor here


def test_draws_needed_fall_with_the_square_of_the_error(run):
    now = scr.standard_error(run, "hbm")
    assert scr.draws_needed(run, "hbm", now) == 300
    assert scr.draws_needed(run, "hbm", now / 2) == 1_200


@pytest.mark.parametrize("sampling", ["random", "sobol"])
def test_a_run_until_an_error_is_the_run_of_as_many_draws(packaged, monkeypatch, sampling):
    monkeypatch.setattr(precision, "FEWEST", 128)
    error = scr.standard_error(scr.simulate(packaged, "taiwan", n_draws=256, sampling=sampling, **YEAR), "hbm")
    until = scr.simulate_until(packaged, "taiwan", wanted=error, of="hbm", max_draws=1_000, sampling=sampling, **YEAR)
    assert until.n_draws == 256
    fixed = scr.simulate(packaged, "taiwan", n_draws=256, sampling=sampling, **YEAR)
    for name in FIELDS:
        assert getattr(until.totals, name).tobytes() == getattr(fixed.totals, name).tobytes()


def test_a_run_that_cannot_reach_the_error_stops_at_the_most_draws(packaged, monkeypatch):
    monkeypatch.setattr(precision, "FEWEST", 32)
    seen = []
    run = scr.simulate_until(
        packaged, "taiwan-quake", wanted=1e-12, of="return", max_draws=70, progress=seen.append, **YEAR
    )
    assert run.n_draws == 70
    assert scr.standard_error(run, "return") > 1e-12
    assert sum(seen) == 32 + 64 + 70  # a block that was cut short is run again as a whole


def test_what_cannot_be_watched_is_refused_before_the_run(packaged):
    with pytest.raises(UnknownNameError, match="hbm"):
        scr.simulate_until(packaged, "taiwan", wanted=0.1, of="hbmm")
    for wanted in (0.0, -1.0, float("nan")):
        with pytest.raises(InputError, match="wanted"):
            scr.simulate_until(packaged, "taiwan", wanted=wanted, of="hbm")


def test_a_stopped_run_goes_on_from_its_store(packaged, monkeypatch, tmp_path):
    monkeypatch.setattr(precision, "FEWEST", 128)
    done = []

    def stop(count):
        done.append(count)
        if sum(done) >= 384:  # in the middle of the second doubling
            raise KeyboardInterrupt

    options = {"wanted": 1e-12, "of": "hbm", "max_draws": 512, "store": tmp_path, **YEAR}
    with pytest.raises(KeyboardInterrupt):
        scr.simulate_until(packaged, "taiwan-quake", progress=stop, **options)
    again = []
    run = scr.simulate_until(packaged, "taiwan-quake", progress=again.append, **options)
    assert run.n_draws == 512
    assert again[0] >= 256  # what was there already
    whole = scr.simulate(packaged, "taiwan-quake", n_draws=512, **YEAR)
    assert run.totals.output.tobytes() == whole.totals.output.tobytes()


def test_too_few_draws_have_no_standard_error(packaged, run):
    one = scr.simulate(packaged, "taiwan-quake", n_draws=1, horizon_days=28.0)
    with pytest.raises(InputError, match="found 1, too few"):
        scr.standard_error(one, "hbm")
    with pytest.raises(InputError, match="wanted"):
        scr.draws_needed(run, "hbm", 0.0)
