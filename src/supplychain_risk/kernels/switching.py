"""Orders that do not come back: what customers who found another maker in an outage keep buying from him.

While a maker is held back his customers move orders to those who can deliver. When everybody who sells to a pool is
back, the shares have moved by d_e = w_e - w0_e, with sum over the pool of d_e = 0. Of these moves those last whose new
maker was there long enough to be tried: the outage took at least the days in which the link moves, the time to reorder
from a maker in use or to qualify one that was not. With G the lasting gains and L the losses of a pool

    lasting d_e = d_e  for lasting gains,   d_e G / L  for losses,   0 else

so that losers lose what winners win. Relative to the baseline output of maker j

    dw_j = sum over his links of  d_e need_pool / x0_j,     sum over j of x0_j dw_j = 0  in every pool and product.
"""

from __future__ import annotations

import numpy as np

from supplychain_risk.kernels.chain import ROUNDING, Chain, Floats, Ints
from supplychain_risk.kernels.record import Record


def lasting_moves(chain: Chain, record: Record) -> Floats:
    """Orders that stay with (+) or away from (-) each activity after the event (A, D), share of its baseline output."""
    moved = np.where(np.abs(record.moved_share) > ROUNDING, record.moved_share, 0.0)
    tried = record.held_steps[chain.link_pool] * chain.link_rate[:, None] >= 1.0 - ROUNDING
    gain, loss = np.where(tried, np.maximum(moved, 0.0), 0.0), np.maximum(-moved, 0.0)
    won, lost = (_add_up(part, chain.link_pool, len(chain.pool_need)) for part in (gain, loss))
    kept = np.divide(won, lost, out=np.zeros_like(lost), where=lost > 0.0)
    value = (gain - loss * kept[chain.link_pool]) * chain.pool_need[chain.link_pool, None]
    by_supplier = _add_up(value[chain.supplier_link], chain.link_supplier[chain.supplier_link], len(chain.output0))
    return by_supplier / chain.output0[:, None]


def _add_up(values: Floats, group: Ints, n_groups: int) -> Floats:
    """Sum rows by group (N, D); groups rise."""
    total = np.zeros((n_groups, values.shape[1]))
    present, start = np.unique(group, return_index=True)
    if len(present):
        total[present] = np.add.reduceat(values, start, axis=0)
    return total
