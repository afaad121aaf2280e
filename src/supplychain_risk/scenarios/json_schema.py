"""The scenario format as JSON Schema, so that editors complete and check scenario files while they are typed.

A file stands for itself, or it `extends` another and states only what differs; then nothing is required. In a file a
mixture names its parts.
"""

from __future__ import annotations

import json
from typing import Any

from supplychain_risk.dataset.json_schema import tidy
from supplychain_risk.scenarios.spec import Scenario

CHANGES = "Changes"
"""Ending of the definitions that hold for files which extend another."""


def scenario_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) that each scenario file meets; units stand beside every quantity.

    Examples
    --------
    >>> sorted(scenario_schema()["$defs"]["Scenario"]["required"])[:3]
    ['as_of', 'class', 'narrative']
    """
    schema = Scenario.model_json_schema(by_alias=True)
    parts = {name: tidy(part) for name, part in schema.pop("$defs").items()}
    _as_in_files(parts)
    changes = {f"{name}{CHANGES}": _optional(part) for name, part in parts.items()}
    parts["Scenario"]["properties"].pop("extends")
    changes[f"Scenario{CHANGES}"]["required"] = ["extends"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A scenario of supplychain_risk",
        "description": "A file of the folder scenarios; its name is the scenario's name",
        "if": {"required": ["extends"]},
        "then": {"$ref": f"#/$defs/Scenario{CHANGES}"},
        "else": {"$ref": "#/$defs/Scenario"},
        "$defs": parts | changes,
    }


def _as_in_files(parts: dict[str, Any]) -> None:
    """The name is the file's, and parts of a mixture are names."""
    scenario = parts["Scenario"]
    del scenario["properties"]["name"]
    scenario["required"].remove("name")
    parts["Mixture"]["properties"]["parts"]["items"] = {"type": "string"}


def _optional(node: Any) -> Any:
    """The same with nothing required, and every field free to be left empty, which takes it away."""
    if isinstance(node, list):
        return [_optional(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _optional(value) for key, value in node.items() if key not in ("required", "minItems")}
    if "$ref" in node:
        kept["$ref"] = f"{node['$ref']}{CHANGES}"
    if isinstance(node.get("properties"), dict):
        kept["properties"] = {name: _or_empty(field) for name, field in kept["properties"].items()}
    if isinstance(node.get("additionalProperties"), dict):
        kept["additionalProperties"] = _or_empty(kept["additionalProperties"])
    return kept


def _or_empty(field: Any) -> dict[str, Any]:
    return {"anyOf": [field, {"type": "null"}]}


def scenario_schema_text() -> str:
    """The schema as it stands in data/scenario.schema.json."""
    return json.dumps(scenario_schema(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
