from __future__ import annotations

import numpy as np
import pytest

import supplychain_risk as scr
from supplychain_risk.simulation.summary import part_summary, product_days_by_part, product_summary


@pytest.fixture(scope="module")
def quake():
    network = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    return scr.simulate(network, "taiwan-quake", n_draws=96, horizon_days=364, seed=1)


def test_quarters_add_up_to_the_year(quake) -> None:
    table = product_summary(quake)
    quarters = table[[f"quarter_{quarter}_days" for quarter in (1, 2, 3, 4)]].sum(axis=1)
    np.testing.assert_allclose(quarters, table["mean_days"], atol=1e-5)


def test_products_stand_in_the_order_of_the_chain(quake) -> None:
    assert product_summary(quake)["tier_order"].is_monotonic_increasing


def test_parts_weighted_by_their_draws_give_the_whole(quake) -> None:
    parts, days = part_summary(quake), product_days_by_part(quake)
    assert parts["draws"].sum() == quake.n_draws
    mean = days.fillna(0.0).to_numpy() @ (parts["draws"] / quake.n_draws).to_numpy()
    table = product_summary(quake)["mean_days"]
    np.testing.assert_allclose(mean[[days.index.get_loc(name) for name in table.index]], table, atol=1e-5)


def test_a_product_is_short_once_half_of_its_makers_are(quake) -> None:
    product = "cowos"
    network = quake.network
    makers = np.flatnonzero(network.activity_product == network.products.index(product))
    share = network.x0[makers] / network.x0[makers].sum()
    days = []
    for draw in quake.totals.first_day_short[:, makers]:
        reached = [day for day in np.unique(draw) if share[draw <= day].sum() >= 0.5 - 1e-12]
        days.append(min(reached))
    rank = int(np.ceil(len(days) * 0.5)) - 1
    assert product_summary(quake).loc[product, "first_short_day"] == sorted(days)[rank]


def test_prices_of_scarce_goods_come_first_and_gains_are_those_of_the_draws(quake) -> None:
    prices = scr.price_summary(quake)
    totals = quake.totals
    assert prices["highest"].is_monotonic_decreasing
    assert set(prices.index) == {quake.network.products[q] for q in totals.price_product}
    name = prices.index[0]
    row = [quake.network.products[q] for q in totals.price_product].index(name)
    assert prices.loc[name, "quarter_1"] == pytest.approx(totals.price[:, 0, row].mean(dtype=np.float64))
    makers = [quake.network.activities[i].endswith(f":{name}") for i in totals.price_maker]
    gain = totals.price_gain[:, :, makers].sum(axis=(1, 2), dtype=np.float64)
    assert prices.loc[name, "gain_usd_bn"] == pytest.approx(gain.mean(), rel=1e-6)
    assert (prices["final_usd_bn"] <= prices["gain_usd_bn"] + 1e-6).all()
