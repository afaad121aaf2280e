"""Static cascade: what a loss of capacity comes to once it has gone all the way round. Plain numpy, the oracle.

N firms sell to each other. A firm's inputs form *groups*: what is inside a group replaces or adds up (the shares lost
sum), groups complement each other (the worst one binds). An essential input class is a group of its own; all
non-essential inputs of a firm are one group between them. Each link carries two shares: `down_share`, the share of the
customer's output lost when the supplier's delivery is gone, criticality included, and `up_share`, the share of the
supplier's sales lost when the customer is gone. With psi the share of capacity lost at the start, d and u the shares
of output lost for want of inputs and of customers, all firms at once and both chains in lockstep::

    sigma_i = min(1, size_i / sum_{l: market of i} size_l (1 - d_l))       (1 for a firm without rivals)
    d_j <- max(psi_j, min(1, max_{g of j} sum_{i in g} down_share_ij sigma_i d_i))
    u_i <- max(psi_u_i, min(1, sum_j up_share_ij u_j))

until the largest rise is at most eps. sigma is how hard a supplier is to replace: his size relative to what is left of
his market. Losses never fall from one step to the next, in floating point too: rounding keeps order, and every sum
is taken in one order.

Source: Diem, Borsos, Reisch, Kertesz, Thurner (2022), Scientific Reports 12:7719, doi:10.1038/s41598-022-11522-z.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from supplychain_risk.kernels.chain import Floats, Ints

Numbers = NDArray[np.int32]
Partners = NDArray[np.uint32]
"""Without sign: compiled code then need not ask whether an index counts from the end, a tenth of the time."""


class Markets(NamedTuple):
    """Rivals who replace each other. N firms, Q markets.

    Attributes
    ----------
    of_firm : (N,) market of each firm, -1 = nobody replaces it.
    start, firm : (Q + 1,), (firms with a market,) members of market q are firm[start[q]] .. firm[start[q + 1]].
    size : (N,) sales by which rivals compare.
    """

    of_firm: Numbers
    start: Numbers
    firm: Numbers
    size: Floats


class Side(NamedTuple):
    """One of the two chains, as links that losses travel: down to customers, or up to suppliers. N firms, E links.

    Attributes
    ----------
    target_start, target : (N + 1,), (E,) firms that depend on firm i are target[target_start[i]] ..
    group_start : (N + 1,) groups of firm j are group_start[j] .. group_start[j + 1]; upstream all customers are one.
    link_start : (G + 1,) links of group g are link_start[g] .. link_start[g + 1].
    source, share : (E,) firm that a loss comes from, and share of this firm's output that hangs on it, sorted by group.
    markets : who makes up for a loss before it travels on; upstream nobody.
    """

    target_start: Numbers
    target: Partners
    group_start: Numbers
    link_start: Numbers
    source: Partners
    share: Floats
    markets: Markets


class Web(NamedTuple):
    """Who depends on whom, both ways, and the weight of each firm in the index (N,)."""

    down: Side
    up: Side
    weight: Floats


class Shocks(NamedTuple):
    """Capacity lost at the start in each of S scenarios; firms that are not named lose nothing.

    Attributes
    ----------
    start : (S + 1,) entries of scenario s are start[s] .. start[s + 1].
    firm : firm of each entry, once a scenario.
    down, up : share of its capacity lost to customers, and to suppliers, 0..1.
    """

    start: Ints
    firm: Ints
    down: Floats
    up: Floats


class Outcome(NamedTuple):
    """What the cascade leaves, one row a scenario (S), one column a firm (N); written in place.

    Attributes
    ----------
    lost : (S, 3) weighted share of output lost: the larger of both chains firm by firm, downstream, upstream.
    iterations : (S,) updates made, the last one (that changed no more than eps) included.
    fall : (S,) largest change of the last update.
    down, up : (S, N) share of output lost, or no rows at all.
    """

    lost: Floats
    iterations: Ints
    fall: Floats
    down: Floats
    up: Floats


class Rule(NamedTuple):
    """When a change counts.

    Attributes
    ----------
    eps : a scenario is at rest once the largest rise of an update is at most this.
    max_iterations : updates after which it is left as it is.
    least : a firm moves only if it loses more than this on top of what it has lost; 0 = always.
    """

    eps: float
    max_iterations: int
    least: float


class Links(NamedTuple):
    """Links in any order: seller, buyer, group of the buyer (any integers, equal = same group), and both shares."""

    supplier: NDArray[Any]
    customer: NDArray[Any]
    group: NDArray[Any]
    down_share: Floats
    up_share: Floats


def make_web(links: Links, market: NDArray[Any], size: Floats, weight: Floats) -> Web:
    """Sort links by firm, group and partner, for either chain.

    Parameters
    ----------
    links : E links between N firms.
    market : (N,) number of each firm's market, -1 = none.
    size, weight : (N,) as in `Markets` and `Web`.

    >>> one = np.array([0]), np.array([1]), np.array([0]), np.ones(1), np.ones(1)
    >>> web = make_web(Links(*one), np.array([-1, -1]), np.ones(2), np.ones(2))
    >>> web.down.group_start.tolist(), web.down.source.tolist(), web.up.source.tolist()
    ([0, 0, 1], [0], [1])
    """
    alone, one = np.full(len(weight), -1), np.zeros(len(links.supplier), dtype=np.int64)
    return Web(
        down=_side((links.supplier, links.customer, links.group), links.down_share, _markets(market, size)),
        up=_side((links.customer, links.supplier, one), links.up_share, _markets(alone, size)),
        weight=weight.astype(np.float64),
    )


def _side(ends: tuple[NDArray[Any], NDArray[Any], NDArray[Any]], share: Floats, markets: Markets) -> Side:
    """`ends`: source, target and group of the target, link by link."""
    source, target, group = ends
    out, order = np.argsort(source, kind="stable"), np.lexsort((source, group, target))
    firm, group = target[order], group[order]
    first = np.ones(len(firm), dtype=np.bool_)
    first[1:] = (firm[1:] != firm[:-1]) | (group[1:] != group[:-1])
    return Side(
        target_start=_starts(source[out], len(markets.of_firm)),
        target=target[out].astype(np.uint32),
        group_start=_starts(firm[first], len(markets.of_firm)),
        link_start=np.append(np.flatnonzero(first), len(firm)).astype(np.int32),
        source=source[order].astype(np.uint32),
        share=share[order].astype(np.float64),
        markets=markets,
    )


def _markets(market: NDArray[Any], size: Floats) -> Markets:
    rivals = np.flatnonzero(market >= 0)
    rivals = rivals[np.argsort(market[rivals], kind="stable")]
    start = _starts(market[rivals], int(market.max(initial=-1)) + 1)
    return Markets(market.astype(np.int32), start, rivals.astype(np.int32), size.astype(np.float64))


def empty_outcome(scenarios: int, firms: int, *, keep: bool) -> Outcome:
    """Room for the outcome; losses of single firms only if they are kept."""
    rows = scenarios if keep else 0
    return Outcome(
        lost=np.zeros((scenarios, 3)),
        iterations=np.zeros(scenarios, dtype=np.int64),
        fall=np.zeros(scenarios),
        down=np.zeros((rows, firms)),
        up=np.zeros((rows, firms)),
    )


def run(web: Web, shocks: Shocks, rule: Rule, outcome: Outcome, *, first: int, last: int) -> None:
    """Work out scenarios first .. last, one by one, looking at every link in every update."""
    for scenario in range(first, last):
        part = slice(shocks.start[scenario], shocks.start[scenario + 1])
        down, up = np.zeros(len(web.weight)), np.zeros(len(web.weight))
        down[shocks.firm[part]], up[shocks.firm[part]] = shocks.down[part], shocks.up[part]
        down, up, iterations, fall = _settle(web, down, up, rule)
        shares = web.weight / web.weight.sum()
        outcome.lost[scenario] = [shares @ loss for loss in (np.maximum(down, up), down, up)]
        outcome.iterations[scenario], outcome.fall[scenario] = iterations, fall
        if len(outcome.down):
            outcome.down[scenario], outcome.up[scenario] = down, up


def _settle(web: Web, down: Floats, up: Floats, rule: Rule) -> tuple[Floats, Floats, int, float]:
    missing, missing_up = missing_deliveries(web.down.markets, down), up
    iterations, fall = 0, np.inf
    while iterations < rule.max_iterations and fall > rule.eps:
        before = down, up
        down = _risen(down, _asked(web.down, missing), rule.least)
        up = _risen(up, _asked(web.up, missing_up), rule.least)
        missing = _risen(missing, missing_deliveries(web.down.markets, down), rule.least)
        missing_up = up
        fall = float(max((down - before[0]).max(), (up - before[1]).max()))
        iterations += 1
    return down, up, iterations, fall


def _asked(side: Side, missing: Floats) -> Floats:
    """At most everything; on the grid of output left, which the published programs keep."""
    return 1 - (1 - np.minimum(1.0, worst_group(side, missing)))


def _risen(before: Floats, after: Floats, least: float) -> Floats:
    return np.where(after > before + least, after, before)


def missing_deliveries(markets: Markets, loss: Floats) -> Floats:
    """(N,) sigma x loss: the share of each firm's deliveries that is gone and that its rivals do not make up."""
    market, size = markets.of_firm[markets.firm], markets.size[markets.firm]
    left = np.zeros(len(markets.start) - 1)
    np.add.at(left, market, size * (1 - loss[markets.firm]))
    sigma = np.ones(len(loss))
    sigma[markets.firm] = np.divide(size, left[market], out=np.ones_like(size), where=size < left[market])
    return sigma * loss


def worst_group(side: Side, missing: Floats) -> Floats:
    """(N,) the largest share of output that any one group takes."""
    group_loss, worst = np.zeros(len(side.link_start) - 1), np.zeros(len(missing))
    np.add.at(
        group_loss, np.repeat(np.arange(len(group_loss)), np.diff(side.link_start)), side.share * missing[side.source]
    )
    np.maximum.at(worst, np.repeat(np.arange(len(worst)), np.diff(side.group_start)), group_loss)
    return worst


def _starts(owner: NDArray[Any], count: int) -> Numbers:
    return np.searchsorted(owner, np.arange(count + 1)).astype(np.int32)
