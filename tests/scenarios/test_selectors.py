"""Selectors say in words what they mean, and mean something."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from supplychain_risk.scenarios.selectors import Selector


def test_a_selector_says_what_it_selects():
    selector = Selector.model_validate({"country": "TW", "except": [{"product": ["electricity", "hbm"]}]})
    assert str(selector) == "country TW; except product electricity, hbm"


def test_a_selector_of_exceptions_alone_means_all_the_rest():
    selector = Selector.model_validate({"except": [{"country": "CN"}, {"company": "asml"}]})
    assert str(selector) == "all; except country CN and company asml"
    assert not selector.names_a_place


def test_a_selector_without_a_condition_is_refused():
    with pytest.raises(ValidationError, match="a condition: country, region, site, near, company, product or except"):
        Selector.model_validate({})
