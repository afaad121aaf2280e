"""``chokepoints``: who and what an end product cannot do without."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from supplychain_risk.cli.printing import TextOrJson, print_sections
from supplychain_risk.cli.scenario import Form


class Kind(StrEnum):
    """Kind of node."""

    company = "company"
    activity = "activity"
    site = "site"
    country = "country"


def chokepoints(
    days: Annotated[float, typer.Option(help="Length of each outage, up to 364 days.")] = 90,
    end_product: Annotated[
        str, typer.Option("--end-product", help="Product whose output is measured.")
    ] = "ai_accelerator",
    kind: Annotated[list[Kind] | None, typer.Option(help="Only nodes of this kind; repeatable.")] = None,
    top: Annotated[int, typer.Option(min=1, help="Rows shown of each kind; json and csv have all.")] = 20,
    data: Annotated[Path | None, typer.Option(help="Data folder instead of the packaged one.")] = None,
    form: Annotated[Form, typer.Option("--format", help="text, json or csv.")] = Form.text,
) -> None:
    """Stop every company, activity, site and country in turn: what an end product loses, and why."""
    import supplychain_risk as scr
    from supplychain_risk.concentration.chokepoints import YEAR_DAYS
    from supplychain_risk.report.chokepoint_report import chokepoint_report
    from supplychain_risk.report.export import to_csv

    dataset = scr.load_dataset(data)
    network = scr.SupplyNetwork.from_dataset(dataset)
    kinds = [each.value for each in kind or Kind]
    table = scr.chokepoints(network, outage_days=days, end_product=end_product, kinds=kinds)
    if form is Form.csv:
        typer.echo(to_csv(table))
        return
    sections = chokepoint_report(
        network,
        table,
        (scr.cut_sets(network, end_product), scr.cheapest_failure(network, end_product)),
        end_product=end_product,
        outage_days=days,
        horizon_days=YEAR_DAYS,
        top=top,
    )
    provenance = {"data_digest": dataset.digest, "data_as_of": dataset.as_of, "version": scr.__version__}
    asked = {"end_product": end_product, "outage_days": days, "horizon_days": YEAR_DAYS}
    text = TextOrJson.text if form is Form.text else TextOrJson.json
    print_sections(sections, text, "chokepoints", **asked, provenance=provenance)
