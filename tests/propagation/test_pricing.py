"""Prices by the facts: speeds, ceilings, who is followed, and sums on the packaged network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import supplychain_risk as scr
from supplychain_risk.network.pools import slot_links
from supplychain_risk.propagation.dynamics import Dynamics, chain_of
from supplychain_risk.propagation.pricing import market_of, pass_through_of
from supplychain_risk.scenarios.library import load_scenario
from supplychain_risk.simulation.blocks import make_job, run_piece
from supplychain_risk.simulation.runner import horizon_of


@pytest.fixture(scope="module")
def packaged():
    return scr.SupplyNetwork.from_dataset(scr.load_dataset())


def _market(network, step_days=7.0):
    market, products = market_of(network, chain_of(network, Dynamics.of(network), step_days), step_days)
    return market, [network.products[q] for q in products]


def test_market_goods_follow_within_weeks_and_contracts_as_they_are_renewed(packaged):
    market, names = _market(packaged)
    rows = {name: r for r, name in enumerate(names)}
    assert market.speed[rows["dram"]] == pytest.approx(7 / 28)
    assert market.speed[rows["hbm"]] == pytest.approx(0.5 / 13)
    assert market.price_max[rows["neon"]] == 4
    assert market.exponent[rows["neon"]] == pytest.approx(1 / 0.1)  # elasticity 0.1, at the floor
    assert market.exponent[rows["dram"]] == pytest.approx(1 / 0.35)
    assert market.shortage_floor == 0.001


def test_contracts_without_renewal_and_list_prices_are_not_followed(packaged):
    _, names = _market(packaged)
    assert not {"leading_edge_wafer_3nm", "cowos", "ai_accelerator", "ai_server_gpu", "electricity"} & set(names)


def test_longer_steps_go_further_but_never_beyond_the_target(packaged):
    market, names = _market(packaged, step_days=56.0)
    assert market.speed[names.index("dram")] == 1.0
    assert market.speed[names.index("hbm")] == pytest.approx(0.5 * 8 / 13)


def test_a_network_of_tables_keeps_its_prices(packaged):
    market, names = _market(replace(packaged, dataset=None))
    assert (market.sizes, names) == ((0, 0, 0), [])


@pytest.mark.parametrize("scenario", ["taiwan-blockade", "hbm-shortage", "china-minerals"])
def test_each_week_gains_and_costs_of_all_sum_to_nothing(packaged, scenario):
    """Activities and final buyers together, surcharges included, at every step of the packaged network."""
    days = 7.0 * 40
    horizon = horizon_of(packaged, days)
    job = make_job(packaged, load_scenario(scenario), Dynamics.of(packaged), n_draws=4, seed=3, horizon=horizon)
    record = run_piece(job.plan, job.sample(0, 40), np.arange(4), by_step=True)
    gains = record.price_gain.sum(axis=1)
    paid = record.input_cost.sum(axis=1) + record.final_cost.sum(axis=1)
    assert gains.max() > 0
    scale = np.abs(record.price_gain).sum(axis=1) + 1e-12
    assert (np.abs(gains - paid) <= 1e-9 * scale).all()
    passing = pass_through_of(packaged, job.plan.market.buyer, job.plan.market.capital)
    cost = np.einsum("ab,tbd->tad", passing.cost, record.input_cost)
    passed = passing.rate[:, None] * cost
    links = slot_links(packaged)
    outside = ~packaged.captive_links[links.link]
    sold = np.bincount(packaged.link_supplier[links.link][outside], links.value[outside], len(packaged.x0))
    to_final = np.divide(packaged.f0, packaged.f0 + sold, out=np.zeros_like(sold), where=packaged.f0 + sold > 0)
    surcharges = np.einsum("a,tad->td", to_final, passed)
    activities = gains - cost.sum(axis=1) + passed.sum(axis=1)
    assert (np.abs(activities - record.final_cost.sum(axis=1) - surcharges) <= 1e-9 * scale).all()


def test_what_inputs_cost_more_is_charged_on_by_tier(packaged):
    """Makers of servers charge on 90 %, to clouds and platforms; these charge on nothing."""
    position = packaged.activity_index("dell:ai_server_gpu")
    passing = pass_through_of(packaged, np.array([position]), np.zeros(1, dtype=bool))
    assert passing.rate[position] == 0.9
    assert passing.rate[packaged.activity_index("microsoft:cloud_ai_compute")] == 0.0
    charged = passing.cost[:, 0].copy()
    assert charged[position] == 1.0
    charged[position] = 0.0
    products = np.asarray(packaged.products, dtype=object)[packaged.activity_product[charged > 0]]
    assert set(products) <= {"cloud_ai_compute", "ai_enabled_platform"}
    assert 0 < charged.sum() <= 0.9
