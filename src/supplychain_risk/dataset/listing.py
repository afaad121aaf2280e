"""Facts one by one, each with the place where it stands, for counts and for `show`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import NamedTuple, get_args

from pydantic.fields import FieldInfo

from supplychain_risk.dataset.facts import CONFIDENCES, Fact, Quantity, Record, Split
from supplychain_risk.dataset.splits import Shares


class FactRow(NamedTuple):
    """A fact and where it stands.

    Attributes
    ----------
    file, record, field : where; `record` is the path of keys to the record, joined by dots.
    unit : what the number measures.
    fact : the number with range and provenance.
    """

    file: str
    record: str
    field: str
    unit: str
    fact: Fact


def list_facts(file: str, node: object, half_widths: Mapping[str, float]) -> Iterator[FactRow]:
    """Every fact under `node`, in the order of the file; the shares of a split count as one fact each.

    Parameters
    ----------
    file : name of the file, as it should appear in the rows.
    node : a record, or a mapping or sequence of records.
    half_widths : confidence class to relative half-width, for the range of shares in splits.
    """
    return _walk(file, (), node, "", half_widths)


def count_by_confidence(rows: Iterable[FactRow]) -> dict[str, int]:
    """Number of facts in each confidence class, best class first."""
    counts: Counter[str] = Counter(row.fact.confidence for row in rows)
    return {confidence: counts[confidence] for confidence in CONFIDENCES if confidence in counts}


def _walk(
    file: str, path: tuple[str, ...], node: object, unit: str, half_widths: Mapping[str, float]
) -> Iterator[FactRow]:
    if isinstance(node, Fact):
        yield FactRow(file, ".".join(path[:-1]), path[-1], unit, node)
    elif isinstance(node, Split):
        share = Quantity(unit, 0, 1)
        for name in node.shares:
            yield FactRow(file, ".".join(path), name, unit, share.of_split(node, name, half_widths))
    elif isinstance(node, Record):
        units = _units(type(node))
        for name in units:
            yield from _walk(file, (*path, name), getattr(node, name), units[name], half_widths)
    elif isinstance(node, Mapping):
        for key, value in node.items():
            yield from _walk(file, (*path, str(key)), value, unit, half_widths)
    elif isinstance(node, tuple):
        for number, value in enumerate(node):
            yield from _walk(file, (*path, str(number)), value, unit, half_widths)


@cache
def _units(record: type[Record]) -> dict[str, str]:
    """Fields of a record that can hold facts, with their units ('' for nested records)."""
    plain = (str, int, float, bool)
    units: dict[str, str] = {}
    for name, field in record.model_fields.items():
        if name == "provenance" or field.annotation in plain:
            continue
        units[name] = _unit(field)
    return units


def _unit(field: FieldInfo) -> str:
    """Unit of the facts that a field holds, '' where it holds none."""
    found = [item for item in field.metadata if isinstance(item, (Quantity, Shares))]
    return _unit_of(found[0]) if found else _unit_in(field.annotation)


def _unit_in(annotation: object) -> str:
    for part in (*getattr(annotation, "__metadata__", ()), *get_args(annotation)):
        unit = _unit_of(part) if isinstance(part, (Quantity, Shares)) else _unit_in(part)
        if unit:
            return unit
    return ""


def _unit_of(item: Quantity | Shares) -> str:
    return item.unit if isinstance(item, Quantity) else item.of
