"""YAML as a person would write it: block mappings outside, one-line facts and one-line records inside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_SAFE_BLOCK = re.compile(r"[A-Za-z0-9.(-][^\n]*")


def number(value: float) -> str:
    """A number without trailing noise."""
    return f"{value:.10g}"


def scalar(text: str, *, flow: bool = False) -> str:
    """A scalar, quoted only where YAML needs it."""
    risky = ": " in text or " #" in text or text.endswith(":") or not _SAFE_BLOCK.fullmatch(text)
    if flow:
        risky = risky or any(mark in text for mark in ",[]{}")
    if text.startswith("-") and not re.fullmatch(r"-[\d.].*", text):
        risky = True
    if not risky:
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def flow_mapping(fields: Mapping[str, str]) -> str:
    """A record on one line."""
    return "{" + ", ".join(f"{key}: {scalar(value, flow=True)}" for key, value in fields.items()) + "}"


def indent(lines: Iterable[str], by: int = 2) -> list[str]:
    """Lines moved to the right."""
    return [" " * by + line if line else "" for line in lines]


def block(fields: Mapping[str, str | Mapping[str, str] | list[str]]) -> list[str]:
    """A block mapping of scalars, one-line records (mappings) and finished blocks (lists of lines)."""
    lines: list[str] = []
    for key, value in fields.items():
        if isinstance(value, list):
            lines += [f"{key}:", *indent(value)]
        elif isinstance(value, Mapping):
            lines.append(f"{key}: {flow_mapping(value)}")
        elif value:
            lines.append(f"{key}: {scalar(value)}")
    return lines
