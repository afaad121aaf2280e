"""Rates, counts and years against closed forms of the compound Poisson distribution and a published program."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import integrate, optimize, stats

from supplychain_risk.kernels import years
from supplychain_risk.kernels.tail import Design

RATE = st.tuples(st.floats(1e-3, 2.0), st.floats(1.0, 5.0), st.floats(1.0, 5.0)).map(
    lambda rate: (rate[0] / rate[1], rate[0], rate[0] * rate[2])
)
"""low, value, high."""

TEN_YEARS = [(1, 85.0), (2, 370.0), (3, 50.0), (7, 50.0), (7, 10.0), (9, 10.0)]
"""Year and loss of six events in ten years; OEP and AEP below are OasisLMF 2.5.8's (lecpy, full uncertainty)."""
OEP = {10: 370.0, 5: 85.0, 10 / 3: 50.0, 2.5: 50.0, 2: 10.0}
AEP = {10: 370.0, 5: 85.0, 10 / 3: 60.0, 2.5: 50.0, 2: 10.0}


def points(n):
    """Midpoints of n equal parts of the unit interval."""
    return (np.arange(n) + 0.5) / n


def largest_losses(year, loss, n_years):
    worst = years.worst_events(year, loss, n_years)
    return np.where(worst < 0, 0.0, np.append(loss, 0.0)[worst])


def test_a_symmetric_rate_has_the_mean_of_the_lognormal_distribution():
    # mu = ln .03, sigma = ln(.06 / .03) / 1.644854; mean exp(mu + sigma^2 / 2) = .03 x 1.092860
    assert years.rate_mean(0.015, 0.03, 0.06) == pytest.approx(
        0.03 * np.exp((np.log(2) / 1.6448536) ** 2 / 2), rel=1e-7
    )


@given(RATE, st.floats(1.0, 100.0))
def test_the_mean_of_a_rate_is_that_of_its_quantiles(rate, factor):
    low, value, high = rate
    most = high * factor
    cut = np.log(most / value) / np.log(high / value) * years.Z95 if high > value else 12
    pieces = [(value / low, (-12, 0)), (high / value, (0, min(cut, 12))), (high / value, (min(cut, 12), 12))]
    whole, capped = (
        sum(
            integrate.quad(lambda z, r=ratio, m=least: min(value * r ** (z / years.Z95), m) * stats.norm.pdf(z), *ends)[
                0
            ]
            for ratio, ends in pieces
        )
        for least in (np.inf, most)
    )
    assert years.rate_mean(*rate) == pytest.approx(whole, rel=1e-6)
    assert years.rate_mean(*rate, most) == pytest.approx(capped, rel=1e-6)
    assert years.rate_quantile(np.array([1 - 1e-9]), *rate, most)[0] <= most


@given(RATE)
def test_the_chance_of_none_is_the_mean_of_exp_minus_lambda(rate):
    low, value, high = rate
    half = [
        integrate.quad(lambda z, r=ratio: np.exp(-value * r ** (z / years.Z95)) * stats.norm.pdf(z), *ends)[0]
        for ratio, ends in ((value / low, (-9, 0)), (high / value, (0, 9)))
    ]
    assert years.chance_of_none(*rate) == pytest.approx(sum(half), abs=1e-5)


@given(st.lists(st.floats(1e-9, 1 - 1e-9), min_size=1, max_size=20), st.floats(1e-6, 12.0))
def test_counts_are_the_quantiles_of_the_poisson_distribution(u, rate):
    counts = years.poisson_quantile(np.array(u), np.array(rate))
    exact = stats.poisson.ppf(u, rate)
    on_a_step = np.isclose(stats.poisson.cdf(np.minimum(counts, exact), rate), u, rtol=0, atol=1e-12)
    assert ((counts == exact) | on_a_step).all()


@example(u=[1 - 2**-52], rate=4.0, factor=2.0)
@given(st.lists(st.floats(1e-9, 1 - 2**-53), min_size=1, max_size=20), st.floats(1e-6, 6.0), st.floats(1.0, 3.0))
def test_more_frequency_never_takes_an_event_away(u, rate, factor):
    less, more = (years.poisson_quantile(np.array(u), np.array(each)) for each in (rate, rate * factor))
    assert (more >= less).all()


COUNTS = st.lists(st.tuples(*[st.integers(0, 3)] * 5), min_size=1, max_size=10).map(np.array)
FAMILY, GRAVITY = np.array([0, 0, -1, 0, 1]), np.array([2, 1, 0, 3, 1])


@given(COUNTS)
def test_a_family_has_one_event_a_year_at_most_and_it_is_the_gravest(counts):
    kept = years.counted(counts, FAMILY, GRAVITY)
    assert (kept[:, 2] == counts[:, 2]).all()
    assert (kept[:, 4] == (counts[:, 4] > 0)).all()
    for happened, left in zip(counts[:, [1, 0, 3]] > 0, kept[:, [1, 0, 3]], strict=True):  # from mild to grave
        gravest = [position for position, yes in enumerate(happened) if yes][-1:]
        assert np.flatnonzero(left).tolist() == gravest
        assert left.sum() == len(gravest)


@given(st.tuples(*[st.floats(1e-3, 2.0)] * 5).map(np.array))
def test_the_chance_of_a_family_is_that_of_the_sum_of_its_rates(rates):
    expected = years.counted_rates(rates, np.exp(-rates), FAMILY, GRAVITY)
    assert expected[[0, 1, 3]].sum() == pytest.approx(1 - np.exp(-rates[[0, 1, 3]].sum()))
    assert expected[2] == rates[2]
    assert expected[4] == pytest.approx(1 - np.exp(-rates[4]))
    # all is lost by any event: the chance of a year with one
    every = years.chance_beyond(rates[None], np.ones(5), FAMILY, GRAVITY)
    assert every[0] == pytest.approx(1 - np.exp(-rates.sum()))


def test_chances_of_a_family_of_two_by_hand():
    # grave .1, mild .2: P(grave) = 1 - e^-.1 = .0951626, P(mild) = e^-.1 (1 - e^-.2) = .1640192
    rates = np.array([0.2, 0.1])
    found = years.counted_rates(rates, np.exp(-rates), np.array([0, 0]), np.array([1, 2]))
    assert found == pytest.approx([0.1640192, 0.0951626], abs=1e-7)


def test_curves_of_ten_years_are_those_of_a_published_program():
    year = np.array([each - 1 for each, _ in TEN_YEARS])
    loss = np.array([each for _, each in TEN_YEARS])
    largest = largest_losses(year, loss, 10)
    sums = np.bincount(year, loss, minlength=10)
    for period, expected in OEP.items():
        assert years.loss_at(largest, period).value == expected
    for period, expected in AEP.items():
        assert years.loss_at(sums, period).value == expected


def test_events_of_constant_severity_follow_the_poisson_distribution():
    # N ~ Poisson(.5), each event takes a fifth: AEP is 1 - .8^n at P(N >= n) = .3935, .0902, .0144
    counts = years.poisson_quantile(points(100_000), np.array(0.5))
    year = np.repeat(np.arange(100_000), counts)
    losses = years.year_losses(year, np.full((len(year), 1), -0.2), np.ones(1), 100_000)
    for period, n in ((2, 0), (3, 1), (10, 1), (12, 2), (60, 2), (80, 3)):
        assert years.loss_at(losses, period).value == pytest.approx(1 - 0.8**n)
    assert losses.mean() == pytest.approx(1 - np.exp(-0.5 * 0.2), abs=1e-5)  # E .8^N = exp(-.2 lambda)
    assert (largest_losses(year, np.full(len(year), 0.2), 100_000) > 0).mean() == pytest.approx(
        1 - np.exp(-0.5), abs=1e-5
    )


def test_events_of_exponential_severity_follow_the_compound_poisson_distribution():
    """With gross returns exp(-X), X exponential of mean .1, ln of what is left is compound Poisson:

    P(S <= s) = e^-lambda (1 + sum over n of lambda^n / n! G_n(s / .1)), G_n the Erlang distribution.
    """
    rate, mean, n_years = 2.0, 0.1, 400_000
    random = np.random.default_rng(5)
    counts = years.poisson_quantile(random.random(n_years), np.array(rate))
    year = np.repeat(np.arange(n_years), counts)
    left = np.exp(-random.exponential(mean, len(year)))
    losses = years.year_losses(year, left[:, None] - 1.0, np.ones(1), n_years)

    def cumulative(s):
        n = np.arange(1, 60)
        return stats.poisson.pmf(0, rate) + stats.poisson.pmf(n, rate) @ stats.gamma.cdf(s / mean, n)

    for period in (2, 5, 20, 200):
        exact = 1 - np.exp(-optimize.brentq(lambda s, p=period: cumulative(s) - (1 - 1 / p), 1e-9, 5))
        value, error = years.loss_at(losses, period)
        assert abs(value - exact) < 4 * error


def test_years_of_a_group_count_as_one_outcome():
    # 1 in 10 of the losses 0..19, 50 times each. Alone: the level .1 +/- sqrt(.09 / 1000) lies between 18 and 17.
    # As 20 outcomes: .1 +/- sqrt(.09 / 19) = .031 and .169 are the first and the fourth largest, 19 and 16.
    losses = np.repeat(np.arange(20.0), 50)
    assert years.loss_at(losses, 10) == (18.0, 0.5)
    assert years.loss_at(losses, 10, Design(np.ones(1000), np.repeat(np.arange(20), 50))) == (18.0, 1.5)


@given(st.integers(1, 40), st.integers(1, 8))
def test_groups_hold_every_draw_once_and_keep_units_whole(n_units, n_groups):
    n_groups = min(n_groups, n_units)
    unit = np.repeat(np.arange(n_units), 2)[np.random.default_rng(1).permutation(2 * n_units)]
    groups = years.grouped(unit, n_groups)
    assert sorted(groups.draws) == list(range(2 * n_units))
    assert groups.size.sum() == 2 * n_units
    owner = np.repeat(np.arange(n_groups), groups.size)
    by_unit = [set(owner[np.isin(groups.draws, np.flatnonzero(unit == each))]) for each in range(n_units)]
    assert all(len(each) == 1 for each in by_unit)
    last = groups.pick(np.arange(n_groups), np.full(n_groups, 1.0 - 2**-53))
    assert (last == groups.draws[groups.start + groups.size - 1]).all()


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(-1, 0), st.floats(-1, 0)), max_size=12))
def test_no_year_costs_more_than_all_and_none_less_than_its_largest_event(events):
    events.sort()
    year = np.array([each[0] for each in events], dtype=np.int64)
    returns = np.array([each[1:] for each in events]).reshape(-1, 2)
    weights = np.array([0.3, 0.7])
    losses = years.year_losses(year, returns, weights, 6)
    largest = largest_losses(year, 0.0 - returns @ weights, 6)
    assert (losses <= 1 + 1e-12).all()
    assert (losses >= largest - 1e-12).all()
