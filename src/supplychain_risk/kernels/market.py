"""Products whose prices can move, as arrays: what `prices` and `prices_numpy` read.

Only products whose price follows scarcity at all are here: a contract that is never renegotiated, or a list price that
holds, keeps P = 1 and costs nothing to follow.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from supplychain_risk.kernels.chain import CAPITAL, Chain, Floats, Ints

SETTLED = 1e-6
"""Distance from the normal price below which, without scarcity, the price is normal again."""


class Market(NamedTuple):
    """Products with moving prices (R), their makers (M), and what is bought of them: slots (N) of buyers (B).

    Attributes
    ----------
    price_max : (R,) highest price, normal = 1.
    exponent : (R,) 1 / price elasticity of demand.
    speed : (R,) share of the way to the target price that is gone in a step, 0..1.
    shortage_floor : scarcity below which the target is the normal price.
    maker_start, maker : (R + 1,), (M,) activities that make product r: maker[maker_start[r] ...].
    link_start, link : (R + 1,), (L,) links of pools that buy product r.
    slot, slot_product, slot_buyer : (N,) slots that buy product `slot_product`, for activity buyer[slot_buyer].
    buyer, capital : (B,) activities, and whether what they buy is capital goods; who buys both is there twice.
    captive, captive_product, captive_maker, captive_buyer : (C,) links inside a company; positions among products,
        makers and buyers. Their prices do not move.
    """

    price_max: Floats
    exponent: Floats
    speed: Floats
    shortage_floor: float
    maker_start: Ints
    maker: Ints
    link_start: Ints
    link: Ints
    slot: Ints
    slot_product: Ints
    slot_buyer: Ints
    buyer: Ints
    capital: NDArray[np.bool_]
    captive: Ints
    captive_product: Ints
    captive_maker: Ints
    captive_buyer: Ints

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Number of products, makers and buyers."""
        return len(self.price_max), len(self.maker), len(self.buyer)


def no_market() -> Market:
    """All prices stay at 1."""
    number, index, start = np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros(1, dtype=np.int64)
    return Market(
        price_max=number,
        exponent=number,
        speed=number,
        shortage_floor=0.0,
        maker_start=start,
        maker=index,
        link_start=start,
        link=index,
        slot=index,
        slot_product=index,
        slot_buyer=index,
        buyer=index,
        capital=np.zeros(0, dtype=np.bool_),
        captive=index,
        captive_product=index,
        captive_maker=index,
        captive_buyer=index,
    )


class PriceRules(NamedTuple):
    """How prices of products move, (Q,) each: highest price, 1 / elasticity, share of the gap gone in a step."""

    price_max: Floats
    exponent: Floats
    speed: Floats


def make_market(
    chain: Chain,
    rules: PriceRules,
    product_of: tuple[Ints, Ints, Ints],
    *,
    shortage_floor: float,
) -> tuple[Market, Ints]:
    """Find makers, buyers and captive links of the products whose price can move.

    Parameters
    ----------
    chain : the network, whose links are sorted by pool.
    rules : how the price of each product moves.
    product_of : product of activities (A,), of slots (S,) and of pools (P,).
    shortage_floor : scarcity below which no price moves.

    Returns
    -------
    The market, and the products (R,) that its rows stand for.
    """
    products = np.flatnonzero((rules.price_max > 1) & (rules.speed > 0))
    row = np.full(len(rules.speed), -1)
    row[products] = np.arange(len(products))
    of_activity, of_slot, of_pool = (row[product] for product in product_of)
    maker_start, maker = _by_row(of_activity, len(products))
    link_start, link = _by_row(of_pool[chain.link_pool], len(products))
    slot = np.flatnonzero(of_slot >= 0)
    account = 2 * chain.slot_customer + (chain.slot_kind == CAPITAL)
    accounts, slot_buyer = np.unique(account[slot], return_inverse=True)
    captive = chain.captive[of_activity[chain.link_supplier[chain.captive]] >= 0]
    supplier = chain.link_supplier[captive]
    return Market(
        price_max=rules.price_max[products],
        exponent=rules.exponent[products],
        speed=rules.speed[products],
        shortage_floor=shortage_floor,
        maker_start=maker_start,
        maker=maker,
        link_start=link_start,
        link=link,
        slot=slot,
        slot_product=of_slot[slot],
        slot_buyer=slot_buyer.astype(np.int64),
        buyer=accounts // 2,
        capital=accounts % 2 == 1,
        captive=captive,
        captive_product=of_activity[supplier],
        captive_maker=_position(maker, supplier),
        captive_buyer=np.searchsorted(accounts, account[_slot_of_pool(chain)[chain.link_pool[captive]]]),
    ), products


def _by_row(row: Ints, rows: int) -> tuple[Ints, Ints]:
    """(start (rows + 1,), positions) of what belongs to each row; -1 belongs to none."""
    order = np.argsort(row, kind="stable")
    return np.searchsorted(row[order], np.arange(rows + 1)) - (row < 0).sum(), order[(row < 0).sum() :]


def _position(values: Ints, wanted: Ints) -> Ints:
    order = np.argsort(values)
    return order[np.searchsorted(values[order], wanted)] if len(values) else wanted


def _slot_of_pool(chain: Chain) -> Ints:
    """(P,) slot of a pool of one slot; of larger pools, the last one."""
    slot = np.zeros(len(chain.pool_need), dtype=np.int64)
    slot[chain.member_pool] = np.repeat(np.arange(len(chain.slot_need)), np.diff(chain.member_start))
    return slot
