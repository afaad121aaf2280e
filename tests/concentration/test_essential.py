from __future__ import annotations

import numpy as np
import pytest

from supplychain_risk.concentration.essential import essential_part, thresholds


@pytest.fixture(scope="module")
def network(make_network):
    """Ore and flux for wafers; flux is not essential. Two chip makers, one of them tiny."""
    return make_network(
        {"o:ore": 0.0, "f:flux": 0.0, "a:wafer": 0.0, "e:wafer": 1.0, "c:chip": 95.0, "d:chip": 5.0},
        {
            ("o:ore", "a:wafer"): 1.0,
            ("f:flux", "a:wafer"): 1.0,
            ("a:wafer", "c:chip"): 5.0,
            ("e:wafer", "d:chip"): 1.0,
        },
        needs={("wafer", "flux"): {"criticality": 0.5}},
    )


def test_what_is_not_essential_stops_nobody(network):
    part = essential_part(network, "chip")
    assert thresholds(network)["essential_criticality"].value == 0.8
    lost = part.lost_share(np.eye(6, dtype=bool))
    np.testing.assert_allclose(lost, [0.95, 0, 0.95, 0.05, 0.95, 0.05])
    assert part.fails(np.eye(6, dtype=bool)).tolist() == [True, False, True, False, True, False]


def test_a_maker_that_can_be_qualified_counts_when_time_does_not_matter(make_network):
    def build(days):
        return make_network(
            {"a:wafer": 0.0, "e:wafer": 1.0, "c:chip": 95.0},
            {("a:wafer", "c:chip"): 5.0},
            needs={("chip", "wafer"): {"requalify_days": days}},
            fallback={("e:wafer", "c:chip"): 0.2},
        )

    out = np.array([[True, False, False]])
    assert not essential_part(build(2000.0), "chip").fails(out)[0]
    assert essential_part(build(np.inf), "chip").fails(out)[0]
