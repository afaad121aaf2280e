"""Losses as Open Results Data (ORD), the tables that catastrophe-risk systems exchange.

The event is the scenario, its samples are the draws, the exposure is what is held of each company:

    loss of draw d = - sum_i h_i r_di,    h_i = USD held of company i, r_di its return (`EquityReturns.total`).

Event tables: SELT (loss of each sample) and MELT (moments and rate of each event). With a table of simulated years also
SPLT (loss of each event in each period), PALT (average annual loss) and EPT (exceedance curves), see
`markets.open_years`.

Columns, types and codes are those of ORD 1, which the platform's programs read and write; SampleType 2 = sampled. ORD 2
names codes in words (EPMethod S_FULL for EPCalc 2, EPType OEP for 1).

References
----------
Oasis Loss Modelling Framework, ODS_OpenResultsData: Schema/ORD_Table_Examples.csv, Schema/ORD_Data_Types.csv,
ORD_Definitions.md; oasislmf 2.5, pytools/{elt,plt,lec,aal}/data.py.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from supplychain_risk.dataset.writing import csv_text, write_folder
from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.markets.exports import SCHEMA_VERSION
from supplychain_risk.markets.open_events import event_table, held_usd, make_event, melt, selt
from supplychain_risk.markets.open_years import SUMMARY, EventExposure, year_tables

if TYPE_CHECKING:
    from supplychain_risk.markets.result import EquityReturns

PERSPECTIVE = "gul"
"""Ground-up: no insurance terms have been applied."""
SETTINGS = "analysis_settings.json"
CENTS = dict.fromkeys(("Loss", "ImpactedExposure", "MeanLoss", "SDLoss", "MaxLoss"), 2)
"""Decimals of amounts in files."""


@dataclass(frozen=True, eq=False)
class OpenResults:
    """Tables in the layout of ORD, one summary level (1 = the whole book), losses in USD.

    Attributes
    ----------
    tables : name in small letters (selt, melt; splt, palt, ept if years were given) -> table.
    events : EventId, EventDescription (the scenario), EventRate (events a year), EventMetaData (its digest).
    exposure_usd : USD held of companies with a return, shorts counted by size.
    n_samples : samples an event has; those without a row lost nothing.
    left_out : holdings without a return, by company id: in no table.
    """

    tables: Mapping[str, pd.DataFrame]
    events: pd.DataFrame
    exposure_usd: float
    n_samples: int
    left_out: tuple[str, ...]


def open_results(
    results: Sequence[EquityReturns],
    *,
    holdings: Mapping[str, float] | None = None,
    rates: Mapping[str, float] | None = None,
    years: pd.DataFrame | None = None,
    n_years: int | None = None,
    with_market: bool = True,
) -> OpenResults:
    """Tables of Open Results Data for one or several scenarios.

    Parameters
    ----------
    results : one a scenario; EventId 1, 2, ... in this order. All of the same companies and number of draws.
    holdings : company id or ticker -> USD bn held, negative = short; None = all of each company's market value.
    rates : scenario -> events a year, where its own frequency is not wanted or not known. A mixture has the sum of
        its parts' frequencies.
    years : table of simulated years: `year` (1 ... n_years), `scenario`, `draw` (0 ... D - 1, of that scenario's run)
        and `loss` of the same book in USD bn, positive = lost; one row an event. Years without events have no row.
    n_years : how many years were simulated; needed with `years`.
    with_market : whether the fall of the whole market that goes with the event is in, or the network's part alone.

    Raises
    ------
    InputError : no rate is known, a table of years that does not fit, or fewer than two draws.
    UnknownNameError : a holding or scenario that is not there, with the nearest names.

    Notes
    -----
    SampleId is the draw's number + 1. ORD counts samples alike: draws of unequal weight are first resampled
    systematically, as in `to_riskfolio`; moments in MELT are of the weighted draws. Samples without a loss have no
    row, as the standard has it; but where a book can gain, every sample has a row and gains are losses below 0, since
    leaving them out would overstate the mean. In SPLT each period has one sample, 1: draws are spread over years, and
    numbers of draws there would be read as repetitions of the year. Months and days are 1: only the year is simulated.
    """
    _check_alike(results)
    amount, left_out = held_usd(results[0], holdings)
    names = [result.run.scenario.name for result in results]
    for name in rates or {}:
        if name not in names:
            raise UnknownNameError("scenario", name, names, "rates")
    events = [
        make_event(number, result, amount, (rates or {}).get(names[number - 1]), with_market=with_market)
        for number, result in enumerate(results, 1)
    ]
    tables = {"selt": selt(events), "melt": melt(events)}
    if years is not None:
        by_name = {event.scenario.name: EventExposure(event.number, event.impacted) for event in events}
        tables |= year_tables(by_name, years, n_years)
    return OpenResults(
        tables=MappingProxyType(tables),
        events=event_table(events),
        exposure_usd=float(np.abs(amount).sum()),
        n_samples=results[0].run.n_draws,
        left_out=left_out,
    )


def to_ord(
    returns: EquityReturns,
    folder: str | PathLike[str],
    *,
    others: Sequence[EquityReturns] = (),
    holdings: Mapping[str, float] | None = None,
    rates: Mapping[str, float] | None = None,
    years: pd.DataFrame | None = None,
    n_years: int | None = None,
    with_market: bool = True,
) -> OpenResults:
    """Write losses as Open Results Data into a folder, all files or none; returns what was written.

    Files: `gul_S1_selt.csv`, `gul_S1_melt.csv`, with years also `gul_S1_splt.csv`, `gul_S1_palt.csv` and
    `gul_S1_ept.csv`; `gul_S1_summary-info.csv` (exposure), `events.csv` (which event is which scenario),
    `analysis_settings.json` (number of samples, among others), `manifest.json` (provenance, hashes, what is left out).

    Parameters
    ----------
    folder : made if it is missing. For `ods_tools combine` the folder `output` of an analysis.
    others : further scenarios; this one is event 1, they are 2, 3, ...
    holdings, rates, years, n_years, with_market : as in `open_results`.

    Raises
    ------
    InputError, UnknownNameError : as in `open_results`.
    OutputError : the folder cannot be written, or a file there is not of an earlier run; all is as it was before.

    Examples
    --------
    >>> import tempfile
    >>> import supplychain_risk as scr
    >>> net = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    >>> run = scr.simulate(net, "taiwan-quake-severe", n_draws=64, horizon_days=364, seed=7)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = scr.equity_returns(run).to_ord(folder, holdings={"NVDA": 0.6, "PNC": 0.4}, with_market=False)
    >>> sorted(written.tables), float(written.exposure_usd), float(written.events["EventRate"].iloc[0])
    (['melt', 'selt'], 1000000000.0, 0.0086)
    """
    results = (returns, *others)
    written = open_results(
        results, holdings=holdings, rates=rates, years=years, n_years=n_years, with_market=with_market
    )
    tables = {f"{PERSPECTIVE}_S{SUMMARY}_{name}.csv": table for name, table in written.tables.items()}
    tables[f"{PERSPECTIVE}_S{SUMMARY}_summary-info.csv"] = pd.DataFrame(
        {"summary_id": [SUMMARY], "_not_set_": ["All-Risks"], "tiv": [written.exposure_usd]}
    )
    tables["events.csv"] = written.events
    files = {name: csv_text(table.round(CENTS)) + "\n" for name, table in tables.items()}
    files[SETTINGS] = json.dumps(_settings(returns, written), indent=2) + "\n"
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "content": "open_results_data",
        "currency": "USD",
        "with_market": with_market,
        "left_out": list(written.left_out),
        "provenance": [result.run.provenance for result in results],
    }
    write_folder(folder, files, manifest)
    return written


def _settings(returns: EquityReturns, written: OpenResults) -> dict[str, object]:
    """What readers of the tables must know of the analysis."""
    given = {f"ept_{kind}": "ept" in written.tables for kind in ("full_uncertainty_aep", "full_uncertainty_oep")}
    flags = {"elt_sample": True, "elt_moment": True, "plt_sample": "splt" in written.tables, **given}
    return {
        "version": "3",
        "analysis_tag": returns.run.scenario.name,
        "source_tag": returns.run.network.digest,
        "model_supplier_id": "supplychain_risk",
        "model_name_id": "equities",
        "model_settings": {},
        "number_of_samples": written.n_samples,
        f"{PERSPECTIVE}_output": True,
        f"{PERSPECTIVE}_summaries": [{"id": SUMMARY, "oed_fields": [], "ord_output": flags}],
    }


def _check_alike(results: Sequence[EquityReturns]) -> None:
    if not results:
        raise InputError("results: found none, expected at least one scenario")
    first = results[0]
    for result in results:
        if result.run.n_draws < 2:
            raise InputError(f"n_draws: found {result.run.n_draws}, expected at least 2 for moments")
        if result.companies != first.companies or result.run.n_draws != first.run.n_draws:
            found = f"{len(result.companies)} companies and {result.run.n_draws} draws in {result.run.scenario.name}"
            raise InputError(
                f"results: found {found}, expected {len(first.companies)} and {first.run.n_draws} as in the first"
            )
    names = [result.run.scenario.name for result in results]
    if twice := [name for name in names if names.count(name) > 1]:
        raise InputError(f"results: found the scenario {twice[0]} twice, expected each once")
