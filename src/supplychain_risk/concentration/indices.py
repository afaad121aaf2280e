"""Every index of concentration of anybody's share vectors, checked first; the formulas stand in `kernels.shares`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from supplychain_risk.errors import InputError
from supplychain_risk.kernels import shares as kernel
from supplychain_risk.kernels.shares import Floats

SUM_TOLERANCE = 1e-6
"""How far from 1 the shares of a vector may add up to because they were rounded."""

Ints = NDArray[np.int64]

INDICES: dict[str, Callable[[Floats, Ints], Floats]] = {
    "hhi": lambda s, _: kernel.hhi(s),
    "hhi_points": lambda s, _: kernel.hhi_points(s),
    "hhi_normalised": lambda s, n: kernel.hhi_normalised(s, n=n),
    "effective_number": lambda s, _: kernel.effective_number(s),
    "simpson": lambda s, _: kernel.simpson(s),
    "cr_1": lambda s, _: kernel.concentration_ratio(s, 1),
    "cr_2": lambda s, _: kernel.concentration_ratio(s, 2),
    "cr_3": lambda s, _: kernel.concentration_ratio(s, 3),
    "cr_4": lambda s, _: kernel.concentration_ratio(s, 4),
    "berger_parker": lambda s, _: kernel.berger_parker(s),
    "lead": lambda s, _: kernel.lead(s),
    "hannah_kay_0_5": lambda s, _: kernel.hannah_kay(s, 0.5),
    "hannah_kay_1": lambda s, _: kernel.hannah_kay(s, 1),
    "hannah_kay_3": lambda s, _: kernel.hannah_kay(s, 3),
    "hannah_kay_number_0_5": lambda s, _: kernel.hannah_kay_number(s, 0.5),
    "hannah_kay_number_3": lambda s, _: kernel.hannah_kay_number(s, 3),
    "shannon": lambda s, _: kernel.shannon(s),
    "shannon_number": lambda s, _: kernel.shannon_number(s),
    "evenness": lambda s, n: kernel.evenness(s, n=n),
    "renyi_2": lambda s, _: kernel.renyi(s, 2),
    "theil": lambda s, n: kernel.theil(s, n=n),
    "gini": lambda s, n: kernel.gini(s, n=n),
    "gini_sample": lambda s, n: kernel.gini_sample(s, n=n),
    "hoover": lambda s, n: kernel.hoover(s, n=n),
    "hall_tideman": lambda s, _: kernel.hall_tideman(s),
    "horvath": lambda s, _: kernel.horvath(s),
}
"""Column -> index of vectors (rows, n) with n suppliers each; of order 2 the Hannah-Kay index is `hhi`."""


def share_indices(shares: ArrayLike | pd.DataFrame) -> pd.DataFrame:
    """Compute every index of one share vector, or of many in rows.

    Parameters
    ----------
    shares : (n,) or (rows, n) shares >= 0 that sum to 1 in every row. NaN at the end of a row is no supplier: it makes
        rows of different length possible. 0 is a supplier without sales; it counts in n.

    Returns
    -------
    DataFrame
        A row for each vector, a column for each of `INDICES`; the index of a frame is kept. `gini_sample` of a single
        supplier is NaN: it does not exist.

    Raises
    ------
    InputError : no shares, negative ones, NaN between shares, or a sum other than 1; the first such row is named.

    Examples
    --------
    >>> share_indices([0.5, 0.3, 0.2])[["hhi", "cr_2", "gini"]].round(12).to_dict("records")
    [{'hhi': 0.38, 'cr_2': 0.8, 'gini': 0.2}]
    """
    vectors, count = checked_shares(shares)
    index = shares.index if isinstance(shares, pd.DataFrame) else None
    return pd.DataFrame(every_index(vectors, count), index=index)


def every_index(vectors: Floats, count: Ints) -> dict[str, Floats]:
    """All of `INDICES` of checked vectors in rows, with `count` suppliers each.

    No index depends on the order of the suppliers; sorted ones are sorted again in half the time.
    """
    ordered = np.sort(vectors, axis=1)
    return {name: compute(ordered, count) for name, compute in INDICES.items()}


def checked_shares(shares: ArrayLike | pd.DataFrame) -> tuple[Floats, Ints]:
    """Share vectors in rows, padded with 0, and the number of suppliers of each.

    Raises
    ------
    InputError : as in `share_indices`.
    """
    try:
        vectors = np.array(shares, dtype=np.float64, ndmin=2)
    except (TypeError, ValueError):
        raise InputError("shares: found something that is no array of numbers, expected shares in rows") from None
    if vectors.ndim != 2 or vectors.size == 0:
        raise InputError(f"shares: found an array of shape {vectors.shape}, expected at least one share in each row")
    missing = np.isnan(vectors)
    count = (~missing).sum(axis=1)
    _refuse(count == 0, "no share at all", "at least one")
    _refuse((missing[:, :-1] & ~missing[:, 1:]).any(axis=1), "NaN before a share", "NaN at the end only")
    _refuse(np.isinf(vectors).any(axis=1), "infinity", "shares between 0 and 1")
    vectors[missing] = 0.0
    least = vectors.min(axis=1)
    _refuse(least < 0, "a share of {:g}", "shares of at least 0", least)
    total = vectors.sum(axis=1)
    _refuse(np.abs(total - 1) > SUM_TOLERANCE, "a sum of {:.6g}", "shares that sum to 1", total)
    return vectors, count


def _refuse(bad: NDArray[np.bool_] | np.bool_, found: str, expected: str, value: Floats | None = None) -> None:
    """Raise for the first bad row."""
    if bad.any():
        row = int(np.argmax(bad))
        shown = found if value is None else found.format(value[row])
        raise InputError(f"shares: found {shown} in row {row}, expected {expected}")
