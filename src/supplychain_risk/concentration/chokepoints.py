"""Chokepoints: what an end product loses if one company, activity, site or country stops.

Four definitions of a single point of failure stand side by side, because each of them misses what another sees:

structural : without the node for good, makers of at least `structural_share` of the end product cannot work; AND over
    essential inputs, OR over their makers (see `kernels.and_or`).
share : a place with more than `country_share` of the world's output of an essential product upstream, or a
    maker with more than `company_share` of it that nobody replaces within `requalify_days`.
dynamic : the time to survive is shorter than the outage, although all that is left goes to the end product.
economic : its risk exposure index, least loss / largest least loss, reaches `exposure_index`.

The thresholds are parameters of the data: `country_share` of group `concentration`, the others of `chokepoints`.
Dominators and articulation points of the graph of activities are in the table for description only: paths treat all
inputs as substitutes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from supplychain_risk.concentration.alternatives import count_alternatives, main_product
from supplychain_risk.concentration.essential import essential_part, thresholds
from supplychain_risk.concentration.paths import path_marks
from supplychain_risk.dataset.load import load_dataset
from supplychain_risk.errors import InputError
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.network.network import Bools, Floats
from supplychain_risk.network.nodes import NODE_KINDS, Nodes, list_nodes
from supplychain_risk.network.required import require_network
from supplychain_risk.propagation.bounds import exposure_index
from supplychain_risk.propagation.cascade import static_level
from supplychain_risk.propagation.dynamics import DAYS_PER_YEAR, Dynamics
from supplychain_risk.propagation.outages import Course, follow_outages
from supplychain_risk.propagation.survival import survival_bounds
from supplychain_risk.propagation.upstream import end_makers, upstream

END_PRODUCT = "ai_accelerator"
YEAR_DAYS = DAYS_PER_YEAR
DEFINITIONS = ("structural", "share", "dynamic", "economic")


def chokepoints(
    network: SupplyNetwork,
    *,
    outage_days: float = 90,
    end_product: str = END_PRODUCT,
    kinds: Iterable[str] = NODE_KINDS,
    horizon_days: float = YEAR_DAYS,
    dynamics: Dynamics | None = None,
) -> pd.DataFrame:
    """Stop every company, activity, site and country in turn, and measure what the end product loses.

    Parameters
    ----------
    network : balanced baseline.
    outage_days : length of each outage, from day 0, days > 0; capacity is back at once afterwards.
    end_product : the product whose output is measured.
    kinds : of "company", "activity", "site", "country".
    horizon_days : how long losses and what is made up are counted, at least `outage_days`; a year of 52 weeks.
    dynamics : rules of the weekly dynamics; None = those of the network's data.

    Returns
    -------
    DataFrame
        One row per node, largest `lost_days` first. kind, node (id), name; `upstream`: whether it makes the end product
        or anything that goes into it (others matter because those who buy the end product order less).

        Losses of the end product in days of its normal output: `lost_days` up to the horizon in the weekly dynamics
        (stocks, rationing in proportion, substitution, making up), `least_lost_days` if all that is left goes to it
        (linear program, over the outage), `worst_lost_days` as `lost_days` but with makers upstream of it served last,
        `lost_days_without_stocks` = outage x static loss.
        `first_short_day`: output below 99 % in the weekly dynamics; `survive_days`: time to survive of the linear
        program; both inf = not within the horizon. `exposure_index` 0..1.
        `value_at_risk`: final sales of all products missed up to the horizon, at baseline prices, in the network's
        currency; for the default horizon an amount a year.
        `buffer_worth_days`: days saved, in the best case, by one more week of stock of what the node makes;
        `second_source_worth_days`: by others standing ready for 1 % of what stops, for as long as it does.

        `product`, `share` (0..1): the product upstream, through essential inputs, of which the largest part of the
        world's output stops with the node; `alternatives`, `fallbacks`, `requalify_days`: see
        `concentration.alternatives`.
        `structural`, `by_share`, `dynamic`, `economic`: which definition fired; `fired`: the same in words.
        `dominator`, `articulation`: description of companies and activities, missing for places.

    Raises
    ------
    UnknownNameError : no such product or kind of node.
    InputError : days outside their range, no node of these kinds, a network without final demand, an end product that
        needs nothing.

    Notes
    -----
    An outage of a company or activity takes all its capacity; one of a place takes what stands there, times
    `site_dependence`. `least_lost_days` is a lower bound of what is lost during the outage, before anything is made up,
    as long as no fallback slower than the outage delivers before it is qualified (the weekly dynamics phase fallbacks
    in). That the worst allocation costs no less than the proportional one is observed, not proved, because making up
    afterwards depends on who was served: in the packaged network all nodes for AI accelerators, and all but 6 of 822
    for GPU servers (by at most .3 days).

    A new alternative never raises the least loss, the static loss or `structural`. It can raise `lost_days`: orders
    move to it during the outage and only slowly back, so that a small maker without spare capacity may cost more than
    none.

    References
    ----------
    Simchi-Levi et al. (2015), Interfaces 45(5), doi:10.1287/inte.2015.0804.

    Examples
    --------
    >>> import supplychain_risk as scr
    >>> net = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    >>> table = scr.chokepoints(net, outage_days=90, kinds=["company"])
    >>> "tsmc" in set(table.head(3)["node"])
    True
    """
    require_network(network)
    parameters = network.parameters or load_dataset().parameters
    network, kinds = replace(network, parameters=parameters), tuple(kinds)  # read once
    course = Course(outage_days, horizon_days, parameters.model.step_days.value, dynamics or Dynamics.of(network))
    nodes, part, needed = list_nodes(network, kinds), essential_part(network, end_product), _check(network, end_product)
    if not nodes.node:
        raise InputError(f"kinds: found no node of {', '.join(kinds)} in the network, expected at least one")
    main = main_product(network, nodes, part.inside)
    labels = {"kind": nodes.kind, "node": nodes.node, "name": nodes.name, "upstream": (nodes.loss > 0) @ needed}
    products = [network.products[k] if k >= 0 else "" for k in main.product]
    losses = _losses(network, nodes, end_product, course, needed)
    table = pd.DataFrame({**labels, **losses, "product": products, "share": main.share})
    table = table.join(count_alternatives(network, nodes, main))
    limits = {name: fact.value for name, fact in thresholds(network).items()}
    table["structural"] = part.fails(nodes.loss >= limits["structural_share"])
    table["by_share"] = _by_share(table, limits)
    table["dynamic"] = table["survive_days"] < outage_days
    table["economic"] = table["exposure_index"] >= limits["exposure_index"]
    table["fired"] = _in_words(table)
    table = table.join(path_marks(network, nodes, needed, end_makers(network, end_product)))
    return table.sort_values(["lost_days", "value_at_risk"], ascending=False, kind="stable", ignore_index=True)


def _losses(network: SupplyNetwork, nodes: Nodes, end_product: str, course: Course, needed: Bools) -> dict[str, Floats]:
    """Columns of losses and times, in the order of the table."""
    run = follow_outages(network, nodes.loss, end_product, course)
    worst = follow_outages(network, nodes.loss, end_product, course, served_last=needed)
    days = {"outage_days": course.outage_days, "horizon_days": course.horizon_days}
    bounds = survival_bounds(network, nodes.loss, end_product=end_product, **days)
    makers = end_makers(network, end_product)
    left = np.average(static_level(network, nodes.loss)[:, makers], axis=1, weights=network.x0[makers])
    return {
        "lost_days": run.lost_days,
        "least_lost_days": bounds.least_lost_days,
        "worst_lost_days": worst.lost_days,
        "lost_days_without_stocks": (1 - left) * course.outage_days,
        "first_short_day": run.first_short_day(),
        "survive_days": bounds.survive_days,
        "exposure_index": exposure_index(bounds.least_lost_days),
        "value_at_risk": run.lost_sales,
        "buffer_worth_days": bounds.buffer_worth_days,
        "second_source_worth_days": bounds.second_source_worth_days,
    }


def _by_share(table: pd.DataFrame, limits: dict[str, float]) -> Bools:
    place = table["kind"].isin(["site", "country"]).to_numpy()
    share = table["share"].to_numpy()
    slow = table["requalify_days"].to_numpy() > limits["requalify_days"]
    fired: Bools = np.where(place, share > limits["country_share"], (share > limits["company_share"]) & slow)
    return fired


def _in_words(table: pd.DataFrame) -> list[str]:
    columns = table[["structural", "by_share", "dynamic", "economic"]].to_numpy()
    return [", ".join(name for name, fired in zip(DEFINITIONS, row, strict=True) if fired) for row in columns]


def _check(network: SupplyNetwork, end_product: str) -> Bools:
    """(A,) makers of the end product and everybody upstream through any input, with makers in use."""
    if not (network.f0 > 0).any():
        raise InputError("the network has no final demand: nothing leaves it, so that nothing can be lost")
    needed = upstream(network, end_product, network.criticality > 0, network.link_share > 0)
    if needed.sum() == len(end_makers(network, end_product)):
        raise InputError(
            f"end_product: {end_product} needs no input in this network, so that only its makers can fail it"
        )
    return needed
