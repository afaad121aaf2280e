"""Who gains and who pays when goods are scarce: on paper, against history, and on the packaged data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import supplychain_risk as scr
from supplychain_risk.dataset.parameters import ByClass
from supplychain_risk.dataset.schema import Product
from supplychain_risk.errors import InputError
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.simulation.summary import price_summary

PARTS = ["volume", "price", "input_cost", "passed_on", "scrap"]
NEED = {"kind": "flow", "criticality": 1.0, "psi": 0.0, "reorder_days": np.inf, "requalify_days": np.inf}


@pytest.fixture(scope="module")
def chain(world):
    """Two makers of parts, a maker of boards who buys them, a maker of boxes who buys boards, final buyers of all.

    A week at baseline: each maker sells parts for 4 to boards and for 1 to final buyers; boards for 15 to boxes and for
    5 to final buyers; boxes for 30. Reported revenue is that of the network, so that values need no scale.
    """

    def company(product, weekly):
        accounts = {**world.whole, "revenue_usd_bn": 52.0 * weekly}
        return world.company("x", makes={product: 1.0}, market_cap_usd_bn=1000.0, beta=1.0, **accounts)

    companies = {
        "hit": company("part", 5.0),
        "rival": company("part", 5.0),
        "boards": company("board", 20.0),
        "boxes": company("box", 30.0),
    }
    base = world.dataset(companies)
    pricing = {"part": "market", "board": "contract", "box": "contract"}
    kinds = {"tier": "chip", "tier_order": 10, "kind": "component"}
    records = {
        name: Product(name=name, market_usd_bn=world.fact(1.0), demand_elasticity=world.fact(0.5), pricing=how, **kinds)
        for name, how in pricing.items()
    }
    passed = ByClass(default=world.fact(0.0), products={"board": world.fact(0.5), "box": world.fact(0.9)})
    products = base.parameters.products.model_copy(
        update={"pass_through": passed, "price_max": ByClass(default=world.fact(4.0))}
    )
    parameters = base.parameters.model_copy(update={"products": products})
    dataset = base.model_copy(update={"products": records, "parameters": parameters})
    rows = [("hit", "part", 52.0), ("rival", "part", 52.0), ("boards", "board", 260.0), ("boxes", "box", 1560.0)]
    ends = ["supplier_company", "supplier_product", "customer_company", "customer_product", "value"]
    sold = [
        ("hit", "part", "boards", "board", 208.0),
        ("rival", "part", "boards", "board", 208.0),
        ("boards", "board", "boxes", "box", 780.0),
    ]
    needs = [
        {"product": "board", "input": "part", "buffer_days": 70.0, **NEED},
        {"product": "box", "input": "board", "buffer_days": 70.0, **NEED},
    ]
    network = SupplyNetwork.from_tables(
        pd.DataFrame(rows, columns=["company", "product", "final_sales"]),
        pd.DataFrame(sold, columns=ends),
        pd.DataFrame(needs),
    )
    network = replace(network, dataset=dataset, parameters=parameters)

    def run(*, severity="0.4", weeks="2", n_draws=1, targets=None):
        hit = {
            "from": "assumption 2026",
            "what": "a test",
            "targets": targets or {"company": "hit"},
            "onset_days": "0",
            "recovery_weeks": "0",
            "severity": severity,
            "duration_weeks": weeks,
        }
        return scr.simulate(network, world.scenario(hits={"stop": hit}), n_draws=n_draws, horizon_days=364, seed=3)

    return run


def _paper(weeks=40):
    """Price, gain of each maker, cost of boards: 0.2 of parts are missing for two weeks, elasticity 1/2, speed 1/4.

    Target (1 - 0.2)^(-2) = 1.5625. The hit maker makes 3 of 5 a week; afterwards both work at their limit, 5, and serve
    needs. Boards take 4/5 of what is made, final buyers the rest.
    """
    price, prices = 1.0, []
    for week in range(weeks):
        price += 0.25 * ((1.5625 if week < 2 else 1.0) - price)
        prices.append(price)
    premium = np.array(prices) - 1
    hit = np.where(np.arange(weeks) < 2, 3.0, 5.0) * premium
    rival = 5.0 * premium
    return premium, hit, rival, 0.8 * (hit + rival)


def test_a_chain_of_four_gains_and_pays_what_paper_says(chain) -> None:
    run = chain()
    premium, hit, rival, cost = _paper()
    assert run.totals.price[0, 0, 0] == pytest.approx(1 + premium[:13].mean(), rel=1e-6)
    returns = scr.equity_returns(run)
    at = {name: returns.companies.index(name) for name in ("hit", "rival", "boards", "boxes")}
    first = {name: draws[0] for name, draws in returns.operating_income_parts(1).items()}
    weeks = slice(0, 13)
    assert first["price"][at["hit"]] == pytest.approx(hit[weeks].sum(), rel=1e-6)
    assert first["price"][at["rival"]] == pytest.approx(rival[weeks].sum(), rel=1e-6)
    assert first["input_cost"][at["boards"]] == pytest.approx(-cost[weeks].sum(), rel=1e-6)
    assert first["passed_on"][at["boards"]] == pytest.approx(0.5 * cost[weeks].sum(), rel=1e-6)
    # three quarters of the surcharge of boards fall on boxes, who charge on nine tenths of it
    surcharge = 0.75 * 0.5 * cost[weeks].sum()
    assert first["input_cost"][at["boxes"]] == pytest.approx(-surcharge, rel=1e-6)
    assert first["passed_on"][at["boxes"]] == pytest.approx(0.9 * surcharge, rel=1e-6)
    # volume: 2 of 5 a week for two weeks, contribution margin 0.8
    assert first["volume"][at["hit"]] == pytest.approx(-0.8 * 4.0, rel=1e-6)
    assert first["volume"][at["boards"]] == pytest.approx(0.0, abs=1e-5)


def test_present_value_by_cause_is_the_discounted_sum_of_the_weeks(chain) -> None:
    returns = scr.equity_returns(chain())
    _, hit, rival, cost = _paper()
    discount = 0.8 * 1.09 ** (-np.arange(1, 41) / 52)  # after tax of 0.2
    named = returns.cash_flow_parts.items()
    parts = {name: dict(zip(returns.companies, draws[0], strict=True)) for name, draws in named}
    assert parts["price"]["hit"] == pytest.approx(hit @ discount, rel=1e-4)  # prices settle after 40 weeks
    assert parts["price"]["rival"] == pytest.approx(rival @ discount, rel=1e-4)
    assert parts["input_cost"]["boards"] == pytest.approx(-cost @ discount, rel=1e-4)
    assert parts["passed_on"]["boards"] == pytest.approx(0.5 * cost @ discount, rel=1e-4)
    table = returns.winners_and_losers()
    assert table.index[0] == "rival"
    assert table.loc["rival", "gain_share"] == 1.0
    assert table.loc["rival", "total"] == pytest.approx(parts["price"]["rival"])


def test_prices_count_in_what_is_left_of_the_quarter(chain) -> None:
    run = chain(n_draws=3)
    table = scr.earnings_at_risk(scr.equity_returns(run))
    _, hit, rival, cost = _paper()
    left = np.clip(run.totals.rest_steps[:, None] - np.arange(40), 0.0, 1.0)
    volume = left @ np.where(np.arange(40) < 2, -2.0, 0.0)
    assert table.loc["rival", "revenue_change"] == pytest.approx((left @ rival).mean(), rel=1e-5)
    assert table.loc["rival", "income_change"] == pytest.approx((left @ rival).mean(), rel=1e-5)
    assert table.loc["hit", "revenue_change"] == pytest.approx((volume + left @ hit).mean(), rel=1e-5)
    assert table.loc["hit", "income_change"] == pytest.approx((0.8 * volume + left @ hit).mean(), rel=1e-5)
    assert table.loc["boards", "revenue_change"] == pytest.approx(0.5 * (left @ cost).mean(), rel=1e-5)
    assert table.loc["boards", "income_change"] == pytest.approx(-0.5 * (left @ cost).mean(), rel=1e-5)


def test_final_buyers_and_companies_together_gain_nothing(chain) -> None:
    run = chain()
    returns = scr.equity_returns(run)
    by_prices = sum(returns.operating_income_parts(1)[name].sum() for name in ("price", "input_cost", "passed_on"))
    _, hit, rival, cost = _paper()
    made = (hit + rival)[:13].sum()
    boards, boxes = 0.5 * cost[:13].sum(), 0.9 * 0.75 * 0.5 * cost[:13].sum()
    assert by_prices == pytest.approx(0.2 * made + 0.25 * boards + boxes, rel=1e-6)
    _, hit, rival, _ = _paper(52)
    paid = price_summary(run).loc["part", "final_usd_bn"]
    assert paid == pytest.approx(0.2 * (hit + rival).sum(), rel=1e-4)


@settings(max_examples=10)
@given(severity=st.floats(0.0, 1.0), weeks=st.floats(0.0, 60.0))
def test_parts_add_up_in_every_draw(chain, severity, weeks) -> None:
    returns = scr.equity_returns(chain(severity=repr(severity), weeks=repr(weeks), n_draws=2))
    parts = returns.cash_flow_parts
    assert list(parts) == PARTS
    np.testing.assert_allclose(sum(parts.values()), returns.present_value, rtol=0, atol=1e-12)
    change = returns.operating_income_by_quarter(quarters=4).groupby("quarter")["mean_usd_bn"].sum()
    for quarter in range(1, 5):
        named = returns.operating_income_parts(quarter)
        assert sum(draws.mean(axis=0).sum() for draws in named.values()) == pytest.approx(change[quarter], abs=1e-9)
    revenue = returns.revenue_by_quarter(quarters=1)["mean_usd_bn"].sum()
    named = scr.markets.cash_flow.revenue_parts(returns.run, returns.accounts, 1)
    assert sum(draws.mean(axis=0).sum() for draws in named.values()) == pytest.approx(revenue, abs=1e-9)


def test_scarcity_that_a_missing_input_makes_is_priced_at_the_input_only(chain) -> None:
    """Without parts no boards: parts get dear, boards are priced by contract and boxes lose volume."""
    returns = scr.equity_returns(chain(severity="1", weeks="26", targets={"product": "part"}))
    table = returns.winners_and_losers()
    assert table.loc["boxes", "volume"] < 0
    assert table.loc["boards", "price"] == 0.0
    assert table.loc["boxes", "price"] == 0.0


def test_quarters_beyond_the_run_are_refused(chain) -> None:
    with pytest.raises(InputError, match="expected 1 to 4"):
        scr.equity_returns(chain()).operating_income_parts(5)


# Thailand 2011. Western Digital shipped 28.5 million drives in the quarter of the flood, 52.2 million a year before
# (-45 %), at 47 % higher prices; its revenue fell by a fifth (2.0 of 2.5 USD bn). The industry lost 28 % of drives
# (48 of 173 million, IHS). Seagate, whose plants stayed dry, rose by 55 % in 21 days.
DRIVES_LOST, HIT_LOST, PRICE_ROSE, REVENUE_LEFT = 48 / 173, 1 - 28.5 / 52.2, 0.47, 2.0 / 2.5


@pytest.fixture(scope="module")
def flood(world, packaged):
    """Makers who lose 45 % for a quarter and make as much as to take 28 % of drives from the world; others stay dry."""
    hdd = packaged.products["hdd"]
    companies = {
        name: world.company("x", makes={"hdd": 1.0}, market_cap_usd_bn=10.0, beta=1.0, **world.whole)
        for name in ("wet", "dry")
    }
    dataset = world.dataset(companies).model_copy(update={"products": {"hdd": hdd.model_copy(update={"needs": {}})}})
    parameters = dataset.parameters.model_copy(update={"products": packaged.parameters.products})
    share = DRIVES_LOST / HIT_LOST
    rows = [("wet", "hdd", 1000 * share), ("dry", "hdd", 1000 * (1 - share))]
    ends = ["supplier_company", "supplier_product", "customer_company", "customer_product", "value"]
    recipe = ["product", "input", "kind", "criticality", "buffer_days", "psi", "reorder_days", "requalify_days"]
    network = SupplyNetwork.from_tables(
        pd.DataFrame(rows, columns=["company", "product", "final_sales"]),
        pd.DataFrame(columns=ends),
        pd.DataFrame(columns=recipe),
    )
    dataset = dataset.model_copy(update={"parameters": parameters})
    network = replace(network, dataset=dataset, parameters=parameters)
    hit = {
        "from": "assumption 2026",
        "what": "flood",
        "targets": {"company": "wet"},
        "onset_days": "0",
        "recovery_weeks": "26",
        "severity": repr(HIT_LOST),
        "duration_weeks": "13",
    }
    return scr.simulate(network, world.scenario(hits={"flood": hit}), n_draws=1, horizon_days=364, seed=1)


def test_the_flood_of_2011_makes_drives_as_dear_as_they_were(flood) -> None:
    # the speed of contracts is fitted to this very number, so this is no forecast; elasticity and ceiling are not
    assert flood.totals.price[0, 0, 0] == pytest.approx(1 + PRICE_ROSE, abs=0.03)


def test_the_maker_who_was_flooded_loses_less_revenue_than_drives(flood) -> None:
    returns = scr.equity_returns(flood)
    table = returns.revenue_by_quarter(quarters=1).set_index("company")
    assert 1 + table.loc["wet", "share"] == pytest.approx(REVENUE_LEFT, abs=0.03)


def test_the_rival_whose_plants_stayed_dry_gains(flood) -> None:
    table = scr.equity_returns(flood).winners_and_losers()
    assert table.index[0] == "dry"
    assert table.loc["dry", "total"] > 0
    assert table.loc["dry", "volume"] == pytest.approx(0.0, abs=0.05 * table.loc["dry", "price"])


@pytest.fixture(scope="module")
def real():
    return scr.SupplyNetwork.from_dataset(scr.load_dataset())


def _sums(network, scenario, *, days=1092.0):
    run = scr.simulate(network, scenario, n_draws=32, horizon_days=days, seed=7)
    return scr.equity_returns(run).winners_and_losers()


def test_too_little_hbm_enriches_its_makers_and_costs_its_users(real) -> None:
    table = _sums(real, "hbm-shortage")
    assert (table.loc[["sk_hynix", "micron", "samsung_electronics"], "total"] > 0).all()
    assert (table.loc[["nvidia", "amd", "broadcom", "microsoft"], "total"] < 0).all()
    assert table.loc["nvidia", "input_cost"] < table.loc["nvidia", "volume"] < 0


def test_a_blockade_makes_nobody_rich_on_contract_goods(real) -> None:
    table = _sums(real, "taiwan-blockade")
    assert (table.loc[["tsmc", "nvidia", "apple", "micron", "sk_hynix"], "total"] < 0).all()
    contract = ["tsmc", "nvidia", "apple", "umc", "globalfoundries", "asml", "amd", "broadcom"]
    assert (table.loc[contract, "price"] == 0.0).all()
    lost = -table.loc[table["total"] < 0, "total"].sum()
    assert table.loc[table["total"] > 0, "total"].sum() < 0.01 * lost


def test_memory_earns_no_rent_on_quartz_that_is_missing(real) -> None:
    """One shortage, one rent: quartz gets dear, and makers of memory who wait for wafers do not gain by it."""
    returns = _sums(real, "spruce-pine")
    assert (returns.loc[["sk_hynix", "micron", "samsung_electronics"], "total"] < 0).all()


def test_dearer_capital_goods_are_paid_but_no_cost_of_the_quarter(packaged):
    """Clouds buy memory for their servers as capital goods."""
    run = scr.simulate(scr.SupplyNetwork.from_dataset(packaged), "hbm-shortage", n_draws=8, horizon_days=364, seed=7)
    returns = scr.equity_returns(run)
    cloud, maker = (returns.companies.index(name) for name in ("microsoft", "nvidia"))
    paid = returns.cash_flow_parts["input_cost"].mean(axis=0)
    booked = sum(returns.operating_income_parts(quarter)["input_cost"].mean(axis=0) for quarter in (1, 2, 3, 4))
    assert paid[cloud] < -1.0
    assert booked[cloud] > 0.2 * paid[cloud]
    assert booked[maker] < 0.5 * paid[maker]  # HBM in what it sells, an operating cost
