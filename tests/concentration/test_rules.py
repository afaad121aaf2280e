"""Guidelines on whole tables: mergers, imports of a bloc, raw materials."""

from __future__ import annotations

import pandas as pd
import pytest

import supplychain_risk as scr
from supplychain_risk.errors import DataError, InputError, UnknownNameError
from supplychain_risk.network.tables import LINK_NAMES, REQUIREMENT_NAMES, REQUIREMENT_NUMBERS

NEEDS = [*REQUIREMENT_NAMES, *(column.name for column in REQUIREMENT_NUMBERS[:5])]


def market(shares):
    activities = pd.DataFrame({"company": list(shares), "product": "chip", "final_sales": list(shares.values())})
    none = pd.DataFrame(columns=[*LINK_NAMES, "value"])
    return scr.SupplyNetwork.from_tables(activities, none, pd.DataFrame(columns=NEEDS))


@pytest.fixture
def trade():
    """A chip maker in DE and one in FR buy wafers from TW (30), JP (10) and DE (10, for FR); DE sells 20 to US."""
    activities = pd.DataFrame(
        {
            "company": ["t", "j", "g", "d", "f", "u"],
            "product": ["wafer"] * 3 + ["chip"] * 3,
            "final_sales": [0.0] * 3 + [99.0] * 3,
        }
    )
    links = [("t", "d", 30.0), ("j", "f", 10.0), ("g", "f", 10.0), ("g", "d", 5.0), ("g", "u", 20.0)]
    links = pd.DataFrame([(s, "wafer", c, "chip", z) for s, c, z in links], columns=[*LINK_NAMES, "value"])
    needs = pd.DataFrame([("chip", "wafer", "flow", 1.0, 30.0, 0.2, 30.0, 180.0)], columns=NEEDS)
    homes = {"t": "TW", "j": "JP", "g": "DE", "d": "DE", "f": "FR", "u": "US"}
    sites = activities[["company", "product"]].assign(
        site=activities["company"], country=activities["company"].map(homes), region="r", share=1.0
    )
    return scr.SupplyNetwork.from_tables(activities, links, needs, sites=sites)


def test_the_published_merger_case():  # cases/methods/01: 20 and 10 of 40/30/20/10
    table = scr.mergers(market({"w": 40.0, "x": 30.0, "y": 20.0, "z": 10.0}), "chip")
    pair = table[(table["first"] == "y") & (table["second"] == "z")].iloc[0]
    assert (pair["hhi_points"], pair["delta_points"]) == pytest.approx((3400, 400))
    assert pair["hhi_margin_points"] == pytest.approx(1600)
    assert pair["presumed"] == "structure"
    assert len(table) == 6
    assert table["delta_points"].is_monotonic_decreasing


def test_a_single_maker_has_nobody_to_merge_with():
    assert scr.mergers(market({"w": 40.0}), "chip").empty


def test_imports_of_a_bloc_by_hand(trade):
    wafers = scr.import_dependence(trade, ["DE", "FR"])
    assert wafers["product"].tolist() == ["wafer"]
    only = wafers.iloc[0]
    # outside 30 + 10, inside 10 (DE to FR; DE to DE is no import), exports 20
    assert (only["outside_hhi"], only["outside_share"], only["import_export_ratio"]) == pytest.approx((0.625, 0.8, 2))
    assert (only["outside_hhi_margin"], only["outside_share_margin"]) == pytest.approx((0.225, 0.3))
    assert (only["top"], only["outside_imports"], bool(only["dependent"])) == ("TW", 40, True)


def test_members_without_sites_trade_nothing(trade):
    pd.testing.assert_frame_equal(
        scr.import_dependence(trade, ["DE", "FR", "LU"]), scr.import_dependence(trade, ["FR", "DE"])
    )


def test_a_bloc_that_is_none_is_refused(trade):
    with pytest.raises(InputError, match="members: found 'Germany'"):
        scr.import_dependence(trade, ["Germany"])
    with pytest.raises(UnknownNameError, match="no country with a site"):
        scr.import_dependence(trade, ["BR"])


def test_unknown_products_cannot_merge(trade):
    with pytest.raises(UnknownNameError, match="nearest: chip"):
        scr.mergers(trade, "chips")


def materials():
    rows = [
        ("m", "A", 0.7, 0.5, 6, 1.1),
        ("m", "B", 0.2, 0.3, 3, 1.0),
        ("m", "C", 0.1, 0.0, 2, 1.0),
        ("m", "E", 0.0, 0.2, 2, 1.0),
    ]
    columns = ["material", "country", "world_share", "sourcing_share", "governance", "trade"]
    countries = pd.DataFrame(rows, columns=columns)
    facts = {"imports": 90, "exports": 10, "production": 20, "recycled": 0.1, "substitution": 0.95}
    return countries, pd.DataFrame({**facts, "economic_importance": 3.0}, index=["m"])


def test_the_published_supply_risk():  # cases/methods/06
    found = scr.supply_risk(*materials()).loc["m"]
    assert found["supply_risk"] == pytest.approx(2.179908)
    assert found["supply_risk_margin"] == pytest.approx(1.179908)
    assert found["critical"]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda c, m: (c, m.assign(recycled=1.5)), "recycled: found 1.5, expected .* at least 0 and at most 1"),
        (lambda c, m: (c.assign(governance=20), m), "governance: found 20, expected .* and at most 10"),
        (lambda c, m: (c, m.assign(imports=0, exports=0, production=0)), "a consumption of 0, expected more than 0"),
        (lambda c, m: (pd.concat([c, c]), m), "found A of m again"),
        (lambda c, m: (c, pd.concat([m, m])), "found m again"),
    ],
)
def test_a_supply_risk_that_would_mean_nothing_is_refused(change, found):
    with pytest.raises(DataError, match=found):
        scr.supply_risk(*change(*materials()))


def test_bad_materials_are_told_at_once():
    countries, facts = materials()
    with pytest.raises(DataError, match="expected the column"):
        scr.supply_risk(countries.drop(columns="trade"), facts)
    with pytest.raises(DataError, match=r"found a sum of 0\.9, expected shares that sum to 1"):
        scr.supply_risk(countries.assign(world_share=[0.6, 0.2, 0.1, 0.0]), facts)
    with pytest.raises(DataError, match="found -1, expected a number of at least 0"):
        scr.supply_risk(countries, facts.assign(imports=-1))
    with pytest.raises(InputError, match="expected a pandas DataFrame"):
        scr.supply_risk([], facts)
