"""Distributions as data: one line of YAML with its provenance.

    KIND(PARAMETERS) [CONFIDENCE [SOURCE] [AS_OF]] [; NOTE]

such as ``pert(0.6, 0.9, 1) estimate csis-lights-out-2025 2025`` or
``lognormal(median 20, p90 52) assumption; games last 20 weeks``. A number in the place of KIND(...) is a constant.
Kinds and their parameters, in this order, the names optional:

    pert, triangular (low, mode, high) · uniform (low, high) · lognormal (median, p90) · constant (value)
    normal (mean, sd, low, high), cut to low..high · beta (a, b, low, high) · gamma (mean, sd)
    discrete (VALUE PROBABILITY, VALUE PROBABILITY, ...), values rising
    empirical (VALUE, VALUE, ...) or empirical (FILE.csv [COLUMN]), a file beside the scenario

Each is applied to uniforms through its quantile function (`kernels.draws`), so that copulas and low-discrepancy
sequences work for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from types import MappingProxyType
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from supplychain_risk.dataset.facts import CONFIDENCES, Confidence, Provenance, Record, read_provenance, unreadable
from supplychain_risk.kernels.draws import quantile

Floats = NDArray[np.float64]
Kind = Literal[
    "beta", "constant", "discrete", "empirical", "gamma", "lognormal", "normal", "pert", "triangular", "uniform"
]
Sampler = Callable[[str, str], tuple[float, ...]]
"""Reads the values of a column ("" = the only one) of a CSV file that lies beside the scenario."""

DISTRIBUTION_GRAMMAR: Final = "KIND(PARAMETERS) or NUMBER [CONFIDENCE [SOURCE] [AS_OF]] [; NOTE]"

PARAMETER_NAMES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "beta": ("a", "b", "low", "high"),
        "constant": ("value",),
        "gamma": ("mean", "sd"),
        "lognormal": ("median", "p90"),
        "normal": ("mean", "sd", "low", "high"),
        "pert": ("low", "mode", "high"),
        "triangular": ("low", "mode", "high"),
        "uniform": ("low", "high"),
    }
)

_NUMBER = r"-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?"
_LINE = re.compile(
    rf"(?:(?P<kind>[a-z]+)\s*\((?P<inside>[^()]*)\)|(?P<value>{_NUMBER}))\s*(?P<origin>[^;(]*)(?:;\s*(?P<note>\S.*))?"
)
_ITEM = re.compile(rf"(?:(?P<name>[a-z][a-z0-9]*|{_NUMBER})\s+)?(?P<number>{_NUMBER})")
_FILE = re.compile(r"(?P<file>[A-Za-z0-9][\w.-]*\.csv)(?:\s+(?P<column>\S.*))?")
_SUM_TOLERANCE = 1e-9


class Distribution(Record):
    """How a quantity of a scenario varies from draw to draw, and why we think so.

    Attributes
    ----------
    kind, parameters : the distribution; lognormal by median and 90 % quantile, empirical by its rising values.
    sample : file and column that the values of an empirical distribution were read from, "" if none.
    confidence, source, as_of, note : provenance, as of a fact.
    """

    kind: Kind
    parameters: tuple[float, ...]
    sample: str = ""
    confidence: Confidence
    source: str
    as_of: str = ""
    note: str = ""

    def quantile(self, u: Floats) -> Floats:
        """Value at each probability of `u`, same shape.

        Examples
        --------
        >>> line = read_distribution("lognormal(median 20, p90 52) assumption")
        >>> line.quantile(np.array([0.5])).tolist()
        [20.0]
        """
        return quantile(self.kind, self.parameters, u)

    @property
    def support(self) -> tuple[float, float]:
        """Smallest and largest value that can come out."""
        if self.kind in ("lognormal", "gamma"):
            return 0.0, float("inf")
        bounds = {"discrete": self.parameters[::2], "beta": self.parameters[2:], "normal": self.parameters[2:]}
        values = bounds.get(self.kind, self.parameters)
        return min(values), max(values)

    def __str__(self) -> str:
        numbers = [f"{number:g}" for number in self.parameters]
        if self.kind == "constant":
            return numbers[0]
        if self.kind == "discrete":
            return f"discrete({', '.join(' '.join(pair) for pair in zip(numbers[::2], numbers[1::2], strict=True))})"
        if self.kind == "empirical":
            return f"empirical({self.sample or ', '.join(numbers)})"
        named = zip(PARAMETER_NAMES[self.kind], numbers, strict=True)
        return f"{self.kind}({', '.join(f'{name} {number}' for name, number in named)})"


def read_distribution(
    raw: object, *, inherited: Provenance | None = None, sampler: Sampler | None = None
) -> Distribution:
    """Read a distribution from its line; a mapping with the same fields is accepted too.

    Parameters
    ----------
    raw : text, number, mapping or `Distribution`.
    inherited : provenance of the record, for lines that state none.
    sampler : reads the samples of empirical distributions; None where no folder is known.

    Raises
    ------
    PydanticCustomError : the text cannot be read, or the parameters make no distribution.

    Examples
    --------
    >>> read_distribution("pert(0.6, 0.9, 1) estimate csis-lights-out-2025 2025").parameters
    (0.6, 0.9, 1.0)
    """
    if isinstance(raw, Distribution):
        return raw
    if isinstance(raw, Mapping):
        distribution = Distribution.model_validate(raw)
    else:
        distribution = _from_line(str(raw) if isinstance(raw, (int, float)) else raw, inherited, sampler)
    _check(distribution)
    return distribution


def _from_line(raw: object, inherited: Provenance | None, sampler: Sampler | None) -> Distribution:
    match = _LINE.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if match is None:
        raise unreadable(DISTRIBUTION_GRAMMAR)
    origin = _origin(match["origin"].strip(), inherited)
    kind = match["kind"] or "constant"
    named = _FILE.fullmatch(match["inside"].strip()) if kind == "empirical" else None
    if named is not None:
        parameters = _read_sample(named["file"], named["column"] or "", sampler)
    else:
        parameters = (float(match["value"]),) if match["value"] else _parameters(kind, match["inside"])
    parts = {"kind": kind, "parameters": parameters, **dict(origin), "note": match["note"] or ""}
    return Distribution.model_construct(sample=named[0] if named else "", **parts)


def _read_sample(file: str, column: str, sampler: Sampler | None) -> tuple[float, ...]:
    if sampler is None:
        raise unreadable("numbers, because a CSV file is only read beside a scenario file")
    return sampler(file, column)


def _origin(text: str, inherited: Provenance | None) -> Provenance:
    if text:
        return read_provenance(text)
    if inherited is None:
        raise unreadable(f"a confidence ({', '.join(CONFIDENCES)}) and a source, on the line or in the record's `from`")
    return inherited


def _parameters(kind: str, inside: str) -> tuple[float, ...]:
    items = [_ITEM.fullmatch(item.strip()) for item in inside.split(",")]
    if kind == "discrete":
        pairs = [(item["name"], item["number"]) for item in items if item is not None and item["name"]]
        if len(pairs) != len(items) or not all(re.fullmatch(_NUMBER, value) for value, _ in pairs):
            raise unreadable("discrete(VALUE PROBABILITY, VALUE PROBABILITY, ...)")
        return tuple(float(number) for pair in pairs for number in pair)
    if kind == "empirical":
        if not all(re.fullmatch(_NUMBER, item.strip()) for item in inside.split(",")):
            raise unreadable(f"{kind}(VALUE, VALUE, ...) or {kind}(FILE.csv [COLUMN]), the file beside the scenario")
        return tuple(sorted(float(item) for item in inside.split(",")))
    names = PARAMETER_NAMES.get(kind)
    if names is None:
        raise unreadable(f"a distribution: {', '.join((*PARAMETER_NAMES, 'discrete', 'empirical'))}")
    found = [item for item in items if item is not None]
    numbers, given = [float(item["number"]) for item in found], [item["name"] for item in found]
    right = len(found) == len(items) == len(names)
    if not right or any(name not in (None, wanted) for name, wanted in zip(given, names, strict=True)):
        raise unreadable(f"{kind}({', '.join(names)})")
    return tuple(numbers)


def _check(distribution: Distribution) -> None:
    if not np.isfinite(distribution.parameters).all():
        raise unreadable("finite numbers")
    good, expected = _rule(distribution.kind, distribution.parameters)
    if not good:
        raise unreadable(expected)


def _rule(kind: Kind, numbers: tuple[float, ...]) -> tuple[bool, str]:
    """Whether the parameters make a distribution, and what they ought to be."""
    names = PARAMETER_NAMES.get(kind)
    if not numbers or (names is not None and len(numbers) != len(names)) or (kind == "discrete" and len(numbers) % 2):
        return False, f"the parameters {', '.join(names)}" if names else "pairs of value and probability, or values"
    rule = _rising(numbers), " <= ".join(PARAMETER_NAMES.get(kind, ("rising values",)))
    match kind:
        case "discrete":
            values, weights = numbers[::2], numbers[1::2]
            sums = all(weight >= 0 for weight in weights) and abs(sum(weights) - 1.0) <= _SUM_TOLERANCE
            rule = sums and _rising(values), "rising values with probabilities that sum to 1"
        case "beta":
            rule = min(numbers[:2]) > 0 and numbers[2] <= numbers[3], "a and b above 0 and low <= high"
        case "normal":
            mean, sd, low, high = numbers
            rule = sd > 0 and low <= mean <= high, "an sd above 0 and low <= mean <= high"
        case "gamma":
            rule = min(numbers) > 0, "a mean and an sd above 0"
        case "lognormal" if numbers[0] <= 0.0:
            rule = False, "a median above 0"
    return rule


def _span(minimum: float, maximum: float) -> str:
    if isfinite(minimum) and isfinite(maximum):
        return f"from {minimum:g} to {maximum:g}"
    return f"of at least {minimum:g}" if isfinite(minimum) else f"of at most {maximum:g}"


def _rising(numbers: tuple[float, ...]) -> bool:
    return all(left <= right for left, right in pairwise(numbers))


@dataclass(frozen=True)
class Varies:
    """What a distribution's field measures: its unit and the legal range of every value.

    Used as ``Annotated[Distribution, Varies("days", 0)]``.
    """

    unit: str
    minimum: float
    maximum: float = float("inf")

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], CoreSchema]) -> CoreSchema:
        """Read lines before the record's own validation."""
        return core_schema.with_info_before_validator_function(self._validate, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: Any) -> JsonSchemaValue:
        """Number, line or mapping, with the unit."""
        line = {"type": "string", "description": DISTRIBUTION_GRAMMAR}
        return {"unit": self.unit, "anyOf": [{"type": "number"}, line, handler(schema)]}

    def _validate(self, raw: object, info: core_schema.ValidationInfo) -> Distribution:
        inherited = info.data.get("provenance") if info.data else None
        distribution = read_distribution(raw, inherited=inherited, sampler=(info.context or {}).get("sampler"))
        low, high = distribution.support
        if low < self.minimum or high > self.maximum:
            raise unreadable(f"values {_span(self.minimum, self.maximum)} ({self.unit})")
        return distribution
