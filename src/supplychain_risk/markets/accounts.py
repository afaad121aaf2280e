"""Companies' accounts, laid over the network: which activity earns how much of whose revenue.

A line is an activity with a reported share of its company's revenue. Reported revenue and segment shares set the
size of a line, the network only moves it, so that an error of the balance does not become an error of the accounts.
Captive activities (revenue share 0) have no line; revenue outside the model has none either and never moves.

Contribution margin of a line: cm = 1 - v (1 - GM), with v the share of the cost of sales that stops when output stops
(by class of product) and GM the company's gross margin, else that of the class, never below the operating margin.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from supplychain_risk.dataset.facts import Fact
from supplychain_risk.dataset.schema import Company, Dataset
from supplychain_risk.network import SupplyNetwork

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Accounts:
    """Companies (N), their lines (L) and the activities (A) of the network that the lines belong to.

    Attributes
    ----------
    table : index = N company ids in the order of the data; name, ticker, country, in_network, and in USD bn or shares
        revenue_usd_bn, market_cap_usd_bn, beta, tax_rate; NaN = unknown.
    company, activity : (L,) positions in `table` and in the network's activities.
    revenue : (L,) USD bn a year.
    gross_margin, contribution_margin : (L,) shares of revenue.
    n_activities : A.
    without_revenue : companies of the network whose revenue nobody gives; they have no row.
    """

    table: pd.DataFrame
    company: Ints
    activity: Ints
    revenue: Floats
    gross_margin: Floats
    contribution_margin: Floats
    n_activities: int
    without_revenue: tuple[str, ...]

    def column(self, name: str) -> Floats:
        """(N,) one number of each company."""
        return self.table[name].to_numpy(dtype=np.float64)

    def by_company(self, weight: Floats) -> sparse.csr_array:
        """(N, A) matrix that adds up activities into companies, each line with its weight (L,)."""
        shape = (len(self.table), self.n_activities)
        return sparse.csr_array((weight, (self.company, self.activity)), shape=shape)


class _Line(NamedTuple):
    company: int
    activity: int
    revenue: float
    gross_margin: float
    contribution_margin: float


def read_accounts(dataset: Dataset, network: SupplyNetwork) -> Accounts:
    """Lay the accounts of a dataset over a network built from it.

    A company has a row if its revenue is known or if it makes nothing in the network. A missing beta is that of the
    class of its main product; a missing tax rate is the median of the others.
    """
    companies = dataset.companies.items()
    known = {name: company for name, company in companies if company.finance.revenue_usd_bn or not company.makes}
    taxes = [company.finance.tax_rate.value for company in known.values() if company.finance.tax_rate]
    usual_tax = median(taxes) if taxes else 0.0
    table = pd.DataFrame.from_dict(
        {name: _row(dataset, company, usual_tax) for name, company in known.items()}, orient="index"
    ).rename_axis("company")
    lines = [line for row, name in enumerate(known) for line in _lines(dataset, network, row, name)]
    return Accounts(
        table=table,
        company=np.array([line.company for line in lines], dtype=np.int64),
        activity=np.array([line.activity for line in lines], dtype=np.int64),
        revenue=np.array([line.revenue for line in lines], dtype=np.float64),
        gross_margin=np.array([line.gross_margin for line in lines], dtype=np.float64),
        contribution_margin=np.array([line.contribution_margin for line in lines], dtype=np.float64),
        n_activities=len(network.activities),
        without_revenue=tuple(name for name in dataset.companies if name not in known),
    )


def _row(dataset: Dataset, company: Company, usual_tax: float) -> dict[str, object]:
    finance = company.finance
    return {
        "name": company.name,
        "ticker": company.ticker,
        "country": company.country,
        "in_network": bool(company.makes),
        "revenue_usd_bn": _value(finance.revenue_usd_bn),
        "market_cap_usd_bn": _value(finance.market_cap_usd_bn) if company.listed == "yes" else np.nan,
        "beta": _value(finance.beta or _class_beta(dataset, company)),
        "tax_rate": finance.tax_rate.value if finance.tax_rate else usual_tax,
    }


def _value(fact: Fact | None) -> float:
    return np.nan if fact is None else fact.value


def _class_beta(dataset: Dataset, company: Company) -> Fact:
    """Beta of the class of the product that brings the most revenue; the default if there is none."""
    shares = {product: make.revenue_share.value for product, make in company.makes.items() if make.revenue_share}
    if not shares:
        return dataset.parameters.products.beta.default
    main = max(shares, key=shares.__getitem__)
    return dataset.parameters.of("beta", main, dataset.products[main].tier)


def _lines(dataset: Dataset, network: SupplyNetwork, row: int, name: str) -> Iterator[_Line]:
    company = dataset.companies[name]
    revenue = _value(company.finance.revenue_usd_bn)
    for product, make in company.makes.items():
        if make.revenue_share is None or make.revenue_share.value == 0.0:
            continue
        gross = _gross_margin(dataset, company, product)
        variable = dataset.parameters.of("variable_cost_share", product, dataset.products[product].tier).value
        yield _Line(
            company=row,
            activity=network.activity_index(f"{name}:{product}"),
            revenue=revenue * make.revenue_share.value,
            gross_margin=gross,
            contribution_margin=1.0 - variable * (1.0 - gross),
        )


def _gross_margin(dataset: Dataset, company: Company, product: str) -> float:
    finance = company.finance
    gross = finance.gross_margin or dataset.parameters.of("gross_margin", product, dataset.products[product].tier)
    return gross.value if finance.operating_margin is None else max(gross.value, finance.operating_margin.value)
