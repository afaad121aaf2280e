"""Runs followed once more: parts add up in every draw, in any piece, block or worker."""

from __future__ import annotations

import numpy as np
import pytest

import supplychain_risk as scr
from supplychain_risk.errors import InputError
from supplychain_risk.simulation import trace
from supplychain_risk.simulation.executors import LocalThreads
from supplychain_risk.simulation.trace import Question, trace_causes

SCENARIOS = ("taiwan", "taiwan-quake", "hyperscaler-capex-cut", "export-controls", "hbm-shortage", "china-minerals")


@pytest.fixture(scope="module")
def followed(packaged):
    """Run and trace a scenario: every activity's output weighs as much as its baseline sales."""

    def run(name, *, n_draws=6, **options):
        made = scr.simulate(packaged, name, n_draws=n_draws, horizon_days=182, seed=5)
        return made, trace_causes(made, (Question(packaged.x0 / 52),), **options)[0]

    return run


@pytest.mark.parametrize("name", SCENARIOS)
def test_in_every_draw_parts_add_up_to_what_the_run_lost(followed, packaged, name):
    run, found = followed(name)
    lost = -run.totals.discounted_external * packaged.x0 / 52
    np.testing.assert_allclose(found.asked, lost, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found.loss.sum(axis=1), found.total, rtol=0, atol=1e-9)
    assert found.total.sum() > 0
    unexplained = np.abs(found.loss[:, (found.roots["acts_on"] == "unexplained").to_numpy()]).sum()
    assert unexplained < 0.01 * np.abs(found.asked).sum()


def test_roots_are_what_the_scenario_hits(followed, packaged):
    _, found = followed("hbm-shortage")
    hit = found.roots[found.roots["acts_on"] == "capacity"]
    assert set(hit["hit"]) == {"hbm-shortage/hbm", "hbm-shortage/dram"}
    assert set(hit["product"]) == {"hbm", "dram"}
    assert set(hit["site"]) <= set(packaged.sites)


def test_a_border_is_a_root_of_deliveries_into_its_area(followed):
    _, found = followed("taiwan-blockade")
    stopped = found.roots[found.roots["acts_on"] == "deliveries"]
    assert len(stopped)
    assert set(stopped["country"]) == {"TW"}
    assert set(stopped["hit"]) == {"taiwan-blockade/trade"}


def test_some_draws_are_followed_as_among_all(followed):
    run, whole = followed("taiwan", n_draws=8)
    (some,) = trace_causes(run, (Question(run.network.x0 / 52),), draws=np.array([1, 6]))
    np.testing.assert_allclose(some.asked, whole.asked[[1, 6]], rtol=0, atol=1e-12)
    named = whole.loss[[1, 6]][:, (whole.roots["hit"] == "taiwan-blockade/trade").to_numpy()].sum(axis=1)
    again = some.loss[:, (some.roots["hit"] == "taiwan-blockade/trade").to_numpy()].sum(axis=1)
    np.testing.assert_allclose(again, named, rtol=0, atol=1e-9)


def test_the_width_of_the_tape_and_the_workers_do_not_matter(followed, monkeypatch):
    _, wide = followed("taiwan", n_draws=5)
    monkeypatch.setattr(trace, "WIDEST", 2)
    _, narrow = followed("taiwan", n_draws=5, executor=LocalThreads(2))
    assert (wide.asked == narrow.asked).all()
    np.testing.assert_allclose(wide.loss, narrow.loss, rtol=0, atol=1e-12)


def test_questions_may_differ_by_draw(followed):
    run, whole = followed("hbm-shortage", n_draws=4)
    value = np.outer([1.0, 0.0, 2.0, 1.0], run.network.x0 / 52)
    (found,) = trace_causes(run, (Question(value),))
    np.testing.assert_allclose(found.total, whole.total * [1.0, 0.0, 2.0, 1.0], rtol=1e-12)


@pytest.mark.parametrize(
    ("question", "options", "message"),
    [
        (Question(np.ones(3)), {}, r"value: found an array of shape \(3,\), expected 610 activities"),
        (Question(np.ones(610)), {"draws": np.array([2, 1])}, "expected rising ones from 0 to 2"),
        (Question(np.ones(610)), {"draws": np.array([3])}, "expected rising ones from 0 to 2"),
    ],
)
def test_what_does_not_fit_the_run_is_refused(packaged, question, options, message):
    run = scr.simulate(packaged, "hbm-shortage", n_draws=3, horizon_days=91)
    with pytest.raises(InputError, match=message):
        trace_causes(run, (question,), **options)
