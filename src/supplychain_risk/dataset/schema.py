"""The records of the data: what is known about products, companies, sites, and from where.

A product is something bought and sold; makers of the same product replace one another, the products a maker
needs do not. A company's activity is one product it makes. Money is USD bn a year, days are calendar days,
shares lie between 0 and 1. Every number is a `Fact`; the unit of each field stands in its `Quantity` and
flows into the JSON Schema that editors use.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema, model_validator

from supplychain_risk.dataset.facts import Confidence, Fact, From, Quantity, Record, Split
from supplychain_risk.dataset.listing import FactRow, count_by_confidence, list_facts
from supplychain_risk.dataset.parameters import Parameters, Tier
from supplychain_risk.dataset.splits import Shares

ProductId = str
CompanyId = str
SiteId = str

NO_ALTERNATIVE_DAYS = 9999
"""Days that stand for "no alternative" in `requalify_days`."""

ShareOfSales = Annotated[Fact, Quantity("share of the world's sales of the product", 0, 1)]
ShareOfRevenue = Annotated[Fact, Quantity("share of the company's revenue", 0, 1)]
UsdBn = Annotated[Fact, Quantity("USD bn", 0)]
Days = Annotated[Fact, Quantity("calendar days", 0, NO_ALTERNATIVE_DAYS)]
Criticality = Annotated[Fact, Quantity("share of output lost when the input is gone", 0, 1)]
CostShare = Annotated[Fact, Quantity("purchases of the input / sales of the product", 0)]
Sites = Annotated[Split, Shares("share of the activity's capacity by site")]


def _with_origin(raw: Any, groups: tuple[str, ...]) -> Any:
    """Give the records in some fields the provenance of the record around them, where they have none of their own."""
    if not isinstance(raw, Mapping) or "from" not in raw:
        return raw
    origin = raw["from"]
    given: dict[str, Any] = {}
    for group in groups:
        rows = raw.get(group)
        if isinstance(rows, list):
            given[group] = [{"from": origin, **row} if isinstance(row, Mapping) else row for row in rows]
        elif isinstance(rows, Mapping):
            given[group] = {
                key: {"from": origin, **row} if isinstance(row, Mapping) else row for key, row in rows.items()
            }
    return {**raw, **given}


class Site(Record):
    """A place with capacity, at city level."""

    name: str = Field(description="name of the place")
    country: str = Field(pattern="^[A-Z]{2}$", description="ISO 3166 two-letter code")
    region: str = Field(description="region, as scenarios name it")
    lat: float = Field(ge=-90, le=90, allow_inf_nan=False, description="latitude, degrees north")
    lon: float = Field(ge=-180, le=180, allow_inf_nan=False, description="longitude, degrees east")
    confidence: Confidence = Field(description="how far to trust the coordinates")


NO_STOCK = Fact(value=0, low=0, high=0, confidence="assumption", source="assumption", note="tools are not stocked")


class Requirement(Record):
    """What making a product needs: one input, how critical, how long stocks last, how fast it can be replaced.

    `buffer_days` may be left out for capital inputs only, since nobody keeps tools in stock.
    """

    provenance: From = None
    kind: Literal["flow", "capital", "service"] = Field(
        description="flow: used up week by week; capital: tools, whose lack wears capacity; service: keeps them going"
    )
    criticality: Criticality
    buffer_days: Annotated[Fact, Quantity("days of normal use in stock at the customer", 0)] = NO_STOCK
    reorder_days: Annotated[Fact, Quantity("days to shift orders among suppliers in use", 0)]
    requalify_days: Annotated[
        Fact, Quantity(f"days to qualify a supplier not in use, {NO_ALTERNATIVE_DAYS} = none", 0, NO_ALTERNATIVE_DAYS)
    ]
    wear_per_year: Annotated[Fact, Quantity("share of capacity lost a year without the input", 0)] | None = None
    cost_share: CostShare
    use_share: Annotated[Fact, Quantity("share of the input's world sales used by this product", 0, 1)]
    note: str = ""


class Override(Record):
    """How one maker's recipe differs from the product's: who really uses which input."""

    provenance: From = None
    criticality: Criticality | None = None
    cost_share: CostShare | None = None
    note: str = ""


class Others(Record):
    """The remainder of a product's makers, 1 minus the named shares, as one explicit supplier."""

    provenance: From = None
    share: ShareOfSales
    sites: Sites
    recipe: dict[ProductId, Override] = Field(default_factory=dict)


class Product(Record):
    """Something bought and sold; its `from` holds for its needs as well."""

    provenance: From = None
    name: str = Field(description="name for readers")
    tier: Tier = Field(description="layer of the chain; the class that parameters.yaml refers to")
    tier_order: int = Field(ge=1, description="position of the tier, 1 = mineral")
    kind: Literal["material", "component", "equipment", "service", "system", "software"]
    pricing: Literal["contract", "market"] = Field(description="how prices are set")
    trade: Literal["world", "local"] = Field(
        default="world", description="local: customers are served from the countries of their own sites"
    )
    market_usd_bn: Annotated[Fact, Quantity("USD bn a year, world sales with captive production", 0)]
    demand_elasticity: Annotated[Fact, Quantity("percent of demand lost per percent of price", 0)]
    others: Others | None = None
    note: str = ""
    needs: dict[ProductId, Requirement] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _hand_down(cls, raw: Any) -> Any:
        return _with_origin(raw, ("needs",))


class SupplyLink(Record):
    """Evidence that a company supplies another; without numbers it says that the relation exists."""

    provenance: From = None
    share_of_customer: Annotated[Fact, Quantity("share of the customer's need of the product", 0, 1)] | None = None
    share_of_supplier: Annotated[Fact, Quantity("share of the supplier's sales of the product", 0, 1)] | None = None
    captive: bool = Field(default=False, description="supplier and customer are the same company")
    note: str = ""


class Make(Record):
    """An activity: one product that a company makes."""

    provenance: From = None
    share: ShareOfSales
    revenue_share: ShareOfRevenue | None = None
    sites: Sites
    recipe: dict[ProductId, Override] = Field(default_factory=dict)
    sells_to: dict[str, SupplyLink] = Field(
        default_factory=dict, description="customer, or customer/product when only for that product of the customer"
    )


class Finance(Record):
    """A company's accounts and shares; what is unknown is left out."""

    provenance: From = None
    market_cap_usd_bn: UsdBn | None = None
    revenue_usd_bn: Annotated[Fact, Quantity("USD bn, latest four quarters", 0)] | None = None
    gross_margin: Annotated[Fact, Quantity("share of revenue", -10, 1)] | None = None
    operating_margin: Annotated[Fact, Quantity("share of revenue", -10, 1)] | None = None
    net_debt_usd_bn: Annotated[Fact, Quantity("USD bn, negative = net cash")] | None = None
    beta: Annotated[Fact, Quantity("% per % of the market's return", -5, 10)] | None = None
    annual_volatility: Annotated[Fact, Quantity("standard deviation of a year's return", 0)] | None = None
    tax_rate: Annotated[Fact, Quantity("share of pre-tax income", 0, 1)] | None = None
    outside_model: Annotated[Fact, Quantity("share of revenue from products not in the data", 0, 1)] | None = None


class Company(Record):
    """A firm, or a group of producers that stands for one."""

    name: str
    ticker: str = Field(default="", description="main listing, Yahoo style")
    other_tickers: str = Field(default="", description="further listings of the same shares, space separated")
    ticker_check: Literal["exchange", "list", "memory"] | None = Field(
        default=None, description="what the ticker was checked against"
    )
    country: str = Field(pattern="^[A-Z]{2}$", description="domicile, ISO 3166 two-letter code")
    listed: Literal["yes", "no", "parent"] = Field(description="parent: the ticker is the parent's")
    group: bool = Field(default=False, description="a group of producers that stands for one company")
    note: str = ""
    finance: Finance = Field(default_factory=Finance)
    customers: dict[str, ShareOfRevenue] = Field(
        default_factory=dict, description="share of the company's revenue by customer; unnamed_1 = largest unnamed"
    )
    customer_groups: dict[str, ShareOfRevenue] = Field(
        default_factory=dict, description="share of the company's revenue by a group of customers, named freely"
    )
    makes: dict[ProductId, Make] = Field(default_factory=dict)


class Source(Record):
    """A document, page or repository that figures come from."""

    title: str
    publisher: str = ""
    published: Annotated[str, WithJsonSchema({"type": ["string", "integer"]})] = Field(
        default="", description="year, month or day of publication"
    )
    url: str = ""
    note: str = ""


class Holding(Record):
    """One line of an index; `company` is empty for securities outside the data."""

    provenance: From = None
    ticker: str
    weight: Annotated[Fact, Quantity("share of the index", 0, 1)]
    company: CompanyId = ""


class Group(Record):
    """A sector or a group of an index; groups overlap with holdings and with each other."""

    provenance: From = None
    label: str
    weight: Annotated[Fact, Quantity("share of the index", 0, 1)]


class Snapshot(Record):
    """Weights of an index on one day; its `from` holds for its rows."""

    provenance: From = None
    note: str = ""
    holdings: tuple[Holding, ...] = ()
    groups: tuple[Group, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _hand_down(cls, raw: Any) -> Any:
        return _with_origin(raw, ("holdings", "groups"))


class IndexWeights(Record):
    """An index: its weights on the days for which they are known."""

    name: str
    snapshots: dict[str, Snapshot] = Field(min_length=1, description="by date, YYYY-MM-DD")
    symbols: str = Field(default="", description="names of the index at data vendors, space separated")
    fund_tickers: str = Field(default="", description="tickers of funds that hold the index, space separated")
    beta_rest: (
        Annotated[Fact, Quantity("% per % of the market's return, of what has no return in the model", -5, 10)] | None
    ) = None
    note: str = ""

    @property
    def as_of(self) -> str:
        """Date of the latest snapshot."""
        return max(self.snapshots)

    @property
    def latest(self) -> Snapshot:
        """The latest snapshot."""
        return self.snapshots[self.as_of]


class SupplierFile(Record):
    """suppliers.yaml."""

    as_of: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$", description="newest day that a figure describes")
    sites: dict[SiteId, Site]
    products: dict[ProductId, Product] = Field(min_length=1)
    companies: dict[CompanyId, Company] = Field(min_length=1)


class SourceFile(Record):
    """sources.yaml."""

    sources: dict[str, Source]


class IndexFile(Record):
    """indices.yaml."""

    indices: dict[str, IndexWeights] = Field(default_factory=dict)


class Dataset(Record):
    """All that is known, read from a folder and checked.

    Attributes
    ----------
    sites, products, companies, sources, indices : records by id, in the order of the files.
    parameters : what the model needs beyond the catalogue, by product class.
    digest : SHA-256 over names and bytes of the files (line ends normalised), 64 hex digits.
    as_of : newest day that a figure describes.
    """

    sites: dict[SiteId, Site]
    products: dict[ProductId, Product]
    companies: dict[CompanyId, Company]
    sources: dict[str, Source]
    parameters: Parameters
    indices: dict[str, IndexWeights]
    digest: str
    as_of: str

    @property
    def short_digest(self) -> str:
        """First 12 hex digits of the digest."""
        return self.digest[:12]

    def facts(self) -> Iterator[FactRow]:
        """Every fact with its file, record, field and unit; site shares one by one."""
        half_widths = self.parameters.half_widths
        suppliers = {"sites": self.sites, "products": self.products, "companies": self.companies}
        yield from list_facts("suppliers.yaml", suppliers, half_widths)
        yield from list_facts("parameters.yaml", self.parameters, half_widths)
        yield from list_facts("indices.yaml", {"indices": self.indices}, half_widths)

    def count_by_confidence(self) -> dict[str, int]:
        """Number of facts in each confidence class, best class first."""
        return count_by_confidence(self.facts())
