"""A folder of data small enough to read at a glance: quartz and scanners make wafers, wafers make chips."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from supplychain_risk.dataset.load import check_folder
from supplychain_risk.errors import DataError, Problem

SUPPLIERS = """\
as_of: 2026-08-21

sites:
  tw_hsinchu: {name: Hsinchu, country: TW, region: tw, lat: 24.78, lon: 121.0, confidence: from_memory}
  no_drag: {name: "Drag, Norway", country: NO, region: no, lat: 68.05, lon: 16.08, confidence: from_memory}

products:
  quartz:
    name: Quartz
    tier: mineral
    tier_order: 1
    kind: material
    pricing: market
    market_usd_bn: 1 estimate page-2025 2025
    demand_elasticity: 0.1 assumption
    others:
      share: 0.4 assumption
      sites: no_drag 1; assumption 2026
  scanner:
    name: Scanner
    tier: equipment
    tier_order: 5
    kind: equipment
    pricing: contract
    market_usd_bn: 10 reported page-2025 2025
    demand_elasticity: 0.1 assumption
    others: {share: 1 assumption, sites: no_drag 1; assumption}
  wafer:
    name: Wafer
    tier: foundry
    tier_order: 7
    kind: component
    pricing: contract
    market_usd_bn: 50 (40..60) estimate page-2025 2025
    demand_elasticity: 0.05 assumption
    others: {share: 0.1 assumption, sites: tw_hsinchu 1; assumption}
    needs:
      quartz:
        kind: flow
        criticality: 1 (0.8..1)
        buffer_days: 60 reported page-2025
        reorder_days: 30
        requalify_days: 365 (200..9999)
        cost_share: 0.02
        use_share: 0.9
        from: assumption
      scanner:
        kind: capital
        criticality: 0.8
        reorder_days: 90
        requalify_days: 9999
        wear_per_year: 0.1
        cost_share: 0.1
        use_share: 1
        from: assumption
  chip:
    name: Chip
    tier: chip
    tier_order: 10
    kind: component
    pricing: contract
    market_usd_bn: 100 estimate derived 2025
    demand_elasticity: 0.1 assumption
    needs:
      wafer:
        kind: flow
        criticality: 1
        buffer_days: 30
        reorder_days: 60
        requalify_days: 365
        cost_share: 0.4
        use_share: 0.8
        from: assumption

companies:
  miner:
    name: Miner
    country: NO
    listed: no
    makes:
      quartz:
        share: 0.6 (0.5..0.7) reported page-2025 2025
        sites: no_drag 1; from_memory
        sells_to:
          fab: {share_of_customer: 0.7, from: assumption}
  fab:
    name: Fab
    ticker: FAB
    country: TW
    listed: yes
    finance:
      from: reported page-2025 2026
      revenue_usd_bn: 60
      gross_margin: 0.5
      net_debt_usd_bn: -10
      outside_model: 0.25 assumption derived
    customers: {unnamed_1: 0.2 disclosed page-2025 2025}
    makes:
      wafer:
        share: 0.9 estimate page-2025
        revenue_share: 0.5 estimate derived
        sites: tw_hsinchu 0.75, no_drag 0.25; assumption 2026
        recipe:
          quartz: {cost_share: 0.03, from: assumption}
        sells_to:
          fab/chip: {captive: true, from: assumption}
      chip:
        share: 1 (0.9..1) estimate derived
        revenue_share: 0.25 estimate derived
        sites: tw_hsinchu 1; assumption
"""
SOURCES = """\
sources:
  assumption: {title: Assumption}
  derived: {title: Derived}
  memory: {title: Memory}
  doj-ftc-guideline-1-2023: {title: Of the packaged parameters}
  eu-crma-benchmarks: {title: Of the packaged parameters}
  cepii-geodep: {title: Of the packaged parameters}
  ecj-akzo-1991: {title: Of the packaged parameters}
  page-2025: {title: A page, url: "https://example.org", published: 2025}
"""
INDICES = """\
indices:
  small:
    name: Small
    snapshots:
      2026-01-01: {from: reported page-2025, holdings: [{ticker: FAB, weight: 0.1, company: fab}]}
      2026-08-21:
        from: reported page-2025
        holdings: [{ticker: FAB, weight: 0.2, company: fab}, {ticker: XYZ, weight: 0.1}]
"""

Problems = Callable[[str, str, str], tuple[Problem, ...]]


@pytest.fixture
def texts() -> dict[str, str]:
    """Files of the small folder; parameters are the packaged ones, without values by product."""
    lines = (Path(__file__).parents[2] / "data" / "parameters.yaml").read_text(encoding="utf-8").splitlines()
    kept, skipping = [], False
    for line in lines:
        skipping = line == "    products:" or (skipping and line.startswith("      "))
        if not skipping:
            kept.append(line)
    return {
        "suppliers.yaml": SUPPLIERS,
        "sources.yaml": SOURCES,
        "parameters.yaml": "\n".join(kept),
        "indices.yaml": INDICES,
    }


@pytest.fixture
def write(tmp_path: Path) -> Callable[[dict[str, str]], Path]:
    """Write files into a folder."""

    def _write(files: dict[str, str]) -> Path:
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return _write


@pytest.fixture
def problems(texts: dict[str, str], write: Callable[[dict[str, str]], Path]) -> Problems:
    """Problems of the small folder after one edit: (file, old text, new text)."""

    def _problems(file: str, old: str, new: str) -> tuple[Problem, ...]:
        assert texts[file].count(old) >= 1, f"the edit does not apply: {old}"
        folder = write({**texts, file: texts[file].replace(old, new, 1)})
        with pytest.raises(DataError) as caught:
            check_folder(folder)
        return caught.value.problems

    return _problems
