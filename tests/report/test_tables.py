from __future__ import annotations

import json

import numpy as np
import pandas as pd

from supplychain_risk.report.tables import Section, format_number, render, to_document, to_json


def test_a_missing_number_is_blank_and_not_zero() -> None:
    assert format_number(float("nan")) == format_number(None) == format_number(pd.NA) == ""
    assert format_number(0.0) == "0"


def test_large_numbers_keep_their_digits() -> None:
    assert format_number(1936.4) == "1,936"


def test_names_with_brackets_are_not_read_as_markup() -> None:
    assert "[red]x[/red]" in render([Section("[bold]t", ("[red]x[/red]",))])


def test_only_asked_for_has_terminal_codes() -> None:
    section = Section("Title", table=pd.DataFrame({"a": [1.0]}))
    assert "\x1b" not in render([section])
    assert "\x1b[1m" in render([section], ansi=True)


def test_json_has_null_where_a_number_is_missing() -> None:
    table = pd.DataFrame({"a": [np.float64(1.5), np.nan], "n": np.array([1, 2])})
    document = json.loads(to_json(to_document("test", [Section("t", table=table)], seed=np.int64(7))))
    assert document["schema_version"] == 1
    assert document["seed"] == 7
    assert document["sections"][0]["rows"] == [{"a": 1.5, "n": 1}, {"a": None, "n": 2}]


def test_an_empty_table_leaves_no_trace() -> None:
    assert render([Section("t", table=pd.DataFrame({"a": []}))]) == "t"


def test_spare_columns_give_way_to_names_where_there_is_no_room() -> None:
    table = pd.DataFrame({"product": ["leading_edge_wafer_3nm"], "q5": [1.5], "q95": [2.5]})
    section = Section("t", table=table, wide=("product",), spare={"q5": "5 %", "q95": "95 %"})
    narrow, wide = render([section], width=30), render([section], width=40)
    assert "\nleading_edge_wafer_3nm  2.5\n" in narrow
    assert "Left out for want of width: 5 %." in " ".join(narrow.split())
    assert "q5" in wide
    assert "Left out" not in wide
    assert to_document("test", [section])["sections"][0]["rows"] == table.to_dict("records")
