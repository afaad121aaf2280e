"""A book as a table of years needs it: positions of companies, and a rest of each that moves with the market.

What is no company of the data, or has no return of its own, has no part in the network: it moves with beta x the
market. What is missing to a whole is cash and does not move.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum, isfinite
from typing import Protocol, runtime_checkable

from supplychain_risk.dataset.holdings import Holdings
from supplychain_risk.dataset.schema import Dataset
from supplychain_risk.errors import InputError, UnknownNameError

MARKET_BETA = 1.0
"""Beta of the market as a whole, for what nothing is known of."""


class Position(Protocol):
    """One line of a book: weight, part of it by company, and beta of what is in no company with a return."""

    @property
    def weight(self) -> float:
        """Part of the book's worth; negative = sold short."""

    @property
    def companies(self) -> Mapping[str, float]:
        """Company id -> part of the position."""

    @property
    def rest_beta(self) -> float:
        """How the rest of the position moves with the market."""


@runtime_checkable
class Book(Protocol):
    """What is held: a name for reports, positions, and what was assumed, one sentence each."""

    @property
    def name(self) -> str:
        """Name for reports."""

    @property
    def positions(self) -> Sequence[Position]:
        """Lines of the book."""

    @property
    def notes(self) -> Sequence[str]:
        """What was assumed."""


@dataclass(frozen=True)
class Line:
    """A position, see `Position`."""

    weight: float
    companies: Mapping[str, float]
    rest_beta: float = MARKET_BETA


@dataclass(frozen=True)
class Lines:
    """A book, see `Book`."""

    name: str
    positions: tuple[Line, ...]
    notes: tuple[str, ...] = ()


def book_of(book: str | Mapping[str, float] | Holdings | Book, dataset: Dataset) -> Book:
    """A book from the name of an index, from weights by company, or from holdings that were read.

    Parameters
    ----------
    book : index of the data (latest weights; what it does not name is the rest), company id -> weight, holdings (names
        that are unknown are the rest), or anything with a name, positions and notes.
    dataset : companies and indices.

    Raises
    ------
    UnknownNameError : no such index or company.
    InputError : no weights, or weights that are no numbers.

    Examples
    --------
    >>> from supplychain_risk.dataset.load import load_dataset
    >>> book_of({"nvidia": 0.6, "tsmc": 0.4}, load_dataset()).name
    'nvidia, tsmc'
    """
    if isinstance(book, str):
        found: Book = _of_index(book, dataset)
    elif isinstance(book, Holdings):
        names = ", ".join(book.unknown)
        note = (f"no company of the data, moves one for one with the market: {names}",) if names else ()
        found = _of_weights(book.file, book.weights, fsum(book.unknown.values()), (*book.assumptions, *note))
    elif isinstance(book, Mapping):
        found = _of_weights(", ".join(map(str, book)), book)
    elif isinstance(book, Book):
        found = book
    else:
        raise InputError(f"book: found {type(book).__name__}, expected the name of an index, weights, or a book")
    _check(found, dataset)
    return found


def _of_weights(name: str, weights: Mapping[str, float], rest: float = 0.0, notes: tuple[str, ...] = ()) -> Lines:
    lines = [Line(weight, {company: 1.0}) for company, weight in weights.items()]
    return Lines(name, (*lines, Line(rest, {})) if rest else tuple(lines), notes)


def _of_index(name: str, dataset: Dataset) -> Lines:
    if name not in dataset.indices:
        raise UnknownNameError("index", name, dataset.indices)
    index = dataset.indices[name]
    weights: dict[str, float] = {}
    for holding in index.latest.holdings:
        if holding.company:
            weights[holding.company] = weights.get(holding.company, 0.0) + holding.weight.value
    covered = fsum(weights.values())
    note = (
        f"{index.name} as of {index.as_of}: {covered:.1%} of it in companies of the data, the rest moves as the market"
    )
    return _of_weights(index.name, weights, max(0.0, 1.0 - covered), (note,))


def _check(book: Book, dataset: Dataset) -> None:
    for position in book.positions:
        for company in position.companies:
            if company not in dataset.companies:
                raise UnknownNameError("company", str(company), dataset.companies, where=book.name)
        weight = position.weight
        if not isfinite(weight):
            held = ", ".join(position.companies) or "rest"
            raise InputError(f"{book.name}, {held}: found the weight {weight!r}, expected a number")
    if all(position.weight == 0.0 for position in book.positions):
        raise InputError(f"{book.name or 'book'}: found no weight other than 0, expected at least one holding")
