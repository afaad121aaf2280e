"""A user's own tables: what they become, and one message for each thing that can be wrong."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain_risk.errors import DataError
from supplychain_risk.network import SupplyNetwork

ARIO = Path(__file__).parents[3] / "shared" / "cases" / "ario"


def build(tables, **changes):
    parts = {name: changes.get(name, getattr(tables, name)) for name in ("activities", "links", "requirements")}
    return SupplyNetwork.from_tables(*parts.values(), sites=changes.get("sites", tables.sites))


def problem(tables, **changes):
    """The one problem found, as text."""
    with pytest.raises(DataError) as caught:
        build(tables, **changes)
    assert len(caught.value.problems) == 1, str(caught.value)
    return str(caught.value.problems[0])


def test_outputs_are_sales_plus_final_sales(tables):
    network = build(tables)
    assert network.x0.tolist() == [4.0, 3.0, 5.5, 10.0, 8.0]
    assert network.slot_need.tolist() == [4.0, 0.5, 2.0]
    assert network.link_share.tolist() == [1.0, 0.75, 0.25, 1.0]  # pools by name: power before wafer
    assert network.links_written_out == 4


def test_every_input_of_every_customer_is_a_pool_of_its_own(tables):
    network = build(tables)
    assert network.member_slot.tolist() == [0, 1, 2]
    assert network.member_pool.tolist() == [1, 0, 2]  # by name: power before wafer
    assert network.pool_start.tolist() == [0, 1, 3, 4]


def test_a_fallback_waits_for_requalification(tables):
    fallback = pd.DataFrame([("a", "wafer", "d", "chip", 0.0, 0.6)], columns=[*tables.links.columns, "fallback_share"])
    links = pd.concat([tables.links.assign(fallback_share=0.0), fallback], ignore_index=True)
    network = build(tables, links=links)
    (spare,) = np.flatnonzero(network.link_fallback)
    assert network.activities[network.link_supplier[spare]] == "a:wafer"
    assert network.link_reorder_days[spare] == 180.0
    assert network.link_share[spare] == 0.0


def test_one_makers_own_recipe_goes_before_the_common_one(tables):
    own = tables.requirements.iloc[[0]].assign(criticality=0.5, company="d")
    network = build(tables, requirements=pd.concat([tables.requirements.assign(company=""), own]))
    assert network.criticality.tolist() == [1.0, 0.8, 0.5]


def test_without_sites_every_company_has_one(tables):
    network = build(tables, sites=None)
    assert network.sites == ("a", "b", "g", "c", "d")
    assert network.select(site="c").tolist() == [0, 0, 0, 1, 0]


def test_flow_inputs_dearer_than_the_output_are_warned_of_in_one_message(tables):
    links = tables.links.assign(value=[30.0, 10.0, 20.0, 0.5])
    with pytest.warns(UserWarning, match="flow inputs cost more than the output") as caught:
        network = SupplyNetwork.from_tables(
            tables.activities, links, tables.requirements, sites=tables.sites, currency="EUR m"
        )
    (warning,) = caught
    assert "(EUR m a year): c:chip buys 40.5 and sells 10; d:chip buys 20 and sells 8." in str(warning.message)
    assert warning.filename == __file__
    assert network.slot_need.tolist() == [40.0, 0.5, 20.0]


def test_capital_may_cost_more_than_a_years_output(tables):
    """A cloud that is built up buys more servers a year than it sells computing."""
    links = tables.links.assign(value=[30.0, 10.0, 20.0, 0.5])
    with warnings.catch_warnings(action="error"):
        network = build(tables, links=links, requirements=tables.requirements.assign(kind=["capital", "flow"]))
    assert network.input_coefficient.max() == 4.0


def test_the_input_tables_are_left_alone(tables):
    before = tables.links.copy()
    build(tables)
    pd.testing.assert_frame_equal(tables.links, before)


def test_the_digest_tells_tables_apart(tables):
    assert build(tables).digest == build(tables).digest
    assert build(tables).digest != build(tables, activities=tables.activities.assign(deferral=0.5)).digest


@settings(max_examples=15)
@given(unit=st.floats(1e-3, 1e6))
def test_a_change_of_currency_changes_values_only(unit):
    activities, links, requirements = chain()
    first = SupplyNetwork.from_tables(activities, links, requirements)
    second = SupplyNetwork.from_tables(
        activities.assign(final_sales=activities["final_sales"] * unit),
        links.assign(value=links["value"] * unit),
        requirements,
    )
    assert second.x0 == pytest.approx(first.x0 * unit, rel=1e-12)
    assert second.link_share == pytest.approx(first.link_share, rel=1e-12)
    assert second.input_coefficient == pytest.approx(first.input_coefficient, rel=1e-12)


@settings(max_examples=15)
@given(order=st.permutations(range(4)))
def test_the_order_of_rows_changes_nothing(order):
    activities, links, requirements = chain()
    first = SupplyNetwork.from_tables(activities, links, requirements)
    second = SupplyNetwork.from_tables(activities.iloc[order], links.iloc[::-1], requirements)
    old = [first.activities.index(name) for name in second.activities]
    assert second.x0.tolist() == first.x0[old].tolist()
    key = ["supplier", "customer"]
    tables = [net.customers("a").sort_values(key, ignore_index=True) for net in (first, second)]
    pd.testing.assert_frame_equal(*tables)


def chain():
    """Four activities in two tiers, without fixtures, for hypothesis."""
    names = ["company", "product"]
    activities = pd.DataFrame([("a", "p"), ("b", "p"), ("c", "q"), ("d", "q")], columns=names)
    rows = [("a", "p", "c", "q", 3.0), ("b", "p", "c", "q", 1.0), ("a", "p", "d", "q", 2.0), ("b", "p", "d", "q", 2.0)]
    columns = ["supplier_company", "supplier_product", "customer_company", "customer_product", "value"]
    needs = {"product": ["q"], "input": ["p"], "kind": ["flow"], "criticality": [1.0], "buffer_days": [10.0]}
    needs |= {"psi": [0.2], "reorder_days": [7.0], "requalify_days": [np.inf]}
    return activities.assign(final_sales=[0.5, 0.5, 9, 9]), pd.DataFrame(rows, columns=columns), pd.DataFrame(needs)


def test_an_unknown_supplier_is_named_with_its_neighbours(tables):
    text = problem(tables, links=tables.links.replace({"supplier_product": {"power": "pover"}}))
    assert "links, row 4, supplier: found 'g:pover'" in text
    assert "nearest: g:power" in text


def test_an_unknown_input_is_named(tables):
    extra = tables.requirements.iloc[[0]].assign(input="waver")
    text = problem(tables, requirements=pd.concat([tables.requirements, extra], ignore_index=True))
    assert "'waver'" in text
    assert "nearest: wafer" in text


def test_an_unknown_kind_is_refused(tables):
    assert "a known kind" in problem(tables, requirements=tables.requirements.assign(kind=["flow", "flux"]))


def test_a_purchase_without_a_requirement_is_refused(tables):
    text = problem(tables, requirements=tables.requirements.iloc[:1])
    assert "purchases of 'power'" in text
    assert "requirements" in text


@pytest.mark.parametrize("value", [-1.0, np.nan, np.inf, "three"])
def test_a_link_value_must_be_a_finite_number_of_at_least_zero(tables, value):
    links = tables.links.astype({"value": object})
    links.loc[1, "value"] = value
    assert f"links, row 2, value: found {value!r}" in problem(tables, links=links)


def test_negative_stock_is_refused(tables):
    text = problem(tables, requirements=tables.requirements.assign(buffer_days=[-1.0, 0.0]))
    assert "buffer_days: found -1.0, expected a number of at least 0" in text


def test_a_share_above_one_is_refused(tables):
    assert "at most 1" in problem(tables, requirements=tables.requirements.assign(criticality=[1.2, 0.8]))


def test_site_shares_must_sum_to_one(tables):
    sites = tables.sites.assign(share=[0.75, 0.5, 1, 1, 1, 1])
    assert "a:wafer, share: found a sum of 1.25" in problem(tables, sites=sites)


@pytest.mark.parametrize("latitude", [91.0, np.nan, "north"])
def test_coordinates_may_be_left_out_but_not_be_wrong(tables, latitude):
    sites = tables.sites.assign(lat=[latitude, 35.0, 35.0, 24.0, 33.0, 33.0])
    assert "sites, row 1, lat: found" in problem(tables, sites=sites)
    assert build(tables, sites=sites.assign(lat=24.0, lon=121.0)).site_table["lon"].tolist() == [121.0] * 3


def test_an_activity_without_a_site_is_refused(tables):
    assert "found a sum of 0, expected a sum of 1" in problem(tables, sites=tables.sites.iloc[:-1])


def test_a_duplicate_link_is_refused(tables):
    links = pd.concat([tables.links, tables.links.iloc[[0]]], ignore_index=True)
    assert "row 5: found a:wafer -> c:chip again" in problem(tables, links=links)


def test_a_duplicate_activity_is_refused(tables):
    activities = pd.concat([tables.activities, tables.activities.iloc[[0]]], ignore_index=True)
    assert "a:wafer again" in problem(tables, activities=activities)


def test_an_empty_network_is_refused(tables):
    assert "found no rows" in problem(tables, activities=tables.activities.iloc[:0], links=tables.links.iloc[:0])


def test_a_missing_column_is_named(tables):
    text = problem(tables, links=tables.links.rename(columns={"value": "valeu"}))
    assert "value: found no such column" in text
    assert "nearest: valeu" in text


def test_names_with_control_characters_are_refused(tables):
    activities = tables.activities.assign(company=["a\x1b[31m", "b", "g", "c", "d"])
    assert "printable text" in problem(tables, activities=activities)


def test_an_activity_that_sells_nothing_is_refused(tables):
    activities = pd.concat(
        [tables.activities, pd.DataFrame([("e", "chip", 0.0)], columns=["company", "product", "final_sales"])]
    )
    assert "e:chip, final_sales: found no sales at all" in problem(tables, activities=activities, sites=None)


def test_fallbacks_above_the_whole_are_refused(tables):
    extra = pd.DataFrame(
        [("a", "wafer", "d", "chip", 0.0, 0.7), ("b", "wafer", "d", "chip", 0.0, 0.6)],
        columns=[*tables.links.columns, "fallback_share"],
    )
    links = tables.links.assign(fallback_share=0.0).drop(index=2)
    links = pd.concat([links, extra], ignore_index=True)
    with pytest.raises(DataError, match=r"a sum of 1\.3, expected at most 1"):
        build(tables, links=links)


def test_a_cycle_without_any_stock_is_refused(tables):
    loop = pd.DataFrame([("c", "chip", "g", "power", 1.0)], columns=tables.links.columns)
    need = tables.requirements.iloc[[1]].assign(product="power", input="chip")
    text = problem(
        tables,
        links=pd.concat([tables.links, loop], ignore_index=True),
        requirements=pd.concat([tables.requirements, need], ignore_index=True),
    )
    assert "a cycle of zero buffers" in text
    assert "g:power" in text
    assert "c:chip" in text


def test_all_problems_are_reported_at_once(tables):
    with pytest.raises(DataError) as caught:
        build(
            tables,
            activities=tables.activities.assign(alpha_max=[0.5, 1, 1, 1, 1]),
            links=tables.links.assign(value=-1.0),
        )
    assert len(caught.value.problems) == 5


@pytest.mark.skipif(not ARIO.exists(), reason="known answers are not here")
@pytest.mark.parametrize("case", sorted(ARIO.glob("*")), ids=lambda path: path.name)
def test_a_multi_region_input_output_table_can_be_expressed(case):
    # activity = (region, sector); same-sector suppliers of different regions are substitutes
    flows = pd.read_csv(case / "Z.csv", index_col=0)
    final = pd.read_csv(case / "Y.csv", index_col=0).sum(axis=1)
    parameters = json.loads((case / "config.json").read_text())["parameters"]
    pairs = [name.split("|") for name in flows.index]
    activities = pd.DataFrame(pairs, columns=["company", "product"]).assign(
        final_sales=final.to_numpy(), alpha_max=parameters["alpha_max"]
    )
    rows = [(*i.split("|"), *j.split("|"), flows.loc[i, j]) for i in flows.index for j in flows.columns]
    columns = ["supplier_company", "supplier_product", "customer_company", "customer_product", "value"]
    sectors = activities["product"].unique()
    needs = pd.DataFrame([(p, q, "flow") for p in sectors for q in sectors], columns=["product", "input", "kind"])
    needs = needs.assign(criticality=1.0, buffer_days=30.0, psi=parameters["psi_param"])
    needs = needs.assign(reorder_days=1.0 if parameters["order_type"] == "alt" else np.inf, requalify_days=np.inf)
    network = SupplyNetwork.from_tables(activities, pd.DataFrame(rows, columns=columns), needs)
    expected = pd.read_csv(case / "x.csv", index_col=0).iloc[:, 0]
    assert network.x0 == pytest.approx(expected.to_numpy(), rel=1e-12)
    assert network.slot_need.sum() == pytest.approx(flows.to_numpy().sum())
