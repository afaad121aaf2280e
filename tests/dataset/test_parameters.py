"""Parameters by class of product."""

from __future__ import annotations

import pytest

from supplychain_risk.dataset.load import load_dataset
from supplychain_risk.dataset.parameters import ModelParameters, ProductParameters
from supplychain_risk.errors import UnknownNameError


@pytest.fixture(scope="module")
def parameters():
    return load_dataset().parameters


@pytest.mark.parametrize(
    ("name", "product", "tier", "value"),
    [  # MODEL 5, 8 and 9 name these
        ("psi", "hbm", "memory", 0.2),
        ("alpha_max", "hbm", "memory", 1.05),
        ("alpha_max", "mature_wafer", "foundry", 1.05),
        ("alpha_max", "cowos", "packaging", 1.25),
        ("deferral", "consumer_device", "system", 0.5),
        ("deferral", "auto_industrial_chip", "chip", 0.7),
        ("deferral", "cloud_ai_compute", "cloud", 0),
        ("site_dependence", "mature_wafer", "foundry", 1),
        ("site_dependence", "ai_accelerator", "chip", 0.1),
        ("price_max", "neon", "mineral", 4),
        ("price_max", "dram", "memory", 2.5),
        ("price_max", "euv_scanner", "equipment", 2),
        ("price_max", "consumer_device", "system", 1),
        ("reprice_per_quarter", "hbm", "memory", 0.5),
        ("pass_through", "ai_server_gpu", "system", 0.9),
        ("variable_cost_share", "ai_server_gpu", "system", 0.97),
    ],
)
def test_the_most_specific_value_counts(parameters, name, product, tier, value):
    assert parameters.of(name, product, tier).value == value


def test_an_unknown_parameter_offers_the_nearest(parameters):
    with pytest.raises(UnknownNameError, match="nearest: alpha_max"):
        parameters.of("alfa_max", "hbm", "memory")


def test_model_parameters_have_the_stated_values(parameters):
    model = parameters.model
    assert model.tau_restore_days.value == 56
    assert (model.capex_accelerator.low, model.capex_accelerator.value, model.capex_accelerator.high) == (1, 2, 4)
    assert model.discount_rate.value == 0.09
    assert model.repricing["war"].high == 1.3


def test_every_parameter_has_a_range_with_room(parameters):
    facts = [
        getattr(parameters.model, name)
        for name in ModelParameters.model_fields
        if name not in {"provenance", "repricing"}
    ]
    facts += [getattr(parameters.products, name).default for name in ProductParameters.model_fields]
    assert all(fact.low < fact.high for fact in facts)
