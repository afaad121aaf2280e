"""The data format as JSON Schema, so that editors complete and check the YAML files while they are typed."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from supplychain_risk.dataset.parameters import Parameters
from supplychain_risk.dataset.schema import IndexFile, SourceFile, SupplierFile

FILES: dict[str, type[BaseModel]] = {
    "suppliers.yaml": SupplierFile,
    "sources.yaml": SourceFile,
    "parameters.yaml": Parameters,
    "indices.yaml": IndexFile,
}


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) that each of the data files meets; units stand beside every quantity.

    Examples
    --------
    >>> sorted(json_schema()["$defs"]["Site"]["required"])[:3]
    ['confidence', 'country', 'lat']
    """
    places, schema = models_json_schema([(record, "validation") for record in FILES.values()])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Data of supplychain_risk",
        "description": f"One of {', '.join(FILES)}",
        "anyOf": [places[record, "validation"] for record in FILES.values()],
        "$defs": {name: tidy(part) for name, part in schema["$defs"].items()},
    }


def tidy(node: Any) -> Any:
    """Leave out what helps no editor: titles made from names, nulls (fields are left out instead), long texts."""
    if isinstance(node, list):
        return [tidy(item) for item in node if item != {"type": "null"}]
    if not isinstance(node, dict):
        return node
    if "properties" in node:
        node = {**node, "properties": {name: tidy(field) for name, field in node["properties"].items()}}
    kept = {key: value if key == "properties" else tidy(value) for key, value in node.items()}
    for key in [key for key, value in kept.items() if key == "title" or (key == "default" and not value)]:
        del kept[key]
    if isinstance(kept.get("description"), str):
        kept["description"] = kept["description"].split("\n\n")[0].replace("\n", " ")
    return kept


def json_schema_text() -> str:
    """The schema as it stands in data/schema.json."""
    return json.dumps(json_schema(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
