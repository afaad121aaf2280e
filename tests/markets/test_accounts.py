from __future__ import annotations

import numpy as np
import pytest

from supplychain_risk.markets.accounts import read_accounts
from supplychain_risk.network import SupplyNetwork


def accounts_of(world, **finance):
    values = {**world.whole, **finance}
    known = {name: value for name, value in values.items() if value is not None}
    run = world.run({"maker": world.company("maker", makes={"part": 1.0}, **known)})
    return read_accounts(run.network.dataset, run.network)


@pytest.mark.parametrize(
    ("gross", "operating", "expected"),
    [(0.6, 0.3, 0.6), (0.2, 0.3, 0.3), (None, 0.3, 0.4), (None, 0.5, 0.5), (-0.2, None, -0.2)],
)
def test_the_gross_margin_is_reported_else_of_the_class_and_not_below_the_operating_margin(
    world, gross, operating, expected
) -> None:
    accounts = accounts_of(world, gross_margin=gross, operating_margin=operating)
    assert accounts.gross_margin.tolist() == [expected]
    assert accounts.contribution_margin.tolist() == [1 - 0.5 * (1 - expected)]


def test_a_missing_beta_is_that_of_the_class(world) -> None:
    assert accounts_of(world).column("beta").tolist() == [1.5]
    assert accounts_of(world, beta=0.7).column("beta").tolist() == [0.7]


def test_a_missing_tax_rate_is_the_median_of_the_others(world) -> None:
    untaxed = {name: value for name, value in world.whole.items() if name != "tax_rate"}
    rates = {"a": {"tax_rate": 0.1}, "b": {"tax_rate": 0.2}, "c": {"tax_rate": 0.4}, "d": {}}
    run = world.run({name: world.company(name, makes={"part": 1.0}, **untaxed, **rate) for name, rate in rates.items()})
    assert read_accounts(run.network.dataset, run.network).column("tax_rate").tolist() == [0.1, 0.2, 0.4, 0.2]


def test_captive_activities_have_no_line(world) -> None:
    maker = world.company("maker", makes={"part": 0.0, "other_part": 0.9}, **world.whole)
    run = world.run({"maker": maker})
    accounts = read_accounts(run.network.dataset, run.network)
    assert [run.network.activities[line] for line in accounts.activity] == ["maker:other_part"]
    assert accounts.revenue.tolist() == pytest.approx([0.9 * 52])


def test_packaged_contribution_margins_lie_between_operating_margin_and_one(packaged) -> None:
    accounts = read_accounts(packaged, SupplyNetwork.from_dataset(packaged))
    companies = [packaged.companies[accounts.table.index[row]] for row in accounts.company]
    least = [each.finance.operating_margin.value if each.finance.operating_margin else -np.inf for each in companies]
    assert (accounts.contribution_margin >= least).all()
    assert (accounts.contribution_margin <= 1).all()
    lines = np.bincount(accounts.company, accounts.revenue, minlength=len(accounts.table))
    assert np.nanmax(lines / accounts.column("revenue_usd_bn")) <= 1.005  # segment shares are rounded
