r"""Rules of guidelines and laws on concentration, each with the margin to its threshold.

A margin is value - threshold, in the unit of the value, so that a reader sees how near a case is, not only on which
side. Thresholds are arguments: they are facts with a source and stand in the data.

- US merger guidelines: a merger of suppliers a and b adds 2 s_a s_b to the HHI. It is presumed to harm competition if
  the HHI afterwards and the increase are both above their levels, or the joint share and the increase are.
- N-1 cover: what the others supply over what is needed, gross (S - S_1)/D or net of the largest supplier's own need
  (S - S_1)/(D - D_1), because a country that stops exporting still serves itself.
- Import dependence of a trading bloc (core dependency indicators of the European Commission): HHI of its outside
  suppliers; imports from outside over all imports; imports from outside over exports.
- Supply risk of a raw material (European Commission):
  :math:`SR = [H^{GS} \tfrac{IR}{2} + H^{EU} (1 - \tfrac{IR}{2})] (1 - EoL) SI`, with
  :math:`H = \sum_c s_c^2\, g_c\, t_c`, governance g (0..10, high = bad) and trade parameter t of country c,
  import reliance IR = (imports - exports) / (production + imports - exports), EoL the share of use met by recycling
  and SI the substitution index.

References
----------
US Department of Justice and Federal Trade Commission (2023), Merger Guidelines, guideline 1. European Commission
(2021), Strategic dependencies and capacities, SWD(2021) 352. European Commission (2017), Methodology for establishing
the EU list of critical raw materials, doi:10.2873/769526. International Energy Agency (2025), Global Critical Minerals
Outlook.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from supplychain_risk.kernels.shares import POINTS, Floats, hhi

Bools = NDArray[np.bool_]

ROUNDING = 1e-9
"""A value that close to its threshold is at it: shares of .2 and .1 are not above .3."""


class Finding(NamedTuple):
    """A value, whether it is on the wrong side of its threshold, and value - threshold."""

    value: Floats
    fires: Bools
    margin: Floats


class Merger(NamedTuple):
    """What a merger does to a market, in HHI points and shares, and whether it is presumed to do harm."""

    hhi_points: Finding
    delta_points: Finding
    share: Finding
    presumed_by_structure: Bools
    presumed_by_share: Bools


def above(value: Floats, threshold: float) -> Finding:
    """Rule that fires above its threshold.

    >>> value, fires, margin = above(np.array([0.7, 0.6]), 0.65)
    >>> fires.tolist(), margin.round(12).tolist()
    ([True, False], [0.05, -0.05])
    """
    margin = np.asarray(value - threshold)
    return Finding(np.asarray(value), np.asarray(margin > ROUNDING), margin)


def at_least(value: Floats, threshold: float) -> Finding:
    """Rule that fires at its threshold and above."""
    margin = np.asarray(value - threshold)
    return Finding(np.asarray(value), np.asarray(margin >= -ROUNDING), margin)


def below(value: Floats, threshold: float) -> Finding:
    """Rule that fires below its threshold; its margin is negative then."""
    margin = np.asarray(value - threshold)
    return Finding(np.asarray(value), np.asarray(margin < -ROUNDING), margin)


def merger(shares: Floats, pair: tuple[int, int], *, hhi_points: float, delta_points: float, share: float) -> Merger:
    """Guideline 1 for a merger of two suppliers.

    Parameters
    ----------
    shares : (..., n) shares before the merger, summing to 1.
    pair : positions of the two in the last axis.
    hhi_points, delta_points, share : thresholds; each must be exceeded.
    """
    first, second = shares[..., pair[0]], shares[..., pair[1]]
    added = 2 * POINTS * first * second
    level = above(POINTS * hhi(shares) + added, hhi_points)
    change = above(added, delta_points)
    joint = above(first + second, share)
    return Merger(level, change, joint, level.fires & change.fires, joint.fires & change.fires)


def n_minus_1_cover(supply: Floats, need: Floats, largest: Floats, *, own_need: Floats | float = 0.0) -> Floats:
    """Cover of the others' need by the others' supply once the largest supplier is gone; inf if nobody else needs it.

    Parameters
    ----------
    supply, need : all that is supplied and needed, in one unit.
    largest : what the largest supplier supplies.
    own_need : what the largest supplier needs itself: 0 for gross cover.

    Examples
    --------
    >>> round(float(n_minus_1_cover(np.array(100.0), np.array(95.0), np.array(60.0), own_need=30.0)), 4)
    0.6154
    """
    others = np.maximum(need - np.asarray(own_need), 0.0)
    none = others == 0
    return np.where(none, np.inf, (supply - largest) / np.where(none, 1.0, others))


def shortfall(cover: Floats) -> Floats:
    """Part of the need that is not covered, 0..1."""
    return np.maximum(1 - cover, 0.0)


def import_dependence(
    imports: Floats, inside: Floats, exports: Floats, *, thresholds: tuple[float, float, float]
) -> tuple[Finding, Finding, Finding]:
    """The three core dependency indicators of a trading bloc for a product; it depends on others if all three fire.

    Parameters
    ----------
    imports : (..., n) imports from each country outside the bloc, value > 0 in sum.
    inside : (...) imports of the members from one another.
    exports : (...) exports to countries outside; 0 makes the third indicator infinite.
    thresholds : of the HHI of outside suppliers, of outside imports / all imports, of outside imports / exports.
    """
    outside = imports.sum(axis=-1)
    none = exports == 0
    ratio = np.where(none, np.inf, outside / np.where(none, 1.0, exports))
    return (
        above(hhi(imports / outside[..., None]), thresholds[0]),
        above(outside / (outside + inside), thresholds[1]),
        above(ratio, thresholds[2]),
    )


def governed_hhi(shares: Floats, governance: Floats, trade: Floats) -> Floats:
    """HHI of countries, sum s^2 g t, weighted by governance (0..10, high = bad) and by the trade parameter.

    >>> round(float(governed_hhi(np.array([0.7, 0.2, 0.1]), np.array([6, 3, 2.0]), np.array([1.1, 1, 1]))), 12)
    3.374
    """
    total: Floats = (shares**2 * governance * trade).sum(axis=-1)
    return total


def import_reliance(imports: Floats, exports: Floats, production: Floats) -> Floats:
    """Net imports over apparent consumption, production + imports - exports > 0; below 0 for a net exporter."""
    net = imports - exports
    return net / (production + net)


def substitution_index(production: Floats, criticality: Floats, co_production: Floats, share: Floats) -> Floats:
    """SI = sum over substitutes of their share of use x the geometric mean of three scores, each 0..1."""
    index: Floats = (np.cbrt(production * criticality * co_production) * share).sum(axis=-1)
    return index


def supply_risk(world: Floats, sourcing: Floats, reliance: Floats, *, recycled: Floats, substitution: Floats) -> Floats:
    """SR of a raw material from its governed HHI of world supply and of actual sourcing.

    A net exporter's reliance counts as 0.

    >>> one = np.array
    >>> risk = supply_risk(one(3.374), one(2.0), one(0.8), recycled=one(0.1), substitution=one(0.95))
    >>> round(float(risk), 6)
    2.179908
    """
    half = np.clip(reliance, 0.0, 1.0) / 2
    return (world * half + sourcing * (1 - half)) * (1 - recycled) * substitution
