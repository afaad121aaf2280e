"""A dataset in the place of a network is told in one line, wherever a network is asked for."""

from __future__ import annotations

import numpy as np
import pytest

import supplychain_risk as scr
from supplychain_risk.errors import InputError

NO_LOSS = np.zeros((1, 1))

CALLS = {
    "capacity_band": lambda data: scr.capacity_band(data, "taiwan", n_draws=1),
    "cheapest_failure": lambda data: scr.cheapest_failure(data, "ai_accelerator"),
    "chokepoints": scr.chokepoints,
    "compare": lambda data: scr.compare(data, "taiwan", "taiwan-quake", n_draws=1),
    "concentration": scr.concentration,
    "cut_sets": lambda data: scr.cut_sets(data, "ai_accelerator"),
    "import_dependence": lambda data: scr.import_dependence(data, "US"),
    "lookthrough": lambda data: scr.lookthrough(data, "nvidia"),
    "mergers": lambda data: scr.mergers(data, "hbm"),
    "propagate": lambda data: scr.propagate(data, NO_LOSS),
    "sample_paths": lambda data: scr.sample_paths("taiwan", data, n_draws=1, horizon_days=7, seed=0),
    "simulate": lambda data: scr.simulate(data, "taiwan", n_draws=1),
    "simulate_until": lambda data: scr.simulate_until(data, "taiwan", wanted=0.1, of="hbm"),
    "survival_bounds": lambda data: scr.survival_bounds(data, NO_LOSS, outage_days=7, end_product="ai_accelerator"),
    "systemic_risk": scr.systemic_risk,
}


@pytest.mark.parametrize("name", CALLS)
def test_a_dataset_in_the_place_of_a_network_is_told_how_to_make_one(name):
    with pytest.raises(InputError) as told:
        CALLS[name](scr.load_dataset())
    assert str(told.value) == (
        "network: found Dataset, expected a SupplyNetwork; SupplyNetwork.from_dataset(data) makes one"
    )
