"""The packaged network: size, time, and figures that are known from outside."""

from __future__ import annotations

import numpy as np
import pytest

from supplychain_risk.errors import InputError
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.propagation.inventory import propagate


def part_of_revenue(network, packaged, supplier, customer):
    table = network.customers(supplier)
    return table.loc[table["customer"] == customer, "value"].sum() / (
        packaged.companies[supplier].finance.revenue_usd_bn.value
    )


def test_the_same_facts_give_the_same_bytes(network, packaged):
    again = SupplyNetwork.from_dataset(packaged)
    for name in ("x0", "f0", "slot_need", "link_share", "link_fallback"):
        assert getattr(again, name).tobytes() == getattr(network, name).tobytes()
    assert again.digest == packaged.digest


def test_the_balance_is_solved(network):
    assert network.kkt_residual <= 1e-9


def test_every_named_activity_of_the_data_is_a_node(network, packaged):
    named = {f"{company}:{product}" for company, record in packaged.companies.items() for product in record.makes}
    assert named <= set(network.activities)


# TSMC by customer as part of its revenue, analysts' estimates for 2026 and filings for 2025, and what the raw
# catalogue implies before balancing: NVIDIA .22 (.226), Apple .18 (.145), Broadcom .13 (.108), AMD .07 (.091).
@pytest.mark.parametrize(
    ("customer", "low", "high"),
    [("nvidia", 0.18, 0.26), ("apple", 0.12, 0.2), ("broadcom", 0.09, 0.14), ("amd", 0.06, 0.11)],
)
def test_tsmcs_customers_are_near_what_is_reported(network, packaged, customer, low, high):
    assert low < part_of_revenue(network, packaged, "tsmc", customer) < high


def test_tsmc_makes_nearly_all_leading_edge_wafers(network):
    wafers = network.activity_product == network.products.index("leading_edge_wafer_3nm")
    tsmc = network.x0[network.activity_index("tsmc:leading_edge_wafer_3nm")]
    assert 0.87 < tsmc / network.x0[wafers].sum() < 0.96  # 0.92 in the data


def test_nvidia_buys_all_its_leading_edge_wafers_from_tsmc(network):
    table = network.suppliers("nvidia")
    wafers = table[(table["product"] == "leading_edge_wafer_5nm") & (table["customer_product"] == "ai_accelerator")]
    assert wafers["supplier"].tolist() == ["tsmc"]


def test_power_is_bought_where_the_fabs_are(network):
    table = network.suppliers("tsmc")
    power = table[(table["product"] == "electricity") & (table["customer_product"] == "leading_edge_wafer_5nm")]
    taiwanese = power[power["supplier"].isin(["taipower", "other@TW"])]["share"].sum()
    here = network.select(company="tsmc", product="leading_edge_wafer_5nm", country="TW").sum()
    assert taiwanese == pytest.approx(here, rel=1e-6)
    assert "kepco" not in set(power["supplier"])


def test_every_supplier_of_a_local_product_is_in_the_pools_country(network):
    local = np.array([country != "" for country in network.pool_country])
    assert local.any()
    for e in np.flatnonzero(local[network.link_pool]):
        country = network.pool_country[network.link_pool[e]]
        assert network.select(country=country)[network.link_supplier[e]] > 0


def test_servers_and_accelerators_are_capital_for_a_cloud(network):
    slots = network.slot_activity == network.activity_index("microsoft:cloud_ai_compute")
    servers = slots & (network.slot_product == network.products.index("ai_server_gpu"))
    assert network.slot_kind[servers].tolist() == [1]
    assert (network.wear_per_year[servers] > 0).all()


def test_flows_have_no_wear_and_capital_no_stock(network):
    flow = network.slot_kind == 0
    assert (network.wear_per_year[flow] == 0).all()
    assert (network.buffer_days[~flow] == 0).all()


def test_outputs_stay_near_the_market_facts(network):
    outputs = network.residuals.query("kind == 'output'")
    assert (outputs["beyond"].mean()) < 0.02
    assert outputs["size_usd_bn"].sum() < 0.05 * outputs["stated"].sum()


@pytest.mark.parametrize("company", ["huawei"])
def test_inputs_that_a_maker_cannot_get_are_absent(network, company):
    table = network.suppliers(company)
    assert "leading_edge_wafer_3nm" not in set(table["product"])


def without_needs(dataset):
    products = {name: product.model_copy(update={"needs": {}}) for name, product in dataset.products.items()}
    return dataset.model_copy(update={"products": products})


def test_products_that_need_nothing_are_a_network_without_links(world):
    network = SupplyNetwork.from_dataset(without_needs(world.dataset()))
    assert network.x0 == pytest.approx([6.0, 3.0, 1.0, 3.5, 0.5, 30.0, 10.0])  # market size x share
    assert network.f0.tolist() == network.x0.tolist()
    sizes = {len(network.slot_need), len(network.pool_product), len(network.link_share), len(network.member_slot)}
    assert sizes == {0}
    assert network.suppliers("c").empty
    level = propagate(network, np.full((1, 2, 7), 0.25)).level()
    assert level == pytest.approx(np.full((1, 2, 7), 0.75))


def test_data_without_an_activity_are_an_empty_network(world):
    dataset = world.dataset()
    nobody = {
        "companies": {name: record.model_copy(update={"makes": {}}) for name, record in dataset.companies.items()},
        "products": {name: product.model_copy(update={"others": None}) for name, product in dataset.products.items()},
    }
    with pytest.raises(InputError, match="an empty network: found no activity"):
        SupplyNetwork.from_dataset(dataset.model_copy(update=nobody))


def test_companies_that_make_nothing_leave_the_unnamed_makers(world):
    dataset = world.dataset()
    idle = {name: record.model_copy(update={"makes": {}}) for name, record in dataset.companies.items()}
    network = SupplyNetwork.from_dataset(dataset.model_copy(update={"companies": idle}))
    assert network.activities == ("other:wafer",)
