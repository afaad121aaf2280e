"""The compiled cascade against its oracle, which looks at every link in every update."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from supplychain_risk.kernels import cascade, cascade_numpy
from supplychain_risk.kernels.cascade_numpy import Links, Rule, Shocks, empty_outcome, make_web

FIRMS, SCENARIOS = 30, 5
SEEDS = st.integers(0, 2**32 - 1)


def random_web(seed, links):
    """Groups that add up to as much as 1, or to more, with and without markets; some firms trade with nobody."""
    rng = np.random.default_rng(seed)
    supplier, customer = rng.integers(0, FIRMS, (2, links))
    shares = rng.random((2, links)) * rng.choice([0.2, 0.5, 1.0])
    wired = Links(supplier, customer, rng.integers(-1, 3, links), *shares)
    return make_web(wired, rng.integers(-1, 4, FIRMS), rng.lognormal(0, 1, FIRMS), rng.random(FIRMS) + 0.1)


def random_shocks(seed):
    rng = np.random.default_rng([seed, 1])
    hit = rng.random((SCENARIOS, FIRMS)) < 0.1
    scenario, firm = np.nonzero(hit)
    start = np.searchsorted(scenario, np.arange(SCENARIOS + 1))
    return Shocks(start, firm, *rng.choice([0.0, 0.3, 1.0], (2, len(firm))))


def settle(module, web, shocks, rule, *, chunks=((0, SCENARIOS),)):
    outcome = empty_outcome(SCENARIOS, FIRMS, keep=True)
    for first, last in chunks:
        module.run(web, shocks, rule, outcome, first=first, last=last)
    return outcome


@given(seed=SEEDS, links=st.sampled_from([0, 10, 40, 300]), least=st.sampled_from([0.0, 1e-9, 1e-3]))
def test_looking_only_where_losses_arrive_gives_the_bits_of_looking_everywhere(seed, links, least):
    web, shocks, rule = random_web(seed, links), random_shocks(seed), Rule(1e-9, 500, least)
    local, everywhere = (settle(module, web, shocks, rule) for module in (cascade, cascade_numpy))
    for name in ("down", "up", "iterations", "fall"):
        np.testing.assert_array_equal(getattr(local, name), getattr(everywhere, name), err_msg=name)
    np.testing.assert_allclose(local.lost, everywhere.lost, rtol=1e-13)


@given(seed=SEEDS)
def test_a_scenario_depends_on_nothing_but_itself(seed):
    web, shocks, rule = random_web(seed, 60), random_shocks(seed), Rule(1e-9, 500, 1e-9)
    together = settle(cascade, web, shocks, rule)
    apart = settle(cascade, web, shocks, rule, chunks=[(4, 5), (2, 4), (0, 2)])
    for one, other in zip(together, apart, strict=True):
        np.testing.assert_array_equal(one, other)


@given(seed=SEEDS)
def test_losses_never_fall_from_one_update_to_the_next(seed):
    web, shocks = random_web(seed, 60), random_shocks(seed)
    outcomes = [settle(cascade, web, shocks, Rule(1e-15, updates, 0.0)) for updates in (1, 2, 3, 10)]
    for before, after in pairwise(outcomes):
        assert (before.down <= after.down).all()
        assert (before.up <= after.up).all()
        assert after.down.max() <= 1.0
