"""How prices of the network's products move, and how higher costs are charged on, from the data.

Market-priced goods go step / `market_reprice_days` of the way to the target price in a step; contract goods
step / 91 days x the share of volume that is repriced a quarter. A network made of tables says nothing about prices:
there they stay at 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from supplychain_risk.dataset.parameters import Parameters
from supplychain_risk.dataset.schema import Product
from supplychain_risk.errors import InputError
from supplychain_risk.kernels.chain import CAPITAL, Chain, Floats, Ints
from supplychain_risk.kernels.market import Market, PriceRules, make_market, no_market
from supplychain_risk.kernels.pass_through import charged_on
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.network.pools import slot_links

QUARTER_DAYS = 91.0
"""Thirteen weeks."""


def market_of(network: SupplyNetwork, chain: Chain, step_days: float) -> tuple[Market, Ints]:
    """The products with moving prices as kernels read them, and their positions among the network's products (R,)."""
    if network.dataset is None:
        return no_market(), np.zeros(0, dtype=np.int64)
    parameters, records = network.dataset.parameters, network.dataset.products
    rules = [_price_rule(parameters, name, records[name], step_days) for name in network.products]
    price_max, elasticity, speed = np.array(rules, dtype=np.float64).reshape(-1, 3).T
    exponent = np.divide(1.0, elasticity, out=np.full_like(elasticity, np.inf), where=elasticity > 0)
    return make_market(
        chain,
        PriceRules(price_max=price_max, exponent=exponent, speed=speed),
        (network.activity_product, network.slot_product, network.pool_product),
        shortage_floor=parameters.model.shortage_floor.value,
    )


def _price_rule(parameters: Parameters, name: str, product: Product, step_days: float) -> tuple[float, float, float]:
    """Highest price, elasticity not below its floor, and share of the gap to the target gone in a step."""
    model = parameters.model
    repriced = parameters.of("reprice_per_quarter", name, product.tier).value * step_days / QUARTER_DAYS
    at_market = step_days / max(step_days, model.market_reprice_days.value)
    return (
        parameters.of("price_max", name, product.tier).value,
        max(product.demand_elasticity.value, model.elasticity_floor.value),
        at_market if product.pricing == "market" else repriced,
    )


@dataclass(frozen=True, eq=False)
class PassThrough:
    """Who bears a higher input cost in the end; A activities, B buyers of products with moving prices.

    Attributes
    ----------
    external_sales : (A,) baseline sales outside the own company, value a year.
    rate : (A,) share of its higher costs that an activity charges on.
    cost : (A, B) cost of an activity, surcharges included, per unit of direct cost of a buyer.
    expense : (A, B) the part of it that is an operating cost: all but what capital goods cost more, which is written
        off over years.
    """

    external_sales: Floats
    rate: Floats
    cost: Floats
    expense: Floats


def pass_through_of(network: SupplyNetwork, buyers: Ints, capital: NDArray[np.bool_]) -> PassThrough:
    """How activities charge on what products with moving prices cost more; `buyers` and `capital` as in `Market`.

    Raises
    ------
    InputError : products in a circle, all of whose higher costs are charged on without end.
    """
    activities = len(network.activities)
    links = slot_links(network)
    outside = ~network.captive_links[links.link]
    supplier, customer = network.link_supplier[links.link][outside], network.slot_activity[links.slot][outside]
    value = links.value[outside]
    external = network.f0 + np.bincount(supplier, value, activities)
    external = np.where(external > 1e-12 * network.x0, external, 0.0)
    share = np.divide(value, external[supplier], out=np.zeros_like(value), where=external[supplier] > 0)
    sales_share = sparse.csc_array((share, (customer, supplier)), shape=(activities, activities))
    current = network.slot_kind[links.slot][outside] != CAPITAL
    of_current = sparse.csc_array((share * current, (customer, supplier)), shape=(activities, activities))
    rate = np.where(external > 0, _rates(network), 0.0)
    try:
        cost = charged_on(sales_share, rate, buyers)
    except ValueError as error:
        raise InputError(f"pass_through: found 1 all the way round a circle of products: {error}") from error
    expense = of_current @ (rate[:, None] * cost)
    expense[buyers[~capital], np.flatnonzero(~capital)] += 1.0
    return PassThrough(external, rate, cost, expense)


def _rates(network: SupplyNetwork) -> Floats:
    if network.dataset is None:
        return np.zeros(len(network.activities))
    records, parameters = network.dataset.products, network.dataset.parameters
    rates = [parameters.of("pass_through", name, records[name].tier).value for name in network.products]
    return np.array(rates, dtype=np.float64)[network.activity_product]
