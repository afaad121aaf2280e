"""Hits that a copula joins: what is joined, how strongly, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError
from scipy import stats

from supplychain_risk.scenarios.dependence import Dependence
from supplychain_risk.scenarios.sampling import sample_paths

TARGETS = {"fire": {"company": "tsmc", "product": "cowos"}, "flood": {"company": "asml"}}


def joined(**changes):
    record = {
        "from": "assumption 2026",
        "copula": "gaussian",
        "hits": ["fire", "flood"],
        "correlation": "0.6 (0..1)",
    } | changes
    return {name: value for name, value in record.items() if value is not None}


@pytest.fixture(scope="module")
def sampled(make_scenario, make_hit, island):
    """Severities of both hits and their lengths in steps, 20,000 draws."""

    def sample(**changes):
        lengths = {"duration_weeks": "uniform(0, 50)", "recovery_weeks": "0"}
        hits = {name: make_hit(targets=targets, **lengths) for name, targets in TARGETS.items()}
        scenario = make_scenario(hits, dependence=joined(**changes), common_factor="1 (0..1) assumption")
        paths = sample_paths(scenario, island, n_draws=20_000, horizon_days=364.0, seed=7)
        return [hit.intensity[0] for hit in paths.hits], [hit.profile.sum(axis=0) for hit in paths.hits]

    return sample


def spearman(pair):
    return stats.spearmanr(*pair).statistic


def test_severities_are_joined_and_lengths_are_not(sampled):
    severities, lengths = sampled()
    assert spearman(severities) == pytest.approx(6 / np.pi * np.arcsin(0.3), abs=0.015)  # Kruskal (1958)
    assert spearman(lengths) == pytest.approx(0.0, abs=0.03)


def test_lengths_are_joined_where_asked_for_by_a_draw_of_their_own(sampled):
    severities, lengths = sampled(quantities=["duration_weeks"])
    assert spearman(severities) == pytest.approx(0.0, abs=0.03)
    assert spearman(lengths) == pytest.approx(6 / np.pi * np.arcsin(0.3), abs=0.015)


def test_a_matrix_equals_the_one_correlation_it_holds(sampled):
    by_rho, _ = sampled()
    by_matrix, _ = sampled(correlation=None, matrix=[[1, 0.6], [0.6, 1]])
    assert np.array_equal(by_rho, by_matrix)


def test_extremes_meet_more_often_under_a_t_copula(sampled):
    gaussian, _ = sampled()
    heavy, _ = sampled(copula="t", degrees_of_freedom="2 (1..4)")

    def met(pair):
        return np.all([severity > np.quantile(severity, 0.99) for severity in pair], axis=0).mean()

    assert met(heavy) > 1.3 * met(gaussian)


def test_the_margin_of_a_joined_severity_is_as_stated(sampled):
    (fire, _), _ = sampled(copula="t", degrees_of_freedom="3 (2..9)")
    pert = stats.beta(1 + 4 * 0.3 / 0.8, 1 + 4 * 0.5 / 0.8, loc=0.2, scale=0.8)
    assert stats.kstest(fire, pert.cdf).pvalue > 1e-4


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"correlation": "1 (0..1)"}, "positive definite"),
        ({"hits": ["a", "b", "c"], "correlation": "-0.6 (-1..0)"}, "positive definite"),
        ({"correlation": None}, "either a correlation or a matrix"),
        ({"matrix": [[1, 0], [0, 1]]}, "either a correlation or a matrix"),
        ({"correlation": None, "matrix": [[1, 0.5]]}, "2 rows of 2"),
        ({"correlation": None, "matrix": [[1, 0.5], [0.5]]}, "2 rows of 2"),
        ({"correlation": None, "matrix": [[1, 0.5], [0.4, 1]]}, "symmetric"),
        ({"correlation": None, "matrix": [[2, 0.5], [0.5, 1]]}, "1 on the diagonal"),
        ({"correlation": None, "matrix": [[1, float("nan")], [float("nan"), 1]]}, "symmetric"),
        ({"correlation": "1.5 (0..2)"}, "between -1 and 1"),
        ({"copula": "t"}, "degrees_of_freedom"),
        ({"copula": "t", "degrees_of_freedom": "0 (0..1)"}, "above 0"),
        ({"degrees_of_freedom": "4 (2..9)"}, "none for a Gaussian"),
        ({"hits": ["fire"]}, "at least 2"),
        ({"hits": ["fire", "fire"]}, "each hit once"),
        ({"quantities": ["weather"]}, "severity"),
        ({"quantities": []}, "at least 1"),
    ],
)
def test_a_dependence_that_cannot_be_is_refused(changes, expected):
    with pytest.raises(ValidationError, match=expected):
        Dependence.model_validate(joined(**changes))


def test_a_joined_hit_must_exist_and_have_times_of_its_own(make_scenario, make_hit):
    follower = make_hit(clock="fire", onset_days=None, duration_weeks=None, recovery_weeks=None)
    with pytest.raises(ValidationError, match="not 'flood'"):
        make_scenario({"fire": make_hit()}, dependence=joined())
    with pytest.raises(ValidationError, match="not 'flood'"):
        make_scenario({"fire": make_hit(), "flood": follower}, dependence=joined())
