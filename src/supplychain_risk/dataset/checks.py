"""Rules between records: names that must exist, shares that must add up, chains that must end.

One function a rule. Each yields what breaks it, so that all problems of a folder come in one message.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from supplychain_risk.dataset.facts import Fact, Provenance, Record, Split
from supplychain_risk.dataset.findings import Finding
from supplychain_risk.dataset.parameters import ByClass, ProductParameters
from supplychain_risk.dataset.reading import Path
from supplychain_risk.dataset.schema import Dataset, Make, Others
from supplychain_risk.errors import nearest_names

SUPPLIERS, PARAMETERS, INDICES = "suppliers.yaml", "parameters.yaml", "indices.yaml"
SUM_TOLERANCE = 5e-3
"""What rounding may take from a sum of shares that should be 1."""

_ID = re.compile(r"[A-Za-z0-9_]+")
_UNNAMED = re.compile(r"unnamed_\d+")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def check_records(dataset: Dataset) -> list[Finding]:
    """Everything that breaks a rule between records, rule by rule."""
    return [finding for rule in RULES for finding in rule(dataset)]


def _unknown(file: str, path: Path, kind: str, name: str, known: Mapping[str, object]) -> Finding:
    return Finding(file, path, f"'{name}'", f"a {kind} that is in the data", nearest_names(name, known))


def ids_are_plain(dataset: Dataset) -> Iterator[Finding]:
    """Ids are letters, digits and underscores; `other` stands for the unnamed makers."""
    for group in ("sites", "products", "companies"):
        for name in getattr(dataset, group):
            if not _ID.fullmatch(name):
                yield Finding(SUPPLIERS, (group, name), f"the id {name!r}", "letters, digits and underscores")
    if "other" in dataset.companies:
        expected = "another id; `others` under each product stands for the unnamed makers"
        yield Finding(SUPPLIERS, ("companies", "other"), "the id 'other'", expected)


def sources_exist(dataset: Dataset) -> Iterator[Finding]:
    """Every source that a fact or a record names is in sources.yaml."""
    roots = {"sites": dataset.sites, "products": dataset.products, "companies": dataset.companies}
    for file, root in ((SUPPLIERS, roots), (PARAMETERS, dataset.parameters), (INDICES, {"indices": dataset.indices})):
        for path, source in _cited(root, (), None):
            if source not in dataset.sources:
                yield _unknown(file, path, "source", source, dataset.sources)


def _cited(node: object, path: Path, inherited: str | None) -> Iterator[tuple[Path, str]]:
    """Sources with the place that names them; what a fact inherits is reported at the `from` line only."""
    if isinstance(node, Provenance):
        yield (*path[:-1], "from"), node.source
    elif isinstance(node, Fact | Split):
        if node.source != inherited:
            yield path, node.source
    elif isinstance(node, Record):
        own = getattr(node, "provenance", None)
        for name in type(node).model_fields:
            yield from _cited(getattr(node, name), (*path, name), own.source if own else None)
    elif isinstance(node, Mapping):
        for key, value in node.items():
            yield from _cited(value, (*path, key), inherited)
    elif isinstance(node, tuple):
        for number, value in enumerate(node):
            yield from _cited(value, (*path, number), inherited)


def activities(dataset: Dataset) -> Iterator[tuple[Path, str, Make | Others]]:
    """Every activity, unnamed makers included: place in suppliers.yaml, product, record."""
    for name, product in dataset.products.items():
        if product.others is not None:
            yield ("products", name, "others"), name, product.others
    for company, record in dataset.companies.items():
        for name, make in record.makes.items():
            yield ("companies", company, "makes", name), name, make


def products_exist(dataset: Dataset) -> Iterator[Finding]:
    """Needs, activities and parameters refer to products in the data; recipes to inputs that the product needs."""
    for name, product in dataset.products.items():
        for need in product.needs.keys() - dataset.products.keys():
            yield _unknown(SUPPLIERS, ("products", name, "needs", need), "product", need, dataset.products)
    for path, name, activity in activities(dataset):
        if name not in dataset.products:
            yield _unknown(SUPPLIERS, path, "product", name, dataset.products)
            continue
        needs = dataset.products[name].needs
        for changed in activity.recipe.keys() - needs.keys():
            here = (*path, "recipe", changed)
            yield Finding(SUPPLIERS, here, f"'{changed}'", f"an input that {name} needs", nearest_names(changed, needs))
    for parameter in ProductParameters.model_fields:
        values: ByClass[Fact] = getattr(dataset.parameters.products, parameter)
        for name in values.products.keys() - dataset.products.keys():
            yield _unknown(PARAMETERS, ("products", parameter, "products", name), "product", name, dataset.products)


def sites_exist(dataset: Dataset) -> Iterator[Finding]:
    """Splits over sites refer to sites in the data and sum to 1."""
    for path, _, activity in activities(dataset):
        for site in activity.sites.shares.keys() - dataset.sites.keys():
            yield _unknown(SUPPLIERS, (*path, "sites"), "site", site, dataset.sites)
        yield from _sum_to_one((*path, "sites"), sum(activity.sites.shares.values()), "site shares")


def _sum_to_one(path: Path, total: float, what: str) -> Iterator[Finding]:
    if abs(total - 1) > SUM_TOLERANCE:
        yield Finding(SUPPLIERS, path, f"a sum of {total:.4g}", f"{what} that sum to 1")


def makers_add_up(dataset: Dataset) -> Iterator[Finding]:
    """Makers' shares of a product's sales, the unnamed makers' included, sum to 1."""
    totals: dict[str, float] = defaultdict(float)
    for _, name, activity in activities(dataset):
        totals[name] += activity.share.value
    for name in dataset.products:
        if name not in totals:
            yield Finding(SUPPLIERS, ("products", name), "no maker", "a company that makes it, or `others`")
            continue
        yield from _sum_to_one(("products", name), totals[name], "shares of makers and `others`")


def segments_add_up(dataset: Dataset) -> Iterator[Finding]:
    """A company's revenue is that of its activities and the part outside the model."""
    for name, company in dataset.companies.items():
        parts = [make.revenue_share.value for make in company.makes.values() if make.revenue_share]
        outside = company.finance.outside_model
        if parts or outside:
            total = sum(parts) + (outside.value if outside else 0)
            yield from _sum_to_one(("companies", name, "finance"), total, "revenue_share of makes and outside_model")


def revenue_comes_from_sales(dataset: Dataset) -> Iterator[Finding]:
    """What earns revenue has sales: an activity without sales is not in the network, and its revenue could not move."""
    for company, record in dataset.companies.items():
        for name, make in record.makes.items():
            earned = make.revenue_share.value if make.revenue_share else 0.0
            if earned == 0 or name not in dataset.products:
                continue
            share, market = make.share.value, dataset.products[name].market_usd_bn.value
            if share * market == 0:
                found = f"{earned:g} from no sales (share {share:g} of a market of {market:g} USD bn)"
                path = ("companies", company, "makes", name, "revenue_share")
                yield Finding(SUPPLIERS, path, found, "a share of sales above 0, however small, or no revenue")


def tiers_are_ordered(dataset: Dataset) -> Iterator[Finding]:
    """Products of one tier share its position."""
    positions: dict[str, int] = {}
    for name, product in dataset.products.items():
        position = positions.setdefault(product.tier, product.tier_order)
        if product.tier_order != position:
            expected = f"{position}, as other products of tier {product.tier}"
            yield Finding(SUPPLIERS, ("products", name, "tier_order"), str(product.tier_order), expected)


def stocks_and_wear_are_given(dataset: Dataset) -> Iterator[Finding]:
    """Capital and service inputs wear capacity when they are missing, flow inputs stop it once stocks are gone."""
    for name, product in dataset.products.items():
        for need, record in product.needs.items():
            path = ("products", name, "needs", need, "wear_per_year")
            if record.kind != "capital" and "buffer_days" not in record.model_fields_set:
                yield Finding(SUPPLIERS, (*path[:-1], "buffer_days"), "nothing", f"the stock of a {record.kind} input")
            if record.kind == "flow" and record.wear_per_year is not None:
                yield Finding(SUPPLIERS, path, f"{record.wear_per_year.value:g} for a flow input", "no wear")
            if record.kind != "flow" and record.wear_per_year is None:
                yield Finding(SUPPLIERS, path, "nothing", f"the wear of a {record.kind} input")


def flows_end(dataset: Dataset) -> Iterator[Finding]:
    """No product needs itself by way of flow inputs: such a circle could never start again once stocks are gone."""
    needs = {
        name: [need for need, record in product.needs.items() if record.kind == "flow" and need in dataset.products]
        for name, product in dataset.products.items()
    }
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        pairs = [(made, need) for need, made in pairwise(circle)]
        empty = all(dataset.products[made].needs[need].buffer_days.value == 0 for made, need in pairs)
        stocks = " without any stock" if empty else ""
        path = ("products", pairs[0][0], "needs", pairs[0][1])
        found = f"a circle of flow inputs{stocks}: {' -> '.join(circle)}"
        yield Finding(SUPPLIERS, path, found, "flow inputs that lead back to raw materials")


def customers_exist(dataset: Dataset) -> Iterator[Finding]:
    """Customers by name are companies in the data, or unnamed_1, unnamed_2 ...; groups stand in customer_groups."""
    for name, company in dataset.companies.items():
        for customer in company.customers:
            if customer not in dataset.companies and not _UNNAMED.fullmatch(customer):
                path = ("companies", name, "customers", customer)
                yield _unknown(SUPPLIERS, path, "company", customer, dataset.companies)


def links_meet_needs(dataset: Dataset) -> Iterator[Finding]:
    """A company is supplied with what its own products need; captive links stay inside a company."""
    for name, company in dataset.companies.items():
        for product, make in company.makes.items():
            for key, link in make.sells_to.items():
                path = ("companies", name, "makes", product, "sells_to", key)
                yield from _check_link(dataset, path, product, key)
                if link.captive and key.split("/")[0] != name:
                    yield Finding(SUPPLIERS, (*path, "captive"), "true", f"captive only for sales to {name} itself")


def _check_link(dataset: Dataset, path: Path, product: str, key: str) -> Iterator[Finding]:
    customer, _, only_for = key.partition("/")
    if customer not in dataset.companies:
        yield _unknown(SUPPLIERS, path, "company", customer, dataset.companies)
        return
    made = dataset.companies[customer].makes
    if only_for and only_for not in made:
        expected = f"a product that {customer} makes"
        yield Finding(SUPPLIERS, path, f"'{only_for}'", expected, nearest_names(only_for, made))
        return
    users = [only_for] if only_for else list(made)
    if not any(product in dataset.products[user].needs for user in users if user in dataset.products):
        expected = f"{only_for or 'a product of ' + customer} that needs {product}"
        yield Finding(SUPPLIERS, path, f"sales of {product} to {customer}", expected, tuple(users[:3]))


def indices_are_sound(dataset: Dataset) -> Iterator[Finding]:
    """Snapshots carry a day, name each security once, and hold no more than the whole index."""
    for name, index in dataset.indices.items():
        for day, snapshot in index.snapshots.items():
            path: Path = ("indices", name, "snapshots", day)
            if not _DAY.fullmatch(day):
                yield Finding(INDICES, path, f"'{day}'", "a day, YYYY-MM-DD")
            tickers = [row.ticker for row in snapshot.holdings]
            for ticker in sorted({ticker for ticker in tickers if tickers.count(ticker) > 1}):
                yield Finding(INDICES, (*path, "holdings"), f"{ticker} twice", "each security once")
            for number, row in enumerate(snapshot.holdings):
                if row.company and row.company not in dataset.companies:
                    here = (*path, "holdings", number, "company")
                    yield _unknown(INDICES, here, "company", row.company, dataset.companies)
            if (total := sum(row.weight.value for row in snapshot.holdings)) > 1 + SUM_TOLERANCE:
                yield Finding(INDICES, (*path, "holdings"), f"a sum of {total:.4g}", "weights of at most 1 together")


def index_names_are_unique(dataset: Dataset) -> Iterator[Finding]:
    """A symbol or the ticker of a fund stands for one index."""
    owner: dict[str, str] = {}
    for name, index in dataset.indices.items():
        for field in ("symbols", "fund_tickers"):
            for symbol in getattr(index, field).split():
                other = owner.setdefault(symbol.casefold(), name)
                if other != name:
                    yield Finding(INDICES, ("indices", name, field), f"{symbol}, also of {other}", "each in one index")


RULES: tuple[Callable[[Dataset], Iterator[Finding]], ...] = (
    ids_are_plain,
    sources_exist,
    products_exist,
    sites_exist,
    makers_add_up,
    segments_add_up,
    revenue_comes_from_sales,
    tiers_are_ordered,
    stocks_and_wear_are_given,
    flows_end,
    customers_exist,
    links_meet_needs,
    indices_are_sound,
    index_names_are_unique,
)
