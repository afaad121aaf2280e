from __future__ import annotations

import pandas as pd

import supplychain_risk as scr
from supplychain_risk.report.systemic import systemic_rows, systemic_section
from supplychain_risk.report.tables import render


def risk(**options):
    links = pd.DataFrame({"supplier": ["mine", "fab"], "customer": ["fab", "shop"], "weight": [1.0, 4.0]})
    firms = pd.DataFrame({"firm": ["mine", "fab", "shop"], "sector": ["raw", "chip", "retail"]})
    losses = pd.DataFrame({"firm": ["mine", "fab"], "scenario": ["small", "large"], "loss": [0.1, 0.9]})
    classes = pd.DataFrame(2, index=firms["sector"], columns=firms["sector"])
    return scr.esri(links, firms, classes, losses=losses, **options)


def test_rows_are_all_scenarios_largest_first():
    assert systemic_rows(risk())["scenario"].tolist() == ["large", "small"]


def test_the_text_shows_the_top_and_the_data_all():
    section = systemic_section(risk(), top=1)
    assert section.table["scenario"].tolist() == ["large"]
    assert section.data["scenario"].tolist() == ["large", "small"]
    # The fab sells 4 of 5 and loses .9 of it; the mine, the other fifth, loses .9 for want of orders.
    assert "large     90.00%  72.00%  90.00%" in render([section])


def test_the_text_says_where_it_stopped():
    assert "no firm would lose more than another 1e-09" in render([systemic_section(risk(), top=1)])
    text = render([systemic_section(risk(mode="literature"), top=1)], width=200)
    assert "above 0.01 of a firm's output: not a fixed point" in text
