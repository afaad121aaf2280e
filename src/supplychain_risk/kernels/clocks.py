"""How much of a shock is in force during each step, by closed-form integrals.

A clock of one draw has an onset o, a full phase of length L and a recovery of length R, all in days. With
tau = time since onset, the share of the peak in force is

    g(tau) = d(tau)                     0 <= tau < L      (1, or the depletion of stocks, see below)
    g(tau) = d(L) h((tau - L) / R)      L <= tau < L + R
    g(tau) = 0                          otherwise

where h falls from 1 to 0: ``step`` stays at 1 until the recovery's end, ``linear`` h = 1 - v, ``s-curve``
h = 1 - 3 v^2 + 2 v^3, ``exponential`` h = (e^-kv - e^-k) / (1 - e^-k) with e^-k = 1/100. The profile of a step is
the mean of g over the step, from the antiderivative of g: an outage of 1.4 days is 0.2 of a 7-day step.

Stocks that run out: fuel f holds S_f days and gives the share w_f. What is missing while supply is cut is

    d(tau) = sum_f w_f clip((tau - (1 - fade) S_f) / (fade S_f), 0, 1)

linear over the last part `fade` of each stock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
RecoveryShape = Literal["step", "linear", "s-curve", "exponential"]

_DECAY: Final = float(np.log(100.0))
_INSTANT: Final = 1e-9


@dataclass(frozen=True)
class Stocks:
    """Stocks that bridge a cut of supply until they are used up.

    Attributes
    ----------
    shares : (F,) share of supply that stops when the stock has ended.
    days : (F, n_draws) days a stock lasts, >= 0.
    fade : last part of each stock over which its supply fades, above 0 and at most 1.
    """

    shares: Floats
    days: Floats
    fade: float


def recovery_integral(v: Floats, shape: RecoveryShape) -> Floats:
    """Integral of the recovery curve h from 0 to v, where v in 0..1 is the part of the recovery that has passed.

    Examples
    --------
    >>> recovery_integral(np.array([1.0]), "linear").tolist()
    [0.5]
    """
    if shape == "step":
        return v
    if shape == "linear":
        return v - v**2 / 2.0
    if shape == "s-curve":
        return v - v**3 + v**4 / 2.0
    floor = np.exp(-_DECAY)
    return np.asarray((-np.expm1(-_DECAY * v) / _DECAY - floor * v) / (1.0 - floor), dtype=np.float64)


def _depleted(tau: Floats, stocks: Stocks) -> Floats:
    """Share of supply missing `tau` days after the cut."""
    # Stock by stock and not as a matrix product, whose last digits may depend on the number of draws.
    total = np.zeros_like(tau)
    for share, days in zip(stocks.shares, stocks.days, strict=True):
        total += share * np.clip(_faded(tau, days, stocks.fade), 0.0, 1.0)
    return total


def _depleted_integral(tau: Floats, stocks: Stocks) -> Floats:
    """Integral of the missing share from the cut to `tau` days after it."""
    total = np.zeros_like(tau)
    for share, days in zip(stocks.shares, stocks.days, strict=True):
        passed = _faded(tau, days, stocks.fade)
        inside = np.clip(passed, 0.0, 1.0)
        total += share * _fading_days(days, stocks.fade) * (inside**2 / 2.0 + np.maximum(passed - 1.0, 0.0))
    return total


def _faded(tau: Floats, days: Floats, fade: float) -> Floats:
    """Time since a stock began to fade over the time it takes to fade; 0 to 1 while it fades."""
    length = _fading_days(days, fade)
    return (tau - (days - length)) / length


def _fading_days(days: Floats, fade: float) -> Floats:
    return np.maximum(fade * days, _INSTANT)


def step_profile(
    onset: Floats,
    duration: Floats,
    recovery: Floats,
    *,
    shape: RecoveryShape,
    n_steps: int,
    step_days: float,
    stocks: Stocks | None = None,
) -> Floats:
    """Mean of the clock's share over every step, shape (n_steps, n_draws), values 0..1.

    Parameters
    ----------
    onset, duration, recovery : (n_draws,) in days, >= 0.
    shape : the recovery curve.
    n_steps, step_days : number of steps, and days in each; step t covers [t, t + 1) * step_days.
    stocks : supply that fades as stocks end; without it the full phase is at 1 from the onset.

    Examples
    --------
    >>> one = lambda days: np.array([days])
    >>> step_profile(one(0.0), one(1.4), one(0.0), shape="linear", n_steps=2, step_days=7.0).round(12).ravel().tolist()
    [0.2, 0.0]
    """
    edges = np.arange(n_steps + 1, dtype=np.float64)[:, None] * step_days
    tau = np.maximum(edges - onset, 0.0)
    full = np.minimum(tau, duration)
    passed = np.clip(tau - duration, 0.0, recovery) / np.where(recovery > 0.0, recovery, 1.0)
    tail = recovery * recovery_integral(passed, shape)
    area = full + tail if stocks is None else _depleted_integral(full, stocks) + _depleted(duration, stocks) * tail
    return np.clip(np.diff(area, axis=0) / step_days, 0.0, 1.0)
