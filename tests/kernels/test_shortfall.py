"""Tail measures against published programs (tests/data/risk), sums on paper, and replication."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from supplychain_risk.errors import InputError
from supplychain_risk.kernels import shortfall, tail

CASES = {
    case["name"]: case
    for case in json.loads((Path(__file__).parents[1] / "data" / "risk" / "tail.json").read_text(encoding="utf-8"))[
        "cases"
    ]
}
TWENTY = [name for name in CASES if name.startswith("20_returns")]


def weighted(weights):
    return tail.simple_design(len(weights))._replace(weight=np.asarray(weights, dtype=float))


@pytest.mark.parametrize("name", [*TWENTY, "weighted_a0.95"])
def test_var_and_shortfall_equal_those_of_skfolio(name):
    case = CASES[name]
    losses = -np.array(case["returns"])
    design = weighted(case["p"]) if "p" in case else None
    assert shortfall.value_at_risk(losses, case["alpha"], design).value == case["VaR"]
    assert shortfall.expected_shortfall(losses, case["alpha"], design).value == pytest.approx(case["ES"], abs=1e-12)


@pytest.mark.parametrize(("name", "within"), [*zip(TWENTY, (0.1, 0.03, 0.005), strict=True)])
def test_error_of_shortfall_nears_that_of_the_plain_formula_as_the_tail_grows(name, within):
    """The case counts the draw at VaR whole, the influence function by its fraction; tails of 1, 2 and 4 draws."""
    case = CASES[name]
    error = shortfall.expected_shortfall(-np.array(case["returns"]), case["alpha"]).standard_error
    assert error == pytest.approx(case["es_se"], rel=within)


@pytest.mark.parametrize("name", ["euler_es_a0.8", "euler_es_a0.9"])
def test_euler_parts_equal_those_of_riskfolio_and_skfolio(name):
    case = CASES[name]
    parts = -np.array(case["asset_returns"]) * np.array(case["weights"])
    found = shortfall.components(parts, parts.sum(axis=1), case["alpha"])
    assert found.value == pytest.approx(case["component_ES"], abs=1e-12)
    assert found.value.sum() == pytest.approx(case["ES"], abs=1e-12)


def test_spectral_risk_meets_its_cases():
    case = CASES["spectral"]
    losses = np.array(case["losses"])
    exponential = shortfall.exponential_spectrum(1 / 0.1)
    assert shortfall.spectral_risk(losses, exponential).value == pytest.approx(case["exponential_gamma0_1"], abs=1e-12)
    step = shortfall.step_spectrum([0.9], [1.0])
    assert shortfall.spectral_risk(losses, step).value == pytest.approx(case["es_0_9_via_spectral"], abs=1e-12)
    dual = shortfall.Spectrum(cumulative=np.square, density=lambda u: 2 * u)
    assert shortfall.spectral_risk(losses, dual).value == pytest.approx(case["dual_power_2"], abs=1e-12)
    fairest = np.maximum.outer(losses, losses).mean()  # E max of two draws, another way to the same number
    assert shortfall.spectral_risk(losses, dual).value == pytest.approx(fairest, abs=1e-12)


@pytest.mark.parametrize(
    ("levels", "heights"),
    [
        ([], []),
        ([0.9], [1, 2]),
        ([0.9, 0.5], [1, 2]),
        ([0.5, 1.0], [1, 2]),
        ([-0.1], [1]),
        ([0.5, 0.9], [2, 1]),
        ([0.5], [0]),
    ],
)
def test_steps_that_do_not_rise_are_no_spectrum(levels, heights):
    with pytest.raises(InputError, match="spectrum: found levels"):
        shortfall.step_spectrum(levels, heights)


@pytest.mark.parametrize("aversion", [0.0, -1.0, np.inf, np.nan])
def test_an_aversion_is_above_0(aversion):
    with pytest.raises(InputError, match="aversion: found"):
        shortfall.exponential_spectrum(aversion)


def test_two_assets_by_hand():
    # losses of the whole 7, 5, 3, 1; a = .5: the two worst count half each
    parts = np.array([[6.0, 1.0], [1.0, 4.0], [3.0, 0.0], [-1.0, 2.0]])
    found = shortfall.components(parts, parts.sum(axis=1), 0.5)
    assert found.value.tolist() == [3.5, 2.5]


def test_three_assets_with_a_fraction_and_a_tie_by_hand():
    # whole: 9, 6, 6, 0, 0; a = .5 leaves 2.5 draws: 9 whole, the tied two share 1.5, so g = .4, .3, .3
    parts = np.array([[3.0, 3.0, 3.0], [6.0, 0.0, 0.0], [0.0, 4.0, 2.0], [1.0, -1.0, 0.0], [0.0, 0.0, 0.0]])
    found = shortfall.components(parts, parts.sum(axis=1), 0.5)
    assert found.value == pytest.approx([0.4 * 3 + 0.3 * 6, 0.4 * 3 + 0.3 * 4, 0.4 * 3 + 0.3 * 2])
    assert found.value.sum() == pytest.approx(0.4 * 9 + 0.6 * 6)


def test_error_of_shortfall_is_its_spread_over_200_seeds():
    """Student t with four degrees of freedom, 2,000 draws: the case has 0.172 by replication, 0.167 by formula."""
    case = CASES["es_standard_error_t4"]
    draws = [stats.t.rvs(4, size=case["n"], random_state=seed) for seed in range(200)]
    values, errors = zip(*(shortfall.expected_shortfall(x, case["alpha"]) for x in draws), strict=True)
    assert np.mean(values) == pytest.approx(case["true_ES"], abs=3 * 0.172 / np.sqrt(200))
    assert np.mean(errors) == pytest.approx(case["mean_asymptotic_se"], rel=0.03)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.12)  # the spread of 200 values is known to 5 %


def test_error_of_exponential_spectral_risk_is_its_spread():
    spectrum = shortfall.exponential_spectrum(10.0)
    rng = np.random.default_rng(1)
    values, errors = zip(
        *(shortfall.spectral_risk(x, spectrum) for x in rng.exponential(size=(400, 1000))), strict=True
    )
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.1)


@pytest.mark.parametrize("tilted", [False, True])
def test_errors_of_parts_are_their_spread(tilted):
    """Two assets of very different tails; tilted: drawn at half the rate, with the weights that undo it."""
    rng = np.random.default_rng(2)
    values, errors = [], []
    for _ in range(400):
        first = rng.exponential(2.0 if tilted else 1.0, size=2000)
        design = weighted(2 * np.exp(-first / 2)) if tilted else None
        parts = np.column_stack([first, rng.normal(size=2000)])
        found = shortfall.components(parts, parts.sum(axis=1), 0.95, design)
        values.append(found.value)
        errors.append(found.standard_error)
    assert np.mean(errors, axis=0) == pytest.approx(np.std(values, axis=0), rel=0.12)


def test_the_only_part_has_the_error_of_the_whole():
    losses = np.random.default_rng(3).exponential(size=4000)
    part, whole = shortfall.components(losses[:, None], losses, 0.95), shortfall.expected_shortfall(losses, 0.95)
    assert part.value[0] == pytest.approx(whole.value, rel=1e-12)
    assert part.standard_error[0] == pytest.approx(whole.standard_error, rel=0.02)  # c from draws near VaR, not at it


def test_pairs_of_equal_draws_say_no_more_than_one_of_each():
    x = np.random.default_rng(4).normal(size=(1000, 3))
    twice, design = np.repeat(x, 2, axis=0), tail.Design(np.ones(2000), np.repeat(np.arange(1000), 2))
    single = shortfall.components(x, x.sum(axis=1), 0.9)
    paired = shortfall.components(twice, twice.sum(axis=1), 0.9, design)
    assert paired.value == pytest.approx(single.value)
    assert paired.standard_error == pytest.approx(single.standard_error, rel=0.05)
    risks = shortfall.expected_shortfall(twice.sum(axis=1), 0.9, design)
    assert risks.standard_error == pytest.approx(shortfall.expected_shortfall(x.sum(axis=1), 0.9).standard_error)


def test_interleaved_units_have_the_error_of_their_means():
    """Sixteen units of equal weight, as of Sobol draws: the error is that of sixteen influence means."""
    x = np.random.default_rng(5).exponential(size=1600)
    design = tail.Design(np.ones(1600), np.arange(1600) % 16)
    limit = np.sort(x)[1439]
    influence = np.maximum(x - limit, 0.0) / 0.1
    means = influence.reshape(100, 16).mean(axis=0)
    error = shortfall.expected_shortfall(x, 0.9, design).standard_error
    assert error == pytest.approx(means.std(ddof=1) / 4.0, rel=1e-9)


def test_one_draw_is_its_own_shortfall_without_an_error():
    found = shortfall.components(np.array([[2.0, 1.0]]), np.array([3.0]), 0.95)
    assert found.value.tolist() == [2.0, 1.0]
    assert np.isnan(found.standard_error).all()
    assert np.isnan(shortfall.expected_shortfall(np.array([3.0]), 0.95).standard_error)


def test_a_weight_too_small_to_count_changes_nothing():
    losses, weight = np.arange(10.0), np.ones(10)
    weight[5] = 1e-18  # many tilted drivers multiply to that
    with_it = shortfall.expected_shortfall(losses, 0.5, weighted(weight))
    without = shortfall.expected_shortfall(np.delete(losses, 5), 0.5, weighted(np.delete(weight, 5)))
    assert with_it.value == pytest.approx(float(without.value), rel=1e-12)
    assert np.isfinite(shortfall.components(losses[:, None], losses, 0.5, weighted(weight)).standard_error).all()


def test_draws_without_any_loss_have_none_and_no_error():
    found = shortfall.components(np.zeros((50, 2)), np.zeros(50), 0.95)
    assert found.value.tolist() == found.standard_error.tolist() == [0.0, 0.0]


def test_draws_in_the_tail_are_counted_by_what_they_are_worth():
    assert shortfall.tail_draws(np.arange(400.0), 0.95) == pytest.approx(20.0)
    assert shortfall.tail_draws(np.zeros(400), 0.95) == pytest.approx(400.0)  # all tied: all of them count


LOSSES = st.lists(st.floats(-10, 10, width=16), min_size=2, max_size=40).map(np.array)


@given(LOSSES, st.floats(0.01, 0.99), st.randoms(use_true_random=False))
def test_weights_sum_to_one_and_ties_share(losses, level, random):
    design = weighted([random.choice([1.0, 2.0, 5.0]) for _ in losses])
    weights = shortfall.risk_weights(losses, shortfall.shortfall_spectrum(level), design)
    assert weights.sum() == pytest.approx(1.0, abs=1e-9)
    assert (weights >= -1e-12).all()
    each = weights / design.weight
    for value in np.unique(losses):
        assert np.ptp(each[losses == value]) <= 1e-12
    assert (np.diff(each[np.argsort(losses, kind="stable")]) >= -1e-9).all()


@given(LOSSES, st.floats(0.01, 0.98))
def test_shortfall_is_at_least_var_and_rises_with_the_level(losses, level):
    lower, upper = (shortfall.expected_shortfall(losses, a).value for a in (level, level + 0.01))
    assert lower >= shortfall.value_at_risk(losses, level).value - 1e-9
    assert upper >= lower - 1e-9


@given(st.integers(0, 2**32 - 1), st.floats(0.05, 0.95))
def test_shortfall_is_subadditive_and_parts_add_up(seed, level):
    parts = np.random.default_rng(seed).integers(-3, 4, size=(30, 4)).astype(float)
    whole = shortfall.expected_shortfall(parts.sum(axis=1), level).value
    alone = sum(shortfall.expected_shortfall(part, level).value for part in parts.T)
    assert whole <= alone + 1e-9
    assert shortfall.components(parts, parts.sum(axis=1), level).value.sum() == pytest.approx(whole, abs=1e-9)
