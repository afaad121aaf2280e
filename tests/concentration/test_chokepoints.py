"""The table as a whole: a chain worked out by hand, what may not change it, and the packaged network's story."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import supplychain_risk as scr
from supplychain_risk.errors import InputError, UnknownNameError

NUMBERS = [
    "lost_days",
    "least_lost_days",
    "worst_lost_days",
    "lost_days_without_stocks",
    "first_short_day",
    "survive_days",
    "exposure_index",
    "value_at_risk",
    "buffer_worth_days",
    "second_source_worth_days",
    "share",
]
QUICK = [Phase.explicit, Phase.generate]
"""Without shrinking: an example takes a tenth of a second."""

DEFINITIONS = ["structural", "by_share", "dynamic", "economic"]
CHAIN = (
    {"p:packaging": 0.0, "a:memory": 0.0, "b:memory": 0.0, "c:chip": 100.0, "d:phone": 50.0},
    {
        ("p:packaging", "c:chip"): 10.0,
        ("a:memory", "c:chip"): 6.0,
        ("b:memory", "c:chip"): 4.0,
        ("a:memory", "d:phone"): 6.0,
    },
)


@pytest.fixture(scope="module")
def chain(make_network):
    """A sole packager beside two memory makers: no path is cut without him, but no chip is made."""
    return make_network(*CHAIN)


def _table(network, **options):
    return scr.chokepoints(network, **{"end_product": "chip", "outage_days": 56.0} | options).set_index(
        ["kind", "node"]
    )


@pytest.fixture(scope="module")
def table(chain):
    return _table(chain)


@pytest.fixture(scope="module")
def packaged():
    return scr.chokepoints(scr.SupplyNetwork.from_dataset(scr.load_dataset()))


def test_a_sole_packager_is_structural_though_it_dominates_nothing(table):
    packager = table.loc["company", "p"]
    assert packager["structural"]
    assert not packager["dominator"]
    assert packager[["alternatives", "fallbacks"]].tolist() == [0, 0]
    assert packager["requalify_days"] == np.inf


def test_losses_of_the_sole_packager_are_those_worked_out_by_hand(table):
    packager = table.loc["company", "p"]
    # two of eight weeks come from stock; without stocks all eight are lost; half of the rest stays lost in any case
    assert packager["survive_days"] == pytest.approx(14)
    assert packager["first_short_day"] == 14
    assert packager["least_lost_days"] == pytest.approx(42)
    assert packager["lost_days_without_stocks"] == pytest.approx(56)
    assert packager["lost_days"] >= 42
    assert packager["buffer_worth_days"] == pytest.approx(7)
    assert packager["second_source_worth_days"] == pytest.approx(0.56)  # 1 % of eight weeks
    assert packager["exposure_index"] == pytest.approx(42 / 56)  # the chip maker itself loses all 56
    assert packager["fired"] == "structural, share, dynamic, economic"


def test_value_at_risk_is_what_final_buyers_miss(table):
    chip = table.loc["activity", "c:chip"]
    assert chip["lost_days"] == pytest.approx(56)
    assert chip["value_at_risk"] == pytest.approx(100 * 56 / 364)


def test_a_maker_of_something_else_is_not_upstream(table):
    phone = table.loc["company", "d"]
    assert not phone["upstream"]
    assert phone["product"] == ""
    assert phone["lost_days_without_stocks"] == 0
    assert pd.isna(phone["alternatives"])


def test_best_pro_rata_and_worst_allocation_stand_in_that_order(table, packaged):
    for each in (table, packaged):
        assert (each["least_lost_days"] <= each["lost_days"] + 1e-6).all()
        assert (each["lost_days"] <= each["worst_lost_days"] + 1e-6).all()


def test_memory_for_phones_comes_first_in_the_worst_case(make_network):
    scarce = make_network(*CHAIN, alpha_max={"b:memory": 1.0})
    row = _table(scarce, kinds=["activity"]).loc["activity", "a:memory"]
    # 4 of 10 parts come from b; the planner has nothing else either, a is out: 60 % of six weeks
    assert row["least_lost_days"] == pytest.approx(0.6 * 56 - 14)


@settings(max_examples=6, phases=QUICK)
@given(seed=st.integers(0, 2**32 - 1))
def test_order_of_rows_and_unit_of_money_change_nothing(make_network, table, seed):
    rng = np.random.default_rng(seed)
    final, links = ({key: value * 1000 for key, value in each.items()} for each in CHAIN)
    other = _table(make_network(_shuffled(rng, final), _shuffled(rng, links))).loc[table.index]
    np.testing.assert_allclose(other["value_at_risk"], 1000 * table["value_at_risk"], rtol=1e-6, atol=1e-6)
    rest = [name for name in NUMBERS if name != "value_at_risk"]
    np.testing.assert_allclose(other[rest].astype(float), table[rest].astype(float), rtol=1e-6, atol=1e-6)
    assert (other[[*DEFINITIONS, "product"]] == table[[*DEFINITIONS, "product"]]).all(axis=None)


def _shuffled(rng, mapping):
    keys = list(mapping)
    return {keys[k]: mapping[keys[k]] for k in rng.permutation(len(keys))}


@settings(max_examples=10, phases=QUICK)
@given(
    share=st.floats(0.05, 0.95),
    spare=st.floats(1.0, 2.0),
    victim=st.sampled_from(["p:packaging", "a:memory"]),
)
def test_an_alternative_in_use_never_raises_best_static_or_structural(make_network, table, share, spare, victim):
    """A new maker takes over a part of one maker's sales.

    The weekly dynamics are left out: there orders move to the new maker during the outage and only slowly back, so
    that a small one without spare capacity can cost the end product more than none (share .125, no spare capacity:
    58 lost days instead of 49).
    """
    final, links = CHAIN
    new = f"n:{victim.split(':')[1]}"
    split = {pair: value * (1 - share if pair[0] == victim else 1.0) for pair, value in links.items()}
    split |= {(new, buyer): value * share for (seller, buyer), value in links.items() if seller == victim}
    after = _table(make_network({**final, new: 0.0}, split, alpha_max={new: spare}), kinds=["activity"])
    row, now = table.loc["activity", victim], after.loc["activity", victim]
    assert now["least_lost_days"] <= row["least_lost_days"] + 1e-6
    assert now["lost_days_without_stocks"] <= row["lost_days_without_stocks"] + 1e-6
    assert now["survive_days"] >= row["survive_days"] - 1e-6
    assert now["structural"] <= row["structural"]


@settings(max_examples=10, phases=QUICK)
@given(reach=st.floats(0.05, 1.0), days=st.floats(7.0, 400.0), victim=st.sampled_from(["p:packaging", "a:memory"]))
def test_a_fallback_never_raises_the_best_answer_or_structural(make_network, table, reach, days, victim):
    final, links = CHAIN
    product = victim.split(":")[1]
    new = f"n:{product}"
    buyers = [buyer for seller, buyer in links if seller == victim]
    more = make_network(
        {**final, new: 5.0},
        links,
        needs={(buyer.split(":")[1], product): {"requalify_days": days} for buyer in buyers},
        fallback={(new, buyer): reach for buyer in buyers},
    )
    row = table.loc["activity", victim]
    now = _table(more, kinds=["activity"]).loc["activity", victim]
    assert now["least_lost_days"] <= row["least_lost_days"] + 1e-6
    assert now["survive_days"] >= row["survive_days"] - 1e-6
    assert now["structural"] <= row["structural"]
    assert now["fallbacks"] == 1
    assert now["requalify_days"] == pytest.approx(days)


def test_the_packaged_chain_rests_on_what_the_industry_names(packaged):
    companies = packaged[packaged["kind"] == "company"].set_index("node")
    longest = companies["lost_days_without_stocks"].nlargest(20).index
    for company in ("tsmc", "asml", "ajinomoto", "zeiss_smt", "trumpf", "nittobo", "hoya"):
        assert company in longest, company
    assert set(companies.index[companies["structural"]]) == {"asml", "zeiss_smt", "trumpf"}
    quickest = packaged[packaged["dynamic"]].sort_values("survive_days")["node"].tolist()
    assert {"tsmc:cowos", "tsmc:leading_edge_wafer_5nm", "sk_hynix:hbm", "TW", "KR"} <= set(quickest)


def test_a_short_outage_of_scanners_costs_less_than_a_week_and_a_long_one_is_structural(packaged):
    scanner = packaged[packaged["node"] == "asml:euv_scanner"].iloc[0]
    assert scanner["lost_days"] < 7
    assert scanner["structural"]
    assert scanner["lost_days_without_stocks"] > 60


def test_tables_without_parameters_of_their_own_use_the_packaged_ones(chain, table):
    bare = dataclasses.replace(chain, parameters=None)
    pd.testing.assert_frame_equal(_table(bare), table)


@pytest.mark.parametrize(
    ("options", "error", "found"),
    [
        ({"end_product": "chips"}, UnknownNameError, "end_product: no product is called 'chips'; nearest: chip"),
        ({"outage_days": 0}, InputError, "outage_days: found 0"),
        ({"outage_days": -1}, InputError, "outage_days: found -1"),
        ({"outage_days": np.nan}, InputError, "outage_days: found nan"),
        ({"outage_days": 400}, InputError, "at most the horizon of 364 days"),
        ({"end_product": "memory"}, InputError, "memory needs no input in this network"),
        ({"kinds": ["firm"]}, UnknownNameError, "kind of node is called 'firm'"),
    ],
)
def test_bad_input_is_told(chain, options, error, found):
    with pytest.raises(error, match=found):
        _table(chain, **options)


def test_a_kind_of_which_the_network_has_none_is_told(chain):
    with pytest.raises(InputError, match="found no node of country in the network"):
        _table(chain, kinds=(kind for kind in ["country"]))


def test_a_network_that_sells_to_nobody_outside_is_refused(make_network):
    circle = make_network({"a:ore": 0.0, "b:chip": 0.0}, {("a:ore", "b:chip"): 1.0, ("b:chip", "a:ore"): 1.0})
    with pytest.raises(InputError, match="no final demand"):
        scr.chokepoints(circle, end_product="chip")
