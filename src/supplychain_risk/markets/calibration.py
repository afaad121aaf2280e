"""Kappa of the repricing channel from past events: least squares through 0, and how well it foretells.

For a company with a published loss in event k

    m = -( revenue share x hit share x share of the year lost x (1 - made up) + cost )
    share of the year lost = 1/364 integral over 364 days of (1 - output of the hit part / normal)

and r is its return relative to an index over some days. kappa = sum m r / sum m^2 over the companies of a class. Moves
of one announcement share its news, so each announcement is left out in turn: kappa of the others foretells its returns,
and the root of the mean squared error stands beside that of kappa = 0. A fit that does not foretell better than nothing
supports no kappa.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from supplychain_risk.dataset.events import Stake
from supplychain_risk.errors import InputError

Floats = NDArray[np.float64]

YEAR_DAYS = 364.0
"""Four quarters of thirteen weeks."""

FEWEST_ANNOUNCEMENTS = 5
"""Independent announcements below which a fit is not taken for more than a remark."""


@dataclass(frozen=True)
class Fit:
    """Kappa of one class of events over one span of days.

    Attributes
    ----------
    kappa, standard_error : least squares through 0; the error takes companies for independent, so it is a lower bound,
        NaN for a single company.
    n_announcements, n_moves : announcements and companies behind it.
    left_out_low, left_out_high : smallest and largest kappa with one announcement left out; NaN if there is only one.
    left_out_error, zero_error : root mean squared error of returns foretold from the other announcements, and of
        kappa = 0.
    """

    kappa: float
    standard_error: float
    n_announcements: int
    n_moves: int
    left_out_low: float
    left_out_high: float
    left_out_error: float
    zero_error: float

    @property
    def supports(self) -> bool:
        """Whether a kappa may be taken from it: enough news, above 0 by two errors, and better than nothing."""
        enough = self.n_announcements >= FEWEST_ANNOUNCEMENTS
        return enough and self.kappa > 2 * self.standard_error and self.left_out_error < self.zero_error


def share_of_year(stake: Stake) -> float:
    """m: change of the first year's operating income as a share of a normal year's contribution, at most 0.

    Examples
    --------
    >>> from supplychain_risk.dataset.events import load_events
    >>> round(share_of_year(load_events()["thai-floods-2011"].stakes["western_digital"]), 3)
    -0.222
    """
    gap = _days_lost({int(day): level.value for day, level in stake.course.items()}) / YEAR_DAYS
    sales = stake.revenue_share.value * stake.hit_share.value * gap * (1.0 - stake.made_up.value)
    return 0.0 - sales - (stake.cost.value if stake.cost else 0.0)


def fit_kappa(lost: Floats, moved: Floats, announcement: list[str]) -> Fit:
    """Fit moved = kappa x lost.

    Parameters
    ----------
    lost : (n,) m of each company, share of a year's contribution.
    moved : (n,) its abnormal return.
    announcement : n names; companies of one announcement are left out together.

    Raises
    ------
    InputError : lengths differ, or no company lost anything.

    Examples
    --------
    >>> round(fit_kappa(np.array([-0.1, -0.2]), np.array([-0.06, -0.12]), ["a", "b"]).kappa, 9)
    0.6
    """
    names = np.array(announcement, dtype=object)
    if not lost.shape == moved.shape == names.shape:
        raise InputError(f"fit_kappa: found {lost.shape}, {moved.shape} and {names.shape}, expected one of each")
    if not (lost != 0.0).any():
        raise InputError("fit_kappa: found no company that lost anything, expected at least one")
    kappa = _slope(lost, moved)
    spread = float(((moved - kappa * lost) ** 2).sum())
    error = np.sqrt(spread / (len(lost) - 1) / float(lost @ lost)) if len(lost) > 1 else np.nan
    others = {name: _slope(lost[names != name], moved[names != name]) for name in dict.fromkeys(announcement)}
    foretold = np.array([others[name] for name in announcement]) * lost
    single = len(others) == 1
    return Fit(
        kappa=kappa,
        standard_error=float(error),
        n_announcements=len(others),
        n_moves=len(lost),
        left_out_low=np.nan if single else min(others.values()),
        left_out_high=np.nan if single else max(others.values()),
        left_out_error=np.nan if single else float(np.sqrt(np.mean((moved - foretold) ** 2))),
        zero_error=float(np.sqrt(np.mean(moved**2))),
    )


def _slope(lost: Floats, moved: Floats) -> float:
    """Least squares through 0; 0 where nothing was lost."""
    square = float(lost @ lost)
    return float(lost @ moved) / square if square > 0.0 else 0.0


def _days_lost(course: dict[int, float]) -> float:
    """Days of output lost in a year that follows the course: linear between its days, constant after the last."""
    points = [*course.items()]
    points = [(day, level) for day, level in points if day < YEAR_DAYS]
    points.append((int(YEAR_DAYS), float(np.interp(YEAR_DAYS, list(course), list(course.values())))))
    return sum((after - day) * (1.0 - (level + then) / 2.0) for (day, level), (after, then) in pairwise(points))
