"""The JSON Schema with which editors check scenario files."""

from __future__ import annotations

import re

import jsonschema
import pytest

from supplychain_risk.dataset.load import data_folder
from supplychain_risk.dataset.reading import read_yaml
from supplychain_risk.scenarios.json_schema import scenario_schema, scenario_schema_text
from supplychain_risk.scenarios.library import list_scenarios

VALIDATOR = jsonschema.Draft202012Validator(scenario_schema())


def typed(node):
    """Scalars as an editor's YAML 1.2 reads them."""
    if isinstance(node, dict):
        return {key: typed(value) for key, value in node.items()}
    if isinstance(node, list):
        return [typed(value) for value in node]
    if node in {"true", "false", ""}:
        return {"true": True, "false": False, "": None}[node]
    return float(node) if re.fullmatch(r"-?\d+(\.\d+)?", node) else node


def content(name):
    file = data_folder() / "scenarios" / f"{name}.yaml"
    return typed(read_yaml(name, file.read_bytes()).content)


def test_the_file_in_the_data_folder_is_current():
    stored = (data_folder() / "scenario.schema.json").read_text(encoding="utf-8")
    assert stored == scenario_schema_text(), "run python tools/write_schema.py"


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(scenario_schema())


@pytest.mark.parametrize("name", list_scenarios())
def test_every_packaged_scenario_meets_the_schema(name):
    VALIDATOR.validate(content(name))


@pytest.mark.parametrize("changes", [{"titel": "x"}, {"class": "accidnet"}, {"not_hit": []}, {"name": "x"}])
def test_a_mistyped_file_breaks_the_schema(changes):
    assert not VALIDATOR.is_valid(content("cowos-fire") | changes)


def test_a_file_without_a_trigger_breaks_the_schema():
    record = content("cowos-fire")
    del record["trigger"]
    assert not VALIDATOR.is_valid(record)


def test_a_file_that_extends_another_states_only_what_differs():
    assert VALIDATOR.is_valid({"extends": "neon", "hits": {"ukraine": {"severity": 0.5}, "other": None}})
    assert not VALIDATOR.is_valid({"hits": {"ukraine": {"severity": 0.5}}})
    assert not VALIDATOR.is_valid({"extends": "neon", "hits": {"ukraine": {"severty": 0.5}}})


def test_a_mixture_names_its_parts():
    parts = scenario_schema()["$defs"]["Mixture"]["properties"]["parts"]
    assert parts["items"] == {"type": "string"}
