"""Tables of firms: what they may not hold, and what becomes of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import supplychain_risk as scr
from supplychain_risk.errors import DataError, InputError


def world():
    links = pd.DataFrame({"supplier": ["mine", "fab"], "customer": ["fab", "shop"], "weight": [1.0, 4.0]})
    firms = pd.DataFrame({"firm": ["mine", "fab", "shop"], "sector": ["raw", "chip", "retail"]})
    return links, firms, pd.DataFrame(2, index=firms["sector"], columns=firms["sector"])


def refused(links=None, firms=None, classes=None, **options):
    given = [old if new is None else new for old, new in zip(world(), (links, firms, classes), strict=True)]
    with pytest.raises((DataError, InputError)) as caught:
        scr.esri(*given, **options)
    return str(caught.value)


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf"), "much"])
def test_sales_that_are_no_amount_are_refused(weight):
    links = world()[0].astype({"weight": object})
    links.loc[1, "weight"] = weight
    assert f"links, row 2, weight: found {weight!r}, expected a number of at least 0" in refused(links)


def test_a_firm_that_sells_to_itself_is_refused():
    assert "row 1, customer: found fab selling to itself" in refused(
        world()[0].assign(supplier="fab", customer=["fab", "shop"])
    )


def test_a_link_given_twice_is_refused():
    links = pd.concat([world()[0], world()[0].iloc[:1]])
    assert "links, row 3: found mine -> fab again, expected one row only" in refused(links)


def test_an_unknown_firm_is_named_with_the_nearest():
    message = refused(world()[0].replace("shop", "shpo"))
    assert "links, row 2, customer: found 'shpo'" in message
    assert "nearest: shop" in message


def test_a_firm_given_twice_is_refused():
    assert "firms, row 4: found mine again" in refused(firms=pd.concat([world()[1], world()[1].iloc[:1]]))


def test_all_problems_of_a_kind_are_told_at_once():
    links = pd.DataFrame({"supplier": ["x", "fab"], "customer": ["fab", "fab"], "weight": [1.0, 1.0]})
    assert refused(links).startswith("2 problems in the data")


def test_a_sector_without_a_row_or_column_of_classes_is_named():
    classes = world()[2].rename(index={"chip": "chips"}, columns={"retail": "retial"})
    message = refused(classes=classes)
    assert "row, chip: found no row for sector 'chip', which sells, expected a row for it (nearest: chips)" in message
    assert "no column for sector 'retail', which buys" in message


def test_sectors_that_do_not_trade_need_no_class():
    links, firms, classes = world()
    more = pd.concat([firms, pd.DataFrame({"firm": ["idle"], "sector": ["none"]})])
    assert scr.esri(links, more, classes).table["esri"].tolist() == [1.0, 1.0, 1.0, 0.0]


@pytest.mark.parametrize("value", [3, -1, 0.5, float("nan"), "2"])
def test_classes_are_0_1_or_2(value):
    classes = world()[2].astype(object)
    classes.loc["raw", "chip"] = value
    assert f"row raw, column chip: found {value}, expected 0 negligible, 1 non-essential or 2" in refused(
        classes=classes
    )


def test_a_sector_given_twice_in_the_classes_is_refused():
    classes = pd.concat([world()[2], world()[2].iloc[:1]])
    assert "row raw: found a second one" in refused(classes=classes)


@pytest.mark.parametrize("column", ["firm", "sector"])
def test_a_firm_without_label_is_refused(column):
    firms = world()[1]
    firms.loc[1, column] = None
    assert f"firms, row 2, {column}: found nothing" in refused(firms=firms)


def test_missing_columns_are_named():
    assert "links, header, weight: found no such column" in refused(world()[0].rename(columns={"weight": "wieght"}))


def test_no_firms_at_all_are_refused():
    assert "firms, table: found no rows" in refused(firms=world()[1].iloc[:0])


def test_firms_without_weight_are_refused():
    assert "h_weight" in refused(world()[0].iloc[:0])


def test_something_else_than_a_table_is_refused():
    assert refused([1, 2]) == "links: found a list, expected a pandas DataFrame"


def test_revenue_and_costs_cover_the_trade_in_the_network():
    assert "row 2, revenue: found 3" in refused(firms=world()[1].assign(revenue=[1.0, 3.0, 9.0]))
    assert "row 3, costs: found 2" in refused(firms=world()[1].assign(costs=[0.0, 1.0, 2.0]))


@pytest.mark.parametrize("loss", [-0.1, 1.1, float("nan")])
def test_shares_lost_are_shares(loss):
    losses = pd.DataFrame({"firm": ["fab"], "scenario": [1], "loss": [loss]})
    assert "losses, row 1, loss" in refused(losses=losses)


def test_losses_name_firms_once_a_scenario():
    losses = pd.DataFrame({"firm": ["fab", "fab"], "scenario": 1, "loss": 0.5})
    assert "losses, row 2: found fab in 1 again" in refused(losses=losses)
    assert "nearest: fab" in refused(losses=losses.iloc[:1].replace("fab", "fabb"))


def test_upstream_losses_alone_are_refused():
    losses = pd.DataFrame({"firm": ["fab"], "scenario": [1], "loss": [0.5]})
    assert refused(losses_up=losses).startswith("losses_up: found without losses")


def test_scenarios_of_either_table_count():
    down = pd.DataFrame({"firm": ["mine"], "scenario": ["a"], "loss": [1.0]})
    up = pd.DataFrame({"firm": ["shop"], "scenario": ["b"], "loss": [1.0]})
    table = scr.esri(*world(), losses=down, losses_up=up).table
    assert table["esri_down"].to_dict() == {"a": 1.0, "b": 0.0}
    assert table["esri_up"].to_dict() == {"a": 0.0, "b": 1.0}


def test_a_blank_market_means_that_nobody_steps_in():
    # Two mines of equal size sell to one fab. As rivals each is half a market, so one alone counts half as missing
    # only while the other is there: size 1 / (1 left) = 1 for either; a third rival of size 2 halves it again.
    links = pd.DataFrame(
        {"supplier": ["m1", "m2", "big"], "customer": ["fab", "fab", "other"], "weight": [1.0, 1.0, 2.0]}
    )
    firms = pd.DataFrame({"firm": ["m1", "m2", "big", "fab", "other"], "sector": "s", "h_weight": [0.0, 0, 0, 1, 0]})
    classes = pd.DataFrame([[2]], index=["s"], columns=["s"])
    rivals = scr.esri(links, firms.assign(market=["q", "q", "q", None, None]), classes).table
    alone = scr.esri(links, firms.assign(market=[None, None, "q", None, None]), classes).table
    assert rivals.loc["m1", "esri_down"] == pytest.approx(1 / 3 * 1 / 2)
    assert alone.loc["m1", "esri_down"] == pytest.approx(1 / 2)


def test_tables_are_left_as_they_were():
    given = world()
    copies = [table.copy() for table in given]
    scr.esri(*given)
    for table, copy in zip(given, copies, strict=True):
        pd.testing.assert_frame_equal(table, copy)


def test_links_without_sales_count_for_nothing():
    links, firms, classes = world()
    more = pd.concat([links, pd.DataFrame({"supplier": ["shop"], "customer": ["mine"], "weight": [0.0]})])
    pd.testing.assert_frame_equal(scr.esri(links, firms, classes).table, scr.esri(more, firms, classes).table)
    assert np.isfinite(scr.esri(more, firms, classes).table.to_numpy(dtype=float)).all()


def test_sectors_that_read_alike_are_one_given_twice():
    classes = world()[2]
    classes = pd.concat([classes.set_axis([1, *classes.index[1:]]), classes.iloc[:1].set_axis(["1"])])
    assert "row 1: found a second one" in refused(classes=classes)
