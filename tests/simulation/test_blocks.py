"""A block does to the network what its hits say: the same as `propagate` with the factors written out."""

from __future__ import annotations

import numpy as np
import pytest

import supplychain_risk as scr
from supplychain_risk.propagation.inventory import propagate
from supplychain_risk.scenarios.borders import find_borders

DRAWS, DAYS, SEED = 3, 182, 11


def quarters(level):
    """Mean of weekly levels (D, T, A) over quarters of thirteen weeks."""
    draws, steps, activities = level.shape
    return level.reshape(draws, steps // 13, 13, activities).mean(axis=2)


def sampled(network, name):
    paths = scr.sample_paths(scr.load_scenario(name), network, n_draws=DRAWS, horizon_days=DAYS, seed=SEED)
    return paths, scr.simulate(network, name, n_draws=DRAWS, horizon_days=DAYS, seed=SEED).totals.output


def untouched(paths, network):
    return np.zeros((paths.n_draws, paths.n_steps, len(network.activities)))


def test_spending_that_falls_is_a_factor_on_capital_purchases(packaged):
    paths, output = sampled(packaged, "hyperscaler-capex-cut")
    (hit,) = paths.capex
    factor = 1 - untouched(paths, packaged)
    factor[:, :, hit.activities] -= hit.intensity.T[:, None, :] * hit.profile.T[:, :, None]
    expected = propagate(packaged, untouched(paths, packaged), capex=factor)
    assert output == pytest.approx(quarters(expected.level()), abs=1e-6)


def test_demand_that_rises_is_a_factor_above_1_on_final_sales(packaged):
    calm = scr.load_scenario("hyperscaler-capex-cut")
    spending = calm.hits["spending"]
    severity = spending.severity.model_copy(update={"kind": "constant", "parameters": (-0.2,)})
    targets = spending.targets.model_copy(update={"company": (), "product": ("consumer_device",)})
    boom = spending.model_copy(update={"acts_on": "final_demand", "severity": severity, "targets": targets})
    scenario = calm.model_copy(update={"hits": {"boom": boom}})
    paths = scr.sample_paths(scenario, packaged, n_draws=DRAWS, horizon_days=DAYS, seed=SEED)
    run = scr.simulate(packaged, scenario, n_draws=DRAWS, horizon_days=DAYS, seed=SEED)
    (hit,) = paths.demand
    factor = 1 - untouched(paths, packaged)
    factor[:, :, hit.activities] += 0.2 * hit.profile.T[:, :, None]
    expected = propagate(packaged, untouched(paths, packaged), demand=factor)
    assert run.totals.output == pytest.approx(quarters(expected.level()), abs=1e-6)
    assert run.output_loss().loc["consumer_device", "mean_days"] < 0


def test_an_export_control_is_a_cap_on_links_of_the_parted_network(packaged):
    paths, output = sampled(packaged, "export-controls")
    borders = find_borders(packaged, paths)
    cap = np.ones((paths.n_draws, paths.n_steps, len(borders.network.link_share)))
    for crossing, hit in zip(borders.inbound, paths.deliveries, strict=True):
        cap *= 1 - (hit.border_cut * hit.profile).T[:, :, None] * crossing
    expected = propagate(borders.network, untouched(paths, packaged), link_cap=cap)
    assert output == pytest.approx(quarters(expected.level()), abs=1e-6)


def test_steps_beyond_the_horizon_are_in_no_quarter_of_kept_paths(packaged):
    by_quarter = scr.simulate(packaged, "taiwan-invasion", n_draws=3, seed=5)
    by_step = scr.simulate(packaged, "taiwan-invasion", n_draws=3, seed=5, keep="paths")
    assert by_quarter.totals.steps.max() > by_quarter.totals.n_steps
    for name in ("output", "unmet", "price", "price_gain", "input_cost", "final_cost"):
        np.testing.assert_allclose(
            getattr(by_step.totals, name), getattr(by_quarter.totals, name), rtol=1e-5, atol=1e-9, err_msg=name
        )
