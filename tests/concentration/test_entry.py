"""Where a holding enters: by revenue shares, else by sales to others, never through captive products."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from supplychain_risk.concentration.entry import enter, label_rows
from supplychain_risk.errors import InputError, UnknownNameError


def entered(network, holdings):
    entry = enter(network, holdings)
    return {network.activities[i]: float(entry.weights[i]) for i in np.flatnonzero(entry.weights)}, entry


def test_a_company_enters_by_its_revenue_shares_and_the_rest_is_outside(chain_lab):
    network = chain_lab.packaged
    weights, entry = entered(network, {"nvidia": 2.0})
    makes = network.dataset.companies["nvidia"].makes
    shares = {f"nvidia:{name}": make.revenue_share.value for name, make in makes.items()}
    assert weights == {name: 2.0 * share for name, share in shares.items() if share > 0}
    assert "nvidia:server_cpu" not in weights  # made for its own boards only
    assert entry.outside == pytest.approx(2.0 * network.dataset.companies["nvidia"].finance.outside_model.value)
    assert entry.by_sales == ()


def test_without_revenue_shares_a_company_enters_by_its_sales_and_that_is_said(chain_lab):
    weights, entry = entered(chain_lab.packaged, "gigaphoton")
    assert weights == {"gigaphoton:duv_light_source": 1.0}
    assert (entry.outside, entry.by_sales) == (0.0, ("gigaphoton",))


def test_what_a_company_sells_to_itself_is_no_entry(chain_lab):
    # 30 of 40 wafers go to the company's own chips, 10 to others; 100 chips are sold
    activities = pd.DataFrame({"company": ["a", "a"], "product": ["wafer", "chip"], "final_sales": [10.0, 100.0]})
    links = [("a", "wafer", "a", "chip", 30.0)]
    network = chain_lab.rows(activities, links, [("chip", "wafer", "flow", 1.0, 30.0, 0.2, 30.0, 180.0)])
    weights, _ = entered(network, "a")
    assert weights == pytest.approx({"a:wafer": 10 / 110, "a:chip": 100 / 110})


def test_unknown_makers_of_different_products_keep_rows_of_their_own(chain_lab):
    labels = label_rows(chain_lab.packaged)
    assert {"nvidia", "other:helium", "other:neon"} <= set(labels)
    assert "other" not in labels


@pytest.mark.parametrize(
    ("holdings", "message"),
    [
        ({"nvidia": float("nan")}, "found a weight of nan for 'nvidia'"),
        ({"nvidia": 0.0}, "no weight other than 0"),
        ({}, "no weight other than 0"),
        (pd.Series([1.0, 2.0], index=["nvidia", "nvidia"]), "a company stands there twice"),
        ({"nvidia": None}, "a weight that is no number"),
    ],
)
def test_holdings_that_are_none_are_refused(chain_lab, holdings, message):
    with pytest.raises(InputError, match=message):
        enter(chain_lab.packaged, holdings)


def test_a_near_name_is_named_once(chain_lab):
    with pytest.raises(UnknownNameError) as refused:
        enter(chain_lab.packaged, {"nvidai": 1.0})
    assert refused.value.nearest.count("nvidia") == 1
