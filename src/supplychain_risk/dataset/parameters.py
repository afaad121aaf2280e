"""Parameters: what the equations need beyond the catalogue, by class of product and for the model as a whole.

A class parameter has a default, values by tier and values by product; the most specific one counts.
"""

from __future__ import annotations

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import ConfigDict, Field, field_validator

from supplychain_risk.dataset.facts import CONFIDENCES, Confidence, Fact, From, Quantity, Record, unreadable
from supplychain_risk.errors import UnknownNameError

Tier = Literal[
    "mineral",
    "material",
    "wafer_input",
    "equipment_subsystem",
    "equipment",
    "design_tool",
    "foundry",
    "packaging",
    "memory",
    "chip",
    "module",
    "system",
    "infrastructure",
    "cloud",
    "ai_lab",
]

Value = TypeVar("Value")


class ConfidenceClass(Record):
    """How wide the range of a fact is that gives none."""

    rank: int = Field(ge=1, description="1 = best")
    relative_half_width: float = Field(ge=0, le=1, allow_inf_nan=False, description="half of the range / value")
    meaning: str


class ConfidenceClasses(Record):
    """The part of parameters.yaml that must be known before any fact can be read."""

    model_config = ConfigDict(extra="ignore")

    confidence_classes: dict[Confidence, ConfidenceClass]

    @field_validator("confidence_classes")
    @classmethod
    def _all_there(cls, classes: dict[Confidence, ConfidenceClass]) -> dict[Confidence, ConfidenceClass]:
        if missing := [name for name in CONFIDENCES if name not in classes]:
            raise unreadable(f"also {', '.join(missing)}")
        return classes

    @property
    def half_widths(self) -> dict[str, float]:
        """Relative half-width by confidence class."""
        return {name: record.relative_half_width for name, record in self.confidence_classes.items()}


class ByClass(Record, Generic[Value]):
    """A parameter by class of product: the product's own value, else its tier's, else the default."""

    provenance: From = None
    default: Value
    tiers: dict[Tier, Value] = Field(default_factory=dict)
    products: dict[str, Value] = Field(default_factory=dict)
    note: str = ""

    def of(self, product: str, tier: str) -> Value:
        """The value that counts for a product."""
        if product in self.products:
            return self.products[product]
        return self.tiers.get(tier, self.default)  # type: ignore[call-overload, no-any-return]


Share = Annotated[Fact, Quantity("share", 0, 1)]
Days = Annotated[Fact, Quantity("days", 0)]


class ProductParameters(Record):
    """What differs between classes of products."""

    psi: ByClass[Annotated[Fact, Quantity("share of the target stock below which production slows", 0, 1)]]
    alpha_max: ByClass[Annotated[Fact, Quantity("highest output / normal output of an intact maker", 1)]]
    deferral: ByClass[Annotated[Fact, Quantity("share of unmet final demand that waits", 0, 1)]]
    site_dependence: ByClass[Annotated[Fact, Quantity("share of output lost when its site stops", 0, 1)]]
    price_max: ByClass[Annotated[Fact, Quantity("highest price / normal price", 1)]]
    reprice_per_quarter: ByClass[Annotated[Fact, Quantity("share of contract volume repriced a quarter", 0, 1)]]
    pass_through: ByClass[Annotated[Fact, Quantity("share of higher input cost charged to customers", 0, 1)]]
    variable_cost_share: ByClass[Annotated[Fact, Quantity("share of cost of sales that stops with output", 0, 1)]]
    gross_margin: ByClass[Annotated[Fact, Quantity("share of revenue, for companies that report none", 0, 1)]]
    beta: ByClass[Annotated[Fact, Quantity("% per % of the market's return, where none is known", -5, 10)]]


class ModelParameters(Record):
    """What holds for the model as a whole; the time constants of the weekly dynamics and of valuation."""

    provenance: From = None
    step_days: Days
    tau_alpha_days: Days
    tau_restore_days: Days
    tau_backlog_days: Days
    tau_capital_days: Days
    capex_accelerator: Annotated[Fact, Quantity("% of capital orders per % of expected demand", 0)]
    demand_smoothing_days: Days
    expected_demand_max: Annotated[Fact, Quantity("expected / normal demand", 1)]
    discount_rate: Annotated[Fact, Quantity("a year", 0, 1)]
    horizon_days: Days
    horizon_after_recovery_days: Days
    horizon_longest_days: Annotated[Fact, Quantity("calendar days", 0)]
    tail_close_days: Days
    market_reprice_days: Days
    shortage_floor: Share
    elasticity_floor: Annotated[Fact, Quantity("% of demand per % of price", 0)]
    permanent_share_loss: Share
    repricing: dict[
        Literal["accident", "demand", "regulatory", "war"],
        Annotated[Fact, Quantity("share of a year's normal contribution lost, as a share of market value", 0)],
    ]
    unknown_holding_beta: Annotated[
        Fact, Quantity("% per % of the market's return, of holdings not in the data", -5, 10)
    ]


class ConcentrationParameters(Record):
    """Levels that guidelines and laws name; an index is shown with its margin to them."""

    provenance: From = None
    hhi_points: Annotated[Fact, Quantity("HHI points, shares in per cent", 0, 10_000)]
    delta_points: Annotated[Fact, Quantity("HHI points that a merger adds", 0, 10_000)]
    firm_share: Share
    country_share: Share
    n_minus_1_cover: Annotated[Fact, Quantity("supply without the largest / need", 0)]
    import_hhi: Share
    outside_import_share: Share
    import_export_ratio: Annotated[Fact, Quantity("imports / exports", 0)]
    supply_risk: Annotated[Fact, Quantity("SR of the EU list of critical raw materials", 0)]
    economic_importance: Annotated[Fact, Quantity("EI of the EU list of critical raw materials", 0)]


class ChokepointParameters(Record):
    """When a node counts as a single point of failure; thresholds, not estimates of the world."""

    provenance: From = None
    essential_criticality: Share
    structural_share: Share
    company_share: Share
    requalify_days: Days
    exposure_index: Annotated[Fact, Quantity("cost of the node / largest cost", 0, 1)]


class Parameters(ConfidenceClasses):
    """parameters.yaml.

    Attributes
    ----------
    confidence_classes : relative half-width of facts without a range, by class.
    products : parameters by class of product, read through `of`.
    model : parameters of the model as a whole.
    concentration : thresholds that concentration is held against.
    chokepoints : thresholds of the definitions of a single point of failure.
    """

    model_config = ConfigDict(extra="forbid")

    products: ProductParameters
    model: ModelParameters
    concentration: ConcentrationParameters
    chokepoints: ChokepointParameters

    def of(self, name: str, product: str, tier: str) -> Fact:
        """Value of a class parameter for a product.

        Parameters
        ----------
        name : a field of `ProductParameters`, for instance ``"psi"``.
        product, tier : id of the product and its tier.

        Raises
        ------
        UnknownNameError
            If no class parameter has that name.
        """
        if name not in ProductParameters.model_fields:
            raise UnknownNameError("class parameter", name, ProductParameters.model_fields)
        values: ByClass[Fact] = getattr(self.products, name)
        return values.of(product, tier)
