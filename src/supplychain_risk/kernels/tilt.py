"""Importance sampling on uniforms: draw the upper end more often, and weight it back.

A driver's uniform u is drawn not from the uniform density 1 but from the mixture

    g(u) = (1 + k u^(k-1)) / 2,        k > 1,

half uniform and half Beta(k, 1), the largest of k uniforms. A power below 1 is the mirror image: k = 1/4 draws the
lower end as often as k = 4 the upper one; k = 1 changes nothing. The weight
of the draw is 1 / g(u). The uniform half bounds it by 2, however large k (a defensive mixture, Hesterberg 1995). A
uniform v of any stream becomes u = G^-1(v), the inverse of G(u) = (u + u^k) / 2, so that antithetic and Sobol draws
can be tilted as well.

References
----------
Hesterberg, T. (1995), Weighted average importance sampling and defensive mixture distributions, Technometrics 37(2),
185-194, doi:10.1080/00401706.1995.10484303.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from supplychain_risk.kernels.draws import LARGEST, Floats

BISECTIONS: Final = 60
"""Halvings of the unit interval: past the last digit of a double."""


def tilted(v: Floats, power: float) -> Floats:
    """Uniforms turned into draws from g, same shape.

    Examples
    --------
    >>> u = tilted(np.array([0.25, 0.5]), 2.0)
    >>> ((u + u**2) / 2).round(12).tolist()
    [0.25, 0.5]
    """
    if power < 1.0:
        return 1.0 - tilted(1.0 - v, 1.0 / power)
    low, high = np.zeros_like(v), np.ones_like(v)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2.0
        below = (middle + middle**power) / 2.0 < v
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.clip((low + high) / 2.0, 1.0 - LARGEST, LARGEST)  # the same distance from both ends


def tilt_weight(u: Floats, power: float) -> Floats:
    """Weight 1 / g(u) of draws from g, same shape, at most 2.

    Examples
    --------
    >>> tilt_weight(np.array([0.5, 1.0]), 3.0).round(4).tolist()
    [1.1429, 0.5]
    """
    if power < 1.0:
        return tilt_weight(1.0 - u, 1.0 / power)
    return 2.0 / (1.0 + power * u ** (power - 1.0))
