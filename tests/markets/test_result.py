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
