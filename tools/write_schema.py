"""Write the JSON Schemas of the data: `python tools/write_schema.py`, after any change of a format."""

from __future__ import annotations

from pathlib import Path

from supplychain_risk.dataset.json_schema import json_schema_text
from supplychain_risk.scenarios.json_schema import scenario_schema_text

DATA = Path(__file__).parents[1] / "data"

if __name__ == "__main__":
    (DATA / "schema.json").write_text(json_schema_text(), encoding="utf-8")
    (DATA / "scenario.schema.json").write_text(scenario_schema_text(), encoding="utf-8")
