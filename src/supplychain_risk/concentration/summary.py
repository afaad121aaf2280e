"""From a ledger of shares to the table of concentration: index, intervals, largest holder, rules, age and confidence.

How a market is counted. Named holders count one by one. The rest that nobody has named is never one firm: the index
takes it as many small holders, and its interval runs from there to as few as can be without having been named
(`kernels.share_bounds`). A group of producers that the data count as one firm is one firm in the index; the lower end
of the interval splits it up. A second interval says how far the facts' own ranges move the index.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from supplychain_risk.concentration.ledger import GIVEN, REST, Floats, Ledger
from supplychain_risk.dataset.facts import CONFIDENCES
from supplychain_risk.dataset.parameters import ConcentrationParameters
from supplychain_risk.kernels.share_bounds import Interval, hhi_of_incomplete, hhi_of_ranges
from supplychain_risk.kernels.share_rules import Finding, above, below, n_minus_1_cover
from supplychain_risk.kernels.shares import POINTS

CLASSES = (GIVEN, *CONFIDENCES)
"""Confidence, best first."""

DIGITS = 12
"""Shares that agree in so many decimals are the same."""

RULES = {"hhi": "hhi_margin_points", "share": "share_margin", "country": "country_margin", "n-1": "cover_margin"}
"""Rule -> the column with its margin."""


def summarise(ledger: Ledger, groups: frozenset[str]) -> pd.DataFrame:
    """Count every market of a ledger.

    Parameters
    ----------
    ledger : shares of M markets.
    groups : holders that are several firms.

    Returns
    -------
    DataFrame
        M rows: hhi, hhi_low, hhi_high, hhi_fact_low, hhi_fact_high, effective_number, holders, unknown_share, top,
        top_share, top_low, top_high, n_minus_1_cover, n_minus_1_net, oldest, confidence, weakest.
    """
    count = len(ledger.keys)
    entries = ledger.entries
    named = entries[(entries["holder"] != REST) & (entries["share"] > 0)]
    rest = entries.loc[entries["holder"] == REST].groupby("market")["share"].sum().reindex(range(count), fill_value=0.0)
    shares = _matrix(named["market"], named["share"], count)
    single = named["share"].where(~named["holder"].isin(groups), 0.0)
    bounds = hhi_of_incomplete(shares, rest.to_numpy())
    known = shares.sum(axis=1) > 0
    ranges = _fact_ranges(named, entries, count)
    index = np.where(known, bounds.low, np.nan)
    with np.errstate(divide="ignore"):
        table = pd.DataFrame(
            {
                "hhi": index,
                "hhi_low": np.bincount(named["market"], single**2, minlength=count),
                "hhi_high": np.minimum(bounds.high, 1.0),
                "hhi_fact_low": np.where(known, ranges[:, 0], np.nan),
                "hhi_fact_high": np.where(known, ranges[:, 1], np.nan),
                "effective_number": 1 / index,
                "holders": np.bincount(named["market"], minlength=count),
                "unknown_share": rest.to_numpy(),
            }
        )
    return table.join(_largest(named, entries, count)).join(_trust(ledger.evidence, count))


def with_rules(table: pd.DataFrame, thresholds: ConcentrationParameters, rules: Mapping[str, str]) -> pd.DataFrame:
    """Add the margin to the threshold of each rule and, in `above`, the rules that fire.

    Parameters
    ----------
    table : as from `summarise`, with top_country_share where the country rule is asked for.
    thresholds : levels of the rules.
    rules : of "hhi", "share", "country" and "n-1", with the column whose value each one judges.
    """
    levels = {
        "hhi": thresholds.hhi_points.value,
        "share": thresholds.firm_share.value,
        "country": thresholds.country_share.value,
        "n-1": thresholds.n_minus_1_cover.value,
    }
    found: dict[str, Finding] = {}
    for rule, column in rules.items():
        value = table[column].to_numpy(dtype=np.float64) * (POINTS if rule == "hhi" else 1)
        found[rule] = below(value, levels[rule]) if rule == "n-1" else above(value, levels[rule])
    margins = {RULES[rule]: finding.margin for rule, finding in found.items()}
    fired = [" ".join(rule for rule, finding in found.items() if finding.fires[row]) for row in range(len(table))]
    return table.assign(**margins, above=fired)


def _matrix(market: pd.Series[int], values: pd.Series[float], count: int) -> Floats:
    """(markets, widest) values of each market side by side, padded with 0; rows come sorted by market."""
    position = market.groupby(market).cumcount()
    matrix = np.zeros((count, int(position.max()) + 1 if len(position) else 1))
    matrix[market, position] = values
    return matrix


def _fact_ranges(named: pd.DataFrame, entries: pd.DataFrame, count: int) -> Floats:
    """(markets, 2) smallest and largest HHI of named holders that the ranges of the facts leave."""
    rest = entries[entries["holder"] == REST].groupby("market")[["low", "high"]].sum().clip(upper=1.0)
    spare = rest.reindex(range(count), fill_value=0.0).to_numpy(np.float64)
    low, high = named["low"].to_numpy(np.float64), named["high"].to_numpy(np.float64)
    start = np.searchsorted(named["market"].to_numpy(), np.arange(count + 1))
    known: dict[bytes, Interval] = {}
    ranges = np.zeros((count, 2))
    for market in range(count):
        here = slice(start[market], start[market + 1])
        least, most = 1 - spare[market, ::-1]
        alike = np.concatenate([low[here], high[here], [least, most]]).round(DIGITS).tobytes()
        if alike not in known:  # many customers buy in the same shares
            known[alike] = hhi_of_ranges(low[here], high[here], least_sum=least, most_sum=most)
        ranges[market] = known[alike]
    return ranges


def _largest(named: pd.DataFrame, entries: pd.DataFrame, count: int) -> pd.DataFrame:
    """The largest named holder of each market, and what the others can cover without it."""
    first = named.drop_duplicates("market").set_index("market").reindex(range(count))
    supply = entries.groupby("market")["supply"].sum(min_count=1).reindex(range(count)).to_numpy()
    lost, own = first["supply"].to_numpy(), first["own_need"].to_numpy()
    need = np.ones(count)  # shares are parts of the need
    return pd.DataFrame(
        {
            "top": first["holder"].fillna(""),
            "top_share": first["share"],
            "top_low": first["low"],
            "top_high": first["high"],
            "n_minus_1_cover": n_minus_1_cover(supply, need, lost),
            "n_minus_1_net": n_minus_1_cover(supply, need, lost, own_need=own),
        }
    )


def _trust(evidence: pd.DataFrame, count: int) -> pd.DataFrame:
    """Age of the oldest fact, confidence of the weakest, and the confidence that half of the weight reaches."""
    known = evidence[evidence["confidence"] != ""]
    rank = known["confidence"].map(CLASSES.index)
    ordered = known.assign(rank=rank).sort_values(["market", "rank"], kind="stable")
    by_market = ordered.groupby("market")
    reached = by_market["weight"].cumsum() >= by_market["weight"].transform("sum") / 2
    dated = known[known["as_of"] != ""]
    columns = {
        "oldest": dated.groupby("market")["as_of"].min(),
        "confidence": ordered[reached].drop_duplicates("market").set_index("market")["confidence"],
        "weakest": by_market["confidence"].last(),
    }
    return pd.DataFrame({name: column.reindex(range(count)).fillna("") for name, column in columns.items()})
