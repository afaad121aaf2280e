"""Sampled scenarios as arrays: what a run of the inventory dynamics is fed with.

Capacity lost by activity i at step t of draw d is

    loss[d, t, i] = 1 - prod_h (1 - intensity_h[i, d] * profile_h[t, d])

over the hits h that concern i. Hits are kept apart, each with its own few activities: nothing of the size
draws x steps x activities is stored. Draws are the last axis, contiguous.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

IN_PROCESS: Final = "/in process"
"""End of the name of a hit's path for the activities that lose work in process."""


@dataclass(frozen=True, eq=False)
class HitPath:
    """One hit of one part of a scenario, sampled; activities that scrap work in process apart from the others.

    Shapes: N activities concerned, T steps, D draws, G sites.

    Attributes
    ----------
    name : part and hit, such as "taiwan-blockade/trade"; "/in process" is added for activities that scrap.
    component : number of the part it belongs to.
    activities : (N,) rows of the network's activities, rising.
    reach : (N,) share of each activity that is hit, 0..1: the intensity at severity 1.
    intensity : (N, D) share of the activity's capacity (or deliveries to `buyers`, final demand, capital purchases)
        lost at the hit's peak, at most 1; exactly 0 in draws of other parts. Sum over its sites of site share x site
        severity, times the product's site dependence where sites themselves are hit.
    profile : (T, D) share of the peak in force, mean over each step, 0..1; 0 in draws of other parts.
    scrap_days : (N, D) days of the activity's normal output scrapped in process, for what the scrap costs; that this
        output is missing after the restart is in `profile` already. None where nothing is scrapped.
    border_cut : (D,) share of deliveries into the hit area, or to `buyers`, cut at the peak; None if none are cut.
    area : (G,) sites behind the border that the hit closes; None if it closes no border.
    buyers : (A, G) customers' capacity by site to which deliveries are cut; None if it is not deliveries that are hit.
    sites : K ids of the sites through which it acts.
    site_share : (N, K) sparse, share of the activity lost when the site stops.
    site_severity : (K, D) severity at each site; intensity = site_share @ site_severity, at most 1.
    """

    name: str
    component: int
    activities: Indices
    reach: Floats
    intensity: Floats
    profile: Floats
    scrap_days: Floats | None = None
    border_cut: Floats | None = None
    area: NDArray[np.bool_] | None = None
    buyers: NDArray[np.bool_] | None = None
    sites: tuple[str, ...] = ()
    site_share: sparse.csr_array | None = None
    site_severity: Floats | None = None


@dataclass(frozen=True, eq=False)
class CapacityPaths:
    """Draws ``first_draw ... first_draw + D - 1`` of a scenario on one network.

    Attributes
    ----------
    hits : every hit on capacity of every part, see `HitPath`.
    market_factor : (D,) return of the market over the horizon given the event, apart from the network; 0 if the
        scenario states none.
    component : (D,) the part that happens in each draw, an index into `component_names`.
    component_names, weights : the parts and their probabilities given the event, shape (K,).
    end_day : (D,) day on which the last recovery ends.
    weight : (D,) weight of each draw in statistics; 1 unless some outcomes are drawn more often than they happen.
    first_draw, n_steps, step_days : the slice of draws and the grid of steps.
    demand, capex : hits on final demand and on investment, in the same form: factor = 1 - intensity x profile.
    deliveries : hits on deliveries to some customers, in the same form.
    """

    hits: tuple[HitPath, ...]
    market_factor: Floats
    component: Indices
    component_names: tuple[str, ...]
    weights: Floats
    end_day: Floats
    weight: Floats
    first_draw: int
    n_steps: int
    step_days: float
    demand: tuple[HitPath, ...] = ()
    capex: tuple[HitPath, ...] = ()
    deliveries: tuple[HitPath, ...] = ()

    @property
    def n_draws(self) -> int:
        """Number of draws D."""
        return int(self.component.size)

    @property
    def cut(self) -> NDArray[np.bool_]:
        """(D,) true where an outage or its recovery passes the horizon."""
        return self.end_day > self.n_steps * self.step_days

    @property
    def cut_share(self) -> float:
        """Probability that an outage or its recovery passes the horizon."""
        return float(np.average(self.cut, weights=self.weight)) if self.cut.size else 0.0

    @property
    def all_hits(self) -> tuple[HitPath, ...]:
        """Hits of every kind: on capacity, deliveries, final demand, capital purchases."""
        return (*self.hits, *self.deliveries, *self.demand, *self.capex)


def capacity_loss(paths: CapacityPaths, n_activities: int) -> Floats:
    """Write sampled paths out as shares of capacity lost, shape (draws, steps, activities), values 0..1.

    Large: 8 bytes x draws x steps x activities. For users of `propagate`; a simulation works hit by hit.

    Examples
    --------
    >>> hit = HitPath("fire/plant", 0, np.array([1]), np.ones(1), np.array([[0.5]]), np.array([[1.0], [0.2]]))
    >>> one = CapacityPaths((hit,), np.zeros(1), np.zeros(1, dtype=np.intp), ("fire",), np.ones(1),
    ...                     np.zeros(1, dtype=bool), np.ones(1), 0, 2, 7.0)
    >>> capacity_loss(one, 2).round(12).tolist()
    [[[0.0, 0.5], [0.0, 0.1]]]
    """
    kept = np.ones((paths.n_draws, paths.n_steps, n_activities))
    for hit in paths.hits:
        lost = hit.intensity.T[:, None, :] * hit.profile.T[:, :, None]
        kept[:, :, hit.activities] *= 1.0 - lost
    return 1.0 - kept
