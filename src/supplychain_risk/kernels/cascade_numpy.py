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


class Web(NamedTuple):
    """Who sells to whom. N firms, G groups, E links, Q markets.

    Attributes
    ----------
    input_start, group_start : (N + 1,) purchases of firm j are links input_start[j] .. input_start[j + 1], its groups
        group_start[j] .. group_start[j + 1].
    link_start : (G + 1,) links of group g are link_start[g] .. link_start[g + 1].
    supplier, down_share : (E,) seller, and share of the customer's output that hangs on it, links sorted by group.
    customer_start : (N + 1,) sales of firm i are customer_start[i] .. customer_start[i + 1].
    customer, up_share : (E,) buyer, and share of the supplier's sales, links sorted by supplier.
    market : (N,) market of each firm, -1 = it has no rivals to fill in.
    market_start, market_firm : (Q + 1,), (firms with a market,) firms sorted by market.
    size : (N,) sales by which rivals compare.
    weight : (N,) weight of a firm in the index.
    """

    input_start: Numbers
    group_start: Numbers
    link_start: Numbers
    supplier: Numbers
    down_share: Floats
    customer_start: Numbers
    customer: Numbers
    up_share: Floats
    market: Numbers
    market_start: Numbers
    market_firm: Numbers
    size: Floats
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
    index : (S, 3) weighted share of output lost: the larger of both chains firm by firm, downstream, upstream.
    iterations : (S,) updates made, the last one (that changed no more than eps) included.
    fall : (S,) largest change of the last update.
    down, up : (S, N) share of output lost, or no rows at all.
    """

    index: Floats
    iterations: Ints
    fall: Floats
    down: Floats
    up: Floats


class Rule(NamedTuple):
    """When to stop, and when to give up the frontier.

    Attributes
    ----------
    eps : largest change that counts as none.
    max_iterations : updates after which a scenario is left as it is.
    sweep : all firms are looked at as soon as the links of the firms that changed are more than this share of all.
    """

    eps: float
    max_iterations: int
    sweep: float = 1 / 3


class Links(NamedTuple):
    """Links in any order: seller, buyer, group of the buyer (any integers, equal = same group), and both shares."""

    supplier: NDArray[Any]
    customer: NDArray[Any]
    group: NDArray[Any]
    down_share: Floats
    up_share: Floats


def make_web(links: Links, market: NDArray[Any], size: Floats, weight: Floats) -> Web:
    """Sort links by customer and group, and by supplier, keeping their order inside.

    >>> one = np.array([0]), np.array([1]), np.array([0]), np.ones(1), np.ones(1)
    >>> web = make_web(Links(*one), np.array([-1, -1]), np.ones(2), np.ones(2))
    >>> web.group_start.tolist(), web.customer_start.tolist()
    ([0, 0, 1], [0, 1, 1])
    """
    n = len(weight)
    by_group = np.lexsort((links.group, links.customer))
    customer, group = links.customer[by_group], links.group[by_group]
    first = np.ones(len(customer), dtype=np.bool_)
    first[1:] = (customer[1:] != customer[:-1]) | (group[1:] != group[:-1])
    by_supplier = np.argsort(links.supplier, kind="stable")
    rivals = np.flatnonzero(market >= 0)
    rivals = rivals[np.argsort(market[rivals], kind="stable")]
    return Web(
        input_start=_starts(customer, n),
        group_start=_starts(customer[first], n),
        link_start=np.append(np.flatnonzero(first), len(customer)).astype(np.int32),
        supplier=links.supplier[by_group].astype(np.int32),
        down_share=links.down_share[by_group].astype(np.float64),
        customer_start=_starts(links.supplier[by_supplier], n),
        customer=links.customer[by_supplier].astype(np.int32),
        up_share=links.up_share[by_supplier].astype(np.float64),
        market=market.astype(np.int32),
        market_start=_starts(market[rivals], int(market.max(initial=-1)) + 1),
        market_firm=rivals.astype(np.int32),
        size=size.astype(np.float64),
        weight=weight.astype(np.float64),
    )


def empty_outcome(scenarios: int, firms: int, *, keep: bool) -> Outcome:
    """Room for the outcome; losses of single firms only if they are kept."""
    rows = scenarios if keep else 0
    return Outcome(
        index=np.zeros((scenarios, 3)),
        iterations=np.zeros(scenarios, dtype=np.int64),
        fall=np.zeros(scenarios),
        down=np.zeros((rows, firms)),
        up=np.zeros((rows, firms)),
    )


def run(web: Web, shocks: Shocks, rule: Rule, outcome: Outcome, *, first: int, last: int) -> None:
    """Work out scenarios first .. last, one by one, looking at every link in every update."""
    for scenario in range(first, last):
        part = slice(shocks.start[scenario], shocks.start[scenario + 1])
        psi, psi_up = np.zeros(len(web.weight)), np.zeros(len(web.weight))
        psi[shocks.firm[part]], psi_up[shocks.firm[part]] = shocks.down[part], shocks.up[part]
        down, up, iterations, fall = _settle(web, psi, psi_up, rule)
        worse = np.maximum(down, up)
        outcome.index[scenario] = [web.weight @ loss / web.weight.sum() for loss in (worse, down, up)]
        outcome.iterations[scenario], outcome.fall[scenario] = iterations, fall
        if len(outcome.down):
            outcome.down[scenario], outcome.up[scenario] = down, up


def _settle(web: Web, psi: Floats, psi_up: Floats, rule: Rule) -> tuple[Floats, Floats, int, float]:
    down, up, fall = psi, psi_up, np.inf
    iterations = 0
    while iterations < rule.max_iterations and fall > rule.eps:
        new_down = np.maximum(down, np.minimum(1.0, worst_group(web, _missing(web, down))))
        new_up = np.maximum(up, np.minimum(1.0, _lost_sales(web, up)))
        fall = float(max((new_down - down).max(initial=0.0), (new_up - up).max(initial=0.0)))
        down, up = new_down, new_up
        iterations += 1
    return down, up, iterations, fall


def _missing(web: Web, down: Floats) -> Floats:
    """(N,) sigma d: the share of each firm's deliveries that is gone and that its rivals do not make up."""
    rivals = web.market[web.market_firm]
    left = np.zeros(len(web.market_start) - 1)
    np.add.at(left, rivals, web.size[web.market_firm] * (1 - down[web.market_firm]))
    size, room = web.size[web.market_firm], left[rivals]
    sigma = np.ones(len(down))
    sigma[web.market_firm] = np.divide(size, room, out=np.ones_like(size), where=size < room)
    return sigma * down


def worst_group(web: Web, missing: Floats) -> Floats:
    """(N,) the largest share of output that any group of inputs takes."""
    group_loss, worst = np.zeros(len(web.link_start) - 1), np.zeros(len(web.weight))
    group = np.repeat(np.arange(len(group_loss)), np.diff(web.link_start))
    np.add.at(group_loss, group, web.down_share * missing[web.supplier])
    firm = np.repeat(np.arange(len(worst)), np.diff(web.group_start))
    np.maximum.at(worst, firm, group_loss)
    return worst


def _lost_sales(web: Web, up: Floats) -> Floats:
    lost = np.zeros(len(up))
    supplier = np.repeat(np.arange(len(up)), np.diff(web.customer_start))
    np.add.at(lost, supplier, web.up_share * up[web.customer])
    return lost


def _starts(owner: NDArray[Any], count: int) -> Numbers:
    return np.searchsorted(owner, np.arange(count + 1)).astype(np.int32)
