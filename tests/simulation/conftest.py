"""The packaged network, loaded once."""

from __future__ import annotations

import pytest

import supplychain_risk as scr


@pytest.fixture(scope="session")
def packaged():
    return scr.SupplyNetwork.from_dataset(scr.load_dataset())
