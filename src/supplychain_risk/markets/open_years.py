"""Simulated years as Open Results Data: losses by period (SPLT), their average (PALT), exceedance curves (EPT).

For losses l_(1) >= l_(2) >= ... of n years the return period of l_(k) is n / k and its TVaR the mean of the k largest.
OEP takes the largest event of each year, AEP the sum of its events. Only losses above 0 are on the curves.

EPType: 1 OEP, 2 OEP TVaR, 3 AEP, 4 AEP TVaR. EPCalc: 2 full uncertainty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.kernels.chain import Floats

USD_PER_BN = 1e9
SUMMARY, SAMPLED, FULL_UNCERTAINTY = 1, 2, 2
OEP, OEP_TVAR, AEP, AEP_TVAR = 1, 2, 3, 4
YEAR_COLUMNS = ("year", "scenario", "draw", "loss")


class EventExposure(NamedTuple):
    """Number of an event, and the exposure with a loss in each of its draws (D,), USD."""

    number: int
    impacted: Floats


def year_tables(
    events: Mapping[str, EventExposure], years: pd.DataFrame, n_years: int | None
) -> dict[str, pd.DataFrame]:
    """SPLT, PALT and EPT of a table of simulated years; columns and errors as in `open_results`.

    Parameters
    ----------
    events : scenario -> its number and exposure.
    years, n_years : rows (year, scenario, draw, loss in USD bn), and how many years were simulated.
    """
    if n_years is None or n_years < 2:
        raise InputError(f"n_years: found {n_years!r}, expected the number of years simulated, at least 2")
    _check_years(years, events, n_years)
    ordered = years.sort_values("year", kind="stable")
    found = [events[name] for name in ordered["scenario"]]
    loss = ordered["loss"].to_numpy(dtype=np.float64) * USD_PER_BN
    year = ordered["year"].to_numpy(dtype=np.int64)
    start = {"Month": 1, "Day": 1, "Hour": 0, "Minute": 0, "SummaryId": SUMMARY, "SampleId": 1}
    impacted = [event.impacted[int(draw)] for event, draw in zip(found, ordered["draw"], strict=True)]
    splt = {"Period": year, "PeriodWeight": 1.0 / n_years, "EventId": [event.number for event in found], "Year": year}
    sums, largest = np.zeros(n_years), np.zeros(n_years)
    np.add.at(sums, year - 1, loss)
    np.maximum.at(largest, year - 1, loss)
    average = {"MeanLoss": sums.mean(), "SDLoss": sums.std(ddof=1)}
    return {
        "splt": typed(pd.DataFrame({**splt, **start, "Loss": loss, "ImpactedExposure": impacted})),
        "palt": typed(pd.DataFrame([{"SummaryId": SUMMARY, "SampleType": SAMPLED, **average}])),
        "ept": typed(pd.concat([*_curves(largest, OEP, OEP_TVAR), *_curves(sums, AEP, AEP_TVAR)], ignore_index=True)),
    }


def exceedance(losses: Floats) -> tuple[Floats, Floats, Floats]:
    """Return periods, losses above 0 and their TVaR, rarest first, from one loss a year, years without loss included.

    Examples
    --------
    >>> periods, losses, means = exceedance(np.array([0.0, 10.0, 30.0, 0.0]))
    >>> periods.tolist(), losses.tolist(), means.tolist()
    ([4.0, 2.0], [30.0, 10.0], [30.0, 20.0])
    """
    ordered = np.sort(losses[losses > 0.0])[::-1]
    rank = np.arange(1.0, len(ordered) + 1.0)
    return len(losses) / rank, ordered, np.cumsum(ordered) / rank


def _curves(losses: Floats, kind: int, tvar_kind: int) -> Iterator[pd.DataFrame]:
    periods, ordered, means = exceedance(losses)
    head = {"SummaryId": SUMMARY, "EPCalc": FULL_UNCERTAINTY}
    for number, values in ((kind, ordered), (tvar_kind, means)):
        yield pd.DataFrame({**head, "EPType": number, "ReturnPeriod": periods, "Loss": values})


def _check_years(years: pd.DataFrame, events: Mapping[str, EventExposure], n_years: int) -> None:
    for name in YEAR_COLUMNS:
        if name not in years:
            found = ", ".join(map(str, years.columns))
            raise InputError(f"years: found the columns {found}, expected {', '.join(YEAR_COLUMNS)}")
    for name in years["scenario"].unique():
        if name not in events:
            raise UnknownNameError("scenario", name, events, "years")
    n_draws = len(next(iter(events.values())).impacted)
    for column, low, high in (("year", 1, n_years), ("draw", 0, n_draws - 1)):
        values = pd.to_numeric(years[column], errors="coerce")
        wrong = ~(values.between(low, high) & (values % 1 == 0))
        if wrong.any():
            raise InputError(
                f"years, {column}: found {years[column][wrong].iloc[0]}, expected whole numbers {low} to {high}"
            )
    wrong = ~np.isfinite(pd.to_numeric(years["loss"], errors="coerce"))
    if wrong.any():
        raise InputError(f"years, loss: found {years['loss'][wrong].iloc[0]}, expected USD bn")


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Whole numbers as the standard has them, 32 bits; losses stay double here and are rounded to cents in files."""
    whole = [name for name in frame if frame[name].dtype.kind in "iu"]
    return frame.astype(dict.fromkeys(whole, np.int32))
