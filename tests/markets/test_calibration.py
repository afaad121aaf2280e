"""Kappa from events: made-up ones give it back, and the page says what the tool finds in the packaged ones."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain_risk.dataset.events import load_events
from supplychain_risk.errors import InputError
from supplychain_risk.markets.calibration import fit_kappa, share_of_year

ROOT = Path(__file__).resolve().parents[2]


@given(
    kappa=st.floats(-2.0, 2.0),
    lost=st.lists(st.floats(-1.0, -0.001), min_size=2, max_size=12),
    groups=st.integers(2, 4),
)
def test_a_kappa_without_noise_comes_back(kappa, lost, groups) -> None:
    lost = np.array(lost)
    fit = fit_kappa(lost, kappa * lost, [str(k % groups) for k in range(len(lost))])
    assert (fit.kappa, fit.left_out_low, fit.left_out_high) == pytest.approx((kappa, kappa, kappa), abs=1e-9)
    assert fit.left_out_error == pytest.approx(0.0, abs=1e-9)
    assert fit.zero_error == pytest.approx(abs(kappa) * np.sqrt(np.mean(lost**2)))


def test_kappa_with_noise_comes_back_within_its_error() -> None:
    # 40 events of 5 % noise and m of 20 % on average: error about .05 / sqrt(40 x .2^2 x 4/3) = .034
    rng = np.random.default_rng(5)
    lost = -rng.uniform(0.0, 0.4, 40)
    fit = fit_kappa(lost, 0.6 * lost + rng.normal(0.0, 0.05, 40), [str(k) for k in range(40)])
    assert fit.standard_error == pytest.approx(0.034, rel=0.3)
    assert fit.kappa == pytest.approx(0.6, abs=4 * fit.standard_error)
    assert fit.supports


def test_leaving_one_out_by_hand() -> None:
    """m -1, -1 and returns -1, 0: kappa 1/2, without either 0 or 1; both are foretold wrong by 1."""
    fit = fit_kappa(np.array([-1.0, -1.0]), np.array([-1.0, 0.0]), ["a", "b"])
    assert (fit.kappa, fit.left_out_low, fit.left_out_high) == (0.5, 0.0, 1.0)
    assert fit.standard_error == pytest.approx(np.sqrt(0.5 / 1 / 2))
    assert (fit.left_out_error, fit.zero_error) == pytest.approx((1.0, np.sqrt(0.5)))


def test_one_announcement_foretells_nothing_and_supports_nothing() -> None:
    fit = fit_kappa(np.array([-0.1, -0.2, -0.3]), np.array([-0.06, -0.12, -0.18]), ["a"] * 3)
    assert fit.n_announcements == 1
    assert np.isnan([fit.left_out_low, fit.left_out_error]).all()
    assert not fit.supports


@pytest.mark.parametrize(
    ("lost", "moved", "message"), [([0.0], [0.1], "no company that lost"), ([-0.1], [0.1, 0.2], "one of each")]
)
def test_nothing_to_fit_is_refused(lost, moved, message) -> None:
    with pytest.raises(InputError, match=message):
        fit_kappa(np.array(lost), np.array(moved), ["a"])


def test_the_share_of_the_year_on_paper() -> None:
    """Drives: .6 x (46 + (165 - 46) x .6 + (340 - 165) x .1) / 364. A week of plan lost for a year is a year's."""
    events = load_events()
    days = 46 + 119 * 0.6 + 175 * 0.1
    assert share_of_year(events["thai-floods-2011"].stakes["western_digital"]) == pytest.approx(-0.6 * days / 364)
    assert share_of_year(events["lockdown-2021"].stakes["toyota"]) == pytest.approx(-0.9 * 0.032)
    assert share_of_year(events["photoresist-2019"].stakes["tsmc"]) == pytest.approx(-0.0025)
    assert share_of_year(events["meinong-2016"].stakes["tsmc"]) == 0.0


def test_the_page_is_what_the_tool_writes() -> None:
    spec = spec_from_file_location("fit_repricing", ROOT / "tools" / "fit_repricing.py")
    tool = module_from_spec(spec)
    spec.loader.exec_module(tool)
    page = (ROOT / "docs" / "repricing.md").read_text(encoding="utf-8")
    assert tool.page_with(tool.render(tool.read_cases()), page) == page, "run python tools/fit_repricing.py"
    assert not any(
        fit.supports
        for kind in tool.CLASSES
        for days in tool.HORIZONS
        if (fit := tool.fit_class(tool.read_cases(), kind, days))
    ), "a fit supports a kappa: say so on the page, and think about parameters.yaml"
