"""How the draws of a run are made: at random, in antithetic pairs or by scrambled Sobol points; tilted or plain.

Every method gives each named driver one uniform per draw, so that a scenario is sampled in the same words by all.
Under `sobol` each driver is a coordinate. Which one is settled before any draw, by names alone: names with fewer parts
first (the part of a mixture and an event's lengths before single sites), because the first coordinates are the most
even, and among these the same quantity of all events together.

Importance sampling draws one end of chosen drivers (`tilts`, see `kernels.tilt`) or chosen parts of a mixture
(`shares`) more often than the scenario has them; the draws' weights make up for it. The weight of a draw is the
product over the tilted drivers of the part that happens in it, times the part's probability / its share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from math import isfinite
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.kernels.draws import antithetic_block, random_block, uniforms
from supplychain_risk.kernels.sobol import REPLICATES, sobol_block
from supplychain_risk.kernels.tail import Design
from supplychain_risk.kernels.tilt import tilt_weight, tilted

Floats = NDArray[np.float64]
Method = Literal["random", "antithetic", "sobol"]


@dataclass(frozen=True)
class Sampling:
    """How draws are made.

    Attributes
    ----------
    method : random; antithetic (pairs of draws u, 1 - u); sobol (sixteen interleaved scrambles).
    tilts : driver, or the last part of drivers' names such as "severity", -> power k > 0 of the tilt: above 1 draws its
        upper end more often, below 1 its lower end.
    shares : part of a mixture -> share of the draws, above 0; the other parts split the rest by their probabilities.
    coordinates : drivers in the order of Sobol coordinates; none = the scenario's own. Two scenarios have common Sobol
        numbers if they are given the same coordinates.

    Examples
    --------
    >>> Sampling("sobol", tilts={"duration_weeks": 4.0}, shares={"taiwan-invasion": 0.5}).power("trade/duration_weeks")
    4.0
    """

    method: Method = "random"
    tilts: Mapping[str, float] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)
    coordinates: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what is no way of sampling."""
        if self.method not in get_args(Method):
            raise UnknownNameError("way of sampling", self.method, get_args(Method), "sampling")
        for driver, power in self.tilts.items():
            if not (isfinite(power) and power > 0.0):
                raise InputError(f"tilts, {driver}: found {power!r}, expected a power above 0")
        if any(not 0.0 < share <= 1.0 for share in self.shares.values()) or sum(self.shares.values()) > 1.0:
            raise InputError(f"shares: found {dict(self.shares)}, expected shares above 0 that sum to at most 1")

    def as_dict(self) -> dict[str, object]:
        """All of it as plain values, as JSON has them."""
        return {
            "method": self.method,
            "tilts": dict(self.tilts),
            "shares": dict(self.shares),
            "coordinates": list(self.coordinates),
        }

    def power(self, driver: str) -> float:
        """Power of a driver's tilt; 1 = none."""
        return self.tilts.get(driver, self.tilts.get(driver.rpartition("/")[2], 1.0))

    def uniforms(self, seed: int, driver: str, first: int, count: int) -> Floats:
        """Uniforms of a driver for draws ``first ... first + count - 1``, tilted if it is, shape (count,)."""
        make_block = {"random": random_block, "antithetic": antithetic_block}.get(self.method) or self._sobol(driver)
        plain, power = uniforms(seed, driver, first, count, make_block), self.power(driver)
        return plain if power == 1.0 else tilted(plain, power)

    def tilted_drivers(self, drivers: Iterable[str]) -> list[str]:
        """Those of the drivers that are tilted, in a fixed order."""
        return sorted(driver for driver in drivers if self.power(driver) != 1.0)

    def driver_weight(self, driver: str, u: Floats) -> Floats:
        """Weight that a driver's tilted uniforms give to draws, shape of `u`."""
        return tilt_weight(u, self.power(driver))

    def part_shares(self, names: tuple[str, ...], weights: Floats) -> Floats:
        """Share of the draws that each part of a scenario gets, shape of `weights`.

        Raises
        ------
        UnknownNameError : a share for a part that is not there.
        InputError : nothing is left for the other parts.
        """
        if not self.shares:
            return weights
        for name in self.shares:
            if name not in names:
                raise UnknownNameError("part", name, names, "shares")
        given = np.array([self.shares.get(name, 0.0) for name in names])
        rest = np.where(given > 0.0, 0.0, weights)
        left = 1.0 - given.sum()
        if (rest.sum() > 0.0) != (left > _ROUNDING):
            raise InputError(f"shares: found a sum of {given.sum():g}; parts without a share need the rest of 1")
        return given + (rest * left / rest.sum() if rest.sum() > 0.0 else 0.0)

    def check_tilts(self, drivers: Iterable[str]) -> None:
        """Refuse tilts of drivers that the scenario does not have.

        Raises
        ------
        UnknownNameError : with the nearest names.
        """
        drivers = set(drivers)
        known = drivers | {driver.rpartition("/")[2] for driver in drivers}
        for name in self.tilts:
            if name not in known:
                raise UnknownNameError("driver", name, sorted(known), "tilts")

    def balances(self, n_draws: int) -> bool:
        """Whether so many draws are whole sets of points; only Sobol points come in sets, of 16 x 2^m."""
        points, rest = divmod(n_draws, REPLICATES)
        return self.method != "sobol" or (rest == 0 and points.bit_count() == 1)

    def design(self, weight: Floats) -> Design:
        """Design of a run's draws 0, 1, 2, ... with their weights, for its statistics."""
        draw = np.arange(len(weight))
        units = {"random": draw, "antithetic": draw // 2, "sobol": draw % REPLICATES}
        return Design(weight, units[self.method])

    def _sobol(self, driver: str) -> Callable[[int, str, int], Floats]:
        if driver not in self.coordinates:
            raise UnknownNameError("driver", driver, self.coordinates, "coordinates")
        place = self.coordinates.index(driver)
        return partial(sobol_block, coordinate=place, n_coordinates=len(self.coordinates))


_ROUNDING = 1e-12


def order_coordinates(drivers: Iterable[str]) -> tuple[str, ...]:
    """Drivers in the order of Sobol coordinates.

    >>> order_coordinates({"trade/severity/hsinchu", "trade/severity", "component"})
    ('component', 'trade/severity', 'trade/severity/hsinchu')
    """
    return tuple(sorted(set(drivers), key=lambda name: (name.count("/"), name.rpartition("/")[2], name)))
