"""What can go wrong, and what the message tells.

The tree, all of it::

    SupplyChainRiskError
    ├── InputError        a value handed to a function (also a ValueError)
    ├── UnknownNameError  a name that is not in the data (also a LookupError)
    ├── DataError         records in files or tables; carries every problem found (also a ValueError)
    ├── OutputError       a result that cannot be written (also an OSError)
    └── WorkerError       a process or machine that runs draws died or does not answer

Every message says what was found, where, what was expected, and the nearest known names.
The command line prints the message alone and leaves with code 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


class SupplyChainRiskError(Exception):
    """Base of all errors that a user can cause and mend."""


class InputError(SupplyChainRiskError, ValueError):
    """A value handed to a function is outside what its docstring allows."""


class UnknownNameError(SupplyChainRiskError, LookupError):
    """A company, product, site or scenario of that name is not in the data."""

    def __init__(self, kind: str, name: str, known: Iterable[str], where: str = "") -> None:
        self.kind, self.name = kind, name
        self.nearest = nearest_names(name, known)
        hint = f"; nearest: {', '.join(self.nearest)}" if self.nearest else ""
        super().__init__(f"{where}{': ' if where else ''}no {kind} is called '{name}'{hint}")


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one record of the data.

    Attributes
    ----------
    file, record, field : where; `record` is the path of keys to it, `field` the last key.
    found, expected : what stands there and what should.
    nearest : known names close to `found`, when a name is unknown.
    line : 1-based line in the file, 0 if unknown.
    """

    file: str
    record: str
    field: str
    found: str
    expected: str
    nearest: tuple[str, ...] = ()
    line: int = 0

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        where = ", ".join(part for part in (place, self.record, self.field) if part)
        hint = f" (nearest: {', '.join(self.nearest)})" if self.nearest else ""
        return f"{where}: found {self.found}, expected {self.expected}{hint}"


class DataError(SupplyChainRiskError, ValueError):
    """Records that break the rules of the data format; all of them at once.

    Attributes
    ----------
    problems : every problem found, in the order of the files.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        head = f"{count} problem{'s' if count != 1 else ''} in the data"
        super().__init__("\n".join([head, *(f"- {problem}" for problem in self.problems)]))


class OutputError(SupplyChainRiskError, OSError):
    """A result cannot be written where it was asked for."""


class WorkerError(SupplyChainRiskError):
    """A process or machine that runs draws died, or does not answer."""


def nearest_names(name: str, known: Iterable[str], count: int = 3) -> tuple[str, ...]:
    """Names in `known` that look most like `name`, best first.

    >>> nearest_names("nvidai", ["nvidia", "amd", "intel"])
    ('nvidia',)
    """
    return tuple(get_close_matches(name, list(known), n=count, cutoff=0.6))
