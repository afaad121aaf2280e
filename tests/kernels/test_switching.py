"""Orders that do not come back: by hand, and what losers lose winners win on any network."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain_risk.kernels import inventory, inventory_numpy
from supplychain_risk.kernels.shock import shock
from supplychain_risk.kernels.switching import lasting_moves

SEEDS = st.integers(0, 2**32 - 1)
STEPS = 30


@pytest.fixture
def market(make_network, lab):
    """Maker a sells .6 of what the user needs, b the rest; c could be qualified. Orders move a quarter a week."""

    def build(*, qualify_days=56.0, fallback=0.0):
        final = {"a:part": 0.0, "b:part": 0.0, "u:tool": 50.0} | ({"c:part": 1.0} if fallback else {})
        links = {("a:part", "u:tool"): 6.0, ("b:part", "u:tool"): 4.0}
        needs = {("tool", "part"): {"reorder_days": 28.0, "requalify_days": qualify_days, "buffer_days": 700.0}}
        spare = {("c:part", "u:tool"): fallback} if fallback else {}
        network = make_network(final, links, needs=needs, fallback=spare)
        return network, *lab.chain(network, lab.dynamics())

    return build


def _moves(lab, market, outages, module=inventory):
    """Lasting moves by activity, one draw for each set of outages: (activity, first week, length)."""
    network, chain, rules = market
    loss = np.zeros((STEPS, len(chain.output0), len(outages)))
    for draw, outage in enumerate(outages):
        for name, first, length in outage:
            loss[first : first + length, network.activity_index(name), draw] = 1.0
    record = lab.record(chain, STEPS, len(outages))
    module.run(chain, rules, shock(chain, loss), record)
    moves = lasting_moves(chain, record)
    return {name: moves[network.activity_index(name)] for name in network.activities}


@pytest.mark.parametrize("module", [inventory, inventory_numpy])
def test_orders_that_moved_by_the_week_of_return_last_if_there_was_time_to_try(lab, market, module):
    # a quarter of what is left moves each week: after 6 weeks a has .75^6 of its share; 3 weeks are under the 28 days
    moves = _moves(lab, market(), [[("a:part", 2, 6)], [("a:part", 2, 3)], []], module)
    gone = 1 - 0.75**6
    assert moves["a:part"] == pytest.approx([-gone, 0.0, 0.0], abs=1e-12)
    assert moves["b:part"] == pytest.approx([gone * 6 / 4, 0.0, 0.0], abs=1e-12)
    assert moves["a:part"][2] == moves["b:part"][2] == 0.0
    assert (moves["u:tool"] == 0.0).all()


def test_a_maker_not_in_use_wins_only_once_he_is_qualified(lab, market):
    """After 12 weeks of 7 days the 56 days of c have run, after 6 not; then a loses only what b wins."""
    short, long = [("a:part", 0, 6)], [("a:part", 0, 12)]
    moves = _moves(lab, market(fallback=0.5), [short, long])
    assert moves["c:part"][0] == 0.0 < moves["c:part"][1]
    assert 4 * moves["b:part"] + moves["c:part"] == pytest.approx(-6 * moves["a:part"], abs=1e-12)


def test_everybody_alike_moves_nothing(lab, market):
    moves = _moves(lab, market(), [[("a:part", 0, 20), ("b:part", 0, 20)]])
    assert moves["a:part"] == moves["b:part"] == 0.0


def test_an_outage_that_is_not_over_counts_as_far_as_it_goes(lab, market):
    moves = _moves(lab, market(), [[("a:part", STEPS - 8, 8)]])
    assert moves["a:part"] == pytest.approx([-(1 - 0.75**8)])


@settings(max_examples=40)
@given(seed=SEEDS)
def test_what_losers_lose_winners_win(lab, seed):
    network = lab.network(seed)
    chain, rules = lab.chain(network, lab.dynamics())
    rng = np.random.default_rng([seed, 3])
    record = lab.record(chain, STEPS, 4)
    cap = rng.choice([0.0, 0.5, 1.0, 1.0, 1.0], (STEPS, len(chain.link_supplier), 4)) if rng.random() < 0.5 else None
    loss = lab.hit(rng, STEPS, len(chain.output0), 4)
    inventory.run(chain, rules, shock(chain, loss, link_cap=cap), record)
    value = lasting_moves(chain, record) * chain.output0[:, None]
    for product in range(len(network.products)):
        made = network.activity_product == product
        assert value[made].sum(axis=0) == pytest.approx(np.zeros(4), abs=1e-12 * max(1.0, chain.output0.sum()))
    assert (lasting_moves(chain, record) >= -1.0 - 1e-12).all()  # nobody loses more than he sold


@settings(max_examples=20)
@given(seed=SEEDS)
def test_without_a_hit_on_capacity_no_order_moves_for_good(lab, seed):
    network = lab.network(seed)
    chain, rules = lab.chain(network, lab.dynamics())
    shape = (STEPS, len(chain.output0), 2)
    record = lab.record(chain, STEPS, 2)
    demand = np.random.default_rng([seed, 4]).choice([0.0, 0.7, 1.0, 1.3], shape)
    inventory.run(chain, rules, shock(chain, np.zeros(shape), final_factor=demand), record)
    assert (lasting_moves(chain, record) == 0.0).all()
