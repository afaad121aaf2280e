"""Sample one hit of a scenario: lengths, severities over sites, and the capacity they take away.

An event is the hit that owns a clock together with the hits that share it. In each draw it has

    lengths         onset, duration and recovery from their distributions, one value per event
    site severity   S_k = F^-1(u_k), with u_k joined over sites k by the part's common factor (one-factor copula)
    intensity       sum over an activity's sites of share_k x S_k, share_k = site share x site dependence
    profile         mean over each step of the event's course, from closed-form integrals (`kernels.clocks`)

Work in process that is scrapped makes downtime dearer than it is long: lines that lose it deliver again only so many
days after the restart (a power cut of minutes cost a month of output at Yokkaichi in 2019).

Hits of one event share u_k: the same shock at the same place. A closed border, deliveries to some customers and demand
are cut by F^-1 of the common factor: one rule, not one shock a site. A copula of the scenario joins the common factors
and lengths of several events (`scenarios.dependence`).

Random numbers are named "event/quantity" and "event/severity/site" (`kernels.draws`), without the part: only one part
happens in a draw, and scenarios with hits of the same name can be compared on common random numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import ceil, inf
from numbers import Real
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from supplychain_risk.errors import InputError
from supplychain_risk.kernels import clocks
from supplychain_risk.kernels.draws import one_factor
from supplychain_risk.network.network import SupplyNetwork
from supplychain_risk.scenarios.design import Sampling
from supplychain_risk.scenarios.distributions import Distribution
from supplychain_risk.scenarios.paths import IN_PROCESS, HitPath
from supplychain_risk.scenarios.spec import Hit, Scenario, Scrap, Stocks
from supplychain_risk.scenarios.targets import Targets, hit_targets

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Bools = NDArray[np.bool_]

DAYS_PER_WEEK: Final = 7.0


@dataclass(frozen=True)
class Grid:
    """The steps of a path: `horizon_days` cut into steps of `step_days`."""

    horizon_days: float
    step_days: float

    def __post_init__(self) -> None:
        """Refuse grids without a step."""
        for name, value in (("step_days", self.step_days), ("horizon_days", self.horizon_days)):
            if isinstance(value, bool) or not (isinstance(value, Real) and 0 < value < inf):
                raise InputError(f"{name}: found {value!r}, expected a number of days above 0")

    @property
    def n_steps(self) -> int:
        """Number of steps; the last one may reach beyond the horizon."""
        return ceil(self.horizon_days / self.step_days)


def is_known(distribution: Distribution) -> bool:
    """Whether only one value can come out, so that no uniforms are needed."""
    low, high = distribution.support
    return low == high


@dataclass(frozen=True, eq=False)
class Draws:
    """A slice of draws, of which those at positions `own` belong to one part of a scenario.

    Attributes
    ----------
    sampling, seed : how uniforms are made.
    first, count : the number of the first draw, and how many.
    own : (m,) positions in the slice.
    used : names of the drivers asked for so far.
    """

    sampling: Sampling
    seed: int
    first: int
    count: int
    own: Indices
    used: set[str] = field(default_factory=set)

    def uniforms(self, name: str) -> Floats:
        """Uniforms of a driver in the own draws, shape (m,)."""
        self.used.add(name)
        return self.sampling.uniforms(self.seed, name, self.first, self.count)[self.own]

    def sample(self, distribution: Distribution, name: str) -> Floats:
        """Values of a driver in the own draws, shape (m,); a known number uses no uniforms."""
        return distribution.quantile(np.zeros(self.own.size) if is_known(distribution) else self.uniforms(name))

    def spread(self, values: Floats) -> Floats:
        """Write values of the own draws (last axis) into an array over all draws, 0 elsewhere."""
        if self.own.size == self.count:
            return values
        wide = np.zeros((*values.shape[:-1], self.count))
        wide[..., self.own] = values
        return wide


@dataclass(frozen=True, eq=False)
class _Lengths:
    """Onset, full phase and recovery in days in the own draws, each (m,)."""

    onset: Floats
    duration: Floats
    recovery: Floats


def sample_hit(
    part: Scenario, name: str, network: SupplyNetwork, draws: Draws, grid: Grid, *, component: int
) -> tuple[list[HitPath], Floats]:
    """Sample one hit in the draws of its part.

    Returns
    -------
    One path; two if part of the activities scrap work in process, because these deliver again only `scrap_days` after
    the restart: their full phase is that much longer. And (m,) day on which the recovery ends.
    """
    hit, driver = part.hits[name], f"{part.name}/{name}"
    event = hit.clock or name
    targets = hit_targets(hit, network, where=driver)
    common = _uniforms(part, event, "severity", draws)
    severity = _site_severity(part, name, targets, draws, common)
    intensity = np.minimum(targets.shares @ severity, 1.0)
    cut = hit.severity.quantile(common) if hit.closes_border or hit.to is not None else None
    lengths = _lengths(part, name, draws)
    stocks = None if hit.stocks is None else _stocks(hit.stocks, draws, name)
    scrapping = _scrapping(hit.scrap, targets, network)
    scrap_days = np.zeros(draws.own.size) if hit.scrap is None else draws.sample(hit.scrap.days, f"{event}/scrap")

    def path(rows: Bools, scrapped: Floats | None) -> HitPath:
        longer = lengths if scrapped is None else replace(lengths, duration=lengths.duration + scrapped)
        limit = cut if scrapped is None or scrapping.all() else None
        return HitPath(
            name=driver if scrapped is None else f"{driver}{IN_PROCESS}",
            component=component,
            activities=targets.activities[rows],
            reach=np.asarray(targets.shares.sum(axis=1), dtype=np.float64)[rows],
            intensity=draws.spread(intensity[rows]),
            profile=draws.spread(_profile(longer, hit, stocks, grid)),
            scrap_days=None if scrapped is None else draws.spread(intensity[rows] * scrapped),
            border_cut=None if limit is None else draws.spread(limit),
            area=targets.area if limit is not None and hit.closes_border else None,
            buyers=targets.buyers,
            sites=targets.sites,
            site_share=sparse.csr_array(targets.shares[rows]),
            site_severity=draws.spread(np.asarray(severity)),
        )

    paths = [path(~scrapping, None)] if not scrapping.all() else []
    if scrapping.any():
        paths.append(path(scrapping, scrap_days))
    end = lengths.onset + lengths.duration + lengths.recovery + (scrap_days if scrapping.any() else 0.0)
    return paths, end


def _uniforms(part: Scenario, name: str, quantity: str, draws: Draws) -> Floats:
    """Uniforms of a quantity of a hit, joined with those of other hits where the scenario says so."""
    if part.dependence is not None:
        joined = part.dependence.join(name, quantity, draws.uniforms)
        if joined is not None:
            return joined
    return draws.uniforms(f"{name}/{quantity}")


def _site_severity(part: Scenario, name: str, targets: Targets, draws: Draws, common: Floats) -> Floats:
    """Share of capacity lost at each site at the peak, shape (K, m)."""
    hit, n_sites = part.hits[name], len(targets.sites)
    event = hit.clock or name
    if hit.to is not None or hit.acts_on != "capacity":
        return np.broadcast_to(hit.severity.quantile(common), (n_sites, common.size))
    rho = part.common_factor.value if part.common_factor is not None else 0.0
    own = np.stack([draws.uniforms(f"{event}/severity/{site}") for site in targets.sites])
    severity = hit.severity.quantile(one_factor(common, own, rho))
    if hit.places == "every":
        return severity
    chosen = np.minimum(draws.uniforms(f"{event}/place") * n_sites, n_sites - 1).astype(np.intp)
    return np.where(np.arange(n_sites)[:, None] == chosen, severity, 0.0)


def _lengths(part: Scenario, name: str, draws: Draws) -> _Lengths:
    """Lengths of a hit: its own where it states them, else those of the hit whose clock it shares."""
    hit = part.hits[name]
    owner = part.hits[hit.clock] if hit.clock else hit

    def days(quantity: str) -> Floats:
        stated, shared = getattr(hit, quantity), getattr(owner, quantity)
        distribution, owner_name = (shared, hit.clock) if stated is None else (stated, name)
        known = is_known(distribution)
        u = np.zeros(draws.own.size) if known else _uniforms(part, owner_name, quantity, draws)
        return np.asarray(distribution.quantile(u), dtype=np.float64)

    return _Lengths(days("onset_days"), days("duration_weeks") * DAYS_PER_WEEK, days("recovery_weeks") * DAYS_PER_WEEK)


def _profile(lengths: _Lengths, hit: Hit, stocks: clocks.Stocks | None, grid: Grid) -> Floats:
    """Share of the peak in force, shape (T, m)."""
    return clocks.step_profile(
        lengths.onset,
        lengths.duration,
        lengths.recovery,
        shape=hit.shape,
        n_steps=grid.n_steps,
        step_days=grid.step_days,
        stocks=stocks,
    )


def _stocks(stocks: Stocks, draws: Draws, name: str) -> clocks.Stocks:
    return clocks.Stocks(
        shares=np.array([stock.share.value for stock in stocks.kinds.values()]),
        days=np.stack([draws.sample(stock.days, f"{name}/stock/{kind}") for kind, stock in stocks.kinds.items()]),
        fade=stocks.fade.value,
    )


def _scrapping(scrap: Scrap | None, targets: Targets, network: SupplyNetwork) -> Bools:
    """Which of the activities lose work in process, shape (N,)."""
    if scrap is None:
        return np.zeros(targets.activities.size, dtype=np.bool_)
    product = np.array(network.products, dtype=object)[network.activity_product[targets.activities]]
    return np.isin(product.astype(str), scrap.product)
