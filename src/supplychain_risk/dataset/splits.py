"""Splits: share vectors under one provenance, such as an activity's capacity over its sites.

A split is written on one line, ``tw_tainan 0.85, us_arizona 0.15; assumption 2026``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from supplychain_risk.dataset.facts import NUMBER, Provenance, Split, read_provenance, unreadable, without_origin

_NAME = r"[A-Za-z0-9_]+"
_SPLIT_ITEM = re.compile(rf"(?P<name>{_NAME})\s+(?P<share>{NUMBER})")
SPLIT_GRAMMAR = "NAME SHARE, NAME SHARE, ...; CONFIDENCE [SOURCE] [AS_OF]"


@dataclass(frozen=True)
class Shares:
    """What a split is over; reads the one-line grammar of splits."""

    of: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_before_validator_function(self._validate, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "description": f"{self.of}: {SPLIT_GRAMMAR}", "pattern": rf"^{_NAME}\s+{NUMBER}"}

    def _validate(self, raw: object, info: core_schema.ValidationInfo) -> Split:
        if isinstance(raw, Split):
            return raw
        return read_split(raw, inherited=info.data.get("provenance") if info.data else None)


def read_split(raw: object, *, inherited: Provenance | None = None) -> Split:
    """Read ``NAME SHARE, NAME SHARE; CONFIDENCE [SOURCE] [AS_OF]``; whether it sums to 1 is checked later.

    >>> read_split("tw_tainan 0.85, us_arizona 0.15; assumption 2026").shares
    {'tw_tainan': 0.85, 'us_arizona': 0.15}
    """
    if not isinstance(raw, str):
        raise unreadable(SPLIT_GRAMMAR)
    items, *rest = (part.strip() for part in raw.split(";", 2))
    matches = [_SPLIT_ITEM.fullmatch(item.strip()) for item in items.split(",")]
    origin = read_provenance(rest[0]) if rest else inherited
    if None in matches:
        raise unreadable(SPLIT_GRAMMAR)
    if origin is None:
        raise without_origin()
    pairs = [(match["name"], float(match["share"])) for match in matches if match is not None]
    shares = dict(pairs)
    if len(shares) != len(pairs):
        raise unreadable("each name once")
    if not all(0 <= share <= 1 for share in shares.values()):
        raise unreadable("shares between 0 and 1")
    note = rest[1] if len(rest) > 1 else ""
    return Split.model_construct(
        shares=shares, confidence=origin.confidence, source=origin.source, as_of=origin.as_of, note=note
    )
