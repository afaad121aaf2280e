"""A scenario that extends another: its record with the changes applied.

Records are merged field by field; anything else is replaced; a field left empty is taken away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Any


def changed(contents: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Apply contents to each other, the first is the base.

    Examples
    --------
    >>> base = {"title": "Fire", "hits": {"plant": {"severity": "0.5", "note": "x"}}, "market": {"return": "0"}}
    >>> changed([base, {"title": "Small fire", "hits": {"plant": {"severity": "0.1"}}, "market": ""}])
    {'title': 'Small fire', 'hits': {'plant': {'severity': '0.1', 'note': 'x'}}}
    """
    return reduce(_merged, contents, {})


def _merged(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in change.items():
        known = merged.get(key)
        if value == "":
            merged.pop(key, None)
        elif isinstance(known, Mapping) and isinstance(value, Mapping):
            merged[key] = _merged(known, value)
        else:
            merged[key] = value
    return merged
