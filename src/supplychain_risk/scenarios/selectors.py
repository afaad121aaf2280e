"""Selectors: which capacity, which customers; the intersection of conditions, less exceptions."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from supplychain_risk.dataset.facts import Fact, From, Quantity, Record, unreadable


def _names(raw: object) -> object:
    return (raw,) if isinstance(raw, str) else raw


Names = Annotated[tuple[str, ...], BeforeValidator(_names, json_schema_input_type=str | list[str])]


class Near(Record):
    """The surroundings of a site, as the crow flies."""

    provenance: From
    site: str
    km: Annotated[Fact, Quantity("km", 0)]


class Selector(Record):
    """Which capacity or which customers: the intersection of the conditions, each a name or several names.

    A selector with a place (country, region, site, near) means what lies there. Without a place it means the
    activities themselves, wherever they are. With exceptions alone it means all the rest.
    """

    country: Names = Field(default=(), description="two-letter codes")
    region: Names = ()
    site: Names = ()
    near: Near | None = None
    company: Names = ()
    product: Names = ()
    excluding: tuple[Selector, ...] = Field(default=(), alias="except", description="capacity that is left out")

    @property
    def names_a_place(self) -> bool:
        """Whether the selection is by place."""
        return bool(self.country or self.region or self.site or self.near)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.names_a_place or self.company or self.product or self.excluding):
            raise unreadable("a condition: country, region, site, near, company, product or except")
        return self

    def __str__(self) -> str:
        fields = ("country", "region", "site", "company", "product")
        parts = [f"{name} {', '.join(getattr(self, name))}" for name in fields if getattr(self, name)]
        if self.near:
            parts.append(f"within {self.near.km.value:g} km of {self.near.site}")
        text = "; ".join(parts) or "all"
        return f"{text}; except {' and '.join(str(part) for part in self.excluding)}" if self.excluding else text
