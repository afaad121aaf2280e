"""``esri LINKS FIRMS ESSENTIALITY``: systemic risk index of every firm of one's own network."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from supplychain_risk.cli.printing import TextOrJson, print_sections, progress_bar, wait_note
from supplychain_risk.cli.scenario import Form

if TYPE_CHECKING:
    import pandas as pd

LABELS = ("supplier", "customer", "firm", "sector", "market")
"""Columns that are names, whatever they look like."""


class Mode(StrEnum):
    """Where to stop."""

    fixed_point = "fixed_point"
    literature = "literature"


def esri(
    links: Annotated[Path, typer.Argument(help="CSV: supplier, customer, weight (sales a year, any unit).")],
    firms: Annotated[Path, typer.Argument(help="CSV: firm, sector[, market, revenue, costs, h_weight].")],
    essentiality: Annotated[
        Path, typer.Argument(help="CSV: supplying x buying sectors; 2 essential, 1 non-essential, 0 negligible.")
    ],
    mode: Annotated[Mode, typer.Option(help="A fixed point, or where the published programs stop.")] = Mode.fixed_point,
    eps: Annotated[float | None, typer.Option(help="Change that counts as none; 1e-9, in literature 1e-2.")] = None,
    max_iterations: Annotated[int, typer.Option(help="Updates after which a scenario is left as it is.")] = 10_000,
    top: Annotated[int, typer.Option(min=1, help="Rows of the text; json and csv have all.")] = 20,
    form: Annotated[Form, typer.Option("--format", help="text, json or csv.")] = Form.text,
) -> None:
    """Rank the firms of a network by the output that is gone if one fails (ESRI; Diem et al. 2022)."""
    import supplychain_risk as scr
    from supplychain_risk.report.export import to_csv
    from supplychain_risk.report.systemic import systemic_rows, systemic_section

    trade, table, classes = _read(links), _read(firms), _read(essentiality, [0])
    classes = classes.set_index(classes.columns[0])
    with _warned() as told, progress_bar(len(table), firms.name) as advance, wait_note() as started:
        risk = scr.esri(
            trade, table, classes, mode=mode.value, eps=eps, max_iterations=max_iterations, progress=started(advance)
        )
    if form is Form.csv:
        typer.echo(to_csv(systemic_rows(risk)))
        return
    files = {path.name: sha256(path.read_bytes()).hexdigest() for path in (links, firms, essentiality)}
    options = {"mode": risk.mode, "eps": risk.eps, "max_iterations": risk.max_iterations}
    provenance = {"sha256": files, **options, "warnings": told, "version": scr.__version__}
    print_sections([systemic_section(risk, top=top)], TextOrJson(form.value), "esri", **provenance)


def _read(path: Path, labels: Iterable[str | int] = LABELS) -> pd.DataFrame:
    """A CSV file as a table; columns of names stay text, and only an empty cell is blank."""
    import pandas as pd

    from supplychain_risk.errors import DataError, Problem

    try:
        return pd.read_csv(path, dtype=dict.fromkeys(labels, str), keep_default_na=False, na_values=[""])
    except OSError as error:
        found = "no such file" if isinstance(error, FileNotFoundError) else str(error.strerror).lower()
        found = "a folder" if path.is_dir() else found
        raise DataError([Problem(str(path), "", "", found, "a file of comma-separated values")]) from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        problem = Problem(str(path), "", "", str(error).strip(), "comma-separated values in UTF-8 with a header")
        raise DataError([problem]) from None


@contextmanager
def _warned() -> Iterator[list[str]]:
    """Tell warnings as messages on standard error, and collect them."""
    told: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield told
    told += [str(warning.message) for warning in caught]
    for message in told:
        typer.echo(f"warning: {message}", err=True)
