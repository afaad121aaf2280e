"""Rules between records: names that must exist, shares that must add up, chains that must end."""

from __future__ import annotations

from supplychain_risk.dataset.findings import Finding
from supplychain_risk.dataset.schema import Dataset


def check_records(dataset: Dataset) -> list[Finding]:
    """Everything that breaks a rule between records."""
    return []
