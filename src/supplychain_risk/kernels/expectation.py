"""The demand that customers plan for, given demand factors of a scenario.

A change of final demand runs up the chain: e_i, expected demand on activity i relative to normal, is the fixed point of

    e_i = (share of final sales) f_i + sum (share of flow and service sales) e_j
          + sum (share of capital sales) capex_j max(0, 1 + kappa (e_j - 1))

A customer who expects a per cent less demand cuts orders of tools by kappa per cent: the bullwhip (Lee, Padmanabhan &
Whang 1997, doi:10.1287/mnsc.43.4.546). Planners see the change over a while, so the fixed point is smoothed in time.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from supplychain_risk.kernels.chain import CAPITAL, Chain, Floats

ROUNDS = 2000
"""Most rounds of the fixed point in one step: enough up to a spectral radius of 0.99, an end where there is none."""


def sales_shares(chain: Chain) -> tuple[sparse.csr_array, sparse.csr_array]:
    """Shares of an activity's sales by customer: (flow and service, capital), each (A, A), supplier x customer."""
    members = np.arange(len(chain.member_pool))
    slot = np.repeat(np.arange(len(chain.slot_need)), np.diff(chain.member_start))
    bought = chain.member_fraction * chain.slot_need[slot]
    shape = (len(chain.pool_need), len(members))
    share_of_pool = sparse.csr_array(
        (bought / chain.pool_need[chain.member_pool], (chain.member_pool, members)), shape=shape
    )
    links = chain.link_share * chain.pool_need[chain.link_pool] / chain.output0[chain.link_supplier]
    sold = sparse.csr_array(
        (links, (chain.link_supplier, chain.link_pool)), shape=(len(chain.output0), len(chain.pool_need))
    )
    customer = chain.slot_customer[slot]
    result = []
    for wanted in (chain.slot_kind[slot] != CAPITAL, chain.slot_kind[slot] == CAPITAL):
        of_customer = sparse.csr_array(
            (wanted.astype(float), (members, customer)), shape=(len(members), len(chain.output0))
        )
        result.append(sparse.csr_array(sold @ share_of_pool @ of_customer))
    return result[0], result[1]


def accelerator_radius(chain: Chain, accelerator: float) -> float:
    """Bound on the spectral radius of the fixed point's matrix (largest row sum of its 16th power, rooted).

    Below 1 the expected demand exists and is reached from any start.
    """
    flows, tools = sales_shares(chain)
    sums = np.ones(len(chain.output0))
    matrix = flows + accelerator * tools
    for _ in range(16):
        sums = matrix @ sums
    return float(sums.max(initial=0.0) ** (1 / 16))


def expected_demand(
    chain: Chain,
    final_factor: Floats,
    capex_factor: Floats,
    *,
    accelerator: float,
    ceiling: float,
    smoothing_steps: float,
    tolerance: float = 1e-10,
) -> Floats:
    """Smoothed expected demand (T, A, D), relative to normal, within 0..ceiling.

    Parameters
    ----------
    final_factor, capex_factor : (T, A, D) factors on final demand and capital budgets, 1 = normal.
    accelerator : kappa, per cent of capital orders per per cent of expected demand.
    ceiling : largest expected demand.
    smoothing_steps : time constant of the smoothing.
    """
    flows, tools = sales_shares(chain)
    final_share = (chain.final0 / chain.output0)[:, None]
    smooth = np.ones(final_factor.shape[1:])
    result = np.empty_like(final_factor)
    expected = np.ones_like(smooth)
    for step, (final, capex) in enumerate(zip(final_factor, capex_factor, strict=True)):
        for _ in range(ROUNDS):
            orders = capex * np.maximum(0.0, 1 + accelerator * (expected - 1))
            # the difference form keeps exactly 1 where nothing has changed
            moved = 1 + final_share * (final - 1) + flows @ (expected - 1) + tools @ (orders - 1)
            moved = np.clip(moved, 0.0, ceiling)
            change = float(np.abs(moved - expected).max(initial=0.0))
            expected = moved
            if change <= tolerance:
                break
        smooth = smooth + (expected - smooth) / max(1.0, smoothing_steps)
        result[step] = smooth
    return result
