"""Years of a book against numbers from paper; events are made by hand, so that nothing is simulated."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import supplychain_risk as scr
from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.markets import annual_years
from supplychain_risk.markets.annual_events import EventReturns, event_returns
from supplychain_risk.markets.portfolio import Portfolio
from supplychain_risk.markets.positions import Position
from supplychain_risk.scenarios.frequencies import Frequencies, Rate
from supplychain_risk.scenarios.spec import Family

COMPANIES = ("maker", "private", "elsewhere", "bank")


@pytest.fixture(scope="module")
def annual(world):
    """A network with accounts, and ways to write rates, events and years of it."""
    run = world.run()

    def rate(name, value, low=None, high=None, family=None):
        changes = {"name": name, "family": family and Family(name=family[0], gravity=family[1])}
        return Rate(run.scenario.model_copy(update=changes), low or value, value, high or value, "by hand")

    def event(rate, network, market=0.0):
        """Returns of companies by draw, (D,) each; others 0, `private` unknown; the market on top of all."""
        n = len(next(iter(network.values())))
        alone = np.column_stack([network.get(name, np.zeros(n)) for name in COMPANIES]).astype(float)
        alone[:, COMPANIES.index("private")] = np.nan
        factor = np.full(n, market, dtype=float)
        provenance = {"scenario": rate.scenario.name, "scenario_digest": rate.scenario.digest}
        whole = np.maximum(alone + factor[:, None], -1.0)
        return EventReturns(COMPANIES, alone, whole, factor, np.arange(n), provenance)

    def years(given, book=None, *, n_years=20_000, seed=1, **options):
        """`given`: pairs of a rate and its event."""
        table = Frequencies("", tuple(each for each, _ in given), {})
        events = {each.scenario.name: event for each, event in given}
        book = {"maker": 1.0} if book is None else book
        return scr.annual_risk(
            run.network, book, n_years=n_years, seed=seed, frequencies=table, events=events, **options
        )

    return SimpleNamespace(network=run.network, rate=rate, event=event, years=years)


def constant(annual, loss=0.2, value=0.5, name="fire", **options):
    rate = annual.rate(name, value, **options)
    return rate, annual.event(rate, {"maker": np.full(64, -loss)})


def test_events_of_constant_severity_have_the_curves_of_the_poisson_distribution(annual):
    # lambda .5, a fifth each: P(N >= 1) = .3935, P(N >= 2) = .0902, P(N >= 3) = .0144
    curve = annual.years([constant(annual)], n_years=100_000).curve([2, 5, 20, 100])
    assert curve["oep"].tolist() == pytest.approx([0.0, 0.2, 0.2, 0.2])
    assert curve["aep"].tolist() == pytest.approx([0.0, 0.2, 1 - 0.8**2, 1 - 0.8**3])
    assert curve["network_aep"].tolist() == pytest.approx(curve["aep"].tolist())
    assert curve["cause"].tolist() == ["fire"] * 4


def test_the_average_is_that_of_the_closed_form(annual):
    # E 1 - .8^N = 1 - exp(-.2 lambda); sum of events lambda x .2
    row = annual.years([constant(annual)], n_years=100_000).average().loc["network"]
    assert abs(row["annual_loss"] - (1 - np.exp(-0.1))) < 4 * row["standard_error"]
    assert row["expected"] == pytest.approx(0.1)
    assert row["expected_error"] == pytest.approx(0.0, abs=1e-15)
    assert row["annual_loss"] - row["overlap"] == pytest.approx(0.1 + row["difference"])
    assert row[["low", "high", "without_families"]].tolist() == pytest.approx([0.1] * 3)


def test_of_a_family_one_event_a_year_counts_the_gravest(annual):
    mild = constant(annual, 0.1, 0.6, "mild", family=("war", 1))
    grave = constant(annual, 0.4, 0.3, "grave", family=("war", 2))
    risk = annual.years([mild, grave])
    table = risk.year_loss_table
    assert table["event"].max() == 1
    # P(an event counts) = 1 - exp(-.9), P(grave) = 1 - exp(-.3), P(mild) = exp(-.3) - exp(-.9)
    chance = np.array([1 - np.exp(-0.9), 1 - np.exp(-0.3), np.exp(-0.3) - np.exp(-0.9)])
    found = np.array([len(table), (table["scenario"] == "grave").sum(), (table["scenario"] == "mild").sum()]) / 20_000
    assert np.abs(found - chance).max() < 4 * np.sqrt(0.25 / 20_000)
    average = risk.average().loc["total"]
    assert average["expected"] == pytest.approx(chance[1] * 0.4 + chance[2] * 0.1)
    assert average["without_families"] == pytest.approx(0.6 * 0.1 + 0.3 * 0.4)


def test_uncertain_rates_move_the_average_to_their_mean(annual):
    # .5 between .25 and 1: exp(sigma^2 / 2) with sigma = ln 2 / 1.6448536 gives a mean of .5464
    rate, event = constant(annual, low=0.25, high=1.0)
    risk = annual.years([(rate, event)], n_years=60_000)
    row = risk.average().loc["total"]
    assert row["expected"] == pytest.approx(0.2 * 0.5 * np.exp((np.log(2) / 1.6448536) ** 2 / 2))
    assert abs(row["difference"]) < 4 * row["difference_error"]
    assert row["low"] == pytest.approx(0.2 * 0.25, rel=0.1)
    assert row["high"] == pytest.approx(0.2 * 1.0, rel=0.1)
    at = risk.curve([3]).iloc[0]  # 1 / (1 - exp(-lambda)) at 1 and at .25
    assert at["oep_often"] == pytest.approx(1 / (1 - np.exp(-1.0)), rel=0.1)
    assert at["oep_seldom"] == pytest.approx(1 / (1 - np.exp(-0.25)), rel=0.1)


def test_events_of_a_year_multiply_company_by_company(annual):
    first, second = annual.rate("first", 3.0), annual.rate("second", 3.0)
    given = [
        (first, annual.event(first, {"maker": np.full(4, -0.5)})),
        (second, annual.event(second, {"bank": np.full(4, -0.5)})),
    ]
    risk = annual.years(given, {"maker": 0.5, "bank": 0.5}, n_years=400)
    counts = risk.year_loss_table.groupby(["year", "scenario"], observed=False).size().unstack(fill_value=0)
    counts = counts.reindex(range(1, 401), fill_value=0)
    expected = 1 - 0.5 * 0.5 ** counts["first"] - 0.5 * 0.5 ** counts["second"]
    np.testing.assert_allclose(risk.years.losses["total"], expected, atol=1e-12)
    assert (risk.years.losses["total"] < 1).all()


def test_nobody_loses_more_than_all_however_many_events_come(annual):
    risk = annual.years([constant(annual, 1.0, 6.0)], n_years=300)
    assert risk.years.losses["total"].max() == 1.0


def test_what_has_no_return_of_its_own_moves_with_the_market(annual):
    rate = annual.rate("crash", 1.0)
    event = annual.event(rate, {"maker": np.full(8, -0.1)}, market=-0.3)
    risk = annual.years([(rate, event)], {"maker": 0.5, "private": 0.2, "XYZ": 0.1})
    kind = risk.kinds[0]
    assert kind.loss["network"] == pytest.approx(0.5 * 0.1)
    assert kind.loss["total"] == pytest.approx(0.5 * 0.4 + 0.3 * 0.3)  # the last fifth is cash
    assert risk.held.without_return == ("private",)
    assert risk.held.covered == 0.5
    assert "XYZ (10.0%)" in risk.book.notes[-1]


def test_a_rest_falls_with_its_beta_and_not_below_nothing(annual):
    line = Position("fund", 1.0, "index", {"maker": 0.25}, 2.0)
    deep = Position("deep", 0.5, "unknown", {}, 4.0)
    rate = annual.rate("crash", 1.0)
    event = annual.event(rate, {"maker": np.zeros(8)}, market=-0.3)
    risk = annual.years([(rate, event)], Portfolio("fund", (line, deep)))
    assert risk.kinds[0].loss["total"] == pytest.approx(0.25 * 0.3 + 0.75 * 0.6 + 0.5 * 1.0)


def test_gains_count_against_losses(annual):
    rate = annual.rate("shift", 0.8)
    event = annual.event(rate, {"maker": np.full(8, -0.2), "bank": np.full(8, 0.3)})
    row = annual.years([(rate, event)], {"maker": 0.5, "bank": 0.5}).average().loc["total"]
    assert row["gains"] > 0.03
    assert row["losses"] - row["gains"] == pytest.approx(row["annual_loss"])
    assert row["expected"] == pytest.approx(0.8 * -0.05)
    short = annual.years([(rate, event)], {"bank": -1.0}).average().loc["total"]
    assert short["expected"] == pytest.approx(0.8 * 0.3)


def test_standard_errors_hold_what_another_seed_and_other_draws_would_move(annual):
    """Forty runs with draws of their own: errors of few draws (64), rates and events together."""
    found = []
    for seed in range(40):
        rate = annual.rate("quake", 0.6, 0.2, 1.8)
        losses = np.random.default_rng(seed).lognormal(-3, 1, 64).clip(max=1.0)
        risk = annual.years([(rate, annual.event(rate, {"maker": -losses}))], n_years=2_000, seed=seed)
        average, curve = risk.average().loc["total"], risk.curve([10])
        found.append([average["annual_loss"], average["standard_error"], *curve[["aep", "aep_error"]].iloc[0]])
    mean, mean_error, level, level_error = np.array(found).T
    # the spread of forty numbers is known to 11 %, three times that is allowed
    assert np.mean(mean_error**2) ** 0.5 == pytest.approx(mean.std(ddof=1), rel=0.34)
    assert np.mean(level_error**2) ** 0.5 == pytest.approx(level.std(ddof=1), rel=0.34)


def test_closed_form_and_years_agree_on_how_often_an_event_is_as_large(annual):
    mild = constant(annual, 0.1, 0.6, "mild", family=("war", 1))
    grave = constant(annual, 0.4, 0.3, "grave", family=("war", 2))
    risk = annual.years([mild, grave, constant(annual, 0.2, 0.4)], n_years=50_000)
    often, seldom = risk.curve([4]).iloc[0][["oep_often", "oep_seldom"]]
    assert often == seldom  # rates are known
    share = (
        np.append(risk.years.loss["total"], 0.0)[risk.years.worst("total")] >= risk.curve([4])["oep"].iloc[0]
    ).mean()
    assert abs(share - 1 / often) < 4 * np.sqrt(0.25 / 50_000)


def test_losses_are_marked_by_the_rule_they_break(annual):
    few = annual.rate("few", 0.2)
    risk = annual.years([(few, annual.event(few, {"maker": -np.linspace(0.3, 0.4, 8)}))], n_years=1_000)
    curve = risk.curve([10, 500])
    assert curve.loc[10.0, "aep_unreliable"] == "outcomes"
    assert curve.loc[500.0, "aep_unreliable"].startswith("years, outcomes")
    assert risk.provenance["n_groups"] == 8
    wide, event = constant(annual, low=0.05, high=5.0)
    assert annual.years([(wide, event)]).curve([5]).iloc[0]["oep_unreliable"].endswith("rates")
    single = annual.rate("single", 0.5)
    curve = annual.years([(single, annual.event(single, {"maker": [-0.1]}))]).curve([5])
    assert np.isnan(curve["aep_error"].iloc[0])
    assert "error" in curve["aep_unreliable"].iloc[0]


RATES = st.lists(st.tuples(st.floats(0.01, 2.0), st.floats(0.0, 1.0)), min_size=1, max_size=4)


@settings(max_examples=25)
@given(RATES, st.integers(0, 3))
def test_invariants_of_years_with_losses_only(annual, given_rates, seed):
    random = np.random.default_rng(seed)
    given_ = []
    for number, (value, loss) in enumerate(given_rates):
        rate = annual.rate(f"s{number}", value, value / 2, value * 2)
        given_.append((rate, annual.event(rate, {"maker": -loss * random.random(16), "bank": -random.random(16)})))
    book = {"maker": 0.4, "bank": 0.5}
    risk = annual.years(given_, book, n_years=500, seed=seed)
    curve = risk.curve([1.5, 2, 5, 10, 50])
    assert (curve["oep"] <= curve["aep"] + 1e-12).all()
    assert curve["aep"].is_monotonic_increasing
    assert curve["oep"].is_monotonic_increasing
    assert risk.years.losses["total"].max() <= 0.9 + 1e-12
    turned = annual.years(given_[::-1], book, n_years=500, seed=seed)
    assert turned.years.losses["total"].tobytes() == risk.years.losses["total"].tobytes()
    assert turned.year_loss_table.equals(risk.year_loss_table)
    more = [(replace(rate, low=3 * rate.low, value=3 * rate.value, high=3 * rate.high), e) for rate, e in given_]
    assert (
        annual.years(more, book, n_years=500, seed=seed).years.losses["total"] >= risk.years.losses["total"] - 1e-12
    ).all()


def test_the_size_of_blocks_changes_no_byte(annual, monkeypatch):
    whole = annual.years([constant(annual, low=0.2, high=1.0)], n_years=5_000)
    monkeypatch.setattr(annual_years, "YEARS_AT_ONCE", 1_000)
    parts = annual.years([constant(annual, low=0.2, high=1.0)], n_years=5_000)
    assert parts.years.losses["total"].tobytes() == whole.years.losses["total"].tobytes()
    assert parts.year_loss_table.equals(whole.year_loss_table)


def test_another_scenario_leaves_the_events_of_the_first_alone(annual):
    alone = annual.years([constant(annual)], n_years=2_000).year_loss_table
    both = annual.years([constant(annual), constant(annual, name="another")], n_years=2_000).year_loss_table
    columns = ["year", "draw", "loss"]
    same = both.loc[both["scenario"] == "fire", columns].reset_index(drop=True)
    assert same.equals(alone[columns])


def test_a_table_of_years_is_what_it_says(annual):
    risk = annual.years([constant(annual, value=2.0)], n_years=200)
    table = risk.year_loss_table
    assert table.columns.tolist() == ["year", "event", "scenario", "draw", "loss", "network_loss"]
    assert table["year"].between(1, 200).all()
    assert (table.groupby("year")["event"].max() == table.groupby("year").size()).all()
    assert table["draw"].between(0, 63).all()


def test_returns_of_a_run_are_taken_as_events(world, annual):
    returns = world.returns(n_draws=4)
    rate = Rate(returns.run.scenario, 0.5, 0.5, 0.5, "by hand")
    events = {rate.scenario.name: returns}
    risk = scr.annual_risk(
        annual.network, {"maker": 1.0}, n_years=100, frequencies=Frequencies("", (rate,), {}), events=events
    )
    column = returns.companies.index("maker")
    np.testing.assert_array_equal(risk.kinds[0].loss["total"], -returns.total()[:, column])
    with pytest.raises(InputError, match=r"digest .*, expected"):
        annual.years([(annual.rate("stop", 0.5, family=("other", 1)), event_returns(returns))])
    weighted = replace(returns.run.totals.blocks[0], weight=np.array([1.0, 1.0, 1.0, 2.0]))
    run = replace(returns.run, totals=replace(returns.run.totals, blocks=[weighted]))
    with pytest.raises(InputError, match="draws of different weight"):
        event_returns(replace(returns, run=run))


def test_what_cannot_be_is_refused(annual):
    given_ = [constant(annual)]
    for options, message in (
        ({"n_years": 0}, "n_years: found 0"),
        ({"n_years": 2.5}, "n_years: found 2.5"),
        ({"n_years": 10**8}, "n_years: found 100,000,000, expected at most"),
        ({"book": {}}, "weights: found none"),
        ({"book": {"maker": float("nan")}}, "weights, maker: found nan"),
        ({"book": 3}, "book: found int"),
    ):
        with pytest.raises(InputError, match=message):
            annual.years(given_, **options)
    with pytest.raises(UnknownNameError, match="no index is called 'sox'"):
        annual.years(given_, "sox")
    with pytest.raises(InputError, match="return_periods: found 1"):
        annual.years(given_, n_years=10).curve([1])
    with pytest.raises(InputError, match="at most 10"):
        annual.years(given_, n_years=10).curve([11])
    rate, event = constant(annual, name="other")
    with pytest.raises(InputError, match="found none of other"):
        scr.annual_risk(annual.network, {"maker": 1.0}, frequencies=Frequencies("", (rate,), {}), events={})
    with pytest.raises(InputError, match="an empty table"):
        annual.years([])
    with pytest.raises(InputError, match="other is of other companies"):
        annual.years([*given_, (rate, replace(event, companies=COMPANIES[::-1]))])
    with pytest.raises(InputError, match="made of tables"):
        scr.annual_risk(replace(annual.network, dataset=None), {"maker": 1.0})
    with pytest.raises(InputError, match="expected a SupplyNetwork"):
        scr.annual_risk("taiwan", {"maker": 1.0})
