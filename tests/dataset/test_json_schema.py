"""The JSON Schema that editors use."""

from __future__ import annotations

import re

import jsonschema
import pytest

from supplychain_risk.dataset.json_schema import FILES, json_schema, json_schema_text
from supplychain_risk.dataset.load import data_folder
from supplychain_risk.dataset.reading import read_yaml


def typed(node: object) -> object:
    """Scalars as an editor's YAML 1.2 reads them."""
    if isinstance(node, dict):
        return {key: typed(value) for key, value in node.items()}
    if isinstance(node, list):
        return [typed(value) for value in node]
    if node in {"true", "false"}:
        return node == "true"
    if re.fullmatch(r"-?\d+", node):
        return int(node)
    return float(node) if re.fullmatch(r"-?\d+\.\d+", node) else node


def test_the_file_in_the_data_folder_is_current():
    stored = (data_folder() / "schema.json").read_text(encoding="utf-8")
    assert stored == json_schema_text(), "run python tools/write_schema.py"


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("file", FILES)
def test_the_packaged_files_meet_the_schema(file):
    content = typed(read_yaml(file, (data_folder() / file).read_bytes()).content)
    jsonschema.Draft202012Validator(json_schema()).validate(content)


def test_an_unknown_field_and_a_share_above_one_break_the_schema():
    validator = jsonschema.Draft202012Validator({**json_schema(), "anyOf": [{"$ref": "#/$defs/Override"}]})
    assert validator.is_valid({"criticality": 0.5, "from": "assumption 2026"})
    assert not validator.is_valid({"criticality": 1.5})
    assert not validator.is_valid({"criticalty": 0.5})
    assert not validator.is_valid({"criticality": "0.5 guess"})


def test_quantities_carry_their_units():
    fields = json_schema()["$defs"]["Requirement"]["properties"]
    assert fields["buffer_days"]["unit"] == "days of normal use in stock at the customer"
