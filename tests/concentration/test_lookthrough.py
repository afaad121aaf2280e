"""Look-through against hand-computed and published cases, what must not change it, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain_risk.concentration.lookthrough import OUTSIDE, ROWS, effective_chains, lookthrough
from supplychain_risk.errors import InputError, UnknownNameError

ROOT = Path(__file__).parents[2]
ESRI = [parent / "shared" / "cases" / "esri" for parent in (ROOT.parent, ROOT.parent.parent)]
PARTS = st.lists(st.floats(0.05, 1.0), min_size=7, max_size=7)


@st.composite
def coefficients(draw, n=5):
    """Input coefficients with cycles and self-loops, columns that sum to less than 1."""
    raw = np.array(draw(st.lists(st.sampled_from([0.0, 0.0, 0.2, 0.5, 1.0]), min_size=n * n, max_size=n * n)))
    raw = raw.reshape(n, n)
    return 0.9 * raw / np.maximum(raw.sum(axis=0), 1.0)


def test_the_case_of_four_companies_on_paper(chain_lab):
    # shared/cases/methods/12: .5 x .9 + .3 x .85 + .2 x .1 x .9 = .723; x .6 = .4338
    names = ["NVDA", "AMD", "MSFT", "TSMC", "ASML"]
    D = np.zeros((5, 5))
    D[3, 0], D[3, 1], D[0, 2], D[4, 3] = 0.9, 0.85, 0.1, 0.6
    table = lookthrough(chain_lab.coefficients(D, names), {"NVDA": 0.5, "AMD": 0.3, "MSFT": 0.2})
    additive, bottleneck = table["additive"], table["bottleneck"]
    assert additive[["TSMC", "ASML", "NVDA"]].tolist() == pytest.approx([0.723, 0.4338, 0.52], rel=1e-12)
    assert bottleneck[["TSMC", "ASML"]].tolist() == pytest.approx([0.723, 0.4338], rel=1e-12)
    assert table["tier"].to_dict() == {"NVDA": 0, "AMD": 0, "MSFT": 0, "TSMC": 1, "ASML": 2}
    assert table.loc["ASML", "path"] == "NVDA:NVDA-goods < TSMC:TSMC-goods < ASML:ASML-goods"


def test_a_diamond_adds_up_by_value_and_counts_its_worst_side_by_dependence(chain_lab):
    # d buys .3 from b and .2 from c, both buy from a (.5 and .4): by value .15 + .08, by dependence max(.15, .08)
    D = np.zeros((4, 4))
    D[1, 3], D[2, 3], D[0, 1], D[0, 2] = 0.3, 0.2, 0.5, 0.4
    row = lookthrough(chain_lab.coefficients(D, ["a", "b", "c", "d"]), "d").loc["a"]
    assert row["additive"] == pytest.approx(0.23, rel=1e-12)
    assert row["bottleneck"] == pytest.approx(0.15, rel=1e-12)
    assert row["joint"] == pytest.approx(0.15, rel=1e-12)  # b's and c's goods complement: the scarcer one limits
    assert (row["tier"], row["path"]) == (2, "d:d-goods < b:b-goods < a:a-goods")


def test_rivals_that_hang_on_one_firm_are_no_second_source(chain_lab):
    # d's only input comes from b (.6) and c (.4), both buy all of theirs from a: alone .6, together 1
    activities = pd.DataFrame(
        {"company": list("abcd"), "product": ["film", "board", "board", "chip"], "final_sales": [1.0, 1.0, 1.0, 9.0]}
    )
    links = [
        ("a", "film", "b", "board", 2.0),
        ("a", "film", "c", "board", 1.0),
        ("b", "board", "d", "chip", 6.0),
        ("c", "board", "d", "chip", 4.0),
    ]
    needs = [(p, q, "flow", 1.0, 30.0, 0.2, 30.0, 180.0) for p, q in (("chip", "board"), ("board", "film"))]
    row = lookthrough(chain_lab.rows(activities, links, needs), "d").loc["a"]
    assert (row["bottleneck"], row["joint"]) == pytest.approx((0.6, 1.0), rel=1e-12)


def cascade_case(folder):
    """Links, sectors and the downstream part of the published index, firms that all need every input."""
    links, firms = pd.read_csv(folder / "edges.csv"), pd.read_csv(folder / "firms.csv")
    published = pd.read_csv(folder / "esri_cpp_eps1e-12.csv")
    return links, firms, published.set_index("scenario")["esri_down"]


CHAIN5 = (
    pd.DataFrame({"supplier": [1, 2, 3, 4, 2], "customer": [2, 3, 4, 5, 5], "weight": [10.0, 8.0, 6.0, 4.0, 2.0]}),
    pd.DataFrame({"firm": range(1, 6), "sector": range(1, 6)}),
    pd.Series([1.0, 2 / 3, 1 / 3, 2 / 15, 0.0], index=range(1, 6)),
)
"""shared/cases/esri/chain5_leontief: GLcascade 0.9.3.1."""


@pytest.mark.parametrize("folder", ["chain5", "chain5_leontief", "fig1_leontief", "random500_leontief_nosubst"])
def test_joint_dependence_is_the_downstream_part_of_the_published_cascade(chain_lab, folder):
    place = next((root / folder for root in ESRI if (root / folder).is_dir()), None)
    if folder != "chain5" and place is None:
        pytest.skip("the shared cases are not here")
    links, firms, published = CHAIN5 if folder == "chain5" else cascade_case(place)
    name = {firm: f"f{firm}" for firm in firms["firm"]}
    made = {firm: f"s{sector}" for firm, sector in zip(firms["firm"], firms["sector"], strict=True)}
    activities = pd.DataFrame({"company": name.values(), "product": made.values(), "final_sales": 1.0})
    rows = [(name[i], made[i], name[j], made[j], z) for i, j, z in links.itertuples(index=False)]
    recipes = sorted({(made[j], made[i]) for i, j in zip(links["supplier"], links["customer"], strict=True)})
    network = chain_lab.rows(activities, rows, [(p, q, "flow", 1.0, 30.0, 0.2, 30.0, 180.0) for p, q in recipes])
    sold = links.groupby("supplier")["weight"].sum()
    table = lookthrough(network, (sold / sold.sum()).rename(index=name))
    joint = table["joint"].reindex([name[firm] for firm in published.index], fill_value=0.0)
    np.testing.assert_allclose(joint, published, atol=1e-10)


def test_exposures_are_the_columns_of_a_published_leontief_inverse(chain_lab):
    # shared/cases/network, leontief_katz_bonacich: inverse by numpy, its sums by networkx 3.6.1 katz_centrality
    A = [[0.1, 0.2, 0.0], [0.3, 0.1, 0.2], [0.1, 0.3, 0.1]]
    katz = [1.5721231766612642, 2.0745542949756888, 1.9773095623987034]
    network = chain_lab.coefficients(A)
    third = lookthrough(network, "c2")["additive"].sort_index()
    np.testing.assert_allclose(third, [0.06482982171799027, 0.2917341977309562, 1.2155591572123177])
    np.testing.assert_allclose(lookthrough(network, {"c0": 1, "c1": 1, "c2": 1})["additive"].sort_index(), katz)


def test_equal_holdings_of_all_firms_give_the_influence_vector(chain_lab):
    # shared/cases/network, influence_vector_equals_pagerank: networkx 3.6.1 pagerank with damping .6
    W = np.array(
        [
            [0.0, 0.5, 0.5, 0.0, 0.0, 0.0],
            [1.0, 0.0, 0.0, 0.0, 0.0, 0.0],
            [0.1, 0.7, 0.0, 0.2, 0.0, 0.0],
            [0.0, 0.6, 0.4, 0.0, 0.0, 0.0],
            [0.0, 0.0, 0.6, 0.4, 0.0, 0.0],
            [0.0, 0.0, 0.1, 0.1, 0.8, 0.0],
        ]
    )
    pagerank = [0.24017108, 0.26849021, 0.20683813, 0.11916724, 0.09866667, 0.06666667]
    held = {f"c{i}": 0.4 / 6 for i in range(6)}
    found = lookthrough(chain_lab.coefficients(0.6 * W.T), held)["additive"].sort_index()
    np.testing.assert_allclose(found, pagerank, atol=1e-8)


@given(st.data(), PARTS)
@settings(max_examples=25, deadline=None)
def test_on_a_tree_without_value_added_value_and_dependence_are_the_same(chain_lab, data, parts):
    parents = [data.draw(st.integers(0, i)) for i in range(len(parts))]
    table = lookthrough(chain_lab.tree(parents, parts), "c0")
    np.testing.assert_allclose(table["additive"], table["bottleneck"], rtol=1e-12)
    np.testing.assert_allclose(table["joint"], table["bottleneck"], rtol=1e-12)
    assert (table["path"].str.count("<") == table["tier"]).all()


@given(coefficients(), st.lists(st.floats(0.01, 2.0), min_size=5, max_size=5))
@settings(max_examples=25, deadline=None)
def test_exposures_are_linear_in_the_holdings_and_never_negative(chain_lab, D, weights):
    network = chain_lab.coefficients(D)
    columns = ["held", "additive", "bottleneck", "joint"]
    together = lookthrough(network, {f"c{i}": w for i, w in enumerate(weights)})[columns]
    apart = [w * lookthrough(network, f"c{i}")[columns] for i, w in enumerate(weights)]
    total = pd.concat(apart).groupby(level=0).sum()
    np.testing.assert_allclose(together.sort_index(), total.sort_index(), rtol=1e-9, atol=1e-14)
    assert (together >= 0).all(axis=None)
    assert (together["additive"] >= together["held"] - 1e-12).all()
    assert (together["joint"] >= together["bottleneck"] - 1e-12).all()
    assert (together["joint"] <= sum(weights) + 1e-9).all()


@given(coefficients(), st.permutations(range(5)), st.sampled_from([0.01, 31.7]))
@settings(max_examples=25, deadline=None)
def test_neither_the_order_of_records_nor_the_currency_matters(chain_lab, D, order, money):
    plain = lookthrough(chain_lab.coefficients(D), {"c0": 0.7, "c3": 0.3}).sort_index()
    other = lookthrough(chain_lab.coefficients(D, money=money, order=list(order)), {"c3": 0.3, "c0": 0.7}).sort_index()
    numbers = ["held", "additive", "bottleneck", "joint", "tier"]
    np.testing.assert_allclose(other[numbers], plain[numbers], rtol=1e-9, atol=1e-14)
    assert other.index.equals(plain.index)


@given(coefficients())
@settings(max_examples=25, deadline=None)
def test_more_tiers_never_lower_an_exposure_and_converge_to_all(chain_lab, D):
    network = chain_lab.coefficients(D)
    numbers = ["additive", "bottleneck", "joint"]
    everything = lookthrough(network, "c0")[numbers]
    before = 0.0 * everything
    for tiers in (0, 1, 2, 3, 400):
        found = lookthrough(network, "c0", tiers=tiers)[numbers].reindex(everything.index, fill_value=0.0)
        assert (found >= before - 1e-12).all(axis=None)
        before = found
    np.testing.assert_allclose(before, everything, atol=1e-9)


@pytest.mark.parametrize("company", ["nvidia", "microsoft", "asml"])
def test_any_kind_of_rows_sums_to_the_same_value(chain_lab, company):
    sums = [lookthrough(chain_lab.packaged, company, by=by)["additive"].sum() for by in ROWS]
    np.testing.assert_allclose(sums, sums[0], rtol=1e-9)


def test_a_country_counts_plants_by_how_much_their_maker_needs_them(chain_lab):
    # the packaged nvidia designs in the United States, and a design house loses a tenth of its output with its offices
    table = lookthrough(chain_lab.packaged, "nvidia", by="country", tiers=0)
    network = chain_lab.packaged
    own = network.activity_index("nvidia:ai_accelerator")
    assert table.loc["US", "bottleneck"] < network.site_dependence[own] < table.loc["US", "held"]


def test_the_chip_designer_hangs_on_its_foundry_and_that_on_scanners_and_their_optics(chain_lab):
    table = lookthrough(chain_lab.packaged, "nvidia")
    named = table[~table.index.str.startswith("other")]
    assert named.index[:5].tolist() == ["nvidia", "tsmc", "ajinomoto", "asml", "zeiss_smt"]
    assert table.loc["sk_hynix", "path"] == "nvidia:ai_accelerator < sk_hynix:hbm"
    assert table.loc[["tsmc", "sk_hynix"], "additive"].tolist() == table["additive"].nlargest(3).tolist()[1:]


def test_without_capital_goods_no_chain_runs_through_scanners(chain_lab):
    flows = lookthrough(chain_lab.packaged, "nvidia", kinds=("flow",))
    assert "asml" not in flows.index
    assert flows.loc["tsmc", "bottleneck"] == lookthrough(chain_lab.packaged, "nvidia").loc["tsmc", "bottleneck"]


def test_a_company_without_products_lies_outside_altogether(chain_lab):
    table = lookthrough(chain_lab.packaged, "pnc")
    assert table.index.tolist() == [OUTSIDE]
    assert table.loc[OUTSIDE, ["held", "additive"]].tolist() == [1.0, 1.0]
    assert np.isnan(table.loc[OUTSIDE, "bottleneck"])


def test_a_short_position_takes_its_exposure_away(chain_lab):
    D = np.zeros((3, 3))
    D[2, 0], D[2, 1] = 0.5, 0.5
    table = lookthrough(chain_lab.coefficients(D), {"c0": 1.0, "c1": -1.0})
    assert table.loc["c2", ["additive", "bottleneck"]].tolist() == [0.0, 0.0]


def test_a_circle_that_buys_all_it_sells_has_no_sum_over_tiers_but_has_one_over_few(chain_lab):
    D = np.array([[0.0, 0.9], [0.9, 0.0]])
    network = chain_lab.coefficients(D)
    dearer = replace(network, slot_need=network.slot_need / 0.9)
    with pytest.raises(InputError, match="in a circle at least what they sell"):
        lookthrough(dearer, "c0")
    assert lookthrough(dearer, "c0", tiers=2)["additive"].tolist() == pytest.approx([2.0, 1.0])


def test_what_is_illegal_is_named(chain_lab):
    network = chain_lab.packaged
    with pytest.raises(InputError, match="by: found 'firm', expected one of company, activity"):
        lookthrough(network, "nvidia", by="firm")
    with pytest.raises(InputError, match="tiers: found -1"):
        lookthrough(network, "nvidia", tiers=-1)
    with pytest.raises(InputError, match="kinds: found tool, expected some of flow"):
        lookthrough(network, "nvidia", kinds=("tool",))
    with pytest.raises(UnknownNameError, match="no company is called 'nvidai'; nearest: nvidia"):
        lookthrough(network, "nvidai")


@given(st.integers(1, 50), st.floats(0.01, 100.0))
def test_n_equal_exposures_count_as_n(n, size):
    assert effective_chains(np.full(n, size)) == pytest.approx(n, rel=1e-12)


@pytest.mark.parametrize("bad", [[0.0], [], [-0.1, 1.0], [np.nan]])
def test_exposures_without_shares_are_refused(bad):
    with pytest.raises(InputError, match="exposures: expected"):
        effective_chains(np.array(bad))
