"""Run Oasis on the Open Results Data that we write: read it, compute curves of its own from our years, combine.

`csvtobin` and `bintocsv` (oasislmf) read every table by its standard types. `lecpy` computes exceedance curves from our
period losses. `ods_tools combine` gives each event in our years a loss from our event tables, by mean and by sample.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import supplychain_risk as scr

SCENARIOS = ("taiwan-quake-severe", "euv-outage", "korea-strike")
N_YEARS = 2_000
HOLDINGS = {"NVDA": 6.0, "2330.TW": 4.0, "ASML": 3.0, "PNC": 2.0}
"""USD bn."""
READ = (
    ("selt", "selt", "Loss"),
    ("melt", "melt", "MeanLoss"),
    ("splt", "splt", "Loss"),
    ("ept", "ept", "Loss"),
    ("palt", "aal", "MeanLoss"),
)
"""Our table, what Oasis calls it, the column to add up."""
SINGLE = 1e-5
"""Relative difference that Oasis's single precision and six decimals leave."""


def simulate_years(results: list[scr.EquityReturns], seed: int) -> pd.DataFrame:
    """Years of independent Poisson events, each an outcome of its scenario; any table of years would do."""
    generator = np.random.default_rng(seed)
    pieces = []
    for result in results:
        name, frequency = result.run.scenario.name, result.run.scenario.frequency
        rate = frequency.per_year.value if frequency is not None else 0.0
        counts = generator.poisson(rate, N_YEARS)
        draw = generator.integers(0, result.run.n_draws, counts.sum())
        frame = result.to_frame()[list(HOLDINGS)]
        loss = -(frame.to_numpy() @ np.array(list(HOLDINGS.values())))[draw]
        year = np.repeat(np.arange(1, N_YEARS + 1), counts)
        pieces.append(pd.DataFrame({"year": year, "scenario": name, "draw": draw, "loss": loss}))
    return pd.concat(pieces, ignore_index=True)


def figures(network: scr.SupplyNetwork) -> Iterator[tuple[str, float, float, float]]:
    """What is compared, Oasis's number, ours, tolerance."""
    runs = [scr.simulate(network, name, n_draws=256, horizon_days=364, seed=7) for name in SCENARIOS]
    results = [scr.equity_returns(run) for run in runs]
    years = simulate_years(results, seed=7)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        first, *others = results
        written = first.to_ord(place / "output", others=others, holdings=HOLDINGS, years=years, n_years=N_YEARS)
        for file, kind, name in READ:
            ours = written.tables[file]
            theirs = read_by_oasis(place, kind, file)
            if list(theirs.columns) != list(ours.columns):
                sys.exit(f"{kind}: found the columns {list(theirs.columns)}, expected {list(ours.columns)}")
            yield (
                f"{kind.upper()} read: sum of {name}, {len(theirs)} rows",
                theirs[name].sum(),
                ours[name].sum(),
                SINGLE,
            )
        # lecpy knows losses only, so curves are of the years without the events in which the book gains
        lost = years[years["loss"] > 0]
        losses = first.to_ord(place / "losses", others=others, holdings=HOLDINGS, years=lost, n_years=N_YEARS)
        yield from curve_figures(place, losses)
        yield from combine_figures(place, written)


def call(place: Path, program: str, *arguments: object) -> None:
    """Run a program of this environment; it leaves its log in the folder."""
    command = [str(Path(sys.executable).parent / program), *map(str, arguments)]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed: {done.stderr.strip()[-2000:]}")


def read_by_oasis(place: Path, kind: str, file: str) -> pd.DataFrame:
    """A table after Oasis has made it binary and text again."""
    binary, text = place / f"{kind}.bin", place / f"{kind}.csv"
    call(place, "csvtobin", kind, "-i", place / "output" / f"gul_S1_{file}.csv", "-o", binary)
    call(place, "bintocsv", kind, "-i", binary, "-o", text)
    return pd.read_csv(text)


def curve_figures(place: Path, written: Any) -> Iterator[tuple[str, float, float, float]]:
    """Curves and average that Oasis computes from our period losses; each row is an event of its own there."""
    splt = written.tables["splt"]
    rows = np.arange(1, len(splt) + 1)
    stream = pd.DataFrame(
        {"EventId": rows, "SummaryId": 1, "SampleId": 1, "Loss": splt["Loss"], "ImpactedExposure": 1.0}
    )
    dates = {"occ_year": splt["Year"], "occ_month": splt["Month"], "occ_day": splt["Day"]}
    (place / "work" / "gul").mkdir(parents=True)
    (place / "input").mkdir()
    stream.to_csv(place / "stream.csv", index=False)
    pd.DataFrame({"event_id": rows, "period_no": splt["Period"], **dates}).to_csv(place / "occurrence.csv", index=False)
    call(
        place,
        "csvtobin",
        "summarycalc",
        "-S",
        1,
        "-i",
        place / "stream.csv",
        "-o",
        place / "work" / "gul" / "summary.bin",
    )
    occurrence = place / "input" / "occurrence.bin"
    call(place, "csvtobin", "occurrence", "-P", N_YEARS, "-i", place / "occurrence.csv", "-o", occurrence)
    call(place, "lecpy", "--run_dir", place, "-K", "gul", "-F", "-f", "-O", place / "lec.csv")
    theirs, ours = pd.read_csv(place / "lec.csv"), written.tables["ept"]
    for kind, name in ((1, "OEP"), (2, "OEP TVaR"), (3, "AEP"), (4, "AEP TVaR")):
        for period in (20, 100):
            yield f"{name} 1 in {period}, USD", on_curve(theirs, kind, period), on_curve(ours, kind, period), SINGLE


def on_curve(table: pd.DataFrame, kind: int, period: float) -> float:
    """Loss of a return period, full uncertainty."""
    chosen = table[(table["EPType"] == kind) & (table["EPCalc"] == 2) & np.isclose(table["ReturnPeriod"], period)]
    return float(chosen["Loss"].iloc[0])


def combine_figures(place: Path, written: Any) -> Iterator[tuple[str, float, float, float]]:
    """Average annual loss after `ods_tools combine` has given each event in our years a loss by our event tables."""
    splt, melt = written.tables["splt"], written.tables["melt"].set_index("EventId")
    dates = {"occ_year": splt["Year"], "occ_month": splt["Month"], "occ_day": splt["Day"]}
    years = pd.DataFrame({"event_id": splt["EventId"], "period_no": splt["Period"], **dates})
    years = years.drop_duplicates(["event_id", "period_no"])  # as `combine` counts them
    years.to_csv(place / "years.csv", index=False)
    call(
        place,
        "csvtobin",
        "occurrence",
        "-P",
        N_YEARS,
        "-i",
        place / "years.csv",
        "-o",
        place / "input" / "occurrence.bin",
    )
    counts = years["event_id"].value_counts()
    expected = float((counts * melt["MeanLoss"]).sum() / N_YEARS)
    yield "combine: average annual loss by means, USD", combined(place, group_mean=True), expected, SINGLE
    drawn = combined(place, group_secondary_uncertainty=True, group_format_priority=["S"])
    error = float(np.sqrt((counts * melt["SDLoss"] ** 2).sum()) / N_YEARS)
    yield "combine: by samples, within 3 errors of its random numbers", drawn, expected, 3.0 * error / expected


def combined(place: Path, **options: object) -> float:
    """Average annual loss by `ods_tools combine`, USD."""
    from ods_tools.combine.combine import combine, prepare_config

    target = place / "_".join(options)
    config = {"group_number_of_periods": N_YEARS, "group_alt": True, **options}
    combine([str(place)], output_dir=str(target), **prepare_config(config))
    return float(pd.read_csv(next(target.glob("*galt.csv")))["MeanLoss"].iloc[0])
