"""Concentration of products, places, customers, companies and books: small cases by hand, and the packaged data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import supplychain_risk as scr
from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.network.tables import LINK_NAMES, REQUIREMENT_NAMES, REQUIREMENT_NUMBERS

NEEDS = [*REQUIREMENT_NAMES, *(column.name for column in REQUIREMENT_NUMBERS[:5])]
LEVELS = ["product", "country", "site", "customer", "company"]

PLACES = pd.DataFrame(
    [("a", "wafer", "XX"), ("b", "wafer", "XX"), ("c", "chip", "TW"), ("d", "chip", "US")],
    columns=["company", "product", "country"],
).assign(site=["a", "b", "c", "d"], region="r", share=1.0)
"""Sites of `small`: chips are made in two countries, nobody says where wafers are made."""


def small(*, sites=None, unit=1.0, unknown=0.0, alpha_max=1.0):
    """Wafers by a (6) and b (3) and unknown makers; chip makers c (buys 4 from a, 1 from b) and d (2 from b)."""
    activities = pd.DataFrame(
        [
            ("a", "wafer", 2.0),
            ("b", "wafer", 0.0),
            ("other", "wafer", unknown),
            ("c", "chip", 10.0),
            ("d", "chip", 5.0),
        ],
        columns=["company", "product", "final_sales"],
    ).assign(alpha_max=alpha_max)
    activities = activities[(activities["company"] != "other") | (unknown > 0)]
    activities["final_sales"] *= unit
    links = [("a", "c", 4.0), ("b", "c", 1.0), ("b", "d", 2.0)]
    links = pd.DataFrame(
        [(s, "wafer", c, "chip", value * unit) for s, c, value in links], columns=[*LINK_NAMES, "value"]
    )
    needs = pd.DataFrame([("chip", "wafer", "flow", 0.9, 30.0, 0.2, 30.0, 180.0)], columns=NEEDS)
    return scr.SupplyNetwork.from_tables(activities, links, needs, sites=sites)


def row(table, **names):
    for column, name in names.items():
        table = table[table[column] == name]
    assert len(table) == 1
    return table.iloc[0]


@pytest.fixture(scope="module")
def packaged():
    return scr.SupplyNetwork.from_dataset(scr.load_dataset())


@pytest.fixture(scope="module")
def tables(packaged):
    return {by: scr.concentration(packaged, by) for by in LEVELS}


def test_a_product_is_counted_by_its_makers():
    wafer = row(scr.concentration(small()), product="wafer")
    assert wafer["hhi"] == pytest.approx((6 / 9) ** 2 + (3 / 9) ** 2)
    assert (wafer["top"], wafer["top_share"]) == ("a", pytest.approx(2 / 3))
    assert wafer["hhi_margin_points"] == pytest.approx(10_000 * 5 / 9 - 1800)
    assert wafer["n_minus_1_cover"] == pytest.approx(1 / 3)
    assert wafer["above"] == "hhi share n-1"


def test_given_tables_have_no_ranges_and_say_so():
    for by in LEVELS:
        table = scr.concentration(small(sites=PLACES), by)
        assert set(table["confidence"]) <= {"given", ""}
        ranged = table[table["unknown_share"] == 0]
        assert ranged["hhi_fact_low"].tolist() == pytest.approx(ranged["hhi"].tolist(), nan_ok=True)
        assert ranged["hhi_fact_high"].tolist() == pytest.approx(ranged["hhi"].tolist(), nan_ok=True, abs=1e-8)


def test_unknown_makers_are_never_one_firm():
    wafer = row(scr.concentration(small(unknown=3.0)), product="wafer")  # 6, 3 and an unknown 3 of 12
    assert wafer["unknown_share"] == pytest.approx(0.25)
    assert wafer["hhi"] == wafer["hhi_low"] == pytest.approx(0.25 + 0.0625)
    assert wafer["hhi_high"] == pytest.approx(0.25 + 0.0625 + 0.0625)  # one more as large as the smallest named
    assert wafer["holders"] == 2


def test_spare_capacity_of_the_others_covers_a_loss():
    wafer = row(scr.concentration(small(alpha_max=1.2)), product="wafer")
    assert wafer["n_minus_1_cover"] == pytest.approx(1.2 / 3)


def test_geographic_and_joint_index_of_the_published_case():
    # shared/cases/network, geographic_hhi: three makers over three countries
    split = [[0.9, 0.0, 0.1], [0.1, 0.8, 0.1], [0.0, 0.5, 0.5]]
    makers, countries = ["x", "y", "z"], ["TW", "JP", "US"]
    sites = pd.DataFrame(
        [
            (maker, "wafer", country.lower(), country, "r", share)
            for maker, shares in zip(makers, split, strict=True)
            for country, share in zip(countries, shares, strict=True)
        ],
        columns=["company", "product", "site", "country", "region", "share"],
    )
    activities = pd.DataFrame({"company": makers, "product": "wafer", "final_sales": [0.6, 0.3, 0.1]})
    none = pd.DataFrame(columns=[*LINK_NAMES, "value"])
    network = scr.SupplyNetwork.from_tables(activities, none, pd.DataFrame(columns=NEEDS), sites=sites)
    place = row(scr.concentration(network, "country"), product="wafer")
    assert place["hhi"] == pytest.approx(0.4286, abs=1e-12)
    assert place["joint_hhi"] == pytest.approx(0.3596, abs=1e-12)
    assert (place["top"], place["top_share"]) == ("TW", pytest.approx(0.57))
    assert row(scr.concentration(network), product="wafer")["hhi"] == pytest.approx(0.46)


def test_places_that_nobody_named_leave_the_index_open():
    place = row(scr.concentration(small(sites=PLACES), "country"), product="wafer")  # only chips have one
    assert np.isnan(place["hhi"])
    assert (place["hhi_low"], place["hhi_high"], place["unknown_share"]) == (0, 1, 1)
    assert place["top"] == ""


def test_a_network_without_places_has_no_index_by_country():
    with pytest.raises(InputError, match=r"^by: found 'country', but no site of the network has a country; give them"):
        scr.concentration(small(), "country")


def test_a_customer_is_counted_input_by_input():
    table = scr.concentration(small(), "customer")
    both = row(table, customer="c", product="wafer")
    assert both["hhi"] == pytest.approx(0.8**2 + 0.2**2)
    assert (both["purchases"], both["criticality"], both["captive_share"]) == (5, 0.9, 0)
    assert row(table, customer="d", product="wafer")["hhi"] == 1


def test_a_company_buys_and_sells():
    table = scr.concentration(small(), "company")
    buys = row(table, company="c", side="buys")
    assert (buys["value"], buys["top"], buys["top_share"]) == (5, "a", pytest.approx(0.8))
    assert (buys["dependence"], buys["depends_on"]) == (pytest.approx(0.9 * 0.8), "wafer from a for chip")
    sells = row(table, company="a", side="sells")  # 4 to c, 2 to buyers nobody has named
    assert (sells["hhi"], sells["unknown_share"]) == (pytest.approx((4 / 6) ** 2), pytest.approx(2 / 6))
    assert "a" not in set(table.loc[table["side"] == "buys", "company"])


@given(st.floats(1e-3, 1e6))
@pytest.mark.parametrize("by", LEVELS)
def test_the_unit_of_money_does_not_matter(by, unit):
    one, other = scr.concentration(small(sites=PLACES), by), scr.concentration(small(unit=unit, sites=PLACES), by)
    assert other["hhi"].tolist() == pytest.approx(one["hhi"].tolist(), nan_ok=True)
    assert other["top"].tolist() == one["top"].tolist()


@pytest.mark.parametrize("by", LEVELS)
def test_every_interval_contains_its_value(tables, by):
    table = tables[by].dropna(subset=["hhi"])
    assert len(table) > 100
    for low, value, high in (
        ("hhi_low", "hhi", "hhi_high"),
        ("hhi_fact_low", "hhi", "hhi_fact_high"),
        ("top_low", "top_share", "top_high"),
    ):
        assert (table[low] <= table[value] + 1e-9).all()
        assert (table[value] <= table[high] + 1e-9).all()
    assert (table["hhi"] >= (1 - table["unknown_share"]) ** 2 / table["holders"] - 1e-9).all()


@pytest.mark.parametrize("by", LEVELS)
def test_the_most_concentrated_come_first(tables, by):
    assert tables[by]["hhi"].dropna().round(9).is_monotonic_decreasing
    assert tables[by].index.tolist() == list(range(len(tables[by])))


def test_the_joint_index_is_never_above_firms_or_places(tables):
    both = tables["country"].merge(tables["product"], on="product", suffixes=("", "_firms"))
    known = both[both["unknown_share"] == 0]
    assert (known["joint_hhi"] <= known["hhi"] + 1e-9).all()
    assert (both["joint_hhi"] <= both["hhi_firms"] + 1e-9).all()


def test_known_chokepoints_are_above_their_thresholds(tables):
    # sole or dominant makers by all accounts of the industry
    firms, places = (tables[by].set_index("product") for by in ("product", "country"))
    for product, maker, country in [
        ("euv_scanner", "asml", "NL"),
        ("leading_edge_wafer_3nm", "tsmc", "TW"),
        ("cowos", "tsmc", "TW"),
        ("abf_film", "ajinomoto", "JP"),
        ("t_glass", "nittobo", "JP"),
        ("mask_blank", "hoya", "JP"),
        ("hbm", "sk_hynix", "KR"),
    ]:
        assert (firms.loc[product, "top"], places.loc[product, "top"]) == (maker, country)
        assert {"hhi", "share", "n-1"} <= set(firms.loc[product, "above"].split())


def test_a_producer_group_is_one_firm_or_many(tables):
    gallium = row(tables["product"], product="gallium")
    assert gallium["top"] == "china_gallium"
    assert gallium["hhi_low"] == 0 < gallium["hhi"]
    assert row(tables["country"], product="gallium")["hhi_low"] > 0.9


def test_the_largest_supplier_s_own_need_leaves_with_it(tables):
    light = row(tables["product"], product="duv_light_source")  # asml's light sources go into its own scanners
    assert light["top"] == "asml"
    assert light["n_minus_1_cover"] < light["n_minus_1_net"]


@pytest.mark.parametrize("by", LEVELS)
def test_one_product_is_the_same_alone(packaged, tables, by):
    alone = scr.concentration(packaged, by, product="hbm")
    assert len(alone)
    if by != "company":
        of_all = tables[by][tables[by]["product"] == "hbm"].reset_index(drop=True)
        pd.testing.assert_frame_equal(alone, of_all, rtol=1e-12)


def test_a_book_is_counted_by_what_it_buys(packaged):
    book = scr.concentration(packaged, "portfolio", holdings={"nvidia": 0.5, "microsoft": 0.5})
    assert book["exposure"].tolist() == ["company", "product", "country", "site"]
    through = scr.lookthrough(packaged, {"nvidia": 0.5, "microsoft": 0.5}, by="product")
    bought = through["additive"] - through["held"]
    bought = bought[bought.index != "outside the model"]
    assert book.loc[1, "hhi"] == pytest.approx(float(((bought / bought.sum()) ** 2).sum()))
    assert book.loc[0, "unknown_share"] > 0
    twice = scr.concentration(packaged, "portfolio", holdings={"nvidia": 1.0, "microsoft": 1.0})
    assert twice["hhi"].tolist() == pytest.approx(book["hhi"].tolist())


@pytest.mark.parametrize(
    ("by", "more", "message"),
    [
        ("sector", {}, "by: found 'sector', expected one of product"),
        ("portfolio", {}, "holdings: found none"),
        ("product", {"holdings": "nvidia"}, "holdings: found some, and by 'product'"),
        ("portfolio", {"holdings": "nvidia", "product": "hbm"}, "product: found one together"),
        ("portfolio", {"holdings": {"nvidia": 1.0, "amd": -0.5}}, r"short positions \(amd\)"),
        ("portfolio", {"holdings": pd.Series([0.5, 0.5], index=["nvidia", "nvidia"])}, "a company stands there twice"),
        ("portfolio", {"holdings": {"nvidia": "half"}}, "a weight that is no number"),
    ],
)
def test_bad_questions_are_refused(packaged, by, more, message):
    with pytest.raises(InputError, match=message):
        scr.concentration(packaged, by, **more)


def test_holdings_that_buy_nothing_are_refused():
    with pytest.raises(InputError, match="buy nothing"):
        scr.concentration(small(), "portfolio", holdings="a")


def test_an_unknown_product_names_the_nearest(packaged):
    with pytest.raises(UnknownNameError, match="nearest: hbm"):
        scr.concentration(packaged, product="hbmm")
