"""A book of holdings from a CSV file: who is held, with what weight, and what had to be assumed.

Columns, in any order and case: ``ticker``, ``id`` or ``company``, and ``weight`` or ``value``; others are not read,
except ``currency`` beside values. Weights are parts of the book's worth, ``value`` any amount of money; negative = sold
short. Cells that a spreadsheet would run as a formula are refused.

What becomes of the sum. Values are divided by it. Weights up to 1 stay as they are, the rest is cash. Weights of more
than 1 (percent, or a book on credit) are divided by their sum. A book that is worth 0 or less has no such weights.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, isfinite
from pathlib import Path
from types import MappingProxyType
from typing import NoReturn

from supplychain_risk.dataset.reading import MAX_BYTES
from supplychain_risk.dataset.schema import Dataset
from supplychain_risk.errors import DataError, Problem

KEYS = ("id", "ticker", "company")
"""Columns that name the holding; of several, the first of these counts."""
AMOUNTS = ("weight", "value")
FORMULA_STARTS = ("=", "+", "-", "@")
ROUNDING = 1e-6
"""Weights whose sum is that close to 1 are taken to sum to 1."""


@dataclass(frozen=True)
class Holdings:
    """A book, as parts of its worth.

    Attributes
    ----------
    file : name of the file.
    weights : company id -> weight; negative = short.
    unknown : name as it was written -> weight, of rows that name no company of the data.
    assumptions : what was assumed in reading, one sentence each.
    """

    file: str
    weights: Mapping[str, float]
    unknown: Mapping[str, float]
    assumptions: tuple[str, ...]


@dataclass(frozen=True)
class _Row:
    line: int
    name: str
    amount: float
    currency: str


def read_holdings(path: str | Path, dataset: Dataset) -> Holdings:
    r"""Read a book and find its companies in the data.

    A row names a company by id, by any of its tickers or by its full name. Rows of one company are added up. A row
    that names none is kept under `unknown`, never dropped.

    Parameters
    ----------
    path : CSV with a header, separated by commas, semicolons or tabs; UTF-8 or Windows-1252. Decimal commas where the
        separator is no comma. "5%" is .05.
    dataset : companies with their tickers.

    Raises
    ------
    DataError : no such file, no table, or cells that are illegal; all of them at once, with their lines.

    Examples
    --------
    >>> import tempfile, supplychain_risk as scr
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "book.csv"
    ...     _ = file.write_text("Ticker,Value\nNVDA,600\n2330.TW,300\nIWM,100\n")
    ...     book = read_holdings(file, scr.load_dataset())
    >>> dict(book.weights), dict(book.unknown)
    ({'nvidia': 0.6, 'tsmc': 0.3}, {'IWM': 0.1})
    """
    place = Path(path)
    text, notes = _decoded(place)
    rows, amount, remarks = _rows(place.name, text)
    total = fsum(row.amount for row in rows)
    scale, sum_note = _scale(place.name, amount, total)
    weights: dict[str, float] = {}
    unknown: dict[str, float] = {}
    lines: dict[str, list[int]] = {}
    names, parents = company_names(dataset)
    for row in rows:
        company = names.get(row.name.casefold())
        target, key = (unknown, row.name) if company is None else (weights, company)
        target[key] = target.get(key, 0.0) + row.amount * scale
        lines.setdefault(key, []).append(row.line)
    notes += [*remarks, *sum_note]
    notes += [f"{key} stands on lines {', '.join(map(str, at))}: added up" for key, at in lines.items() if len(at) > 1]
    notes += [
        f"{name} is the parent of {parents[name.casefold()]}, and not in the data itself"
        for name in unknown
        if name.casefold() in parents
    ]
    return Holdings(place.name, MappingProxyType(weights), MappingProxyType(unknown), tuple(notes))


def company_names(dataset: Dataset) -> tuple[dict[str, str], dict[str, str]]:
    """Company by name, ticker and id (the later counts) in small letters; and companies by their parent's ticker."""
    names = {record.name.casefold(): company for company, record in dataset.companies.items()}
    parents: dict[str, str] = {}
    for company, record in dataset.companies.items():
        owner = parents if record.listed == "parent" else names
        owner |= {ticker.casefold(): company for ticker in (record.ticker, *record.other_tickers.split()) if ticker}
    return names | {company: company for company in dataset.companies}, parents


def _stop(file: str, field: str, found: str, expected: str) -> NoReturn:
    raise DataError([Problem(file, "", field, found, expected)])


def _decoded(path: Path) -> tuple[str, list[str]]:
    if not path.is_file():
        _stop(str(path), "", "a folder" if path.is_dir() else "no such file", "a CSV file")
    with path.open("rb") as stream:
        raw = stream.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        _stop(path.name, "", f"more than {MAX_BYTES:,} bytes", f"at most {MAX_BYTES:,} bytes")
    if b"\0" in raw:
        _stop(path.name, "", "bytes that are no text (a spreadsheet file, or UTF-16?)", "CSV in UTF-8")
    try:
        return raw.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("cp1252"), ["the file is not in UTF-8; it was read as Windows-1252"]
    except UnicodeDecodeError as error:
        _stop(path.name, "", f"byte {error.start} that is neither UTF-8 nor Windows-1252", "CSV in UTF-8")


def _rows(file: str, text: str) -> tuple[list[_Row], str, list[str]]:
    """Rows, the column their amounts are from, and remarks on columns."""
    header_line = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(",;\t", key=header_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True, skipinitialspace=True)
    try:
        table = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader if any(map(str.strip, cells))]
    except csv.Error as error:
        _stop(file, "", f"broken CSV on line {reader.line_num} ({error})", "cells whose quotes are closed")
    if not table:
        _stop(file, "", "an empty file", "a header and at least one holding")
    header = [cell.casefold() for cell in table[0][1]]
    key, amount = _columns(file, header)
    if len(table) == 1:
        _stop(file, "", "a header without rows", "at least one holding")
    cells = [(line, dict(zip(header, row, strict=False)), len(row)) for line, row in table[1:]]
    problems = [
        problem
        for line, row, count in cells
        for problem in _problems(file, line, row, (key, amount), count - len(header), decimal_comma=separator != ",")
    ]
    if problems:
        raise DataError(problems)
    rows = [_Row(line, row[key], _number(row[amount]), row.get("currency", "").upper()) for line, row, _ in cells]
    _check_currencies(file, rows, amount)
    unread = [name for name in header if name not in (key, amount, "name", "currency") and name]
    return rows, amount, [f"columns not read: {', '.join(unread)}"] if unread else []


def _columns(file: str, header: Sequence[str]) -> tuple[str, str]:
    """Names of the columns of holdings and of amounts."""
    if twice := sorted({name for name in header if name and header.count(name) > 1}):
        _stop(file, "header", f"the column '{twice[0]}' twice", "each column once")
    key = next((name for name in KEYS if name in header), "")
    amounts = [name for name in AMOUNTS if name in header]
    if not key:
        _stop(file, "header", f"columns {', '.join(header)}", f"one called {', '.join(KEYS[:-1])} or {KEYS[-1]}")
    if len(amounts) != 1:
        _stop(file, "header", f"columns {', '.join(header)}", "one called weight or one called value")
    return key, amounts[0]


def _problems(
    file: str, line: int, row: Mapping[str, str], columns: tuple[str, str], surplus: int, *, decimal_comma: bool
) -> Iterator[Problem]:
    key, amount = columns
    name, cell = row.get(key, ""), row.get(amount, "")
    if surplus > 0:
        yield Problem(file, "", "", f"{len(row) + surplus} cells", f"{len(row)}, as the header has", line=line)
    elif not name:
        yield Problem(file, "", key, "an empty cell", "an id, ticker or company name", line=line)
    elif name.startswith(FORMULA_STARTS) or not name.isprintable():
        yield Problem(file, "", key, repr(name), "a name; formulas are not read", line=line)
    elif "," in cell and (not decimal_comma or "." in cell or cell.count(",") > 1):
        commas = "" if decimal_comma else "; decimal commas only where cells are separated by semicolons or tabs"
        expected = f"a number such as 1234.5, without thousands separators{commas}"
        yield Problem(file, "", amount, repr(cell), expected, line=line)
    elif not isfinite(_number(cell)):
        found = "an empty cell" if not cell else repr(cell)
        formula = "; formulas are not read" if cell.startswith(("=", "@")) else ""
        yield Problem(file, "", amount, found, f"a number such as 0.125, -3 or 12.5%{formula}", line=line)


def _number(cell: str) -> float:
    """Read a number with decimal point or comma, "%" = hundredths; NaN if it is none."""
    try:
        value = float(cell.removesuffix("%").replace(",", ".").replace("_", "?"))
    except ValueError:
        return float("nan")
    return value / 100 if cell.endswith("%") else value


def _check_currencies(file: str, rows: Sequence[_Row], amount: str) -> None:
    currencies = sorted({row.currency for row in rows})
    if amount == "value" and len(currencies) > 1:
        found = ", ".join(name or "none" for name in currencies)
        _stop(file, "currency", f"values in different currencies ({found})", "values in one, or weights")


def _scale(file: str, amount: str, total: float) -> tuple[float, list[str]]:
    """What amounts are multiplied by, and the sentence about it."""
    if total <= ROUNDING * (amount == "weight"):
        expected = "more than 0: a book worth nothing has no weights"
        if amount == "weight":
            expected += " (in Python Portfolio.from_weights takes them as they are, and the rest to 1 as cash)"
        _stop(file, amount, f"a sum of {total:g}", expected)
    if amount == "value":
        return 1 / total, [f"values divided by their sum, {total:,.10g}"]
    if total > 1 + ROUNDING:
        return 1 / total, [f"weights sum to {total:.6g}, more than the whole: each divided by it"]
    if total < 1 - ROUNDING:
        return 1.0, [f"weights sum to {total:.6g}: the other {1 - total:.6g} is taken as cash"]
    return 1.0, []
