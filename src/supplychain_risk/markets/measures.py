"""What the losses of a book come to: four measures, each with its standard error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from supplychain_risk.kernels import shortfall, tail
from supplychain_risk.kernels.shortfall import Spectrum
from supplychain_risk.kernels.tail import Design, Estimate
from supplychain_risk.markets.accounts import Floats

_COLUMNS = 16
"""Positions taken at a time, so that no further copies of draws x positions are made."""


class Measures(NamedTuple):
    """Losses of a book, each with its standard error."""

    expected_loss: Estimate
    value_at_risk: Estimate
    expected_shortfall: Estimate
    spectral: Estimate


@dataclass(frozen=True, eq=False)
class Side:
    """The losses of a book on one side: by the network alone, or with the market.

    Attributes
    ----------
    with_market : which of the two.
    losses : (D,) loss of the book in every draw, parts of its worth.
    measures : what it comes to.
    tail_draws : draws, as if of equal weight, that the expected shortfall is the mean of.
    """

    with_market: bool
    losses: Floats
    measures: Measures
    tail_draws: float


def measure(losses: Floats, level: float, spectrum: Spectrum, design: Design, *, with_market: bool) -> Side:
    """Measure losses (D,) of draws of a design."""
    measures = Measures(
        tail.mean(losses, design),
        shortfall.value_at_risk(losses, level, design),
        shortfall.expected_shortfall(losses, level, design),
        shortfall.spectral_risk(losses, spectrum, design),
    )
    return Side(with_market, losses, measures, shortfall.tail_draws(losses, level, design))


def means(lost: Floats, design: Design) -> Estimate:
    """Mean of each column, some columns at a time."""
    found = [tail.mean(lost[:, first : first + _COLUMNS], design) for first in range(0, lost.shape[1], _COLUMNS)]
    return Estimate(*(np.concatenate(part) for part in zip(*found, strict=True)))


def effective_number(parts: Floats) -> float:
    """Number of equal parts that are as spread as these, signs left aside; NaN if all are 0.

    >>> effective_number(np.array([0.5, 0.25, -0.25]))
    2.6666666666666665
    """
    square = float(parts @ parts)
    return float(np.abs(parts).sum() ** 2 / square) if square > 0.0 else np.nan
