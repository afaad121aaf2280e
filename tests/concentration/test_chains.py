"""Steps of chains: shares of inputs, kinds of inputs, and where a chain ends."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from supplychain_risk.concentration.chains import by_customer, supply_shares
from supplychain_risk.concentration.lookthrough import lookthrough


@pytest.fixture(scope="module")
def rivals(chain_lab):
    """Three of four wafers of a chip maker come from north, one from south; chips cost twice the wafers."""
    activities = pd.DataFrame(
        {"company": ["north", "south", "chips"], "product": ["wafer", "wafer", "chip"], "final_sales": [1.0, 1.0, 8.0]}
    )
    links = [("north", "wafer", "chips", "chip", 3.0), ("south", "wafer", "chips", "chip", 1.0)]
    return chain_lab.rows(activities, links, [("chip", "wafer", "flow", 0.8, 30.0, 0.2, 30.0, 180.0)])


def test_shares_are_those_of_the_customers_need(rivals):
    shares = supply_shares(rivals, [0, 1, 2])
    assert shares.toarray().tolist() == [[0.75, 0.25, 0.0]]
    assert by_customer(rivals, shares, np.array([10.0])).toarray()[2].tolist() == [7.5, 2.5, 0.0]


def test_inputs_of_other_kinds_are_left_out(rivals):
    assert supply_shares(rivals, [1, 2]).nnz == 0


def test_a_chain_multiplies_criticality_and_share_and_ends_in_all_makers_of_a_product(rivals):
    by_company = lookthrough(rivals, "chips")
    assert by_company["bottleneck"].to_dict() == pytest.approx({"chips": 1.0, "north": 0.6, "south": 0.2})
    assert by_company["additive"].to_dict() == pytest.approx({"chips": 1.0, "north": 3 / 8, "south": 1 / 8})
    by_product = lookthrough(rivals, "chips", by="product")
    assert by_product.loc["wafer", "bottleneck"] == pytest.approx(0.8)
    assert by_product.loc["wafer", "path"] == "chips:chip < north:wafer"


def test_tiers_of_every_packaged_chain_are_at_most_its_links(chain_lab):
    table = lookthrough(chain_lab.packaged, "microsoft", by="activity")
    chains = table[table["path"] != ""]
    assert (chains["path"].str.count("<") >= chains["tier"]).all()
    ends = chains["path"].str.split(" < ").str[-1]
    assert (ends == chains.index).all()
