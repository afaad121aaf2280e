"""Value at risk, expected shortfall and spectral risk of weighted draws, with standard errors and Euler parts.

Losses are positive. With p_d = w_d / W and F(l) = sum_d p_d 1{L_d <= l}:

    value at risk        v = inf{l : F(l) >= a}
    spectral risk        R = integral over u of phi(u) q(u) du = sum_d g_d L_d
    a draw's part        g_d = p_d [Phi(F(L_d)) - Phi(F(L_d -))] / P(L = L_d),  Phi the integral of phi

so that tied draws share their part equally. Expected shortfall is phi(u) = 1{u > a} / (1 - a): the mean of the
(1 - a) W largest, the draw on the boundary with the fraction that is left (Acerbi & Tasche 2002, On the coherence of
expected shortfall, J. Banking & Finance 26(7), 1487-1503, doi:10.1016/S0378-4266(02)00283-2; spectra: Acerbi 2002,
ibid. 1505-1518, doi:10.1016/S0378-4266(02)00281-9).

Standard errors are those of the mean of the influence function over independent units of draws (see `tail`):

    of R           h(x) - mean h,  h(x) = integral up to x of phi(F(y)) dy  (Serfling 1980, Approximation Theorems of
                   Mathematical Statistics, section 8.1);  for expected shortfall h(x) = (x - v)+ / (1 - a)
    of a part      C_i = sum_d g_d X_di:  1{L > v} (X_i - c_i) / (1 - a) - (C_i - c_i),  c_i = E[X_i | L = v]

Parts add up to the whole (Euler): C_i = w_i dES/dw_i (Tasche 1999, Risk contributions and performance measurement).
c_i is the mean over the draws nearest to v in rank, about as many as the square root of all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from supplychain_risk.errors import InputError
from supplychain_risk.kernels import tail
from supplychain_risk.kernels.chain import Floats, Ints
from supplychain_risk.kernels.tail import Design, Estimate

_SLACK = 1e-12
"""Share of the weight by which a sum of weights may miss a level through rounding."""


class Spectrum(NamedTuple):
    """Weight of each quantile of the loss; rising, integral 1.

    Attributes
    ----------
    cumulative : Phi, from 0 at 0 to 1 at 1.
    density : phi, continuous from the right.
    """

    cumulative: Callable[[Floats], Floats]
    density: Callable[[Floats], Floats]


def exponential_spectrum(aversion: float) -> Spectrum:
    """Spectrum phi(u) = k exp(-k (1 - u)) / (1 - exp(-k)) for an aversion k > 0.

    Raises
    ------
    InputError : the aversion is not above 0 and finite.

    >>> exponential_spectrum(10.0).cumulative(np.array([0.0, 0.9, 1.0])).round(4).tolist()
    [0.0, 0.3679, 1.0]
    """
    if not 0.0 < aversion < np.inf:
        raise InputError(f"aversion: found {aversion!r}, expected a number above 0")
    return Spectrum(partial(_exponential_sum, aversion), partial(_exponential, aversion))


def step_spectrum(levels: Sequence[float], heights: Sequence[float]) -> Spectrum:
    """Spectrum that is `heights[k]` from `levels[k]` on, 0 before the first; scaled to integral 1.

    Heights that rise make the measure coherent: the worse a loss, the more it weighs.

    Raises
    ------
    InputError : levels do not rise within [0, 1), heights fall or are not above 0, or there are not as many of both.

    >>> step_spectrum([0.8, 0.9], [1.0, 2.0]).cumulative(np.array([0.8, 0.9, 1.0])).round(4).tolist()
    [0.0, 0.3333, 1.0]
    """
    rising = len(levels) == len(heights) > 0 and heights[0] > 0.0 and bool((np.diff(heights) >= 0.0).all())
    if not (rising and levels[0] >= 0.0 and levels[-1] < 1.0 and bool((np.diff(levels) > 0.0).all())):
        found = f"levels {list(levels)} and heights {list(heights)}"
        raise InputError(
            f"spectrum: found {found}, expected as many of both, levels that rise in [0, 1), rising heights"
        )
    knots = np.array([0.0, *levels, 1.0])
    steps = np.array([0.0, *heights])
    sums = np.concatenate([[0.0], np.cumsum(steps * np.diff(knots))])
    return Spectrum(partial(_steps_sum, knots, sums / sums[-1]), partial(_steps, knots, steps / sums[-1]))


def shortfall_spectrum(level: float) -> Spectrum:
    """Spectrum of expected shortfall: the quantiles above `level`, all alike."""
    return step_spectrum([level], [1.0])


def risk_weights(losses: Floats, spectrum: Spectrum, design: Design | None = None) -> Floats:
    """Part g of each draw in a spectral risk, (D,), sum 1: the risk is g @ losses, an Euler part g @ losses of a part.

    >>> risk_weights(np.array([1.0, 3.0, 2.0, 3.0, 0.0]), shortfall_spectrum(0.5)).round(3).tolist()
    [0.0, 0.4, 0.2, 0.4, 0.0]
    """
    share = _shares(losses, design)
    order = np.argsort(losses, kind="stable")
    ordered, reached = losses[order], np.cumsum(share[order])
    last = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)  # of each run of ties
    upto = np.minimum(reached[last] / reached[-1], 1.0)
    mass = np.diff(spectrum.cumulative(upto), prepend=0.0)
    width = np.diff(reached[last], prepend=0.0)
    height = np.divide(mass, width, out=np.zeros_like(mass), where=width > 0.0)  # 0: a weight lost in rounding
    each = np.repeat(height, np.diff(last, prepend=-1))
    weights = np.empty(len(losses))
    weights[order] = each * share[order]
    return weights


def spectral_risk(losses: Floats, spectrum: Spectrum, design: Design | None = None) -> Estimate:
    """Spectral risk of losses (D,) and its standard error.

    >>> value, error = spectral_risk(np.array([1.0, 3.0, 2.0, 3.0, 0.0]), shortfall_spectrum(0.6))
    >>> float(value.round(9)), round(float(error), 3)
    (3.0, 0.612)
    """
    value = risk_weights(losses, spectrum, design) @ losses
    return Estimate(np.asarray(value), tail.mean(influence(losses, spectrum, design), design).standard_error)


def influence(losses: Floats, spectrum: Spectrum, design: Design | None = None) -> Floats:
    """Influence h of each draw on a spectral risk, (D,), but for a constant: the error of its mean is that of the risk.

    The difference of two influences on the same draws gives the error of the difference of two risks.
    """
    order = np.argsort(losses, kind="stable")
    ordered, reached = losses[order], np.cumsum(_shares(losses, design)[order])
    slope = spectrum.density(np.minimum(reached[:-1] + _SLACK, 1.0))
    found = np.empty(len(losses))
    found[order] = np.concatenate([[0.0], np.cumsum(slope * np.diff(ordered))])
    return found


def value_at_risk(losses: Floats, level: float, design: Design | None = None) -> Estimate:
    """Smallest loss that is not exceeded with probability `level`, and its standard error (order statistics)."""
    return tail.quantile(losses, level, design)


def expected_shortfall(losses: Floats, level: float, design: Design | None = None) -> Estimate:
    """Mean of the largest 1 - level of losses (D,), and its standard error.

    >>> value, _ = expected_shortfall(np.arange(1.0, 11.0), 0.75)
    >>> float(value.round(9))  # (10 + 9 + 8 / 2) / 2.5
    9.2
    """
    return spectral_risk(losses, shortfall_spectrum(level), design)


def components(parts: Floats, losses: Floats, level: float, design: Design | None = None) -> Estimate:
    """Euler parts of expected shortfall and their standard errors.

    Parameters
    ----------
    parts : (D, H) losses of parts; over H they add up to `losses`.
    losses : (D,) losses of the whole.
    level : of the shortfall.
    design : of the draws.

    Returns
    -------
    Estimate of shape (H,), which adds up to the expected shortfall of `losses`.

    Examples
    --------
    >>> parts = np.array([[0.0, 1.0], [2.0, 0.0], [1.0, 2.0], [3.0, 1.0]])
    >>> components(parts, parts.sum(axis=1), 0.5).value.tolist()
    [2.0, 1.5]
    """
    weights, share = risk_weights(losses, shortfall_spectrum(level), design), _shares(losses, design)
    inside = np.flatnonzero(weights)
    value = weights[inside] @ parts[inside]
    at_risk = _at_risk(parts, losses, level, design, share)
    deviations = weights[inside, None] * (parts[inside] - at_risk)
    unit = np.arange(len(losses)) if design is None else design.unit
    return Estimate(value, _error_of_parts(deviations, value - at_risk, share, (unit, unit[inside])))


def _error_of_parts(deviations: Floats, excess: Floats, share: Floats, units: tuple[Ints, Ints]) -> Floats:
    """Root of the sum over units of (sum of deviations - share of the unit x excess)^2, (H,).

    Only draws in the tail have deviations, so the square is multiplied out and the others need no row.
    """
    held, shares = _unit_sums(share, units[0])
    n = len(held)
    if n < 2:
        return np.full(excess.shape, np.nan)
    met, sums = _unit_sums(deviations, units[1])
    crossed = shares[np.searchsorted(held, met)] @ sums
    square = (sums**2).sum(axis=0) - 2.0 * excess * crossed + excess**2 * (shares**2).sum()
    return np.asarray(np.sqrt(np.maximum(square, 0.0) * (n / (n - 1.0))))


def tail_draws(losses: Floats, level: float, design: Design | None = None) -> float:
    """Number of draws of equal weight that an expected shortfall is the mean of.

    >>> round(tail_draws(np.arange(1000.0), 0.95), 6)
    50.0
    """
    return tail.effective_draws(risk_weights(losses, shortfall_spectrum(level), design))


def _at_risk(parts: Floats, losses: Floats, level: float, design: Design | None, share: Floats) -> Floats:
    """Mean of parts (H,) where the whole loses about its value at risk."""
    n = len(losses)
    limit = float(value_at_risk(losses, level, design).value)
    below, upto = int((losses < limit).sum()), int((losses <= limit).sum())
    reach = int(np.ceil(np.sqrt(n) / 2.0))
    low, high = max(0, below - reach), min(n, upto + reach)
    near = np.argpartition(losses, [low, high - 1])[low:high]
    return np.asarray(share[near] @ parts[near] / share[near].sum())


def _shares(losses: Floats, design: Design | None) -> Floats:
    weight = np.ones(len(losses)) if design is None else design.weight / design.weight.max()
    return np.asarray(weight / weight.sum())


def _unit_sums(values: Floats, unit: Ints) -> tuple[Ints, Floats]:
    """Units in rising order, and the sums of their rows."""
    order = np.argsort(unit, kind="stable")
    held, starts = np.unique(unit[order], return_index=True)
    return held, np.asarray(np.add.reduceat(values[order], starts, axis=0))


def _exponential(aversion: float, u: Floats) -> Floats:
    return np.asarray(aversion * np.exp(-aversion * (1.0 - u)) / -np.expm1(-aversion))


def _exponential_sum(aversion: float, u: Floats) -> Floats:
    return np.asarray(np.exp(-aversion * (1.0 - u)) * np.expm1(-aversion * u) / np.expm1(-aversion))


def _steps(knots: Floats, steps: Floats, u: Floats) -> Floats:
    return np.asarray(steps[np.clip(np.searchsorted(knots, u, side="right") - 1, 0, len(steps) - 1)])


def _steps_sum(knots: Floats, sums: Floats, u: Floats) -> Floats:
    return np.asarray(np.interp(u, knots, sums))
