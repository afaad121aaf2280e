from __future__ import annotations

import numpy as np
import pytest

import supplychain_risk as scr
from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.markets.explanation import REMAINDER
from supplychain_risk.markets.routes import find_passage, largest_paths, path_losses


@pytest.fixture(scope="module")
def network(packaged):
    return scr.SupplyNetwork.from_dataset(packaged)


@pytest.fixture(scope="module")
def blockade(network):
    return scr.simulate(network, "taiwan-blockade", n_draws=12, horizon_days=364, seed=3)


@pytest.fixture(scope="module")
def broadcom(blockade):
    return blockade.explain("broadcom")


def test_all_tables_add_up_to_the_loss(blockade, broadcom):
    returns = scr.equity_returns(blockade)
    parts, column = returns.cash_flow_parts, returns.companies.index("broadcom")
    lost = -(parts["volume"] + parts["scrap"])[:, column]
    assert broadcom.loss_usd_bn == pytest.approx(lost.mean(), rel=1e-12)
    assert broadcom.standard_error == pytest.approx(lost.std(ddof=1) / np.sqrt(12))
    for table in (broadcom.lines, broadcom.causes, broadcom.paths, broadcom.by("hit"), broadcom.by("site")):
        assert table["loss_usd_bn"].sum() == pytest.approx(lost.mean(), rel=1e-9)
        assert table["share"].sum() == pytest.approx(1.0, abs=1e-9)
    assert broadcom.causes["return"].sum() == pytest.approx(
        -lost.mean() / returns.accounts.column("market_cap_usd_bn")[column]
    )


def test_lost_days_are_those_of_the_run(blockade, broadcom):
    names, lost = blockade.lost_days("activity")
    line = broadcom.lines.set_index("product").loc["ai_asic"]
    expected = lost[:, names.get_loc("broadcom:ai_asic")]
    assert line["lost_days"] == pytest.approx(expected.mean(), abs=1e-3)  # quarters are kept in single precision
    assert broadcom.causes["lost_days"].sum() == pytest.approx(broadcom.paths["lost_days"].sum(), abs=1e-9)


def test_a_blockade_reaches_broadcom_through_packaging_and_wafers_of_taiwan(broadcom):
    assert broadcom.causes["country"].iloc[0] == "TW"
    first = broadcom.paths["path"].iloc[0]
    assert first.startswith("tsmc ")
    assert " -> broadcom ai_asic" in first
    assert broadcom.paths["path"].iloc[-1] == REMAINDER
    assert len(broadcom.paths) == 11


def test_paths_are_shares_of_shares_draw_by_draw(blockade, broadcom):
    passage = find_passage(blockade.network, broadcom.attribution.answer)
    paths = largest_paths(passage, np.ones(12), 400)
    losses = path_losses(passage, paths)
    assert len(set(paths)) == len(paths)
    assert (losses >= 0).all()
    entered = np.maximum(passage.enters, 0).sum(axis=1)
    assert (losses.sum(axis=1) <= entered * (1 + 1e-9)).all()
    assert losses.sum() > 0.9 * broadcom.attribution.answer.total.sum()


def test_who_is_not_reached_has_no_loss_to_explain(blockade):
    bank = blockade.explain("pnc")
    assert bank.is_unhurt
    assert bank.loss_usd_bn == 0.0
    assert bank.causes.empty


def test_a_ticker_and_an_id_name_the_same(blockade, broadcom):
    assert blockade.explain("AVGO", n_paths=1).loss_usd_bn == broadcom.loss_usd_bn


def test_larger_runs_are_followed_in_part_and_say_so(network):
    run = scr.simulate(network, "hbm-shortage", n_draws=300, horizon_days=91, seed=1)
    assert run.explain("nvidia").n_draws == 256
    assert scr.explain(run, "nvidia", draws=20).n_draws == 20


def test_hbm_that_is_short_is_all_of_the_loss_of_nvidia_and_the_gain_of_nobody_hit(network):
    run = scr.simulate(network, "hbm-shortage", n_draws=8, horizon_days=364, seed=1)
    hits = run.explain("nvidia").by("hit").set_index("hit")["share"]
    assert hits["hbm-shortage/hbm"] + hits["hbm-shortage/dram"] == pytest.approx(1.0, abs=0.01)


def test_what_is_unknown_or_out_of_range_is_refused(blockade):
    with pytest.raises(UnknownNameError, match="nearest: broadcom"):
        blockade.explain("brodcom")
    silent = scr.equity_returns(blockade).accounts.without_revenue[0]
    with pytest.raises(InputError, match="revenue nobody gives"):
        blockade.explain(silent)
    with pytest.raises(InputError, match="n_paths: found 0"):
        blockade.explain("broadcom", n_paths=0)
    with pytest.raises(InputError, match="draws: found 13, expected 1 to 12"):
        blockade.explain("broadcom", draws=13)
