"""Scenario records hold together, and the weights of a mixture are its parts' rates normalised."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.scenarios.spec import Scenario

SCRAP = {"from": "assumption", "days": "3", "product": ["wafer"]}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"hits": {}}, "either hits or a mixture"),
        ({"common_factor": None}, "common_factor"),
        ({"frequency": None}, "either a frequency or a regime"),
        ({"regime": "in force"}, "either a frequency or a regime"),
        ({"in_force": {"what": "a ban"}}, "a confidence and a source"),
        ({"family": {"name": "quake", "gravity": 0}}, "greater than or equal to 1"),
        ({"class": "accidental"}, "accident"),
        ({"surprise": "field"}, "surprise"),
        ({"not_hit": []}, "at least 1"),
    ],
)
def test_a_scenario_that_does_not_hold_together_is_refused(make_record, changes, expected):
    with pytest.raises(ValidationError, match=expected):
        Scenario.model_validate(make_record(**changes))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"duration_weeks": None}, "or the clock of another hit"),
        ({"clock": "other", "onset_days": None}, "a clock among the hits"),
        ({"targets": {}}, "a condition"),
        ({"targets": {"product": "hbm"}, "closes_border": "true"}, "targets with a place"),
        ({"targets": {"product": "hbm"}, "places": "one"}, "targets with a place"),
        ({"severity": "pert(0, 1, 2)"}, "values of at most 1"),
        ({"severity": "pert(-1, 0, 1)"}, "a severity from 0 to 1, because only demand can rise"),
        ({"to": {"product": "hbm"}, "severity": "-0.1"}, "a severity from 0 to 1"),
        ({"duration_weeks": "-1"}, "values of at least 0"),
        ({"to": {"product": "hbm"}, "closes_border": "true"}, "only for hits on capacity as such"),
        ({"to": {"product": "hbm"}, "places": "one"}, "only for hits on capacity as such"),
        ({"acts_on": "capital_purchases", "scrap": SCRAP}, "only for hits on capacity as such"),
        ({"to": {"product": "hbm"}, "acts_on": "capital_purchases"}, "either `to` or `acts_on`"),
        ({"acts_on": "final_demand"}, "targets without a place"),
        ({"acts_on": "supply"}, "capital_purchases"),
        ({"shape": "zigzag"}, "s-curve"),
        (
            {
                "stocks": {
                    "from": "assumption",
                    "fade": "0 (0..0)",
                    "kinds": {"gas": {"from": "assumption", "share": "1 (0..1)", "days": "9"}},
                }
            },
            "fade",
        ),
    ],
)
def test_a_hit_that_does_not_hold_together_is_refused(make_record, make_hit, changes, expected):
    with pytest.raises(ValidationError, match=expected):
        Scenario.model_validate(make_record({"blow": make_hit(**changes)}))


def test_a_hit_may_use_the_clock_of_another(make_scenario, make_hit):
    follower = make_hit(clock="first", onset_days=None, duration_weeks=None, recovery_weeks=None)
    assert make_scenario({"first": make_hit(), "second": follower}).hits["second"].duration_weeks is None


def test_demand_may_rise(make_scenario, make_hit):
    boom = make_hit(acts_on="final_demand", targets={"product": "hbm"}, severity="pert(-0.5, -0.2, 0.1)")
    assert make_scenario({"blow": boom}).hits["blow"].severity.support == (-0.5, 0.1)


@pytest.mark.parametrize(
    ("changes", "measure"),
    [
        ({}, "share of capacity lost"),
        ({"to": {"country": "CN"}}, "share of deliveries lost"),
        ({"acts_on": "capital_purchases"}, "share of capital purchases lost"),
    ],
)
def test_a_hit_says_what_its_severity_is_a_share_of(make_scenario, make_hit, changes, measure):
    assert make_scenario({"blow": make_hit(**changes)}).hits["blow"].measure == measure


def test_equal_records_have_equal_digests_and_others_do_not(make_scenario, make_hit):
    changed = make_scenario({"blow": make_hit(severity="pert(0.2, 0.5, 0.9)")})
    assert make_scenario().digest == make_scenario().digest != changed.digest


def mixture(make_scenario, **changes):
    rates = {"often": "0.05", "rarely": "0.03", "hardly": "0.015"}
    parts = [
        make_scenario(name=name, frequency={"from": "assumption", "per_year": f"{rate} (0..1)", "definition": "x"})
        for name, rate in rates.items()
    ]
    alternatives = {
        "capability": {
            "from": "assumption",
            "definition": "x",
            "parts": {"often": "0.45 (0..1)", "rarely": "0.42 (0..1)", "hardly": "0.13 (0..1)"},
        }
    }
    record = {"parts": parts, "alternatives": alternatives} | changes
    return make_scenario({}, name="mix", mixture=record, frequency=None, common_factor=None)


def test_weights_default_to_the_rates_normalised(make_scenario):
    weights = [weight for _, weight in mixture(make_scenario).components()]
    assert weights == pytest.approx([0.05 / 0.095, 0.03 / 0.095, 0.015 / 0.095])  # MODEL 14: .53/.32/.16


def test_an_alternative_set_of_weights_can_be_chosen(make_scenario):
    chosen = mixture(make_scenario).weighted("capability")
    assert [weight for _, weight in chosen.components()] == pytest.approx([0.45, 0.42, 0.13])
    assert chosen.digest != mixture(make_scenario).digest


@pytest.mark.parametrize("hardly", ["0.12 (0..1)", "0.14 (0..1)"])
def test_weights_that_do_not_sum_to_1_are_refused(make_scenario, hardly):
    parts = {"often": "0.45 (0..1)", "rarely": "0.42 (0..1)", "hardly": hardly}
    with pytest.raises(ValidationError, match=r"in odd one weight for each of often, rarely, hardly, summing to 1"):
        mixture(make_scenario, alternatives={"odd": {"from": "assumption", "definition": "x", "parts": parts}})


def test_a_mixture_of_mixtures_multiplies_weights(make_scenario):
    half = {"from": "assumption", "definition": "x", "parts": {"mix": "0.5 (0..1)", "single": "0.5 (0..1)"}}
    parts = [mixture(make_scenario), make_scenario(name="single")]
    record = {"parts": parts, "weights": "half", "alternatives": {"half": half}}
    outer = make_scenario({}, name="outer", mixture=record, frequency=None, common_factor=None)
    assert [(part.name, round(weight, 4)) for part, weight in outer.components()] == [
        ("often", 0.2632),
        ("rarely", 0.1579),
        ("hardly", 0.0789),
        ("single", 0.5),
    ]


def test_unknown_weights_offer_the_known_ones(make_scenario):
    with pytest.raises(UnknownNameError, match="nearest: capability"):
        mixture(make_scenario).weighted("capabilty")


def test_a_plain_scenario_has_no_weights_to_choose(make_scenario):
    with pytest.raises(InputError, match="not a mixture"):
        make_scenario().weighted("rates")


def test_a_mixture_without_rates_must_name_its_weights(make_scenario):
    parts = [make_scenario(name="a", frequency=None, regime="in force"), make_scenario(name="b")]
    with pytest.raises(ValidationError, match="rates need a frequency"):
        make_scenario({}, mixture={"parts": parts}, frequency=None, common_factor=None)


def test_parts_of_the_same_name_are_refused(make_scenario):
    with pytest.raises(ValidationError, match="different names"):
        make_scenario({}, mixture={"parts": [make_scenario(), make_scenario()]}, frequency=None, common_factor=None)


def test_a_state_in_force_explains_a_missing_frequency_and_may_stand_beside_one(make_scenario):
    state = {"from": "assumption 2026", "what": "a shortage"}
    assert make_scenario(frequency=None, in_force=state).in_force.provenance.source == "assumption"
    assert make_scenario(in_force=state).frequency.per_year.value == 0.1
