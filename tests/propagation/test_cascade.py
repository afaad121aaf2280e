"""The systemic risk index against published programs, closed forms and its own invariants."""

from __future__ import annotations

import re
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import supplychain_risk as scr
from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.propagation import engine
from supplychain_risk.propagation.cascade import static_level

ROOT = Path(__file__).parents[2]
OWN = ROOT / "tests" / "data" / "esri"
SHARED = next((p for p in (ROOT.parent / "shared", ROOT.parents[1] / "shared") if p.is_dir()), OWN) / "cases" / "esri"
FOLDERS = {path.name: path for place in (SHARED, OWN) if place.is_dir() for path in place.iterdir() if path.is_dir()}
RUNS = [(name, file.name) for name, path in sorted(FOLDERS.items()) for file in sorted(path.glob("esri_*_eps*.csv"))]
closed = pytest.mark.filterwarnings("ignore:no final demand:UserWarning")


def tables(folder):
    return (
        pd.read_csv(folder / "edges.csv"),
        pd.read_csv(folder / "firms.csv"),
        pd.read_csv(folder / "essential.csv", index_col=0),
    )


def shocks(folder):
    given = {"losses": folder / "psi.csv", "losses_up": folder / "psi_up.csv"}
    return {name: pd.read_csv(path) for name, path in given.items() if path.exists()}


@closed
@pytest.mark.parametrize(("name", "file"), RUNS)
def test_equal_to_published_programs_in_as_many_iterations(name, file):
    # GLcascade / fastcascade 0.9.3.1 (R and C++); see the README of the cases.
    folder, eps = FOLDERS[name], float(re.search(r"eps(.*)\.csv", file).group(1))
    expected = pd.read_csv(folder / file).set_index("scenario")
    most = int(expected["iterations"].max()) + 1
    run = scr.esri(*tables(folder), **shocks(folder), mode="literature", eps=eps, max_iterations=most, keep_losses=True)
    columns = ["esri", "esri_down", "esri_up"]
    np.testing.assert_allclose(run.table[columns], expected[columns], rtol=0, atol=1e-12)
    assert run.table["iterations"].tolist() == expected["iterations"].tolist()
    assert run.table["converged"].all()
    for side, loss in (("down", run.loss_down), ("up", run.loss_up)):
        path = folder / file.replace("esri_", f"loss_{side}_")
        if path.exists():
            np.testing.assert_allclose(loss.T, pd.read_csv(path, index_col=0), rtol=0, atol=1e-12)


def economy(seed, *, firms=12):
    """A random firm network with markets, where everybody sells to and buys from outside, so that cascades die out."""
    rng = np.random.default_rng(seed)
    pairs = [(i, j) for i in range(firms) for j in range(firms) if i != j]
    chosen = rng.choice(len(pairs), 3 * firms, replace=False)
    links = pd.DataFrame([pairs[k] for k in chosen], columns=["supplier", "customer"])
    links["weight"] = rng.lognormal(0, 1.5, len(links))
    sector = rng.integers(0, 4, firms)
    table = pd.DataFrame({"firm": range(firms), "sector": sector, "market": sector})
    sales = links.groupby("supplier")["weight"].sum().reindex(range(firms), fill_value=0.0)
    purchases = links.groupby("customer")["weight"].sum().reindex(range(firms), fill_value=0.0)
    table["revenue"] = sales * 1.25 + rng.uniform(0.2, 1.0, firms)
    table["costs"] = purchases * 1.25 + rng.uniform(0.2, 1.0, firms)
    table["h_weight"] = sales + 0.1
    return links, table, pd.DataFrame(rng.integers(0, 3, (4, 4)))


def losses_of(seed, firms, scale=1.0):
    rng = np.random.default_rng([seed, 9])
    hit = rng.random(firms) < 0.3
    hit[0] = True
    loss = rng.random(firms)
    return pd.DataFrame({"firm": np.flatnonzero(hit), "scenario": "all", "loss": scale * loss[hit]})


def totals(run):
    return run.table[["esri", "esri_down", "esri_up"]].to_numpy()


SEEDS = st.integers(0, 2**32 - 1)
TIGHT = {"mode": "literature", "eps": 1e-14}


@given(seed=SEEDS, scale=st.floats(0.0, 1.0))
def test_more_lost_at_first_never_means_less_lost_in_the_end(seed, scale):
    world = economy(seed)
    less = scr.esri(*world, losses=losses_of(seed, 12, scale), keep_losses=True, **TIGHT)
    more = scr.esri(*world, losses=losses_of(seed, 12), keep_losses=True, **TIGHT)
    assert (less.loss_down.to_numpy() <= more.loss_down.to_numpy() + 1e-11).all()
    assert (less.loss_up.to_numpy() <= more.loss_up.to_numpy() + 1e-11).all()


@given(seed=SEEDS, power=st.integers(-40, 40))
def test_the_unit_of_sales_cancels_to_the_bit_for_powers_of_two(seed, power):
    links, firms, classes = economy(seed)
    scaled = firms.assign(**firms[["revenue", "costs", "h_weight"]] * 2.0**power)
    other = scr.esri(links.assign(weight=links["weight"] * 2.0**power), scaled, classes)
    pd.testing.assert_frame_equal(scr.esri(links, firms, classes).table, other.table, check_exact=True)


@given(seed=SEEDS, unit=st.floats(1e-6, 1e6))
def test_the_unit_of_sales_cancels(seed, unit):
    links, firms, classes = economy(seed)
    scaled = firms.assign(**firms[["revenue", "costs", "h_weight"]] * unit)
    other = scr.esri(links.assign(weight=links["weight"] * unit), scaled, classes, **TIGHT)
    np.testing.assert_allclose(totals(scr.esri(links, firms, classes, **TIGHT)), totals(other), rtol=0, atol=1e-12)


@given(seed=SEEDS)
def test_names_and_the_order_of_rows_do_not_matter(seed):
    links, firms, classes = economy(seed)
    rng = np.random.default_rng([seed, 3])
    names = pd.Series([f"firm {k}" for k in rng.permutation(12)])
    renamed = links.assign(supplier=names[links["supplier"]].to_numpy(), customer=names[links["customer"]].to_numpy())
    shuffled = firms.assign(firm=names, sector=firms["sector"].map("s{}".format)).sample(frac=1, random_state=seed)
    labels = [f"s{k}" for k in range(4)]
    classes = pd.DataFrame(classes.to_numpy(), index=labels, columns=labels)
    other = scr.esri(renamed.sample(frac=1, random_state=seed), shuffled, classes.iloc[::-1], **TIGHT)
    expected = scr.esri(*economy(seed), **TIGHT)
    np.testing.assert_allclose(totals(expected), other.table.loc[names, ["esri", "esri_down", "esri_up"]], atol=1e-12)


@given(seed=SEEDS)
def test_threads_change_nothing_to_the_bit(seed):
    world = economy(seed, firms=80)
    one = scr.esri(*world, threads=1).table
    pd.testing.assert_frame_equal(one, scr.esri(*world, threads=2).table, check_exact=True)


@given(seed=SEEDS, mode=st.sampled_from(["fixed_point", "literature"]))
def test_the_fallback_without_numba_gives_the_same(seed, mode):
    world = economy(seed)
    fast = scr.esri(*world, mode=mode)
    with mock.patch.object(engine, "COMPILED", new=False):
        plain = scr.esri(*world, mode=mode)
    np.testing.assert_allclose(totals(fast), totals(plain), rtol=0, atol=1e-13)
    assert fast.table["iterations"].tolist() == plain.table["iterations"].tolist()


@given(seed=SEEDS)
def test_the_fixed_point_is_one_within_eps(seed):
    # Started again from its own losses, the published rule moves nothing by more than what eps leaves open.
    world = economy(seed)
    settled = scr.esri(*world, keep_losses=True, eps=1e-12)
    closer = scr.esri(*world, keep_losses=True, **TIGHT)
    np.testing.assert_allclose(settled.loss_down, closer.loss_down, rtol=0, atol=1e-9)
    np.testing.assert_allclose(settled.loss_up, closer.loss_up, rtol=0, atol=1e-9)


@given(seed=SEEDS, share=st.floats(0.05, 0.95))
def test_a_second_supplier_never_makes_the_first_more_systemic_downstream(seed, share):
    """One customer moves a part of its purchases to a newcomer of the same sector who buys nothing.

    Holds for the downstream index without market classes: one share falls, all others stay. With market classes it need
    not, since what is left of a market changes for all its sellers.
    """
    links, firms, classes = economy(seed)
    firms = firms.drop(columns="market")
    row = np.random.default_rng([seed, 5]).integers(len(links))
    first = links["supplier"].iloc[row]
    moved = links.astype({"weight": float}).copy()
    moved.loc[row, "weight"] *= share
    new = pd.DataFrame({"supplier": [12], "customer": [links["customer"].iloc[row]]})
    new["weight"] = links["weight"].iloc[row] * (1 - share)
    newcomer = pd.DataFrame(
        {"firm": [12], "sector": firms["sector"].loc[[first]], "revenue": [1e9], "costs": [0.0], "h_weight": [0.0]}
    )
    before = scr.esri(links, firms, classes, **TIGHT).table
    after = scr.esri(pd.concat([moved, new]), pd.concat([firms, newcomer]), classes, **TIGHT).table
    assert after.loc[first, "esri_down"] <= before.loc[first, "esri_down"] + 1e-11


def test_a_closed_network_is_named_and_collapses():
    links = pd.DataFrame({"supplier": ["a", "b", "c"], "customer": ["b", "a", "a"], "weight": [1.0, 1.0, 1.0]})
    firms = pd.DataFrame({"firm": ["a", "b", "c"], "sector": "s"})
    classes = pd.DataFrame([[1]], index=["s"], columns=["s"])
    with pytest.warns(UserWarning, match=r"no final demand: 2 firms sell to each other only \(a, b\)"):
        run = scr.esri(links, firms, classes, losses=pd.DataFrame({"firm": ["b"], "scenario": 1, "loss": [0.5]}))
    # a loses the half of its orders that b no longer places, b the same of a's, and c lives on a.
    assert run.table["esri_up"].tolist() == pytest.approx([0.5], abs=1e-8)


def test_a_network_of_activities_without_final_sales_is_named(make_network):
    pairs = {("a:ore", "b:chip"): 1.0, ("b:chip", "a:ore"): 1.0}
    with pytest.warns(UserWarning, match=r"2 firms sell to each other only \(a:ore, b:chip\).*as final_sales"):
        risk = make_network({"a:ore": 0.0, "b:chip": 0.0}, pairs).systemic_risk().table
    assert risk["esri_up"].tolist() == pytest.approx([1.0, 1.0])
    make_network({"a:ore": 0.0, "b:chip": 0.5}, pairs).systemic_risk()  # open: a warning would be an error


def test_sales_outside_open_the_network():
    links = pd.DataFrame({"supplier": ["a", "b"], "customer": ["b", "a"], "weight": [1.0, 1.0]})
    firms = pd.DataFrame({"firm": ["a", "b"], "sector": "s", "revenue": [2.0, 1.0]})
    run = scr.esri(links, firms, pd.DataFrame([[0]], index=["s"], columns=["s"]))
    # Without b, a keeps the half that it sells outside: (1 + 1/2) / 2; without a, b has nothing left.
    assert run.table["esri_up"].tolist() == pytest.approx([1.0, 0.75])
    assert run.table["esri_down"].tolist() == pytest.approx([0.5, 0.5])


def test_one_firm_is_its_own_economy():
    firms = pd.DataFrame({"firm": ["only"], "sector": ["s"], "h_weight": [2.0]})
    links = pd.DataFrame({"supplier": [], "customer": [], "weight": []})
    row = scr.esri(links, firms, pd.DataFrame()).table.loc["only"]
    assert row.tolist() == [1.0, 1.0, 1.0, 1, True]


def test_literature_mode_can_stop_far_from_the_fixed_point():
    # The folder's own files differ by this much between eps 1e-2 and 1e-12 (scenario 4, downstream of firm 4).
    folder = OWN / "cycle6_gl_subst"
    with pytest.warns(UserWarning, match="no final demand"):
        early = scr.esri(*tables(folder), mode="literature").table
    with pytest.warns(UserWarning, match="no final demand"):
        late = scr.esri(*tables(folder)).table
    assert early.loc[4, "esri"] == pytest.approx(0.71813444263264725, abs=1e-12)
    assert late.loc[4, "esri"] == pytest.approx(1.0, abs=1e-6)


def test_scenarios_that_do_not_settle_are_told():
    with pytest.warns(RuntimeWarning, match="of 12 scenarios still changed"):
        run = scr.esri(*economy(1), max_iterations=2)
    assert not run.table["converged"].all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"eps": 0.0}, "eps: found 0.0"),
        ({"eps": -1.0}, "eps: found -1.0"),
        ({"eps": float("nan")}, "eps: found nan"),
        ({"max_iterations": 0}, "max_iterations: found 0"),
        ({"threads": 0}, "threads: found 0"),
        ({"mode": "literatur"}, "nearest: literature"),
    ],
)
def test_options_outside_their_range_are_refused(options, message):
    with pytest.raises((InputError, UnknownNameError), match=message):
        scr.esri(*economy(0), **options)


@pytest.fixture(scope="module")
def network():
    return scr.SupplyNetwork.from_dataset(scr.load_dataset())


def test_pools_give_the_index_of_the_links_written_out(network):
    apart = network.separated(np.ones(len(network.slot_need), dtype=np.bool_))
    losses = np.eye(len(network.activities))[::25]
    np.testing.assert_allclose(static_level(network, losses), static_level(apart, losses), rtol=0, atol=1e-7)


def test_nothing_lost_costs_nothing(network):
    assert (static_level(network, np.zeros((1, len(network.activities)))) == 1).all()


def test_output_never_exceeds_what_capacity_is_left(network):
    losses = np.random.default_rng(0).random((3, len(network.activities)))
    assert (static_level(network, losses) <= 1 - losses).all()


@pytest.mark.parametrize("loss", [np.nan, 1.5, -0.1])
def test_capacity_losses_outside_their_range_are_refused(network, loss):
    losses = np.zeros((1, len(network.activities)))
    losses[0, 3] = loss
    with pytest.raises(InputError, match=r"capacity_loss: found .* in row 0, column 3, expected 0..1"):
        static_level(network, losses)


def test_capacity_losses_of_another_shape_are_refused(network):
    with pytest.raises(InputError, match=r"capacity_loss: found an array of shape \(3,\)"):
        static_level(network, np.zeros(3))


def test_a_company_is_at_least_as_systemic_as_each_of_its_activities(network):
    by_activity, by_company = (network.systemic_risk(by=by).table["esri"] for by in ("activity", "company"))
    largest = by_activity.groupby(by_activity.index.str.split(":").str[0]).max()
    assert (by_company[largest.index] >= largest - 1e-8).all()


def test_a_country_is_at_least_as_systemic_as_each_of_its_sites(network):
    by_site, by_country = (network.systemic_risk(by=by).table["esri"] for by in ("site", "country"))
    country = network.site_table["country"].reindex(by_site.index)
    by_site, country = by_site[country.isin(by_country.index)], country[country.isin(by_country.index)]
    assert (by_country[country].to_numpy() >= by_site.to_numpy() - 1e-8).all()


def test_what_is_no_single_country_does_not_fail_as_one(network):
    assert {"EU", "XX"} <= set(network.site_table["country"])
    assert not {"", "EU", "XX"} & set(network.systemic_risk(by="country").table.index)


def test_kinds_of_node_are_named(network):
    with pytest.raises(UnknownNameError, match="nearest: country"):
        network.systemic_risk(by="contry")
