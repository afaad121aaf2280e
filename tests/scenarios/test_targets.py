"""Selectors pick the intersection of their conditions, through the sites where the capacity is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from supplychain_risk.errors import DataError, InputError, UnknownNameError
from supplychain_risk.scenarios.selectors import Selector
from supplychain_risk.scenarios.targets import find_targets, hit_targets, kilometres

NEAR_HSINCHU = {"site": "tw_hsinchu", "km": "50 (50..50) assumption"}


def lost(network, **conditions):
    """Share of each activity lost if every selected site stops, by id."""
    targets = find_targets(Selector.model_validate(conditions), network, where="test/hit")
    shares = targets.shares.sum(axis=1)
    return {network.activities[i]: pytest.approx(share) for i, share in zip(targets.activities, shares, strict=True)}


def test_a_country_takes_the_capacity_that_stands_there(island):
    assert lost(island, country="TW") == {
        "tsmc:wafer": 0.8,
        "tsmc:cowos": 1.0,
        "mediatek:soc": 0.1,  # a design house loses a tenth when its site stops
        "taipower:electricity": 1.0,
        "amkor:cowos": 0.4,
    }


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"region": "taiwan_south"}, {"tsmc:wafer": 0.5, "taipower:electricity": 1.0, "amkor:cowos": 0.4}),
        ({"site": ["tw_hsinchu", "tw_miaoli"], "company": "tsmc"}, {"tsmc:wafer": 0.3, "tsmc:cowos": 1.0}),
        ({"country": "TW", "product": "cowos"}, {"tsmc:cowos": 1.0, "amkor:cowos": 0.4}),
        ({"near": NEAR_HSINCHU}, {"tsmc:wafer": 0.3, "tsmc:cowos": 1.0, "mediatek:soc": 0.1}),
        ({"near": NEAR_HSINCHU, "except": [{"site": "tw_hsinchu"}]}, {"tsmc:cowos": 1.0}),
        ({"country": "TW", "product": "wafer", "except": [{"site": "tw_tainan"}]}, {"tsmc:wafer": 0.3}),
        (
            {"country": "TW", "company": ["tsmc", "taipower"], "except": [{"company": "tsmc", "product": "wafer"}]},
            {"tsmc:cowos": 1.0, "taipower:electricity": 1.0},
        ),
    ],
)
def test_conditions_intersect_and_exceptions_are_left_out(island, conditions, expected):
    assert lost(island, **conditions) == expected


def test_a_selector_without_a_place_hits_all_of_the_activity_whatever_its_site_dependence(island):
    assert lost(island, company="mediatek") == {"mediatek:soc": 1.0}
    assert lost(island, product="wafer") == {"tsmc:wafer": 1.0}


def test_an_exception_may_name_what_the_network_does_not_have(island):
    assert lost(island, product="soc", **{"except": [{"product": "hbm"}]}) == {"mediatek:soc": 1.0}


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({"country": "TWN"}, "test/hit: no country is called 'TWN'; nearest: TW"),
        ({"product": "wafers"}, "no product is called 'wafers'; nearest: wafer"),
        ({"company": "tsmcc"}, "no company is called 'tsmcc'; nearest: tsmc"),
        ({"site": "tw_hsinchuu"}, "no site is called 'tw_hsinchuu'; nearest: tw_hsinchu"),
        ({"near": {"site": "tw_tainann", "km": "5 (5..5) assumption"}}, "nearest: tw_tainan"),
    ],
)
def test_an_unknown_name_is_reported_with_the_nearest(island, conditions, message):
    with pytest.raises(UnknownNameError, match=message):
        lost(island, **conditions)


def test_known_names_without_common_capacity_are_reported_with_where_it_is(island):
    with pytest.raises(DataError, match=r"test, hit, targets: found 'country NL; product wafer'.*nearest: TW, US"):
        lost(island, country="NL", product="wafer")
    with pytest.raises(DataError, match=r"a company and a product that belong together \(nearest: cowos, wafer\)"):
        lost(island, company="tsmc", product="soc")


def resolved(network, make_scenario, make_hit, **changes):
    hit = make_scenario({"blow": make_hit(**changes)}).hits["blow"]
    return hit_targets(hit, network, where="test/blow")


def test_deliveries_are_cut_by_where_makers_and_customers_are(island, make_scenario, make_hit):
    targets = resolved(island, make_scenario, make_hit, to={"country": "US"})
    reach = dict(zip(targets.activities, targets.shares.sum(axis=1), strict=True))
    assert reach[island.activity_index("tsmc:wafer")] == pytest.approx(0.8)
    assert reach[island.activity_index("mediatek:soc")] == pytest.approx(1.0)  # no site stops: no site dependence
    rows, columns = np.nonzero(targets.buyers)
    assert {island.sites[k] for k in columns} == {"us_arizona"}
    assert {island.activities[i] for i in rows} == {"tsmc:wafer", "nvidia:accelerator", "amkor:cowos"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"to": {"country": "USA"}}, "test/blow: no country is called 'USA'; nearest: US"),
        ({"to": {"company": "asml", "product": "soc"}}, r"test, blow, to: found 'company asml; product soc'"),
        ({"to": {"company": "asml"}}, r"test, blow, to: found 'company asml', expected customers that buy from the"),
        ({"targets": {"product": "wafer"}, "acts_on": "capital_purchases"}, "activities that buy capital goods"),
    ],
)
def test_a_hit_that_would_change_nothing_is_refused(island, make_scenario, make_hit, changes, message):
    with pytest.raises((DataError, UnknownNameError), match=message):
        resolved(island, make_scenario, make_hit, **changes)


def test_a_hit_on_final_demand_needs_final_sales(island, make_scenario, make_hit):
    changes = {"targets": {"product": "scanner"}, "acts_on": "final_demand"}
    assert resolved(island, make_scenario, make_hit, **changes).activities.size == 1
    unsold = replace(island, f0=np.zeros_like(island.f0))
    with pytest.raises(DataError, match="activities that sell to final buyers"):
        resolved(unsold, make_scenario, make_hit, **changes)


@pytest.mark.parametrize(("given", "missing"), [([], "lat and lon"), (["lat"], "lon")])
def test_a_distance_needs_sites_with_coordinates(island, given, missing):
    places = ["country", "region", *given]
    bare = replace(island, site_table=island.site_table[places])
    with pytest.raises(InputError, match=f"test/hit: near tw_hsinchu: found sites without {missing}, expected"):
        lost(bare, near=NEAR_HSINCHU)


def test_distances_equal_those_of_a_route_planner(island):
    km = dict(zip(island.sites, kilometres("tw_hsinchu", island), strict=True))
    assert km["tw_hsinchu"] == 0.0
    assert km["tw_miaoli"] == pytest.approx(16.5, abs=0.5)  # 0.10 and 0.12 degrees at 111 and 101 km a degree
    assert km["us_arizona"] == pytest.approx(11_300, rel=0.02)  # Taipei to Phoenix by air


def test_the_order_of_activities_and_sites_does_not_matter(make_network):
    forward, backward = make_network(), make_network(-1)
    selector = Selector.model_validate({"country": "TW"})
    a, b = (find_targets(selector, network) for network in (forward, backward))
    assert a.sites == b.sites
    rows = {backward.activities[i]: row for i, row in zip(b.activities, b.shares.toarray(), strict=True)}
    for i, row in zip(a.activities, a.shares.toarray(), strict=True):
        assert np.array_equal(rows[forward.activities[i]], row)
