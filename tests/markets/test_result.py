from __future__ import annotations

import numpy as np
import pytest

from supplychain_risk.errors import InputError


def test_the_table_has_errors_beside_its_numbers(world) -> None:
    returns = world.returns(severity="pert(0, 0.3, 1)", n_draws=200)
    row = returns.table().loc["maker"]
    draws = -returns.present_value[:, returns.companies.index("maker")]
    assert row["loss_usd_bn"] == pytest.approx(draws.mean())
    assert row["loss_error"] == pytest.approx(draws.std(ddof=1) / np.sqrt(200))
    assert row["loss_q95_usd_bn"] == np.sort(draws)[189]
    assert row["network_q05"] == pytest.approx(-np.sort(draws)[190] / 100, abs=1e-12)


def test_the_largest_loss_comes_first_and_blanks_stay(world) -> None:
    table = world.returns().table()
    assert table["loss_usd_bn"].is_monotonic_decreasing
    assert np.isnan(table.loc["private", "market_cap_usd_bn"])


def test_no_return_is_below_minus_one(world) -> None:
    maker = world.company("maker", makes={"part": 1.0}, market_cap_usd_bn=0.1, beta=2.0, **world.whole)
    returns = world.returns({"maker": maker})
    assert returns.total(with_market=False)[0, 0] == -1.0
    assert returns.floor()[0, 0] > 0


def test_a_floored_loss_can_be_spread_over_its_channels(world) -> None:
    # -64 % by cash flow and -120 % by the market: the floor gives back 84 %, or takes each channel down by 1 / 1.84
    maker = world.company("maker", makes={"part": 1.0}, market_cap_usd_bn=1.0, beta=12.0, **world.whole)
    returns = world.returns({"maker": maker})
    apart, spread = returns.parts(), returns.parts(spread_floor=True)
    for parts in (apart, spread):
        assert sum(parts.values())[0, 0] == pytest.approx(-1.0, abs=1e-12)
    cash_flow = apart["cash_flow"][0, 0]
    assert apart["floor"][0, 0] == pytest.approx(0.2 - cash_flow)
    assert spread["floor"][0, 0] == 0.0
    assert spread["cash_flow"][0, 0] == pytest.approx(cash_flow / (1.2 - cash_flow))
    assert returns.parts(with_market=False).keys() == {"cash_flow", "permanent", "repricing", "floor"}
    assert "repricing" not in returns.parts(with_repricing=False)


def test_channels_stand_beside_their_sum(world) -> None:
    returns = world.returns(severity="pert(0, 0.3, 1)", n_draws=40, **{"class": "war"})
    table = returns.channel_table()
    row = table.loc["maker"]
    parts = row[["cash_flow", "permanent", "repricing", "market", "floor"]]
    assert parts.sum() == pytest.approx(row["total"], abs=1e-12)
    assert row["network"] == pytest.approx(row["total"] - row["market"], abs=1e-12)
    assert row["plain"] == pytest.approx(row["cash_flow"], abs=1e-12)
    draws = returns.channels["repricing"][:, returns.companies.index("maker")]
    assert row["repricing_error"] == pytest.approx(draws.std(ddof=1) / np.sqrt(40))
    assert table["total"].dropna().is_monotonic_increasing


def test_revenue_by_quarter_is_what_was_not_delivered(world) -> None:
    # half of 1 USD bn in each of two of thirteen weeks
    table = world.returns().revenue_by_quarter().set_index(["company", "quarter"])
    assert table.loc[("maker", 1), "mean_usd_bn"] == pytest.approx(-1.0, rel=1e-6)
    assert table.loc[("maker", 1), "share"] == pytest.approx(-1 / 13, rel=1e-6)
    assert table.loc[("maker", 2), "mean_usd_bn"] == 0.0
    assert "bank" not in table.index.get_level_values("company")


def test_quarters_are_counted_from_one(world) -> None:
    with pytest.raises(InputError, match="at least 1"):
        world.returns().revenue_by_quarter(quarters=0)


def test_losses_by_part_average_to_the_whole(world) -> None:
    returns = world.returns(severity="pert(0, 0.3, 1)", n_draws=50)
    parts = returns.by_component()
    assert parts.columns.tolist() == ["stop"]
    assert parts["stop"].tolist() == pytest.approx(returns.table()["loss_usd_bn"].reindex(parts.index).tolist())
