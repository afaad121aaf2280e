from __future__ import annotations

import numpy as np
import pytest

from supplychain_risk.kernels.chain import by_supplier, close
from supplychain_risk.kernels.record import empty_record
from supplychain_risk.kernels.shock import shock


@pytest.mark.parametrize("seed", range(5))
def test_outputs_are_what_is_sold(lab, seed):
    network = lab.network(seed)
    chain, _ = lab.chain(network, lab.dynamics())
    np.testing.assert_allclose(chain.output0, network.x0 * 7 / 364, rtol=1e-12)
    np.testing.assert_allclose(chain.pool_need, network.pool_need * 7 / 364, rtol=1e-12)
    np.testing.assert_allclose(chain.pool_share, 1, rtol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_outputs_do_not_depend_on_tiers_but_for_the_last_bit(lab, seed):
    network = lab.network(seed)
    two, _ = lab.chain(network, lab.dynamics())
    three, _ = lab.chain(network, lab.dynamics(rationing="priority", first=("p0",)))
    np.testing.assert_allclose(three.output0, two.output0, rtol=1e-14)


def test_closing_twice_changes_nothing(lab):
    chain, _ = lab.chain(lab.network(3), lab.dynamics())
    again = close(chain)
    assert all(np.array_equal(one, two) for one, two in zip(chain, again, strict=True))


def test_who_sells_nothing_is_named(lab):
    chain, _ = lab.chain(lab.network(3), lab.dynamics())
    with pytest.raises(ValueError, match=r"without sales: \[0"):
        close(chain._replace(final0=chain.final0 * 0, link_share=chain.link_share * 0))


def test_a_maker_that_can_never_be_qualified_is_no_fallback(lab):
    chain, _ = lab.chain(lab.network(3), lab.dynamics())
    never = close(chain._replace(link_rate=np.zeros_like(chain.link_rate), link_fallback=chain.link_share))
    assert (never.link_fallback == 0).all()
    assert (never.pool_fallback == 0).all()


def test_buffers_hold_at_least_a_step(lab):
    network = lab.network(4)
    chain, _ = lab.chain(network, lab.dynamics())
    assert (chain.buffer == np.maximum(1, network.buffer_days / 7)).all()
    assert (chain.link_rate <= 1).all()
    assert (chain.link_rate[np.isinf(network.link_reorder_days)] == 0).all()


def test_links_by_supplier():
    start, links = by_supplier(np.array([2, 0, 2, 1]), 4)
    assert [links[start[j] : start[j + 1]].tolist() for j in range(4)] == [[1], [3], [0, 2], []]


def test_a_shock_is_normal_where_nothing_is_given(lab):
    chain, _ = lab.chain(lab.network(3), lab.dynamics())
    quiet = shock(chain, np.zeros((4, len(chain.output0), 2)))
    assert [len(array) for array in quiet] == [4, len(chain.output0), 0, 0, 0, 0, 0, 4]
    assert quiet.border_cut.shape == (4, 0, 2)


def test_a_record_keeps_what_is_asked_for(lab):
    chain, _ = lab.chain(lab.network(3), lab.dynamics())
    n = len(chain.output0)
    record = empty_record(
        chain,
        2,
        np.array([0, 0, 1]),
        step_weight=np.zeros(3),
        unmet_group=np.zeros(n, dtype=np.int64),
        captive_supplier=np.zeros(0, dtype=np.int64),
        levels=(0.99, 0.9),
        keep=frozenset({"unmet"}),
    )
    assert record.unmet.shape == (2, 1, 2)
    assert record.output.shape == (0, n, 2)
    assert (record.first_short == -1).all()
