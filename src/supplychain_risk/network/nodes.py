"""What can stop: companies, activities, sites and countries, each as the capacity that is gone when it does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple, get_args

import numpy as np

from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.network.network import Floats
from supplychain_risk.network.pools import NO_COUNTRY, is_remainder

NodeKind = Literal["company", "activity", "site", "country"]
NODE_KINDS = get_args(NodeKind)


class Nodes(NamedTuple):
    """D nodes of one or several kinds.

    Attributes
    ----------
    kind, node, name : D kinds, ids and names for reading.
    loss : (D, A) share of each activity's capacity that stops with the node, 0..1.
    """

    kind: tuple[str, ...]
    node: tuple[str, ...]
    name: tuple[str, ...]
    loss: Floats


def list_nodes(network: SupplyNetwork, kinds: Iterable[str] = NODE_KINDS) -> Nodes:
    """All nodes of some kinds.

    A company or activity stops entirely; a site or country takes the capacity that stands there times the activity's
    `site_dependence`. The unknown remainder of a product ("other") is no node, nor are codes that stand for no single
    country: nobody could be named.

    Raises
    ------
    UnknownNameError : a kind of node that there is not. InputError : no kind at all.
    """
    wanted = tuple(dict.fromkeys(kinds))
    for kind in wanted:
        if kind not in NODE_KINDS:
            raise UnknownNameError("kind of node", kind, NODE_KINDS)
    if not wanted:
        raise InputError(f"kinds: found none, expected some of {', '.join(NODE_KINDS)}")
    parts = [_LISTS[kind](network) for kind in wanted]
    return Nodes(
        tuple(part.kind[k] for part in parts for k in range(len(part.kind))),
        tuple(node for part in parts for node in part.node),
        tuple(name for part in parts for name in part.name),
        np.concatenate([part.loss for part in parts]),
    )


def company_names(network: SupplyNetwork) -> dict[str, str]:
    """Name of each company for reading: as the data have it, else its id."""
    table = network.activity_table
    if "company_name" not in table:
        return {company: company for company in network.companies}
    return dict(zip(table["company"], table["company_name"], strict=True))


def _companies(network: SupplyNetwork) -> Nodes:
    ids = [k for k, company in enumerate(network.companies) if not is_remainder(company)]
    names = company_names(network)
    loss = (network.activity_company == np.array(ids)[:, None]).astype(np.float64)
    companies = tuple(network.companies[k] for k in ids)
    return Nodes(("company",) * len(ids), companies, tuple(names[company] for company in companies), loss)


def _activities(network: SupplyNetwork) -> Nodes:
    named = [k for k, company in enumerate(network.activity_company) if not is_remainder(network.companies[company])]
    names = company_names(network)
    labels = tuple(
        f"{names[network.companies[network.activity_company[k]]]}, {network.products[network.activity_product[k]]}"
        for k in named
    )
    loss = np.eye(len(network.activities))[named]
    return Nodes(("activity",) * len(named), tuple(network.activities[k] for k in named), labels, loss)


def _sites(network: SupplyNetwork) -> Nodes:
    names = network.site_table.get("name", network.sites)
    loss = np.minimum(1.0, (network.site_shares * network.site_dependence[:, None]).toarray().T)
    return Nodes(("site",) * len(network.sites), network.sites, tuple(map(str, names)), loss)


def _countries(network: SupplyNetwork) -> Nodes:
    of_site = network.site_table["country"].to_numpy()
    codes = tuple(dict.fromkeys(code for code in of_site if code not in NO_COUNTRY))
    inside = (of_site[:, None] == np.array(codes, dtype=object)).astype(np.float64)
    loss = np.minimum(1.0, (network.site_shares @ inside) * network.site_dependence[:, None]).T
    return Nodes(("country",) * len(codes), codes, codes, loss)


_LISTS = {"company": _companies, "activity": _activities, "site": _sites, "country": _countries}
