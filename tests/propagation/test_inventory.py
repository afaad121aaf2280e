"""Propagation against cases worked out on paper. Weeks are steps; values are a week's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from supplychain_risk import SupplyNetwork, propagate
from supplychain_risk.errors import InputError, UnknownNameError

LINE = {("mine:quartz", "fab:wafer"): 1.0}


def _levels(network, loss, name, rules, **given):
    return propagate(network, loss, parameters=rules, **given).frame()[name].to_numpy()


def _line(hand, **needs):
    return hand.build({"mine:quartz": 0.0, "fab:wafer": 10.0}, LINE, {("wafer", "quartz"): needs})


@pytest.mark.parametrize(("days", "stop"), [(0.0, 2), (7.0, 2), (28.0, 5), (70.0, 11)])
def test_a_fab_stops_when_its_stock_is_used_up(hand, days, stop):
    """Stock of n weeks, deliveries end in week 1: weeks 1 .. n run, week n + 1 stands still."""
    network = _line(hand, buffer_days=days)
    levels = _levels(network, hand.outage(network, 14, ("mine:quartz", 1, 14, 1.0)), "fab:wafer", hand.rules())
    assert (levels[:stop] == 1).all()
    assert (levels[stop:] == 0).all()


def test_production_slows_below_psi_times_the_target(hand):
    """Stock 4, psi 1/2: full until less than 2 are left, then half of what is there each week."""
    network = _line(hand, buffer_days=28.0, psi=0.5)
    levels = _levels(network, hand.outage(network, 8, ("mine:quartz", 1, 8, 1.0)), "fab:wafer", hand.rules())
    np.testing.assert_allclose(levels, [1, 1, 1, 1, 0.5, 0.25, 0.125, 0.0625], rtol=1e-12)


def test_a_helpful_input_costs_its_criticality(hand):
    network = _line(hand, criticality=0.3)
    levels = _levels(network, hand.outage(network, 5, ("mine:quartz", 1, 5, 1.0)), "fab:wafer", hand.rules())
    np.testing.assert_allclose(levels, [1, 1, 0.7, 0.7, 0.7], rtol=1e-12)


@pytest.mark.parametrize("ordering", ["wanted", "realised"])
def test_a_fortnight_without_input_costs_nothing_on_a_stock_of_60_days(hand, ordering):
    network = _line(hand, buffer_days=60.0, psi=0.2)
    loss = hand.outage(network, 60, ("mine:quartz", 1, 3, 1.0))
    assert (_levels(network, loss, "fab:wafer", hand.rules(ordering=ordering)) == 1).all()


def test_orders_move_to_the_supplier_who_can_deliver(hand):
    """a and b sell half each; a stops, half of the gap to b is closed each week (14 days); b also sells 4.5 elsewhere.

    Orders with b: 0.5, 0.75, 0.875, with restocking of (1 - stock)/8 behind the needs. b makes 5 and serves needs and
    final demand alike: 0.75 x 5 / 5.25 in week 2, 0.875 x 5 / 5.375 in week 3. The stock is one week's delivery.
    """
    links = {("a:quartz", "fab:wafer"): 0.5, ("b:quartz", "fab:wafer"): 0.5}
    final = {"a:quartz": 0.0, "b:quartz": 4.5, "fab:wafer": 10.0}
    network = hand.build(final, links, {("wafer", "quartz"): {"reorder_days": 14.0}})
    levels = _levels(network, hand.outage(network, 5, ("a:quartz", 1, 5, 1.0)), "fab:wafer", hand.rules())
    np.testing.assert_allclose(levels, [1, 1, 0.5, 0.75 * 5 / 5.25, 0.875 * 5 / 5.375], rtol=1e-12)


def test_a_maker_not_in_use_comes_in_when_the_others_fail(hand):
    """Shares move at 1/5 to a's rival and 1/2 away from a a week; then they are brought to sum 1.

    Week 1 ends at a 0.5, b 0.2, so 5/7 and 2/7. b makes 1 for others and serves 2/7 of 1 + 2/7 with 1.
    """
    links, fallback = {("a:quartz", "fab:wafer"): 1.0}, {("b:quartz", "fab:wafer"): 1.0}
    final = {"a:quartz": 0.0, "b:quartz": 1.0, "fab:wafer": 10.0}
    speeds = {"reorder_days": 14.0, "requalify_days": 35.0}
    network = hand.build(final, links, {("wafer", "quartz"): speeds}, fallback=fallback)
    levels = _levels(network, hand.outage(network, 4, ("a:quartz", 1, 4, 1.0)), "fab:wafer", hand.rules())
    np.testing.assert_allclose(levels, [1, 1, 0, (2 / 7) / (1 + 2 / 7)], rtol=1e-12)


def test_a_supplier_in_use_who_cannot_be_dropped_still_lets_a_rival_in(hand):
    """Orders with a are fixed for good, the rival is qualified at 1/5 a week: 1/6 after the first week."""
    links, fallback = {("a:quartz", "fab:wafer"): 1.0}, {("b:quartz", "fab:wafer"): 1.0}
    final = {"a:quartz": 0.0, "b:quartz": 1.0, "fab:wafer": 10.0}
    network = hand.build(final, links, {("wafer", "quartz"): {"requalify_days": 35.0}}, fallback=fallback)
    levels = _levels(network, hand.outage(network, 4, ("a:quartz", 1, 4, 1.0)), "fab:wafer", hand.rules())
    np.testing.assert_allclose(levels, [1, 1, 0, (1 / 6) / (1 + 1 / 6)], rtol=1e-12)


def test_deferred_demand_waits_and_is_served_with_spare_capacity(hand):
    """Half of week 1's demand waits: 5. A tenth of it comes back each week, behind the week's needs.

    Week 2 has no room: 4.5 + half of 0.5 refused = 4.75. Week 3 needs 0.9 of 10: 0.475 is delivered on top, 4.275 wait.
    """
    network = hand.build({"a:phone": 10.0}, {}, {}, deferral={"a:phone": 0.5})
    demand = np.ones((1, 4, 1))
    demand[0, 3] = 0.9
    found = propagate(network, hand.outage(network, 4, ("a:phone", 1, 2, 1.0)), demand=demand, parameters=hand.rules())
    np.testing.assert_allclose(found.unmet_demand[0, :, 0], [0, 10, 0, 0], atol=1e-12)
    np.testing.assert_allclose(found.final_deliveries[0, :, 0], [10, 0, 10, 9.475], rtol=1e-12)


def test_tools_not_taken_in_are_owed_and_come_later(hand):
    """Fab idle in weeks 1 and 2: two weeks of tools are owed and ordered over 52 weeks from week 4.

    The tool maker can work 1.25 fold at once. Week 4: 1 + 2/52; week 5: 1 + 2 (1 - 1/52)/52.
    """
    links = {("t:tool", "fab:wafer"): 1.0}
    wear = {"kind": "capital", "wear_per_year": 5.2}
    network = hand.build(
        {"t:tool": 0.0, "fab:wafer": 10.0}, links, {("wafer", "tool"): wear}, alpha_max={"t:tool": 1.25}
    )
    loss = hand.outage(network, 1000, ("fab:wafer", 1, 3, 1.0))
    found = propagate(network, loss, parameters=hand.rules(overproduction_days=7.0)).frame()
    tools = found["t:tool"].to_numpy()
    np.testing.assert_allclose(tools[:6], [1, 1, 0, 0, 1 + 2 / 52, 1 + 2 * (1 - 1 / 52) / 52], rtol=1e-12)
    assert (tools - 1).sum() == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(found["fab:wafer"], [1, 0, 0] + [1] * 997, rtol=1e-12)


def test_without_tools_capacity_falls_behind_plan(hand):
    """Wear of a tenth a week, criticality 1/2: after k weeks 1 - (1 - 0.9^k)/2."""
    links, wear = {("t:tool", "fab:wafer"): 1.0}, {"kind": "capital", "wear_per_year": 5.2, "criticality": 0.5}
    network = hand.build({"t:tool": 0.0, "fab:wafer": 10.0}, links, {("wafer", "tool"): wear})
    levels = _levels(network, hand.outage(network, 9, ("t:tool", 1, 9, 1.0)), "fab:wafer", hand.rules())
    np.testing.assert_allclose(levels[1:], 1 - (1 - 0.9 ** np.arange(8)) / 2, rtol=1e-12)


def test_service_decays_with_what_is_left_undone(hand):
    """A tenth of the service wears off a week when nobody comes."""
    links, wear = {("s:care", "fab:wafer"): 1.0}, {"kind": "service", "wear_per_year": 5.2}
    network = hand.build({"s:care": 0.0, "fab:wafer": 10.0}, links, {("wafer", "care"): wear})
    levels = _levels(network, hand.outage(network, 8, ("s:care", 1, 8, 1.0)), "fab:wafer", hand.rules())
    np.testing.assert_allclose(levels[1:], 0.9 ** np.arange(7), rtol=1e-12)


def test_the_scarcest_tool_counts_and_deficits_do_not_add_up(hand):
    links = {("t:tool", "fab:wafer"): 1.0, ("u:robot", "fab:wafer"): 1.0}
    needs = {
        ("wafer", name): {"kind": "capital", "wear_per_year": wear} for name, wear in (("tool", 5.2), ("robot", 2.6))
    }
    network = hand.build({"t:tool": 0.0, "u:robot": 0.0, "fab:wafer": 10.0}, links, needs)
    loss = hand.outage(network, 6, ("t:tool", 1, 6, 1.0), ("u:robot", 1, 6, 1.0))
    np.testing.assert_allclose(_levels(network, loss, "fab:wafer", hand.rules())[1:], 0.9 ** np.arange(5), rtol=1e-12)


def test_priority_serves_its_products_first(hand):
    """Half a chip supply of 10: AI, which needs 4, is served, phones get 1 of 6."""
    links = {("c:chip", "x:ai"): 4.0, ("c:chip", "y:phone"): 6.0}
    needs = {("ai", "chip"): {}, ("phone", "chip"): {}}
    network = hand.build({"c:chip": 0.0, "x:ai": 9.0, "y:phone": 9.0}, links, needs)
    loss = hand.outage(network, 3, ("c:chip", 1, 3, 0.5))
    found = propagate(network, loss, parameters=hand.rules(rationing="priority", first=("ai",))).frame()
    np.testing.assert_allclose(found.iloc[2][["x:ai", "y:phone"]].astype(float), [1, 1 / 6], rtol=1e-12)


def test_needs_come_before_restocking_and_in_proportion_without(hand):
    """The mine recovers to one half while the fab's stock is low: half of its orders are for the stock."""
    network = hand.build({"mine:quartz": 1.0, "fab:wafer": 10.0}, LINE, {("wafer", "quartz"): {"buffer_days": 56.0}})
    loss = hand.outage(network, 6, ("mine:quartz", 1, 5, 1.0))
    needs_first = propagate(network, loss, parameters=hand.rules())
    alike = propagate(network, loss, parameters=hand.rules(rationing="proportional"))
    mine = network.activity_index("mine:quartz")
    assert needs_first.final_deliveries[0, 5, mine] == pytest.approx(1.0, rel=1e-12)  # 2 of needs, 2 made
    # four weeks missed: 4 of 8 are left, so 1 + 4/8 is ordered, and 2 serve 2.5
    assert alike.final_deliveries[0, 5, mine] == pytest.approx(2 / 2.5, rel=1e-12)


def test_fairest_raises_the_lowest_share_first(hand):
    """Customers of 2, 3 and 5; the first lost half its demand and asks 1. 6 are made: 1, then 5/8 for the others."""
    links = {("c:chip", f"{name}:{name}p"): size for name, size in (("x", 2.0), ("y", 3.0), ("z", 5.0))}
    final = {"c:chip": 0.0, "x:xp": 9.0, "y:yp": 9.0, "z:zp": 9.0}
    network = hand.build(final, links, {(name, "chip"): {} for name in ("xp", "yp", "zp")})
    demand = np.ones((1, 4, 4))
    demand[0, 1:, network.activity_index("x:xp")] = 0.5
    given = {"demand": demand, "parameters": hand.rules(rationing="fairest", ordering="realised")}
    found = propagate(network, hand.outage(network, 4, ("c:chip", 2, 4, 0.4)), **given).frame()
    np.testing.assert_allclose(found.iloc[3][["x:xp", "y:yp", "z:zp"]].astype(float), [0.5, 5 / 8, 5 / 8], rtol=1e-12)


def test_a_cap_limits_what_is_ordered_on_a_link(hand):
    network = _line(hand)
    cap = np.ones((1, 5, 1))
    cap[0, 1:] = 0.4
    levels = _levels(network, np.zeros((1, 5, 2)), "fab:wafer", hand.rules(), link_cap=cap)
    np.testing.assert_allclose(levels, [1, 1, 0.4, 0.4, 0.4], rtol=1e-12)


def test_makers_work_more_when_demand_exceeds_output(hand):
    """Half the chips are missing, so the rival is asked for more: the third week's scarcity lifts its effort."""
    network = hand.build({"a:chip": 1.0}, {}, {}, alpha_max={"a:chip": 1.2})
    demand = np.full((1, 4, 1), 1.25)
    found = propagate(
        network,
        np.zeros((1, 4, 1)),
        demand=demand,
        parameters=hand.rules(overproduction_days=28.0),
        keep=["overproduction"],
    )
    first = 1 + 0.2 * 0.2 / 4
    second = first + (1.2 - first) * (1.25 - first) / 1.25 / 4
    np.testing.assert_allclose(found.overproduction[0, :, 0], [1, 1, first, second], rtol=1e-12)


def test_blocks_of_draws_do_not_matter(hand):
    network = _line(hand, buffer_days=14.0, psi=0.2)
    loss = np.random.default_rng(1).random((70, 20, 2)) * (np.arange(20) > 2)[:, None]
    together = propagate(network, loss, parameters=hand.rules()).output
    alone = [propagate(network, loss[k : k + 1], parameters=hand.rules()).output[0] for k in (0, 31, 32, 69)]
    assert (together[[0, 31, 32, 69]] == alone).all()


def test_frame_and_kept_arrays(hand):
    network = _line(hand)
    found = propagate(network, np.zeros((2, 3, 2)), keep=(name for name in ("stocks", "overproduction")))
    assert found.stocks.shape == (2, 3, 1)
    assert (found.overproduction == 1).all()
    assert found.frame().index.tolist() == [0, 7, 14]
    assert list(found.frame().columns) == ["mine:quartz", "fab:wafer"]
    assert propagate(network, np.zeros((2, 3, 2))).stocks is None


GOOD = np.zeros((1, 3, 2))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"capacity_loss": np.zeros((3, 2))},
            r"capacity_loss: found an array of shape \(3, 2\), expected any x any x 2",
        ),
        ({"capacity_loss": np.zeros((1, 3, 5))}, "expected any x any x 2"),
        ({"capacity_loss": np.zeros((0, 3, 2))}, "found an array of shape"),
        ({"capacity_loss": GOOD + np.nan}, r"found NaN or infinity at \(draw, step, column\) \(0, 0, 0\)"),
        ({"capacity_loss": GOOD + 1.5}, r"capacity_loss: found 1.5 at .* expected 0..1"),
        ({"capacity_loss": GOOD - 0.5}, "found -0.5"),
        ({"capacity_loss": [["a"], ["b"]]}, "found a list that is no array of numbers"),
        ({"capacity_loss": None}, "found"),
        ({"demand": np.ones((1, 2, 2))}, "demand: found an array of shape"),
        ({"demand": GOOD - 1}, "demand: found -1 .* expected 0 or more"),
        ({"capex": GOOD + np.inf}, "capex: found NaN or infinity"),
        ({"link_cap": np.ones((1, 3, 2))}, "link_cap: found an array of shape .* expected 1 x 3 x 1"),
        ({"link_cap": np.full((1, 3, 1), 1.01)}, "link_cap: found 1.01"),
        ({"step_days": 0}, "step_days: found 0, expected days > 0"),
        ({"step_days": float("nan")}, "step_days: found nan"),
        ({"step_days": float("inf")}, "step_days: found inf"),
    ],
)
def test_bad_input_is_named(hand, given, message):
    with pytest.raises(InputError, match=message):
        propagate(_line(hand), **{"capacity_loss": GOOD, "parameters": hand.rules(), **given})


def test_unknown_array_to_keep(hand):
    with pytest.raises(UnknownNameError, match="no array to keep is called 'stock'; nearest: stocks"):
        propagate(_line(hand), GOOD, keep=["stock"])


def test_fairest_needs_customers_apart(hand):
    from dataclasses import replace

    network = hand.build(
        {"c:chip": 0.0, "x:ai": 9.0, "y:ai": 9.0},
        {("c:chip", "x:ai"): 4.0, ("c:chip", "y:ai"): 6.0},
        {("ai", "chip"): {}},
    )
    rules = hand.rules(rationing="fairest")
    pooled = replace(network, member_pool=np.zeros(2, dtype=np.int64))
    propagate(network, np.zeros((1, 2, 3)), parameters=rules)
    with pytest.raises(InputError, match="separated"):
        propagate(pooled, np.zeros((1, 2, 3)), parameters=rules)


def test_a_plan_that_never_settles_is_warned_about(hand):
    links = {("a:tool", "b:robot"): 3.0, ("b:robot", "a:tool"): 3.0}
    wear = {"kind": "capital", "wear_per_year": 0.2}
    needs = {("robot", "tool"): wear, ("tool", "robot"): wear}
    network = hand.build({"a:tool": 1.0, "b:robot": 1.0}, links, needs)
    with pytest.warns(RuntimeWarning, match="may not settle"):
        propagate(network, GOOD, demand=GOOD + 0.9, parameters=hand.rules())


def test_tables_in_any_order_give_the_same(hand):
    names = ["supplier_company", "supplier_product", "customer_company", "customer_product", "value"]
    links = pd.DataFrame([("a", "q", "f", "w", 1.0), ("b", "q", "f", "w", 2.0)], columns=names)
    activities = pd.DataFrame({"company": ["a", "b", "f"], "product": ["q", "q", "w"], "final_sales": [1.0, 0.0, 9.0]})
    needs = {"kind": "flow", "criticality": 1, "buffer_days": 9, "psi": 0.1, "reorder_days": 9, "requalify_days": 9}
    needs = pd.DataFrame([{"product": "w", "input": "q", **needs}])
    levels = []
    for turn in (slice(None), slice(None, None, -1)):
        network = SupplyNetwork.from_tables(activities[turn], links[turn], needs)
        loss = hand.outage(network, 20, ("b:q", 2, 9, 0.8))
        levels.append(propagate(network, loss, parameters=hand.rules()).frame().sort_index(axis=1))
    pd.testing.assert_frame_equal(*levels, rtol=1e-9)
