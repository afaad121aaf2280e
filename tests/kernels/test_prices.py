"""Prices of a week: compiled against plain, sums that must be zero, and cases worked out on paper."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain_risk.kernels import inventory, inventory_numpy
from supplychain_risk.kernels.chain import divide
from supplychain_risk.kernels.shock import shock

MODES = [
    {},
    {"ordering": "realised"},
    {"rationing": "proportional"},
    {"rationing": "priority", "first": ("p0",)},
    {"rationing": "fairest"},
]
SEEDS = st.integers(0, 2**32 - 1)
STEPS, DRAWS = 30, 3
PRICED = (
    *("price", "price_gain", "input_cost", "final_cost", "weighted_gain", "weighted_cost", "last_gain", "last_cost"),
    *("rest_gain", "rest_cost"),
)


def _case(lab, seed, mode):
    """A random network with a border that may close, everything that can happen to it, and a market."""
    rng = np.random.default_rng([seed, 2])
    network = lab.network(seed, shared=mode.get("rationing") != "fairest")
    inside = rng.choice([0.0, 0.3, 0.8, 1.0], len(network.activities))
    parted, cell = network.parted(np.stack([1 - inside, inside], axis=1))
    chain, rules = lab.chain(parted, lab.dynamics(**mode))
    chain = divide(chain, inside, cell[parted.member_pool] == 1)
    shape, links = (STEPS, len(chain.output0), DRAWS), len(chain.link_supplier)
    happening = shock(
        chain,
        lab.hit(rng, *shape),
        final_factor=rng.choice([0.7, 1.0, 1.2], shape) if rng.random() < 0.5 else None,
        capex_factor=rng.choice([0.6, 1.0, 1.1], shape) if rng.random() < 0.5 else None,
        expected=rng.choice([0.4, 1.0, 1.3], shape) if rng.random() < 0.5 else None,
        link_cap=rng.choice([0.0, 0.5, 1.0, 1.0], (STEPS, links, DRAWS)) if rng.random() < 0.5 else None,
    )
    return chain, rules, happening, lab.market(parted, chain, rng)[0]


def _run(lab, module, case):
    chain, rules, happening, market = case
    record = lab.record(chain, STEPS, DRAWS, market=market)
    module.run(chain, rules, happening, record, market)
    return record


@settings(max_examples=60)
@given(seed=SEEDS, mode=st.sampled_from(MODES))
def test_compiled_equals_plain(lab, seed, mode):
    case = _case(lab, seed, mode)
    plain, compiled = _run(lab, inventory_numpy, case), _run(lab, inventory, case)
    for name in PRICED:
        expected = getattr(plain, name)
        np.testing.assert_allclose(getattr(compiled, name), expected, rtol=1e-9, atol=1e-9, err_msg=name)


@settings(max_examples=60)
@given(seed=SEEDS, mode=st.sampled_from(MODES))
@pytest.mark.parametrize("module", [inventory, inventory_numpy])
def test_every_week_what_makers_gain_is_what_buyers_and_final_buyers_pay(lab, module, seed, mode):
    record = _run(lab, module, _case(lab, seed, mode))
    gains = record.price_gain.sum(axis=1)
    paid = record.input_cost.sum(axis=1) + record.final_cost.sum(axis=1)
    moved = np.abs(record.price_gain).sum(axis=1) + np.abs(record.input_cost).sum(axis=1) + 1e-6
    assert (np.abs(gains - paid) <= 1e-9 * moved).all()


@settings(max_examples=30)
@given(seed=SEEDS, mode=st.sampled_from(MODES))
def test_prices_stay_between_normal_and_the_highest(lab, seed, mode):
    case = _case(lab, seed, mode)
    price = _run(lab, inventory, case).price
    assert (price >= 0).all()
    assert (price <= (case[3].price_max - 1)[:, None] * (1 + 1e-12)).all()


@settings(max_examples=20)
@given(seed=SEEDS, mode=st.sampled_from(MODES))
@pytest.mark.parametrize("module", [inventory, inventory_numpy])
def test_prices_do_not_act_back_on_quantities(lab, module, seed, mode):
    chain, rules, happening, market = _case(lab, seed, mode)
    without = lab.record(chain, STEPS, DRAWS)
    module.run(chain, rules, happening, without)
    priced = _run(lab, module, (chain, rules, happening, market))
    for name in ("output", "external", "unmet", "final", "stock", "weighted_external"):
        assert (getattr(priced, name) == getattr(without, name)).all(), name
    assert without.price_gain.size == 0


@settings(max_examples=20)
@given(seed=SEEDS, mode=st.sampled_from(MODES))
@pytest.mark.parametrize("module", [inventory, inventory_numpy])
def test_without_a_shock_no_price_moves_by_a_single_bit(lab, module, seed, mode):
    chain, rules, happening, market = _case(lab, seed, mode)
    record = _run(lab, module, (chain, rules, shock(chain, np.zeros_like(happening.capacity_loss)), market))
    for name in PRICED:
        assert (getattr(record, name) == 0).all(), name
    assert (record.price_now == 1).all()


@settings(max_examples=20)
@given(seed=SEEDS)
def test_rows_and_weighted_sums_are_those_of_the_weeks(lab, seed):
    record = _run(lab, inventory, _case(lab, seed, {}))
    part = np.clip(record.rest_steps - np.arange(STEPS)[:, None, None], 0.0, 1.0)
    for weekly, weighted, last, rest in (
        ("price_gain", "weighted_gain", "last_gain", "rest_gain"),
        ("input_cost", "weighted_cost", "last_cost", "rest_cost"),
    ):
        weeks = getattr(record, weekly)
        total = np.tensordot(record.step_weight, weeks, axes=1)
        np.testing.assert_allclose(getattr(record, weighted), total, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(getattr(record, last), weeks[-1], rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(getattr(record, rest), (part * weeks).sum(axis=0), rtol=1e-12, atol=1e-12)
