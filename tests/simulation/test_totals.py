"""Totals read block by block are those of all draws together."""

from __future__ import annotations

import numpy as np
import pytest

import supplychain_risk as scr
from supplychain_risk.simulation import blocks
from supplychain_risk.simulation.totals import FIELDS


@pytest.fixture
def totals(packaged, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 8)
    return scr.simulate(packaged, "taiwan", n_draws=21, horizon_days=182, seed=2).totals


def test_every_array_of_a_block_can_be_had_for_all_draws(totals):
    assert [block.n_draws for block in totals.blocks] == [8, 8, 5]
    for name in FIELDS:
        whole = getattr(totals, name)
        np.testing.assert_array_equal(whole, np.concatenate([getattr(block, name) for block in totals.blocks]))
        assert len(whole) == 21


def test_means_over_blocks_are_means_over_draws(totals):
    mean = totals.mean(lambda block: block.output[:, 1])
    np.testing.assert_allclose(mean, totals.output[:, 1].mean(axis=0, dtype=np.float64), rtol=1e-12)


def test_a_mean_over_chosen_draws_leaves_out_the_others(totals):
    chosen = totals.component == 1
    assert 0 < chosen.sum() < 21
    mean = totals.mean(lambda block: block.lowest, chosen)
    np.testing.assert_allclose(mean, totals.lowest[chosen].mean(axis=0, dtype=np.float64), rtol=1e-12)


def test_a_mean_over_no_draws_is_unknown(totals):
    assert np.isnan(totals.mean(lambda block: block.lowest, np.zeros(21, dtype=bool))).all()


def test_a_name_that_is_not_kept_is_an_attribute_error(totals):
    with pytest.raises(AttributeError, match="outputs"):
        _ = totals.outputs


def test_steps_of_the_quarters_are_those_of_the_run(totals):
    assert totals.steps_in_row.tolist() == [13, 13]
    assert totals.n_steps == 26
