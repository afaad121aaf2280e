"""Who buys through which pool, and in which shares before anything is balanced.

Prior shares of a pool: known shares of the customer as given (scaled to 1 if they add up to more), the rest
over the other makers in proportion to their world shares. A product that trades locally is bought country by
country of the customer's sites, there in proportion to world share x share of the maker's capacity in the
country. Suppliers that cannot be are absent: makers that sell to others only, makers in other countries.
Where nobody can supply, a remainder stands in: "other", or "other@COUNTRY".
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field, replace

from supplychain_risk.dataset.facts import Fact
from supplychain_risk.dataset.schema import NO_ALTERNATIVE_DAYS
from supplychain_risk.network.evidence import Evidence
from supplychain_risk.network.recipes import REMAINDER, Catalogue, Maker, Slot


@dataclass(frozen=True)
class Prior:
    """Share of a pool's orders that one supplier gets before balancing.

    Attributes
    ----------
    supplier : position in `Catalogue.makers`.
    share : 0..1; 0 for fallback suppliers.
    fact : what the share rests on (a known share of the customer, or the share of world sales); None for remainders.
    basis : "link", "market share", "captive", "remainder" or "fallback".
    fallback : share it could reach once requalified.
    """

    supplier: int
    share: float
    fact: Fact | None
    basis: str
    fallback: float = 0.0


@dataclass(frozen=True)
class Pool:
    """Slots that place the same order shares.

    Attributes
    ----------
    product, country : what is bought, and where if it trades locally ("" = world market).
    members : slots (positions in `Catalogue.slots`) and the part of their need bought through the pool.
    suppliers : prior shares, which sum to 1, and fallbacks.
    reorder_days, requalify_days : of all members.
    fixed_total : sum of the customer's known shares, above 1 if they contradict each other.
    """

    product: str
    country: str
    members: tuple[tuple[int, float], ...]
    reorder_days: float
    requalify_days: float
    suppliers: tuple[Prior, ...] = ()
    fixed_total: float = 0.0


@dataclass(frozen=True)
class Sourcing:
    """All pools, with the catalogue extended by the remainders they need."""

    catalogue: Catalogue
    evidence: Evidence
    pools: tuple[Pool, ...]


@dataclass
class _Remainders:
    """Remainders created on the way, by (product, country); local to `plan_sourcing`."""

    catalogue: Catalogue
    made: dict[tuple[str, str], dict[str, float]] = field(default_factory=dict)
    order: list[tuple[str, str]] = field(default_factory=list)

    def position(self, pool: Pool) -> int:
        """Position the remainder will have; its sites are those of the customers it serves."""
        key = (pool.product, pool.country)
        if key not in self.made:
            self.made[key] = {}
            self.order.append(key)
        for slot, fraction in pool.members:
            self._add_sites(key, self.catalogue.slots[slot], fraction)
        return len(self.catalogue.makers) + self.order.index(key)

    def _add_sites(self, key: tuple[str, str], slot: Slot, fraction: float) -> None:
        sites, country = self.catalogue.dataset.sites, key[1]
        customer = self.catalogue.makers[slot.customer]
        for site, share in customer.sites.items():
            if share > 0 and country in {"", sites[site].country}:
                weight = share * fraction * self.catalogue.need(slot)
                self.made[key][site] = self.made[key].get(site, 0.0) + weight

    def makers(self) -> Iterator[Maker]:
        """The new activities, in order of creation."""
        for product, country in self.order:
            weights = self.made[product, country]
            total = sum(weights.values())
            sites = {site: weight / total for site, weight in weights.items()}
            name = f"{REMAINDER}@{country}" if country else REMAINDER
            yield Maker(name, product, None, 0.0, 0.0, sites, {})


def plan_sourcing(catalogue: Catalogue, evidence: Evidence) -> Sourcing:
    """Group slots into pools and give every pool its prior shares."""
    remainders = _Remainders(catalogue)
    pools = tuple(_with_suppliers(pool, evidence, remainders) for pool in _grouped(catalogue, evidence))
    extended = replace(catalogue, makers=(*catalogue.makers, *remainders.makers()))
    return Sourcing(extended, evidence, pools)


def _grouped(catalogue: Catalogue, evidence: Evidence) -> list[Pool]:
    groups: dict[Hashable, Pool] = {}
    for position, slot in enumerate(catalogue.slots):
        days = slot.requirement.reorder_days.value, slot.requirement.requalify_days.value
        key = _key(catalogue, evidence, position)
        for country, fraction in _places(catalogue, slot).items():
            member = (position, fraction)
            pool = groups.get((key, country), Pool(slot.product, country, (), *days))
            groups[key, country] = replace(pool, members=(*pool.members, member))
    return list(groups.values())


def _key(catalogue: Catalogue, evidence: Evidence, position: int) -> Hashable:
    """What slots must have in common to share a pool."""
    slot = catalogue.slots[position]
    buyer = catalogue.makers[slot.customer].company
    makers = catalogue.makers_of[slot.product]
    own = buyer != REMAINDER and any(catalogue.makers[j].company == buyer for j in makers)
    single = any(relation.customer_product for relation in evidence.about(slot))
    if own or single or evidence.fixed(slot):
        return position
    need = slot.requirement
    common = slot.product, need.kind, need.reorder_days.value, need.requalify_days.value
    return (*common, buyer) if evidence.is_singled_out(slot) else common


def _places(catalogue: Catalogue, slot: Slot) -> dict[str, float]:
    """Countries in which a slot buys, with the part of its need; "" for the world market."""
    if catalogue.dataset.products[slot.product].trade == "world":
        return {"": 1.0}
    return catalogue.country_shares[slot.customer]


def _with_suppliers(pool: Pool, evidence: Evidence, remainders: _Remainders) -> Pool:
    """Fill in prior shares and fallbacks."""
    fixed = _fixed_here(pool, evidence)
    total = sum(share for share, _ in fixed.values())
    scale = 1 / total if total > 1 else 1.0
    chosen = [Prior(j, share * scale, fact, "link") for j, (share, fact) in fixed.items() if share > 0]
    chosen += _rest(pool, evidence, set(fixed), 1 - total * scale)
    missing = 1 - sum(prior.share for prior in chosen)
    if missing > 1e-9:
        chosen.append(Prior(remainders.position(pool), missing, None, "remainder"))
    scale = 1 / sum(prior.share for prior in chosen)
    chosen = [replace(prior, share=prior.share * scale) for prior in chosen if prior.share > 0]
    used = {prior.supplier for prior in chosen}
    chosen += _fallbacks(pool, evidence, used)
    return replace(pool, suppliers=tuple(chosen), fixed_total=total)


def _buyer(pool: Pool, evidence: Evidence) -> str:
    """Company that buys, "" if several do."""
    catalogue = evidence.catalogue
    companies = {catalogue.makers[catalogue.slots[slot].customer].company for slot, _ in pool.members}
    return companies.pop() if len(companies) == 1 else ""


def _weight(pool: Pool, catalogue: Catalogue, supplier: int) -> float:
    """World share of a maker, times its capacity's share in the pool's country if the product trades locally."""
    maker = catalogue.makers[supplier]
    share = maker.share.value if maker.share is not None else 0.0
    return share * catalogue.country_shares[supplier].get(pool.country, 0.0) if pool.country else share


def _fixed_here(pool: Pool, evidence: Evidence) -> dict[int, tuple[float, Fact]]:
    """Known shares in this pool.

    A known share of a locally traded product covers all of the customer's countries; it is met where both
    sides have sites, in proportion to both, and cannot exceed the need there.
    """
    if len(pool.members) > 1:
        return {}
    catalogue = evidence.catalogue
    position, fraction = pool.members[0]
    slot = catalogue.slots[position]
    fixed = evidence.fixed(slot)
    if not pool.country:
        return {j: (fact.value, fact) for j, fact in fixed.items()}
    shares = {}
    for j, fact in fixed.items():
        there = catalogue.country_shares[j]
        overlap = {
            country: part * there.get(country, 0.0) for country, part in catalogue.country_shares[slot.customer].items()
        }
        met = overlap[pool.country] / sum(overlap.values()) if overlap[pool.country] > 0 else 0.0
        shares[j] = (min(1.0, fact.value * met / fraction), fact)
    return shares


def _rest(pool: Pool, evidence: Evidence, fixed: set[int], rest: float) -> list[Prior]:
    """Split what is not known over the other makers by market share; own captive makers come first."""
    if rest <= 1e-9:
        return []
    catalogue, buyer = evidence.catalogue, _buyer(pool, evidence)
    open_to = [
        j
        for j in catalogue.makers_of[pool.product]
        if j not in fixed and evidence.may_sell(j, buyer) and _weight(pool, catalogue, j) > 0
    ]
    captive = [j for j in open_to if catalogue.makers[j].inside and catalogue.makers[j].company == buyer]
    priors = [Prior(j, rest * _own_cover(pool, catalogue, j), catalogue.makers[j].share, "captive") for j in captive]
    rest -= sum(prior.share for prior in priors)
    weights = {j: _weight(pool, catalogue, j) for j in open_to if j not in captive}
    total = sum(weights.values())
    return priors + [
        Prior(j, rest * weight / total, catalogue.makers[j].share, "market share") for j, weight in weights.items()
    ]


def _own_cover(pool: Pool, catalogue: Catalogue, supplier: int) -> float:
    """Part of a company's own need that its own captive output covers, at most 1."""
    maker = catalogue.makers[supplier]
    own = [
        catalogue.need(slot)
        for slot in catalogue.slots
        if slot.product == pool.product and catalogue.makers[slot.customer].company == maker.company
    ]
    return min(1.0, maker.target / sum(own))


def _fallbacks(pool: Pool, evidence: Evidence, used: set[int]) -> list[Prior]:
    """Makers not in use, in proportion to their weight; none where there is no alternative."""
    if pool.requalify_days >= NO_ALTERNATIVE_DAYS:
        return []
    catalogue, buyer = evidence.catalogue, _buyer(pool, evidence)
    weights = {
        j: _weight(pool, catalogue, j)
        for j in catalogue.makers_of[pool.product]
        if j not in used and evidence.may_sell(j, buyer)
    }
    total = sum(weights.values())
    return [
        Prior(j, 0.0, catalogue.makers[j].share, "fallback", weight / total)
        for j, weight in weights.items()
        if weight > 0
    ]
