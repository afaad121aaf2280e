from __future__ import annotations

import numpy as np
import pytest

from supplychain_risk.errors import UnknownNameError
from supplychain_risk.propagation.bounds import least_loss, time_to_survive
from supplychain_risk.propagation.upstream import bill_of, upstream


@pytest.fixture(scope="module")
def network(make_network):
    """Wafers from a (and from b once qualified) and a tool for chips; phones on the side."""
    return make_network(
        {"a:wafer": 0.0, "b:wafer": 5.0, "t:tool": 1.0, "c:chip": 100.0, "d:phone": 100.0},
        {("a:wafer", "c:chip"): 20.0, ("a:wafer", "d:phone"): 10.0, ("t:tool", "c:chip"): 5.0},
        needs={("chip", "tool"): {"kind": "capital", "buffer_days": 0.0, "wear_per_year": 0.1}}
        | {(name, "wafer"): {"requalify_days": 60.0} for name in ("chip", "phone")},
        fallback={("b:wafer", "c:chip"): 0.5},
        alpha_max={"b:wafer": 2.0},
    )


def test_upstream_follows_the_marked_inputs_and_links_only(network):
    every = np.ones(len(network.slot_need), dtype=bool), np.ones(len(network.link_share), dtype=bool)
    assert upstream(network, "chip", *every).tolist() == [True, True, True, True, False]
    used = network.link_share > 0
    assert upstream(network, "chip", every[0], used).tolist() == [True, False, True, True, False]
    assert upstream(network, "phone", *every).tolist() == [True, False, False, False, True]


def test_a_bill_is_in_days_of_normal_output_and_takes_what_others_use(network):
    end = bill_of(network, "chip", outage_days=30.0, step_days=7.0)
    assert [network.activities[i] for i in end.activity] == ["a:wafer", "c:chip"]
    loss = np.zeros(5)
    loss[0] = 0.5  # 15 of 30 wafers a year are left, chips need 20: two weeks of stock pay for a quarter a day
    assert time_to_survive(end.bill, end.lost_capacity(loss)) == pytest.approx(14 / 0.25)
    loss[0] = 1.0
    assert time_to_survive(end.bill, end.lost_capacity(loss)) == pytest.approx(14.0)
    assert least_loss(end.bill, end.lost_capacity(loss), 30.0).cost == pytest.approx(16.0)


def test_a_fallback_counts_if_it_requalifies_within_the_outage(network):
    end = bill_of(network, "chip", outage_days=61.0, step_days=7.0)
    assert [network.activities[i] for i in end.activity] == ["a:wafer", "b:wafer", "c:chip"]
    loss = np.array([1.0, 0, 0, 0, 0])
    # b makes up to 10 wafers a year, chips need 20: half of the output, and two weeks of stock
    assert least_loss(end.bill, end.lost_capacity(loss), 61.0).cost == pytest.approx(61 / 2 - 14)


def test_stocks_are_at_least_one_step_as_in_the_weekly_dynamics(make_network):
    bare = make_network(
        {"a:wafer": 0.0, "c:chip": 1.0}, {("a:wafer", "c:chip"): 0.5}, needs={("chip", "wafer"): {"buffer_days": 0.0}}
    )
    end = bill_of(bare, "chip", outage_days=30.0, step_days=7.0)
    assert time_to_survive(end.bill, end.lost_capacity(np.array([1.0, 0.0]))) == pytest.approx(7.0)


def test_an_unknown_end_product_names_the_nearest(network):
    with pytest.raises(UnknownNameError, match="end_product: no product is called 'chp'; nearest: chip"):
        bill_of(network, "chp", outage_days=30.0, step_days=7.0)
