"""Paths written out equal the formula, activity by activity and step by step."""

from __future__ import annotations

import numpy as np

from supplychain_risk.scenarios.paths import capacity_loss
from supplychain_risk.scenarios.sampling import sample_paths


def test_losses_of_several_hits_combine_as_independent_shares(island, make_scenario, make_hit):
    scenario = make_scenario({"one": make_hit(), "two": make_hit(targets={"site": "tw_tainan"})})
    paths = sample_paths(scenario, island, n_draws=3, horizon_days=140.0, seed=1)
    kept = np.ones((3, 20, len(island.activities)))
    for hit in paths.hits:
        for row, activity in enumerate(hit.activities):
            for draw in range(3):
                for step in range(20):
                    kept[draw, step, activity] *= 1.0 - hit.intensity[row, draw] * hit.profile[step, draw]
    loss = capacity_loss(paths, len(island.activities))
    assert np.allclose(loss, 1.0 - kept, rtol=0.0, atol=1e-15)


def test_activities_that_no_hit_concerns_lose_exactly_nothing(island, make_scenario):
    paths = sample_paths(make_scenario(), island, n_draws=5, horizon_days=140.0, seed=1)
    loss = capacity_loss(paths, len(island.activities))
    untouched = np.setdiff1d(np.arange(len(island.activities)), paths.hits[0].activities)
    assert not loss[:, :, untouched].any()
    assert loss[:, :, paths.hits[0].activities].any()
