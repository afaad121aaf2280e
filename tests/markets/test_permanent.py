"""Customers who do not come back: one market on paper, and losers = winners on the packaged network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import supplychain_risk as scr


@pytest.fixture
def rivals(world, make_network):
    """Returns of a market in which maker sells .6 and rival .4 of a part to a user; maker is out for some weeks."""

    def value(weeks):
        companies = {
            "maker": world.company("maker", makes={"part": 1.0}, market_cap_usd_bn=100.0, **world.whole),
            "rival": world.company("rival", makes={"part": 0.5}, market_cap_usd_bn=20.0, **world.whole),
            "user": world.company("user", makes={"other_part": 1.0}, market_cap_usd_bn=70.0, **world.whole),
            "bank": world.company("bank", makes={}, market_cap_usd_bn=90.0, beta=0.5),
        }
        dataset = world.dataset(companies)
        network = make_network(
            {"maker:part": 0.0, "rival:part": 0.0, "user:other_part": 50.0},
            {("maker:part", "user:other_part"): 6.0, ("rival:part", "user:other_part"): 4.0},
            needs={("other_part", "part"): {"reorder_days": 28.0}},
        )
        network = replace(network, dataset=dataset, parameters=dataset.parameters)
        hit = world.scenario(severity="1", weeks=str(weeks)).hits["stop"]
        hit = hit.model_copy(update={"targets": hit.targets.model_copy(update={"company": ("maker",)})})
        scenario = world.scenario().model_copy(update={"hits": {"stop": hit}})
        return scr.equity_returns(scr.simulate(network, scenario, n_draws=1, horizon_days=364, seed=1))

    return value


def test_a_share_of_the_orders_that_moved_is_lost_for_good(rivals) -> None:
    # a quarter of what is left moves each week of six; theta .2 of it stays away; half of rival's revenue is the part
    returns = rivals(6)
    gone = 1 - 0.75**6
    found = dict(zip(returns.companies, returns.channels["permanent"][0], strict=True))
    assert found == pytest.approx(
        {"maker": -0.2 * gone, "rival": 0.2 * 0.5 * gone * 6 / 4, "user": 0.0, "bank": 0.0}, abs=1e-7
    )
    assert found["user"] == found["bank"] == 0.0


def test_no_customer_leaves_in_an_outage_shorter_than_reordering_takes(rivals) -> None:
    assert (rivals(3).channels["permanent"] == 0.0).all()


@pytest.fixture(scope="module")
def blockade():
    network = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    return scr.simulate(network, "taiwan-blockade", n_draws=48, horizon_days=364, seed=7)


def test_what_losers_lose_winners_win_on_the_packaged_network(blockade) -> None:
    network = blockade.network
    value = blockade.totals.lasting_moves.astype(np.float64) * network.x0
    moved = np.abs(value).sum(axis=1)
    assert (moved[blockade.totals.cut == 0] > 0.0).any()
    for product in range(len(network.products)):
        made = network.activity_product == product
        assert np.abs(value[:, made].sum(axis=1)).max() < 1e-6 * moved.max()  # kept in single precision


def test_foundries_of_taiwan_lose_customers_to_others_and_banks_none(blockade) -> None:
    returns = scr.equity_returns(blockade)
    mean = dict(zip(returns.companies, returns.channels["permanent"].mean(axis=0), strict=True))
    assert mean["tsmc"] < 0.0 and mean["umc"] < 0.0  # noqa: PT018
    assert mean["globalfoundries"] > 0.0
    assert mean["pnc"] == mean["regions_financial"] == 0.0
