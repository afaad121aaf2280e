"""Channels of returns, made when asked for, so that many draws x companies are not held once a channel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from supplychain_risk.markets.accounts import Floats

ROWS = 4_096
"""Draws taken at a time where channels are added up."""

Part = Callable[[slice], Floats]


class Channels(Mapping[str, Floats]):
    """Name -> (D, N) returns, shares of market value; `rows` gives those of some draws without making the others.

    Parameters
    ----------
    parts : name -> function from a slice of draws to their returns.
    """

    def __init__(self, parts: Mapping[str, Part]) -> None:
        self._parts = dict(parts)

    def __getitem__(self, name: str) -> Floats:
        """Returns of all draws, read-only."""
        whole = self.rows(name, slice(None))
        whole.setflags(write=False)
        return whole

    def __iter__(self) -> Iterator[str]:
        """Names, in their order."""
        return iter(self._parts)

    def __len__(self) -> int:
        """Number of channels."""
        return len(self._parts)

    def rows(self, name: str, draws: slice) -> Floats:
        """Returns of some draws."""
        return self._parts[name](draws)


def rows_of(channels: Mapping[str, Floats], name: str, draws: slice) -> Floats:
    """Returns of some draws by one channel, of channels of either kind."""
    return channels.rows(name, draws) if isinstance(channels, Channels) else channels[name][draws]


def added(channels: Mapping[str, Floats], names: list[str], n_draws: int) -> Floats:
    """Sum of some channels (D, N), in the order of the names."""
    first = rows_of(channels, names[0], slice(0, 1))
    whole = np.empty((n_draws, first.shape[1]))
    for start in range(0, n_draws, ROWS):
        draws = slice(start, start + ROWS)
        part = rows_of(channels, names[0], draws)
        for name in names[1:]:
            part = part + rows_of(channels, name, draws)
        whole[draws] = part
    return whole
