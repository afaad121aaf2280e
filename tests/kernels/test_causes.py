"""Causes followed backwards against causes carried forwards, and chains that can be worked out on paper."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain_risk.kernels import causes, causes_numpy, inventory
from supplychain_risk.kernels.causes import Hits, Origins, Question
from supplychain_risk.kernels.chain import divide
from supplychain_risk.kernels.shock import shock
from supplychain_risk.kernels.tape import empty_tape, record_tape
from supplychain_risk.propagation.dynamics import chain_of

MODES = [
    {},
    {"ordering": "realised"},
    {"rationing": "proportional"},
    {"rationing": "priority", "first": ("p0",)},
    {"rationing": "fairest"},
]
SEEDS = st.integers(0, 2**32 - 1)
STEPS, DRAWS = 20, 2
PARTS = ("capacity", "demand", "capex", "plans", "border", "unexplained")


def random_hits(rng, count, activities, severity):
    """Hits on random activities, and the factor that they leave of each activity (T, A, D)."""
    intensity = rng.choice([0.0, 0.0, severity, 1.0], (count, activities, DRAWS))
    profile = np.clip(2 * rng.random((count, STEPS, DRAWS)) - 0.5, 0, 1)
    rows = [(i, h) for i in range(activities) for h in range(count)]
    hits = Hits(
        start=count * np.arange(activities + 1),
        hit=np.array([h for _, h in rows]),
        intensity=np.array([intensity[h, i] for i, h in rows]),
        profile=profile,
    )
    return hits, np.prod(1 - intensity[:, None] * profile[:, :, None], axis=0)


def random_case(lab, seed, mode):
    rng = np.random.default_rng([seed, 2])
    network = lab.network(seed, shared=mode.get("rationing") != "fairest")
    inside = rng.choice([0.0, 0.3, 0.8, 1.0], len(network.activities))  # of a border
    parted, cell = network.parted(np.stack([1 - inside, inside], axis=1))
    chain, rules = lab.chain(parted, lab.dynamics(**mode))
    chain = divide(chain, inside, cell[parted.member_pool] == 1)
    activities, links = len(chain.output0), len(chain.link_supplier)
    (capacity, kept), (demand, final), (capex, budget) = (
        random_hits(rng, count, activities, severity)
        for count, severity in ((2, 0.5), (2, rng.choice([0.5, -0.3])), (1, 0.5))
    )
    given_ = {
        "final_factor": final,
        "capex_factor": budget,
        "expected": rng.choice([0.4, 0.9, 1.0, 1.3], (STEPS, activities, DRAWS)),
        "link_cap": rng.choice([0.0, 0.5, 1.0, 1.0], (STEPS, links, DRAWS)),
    }
    chosen = {name: array for name, array in given_.items() if rng.random() < 0.4}
    if rng.random() < 0.5:
        chosen["border"] = np.where(rng.random((2, links)) < 0.4, rng.random((2, links)), 0.0)
        chosen["border_cut"] = rng.choice([0.0, 0.5, 1.0], (STEPS, 2, DRAWS))
    happening = shock(chain, 1 - kept, **chosen)
    question = Question(np.linspace(1.0, 0.5, STEPS), 2.0, rng.random((activities, DRAWS)), 0.0)
    return parted, chain, rules, happening, Origins(capacity, demand, capex), question


def follow(network, chain, rules, happening, origins, question):
    tape = empty_tape(chain, rules, steps=len(happening.capacity_loss), draws=happening.capacity_loss.shape[2])
    record_tape(chain, rules, happening, tape)
    product, pool_product = network.activity_product.astype(np.int64), network.pool_product.astype(np.int64)
    ways, rows = causes.routes(chain, product, pool_product)
    return causes.follow(chain, rules, happening, tape, origins, ways, question), tape, rows


def added_up(found):
    return sum(getattr(found, name).reshape(-1, found.asked.shape[1]).sum(axis=0) for name in PARTS)


@settings(max_examples=40)
@given(seed=SEEDS, mode=st.sampled_from(MODES))
def test_backwards_equals_forwards_and_parts_add_up(lab, seed, mode):
    network, chain, rules, happening, origins, question = random_case(lab, seed, mode)
    back, tape, _ = follow(network, chain, rules, happening, origins, question)
    forth = causes_numpy.explain(chain, rules, happening, tape, origins, question)
    for name in (*PARTS, "asked"):
        np.testing.assert_allclose(getattr(back, name), getattr(forth, name), rtol=1e-9, atol=1e-9, err_msg=name)
    np.testing.assert_allclose(added_up(back), back.asked.sum(axis=0), rtol=0, atol=1e-9)


@settings(max_examples=20)
@given(seed=SEEDS, mode=st.sampled_from(MODES))
def test_the_tape_equals_its_oracle_and_the_run(lab, seed, mode):
    _, chain, rules, happening, _, _ = random_case(lab, seed, mode)
    tape = empty_tape(chain, rules, steps=STEPS, draws=DRAWS)
    record_tape(chain, rules, happening, tape)
    plain = causes_numpy.record_tape(chain, rules, happening)
    for name, expected in plain._asdict().items():
        if name != "gap":  # of an order that has nearly vanished it is anything; what matters of it is in `mass`
            np.testing.assert_allclose(getattr(tape, name), expected, rtol=1e-9, atol=1e-8, err_msg=name)
    record = lab.record(chain, STEPS, DRAWS)
    inventory.run(chain, rules, happening, record)
    np.testing.assert_array_equal(tape.level, record.output)
    np.testing.assert_array_equal(tape.external, record.external)


@settings(max_examples=20)
@given(seed=SEEDS)
def test_what_passes_a_product_enters_and_leaves_it(lab, seed):
    network, chain, rules, happening, origins, question = random_case(lab, seed, {})
    found, _, rows = follow(network, chain, rules, happening, origins, question)
    net = np.zeros((len(network.products), DRAWS))
    np.add.at(net, network.activity_product, found.asked - found.plans - found.unexplained - found.border.sum(axis=0))
    for hits, amount in zip(origins, found[:3], strict=True):
        owner = np.repeat(np.arange(len(chain.output0)), np.diff(hits.start))
        np.add.at(net, network.activity_product[owner], -amount)
    np.add.at(net, rows[:, 1], found.flow)
    np.add.at(net, rows[:, 0], -found.flow)
    np.testing.assert_allclose(net, 0.0, atol=1e-9)


@settings(max_examples=15)
@given(seed=SEEDS, least=st.sampled_from([1e-6, 1e-3]))
def test_traces_that_are_left_off_are_unexplained_and_all_still_adds_up(lab, seed, least):
    network, chain, rules, happening, origins, question = random_case(lab, seed, {})
    whole, _, _ = follow(network, chain, rules, happening, origins, question)
    cut, _, _ = follow(network, chain, rules, happening, origins, question._replace(least=least))
    np.testing.assert_allclose(added_up(cut), whole.asked.sum(axis=0), rtol=0, atol=1e-9)
    np.testing.assert_array_equal(cut.asked, whole.asked)


def test_a_single_hit_on_capacity_is_the_loss(lab):
    """One cause only: nothing can be anybody else's, and hardly anything has no cause."""
    asked, unexplained = 0.0, 0.0
    for seed in range(40):
        mode = MODES[seed % len(MODES)]
        network = lab.network(seed, shared=mode.get("rationing") != "fairest", kinds=(0, 0, 2))
        chain, rules = lab.chain(network, lab.dynamics(**mode))
        activities, struck = len(chain.output0), seed % len(chain.output0)
        loss = np.zeros((STEPS, activities, 1))
        loss[2:9, struck] = 0.9
        nothing = hit_on(0, activities, np.zeros((STEPS, 1)))
        origins = Origins(hit_on(struck, activities, loss[:, struck]), nothing, nothing)
        question = Question(np.ones(STEPS), 0.0, np.ones((activities, 1)), 0.0)
        found, _, _ = follow(network, chain, rules, shock(chain, loss), origins, question)
        left = found.asked.sum() - found.unexplained.sum()
        assert found.capacity.sum() == pytest.approx(left, abs=1e-9)
        asked, unexplained = asked + np.abs(found.asked).sum(), unexplained + np.abs(found.unexplained).sum()
    assert asked > 50
    assert unexplained < 0.01 * asked


def hit_on(activity, activities, profile):
    """One hit of intensity 1 on one activity, its course (T, D) as the profile."""
    start = np.where(np.arange(activities + 1) > activity, 1, 0)
    return Hits(start, np.zeros(1, dtype=np.int64), np.ones((1, profile.shape[1])), profile[None])


# --- on paper -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def paper(lab, make_network):
    """Run a small network with hits {activity: loss by week} and explain one activity's undiscounted lost weeks."""

    def run(network, hits, target, *, steps=12, fallen=None):
        rules = lab.dynamics(smoothing_days=7.0)
        chain, rules = chain_of(network, rules, 7.0), rules.rules(7.0)
        names, activities = list(network.activities), len(network.activities)
        loss = np.zeros((steps, activities, 1))
        profiles, rows = [], []
        for number, (name, course) in enumerate(hits.items()):
            loss[: len(course), names.index(name), 0] = course
            profiles.append(loss[:, names.index(name)])
            rows.append((names.index(name), number))
        order = sorted(rows)
        capacity = Hits(
            start=np.searchsorted([i for i, _ in order], np.arange(activities + 1)),
            hit=np.array([h for _, h in order]),
            intensity=np.ones((len(rows), 1)),
            profile=np.array(profiles),
        )
        nothing = hit_on(0, activities, np.zeros((steps, 1)))
        final, demand = np.ones((steps, activities, 1)), nothing
        if fallen is not None:
            name, course = fallen
            final[: len(course), names.index(name), 0] -= course
            demand = hit_on(names.index(name), activities, 1 - final[:, names.index(name)])
        value = np.zeros((activities, 1))
        value[names.index(target)] = 1.0
        happening = shock(chain, loss, final_factor=final if fallen is not None else None)
        question = Question(np.ones(steps), 0.0, value, 0.0)
        found, tape, _ = follow(network, chain, rules, happening, Origins(capacity, demand, nothing), question)
        by_hit = dict(zip([list(hits)[h] for _, h in order], found.capacity[:, 0], strict=True))
        return SimpleNamespace(
            by_hit=by_hit,
            demand=found.demand.sum(),
            unexplained=found.unexplained.sum(),
            lost=found.asked.sum(),
            level=tape.level[:, names.index(target), 0],
        )

    return SimpleNamespace(run=run, network=make_network)


def test_a_chain_hands_the_loss_on_to_its_first_link(paper):
    """A -> B -> C, each with 14 days of stock. A stops for 4 weeks: B lives on stock for 2, C two more."""
    net = paper.network(
        {"c:z": 52.0, "b:y": 0.0, "a:x": 0.0}, {("a:x", "b:y"): 52.0, ("b:y", "c:z"): 52.0}, alpha_max={}
    )
    found = paper.run(net, {"a:x": [1.0] * 6}, "c:z", steps=16)
    assert found.level[:3] == pytest.approx(1.0)
    assert found.lost > 1.0
    assert found.by_hit["a:x"] == pytest.approx(found.lost, abs=1e-12)
    assert found.unexplained == pytest.approx(0.0, abs=1e-12)


def test_of_two_hit_suppliers_the_binding_one_gets_it(paper):
    """Both inputs are essential; one is cut by 30 %, the other by 80 %: the latter's stock ends first and binds."""
    net = paper.network({"c:z": 52.0, "a:x": 0.0, "b:y": 0.0}, {("a:x", "c:z"): 26.0, ("b:y", "c:z"): 26.0})
    found = paper.run(net, {"a:x": [0.3] * 8, "b:y": [0.8] * 8}, "c:z", steps=8)
    assert found.lost > 2.0
    assert found.by_hit["b:y"] == pytest.approx(found.lost, abs=1e-9)
    assert found.by_hit["a:x"] == pytest.approx(0.0, abs=1e-9)


def test_equal_suppliers_of_two_essential_inputs_share_equally(paper):
    net = paper.network({"c:z": 52.0, "a:x": 0.0, "b:y": 0.0}, {("a:x", "c:z"): 26.0, ("b:y", "c:z"): 26.0})
    found = paper.run(net, {"a:x": [1.0] * 6, "b:y": [1.0] * 6}, "c:z", steps=6)
    assert found.by_hit["a:x"] == pytest.approx(found.lost / 2, rel=1e-9)
    assert found.by_hit["b:y"] == pytest.approx(found.lost / 2, rel=1e-9)


def test_rivals_of_one_pool_share_by_missing_deliveries(paper):
    """Two makers of one input, 3 : 1, stop at once: the customer misses 3 : 1."""
    net = paper.network({"c:z": 52.0, "a:x": 0.0, "b:x": 0.0}, {("a:x", "c:z"): 39.0, ("b:x", "c:z"): 13.0})
    found = paper.run(net, {"a:x": [1.0] * 6, "b:x": [1.0] * 6}, "c:z", steps=6)
    assert found.by_hit["a:x"] == pytest.approx(0.75 * found.lost, rel=1e-9)
    assert found.by_hit["b:x"] == pytest.approx(0.25 * found.lost, rel=1e-9)


def test_a_supplier_loses_by_what_his_customer_does_not_order(paper):
    """C stops for want of nothing but itself; A makes parts for C only, so A's loss is C's hit."""
    net = paper.network({"c:z": 52.0, "a:x": 0.0}, {("a:x", "c:z"): 26.0})
    found = paper.run(net, {"c:z": [0.5] * 6}, "a:x", steps=6)
    assert found.lost > 1.0
    assert found.by_hit["c:z"] == pytest.approx(found.lost, rel=1e-9)


def test_final_demand_that_falls_runs_up_the_chain(paper):
    net = paper.network({"c:z": 52.0, "a:x": 0.0}, {("a:x", "c:z"): 26.0})
    found = paper.run(net, {"a:x": [0.0]}, "a:x", steps=8, fallen=("c:z", [0.4] * 8))
    assert found.lost > 1.0
    assert found.demand == pytest.approx(found.lost, rel=1e-9)


def test_a_rival_gains_by_the_hit_that_sends_him_customers(paper):
    """B could make half as much again; A stops: what B sells more is a negative loss that A's hit explains."""
    net = paper.network(
        {"c:z": 52.0, "a:x": 0.0, "b:x": 0.0},
        {("a:x", "c:z"): 26.0, ("b:x", "c:z"): 26.0},
        alpha_max={"b:x": 1.5},
    )
    found = paper.run(net, {"a:x": [1.0] * 10}, "b:x", steps=10)
    assert found.lost < -0.1
    assert found.by_hit["a:x"] == pytest.approx(found.lost, rel=1e-9)


def test_two_causes_at_once_are_carried_where_re_runs_do_not_attribute(paper):
    """The trial of MODEL 10: either hit alone does nearly all, so that runs of one sum to too much, without one to too
    little; what is carried sums to the loss."""
    net = paper.network({"c:z": 52.0, "a:x": 0.0, "b:y": 0.0}, {("a:x", "c:z"): 26.0, ("b:y", "c:z"): 26.0})
    both = {"a:x": [0.9] * 8, "b:y": [0.8] * 8}
    whole = paper.run(net, both, "c:z", steps=10)
    alone = [paper.run(net, {name: course}, "c:z", steps=10).lost for name, course in both.items()]
    without = [whole.lost - other for other in alone[::-1]]
    assert sum(alone) > 1.5 * whole.lost
    assert sum(without) < 0.5 * whole.lost
    assert sum(whole.by_hit.values()) == pytest.approx(whole.lost, abs=1e-9)
