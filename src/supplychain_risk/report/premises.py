"""What a result rests on: the assumptions that carry most of it, what others say, and the data behind it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from supplychain_risk.report.fact_tables import origin
from supplychain_risk.report.tables import Section, format_number
from supplychain_risk.scenarios.distributions import Distribution

if TYPE_CHECKING:
    from supplychain_risk.dataset.facts import Fact
    from supplychain_risk.dataset.schema import Dataset
    from supplychain_risk.markets.result import EquityReturns
    from supplychain_risk.scenarios.spec import Hit, Scenario
    from supplychain_risk.simulation.result import Simulation

    Premise = tuple[str, Fact | Distribution]

SHOWN = 5

CHOSEN = (
    "Chosen by their place in the chain; no run has measured which matters most. In words, with what is not hit and "
    "all sources:"
)
COMPARED = (
    "model, two digits: for returns, all companies with a market value, weighted by it (beta {beta:.1f} on average); "
    "for USD bn a year, final demand for the network's products not delivered in its week in the first year, part of "
    "which comes later."
)


def assumption_section(run: Simulation, returns: EquityReturns, lost: pd.Series[float]) -> Section:
    """Five assumptions that the result leans on, each with its range and origin.

    Chosen by their place in the chain: the part that costs most and its main hit, the inputs that the product with the
    largest loss waits for, and the fall of the market. `lost`: mean lost output by product, days.
    """
    rows = [_weights(run.scenario)] if run.scenario.mixture else []
    premises = _premises(run, returns, lost)
    rows += [{"what": what, "value": _text(fact), "from": origin(fact)} for what, fact in premises]
    note = f"{CHOSEN} scenarios {run.scenario.name}"
    title = "Five assumptions that the result leans on"
    return Section(title, table=pd.DataFrame(rows[:SHOWN]), wide=("what", "value", "from"), after=(note,))


def benchmark_section(scenario: Scenario, parts: pd.DataFrame, returns: EquityReturns) -> Section:
    """What others say, beside the model's number where both measure nearly the same; else as they say it."""
    rows, by_part = [], returns.part_table()
    for part in _with_parts(scenario):
        for each in part.benchmarks:
            stated = each.value.value
            rows.append(
                {
                    "what": f"{part.name}: {each.what}",
                    "stated": stated,
                    "model": _comparable(each.unit, stated, part.name, parts, by_part),
                    "unit": each.unit,
                    "from": origin(each.value),
                }
            )
    if not rows:
        return Section("")
    table = pd.DataFrame(rows).astype({"model": float})
    comparable = table[table["model"].notna()]
    shown = comparable if len(comparable) else table.head(SHOWN).drop(columns="model")
    left = len(table) - len(shown)
    after = (
        [COMPARED.format(beta=_mean_beta(returns))] if len(comparable) else ["Not measured by the model; as stated."]
    )
    if left:
        after.append(f"{left} further statements that the model has no number for: scenarios {scenario.name}")
    shown = shown.drop(columns="from")
    if len(comparable):
        shown["model"] = [float(f"{value:.2g}") for value in shown["model"]]
    return Section("What others say", table=shown, data=table, wide=("what", "unit"), after=tuple(after))


def data_section(run: Simulation, returns: EquityReturns, dataset: Dataset) -> Section:
    """Coverage, confidence of the facts, and the digests that name the inputs."""
    from supplychain_risk import __version__

    table = returns.accounts.table
    inside = table[table["in_network"]]
    valued = int(inside["market_cap_usd_bn"].notna().sum())
    counts = dataset.count_by_confidence()
    facts = ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in counts.items())
    named = len(inside) + len(returns.accounts.without_revenue)
    value = f"{inside['market_cap_usd_bn'].sum() / 1000:,.1f} USD trillion"
    coverage = f"{len(inside)} with known revenue, {valued} of them with a market value ({value})"
    origins = f"digest {dataset.short_digest}; network {run.network.digest[:12]}; scenario {run.scenario.digest[:12]}"
    lines = (
        f"{named} companies in the network: {coverage}; {len(table) - len(inside)} companies outside it.",
        f"{sum(counts.values()):,} facts: {facts}. Their uncertainty is not in the ranges above, which are over draws.",
        f"Data as of {dataset.as_of}, {origins}; supplychain_risk {__version__}.",
    )
    return Section("Data", lines)


def _premises(run: Simulation, returns: EquityReturns, lost: pd.Series[float]) -> Iterator[Premise]:
    dataset = run.network.dataset
    if dataset is None:
        return
    part = _costliest(run, returns)
    name, hit = next((name, hit) for name, hit in part.hits.items() if not hit.clock)
    yield from _of_hit(f"{part.name}/{name}", hit, severity=run.scenario.mixture is None)
    sales = [dataset.products[name].market_usd_bn.value for name in lost.index]
    product = str((lost * sales).idxmax())
    needed = _scarcest(dataset, product, lost)
    if needed != product:
        yield _supply(dataset, product, needed)
        scarcest = _scarcest(dataset, needed, lost)
        if scarcest != needed and dataset.products[product].needs[needed].kind == "flow":
            yield _supply(dataset, needed, scarcest)
    if part.market is not None:
        yield f"{part.name}: return of all shares (beta 1)", part.market.returns
    tier = dataset.products[needed].tier
    yield f"highest output / normal of intact makers of {needed}", dataset.parameters.of("alpha_max", needed, tier)
    tier = dataset.products[product].tier
    share = dataset.parameters.of("variable_cost_share", product, tier)
    yield f"share of cost that stops with output of {product}", share


def _supply(dataset: Dataset, product: str, needed: str) -> Premise:
    """How long the makers of a product do without an input: their stock, or the wear of what they have."""
    need = dataset.products[product].needs[needed]
    if need.wear_per_year is not None:
        return f"share of {product} capacity lost a year without {needed}", need.wear_per_year
    return f"days of {needed} in stock at makers of {product}", need.buffer_days


def _scarcest(dataset: Dataset, product: str, lost: pd.Series[float]) -> str:
    """The input of a product that loses most output, by criticality; the product itself if it has none."""
    critical = {name: need.criticality.value for name, need in dataset.products[product].needs.items()}
    return max(critical, key=lambda name: critical[name] * float(lost.get(name, 0.0)), default=product)


def _mean_beta(returns: EquityReturns) -> float:
    """Beta of all companies with a market value, weighted by it."""
    valued = returns.accounts.table.dropna(subset=["market_cap_usd_bn"])
    return float(np.average(valued["beta"], weights=valued["market_cap_usd_bn"]))


def _of_hit(name: str, hit: Hit, *, severity: bool) -> Iterator[Premise]:
    if severity:
        yield f"{name}: {hit.measure}", hit.severity
    if hit.duration_weeks is not None:
        yield f"{name}: weeks in full", hit.duration_weeks


def _costliest(run: Simulation, returns: EquityReturns) -> Scenario:
    """The part that adds most to the mean loss."""
    by_part = returns.part_table()["loss_usd_bn"] * run.component_weights
    worst = str(by_part.abs().idxmax())
    return next(part for part, _ in run.scenario.components() if part.name == worst)


def _weights(scenario: Scenario) -> dict[str, str]:
    """Weights of a mixture and what they are made of."""
    mixture = scenario.mixture
    if mixture is None or mixture.weights != "rates":
        chosen = mixture.alternatives[mixture.weights].parts if mixture else {}
    else:
        chosen = {part.name: part.frequency.per_year for part in mixture.parts if part.frequency is not None}
    unit = "events a year" if mixture and mixture.weights == "rates" else "weights"
    return {
        "what": f"{unit} behind the weights of {', '.join(chosen)}",
        "value": "; ".join(_text(fact) for fact in chosen.values()),
        "from": "; ".join(dict.fromkeys(origin(fact) for fact in chosen.values())),
    }


def _comparable(unit: str, stated: float, part: str, parts: pd.DataFrame, by_part: pd.DataFrame) -> float:
    if part not in parts.index:
        return np.nan
    if unit == "return":
        return float(by_part["total_return"][part])
    if unit == "USD bn a year":
        return float(np.copysign(parts["unmet_first_year_usd_bn"][part], stated))
    return np.nan


def _with_parts(scenario: Scenario) -> list[Scenario]:
    parts = [part for part, _ in scenario.components()]
    return parts if scenario.mixture is None else [scenario, *parts]


def _text(quantity: Fact | Distribution) -> str:
    if isinstance(quantity, Distribution):
        return str(quantity)
    return f"{format_number(quantity.value)} ({format_number(quantity.low)}..{format_number(quantity.high)})"
