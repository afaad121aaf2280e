"""Write data/schema.json: `python tools/write_schema.py`, after any change of the data format."""

from __future__ import annotations

from pathlib import Path

from supplychain_risk.dataset.json_schema import json_schema_text

if __name__ == "__main__":
    (Path(__file__).parents[1] / "data" / "schema.json").write_text(json_schema_text(), encoding="utf-8")
