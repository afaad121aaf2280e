"""Facts: numbers that know their range, their source and how far to trust it.

A fact is written on one line,

    VALUE [(LOW..HIGH)] [CONFIDENCE [SOURCE] [AS_OF]] [; NOTE]

as in ``0.92 (0.87..0.97) estimate tsmc-20f-2025 2026-Q2; wafers only``. What a line leaves out comes from
elsewhere: the provenance from the record's ``from`` line, the range from the confidence class of the fact
(value x (1 -/+ relative half-width of the class), clipped to what is possible at all for that field), the
source of an assumption or of a memory from the class itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, isfinite
from typing import Annotated, Any, Literal, LiteralString, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

Confidence = Literal["disclosed", "reported", "estimate", "from_memory", "assumption"]
"""How far to trust a number, best first; the classes' half-widths are data (parameters.yaml)."""

CONFIDENCES: tuple[str, ...] = get_args(Confidence)
IMPLIED_SOURCES = {"assumption": "assumption", "from_memory": "memory"}

NUMBER = r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
_SLUG = r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*"
_ORIGIN = (
    rf"(?P<confidence>{'|'.join(CONFIDENCES)})(?:\s+(?P<source>{_SLUG}))?(?:\s+(?P<as_of>[0-9]{{4}}[0-9A-Za-z-]*))?"
)
_ORIGIN_LINE = re.compile(_ORIGIN)
_FACT_LINE = re.compile(
    rf"(?P<value>{NUMBER})(?:\s*\((?P<low>{NUMBER})\.\.(?P<high>{NUMBER})\))?(?:\s+{_ORIGIN})?(?:\s*;\s*(?P<note>\S.*))?"
)
_NUMBER_LINE = re.compile(NUMBER)

FACT_GRAMMAR = "VALUE [(LOW..HIGH)] [CONFIDENCE [SOURCE] [AS_OF]] [; NOTE]"
ORIGIN_GRAMMAR = "CONFIDENCE [SOURCE] [AS_OF]"


def _without_names(pattern: re.Pattern[str]) -> str:
    """A pattern as JSON Schema writes it."""
    return f"^{re.sub(r'[?]P<[a-z_]+>', '', pattern.pattern)}$"


class Record(BaseModel):
    """Base of all records of the data: frozen, and a field nobody knows is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Provenance(Record):
    """Where a number comes from: ``CONFIDENCE [SOURCE] [AS_OF]``."""

    confidence: Confidence
    source: str
    as_of: str = ""


class Fact(Record):
    """A number with its range and its provenance.

    Attributes
    ----------
    value, low, high : best value and the range it lies in with 90 % (5 % to 95 %), in the field's unit.
    confidence, source, as_of : class, id in sources.yaml, and the time the number describes.
    note : what the number covers, where that is not obvious.

    Examples
    --------
    >>> Fact(value=0.2, low=0.0, high=0.5, confidence="assumption", source="assumption").half_width
    0.25
    """

    value: float
    low: float
    high: float
    confidence: Confidence
    source: str
    as_of: str = ""
    note: str = ""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """A line of the grammar, or a mapping of its parts of which only the value is needed."""
        handler(schema)  # registers the definition
        text, number = {"type": "string"}, {"type": "number"}
        parts: dict[str, Any] = dict.fromkeys(cls.model_fields, text)
        parts |= {"value": number, "low": number, "high": number, "confidence": {"enum": list(CONFIDENCES)}}
        mapping = {"type": "object", "properties": parts, "required": ["value"], "additionalProperties": False}
        line = {**text, "pattern": _without_names(_FACT_LINE), "description": FACT_GRAMMAR}
        return {"description": "A number with its range and its provenance.", "anyOf": [line, mapping]}

    @property
    def half_width(self) -> float:
        """Half of the range, in the unit of the value."""
        return (self.high - self.low) / 2

    def __str__(self) -> str:
        origin = " ".join(part for part in (self.confidence, self.source, self.as_of) if part)
        note = f"; {self.note}" if self.note else ""
        return f"{self.value!r} ({self.low!r}..{self.high!r}) {origin}{note}"


class Split(Record):
    """A share vector over names under one provenance; the shares sum to 1."""

    shares: dict[str, float]
    confidence: Confidence
    source: str
    as_of: str = ""
    note: str = ""


def unreadable(expected: str, kind: LiteralString = "unreadable") -> PydanticCustomError:
    """The error of a value that cannot be read; the loader turns it into a `Problem`."""
    return PydanticCustomError(kind, "{expected}", {"expected": expected})


def without_origin() -> PydanticCustomError:
    """The error of a fact for which neither its line nor its record says where it comes from."""
    return unreadable("a confidence and a source, on the line or in the record's `from`", "without_origin")


def read_provenance(raw: object) -> Provenance:
    """Read ``CONFIDENCE [SOURCE] [AS_OF]``.

    >>> read_provenance("assumption 2026")
    Provenance(confidence='assumption', source='assumption', as_of='2026')
    """
    if isinstance(raw, Provenance):
        return raw
    match = _ORIGIN_LINE.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if match is None:
        raise unreadable(f"{ORIGIN_GRAMMAR} with a confidence of {', '.join(CONFIDENCES)}")
    return _origin(match.groupdict())


From = Annotated[
    Provenance | None,
    BeforeValidator(read_provenance),
    WithJsonSchema({"type": "string", "pattern": _without_names(_ORIGIN_LINE)}),
    Field(alias="from", default=None, description=f"provenance of the record's facts: {ORIGIN_GRAMMAR}"),
]
"""The `from` line of a record; declared first, so that the facts after it can inherit it."""


def _origin(parts: Mapping[str, Any]) -> Provenance:
    confidence = parts["confidence"]
    source = parts.get("source") or IMPLIED_SOURCES.get(confidence)
    if source is None:
        raise unreadable(f"the id of a source after '{confidence}'")
    return Provenance.model_construct(confidence=confidence, source=source, as_of=parts.get("as_of") or "")


@dataclass(frozen=True)
class Quantity:
    """What a fact's field measures: its unit and the legal range; reads the one-line grammar.

    Used as ``Annotated[Fact, Quantity("share of world sales", 0, 1)]``. The validation context carries
    `half_widths`, confidence class to relative half-width, for facts that give no range of their own.
    """

    unit: str
    minimum: float | None = None
    maximum: float | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_before_validator_function(self._validate, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        number: dict[str, Any] = {"type": "number"}
        number |= {} if self.minimum is None else {"minimum": self.minimum}
        number |= {} if self.maximum is None else {"maximum": self.maximum}
        return {"unit": self.unit, "anyOf": [number, handler(schema)]}

    def _validate(self, raw: object, info: core_schema.ValidationInfo) -> Fact:
        if isinstance(raw, Fact):
            return raw
        context = info.context or {}
        inherited = info.data.get("provenance") if info.data else None
        return self.read(raw, inherited=inherited, half_widths=context.get("half_widths", {}))

    def read(self, raw: object, *, inherited: Provenance | None, half_widths: Mapping[str, float]) -> Fact:
        """Read a fact from its line (or its mapping form) and complete what the line leaves out."""
        parts = _parts(raw)
        origin = _origin(parts) if parts.get("confidence") else inherited
        if origin is None:
            raise without_origin()
        value = float(parts["value"])
        low, high = self._range(parts, value, half_widths.get(origin.confidence))
        self._check(value, low, high)
        return Fact.model_construct(
            value=value,
            low=low,
            high=high,
            confidence=origin.confidence,
            source=origin.source,
            as_of=origin.as_of,
            note=parts.get("note") or "",
        )

    def of_split(self, split: Split, name: str, half_widths: Mapping[str, float]) -> Fact:
        """One share of a split as a fact of its own, with the range of its confidence class."""
        value = split.shares[name]
        low, high = self._range({}, value, half_widths[split.confidence])
        origin = {key: getattr(split, key) for key in ("confidence", "source", "as_of", "note")}
        return Fact.model_construct(value=value, low=low, high=high, **origin)

    def _range(self, parts: Mapping[str, Any], value: float, relative_half_width: float | None) -> tuple[float, float]:
        if parts.get("low") is not None:
            return float(parts["low"]), float(parts["high"])
        if relative_half_width is None:
            raise unreadable("a range (LOW..HIGH), because the confidence class has no half-width")
        reach = abs(value) * relative_half_width
        low = value - reach if self.minimum is None else max(value - reach, self.minimum)
        high = value + reach if self.maximum is None else min(value + reach, self.maximum)
        return low, high

    def _check(self, value: float, low: float, high: float) -> None:
        floor = -inf if self.minimum is None else self.minimum
        ceiling = inf if self.maximum is None else self.maximum
        if not (floor <= value <= ceiling and isfinite(value)):
            raise unreadable(f"a value {_span(self.minimum, self.maximum)} ({self.unit})")
        if not floor <= low <= high <= ceiling:
            raise unreadable(f"a range {_span(self.minimum, self.maximum)}, low first ({self.unit})")
        if not low <= value <= high:
            raise unreadable("a value inside its own range")


def _span(minimum: float | None, maximum: float | None) -> str:
    if minimum is not None and maximum is not None:
        return f"between {minimum:g} and {maximum:g}"
    return "that is a number" if minimum is None else f"of at least {minimum:g}"


def _parts(raw: object) -> Mapping[str, Any]:
    if isinstance(raw, Mapping):
        return _mapping_parts(raw)
    text = repr(raw) if isinstance(raw, (int, float)) and not isinstance(raw, bool) else raw
    match = _FACT_LINE.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise unreadable(f"a fact, {FACT_GRAMMAR}")
    return match.groupdict()


def _mapping_parts(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    unknown = sorted(set(raw) - set(Fact.model_fields))
    if unknown or "value" not in raw or ("low" in raw) != ("high" in raw):
        raise unreadable(f"a mapping with value, low and high, and {', '.join(list(Fact.model_fields)[3:])}")
    numbers = [str(raw[name]) for name in ("value", "low", "high") if name in raw]
    if not all(_NUMBER_LINE.fullmatch(number) for number in numbers):
        raise unreadable("numbers for value, low and high")
    if "confidence" in raw and raw["confidence"] not in CONFIDENCES:
        raise unreadable(f"a confidence of {', '.join(CONFIDENCES)}")
    return {name: str(value) for name, value in raw.items()}
