"""A book of holdings, laid over what the model knows: companies, funds on indices, and the rest.

Nothing is dropped. A row that names a company moves with it; a fund on an index of the data is looked through; what
the data do not know moves with `unknown_holding_beta` x the market factor, is listed, and has no network part. Weights
that do not add up to 1 leave cash, which does not move; below 0 it is borrowed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import as_file
from math import fsum, isfinite
from numbers import Real
from types import MappingProxyType

from supplychain_risk.dataset.holdings import company_names, read_holdings
from supplychain_risk.dataset.load import data_folder, load_dataset
from supplychain_risk.dataset.schema import Dataset
from supplychain_risk.errors import InputError
from supplychain_risk.markets.indices import find_index, fund_tickers, index_position, index_weights, rest_beta
from supplychain_risk.markets.positions import Position

EXAMPLE = "portfolios/ai_hardware.csv"
"""The packaged book, in the folder of the data."""

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Portfolio:
    """A book, as parts of its worth.

    Attributes
    ----------
    name : of the file or the index.
    positions : its lines; names differ.
    notes : what was assumed in making it, one sentence each.
    """

    name: str
    positions: tuple[Position, ...]
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Say what it is, never the content."""
        return f"Portfolio({self.name}, {len(self.positions)} positions)"

    @property
    def cash(self) -> float:
        """Part of the book that is in no position; below 0 = borrowed."""
        left = 1.0 - fsum(position.weight for position in self.positions)
        return left if abs(left) > _ROUNDING else 0.0

    @property
    def unknown(self) -> Mapping[str, float]:
        """Weights of positions that the data do not know."""
        return MappingProxyType({each.name: each.weight for each in self.positions if each.kind == "unknown"})

    @classmethod
    def from_csv(cls, path: str | os.PathLike[str], dataset: Dataset | None = None) -> Portfolio:
        r"""Read a book from a CSV file.

        Parameters
        ----------
        path : CSV with a header: ``ticker``, ``id`` or ``company``, and ``weight`` or ``value`` (with ``currency``, if
            wanted); negative = short. What is read and what becomes of sums: `dataset.holdings`.
        dataset : companies and indices to look up; None = the packaged data.

        Raises
        ------
        DataError : no such file, no table, or illegal cells; all of them at once, with their lines.

        Examples
        --------
        >>> import tempfile, supplychain_risk as scr
        >>> with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        ...     _ = file.write("ticker,weight\nNVDA,0.5\nIWM,0.3\nXYZ,0.1\n")
        ...     file.flush()
        ...     book = scr.Portfolio.from_csv(file.name)
        >>> [(each.name, each.kind) for each in book.positions], round(book.cash, 9)
        ([('nvidia', 'company'), ('IWM', 'index'), ('XYZ', 'unknown')], 0.1)
        """
        data = dataset or load_dataset()
        book = read_holdings(os.fspath(path), data)
        return cls._of(book.file, {**book.weights, **book.unknown}, data, book.assumptions)

    @classmethod
    def from_weights(
        cls, weights: Mapping[str, float], dataset: Dataset | None = None, *, name: str = "weights"
    ) -> Portfolio:
        """Make a book of weights by company id, ticker or name, or by ticker of a fund; they are taken as they are.

        Raises
        ------
        InputError : no weights, one that is not a finite number, or a name that is no text.

        Examples
        --------
        >>> book = Portfolio.from_weights({"TSM": 0.6, "tsmc": 0.1, "amd": -0.2})
        >>> [(each.name, round(each.weight, 9)) for each in book.positions], round(book.cash, 9)
        ([('tsmc', 0.7), ('amd', -0.2)], 0.5)
        """
        data = dataset or load_dataset()
        if not len(weights):
            raise InputError("weights: found none, expected at least one holding")
        names, _ = company_names(data)
        merged: dict[str, float] = {}
        for key, weight in weights.items():
            if not isinstance(key, str):
                raise InputError(f"weights: found the name {key!r}, expected a company id, a ticker or a name")
            if not isinstance(weight, Real) or not isfinite(weight):
                raise InputError(f"weights, {key}: found {weight!r}, expected a number")
            known = names.get(key.casefold(), key)
            merged[known] = merged.get(known, 0.0) + weight
        return cls._of(name, merged, data, ())

    @classmethod
    def example(cls, dataset: Dataset | None = None) -> Portfolio:
        """Read the packaged book: makers and users of AI hardware, a regional bank and a fund on the Russell 2000."""
        with as_file(data_folder() / EXAMPLE) as file:
            return cls.from_csv(file, dataset)

    @classmethod
    def of_index(cls, name: str, dataset: Dataset | None = None) -> Portfolio:
        """Make the book of an index: a position a company, and one for the rest.

        Parameters
        ----------
        name : id, name or symbol of an index of the data, or the ticker of a fund on it.
        dataset : None = the packaged data.

        Raises
        ------
        UnknownNameError : no such index.
        """
        data = dataset or load_dataset()
        record = data.indices[find_index(data, name)]
        weights, beta = index_weights(record), rest_beta(data, record)
        lines = [Position(company, part, "company", {company: 1.0}, beta) for company, part in weights.items()]
        rest = 1.0 - fsum(weights.values())
        if rest > _ROUNDING:
            lines.append(Position(f"rest of {record.name}", rest, "rest", {}, beta))
        return cls(f"{record.name}, {record.as_of}", tuple(lines))

    @classmethod
    def _of(cls, name: str, weights: Mapping[str, float], data: Dataset, notes: tuple[str, ...]) -> Portfolio:
        lines = tuple(_position(data, key, weight) for key, weight in weights.items())
        return cls(name, lines, (*notes, *_notes(data, lines)))


def _position(data: Dataset, name: str, weight: float) -> Position:
    beta = data.parameters.model.unknown_holding_beta.value
    if name in data.companies:
        return Position(name, weight, "company", {name: 1.0}, beta)
    index = fund_tickers(data).get(name.casefold())
    if index is not None:
        return index_position(data, index, name=name, weight=weight)
    return Position(name, weight, "unknown", {}, beta)


def _notes(data: Dataset, positions: tuple[Position, ...]) -> Iterator[str]:
    for each in positions:
        if each.kind == "index":
            record = data.indices[fund_tickers(data)[each.name.casefold()]]
            yield (
                f"{each.name} is looked through as {record.name} of {record.as_of}; what of it is in no company with a "
                f"return moves with {each.rest_beta:g} x the market and has no network part"
            )
    unknown = [each for each in positions if each.kind == "unknown"]
    if unknown:
        names = ", ".join(f"{each.name} ({each.weight:.1%})" for each in unknown)
        beta = unknown[0].rest_beta
        yield f"not in the data, so each moves with {beta:g} x the market and has no network part: {names}"
