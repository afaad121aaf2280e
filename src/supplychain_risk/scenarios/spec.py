"""Scenario records: what happens, to whom, when, how long, how often, and who says so.

A scenario is either a set of hits or a mixture of scenarios. A hit takes away a share (severity) of what it acts on,
from its onset for a full phase (duration) and a recovery that follows a shape. It acts on the capacity that it
selects; with `to`, on deliveries of that capacity to some customers only (an export control); or on final demand for
the selected activities' products, or on their purchases of capital goods. Hits that share a clock are one event: same
onset, same length (unless a hit states its own), same common factor and the same severity quantile at the same site.
Unknown fields are errors; every number has a source.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from math import inf
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from supplychain_risk.dataset.facts import Fact, From, Quantity, Record, unreadable, without_origin
from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.kernels.clocks import RecoveryShape
from supplychain_risk.scenarios.dependence import Dependence
from supplychain_risk.scenarios.distributions import Distribution, Varies
from supplychain_risk.scenarios.selectors import Names, Selector

BY_RATES = "rates"
"""Mixture weights that follow the parts' frequencies."""

_SUM_TOLERANCE = 1e-9

Share = Annotated[Fact, Quantity("share", 0, 1)]
Severity = Annotated[Distribution, Varies("share of capacity, deliveries or demand lost at the peak", -inf, 1)]
Days = Annotated[Distribution, Varies("days", 0)]
Weeks = Annotated[Distribution, Varies("weeks", 0)]


class Stock(Record):
    """One of several stocks that bridge a cut, such as the gas in store."""

    provenance: From
    share: Share = Field(description="share of supply that stops when the stock has ended")
    days: Days = Field(description="how long the stock lasts once supply is cut")


class Stocks(Record):
    """The second clock of a cut: capacity falls as stocks end, one after the other."""

    provenance: From
    fade: Share = Field(description="last part of each stock over which its supply fades")
    kinds: dict[str, Stock]

    @model_validator(mode="after")
    def _shares_fit(self) -> Self:
        if not self.kinds or sum(stock.share.value for stock in self.kinds.values()) > 1.0:
            raise unreadable("at least one stock, and shares that sum to at most 1")
        if self.fade.value == 0.0:
            raise unreadable("a fade above 0")
        return self


class Scrap(Record):
    """Work in process that is lost: output missing after the restart, on top of the downtime."""

    provenance: From
    days: Days = Field(description="days of normal output of the capacity hit")
    product: Names = Field(description="products with work in process to lose")


class Hit(Record):
    """One blow of a scenario: whom, how hard, when, how long."""

    provenance: From
    what: str = Field(description="in words: what is hit and how")
    targets: Selector
    to: Selector | None = Field(default=None, description="deliveries to these customers are cut, not capacity")
    acts_on: Literal["capacity", "final_demand", "capital_purchases"] = Field(
        default="capacity", description="what of the targets falls; demand may also rise, by a severity below 0"
    )
    places: Literal["every", "one"] = Field(
        default="every", description="one: in each draw a single selected site is hit, each with the same chance"
    )
    severity: Severity
    clock: str = Field(default="", description="hit of this scenario whose onset and lengths are shared")
    onset_days: Days | None = None
    duration_weeks: Weeks | None = Field(default=None, description="length of the full phase")
    recovery_weeks: Weeks | None = None
    shape: RecoveryShape = Field(default="linear", description="course of the recovery")
    stocks: Stocks | None = None
    scrap: Scrap | None = None
    closes_border: bool = Field(default=False, description="deliveries into the area are cut by the same severity")
    note: str = ""

    @property
    def measure(self) -> str:
        """What the severity is a share of, in words."""
        kind = "deliveries" if self.to is not None else self.acts_on
        return f"share of {kind.replace('_', ' ')} lost"

    @model_validator(mode="after")
    def _complete(self) -> Self:
        lengths = (self.onset_days, self.duration_weeks, self.recovery_weeks)
        if not self.clock and any(length is None for length in lengths):
            raise unreadable("onset_days, duration_weeks and recovery_weeks, or the clock of another hit")
        if (self.closes_border or self.places == "one") and not self.targets.names_a_place:
            raise unreadable("targets with a place, because a border or a single site is meant")
        return self

    @model_validator(mode="after")
    def _acts_on_one_thing(self) -> Self:
        whole = self.acts_on == "capacity" and self.to is None
        if not whole and (self.scrap or self.closes_border or self.places == "one"):
            raise unreadable("scrap, a closed border and a single site only for hits on capacity as such")
        if self.to is not None and self.acts_on != "capacity":
            raise unreadable("either `to` or `acts_on`, not both")
        if self.acts_on == "final_demand" and self.targets.names_a_place:
            raise unreadable("targets without a place, because where final buyers are is not known")
        if self.acts_on == "capacity" and self.severity.support[0] < 0.0:
            raise unreadable("a severity from 0 to 1, because only demand can rise")
        return self


class Frequency(Record):
    """How often the event happens; a layer of its own, results are conditional on the event."""

    provenance: From
    per_year: Annotated[Fact, Quantity("events a year", 0)]
    definition: str = Field(description="what counts as the event")


class Family(Record):
    """Scenarios of which at most one counts in a year: the gravest of those that happen."""

    provenance: From = None
    name: str
    gravity: int = Field(ge=1, description="place in the family, from the mildest = 1; an order, not a size")


class InForce(Record):
    """A state that the baseline has in it already: no event of a coming year, only a change of it would be one."""

    provenance: From = None
    what: str = Field(description="what is in force at the data's date")

    @model_validator(mode="after")
    def _sourced(self) -> Self:
        if self.provenance is None:
            raise without_origin()
        return self


class Market(Record):
    """Return of the whole market given the event, a factor apart from the network."""

    provenance: From
    returns: Annotated[Distribution, Varies("return", -1)] = Field(alias="return")
    horizon: str = Field(description="from when to when")


class Benchmark(Record):
    """What somebody else says, to stand beside the model's result."""

    provenance: From
    what: str
    value: Annotated[Fact, Quantity("as stated in unit")]
    unit: str


class Weights(Record):
    """A named set of mixture weights."""

    provenance: From
    definition: str
    parts: dict[str, Share]


class Mixture(Record):
    """One of several scenarios happens in each draw."""

    parts: tuple[Scenario, ...] = Field(min_length=1, description="scenarios; in a file their names")
    weights: str = Field(default=BY_RATES, description="rates, or the name of an alternative")
    alternatives: dict[str, Weights] = Field(default_factory=dict)

    @property
    def choices(self) -> tuple[str, ...]:
        """Names of the sets of weights; rates only where every part has a frequency."""
        rated = all(part.frequency is not None for part in self.parts)
        return (*([BY_RATES] if rated else []), *self.alternatives)

    @model_validator(mode="after")
    def _weights_exist(self) -> Self:
        names = [part.name for part in self.parts]
        if len(set(names)) != len(names):
            raise unreadable("parts of different names")
        for label, option in self.alternatives.items():
            total = sum(fact.value for fact in option.parts.values())
            if sorted(option.parts) != sorted(names) or abs(total - 1.0) > _SUM_TOLERANCE:
                every = ", ".join(names)
                raise unreadable(f"in {label} one weight for each of {every}, summing to 1, not to {total:g}")
        if self.weights not in self.choices:
            raise unreadable(f"weights among {', '.join(self.choices)} (rates need a frequency for every part)")
        return self


class Scenario(Record):
    """What could happen: the record behind one file of `data/scenarios`."""

    name: str
    title: str
    kind: Literal["accident", "demand", "regulatory", "war"] = Field(alias="class")
    as_of: str
    extends: str = Field(default="", description="scenario that this one is, but for what it states itself")
    trigger: str = Field(description="what must have happened for the scenario to count")
    narrative: str
    not_hit: tuple[str, ...] = Field(min_length=1)
    common_factor: Annotated[Fact, Quantity("correlation of site severities, normal scale", 0, 1)] | None = None
    dependence: Dependence | None = Field(default=None, description="copula that joins draws of several hits")
    hits: dict[str, Hit] = Field(default_factory=dict)
    mixture: Mixture | None = None
    frequency: Frequency | None = None
    regime: str = Field(default="", description="why there is no frequency, such as a question that is no event")
    market: Market | None = None
    benchmarks: tuple[Benchmark, ...] = ()
    assumptions: tuple[str, ...] = ()
    further_sources: tuple[str, ...] = Field(default=(), description="read, but no number taken from them")
    family: Family | None = Field(default=None, description="scenarios that exclude each other within a year")
    in_force: InForce | None = Field(default=None, description="part of the baseline; out of annual risk")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if bool(self.hits) == bool(self.mixture):
            raise unreadable("either hits or a mixture")
        if self.hits and self.common_factor is None:
            raise unreadable("common_factor, the correlation of severities across sites")
        reason = self.regime or self.in_force
        if not self.mixture and (self.regime if self.frequency else not reason):
            raise unreadable("either a frequency or a regime, or a state in force, that says why there is none")
        for hit in self.hits.values():
            if hit.clock and (hit.clock not in self.hits or self.hits[hit.clock].clock):
                raise unreadable(f"a clock among the hits with times of their own, not '{hit.clock}'")
        for name in self.dependence.hits if self.dependence else ():
            if name not in self.hits or self.hits[name].clock:
                raise unreadable(f"in dependence hits of this scenario with times of their own, not '{name}'")
        return self

    @property
    def digest(self) -> str:
        """Hash of all that the record says, hex; equal records have equal digests."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return blake2b(text.encode(), digest_size=16).hexdigest()

    def components(self) -> Iterator[tuple[Scenario, float]]:
        """Each scenario that may happen with its probability given the event; a plain scenario is its own part.

        Weights by rates are lambda_k / sum of lambda over the parts.
        """
        if self.mixture is None:
            yield self, 1.0
            return
        raw = _raw_weights(self.mixture)
        total = sum(raw.values())
        for part in self.mixture.parts:
            for inner, weight in part.components():
                yield inner, weight * raw[part.name] / total

    def weighted(self, weights: str) -> Scenario:
        """Return the same mixture with another of its sets of weights ("rates" or an alternative's name).

        Raises
        ------
        InputError : the scenario is not a mixture.
        UnknownNameError : it has no such set of weights.
        """
        if self.mixture is None:
            raise InputError(f"{self.name} is not a mixture: it has no weights to choose")
        if weights not in self.mixture.choices:
            raise UnknownNameError("set of weights", weights, self.mixture.choices, where=self.name)
        return self.model_copy(update={"mixture": self.mixture.model_copy(update={"weights": weights})})


def _raw_weights(mixture: Mixture) -> Mapping[str, float]:
    if mixture.weights != BY_RATES:
        return {name: fact.value for name, fact in mixture.alternatives[mixture.weights].parts.items()}
    return {part.name: part.frequency.per_year.value for part in mixture.parts if part.frequency is not None}
