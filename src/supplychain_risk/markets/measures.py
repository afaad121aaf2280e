"""What the losses of a book come to: four measures, each with its standard error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from supplychain_risk.kernels import shortfall, tail
from supplychain_risk.kernels.shortfall import Spectrum
from supplychain_risk.kernels.tail import Design, Estimate
from supplychain_risk.markets.accounts import Floats


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
