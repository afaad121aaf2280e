"""What a data folder holds: records by kind, facts by confidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from supplychain_risk.report.tables import Section

if TYPE_CHECKING:
    from supplychain_risk.dataset.schema import Dataset
    from supplychain_risk.scenarios.spec import Scenario


def count_sections(dataset: Dataset, scenarios: Sequence[Scenario] = ()) -> tuple[Section, ...]:
    """Count the records and the facts of checked data.

    Returns
    -------
    Two sections: records by kind with digest and date, and facts by confidence class with their share.
    """
    activities = [make for company in dataset.companies.values() for make in company.makes.values()]
    records = {
        "products": len(dataset.products),
        "requirements": sum(len(product.needs) for product in dataset.products.values()),
        "companies": len(dataset.companies),
        "activities (company makes product)": len(activities),
        "links with evidence": sum(len(make.sells_to) for make in activities),
        "sites": len(dataset.sites),
        "sources": len(dataset.sources),
        "indices": len(dataset.indices),
        "scenarios": len(scenarios),
    }
    facts = pd.DataFrame(dataset.count_by_confidence().items(), columns=["confidence", "facts"])
    facts["share"] = facts["facts"] / facts["facts"].sum()
    head = (f"as of {dataset.as_of}, digest {dataset.digest[:12]}",)
    return (
        Section("The data can be used", head, pd.DataFrame(records.items(), columns=["records", "count"])),
        Section(f"Facts by confidence: {facts['facts'].sum()}", table=facts, formats={"share": ".1%"}),
    )
