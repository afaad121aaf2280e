"""The sections on prices, winners and losers."""

from __future__ import annotations

import pytest

import supplychain_risk as scr
from supplychain_risk.report.price_tables import price_section, winner_section
from supplychain_risk.report.tables import render


@pytest.fixture(scope="module")
def shortage():
    network = scr.SupplyNetwork.from_dataset(scr.load_dataset())
    run = scr.simulate(network, "hbm-shortage", n_draws=24, horizon_days=728, seed=1)
    return run, scr.equity_returns(run)


def test_only_prices_that_move_are_shown_and_all_are_in_the_rows(shortage) -> None:
    section = price_section(shortage[0])
    assert section.table["product"].tolist()[0] == "hbm"
    assert (section.table["highest"] >= 1.01).all()
    assert len(section.rows) == len(shortage[0].totals.price_product) > len(section.table)


def test_winners_come_first_and_parts_add_up_to_the_total(shortage) -> None:
    table = winner_section(shortage[1]).table
    assert table["company"].tolist()[0] == "sk_hynix"
    assert table["total"].is_monotonic_decreasing
    assert (table["total"] > 0).any()
    assert (table["total"] < 0).any()
    parts = table[["volume", "price", "inputs", "passed", "scrap"]].sum(axis=1)
    assert parts.tolist() == pytest.approx(table["total"].tolist(), abs=1e-12)


def test_named_companies_are_shown_whatever_they_lose(shortage) -> None:
    section = winner_section(shortage[1], ("apple", "micron"))
    assert section.table["company"].tolist() == ["micron", "apple"]


@pytest.mark.parametrize("width", [80, 120])
def test_lines_fit(shortage, width) -> None:
    text = render([price_section(shortage[0]), winner_section(shortage[1])], width=width)
    assert max(map(len, text.splitlines())) <= width


def test_without_scarcity_there_is_no_table(shortage) -> None:
    run = scr.simulate(shortage[0].network, "ase-osat-fire", n_draws=2, horizon_days=14, seed=1)
    section = price_section(run)
    assert section.table is None
    assert len(section.rows) == len(run.totals.price_product)


def test_named_products_are_shown_whether_their_price_moves_or_not(shortage) -> None:
    section = price_section(shortage[0], ("neon", "cowos"))
    assert section.table["product"].tolist() == ["neon"]
    assert len(section.rows) == 1
