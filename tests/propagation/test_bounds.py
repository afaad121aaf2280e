"""Time to recover and to survive against published and hand-worked cases, and duals against differences."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain_risk.errors import InputError
from supplychain_risk.propagation.bounds import Bill, exposure_index, least_loss, time_to_survive

ROOT = Path(__file__).parents[2]
PLACES = (
    ROOT / "tests" / "data" / "bounds",
    ROOT.parent / "shared" / "cases" / "methods",
    ROOT.parents[1] / "shared" / "cases" / "methods",
)


def _case(name):
    found = [folder / f"{name}.json" for folder in PLACES if (folder / f"{name}.json").is_file()]
    if not found:
        pytest.skip(f"{name} is not here: its input belongs to others")
    return json.loads(found[0].read_text(encoding="utf-8"))


def _bill(nodes, needs, arcs, *, criticality=None, **numbers):
    """`needs`: (node, ratio) per input; `arcs`: (supplier, number of the input)."""
    position = {name: k for k, name in enumerate(nodes)}

    def column(name, default):
        return np.array([float(numbers.get(name, {}).get(node, default)) for node in nodes])

    return Bill(
        capacity=column("capacity", np.inf),
        stock=column("stock", 0),
        demand=column("demand", 0),
        margin=column("margin", 0),
        input_node=np.array([position[node] for node, _ in needs]),
        input_ratio=np.array([float(ratio) for _, ratio in needs]),
        input_stock=np.zeros(len(needs)),
        criticality=np.ones(len(needs)) if criticality is None else np.array(criticality),
        arc_supplier=np.array([position[name] for name, _ in arcs]),
        arc_input=np.array([number for _, number in arcs]),
    )


@pytest.fixture
def single_tier():
    """Case 03: Simchi-Levi et al. (2015) as taught at HEC Montreal, three suppliers and two products."""
    given = _case("03_ttr_tts_rei_single_tier")
    data = given["inputs"]
    nodes = [*data["capacity"], *data["demand"]]
    arcs = [(supplier, number) for supplier in data["capacity"] for number in range(2)]
    numbers = {"capacity": data["capacity"], "stock": data["inventory"], "demand": data["demand"]}
    bill = _bill(nodes, [("P1", 1), ("P2", 1)], arcs, margin=data["unit_loss"], **numbers)
    sets = {name: np.isin(nodes, out).astype(float) for name, out in data["scenarios"].items()}
    return bill, sets, data["TTR"], given["expected"]


@pytest.fixture
def multi_tier():
    """Case 04: one die and six HBM stacks a GPU (formulation of MIT thesis 1721.1/101782)."""
    given = _case("04_ttr_tts_multi_tier_bom")
    data = given["inputs"]
    nodes = list(data["capacity"])
    arcs = [("F1", 0), ("F2", 0), ("H1", 1), ("H2", 1)]
    numbers = {"capacity": data["capacity"], "stock": data["inventory"], "demand": {"G": data["demand_G"]}}
    bill = _bill(nodes, [("G", data["r"]["die"]), ("G", data["r"]["hbm"])], arcs, margin={"G": 1}, **numbers)
    sets = {name: (np.array(nodes) == name).astype(float) for name in given["expected"]["loss"]}
    return bill, sets, data["TTR"], given["expected"]


def test_cost_exposure_and_survival_of_the_single_tier_case_are_as_published(single_tier):
    bill, sets, period, expected = single_tier
    costs = {name: least_loss(bill, gone, period).cost for name, gone in sets.items()}
    assert costs == pytest.approx(expected["cost"], rel=1e-6)
    rei = exposure_index(np.array(list(costs.values())))
    np.testing.assert_allclose(rei, list(expected["rei"].values()), atol=1e-9)
    survived = {name: time_to_survive(bill, gone) for name, gone in sets.items()}
    assert survived == pytest.approx({**expected["tts"], "S0": np.inf}, rel=1e-6)


def test_loss_exposure_and_survival_of_the_multi_tier_case_are_as_worked_by_hand(multi_tier):
    bill, sets, period, expected = multi_tier
    loss = {name: least_loss(bill, gone, period).cost for name, gone in sets.items()}
    assert loss == pytest.approx(expected["loss"], rel=1e-6, abs=1e-9)
    rei = exposure_index(np.array(list(loss.values())))
    np.testing.assert_allclose(rei, list(expected["rei"].values()), atol=1e-9)
    assert {name: time_to_survive(bill, gone) for name, gone in sets.items()} == pytest.approx(
        expected["tts"], rel=1e-6
    )


def test_worth_of_stock_in_the_multi_tier_case_is_as_worked_by_hand(multi_tier):
    bill, sets, period, expected = multi_tier
    best = least_loss(bill, sets["H1"], period)
    assert best.stock_worth[[2, 0]] == pytest.approx(
        [-expected["dual_extra_hbm_stock"], -expected["dual_extra_die_stock"]], abs=1e-9
    )


def test_stock_at_a_disrupted_node_that_cannot_be_shipped_is_gone(multi_tier):
    bill, sets, period, _ = multi_tier
    # F1 out with its 50 dies: 20 x 10 dies and 150 GPUs against 1000; TTS 20 t + 150 = 100 t
    assert least_loss(bill, sets["F1"], period, stock_usable=False).cost == pytest.approx(650.0)
    assert time_to_survive(bill, sets["F1"], stock_usable=False) == pytest.approx(150 / 80)


def test_stock_of_an_input_at_its_user_counts_like_stock_at_the_maker(multi_tier):
    bill, sets, period, expected = multi_tier
    moved = replace(bill, stock=bill.stock * [1, 1, 0, 0, 1], input_stock=np.array([0.0, 300.0]))
    best = least_loss(moved, sets["H1"], period)
    assert best.cost == pytest.approx(expected["loss"]["H1"])
    assert best.input_stock_worth[1] == pytest.approx(1 / 6)


def test_an_input_that_is_half_critical_leaves_half_of_capacity():
    bill = _bill(
        ["a", "b"],
        [("b", 1)],
        [("a", 0)],
        criticality=[0.5],
        capacity={"a": 10, "b": 10},
        demand={"b": 10},
        margin={"b": 1},
    )
    best = least_loss(bill, np.array([1.0, 0.0]), 4.0)
    assert best.cost == pytest.approx(20.0)
    assert time_to_survive(bill, np.array([1.0, 0.0])) == pytest.approx(0.0)


def random_bill(seed):
    """Two to four tiers of one to three makers, stocks everywhere, the last tier sold."""
    rng = np.random.default_rng(seed)
    tiers = [int(rng.integers(1, 4)) for _ in range(rng.integers(2, 5))]
    names = [[f"{tier}{k}" for k in range(count)] for tier, count in enumerate(tiers)]
    nodes = [name for tier in names for name in tier]
    needs, arcs = [], []
    for tier in range(1, len(tiers)):
        for user in names[tier]:
            arcs += [(maker, len(needs)) for maker in names[tier - 1]]
            needs.append((user, float(rng.uniform(0.5, 2))))
    last = len(tiers) - 1
    bill = _bill(
        nodes,
        needs,
        arcs,
        criticality=rng.choice([0.4, 1.0], len(needs)),
        capacity={name: rng.uniform(5, 15) for name in nodes},
        stock={name: rng.uniform(0, 20) for name in nodes},
        demand={name: rng.uniform(1, 5) for name in names[last]},
        margin={name: rng.uniform(1, 3) for name in names[last]},
    )
    gone = (rng.random(len(nodes)) < 0.4) * rng.choice([0.5, 1.0], len(nodes))
    return replace(bill, input_stock=rng.uniform(0, 10, len(needs))), gone


SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS)
def test_worths_are_what_one_more_unit_saves(seed):
    bill, gone = random_bill(seed)
    best = least_loss(bill, gone, 6.0)
    step = 1e-4
    for name, worth in (
        ("stock", best.stock_worth),
        ("input_stock", best.input_stock_worth),
    ):
        for k in range(len(worth)):
            more = getattr(bill, name).copy()
            more[k] += step
            less = getattr(bill, name).copy()
            less[k] -= min(step, less[k])
            saved = (best.cost - least_loss(replace(bill, **{name: more}), gone, 6.0).cost) / step
            cost = (least_loss(replace(bill, **{name: less}), gone, 6.0).cost - best.cost) / step
            # at a kink the dual is any slope between the two one-sided ones
            assert saved - 1e-5 <= worth[k] <= cost + 1e-5


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS)
def test_worth_of_a_second_source_is_what_one_more_unit_of_capacity_saves(seed):
    bill, gone = random_bill(seed)
    intact = gone == 0
    best = least_loss(bill, gone, 6.0)
    step = 1e-4
    for k in np.flatnonzero(intact):
        saved, cost = (
            (best.cost - least_loss(replace(bill, capacity=_moved(bill.capacity, k, way * step)), gone, 6.0).cost)
            / (way * step)
            for way in (1, -1)
        )
        assert saved - 1e-5 <= best.capacity_worth[k] <= cost + 1e-5


def _moved(values, position, by):
    moved = values.copy()
    moved[position] += by
    return moved


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS)
def test_nothing_is_lost_before_the_time_to_survive_and_something_after(seed):
    bill, gone = random_bill(seed)
    survived = time_to_survive(bill, gone)
    if np.isinf(survived):
        assert least_loss(bill, gone, 1000.0).cost == pytest.approx(0, abs=1e-6)
        return
    assert least_loss(bill, gone, survived * 1.1 + 0.01).cost > 1e-6
    if survived > 0:
        assert least_loss(bill, gone, survived * 0.999).cost == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"stock": np.array([-1.0, 0])}, "Bill.stock: found -1"),
        ({"input_ratio": np.zeros(1)}, "Bill.input_ratio: found 0"),
        ({"criticality": np.array([1.5])}, "Bill.criticality"),
        (
            {"capacity": np.array([1.0, np.inf]), "criticality": np.array([0.5])},
            "below 1 where the capacity is infinite",
        ),
    ],
)
def test_a_bill_that_cannot_be_is_refused(change, found):
    bill = _bill(["a", "b"], [("b", 1)], [("a", 0)], capacity={"a": 1, "b": 1}, demand={"b": 1})
    with pytest.raises(InputError, match=found):
        replace(bill, **change)


@pytest.mark.parametrize("period", [0.0, -1.0, np.nan, np.inf])
def test_a_period_that_is_no_time_is_refused(period):
    bill = _bill(["a", "b"], [("b", 1)], [("a", 0)], capacity={"a": 1, "b": 1}, demand={"b": 1})
    with pytest.raises(InputError, match="period"):
        least_loss(bill, np.zeros(2), period)


def test_losses_of_the_wrong_shape_are_refused():
    bill = _bill(["a", "b"], [("b", 1)], [("a", 0)], capacity={"a": 1, "b": 1}, demand={"b": 1})
    with pytest.raises(InputError, match="expected 2 shares"):
        time_to_survive(bill, np.zeros(3))
