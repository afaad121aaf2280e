"""Each rule between records, broken once: the message names file, record, field, what was found, the nearest."""

from __future__ import annotations

import pytest

from supplychain_risk.dataset.load import check_folder

QUARTZ = "      quartz:\n        kind: flow"
TWO_INDICES = """\
    name: Small
    symbols: SML
    snapshots: {2026-01-01: {from: reported page-2025}}
  other:
    name: Other
    fund_tickers: sml
"""
NEED = (
    "{kind: flow, criticality: 1, reorder_days: 1, requalify_days: 1, cost_share: 0.1, use_share: 0, from: assumption"
)


@pytest.mark.parametrize(
    ("file", "old", "new", "record", "field", "found", "nearest"),
    [
        (
            "suppliers.yaml",
            "fab: {share_of_customer",
            "fabb: {share_of_customer",
            "companies.miner.makes.quartz.sells_to",
            "fabb",
            "'fabb'",
            ("fab",),
        ),
        (
            "suppliers.yaml",
            QUARTZ,
            QUARTZ.replace("quartz", "quarz"),
            "products.wafer.needs",
            "quarz",
            "'quarz'",
            ("quartz",),
        ),
        (
            "suppliers.yaml",
            "tw_hsinchu 0.75",
            "tw_hsinchuu 0.75",
            "companies.fab.makes.wafer",
            "sites",
            "'tw_hsinchuu'",
            ("tw_hsinchu",),
        ),
        (
            "suppliers.yaml",
            "share: 0.9 estimate page-2025",
            "share: 0.9 estimate page-2024",
            "companies.fab.makes.wafer",
            "share",
            "'page-2024'",
            ("page-2025",),
        ),
        (
            "suppliers.yaml",
            "from: reported page-2025 2026",
            "from: reported pag-2025 2026",
            "companies.fab.finance",
            "from",
            "'pag-2025'",
            ("page-2025",),
        ),
        (
            "suppliers.yaml",
            "quartz: {cost_share: 0.03",
            "quarts: {cost_share: 0.03",
            "companies.fab.makes.wafer.recipe",
            "quarts",
            "'quarts'",
            ("quartz",),
        ),
        ("suppliers.yaml", "unnamed_1: 0.2", "minr: 0.2", "companies.fab.customers", "minr", "'minr'", ("miner",)),
        (
            "suppliers.yaml",
            "fab/chip:",
            "fab/chp:",
            "companies.fab.makes.wafer.sells_to",
            "fab/chp",
            "'chp'",
            ("chip",),
        ),
        (
            "suppliers.yaml",
            "share: 0.6 (0.5..0.7)",
            "share: 0.65 (0.5..0.7)",
            "products",
            "quartz",
            "a sum of 1.05",
            (),
        ),
        ("suppliers.yaml", "no_drag 0.25;", "no_drag 0.2;", "companies.fab.makes.wafer", "sites", "a sum of 0.95", ()),
        (
            "suppliers.yaml",
            "revenue_share: 0.5",
            "revenue_share: 0.45",
            "companies.fab",
            "finance",
            "a sum of 0.95",
            (),
        ),
        (
            "suppliers.yaml",
            "        wear_per_year: 0.1\n",
            "",
            "products.wafer.needs.scanner",
            "wear_per_year",
            "nothing",
            (),
        ),
        (
            "suppliers.yaml",
            "kind: capital",
            "kind: flow",
            "products.wafer.needs.scanner",
            "wear_per_year",
            "0.1 for a flow input",
            (),
        ),
        ("suppliers.yaml", "  miner:\n", "  mi.ner:\n", "companies", "mi.ner", "the id 'mi.ner'", ()),
        ("suppliers.yaml", "  miner:\n", "  other:\n", "companies", "other", "the id 'other'", ()),
        (
            "parameters.yaml",
            "    default: 0.2 (0..0.5); production",
            "    products: {wafr: 0.1}\n    default: 0.2 (0..0.5); production",
            "products.psi.products",
            "wafr",
            "'wafr'",
            ("wafer",),
        ),
        (
            "indices.yaml",
            "weight: 0.2, company: fab",
            "weight: 0.2, company: fap",
            "indices.small.snapshots.2026-08-21.holdings.0",
            "company",
            "'fap'",
            ("fab",),
        ),
        (
            "indices.yaml",
            "ticker: XYZ",
            "ticker: FAB",
            "indices.small.snapshots.2026-08-21",
            "holdings",
            "FAB twice",
            (),
        ),
        (
            "indices.yaml",
            "ticker: XYZ, weight: 0.1",
            "ticker: XYZ, weight: 0.9",
            "indices.small.snapshots.2026-08-21",
            "holdings",
            "a sum of 1.1",
            (),
        ),
        (
            "indices.yaml",
            "    name: Small\n",
            TWO_INDICES,
            "indices.other",
            "fund_tickers",
            "sml, also of small",
            (),
        ),
        ("indices.yaml", "2026-01-01:", "January:", "indices.small.snapshots", "January", "'January'", ()),
    ],
)
def test_a_broken_rule_is_named(problems, file, old, new, record, field, found, nearest):
    (problem,) = [problem for problem in problems(file, old, new) if problem.field == field]
    assert (problem.file, problem.record, problem.found, problem.nearest) == (file, record, found, nearest)
    assert problem.line > 0


@pytest.mark.parametrize(
    ("old", "new", "field", "expected"),
    [
        ("share: 0.9 estimate", "share: 1.2 estimate", "share", "between 0 and 1"),
        ("buffer_days: 60", "buffer_days: -60", "buffer_days", "of at least 0 (days of normal use in stock"),
        ("revenue_usd_bn: 60", "revenue_usd_bn: nan", "revenue_usd_bn", "a fact"),
        ("revenue_usd_bn: 60", "revenue_usd_bn: [60]", "revenue_usd_bn", "a fact"),
        ("lat: 24.78", "lat: 124.78", "lat", "less than or equal to 90"),
        ("lat: 24.78", "lat: nan", "lat", "a finite number"),
        ("country: TW", "country: Taiwan", "country", "ISO 3166 two-letter code, of the form"),
        ("kind: flow", "kind: flo", "kind", "one of flow, capital, service"),
        ("tier: mineral", "tier: minerals", "tier", "one of mineral, material"),
        ("listed: yes", "listed: true", "listed", "one of yes, no, parent"),
        ("captive: true", "captive: perhaps", "captive", "a valid boolean"),
        ("as_of: 2026-08-21", "as_of: August", "as_of", "newest day that a figure describes, of the form"),
        ("    name: Quartz\n", "", "name", "a value for 'name'"),
        ("sites: no_drag 1; from_memory", "sites: no_drag; from_memory", "sites", "NAME SHARE"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(problems, old, new, field, expected):
    (problem,) = problems("suppliers.yaml", old, new)
    assert problem.field == field
    assert expected in problem.expected
    assert problem.line > 0


def test_a_circle_of_flow_inputs_is_walked(problems):
    need = f"{NEED}, buffer_days: 10}}"
    (problem,) = problems(
        "suppliers.yaml",
        "      share: 0.4 assumption\n      sites: no_drag 1; assumption 2026\n",
        f"      share: 0.4 assumption\n      sites: no_drag 1; assumption 2026\n    needs: {{wafer: {need}}}\n",
    )
    assert problem.found in {
        "a circle of flow inputs: quartz -> wafer -> quartz",
        "a circle of flow inputs: wafer -> quartz -> wafer",
    }
    assert problem.expected == "flow inputs that lead back to raw materials"


def test_a_circle_without_stocks_says_so(problems):
    need = f"{NEED}, buffer_days: 0}}"
    (problem,) = problems(
        "suppliers.yaml",
        "    others:\n      share: 0.4 assumption\n",
        f"    needs: {{quartz: {need}}}\n    others:\n      share: 0.4 assumption\n",
    )
    assert problem.found == "a circle of flow inputs without any stock: quartz -> quartz"


def test_a_link_to_a_company_that_cannot_use_the_product_is_refused(problems):
    (problem,) = problems(
        "suppliers.yaml", "          fab: {share_of_customer: 0.7", "          miner: {share_of_customer: 0.7"
    )
    assert problem.found == "sales of quartz to miner"
    assert problem.expected == "a product of miner that needs quartz"


def test_a_captive_link_stays_in_the_company(problems):
    (problem,) = problems(
        "suppliers.yaml", "fab: {share_of_customer: 0.7", "fab: {captive: true, share_of_customer: 0.7"
    )
    assert (problem.field, problem.expected) == ("captive", "captive only for sales to miner itself")


def test_a_product_without_makers_is_refused(problems):
    (problem,) = problems("suppliers.yaml", "    others: {share: 1 assumption, sites: no_drag 1; assumption}\n", "")
    assert (problem.record, problem.field, problem.found) == ("products", "scanner", "no maker")


def test_an_empty_network_is_refused(texts, problems):
    (problem,) = problems(
        "suppliers.yaml",
        texts["suppliers.yaml"][texts["suppliers.yaml"].index("products:") :],
        "products: {}\ncompanies: {}\n",
    )[:1]
    assert problem.field == "products"
    assert "at least 1 item" in problem.expected


def test_products_of_a_tier_share_its_position(problems):
    (problem,) = problems("suppliers.yaml", "tier: equipment", "tier: mineral")
    assert (problem.field, problem.expected) == ("tier_order", "1, as other products of tier mineral")


def test_control_characters_in_names_are_refused(problems):
    (problem,) = problems("suppliers.yaml", "name: Fab\n", 'name: "Fab\\x1b[2J"\n')
    assert (problem.record, problem.field, problem.found) == ("companies.fab", "name", "the character U+001B")


def test_a_missing_confidence_class_is_refused(problems):
    line = "  estimate: {rank: 3, relative_half_width: 0.3, meaning: derived here or by a research house}\n"
    (problem,) = problems("parameters.yaml", line, "")
    assert (problem.field, problem.expected) == ("confidence_classes", "also estimate")


def test_a_bad_from_line_is_one_problem(problems):
    (problem,) = problems("suppliers.yaml", "from: reported page-2025 2026", "from: rumour page-2025 2026")
    assert (problem.record, problem.field) == ("companies.fab.finance", "from")
    assert "disclosed, reported" in problem.expected


def test_stocks_may_be_left_out_for_tools_only(problems):
    (problem,) = problems("suppliers.yaml", "        buffer_days: 60 reported page-2025\n", "")
    assert (problem.record, problem.field) == ("products.wafer.needs.quartz", "buffer_days")
    assert problem.expected == "the stock of a flow input"


def test_a_misspelt_confidence_offers_the_right_one(problems):
    (problem,) = problems("suppliers.yaml", "share: 0.4 assumption", "share: 0.4 asumption")
    assert (problem.field, problem.nearest) == ("share", ("assumption",))


@pytest.mark.parametrize(
    ("file", "old", "new", "record", "nearest"),
    [
        (
            "suppliers.yaml",
            "share_of_customer: 0.7",
            "share_of_custmer: 0.7",
            "companies.miner.makes.quartz.sells_to.fab",
            "share_of_customer",
        ),
        ("suppliers.yaml", "region: tw", "regin: tw", "sites.tw_hsinchu", "region"),
        ("suppliers.yaml", "others: {share: 0.1", "others: {shar: 0.1", "products.wafer.others", "share"),
        ("indices.yaml", "ticker: XYZ", "tiker: XYZ", "indices.small.snapshots.2026-08-21.holdings.1", "ticker"),
        ("parameters.yaml", "  step_days:", "  step_day:", "model", "step_days"),
    ],
)
def test_an_unknown_field_offers_the_nearest(problems, file, old, new, record, nearest):
    (problem,) = [problem for problem in problems(file, old, new) if problem.found.startswith("the field")]
    assert (problem.file, problem.record, problem.nearest[0]) == (file, record, nearest)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("share: 0.9 estimate page", "share: 0 estimate page", "0.5 from no sales (share 0 of a market of 50 USD bn)"),
        (
            "market_usd_bn: 50 (40..60)",
            "market_usd_bn: 0 (0..0)",
            "0.5 from no sales (share 0.9 of a market of 0 USD bn)",
        ),
    ],
)
def test_revenue_without_sales_is_refused(problems, old, new, found):
    (problem,) = [problem for problem in problems("suppliers.yaml", old, new) if problem.field == "revenue_share"]
    assert (problem.record, problem.found) == ("companies.fab.makes.wafer", found)
    assert problem.expected == "a share of sales above 0, however small, or no revenue"
    assert problem.line > 0


def test_a_maker_may_have_neither_sales_nor_revenue(texts, write):
    """A plant that is being built: its share of sales is 0 until it sells."""
    plant = "    makes:\n      wafer: {share: 0 assumption, sites: no_drag 1; assumption}\n"
    miner = "  builder:\n    name: Builder\n    country: NO\n    listed: no\n" + plant + "  miner:\n"
    folder = write({**texts, "suppliers.yaml": texts["suppliers.yaml"].replace("  miner:\n", miner, 1)})
    assert check_folder(folder).companies["builder"].makes["wafer"].revenue_share is None
