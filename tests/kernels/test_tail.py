"""Errors of means and quantiles against replication and closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from supplychain_risk.kernels import tail


def test_error_of_the_mean_is_the_spread_of_means():
    rng = np.random.default_rng(0)
    sets = rng.exponential(size=(2000, 400))
    errors = np.array([tail.mean(draws).standard_error for draws in sets])
    assert errors.mean() == pytest.approx(sets.mean(axis=1).std(), rel=0.05)
    assert errors.mean() == pytest.approx(1 / np.sqrt(400), rel=0.02)  # the exponential has standard deviation 1


@pytest.mark.parametrize("p", [0.05, 0.5, 0.95])
def test_error_of_a_quantile_is_the_spread_of_quantiles(p):
    # asymptotic variance p (1 - p) / (n f(q)^2), with f(q) = 1 - p for the exponential
    rng = np.random.default_rng(1)
    sets = rng.exponential(size=(1500, 1000))
    values, errors = zip(*(tail.quantile(draws, p) for draws in sets), strict=True)
    expected = np.sqrt(p * (1 - p) / 1000) / (1 - p)
    assert np.mean(values) == pytest.approx(-np.log(1 - p), rel=0.05)
    assert np.std(values) == pytest.approx(expected, rel=0.1)
    assert np.mean(errors) == pytest.approx(expected, rel=0.15)


def test_quantile_is_the_smallest_draw_that_a_share_p_does_not_exceed():
    assert tail.quantile(np.array([3.0, 1.0, 2.0, 4.0]), 0.5).value == 2.0
    assert tail.quantile(np.array([3.0, 1.0, 2.0, 4.0]), 0.51).value == 3.0


def test_infinite_draws_do_not_become_nan():
    value, error = tail.quantile(np.array([1.0, np.inf, np.inf, np.inf]), 0.75)
    assert np.isinf(value)
    assert not np.isnan(error)


def test_one_draw_has_no_error():
    assert np.isnan(tail.mean(np.array([1.0])).standard_error)


def weighted_design(values, power=0.5):
    """Draws from the exponential of rate `power` with the weights that make them of rate 1."""
    return tail.simple_design(len(values))._replace(weight=np.exp(-(1 - power) * values) / power)


def test_equal_weights_change_no_bit():
    draws = np.random.default_rng(2).exponential(size=(333, 4))
    design = tail.simple_design(333)._replace(weight=np.full(333, 0.3))
    for plain, weighted in (
        (tail.mean(draws), tail.mean(draws, design)),
        *((tail.quantile(draws, p), tail.quantile(draws, p, design)) for p in (0.05, 0.5, 0.95)),
    ):
        assert plain.value.tobytes() == weighted.value.tobytes()
        assert plain.standard_error.tobytes() == weighted.standard_error.tobytes()


def test_the_general_way_to_a_quantile_agrees_with_the_one_for_plain_draws():
    draws = np.random.default_rng(3).exponential(size=(400, 3))
    nearly = tail.simple_design(400)._replace(weight=1 + 1e-13 * (np.arange(400) % 2))
    for p in (0.05, 0.5, 0.95):
        plain, general = tail.quantile(draws, p), tail.quantile(draws, p, nearly)
        assert np.array_equal(plain.value, general.value)
        assert general.standard_error == pytest.approx(plain.standard_error, rel=0.15)  # one rank more or less


def test_weighted_mean_and_its_error_meet_the_closed_form():
    """Exponential of mean 1 drawn at rate 1/2. Delta method: n Var = E_f[w (X - 1)^2], w = 2 e^(-x/2), which is
    2 x (integral of e^(-3x/2) (x - 1)^2) = 2 (2 (2/3)^3 - 2 (2/3)^2 + 2/3) = 20/27."""
    rng = np.random.default_rng(4)
    estimates = [tail.mean(x, weighted_design(x)) for x in rng.exponential(2.0, size=(1500, 800))]
    values, errors = zip(*estimates, strict=True)
    expected = np.sqrt(20 / 27 / 800)
    assert np.mean(values) == pytest.approx(1.0, abs=5 * expected / np.sqrt(1500) + 2 / 800)  # bias of order 1/n
    assert np.std(values) == pytest.approx(expected, rel=0.07)
    assert np.mean(errors) == pytest.approx(expected, rel=0.03)


def test_weighted_quantile_is_the_smallest_draw_that_reaches_the_level():
    design = tail.simple_design(4)._replace(weight=np.array([1.0, 5.0, 2.0, 2.0]))
    draws = np.array([3.0, 1.0, 2.0, 4.0])  # in order: 1 (5/10), 2 (7/10), 3 (8/10), 4
    assert [float(tail.quantile(draws, p, design).value) for p in (0.5, 0.51, 0.8, 0.81)] == [1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize("p", [0.5, 0.99])
def test_error_of_a_weighted_quantile_is_the_spread_of_quantiles(p):
    rng = np.random.default_rng(5)
    estimates = [tail.quantile(x, p, weighted_design(x)) for x in rng.exponential(2.0, size=(1000, 1000))]
    values, errors = zip(*estimates, strict=True)
    assert np.mean(values) == pytest.approx(-np.log(1 - p), rel=0.03)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.1)


def test_error_of_dependent_draws_comes_from_their_units():
    """Pairs of equal draws say no more than one of each."""
    x = np.random.default_rng(6).exponential(size=2_000)
    design = tail.Design(np.ones(4_000), np.repeat(np.arange(2_000), 2))
    twice = np.repeat(x, 2)
    assert tail.mean(twice, design).standard_error == pytest.approx(tail.mean(x).standard_error, rel=1e-12)
    pair, single = tail.quantile(twice, 0.9, design), tail.quantile(x, 0.9)
    assert pair.value == single.value
    assert pair.standard_error == pytest.approx(single.standard_error, rel=0.1)


def test_antithetic_pairs_of_a_straight_line_leave_no_error():
    u = np.random.default_rng(7).random(100)
    design = tail.Design(np.ones(200), np.repeat(np.arange(100), 2))
    value, error = tail.mean(np.column_stack([u, 1 - u]).ravel(), design)
    assert value == pytest.approx(0.5, abs=1e-15)
    assert error == pytest.approx(0.0, abs=1e-15)


def test_effective_draws_are_those_of_equal_weight():
    assert tail.effective_draws(np.full(7, 0.2)) == pytest.approx(7.0)
    assert tail.effective_draws(np.array([1.0, 1e-12])) == pytest.approx(1.0)


def test_a_difference_of_paired_draws_has_the_error_of_the_differences():
    rng = np.random.default_rng(8)
    a = rng.exponential(size=(500, 2))
    b = a + rng.normal(size=(500, 2))
    difference, direct = tail.mean_difference(a, b), tail.mean(b - a)
    assert difference.value == pytest.approx(direct.value)
    assert difference.standard_error == pytest.approx(direct.standard_error)
