"""Paths of a loss: from where a hit strikes to the company that loses, product by product.

Led backwards, a loss passes from product to product: up to an input that was missing, or down to customers who ordered
less. What passes is known for each pair of products and each draw. A path is a sequence of products and a root; its
part of the loss is the product of the shares that pass on at each of its steps,

    loss that enters q_0 x  prod_k  flow(q_k -> q_k+1) / all that leaves q_k  x  root's part of what leaves q_n.

That is exact where what passes a product does not depend on where it came from, an approximation elsewhere. Paths that
are not listed, and those that pass a product twice, are the remainder, so that everything adds up in every draw.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from heapq import heappop, heappush

import numpy as np
import pandas as pd

from supplychain_risk.kernels.chain import Floats, Ints
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.simulation.trace import Answer

SEARCHED = 20_000
"""Most beginnings of paths that are looked at; what lies behind the others is in the remainder."""

REMAINDER = "all other paths"

ROOT_KEYS = ["acts_on", "product", "country"]


@dataclass(frozen=True)
class Path:
    """Products from the root to the company, and how it passes on: 0 as missing input, 1 as missing orders.

    Attributes
    ----------
    root : position among the roots of `Passage`.
    products : positions in the network's products, the root's first.
    ways : one between each two products.
    """

    root: int
    products: tuple[int, ...]
    ways: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Passage:
    """What passes between products; D draws, F ways, R roots, P products.

    Attributes
    ----------
    enters : (D, P) loss of the company by product.
    flow : (D, F) and `ways` (F, 3): from, to, kind; a loss passes from the product that has it to where it comes from.
    roots : labels `ROOT_KEYS` of R roots; `root_product` (R,) and `ends` (D, R) what ends at them.
    """

    enters: Floats
    flow: Floats
    ways: Ints
    roots: pd.DataFrame
    root_product: Ints
    ends: Floats

    @property
    def leaves(self) -> Floats:
        """(D, P) all that leaves a product."""
        total = np.zeros_like(self.enters)
        for column, product in enumerate(self.ways[:, 0]):
            total[:, product] += self.flow[:, column]
        for column, product in enumerate(self.root_product):
            total[:, product] += self.ends[:, column]
        return total


def find_passage(network: SupplyNetwork, answer: Answer) -> Passage:
    """Add up an answer by product."""
    enters = np.zeros((len(answer.asked), len(network.products)))
    for activity in np.flatnonzero(answer.asked.any(axis=0)):
        enters[:, network.activity_product[activity]] += answer.asked[:, activity]
    groups = answer.roots.groupby(ROOT_KEYS, sort=False)
    roots, number = groups.first().reset_index()[ROOT_KEYS], groups.ngroup().to_numpy()
    ends = np.zeros((len(enters), len(roots)))
    for column, group in enumerate(number):
        ends[:, group] += answer.loss[:, column]
    position = {name: k for k, name in enumerate(network.products)}
    root_product = np.array([position[name] for name in roots["product"]], dtype=np.int64)
    used = np.flatnonzero(answer.flow.any(axis=0))
    return Passage(enters, answer.flow[:, used], answer.ways[used], roots, root_product, ends)


def largest_paths(passage: Passage, weight: Floats, count: int) -> tuple[Path, ...]:
    """The paths with the largest parts of the mean loss, weighted by draws (D,); losses only, no product twice."""
    enters, flow, ends = (
        np.average(part, axis=0, weights=weight)[None] for part in (passage.enters, passage.flow, passage.ends)
    )
    mean = replace(passage, enters=enters, flow=flow, ends=ends)
    leaves = mean.leaves[0]
    onward: dict[int, list[tuple[float, int, int]]] = {}
    for (start, end, kind), amount in zip(mean.ways.tolist(), mean.flow[0], strict=True):
        if amount > 0 and leaves[start] > 0:
            onward.setdefault(start, []).append((min(1.0, amount / leaves[start]), end, kind))
    endings: dict[int, list[tuple[float, int]]] = {}
    for root, product in enumerate(mean.root_product.tolist()):
        if mean.ends[0, root] > 0 and leaves[product] > 0:
            endings.setdefault(product, []).append((min(1.0, mean.ends[0, root] / leaves[product]), root))
    return _best_first(mean.enters[0], onward, endings, count)


def _best_first(
    enters: Floats,
    onward: dict[int, list[tuple[float, int, int]]],
    endings: dict[int, list[tuple[float, int]]],
    count: int,
) -> tuple[Path, ...]:
    heap: list[tuple[float, int, int, tuple[int, ...], tuple[int, ...]]] = []
    found: list[Path] = []
    number = 0
    for product in np.flatnonzero(enters > 0).tolist():
        heappush(heap, (-float(enters[product]), number, -1, (product,), ()))
        number += 1
    while heap and len(found) < count and number < SEARCHED:
        size, _, root, products, ways = heappop(heap)
        if root >= 0:
            found.append(Path(root, products[::-1], ways[::-1]))
            continue
        for share, end in endings.get(products[-1], []):
            heappush(heap, (size * share, number, end, products, ways))
            number += 1
        for share, following, kind in onward.get(products[-1], []):
            if following not in products:
                heappush(heap, (size * share, number, -1, (*products, following), (*ways, kind)))
                number += 1
    return tuple(found)


def path_losses(passage: Passage, paths: tuple[Path, ...]) -> Floats:
    """Part of each path in each draw's loss (D, number of paths)."""
    leaves = passage.leaves
    way = {tuple(ends): column for column, ends in enumerate(passage.ways.tolist())}
    result = np.zeros((len(leaves), len(paths)))
    for column, path in enumerate(paths):
        products, kinds = path.products[::-1], path.ways[::-1]
        part = passage.enters[:, products[0]].copy()
        for start, end, kind in zip(products[:-1], products[1:], kinds, strict=True):
            part *= _share(passage.flow[:, way[start, end, kind]], leaves[:, start])
        result[:, column] = part * _share(passage.ends[:, path.root], leaves[:, products[-1]])
    return result


def _share(part: Floats, whole: Floats) -> Floats:
    """Part / whole within 0..1; 0 where losses and gains that pass cancel out."""
    ratio = np.divide(part, whole, out=np.zeros_like(part), where=whole != 0)
    return np.clip(ratio, 0.0, 1.0)


def path_name(network: SupplyNetwork, answer: Answer, root: pd.Series[str], path: Path, *, company: str = "") -> str:
    """What a path passes, from the root on: "->" as a missing input, "~>" as missing orders.

    `company` is the one that loses at its end; "" for a book, where it is named if more than half of the loss is its.
    """
    names = [_label(network, answer.through, product) for product in path.products]
    end = path.products[-1]
    if company:
        names[-1] = f"{company} {network.products[end]}"
    else:
        names[-1] = _label(network, np.abs(answer.asked).mean(axis=0), end)
    maker = company if company and len(names) == 1 else _main_maker(answer, root)
    names[0] = " ".join(part for part in (maker, str(root["product"])) if part)
    names[0] += f" ({root['country']})" if root["country"] else ""
    names[0] += "" if root["acts_on"] == "capacity" else f" [{str(root['acts_on']).replace('_', ' ')}]"
    arrows = ["~>" if kind else "->" for kind in path.ways]
    return " ".join([names[0], *(f"{arrow} {name}" for arrow, name in zip(arrows, names[1:], strict=True))])


def _main_maker(answer: Answer, root: pd.Series[str]) -> str:
    """The company that carries more than half of a cause, or ""."""
    chosen = np.ones(len(answer.roots), dtype=np.bool_)
    for key in ("acts_on", "product", "country"):
        chosen &= (answer.roots[key] == root[key]).to_numpy()
    amount = np.abs(answer.loss.mean(axis=0))[chosen]
    by_company = pd.Series(amount, index=answer.roots["company"][chosen].to_numpy()).groupby(level=0).sum()
    return _over_half(by_company)


def _label(network: SupplyNetwork, through: Floats, product: int) -> str:
    """A product, with the company through whose hands more than half of the loss passes."""
    makers: Ints = np.flatnonzero(network.activity_product == product)
    amount = pd.Series(np.abs(through[makers]), index=[network.companies[network.activity_company[i]] for i in makers])
    return " ".join(part for part in (_over_half(amount), network.products[product]) if part)


def _over_half(amount: pd.Series[float]) -> str:
    if not len(amount) or amount.sum() <= 0:
        return ""
    main = str(amount.idxmax())
    return main if amount.max() > amount.sum() / 2 and not main.startswith("other") else ""


def same_paths(network: SupplyNetwork, answer: Answer, roots: pd.DataFrame, paths: tuple[Path, ...]) -> Floats:
    """Loss of another answer along the same paths (D, n); a path that carries nothing there has 0.

    Parameters
    ----------
    network, answer : where the other loss comes from.
    roots, paths : of the first `Passage`, which the paths were found in.
    """
    passage = find_passage(network, answer)
    number = {tuple(row): k for k, row in enumerate(passage.roots.itertuples(index=False))}
    ways = {tuple(way) for way in passage.ways.tolist()}
    result = np.zeros((len(answer.total), len(paths)))
    for column, path in enumerate(paths):
        root = number.get(tuple(roots.iloc[path.root]))
        back = path.products[::-1]
        steps = set(zip(back[:-1], back[1:], path.ways[::-1], strict=True))
        if root is not None and steps <= ways:
            result[:, column] = path_losses(passage, (replace(path, root=root),))[:, 0]
    return result
