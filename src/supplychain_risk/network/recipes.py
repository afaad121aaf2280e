"""Activities and what each of them buys, read from the dataset: who makes what, where, from what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from supplychain_risk.dataset.facts import Fact
from supplychain_risk.dataset.schema import Dataset, Override, Requirement

REMAINDER = "other"
"""Company id of the unknown rest of a product's makers; "other@TW" stands for that of one country."""


@dataclass(frozen=True)
class Maker:
    """One activity as the data describe it.

    Attributes
    ----------
    company, product : ids; `company` is "other" for the remainder.
    share : share of world sales of the product; None for remainders that only the balance needs.
    target : market size x share, USD bn a year; 0 where `share` is None.
    half_width : relative half-width of the target: that of the weaker of market size and share.
    sites : share of capacity by site.
    recipe : where it departs from the product's needs.
    inside : none of it is sold outside the company (revenue share 0).
    """

    company: str
    product: str
    share: Fact | None
    target: float
    half_width: float
    sites: Mapping[str, float]
    recipe: Mapping[str, Override]
    inside: bool = False

    @property
    def id(self) -> str:
        """Activity id, "company:product"."""
        return f"{self.company}:{self.product}"


@dataclass(frozen=True)
class Slot:
    """One input of one activity.

    Attributes
    ----------
    customer : position of the buying activity in `Catalogue.makers`.
    product : id of the input.
    requirement : the recipe's line that all makers share.
    criticality : share of output lost without it, the maker's own value first.
    cost_share : purchases per value of output, the maker's own value first.
    """

    customer: int
    product: str
    requirement: Requirement
    criticality: float
    cost_share: float


@dataclass(frozen=True)
class Catalogue:
    """Activities and slots of a dataset, in the order of its files.

    Attributes
    ----------
    dataset : where it was read from.
    makers : activities, products in file order, inside a product companies in file order, remainder last.
    slots : inputs with purchases above 0, by customer.
    """

    dataset: Dataset
    makers: tuple[Maker, ...]
    slots: tuple[Slot, ...]

    @cached_property
    def makers_of(self) -> dict[str, tuple[int, ...]]:
        """Positions of a product's makers."""
        found: dict[str, list[int]] = {product: [] for product in self.dataset.products}
        for position, maker in enumerate(self.makers):
            found[maker.product].append(position)
        return {product: tuple(positions) for product, positions in found.items()}

    @cached_property
    def country_shares(self) -> tuple[dict[str, float], ...]:
        """Share of each activity's capacity by country."""
        return tuple(self.by_country(maker.sites) for maker in self.makers)

    def by_country(self, sites: Mapping[str, float]) -> dict[str, float]:
        """Add site shares up by country; sites without capacity are left out."""
        shares: dict[str, float] = {}
        for site, share in sites.items():
            if share > 0:
                country = self.dataset.sites[site].country
                shares[country] = shares.get(country, 0.0) + share
        return shares

    def need(self, slot: Slot) -> float:
        """Purchases of a slot if its customer's output is as the market facts say, USD bn a year."""
        return slot.cost_share * self.makers[slot.customer].target


def read_catalogue(dataset: Dataset) -> Catalogue:
    """Lay out activities and their inputs.

    An input that a maker's own recipe sets to cost 0 is absent from that maker: nothing is bought, nothing can be
    missing.
    """
    makers = [maker for product in dataset.products for maker in _makers(dataset, product)]
    slots = [slot for position, maker in enumerate(makers) for slot in _slots(dataset, position, maker)]
    return Catalogue(dataset, tuple(makers), tuple(slots))


def _makers(dataset: Dataset, product: str) -> list[Maker]:
    record = dataset.products[product]
    market = record.market_usd_bn
    widths = dataset.parameters.half_widths
    found = []
    named = [(company, known.makes[product]) for company, known in dataset.companies.items() if product in known.makes]
    for company, make in named:
        found.append(
            Maker(
                company,
                product,
                make.share,
                market.value * make.share.value,
                max(widths[market.confidence], widths[make.share.confidence]),
                make.sites.shares,
                make.recipe,
                inside=make.revenue_share is not None and make.revenue_share.value == 0,
            )
        )
    rest = record.others
    if rest is not None and rest.share.value > 0:
        width = max(widths[market.confidence], widths[rest.share.confidence])
        target = market.value * rest.share.value
        found.append(Maker(REMAINDER, product, rest.share, target, width, rest.sites.shares, rest.recipe))
    return [maker for maker in found if maker.target > 0]


def _slots(dataset: Dataset, position: int, maker: Maker) -> list[Slot]:
    slots = []
    for product, requirement in dataset.products[maker.product].needs.items():
        criticality, cost_share = requirement.criticality.value, requirement.cost_share.value
        own = maker.recipe.get(product)
        if own is not None:
            criticality = criticality if own.criticality is None else own.criticality.value
            cost_share = cost_share if own.cost_share is None else own.cost_share.value
        if cost_share > 0:
            slots.append(Slot(position, product, requirement, criticality, cost_share))
    return slots
