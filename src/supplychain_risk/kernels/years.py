"""Simulated years: how often events happen, which of a family counts, and what a year of several events costs.

A scenario s happens N_s ~ Poisson(lambda_s) times in a year. The rate itself is uncertain: a two-piece lognormal
through its low (5 %), value (median) and high (95 %), with z = Phi^-1(u) and z95 = Phi^-1(.95),

    lambda(u) = value (value / low)^(z / z95)  for u < 1/2,      value (high / value)^(z / z95)  for u >= 1/2,
    E lambda  = value ( e^(a^2/2) Phi(-a) + e^(b^2/2) Phi(b) ),   a = ln(value/low) / z95,  b = ln(high/value) / z95.

Rates above a largest one, c, are c; the upper part of the mean is then value e^(b^2/2) (Phi(z - b) - Phi(-b)) +
c Phi(-z) with z = ln(c/value) / b.

Of an exclusive family at most one event counts in a year, the gravest, so that P(one counts) = 1 - exp(-sum lambda) and

    P(k counts) = (1 - exp(-lambda_k)) exp(-sum of lambda over what is graver than k).

Losses are positive. With l_e the loss of one event alone and r_ei the return of holding i in event e,

    year's loss (aggregate, AEP)   sum_i w_i (1 - prod_e (1 + r_ei)),    r >= -1: events of a year multiply, no holding
                                                                        loses more than all of its value
    largest event (occurrence, OEP)   max_e l_e,   0 in a year without events
    loss at return period T        sup{x : P(loss >= x) >= 1/T}, the ceil(n / T)-th largest of n years

References
----------
Grossi, P. & Kunreuther, H. (2005), Catastrophe Modeling, ch. 2 (exceedance curves), doi:10.1007/b100669.
Wallis, K. F. (2014), The two-piece normal, binormal, or double Gaussian distribution, Statistical Science 29(1),
106-112, doi:10.1214/13-STS417.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from supplychain_risk.kernels.tail import Design, Estimate, quantile

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

Z95: Final = float(special.ndtri(0.95))
"""Standard deviations from the median of a normal distribution to its 95 % quantile."""

_MIDPOINTS: Final = 4_096
"""Points of the midpoint rule on the unit interval; for bounded smooth functions it is right to six digits."""


def rate_quantile(u: Floats, low: float, value: float, high: float, most: float = np.inf) -> Floats:
    """Quantile of the two-piece lognormal through low (5 %), value (median) and high (95 %), all above 0, up to `most`.

    Examples
    --------
    >>> rate_quantile(np.array([0.05, 0.5, 0.95]), 0.01, 0.03, 0.06).round(12).tolist()
    [0.01, 0.03, 0.06]
    """
    z = special.ndtri(u) / Z95
    ratio = np.where(z < 0.0, value / low, high / value)
    return np.asarray(np.minimum(value * ratio**z, most), dtype=np.float64)


def rate_mean(low: float, value: float, high: float, most: float = np.inf) -> float:
    """Mean of the same distribution; the value itself where the rate is known.

    Examples
    --------
    >>> rate_mean(0.1, 0.1, 0.1)
    0.1
    """
    a, b = np.log(value / low) / Z95, np.log(high / value) / Z95
    cut = np.log(most / value) / b if b else np.inf
    below = np.exp(a**2 / 2) * special.ndtr(-a) + np.exp(b**2 / 2) * (special.ndtr(cut - b) - special.ndtr(-b))
    return float(value * below + (most * special.ndtr(-cut) if np.isfinite(cut) else 0.0))


def chance_of_none(low: float, value: float, high: float, most: float = np.inf) -> float:
    """E exp(-lambda): probability of a year without the event.

    Examples
    --------
    >>> bool(np.isclose(chance_of_none(0.5, 0.5, 0.5), np.exp(-0.5)))
    True
    """
    u = (np.arange(_MIDPOINTS) + 0.5) / _MIDPOINTS
    return float(np.exp(-rate_quantile(u, low, value, high, most)).mean())


ALMOST_ONE = 1.0 - 1e-12
"""Uniforms above it count as it: a sum of probabilities is not known more closely to 1."""


def poisson_quantile(u: Floats, rate: Floats) -> Ints:
    """Number of events: smallest n with P(N <= n) >= u, N ~ Poisson(rate); it never falls when the rate rises.

    Parameters
    ----------
    u : uniforms below 1.
    rate : events a year, of a shape that goes with `u`.

    Examples
    --------
    >>> poisson_quantile(np.array([0.3, 0.5, 0.95]), np.full(3, 0.5)).tolist()
    [0, 0, 2]
    """
    u, rates = np.minimum(u, ALMOST_ONE), np.broadcast_to(rate, u.shape)
    count = np.zeros(u.shape, dtype=np.int64)
    term = np.exp(-rates)
    reached, open_ = term.copy(), np.flatnonzero(u > term)
    for n in range(1, 1_000):  # no rate comes near so many
        if not open_.size:
            break
        count[open_] = n
        term[open_] *= rates[open_] / n
        reached[open_] += term[open_]
        open_ = open_[(u[open_] > reached[open_]) & (term[open_] > 0.0)]
    return count


def counted(counts: Ints, family: Ints, gravity: Ints) -> Ints:
    """Events that count (Y, S): of each family one in a year at most, of the gravest scenario that happened.

    Parameters
    ----------
    counts : (Y, S) events of each scenario in each year.
    family : (S,) number of the family, -1 = none.
    gravity : (S,) place in the family, the highest is the gravest; of two alike the later counts.

    Examples
    --------
    Two mild and one grave event of a family, and two of a scenario without:

    >>> counted(np.array([[2, 1, 2]]), np.array([0, 0, -1]), np.array([1, 2, 0])).tolist()
    [[0, 1, 2]]
    """
    kept = counts.copy()
    for number in np.unique(family[family >= 0]):
        columns = np.flatnonzero(family == number)
        columns = columns[np.argsort(gravity[columns], kind="stable")]
        free = np.ones(len(counts), dtype=np.bool_)
        for column in columns[::-1]:
            kept[:, column] = free & (counts[:, column] > 0)
            free &= counts[:, column] == 0
    return kept


def counted_rates(expected: Floats, none: Floats, family: Ints, gravity: Ints) -> Floats:
    """Expected number of events that count in a year (..., S).

    Parameters
    ----------
    expected, none : (..., S) expected events a year, and probability of a year without. For known rates lambda and
        exp(-lambda); for uncertain ones their means over the rates, which are independent of each other.
    family, gravity : (S,) as in `counted`.

    Examples
    --------
    >>> known = np.array([0.2, 0.1])
    >>> chances = counted_rates(known, np.exp(-known), np.array([0, 0]), np.array([1, 2]))
    >>> bool(np.isclose(chances.sum(), 1 - np.exp(-0.3)))
    True
    """
    result = np.array(expected, dtype=np.float64)
    for number in np.unique(family[family >= 0]):
        columns = np.flatnonzero(family == number)
        columns = columns[np.argsort(gravity[columns], kind="stable")]
        free = np.ones(result.shape[:-1])
        for column in columns[::-1]:
            result[..., column] = free * (1.0 - none[..., column])
            free = free * none[..., column]
    return result


def chance_beyond(rates: Floats, beyond: Floats, family: Ints, gravity: Ints) -> Floats:
    """Probability (L,) that the largest event of a year reaches a loss, in closed form.

    Outside of families events as large come by a thinned Poisson process; a family brings one event at most:

        P = 1 - exp(- sum over s of lambda_s q_s)  prod over families of (1 - sum over k of P(k counts) q_k)

    Parameters
    ----------
    rates : (L, S) events a year.
    beyond : (S,) q, probability that an event of the scenario reaches the loss.
    family, gravity : (S,) as in `counted`.

    Examples
    --------
    >>> alone = np.array([-1]), np.array([0])
    >>> bool(np.isclose(chance_beyond(np.array([[0.5]]), np.array([1.0]), *alone)[0], 1 - np.exp(-0.5)))
    True
    """
    counting = counted_rates(rates, np.exp(-rates), family, gravity) * beyond
    free = np.exp(-counting[:, family < 0].sum(axis=1))
    for number in np.unique(family[family >= 0]):
        free = free * (1.0 - counting[:, family == number].sum(axis=1))
    return np.asarray(1.0 - free, dtype=np.float64)


class Groups(NamedTuple):
    """Draws of a scenario in groups that do not depend on each other.

    Attributes
    ----------
    draws : (D,) draws, group by group.
    start, size : (G,) where each group begins in `draws`, and how many it has.
    """

    draws: Ints
    start: Ints
    size: Ints

    def pick(self, group: Ints, u: Floats) -> Ints:
        """Draw of each event, by the group of its year and a uniform.

        >>> grouped(np.arange(4), 2).pick(np.array([0, 1, 1]), np.array([0.9, 0.1, 0.6])).tolist()
        [2, 1, 3]
        """
        step = np.minimum((u * self.size[group]).astype(np.int64), self.size[group] - 1)
        return np.asarray(self.draws[self.start[group] + step])


def grouped(unit: Ints, n_groups: int) -> Groups:
    """Put draws into groups: those of unit 0, G, 2G, ... into the first, and so on; units stay whole.

    Parameters
    ----------
    unit : (D,) number of the unit of each draw, as in `tail.Design`; at least `n_groups` different ones.
    """
    _, rank = np.unique(unit, return_inverse=True)
    group = rank % n_groups
    size = np.bincount(group, minlength=n_groups).astype(np.int64)
    return Groups(np.argsort(group, kind="stable").astype(np.int64), np.cumsum(size) - size, size)


def year_losses(year: Ints, returns: Floats, weights: Floats, n_years: int) -> Floats:
    """Loss of each year (Y,): returns of its events multiply holding by holding.

    Parameters
    ----------
    year : (E,) year of each event, rising.
    returns : (E, N) return of each holding in each event, at least -1.
    weights : (N,) of the holdings, as parts of the book.

    Examples
    --------
    Two events of -50 % leave a quarter, in another year one of +10 % is a gain:

    >>> year_losses(np.array([0, 0, 2]), np.array([[-0.5], [-0.5], [0.1]]), np.ones(1), 3).round(12).tolist()
    [0.75, 0.0, -0.1]
    """
    losses = np.zeros(n_years)
    if len(year):
        first = np.flatnonzero(np.diff(year, prepend=-1))
        losses[year[first]] = (1.0 - np.multiply.reduceat(1.0 + returns, first, axis=0)) @ weights
    return losses


def worst_events(year: Ints, loss: Floats, n_years: int) -> Ints:
    """Position of the event with the largest loss of each year (Y,), the first of several; -1 without events.

    >>> worst_events(np.array([0, 0, 2]), np.array([0.1, 0.3, -0.2]), 3).tolist()
    [1, -1, 2]
    """
    order = np.lexsort((-np.arange(len(year)), loss, year))
    worst = np.full(n_years, -1, dtype=np.int64)
    worst[year[order]] = order  # of the events of a year the last counts
    return worst


def loss_at(losses: Floats, return_period: float, design: Design | None = None) -> Estimate:
    """Loss that is reached or exceeded once in `return_period` years, and its standard error.

    Parameters
    ----------
    losses : (Y,) losses of the years, positive.
    return_period : years, above 1.
    design : which years depend on each other; None = none do.

    Examples
    --------
    >>> value, _ = loss_at(np.array([370.0, 85.0, 60.0, 50.0, 10.0, 0.0, 0.0, 0.0, 0.0, 0.0]), 5)
    >>> float(value)
    85.0
    """
    below, error = quantile(0.0 - losses, 1.0 / return_period, design)
    return Estimate(0.0 - below, error)


def effective_number(counts: Ints) -> float:
    """How many outcomes stand behind a tail, were they equally frequent: (sum n)^2 / sum n^2; 0 if there is none.

    >>> effective_number(np.array([2, 2, 0])), effective_number(np.zeros(3, dtype=np.int64))
    (2.0, 0.0)
    """
    total = float(counts.sum())
    return total**2 / float((counts.astype(np.float64) ** 2).sum()) if total else 0.0
