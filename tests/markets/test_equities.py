from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import supplychain_risk as scr
from supplychain_risk.errors import InputError

TWO_HALF_WEEKS = 0.5 * (1.09 ** (-1 / 52) + 1.09 ** (-2 / 52))
"""Half of a week's sales lost in each of the first two weeks, present value in weeks."""


def test_a_chain_of_one_loses_what_paper_says(world) -> None:
    # 52 USD bn a year: a week is 1 USD bn; cm = 1 - .5 (1 - .6) = .8; tax .2; market value 100
    row = world.returns().table().loc["maker"]
    loss = 0.8 * 0.8 * TWO_HALF_WEEKS
    assert row["loss_usd_bn"] == pytest.approx(loss, rel=1e-12)
    assert row["network_return"] == pytest.approx(-loss / 100, rel=1e-12)
    assert row["total_return"] == pytest.approx(-loss / 100 + 2.0 * -0.1, rel=1e-12)


def test_revenue_outside_the_model_does_not_move(world) -> None:
    part = world.company("maker", makes={"part": 0.25}, market_cap_usd_bn=100.0, beta=2.0, **world.whole)
    whole, quarter = world.returns(), world.returns({"maker": part})
    assert quarter.table().loc["maker", "loss_usd_bn"] == pytest.approx(whole.table().loc["maker", "loss_usd_bn"] / 4)


def test_what_is_missing_at_the_horizon_closes_over_the_tail(world) -> None:
    # half of sales lost for ever, horizon 4 weeks, closing over 4: gaps 1/2 x (1, 1, 1, 1 | 3/4, 2/4, 1/4, 0)
    lost = world.returns(weeks="400", horizon_days=28, tail_close_days=28.0).table().loc["maker", "loss_usd_bn"]
    gaps = [0.5, 0.5, 0.5, 0.5, 0.375, 0.25, 0.125, 0.0]
    weeks = sum(gap * 1.09 ** (-week / 52) for week, gap in enumerate(gaps, start=1))
    assert lost == pytest.approx(0.64 * weeks, rel=1e-7)  # the last step is kept in single precision


def test_a_private_firm_has_a_loss_in_dollars_and_a_blank_return(world) -> None:
    returns = world.returns()
    table = returns.table()
    assert table.loc["private", "loss_usd_bn"] == pytest.approx(table.loc["maker", "loss_usd_bn"])
    assert table.loc["private", ["network_return", "total_return", "network_q05", "total_q05"]].isna().all()
    column = returns.companies.index("private")
    assert all(np.isnan(array[:, column]).all() for array in returns.channels.values())


def test_a_listed_firm_without_a_market_value_has_a_blank_return(world) -> None:
    returns = world.returns({"maker": world.company("maker", makes={"part": 1.0}, beta=1.0, **world.whole)})
    assert np.isnan(returns.total()).all()
    assert returns.table().loc["maker", "loss_usd_bn"] > 0


def test_a_company_without_revenue_has_no_row(world) -> None:
    returns = world.returns()
    assert "silent" not in returns.companies
    assert returns.accounts.without_revenue == ("silent",)


def test_companies_that_the_event_does_not_reach_lose_exactly_nothing(world) -> None:
    returns = world.returns(n_draws=5)
    for name in ("elsewhere", "bank"):
        column = returns.companies.index(name)
        assert (returns.present_value[:, column] == 0.0).all()
        assert (returns.total(with_market=False)[:, column] == 0.0).all()
        assert (returns.channels["market"][:, column] < 0.0).all()


def test_zero_shock_costs_exactly_nothing(world) -> None:
    returns = world.returns(severity="0", n_draws=3)
    assert (returns.present_value == 0.0).all()
    assert not np.signbit(returns.present_value).any()
    assert not np.signbit(returns.table()["loss_usd_bn"]).any()
    assert (returns.revenue_by_quarter()["mean_usd_bn"] == 0.0).all()


def test_results_do_not_depend_on_the_unit_of_the_network(world) -> None:
    small, large = world.returns(), world.returns(final_sales=7000.0)
    np.testing.assert_allclose(small.present_value, large.present_value, rtol=1e-12, atol=1e-15)


def test_accounts_in_another_currency_scale_losses_and_leave_returns_alone(world) -> None:
    dear = world.company(
        "maker", makes={"part": 1.0}, market_cap_usd_bn=700.0, beta=2.0, **{**world.whole, "revenue_usd_bn": 364.0}
    )
    base, scaled = world.returns().table().loc["maker"], world.returns({"maker": dear}).table().loc["maker"]
    assert scaled["loss_usd_bn"] == pytest.approx(7 * base["loss_usd_bn"], rel=1e-12)
    assert scaled["network_return"] == pytest.approx(base["network_return"], rel=1e-12)


def test_captive_output_counts_for_what_leaves_the_company(world) -> None:
    # output halves, deliveries outside the company fall to a quarter: the accounts follow the deliveries
    run = world.run()
    position = run.network.activity_index("maker:part")
    external = np.full((1, 4, 1), 0.25, dtype=np.float32)
    block = replace(run.totals.blocks[0], external=external)
    totals = replace(run.totals, blocks=[block], captive_supplier=np.array([position]))
    table = scr.equity_returns(replace(run, totals=totals)).revenue_by_quarter().set_index(["company", "quarter"])
    assert table.loc[("maker", 1), "mean_usd_bn"] == pytest.approx(-0.75 * 13)


def test_scrapped_work_costs_its_variable_and_fixed_cost(world) -> None:
    run = world.run(severity="0")
    scrapped = np.zeros((1, len(run.network.activities)), dtype=np.float32)
    scrapped[0, run.network.activity_index("maker:part")] = 3.0
    block = replace(run.totals.blocks[0], scrapped_days=scrapped)
    returns = scr.equity_returns(replace(run, totals=replace(run.totals, blocks=[block])))
    cost = 3 * 52 / 365 * (1 - 0.6)
    assert returns.table().loc["maker", "loss_usd_bn"] == pytest.approx(cost * (1 - 0.2))
    income = returns.operating_income_by_quarter().set_index(["company", "quarter"])["mean_usd_bn"]
    assert income.loc["maker"].tolist() == pytest.approx([-cost, 0, 0, 0])


def test_a_network_of_tables_has_no_accounts(world) -> None:
    run = world.run()
    with pytest.raises(InputError, match="made of tables"):
        scr.equity_returns(replace(run, network=replace(run.network, dataset=None)))


@settings(max_examples=8)
@given(severity=st.floats(0.0, 1.0), weeks=st.floats(0.0, 60.0), shares=st.floats(0.0, 1.0))
def test_channels_and_lines_add_up(world, severity, weeks, shares) -> None:
    split = world.company(
        "maker", makes={"part": shares, "other_part": 1 - shares}, market_cap_usd_bn=3.0, beta=9.0, **world.whole
    )
    returns = world.returns({**world.companies, "maker": split}, severity=repr(severity), weeks=repr(weeks), n_draws=2)
    for with_market in (True, False):
        names = [name for name in returns.channels if with_market or name != "market"]
        parts = sum(returns.channels[name] for name in names) + returns.floor(with_market=with_market)
        np.testing.assert_allclose(returns.total(with_market=with_market), parts, rtol=0, atol=1e-12)
    assert np.nanmin(returns.total()) >= -1.0
    np.testing.assert_allclose(
        returns.present_value[:, returns.companies.index("maker")],
        shares * returns.present_value[:, returns.companies.index("private")],
        atol=1e-12,
    )


@settings(max_examples=6)
@given(severity=st.floats(0.0, 1.0), weeks=st.floats(0.0, 40.0))
def test_quarters_add_up_to_the_undiscounted_loss(world, severity, weeks) -> None:
    run = world.run(severity=repr(severity), weeks=repr(weeks))
    weight = np.arange(1, 53)
    assert run.totals.last_external.min() == 1.0
    returns = scr.equity_returns(run)
    income = returns.operating_income_by_quarter().groupby("company")["mean_usd_bn"].sum()
    low, high = 1.09 ** (-weight[-1] / 52), 1.0
    discounted = returns.table().loc["maker", "loss_usd_bn"]
    assert -income["maker"] * 0.8 * low - 1e-6 <= discounted <= -income["maker"] * 0.8 * high + 1e-6
