from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain_risk.kernels.chain import CAPITAL, FLOW, close
from supplychain_risk.kernels.expectation import accelerator_radius, expected_demand, sales_shares


@pytest.fixture(scope="session")
def line(lab):
    """Tools (0) -> wafers (1) -> servers (2): a line from a chain whose arrays are put in by hand.

    Tool makers sell 3/4 to wafer makers (capital) and 1/4 elsewhere; wafers go to servers; servers to final buyers.
    """

    def make(*, tool_final=0.25, kinds=(CAPITAL, FLOW), customers=(1, 2), final=(None, 0.0, 4.0)):
        chain, _ = lab.chain(lab.network(0), lab.dynamics())
        need = np.array([0.75, 2.0])
        slots, links = np.array(customers), np.arange(2)
        return close(
            chain._replace(
                output0=np.ones(3),
                final0=np.array([tool_final if f is None else f for f in final]),
                slot_customer=slots,
                slot_kind=np.array(kinds),
                slot_need=need,
                tier_need=np.zeros(2, dtype=np.int64),
                tier_restock=np.ones(2, dtype=np.int64),
                tier_final=np.zeros(3, dtype=np.int64),
                member_start=np.arange(3),
                member_pool=links,
                member_fraction=np.ones(2),
                pool_need=need,
                link_supplier=links,
                link_pool=links,
                link_share=np.ones(2),
                link_fallback=np.zeros(2),
                link_rate=np.ones(2),
            )
        )

    return make


def _expected(chain, final, *, capex=None, accelerator=2.0, ceiling=2.0, smoothing=1.0):
    final = np.asarray(final, dtype=float)
    budget = np.ones_like(final) if capex is None else np.asarray(capex, dtype=float)
    return expected_demand(chain, final, budget, accelerator=accelerator, ceiling=ceiling, smoothing_steps=smoothing)


def _steps(values, steps=1):
    return np.broadcast_to(np.array(values, dtype=float)[None, :, None], (steps, len(values), 1)).copy()


def test_shares_of_sales(line):
    flows, tools = sales_shares(line())
    np.testing.assert_allclose(flows.toarray(), [[0, 0, 0], [0, 0, 1], [0, 0, 0]])
    np.testing.assert_allclose(tools.toarray(), [[0, 0.75, 0], [0, 0, 0], [0, 0, 0]])


@pytest.mark.parametrize("factor", [0.5, 0.9, 1.0, 1.1])
def test_a_change_of_demand_runs_up_the_line(line, factor):
    """Servers f, wafers f, tools 1/4 + 3/4 max(0, 1 + 2 (f - 1)), all by hand."""
    found = _expected(line(), _steps([1, 1, factor]))[0, :, 0]
    np.testing.assert_allclose(found, [0.25 + 0.75 * max(0, 1 + 2 * (factor - 1)), factor, factor], rtol=1e-12)


def test_a_budget_acts_on_top_of_the_plan(line):
    capex = _steps([1, 0.5, 1])
    found = _expected(line(), _steps([1, 1, 0.9]), capex=capex)[0, :, 0]
    np.testing.assert_allclose(found, [0.25 + 0.75 * 0.5 * 0.8, 0.9, 0.9], rtol=1e-12)


def test_plans_follow_slowly(line):
    found = _expected(line(), _steps([1, 1, 0.8], 10), smoothing=4.0)[:, 2, 0]
    np.testing.assert_allclose(found, 1 - 0.2 * (1 - 0.75 ** np.arange(1, 11)), rtol=1e-12)


def test_without_a_change_it_is_exactly_one(line):
    assert (_expected(line(), _steps([1, 1, 1], 5), smoothing=26.0) == 1).all()


def test_plans_end_at_the_ceiling(line):
    assert _expected(line(), _steps([1, 1, 9]))[0, 2, 0] == 2.0


@pytest.mark.parametrize(("accelerator", "radius"), [(1.0, 0.75), (2.0, 1.5)])
def test_radius_of_two_who_buy_tools_from_each_other(line, accelerator, radius):
    """0 sells 3/4 of its output to 1 and 1 sells 3/4 to 0, all as capital goods."""
    chain = line(kinds=(CAPITAL, CAPITAL), customers=(1, 0), final=(0.25, 2 / 3, 1.0))
    assert accelerator_radius(chain, accelerator) == pytest.approx(radius, rel=1e-9)


@given(first=st.floats(0, 3), second=st.floats(0, 3))
def test_the_search_ends_where_nothing_settles(line, first, second):
    chain = line(kinds=(CAPITAL, CAPITAL), customers=(1, 0), final=(0.25, 2 / 3, 1.0))
    found = _expected(chain, _steps([first, second, 1]), accelerator=4.0)
    assert ((found >= 0) & (found <= 2)).all()
