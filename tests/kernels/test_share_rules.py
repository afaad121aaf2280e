"""Rules of guidelines: the worked cases of shared/cases/methods, by their numbers."""

from __future__ import annotations

import numpy as np
import pytest

from supplychain_risk.kernels import share_rules


def test_merger_guidelines_on_forty_thirty_twenty_ten():  # cases/methods/01: HHI 3,000, merging 20 and 10 adds 400
    shares = np.array([0.4, 0.3, 0.2, 0.1])
    found = share_rules.merger(shares, (2, 3), hhi_points=1800, delta_points=100, share=0.3)
    assert float(found.hhi_points.value) == pytest.approx(3400)
    assert float(found.delta_points.value) == pytest.approx(400)
    assert float(found.hhi_points.margin) == pytest.approx(1600)
    assert found.presumed_by_structure
    assert not found.presumed_by_share  # 20 + 10 is not above 30


def test_cover_without_the_largest_supplier():  # cases/methods/08
    supply, need, largest = np.array(100.0), np.array(95.0), np.array(60.0)
    gross = share_rules.n_minus_1_cover(supply, need, largest)
    net = share_rules.n_minus_1_cover(supply, need, largest, own_need=30.0)
    assert (float(gross), float(net)) == pytest.approx((0.42105263157894735, 0.6153846153846154))
    assert float(share_rules.shortfall(net)) == pytest.approx(0.3846153846153846)


def test_cover_is_endless_when_nobody_else_needs_it():
    assert share_rules.n_minus_1_cover(np.array(1.0), np.array(1.0), np.array(1.0), own_need=1.0) == np.inf


def test_supply_risk_of_a_raw_material():  # cases/methods/06
    governance, trade = np.array([6, 3, 2.0]), np.array([1.1, 1.0, 1.0])
    world = share_rules.governed_hhi(np.array([0.7, 0.2, 0.1]), governance, trade)
    sourcing = share_rules.governed_hhi(np.array([0.5, 0.3, 0.2]), governance, trade)
    reliance = share_rules.import_reliance(np.array(90.0), np.array(10.0), np.array(20.0))
    risk = share_rules.supply_risk(world, sourcing, reliance, recycled=np.array(0.1), substitution=np.array(0.95))
    assert (float(world), float(sourcing), float(reliance)) == pytest.approx((3.374, 2.0, 0.8))
    assert float(risk) == pytest.approx(2.179908)
    one = (np.array([value]) for value in (0.9, 0.8, 0.9, 0.3))
    # the published example also counts the 0.7 of uses without a substitute, at index 1
    assert float(share_rules.substitution_index(*one)) + 0.7 == pytest.approx(0.9596049226553335)


def test_import_dependence_by_hand():
    # outside 30 + 10 of 50 imports in all, exports 20: HHI .625, share .8, ratio 2
    found = share_rules.import_dependence(
        np.array([[30.0, 10.0]]), np.array([10.0]), np.array([20.0]), thresholds=(0.4, 0.5, 1.0)
    )
    assert [float(indicator.value[0]) for indicator in found] == pytest.approx([0.625, 0.8, 2.0])
    assert [float(indicator.margin[0]) for indicator in found] == pytest.approx([0.225, 0.3, 1.0])
    assert all(indicator.fires.all() for indicator in found)


@pytest.mark.parametrize(("rule", "at"), [("above", False), ("below", False), ("at_least", True)])
def test_a_value_at_its_threshold(rule, at):
    found = getattr(share_rules, rule)(np.array(0.65), 0.65)
    assert bool(found.fires) is at
    assert float(found.margin) == 0
