"""Write data/*.yaml from the research catalogue: `python tools/compile_catalogue.py FACTS_DIR SCENARIOS_JSON DATA_DIR`.

The YAML files are the truth once written and are edited by hand, so the compiler writes into a new folder only; it
stays here to show how the figures came about. It checks that no row of the catalogue is lost. Ranges that equal
those of the fact's confidence class are left out.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from catalogue_sources import SCENARIO_SOURCES, describe_source, name_sources
from yaml_lines import block, flow_mapping, indent, number, scalar

Row = dict[str, str]
AS_OF = "2026-08-21"
LOCAL = ("electricity", "bulk_gas", "data_center_shell", "litho_service", "wfe_service")
IMPLIED = {"assumption": "assumption", "from_memory": "memory"}
MEANING = {
    "disclosed": "company statement",
    "reported": "press or analyst firm",
    "estimate": "derived here or by a research house",
    "from_memory": "believed, no page found; treat as unverified",
    "assumption": "engineering or market judgement",
}
TIER_TITLES = {
    "mineral": "Minerals and gases from the ground",
    "material": "Materials",
    "wafer_input": "Wafers, masks, chamber parts",
    "equipment_subsystem": "Subsystems of equipment",
    "equipment": "Equipment and its service",
    "design_tool": "Design software and IP",
    "foundry": "Foundries",
    "packaging": "Substrates, packaging, test",
    "memory": "Memory and storage",
    "chip": "Chips",
    "module": "Modules",
    "system": "Servers, switches, devices",
    "infrastructure": "Power, cooling, data-centre shells",
    "cloud": "Clouds",
    "ai_lab": "AI labs",
}
FINANCE = (
    "market_cap_usd_bn",
    "revenue_usd_bn",
    "gross_margin",
    "operating_margin",
    "net_debt_usd_bn",
    "beta",
    "annual_volatility",
    "tax_rate",
)
INDEX_NAMES = {
    "taiex": "TAIEX",
    "sp500": "S&P 500",
    "nasdaq100": "Nasdaq-100",
    "russell2000": "Russell 2000",
    "soxx_etf": "iShares Semiconductor ETF (SOXX)",
    "dow30": "Dow Jones Industrial Average",
    "kospi": "KOSPI",
    "msci_taiwan": "MSCI Taiwan",
    "msci_acwi": "MSCI ACWI (iShares ETF)",
    "vgt_us_it_etf": "Vanguard Information Technology ETF (VGT)",
}
SITES_BY_AREA = {
    "Taiwan": ("TW",),
    "Korea, Japan, China and the rest of Asia and Oceania": (
        "KR",
        "JP",
        "CN",
        "HK",
        "SG",
        "MY",
        "TH",
        "VN",
        "PH",
        "IN",
        "QA",
        "IL",
        "AU",
    ),
    "Americas": ("US", "CA", "MX"),
}


PRICES = "closes|daily-closes|russell2000|us-stock|dow30|soxx|msci|kospi|acwi|nasdaq-screener|taiwan-market"
SOURCE_GROUPS = {
    "This data itself": "(assumption|derived|memory)$",
    "Markets, shares, plants, links and accounts": f"(?!({PRICES}|returns)-)",
    "Index weights, market values and daily closes, from which betas are derived": f"({PRICES})-",
    "Returns on event days": "returns-",
    "Scenarios": "$",
}


class Catalogue:
    """The tables of the research catalogue, the ids of its sources, and the rows already written."""

    def __init__(self, folder: Path) -> None:
        names = [path.stem for path in folder.glob("*.csv")]
        self.tables = {name: _rows(folder / f"{name}.csv") for name in names}
        self.slugs = name_sources(self.tables["sources"])
        self.half_widths = {row["confidence"]: float(row["relative_half_width"]) for row in self["confidence_classes"]}
        self.written: dict[str, int] = defaultdict(int)
        self.tiers = {row["product_id"]: row["tier"] for row in self["products"]}
        self.markets = {row["product_id"]: float(row["market_usd_bn"]) for row in self["products"]}

    def __getitem__(self, table: str) -> list[Row]:
        return self.tables[table]

    def origin(self, confidence: str, source: str, as_of: str = "") -> str:
        """CONFIDENCE [SOURCE] [AS_OF]."""
        slug = self.slugs[source]
        parts = [confidence, "" if IMPLIED.get(confidence) == slug else slug, as_of.replace(" ", "-")]
        return " ".join(part for part in parts if part)

    def amount(
        self, value: str, low: str, high: str, confidence: str, *, floor: float | None = 0, ceiling: float | None = None
    ) -> str:
        """VALUE [(LOW..HIGH)]; the range is left out where the confidence class gives the same."""
        best = float(value)
        reach = abs(best) * self.half_widths[confidence]
        usual_low = best - reach if floor is None else max(best - reach, floor)
        usual_high = best + reach if ceiling is None else min(best + reach, ceiling)
        if not low and not high:
            return number(best)
        if abs(float(low) - usual_low) <= 1e-6 and abs(float(high) - usual_high) <= 1e-6:
            return number(best)
        return f"{number(best)} ({number(float(low))}..{number(float(high))})"

    def count(self, table: str, rows: Iterable[object] = ((),)) -> None:
        """Note that rows of a table have been written."""
        self.written[table] += len(list(rows))

    def check_complete(self) -> None:
        """Every row of every table is in the YAML."""
        expected = {name: len(rows) for name, rows in self.tables.items()}
        expected["companies"] -= 1  # the pseudo company `other`, written with its product
        if dict(self.written) != expected:
            missing = {
                name: (self.written[name], count) for name, count in expected.items() if self.written[name] != count
            }
            raise ValueError(f"rows written and expected: {missing}")


def require(condition: bool, what: object) -> None:  # noqa: FBT001
    """Stop where something is not what the compiler expects."""
    if not condition:
        raise ValueError(f"unexpected: {what}")


def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


_KEY = r"(?!m3\b|x\d)[a-z_]+\d[a-z0-9_-]*|twpower|semi_mat|dcpi|twmap|hbm_sz|idc_srv2"

REWORDED = (  # what the research's notes say in its own shorthand, in plain words or left out
    (r"volume from source figure", "volume sourced"),
    (r"from h\w+-\d+(?:; )?", ""),
    (rf" \((?:(?:source figure|{_KEY})(?:, )?)+\)", ""),
    (rf"(?:, | )(?:{_KEY})(?=[;,)]|$)", ""),
    (r" in10[qk]\b", ""),
    (r", source figure(?=[),;]|$)", ""),
    (r"from source figure(?:; )?", ""),
    (rf"\((?:source figure|{_KEY}), ", "("),
    (r" ?\(source figure\)|source figure,? ?", ""),
    (r"four quarters \S+?\.\.(\S+) \(quarter ends as labelled\)", r"four quarters to \1"),
    (r"trailing four quart.*$", ""),
    (r"cost share = use share .* / world sales of \S+ [\d.]+; ?", ""),
    (r"criticality and days are engineering judgement unless a source is given", ""),
    (r"takes \S+ of the \w+ used in \w+", ""),
    (r"remainder: 1 minus the named shares", ""),
    (r"share x market \(external part\) / revenue", ""),
    (r"scaled by 1.00 so that the sum is 1", ""),
    (r"usual effective rate in the country of domicile", ""),
    (r"latest fiscal year or four quarters, from memory", ""),
    (r"(?<![\w ])from memory(?! \()", ""),
    (r"^(?:memory|remainder|assumption|assumed|captive|mid|20\d\d)$", ""),
    (r"; assumption$", ""),
    (r"class value \(\w+\)", ""),
    (r"(?:OLS, )?daily, 2 ?y(?:ears)?(?:, vs SPY)?(?:, computed by research)?", ""),
    (r"(?:; )?derived by research", ""),
    (r", computed by research", ""),
    (r"memory confidence [\d.]+|confidence (?:medium-)?high", ""),
    (r"relation only(?:; )?", ""),
    (r"\[PREFERRED\] ?", ""),
    (r"^Nasdaq screener, \S+$", ""),
    (r"Nasdaq screener \(share price x shares\)(?:; )?", ""),
    (r"; FX assumed: .*$", ""),
    (r"; page (?:prints|shows units) x10|page shows units x10; ", ""),
    (r" \((?:fx-rates.json in same repo|Reuters: .*?|2330.TW value/shares/close)\)", ""),
    (r"(?:; )?see market size", ""),
)
_ADJUSTED = re.compile(r"(?:; )?source value (\S+) adjusted to \S+")


def clean(note: str) -> str:
    """What a note tells the reader, without the formulas and the research's own keys."""
    for pattern, replacement in REWORDED:
        note = re.sub(pattern, replacement, note)
    if adjusted := _ADJUSTED.search(note):
        note = _ADJUSTED.sub("", note)
        stated = float(adjusted[1])
        said = any(form in note for form in (f"{stated:g}".lstrip("0"), f"{stated:.2f}".lstrip("0"), f"{stated:.0%}"))
        note += "" if said or stated == 1 else f"; source says {stated:g}"
    parts = [part.strip(" ,") for part in note.split(";")]
    return "; ".join(dict.fromkeys(part for part in parts if part))


def noted(fact: str, note: str) -> str:
    """A fact with its note, if there is anything to say."""
    note = clean(note)
    return f"{fact}; {note}" if note else fact


def sites(data: Catalogue) -> list[str]:
    """Sites by area."""
    taken = {country for countries in SITES_BY_AREA.values() for country in countries}
    areas = {
        area: [row for row in data["sites"] if row["country"] in countries] for area, countries in SITES_BY_AREA.items()
    }
    areas["Europe and elsewhere"] = [row for row in data["sites"] if row["country"] not in taken]
    lines = []
    for area, rows in areas.items():
        lines.append(f"# {area}")
        for row in rows:
            fields = {key: row[key] for key in ("name", "country", "region", "lat", "lon", "confidence")}
            lines.append(f"{row['site_id']}: {flow_mapping(fields)}")
        data.count("sites", rows)
    return lines


def split(data: Catalogue, company: str, product: str) -> str:
    """The sites of an activity on one line."""
    rows = [row for row in data["site_shares"] if (row["company"], row["product"]) == (company, product)]
    (origin,) = {data.origin(row["confidence"], row["source_id"], row["as_of"]) for row in rows}
    data.count("site_shares", rows)
    return ", ".join(f"{row['site_id']} {number(float(row['share']))}" for row in rows) + f"; {origin}"


def recipe(data: Catalogue, company: str, product: str) -> list[str]:
    """What a maker uses differently from the product's usual recipe."""
    rows = [row for row in data["requirement_overrides"] if (row["company"], row["product"]) == (company, product)]
    data.count("requirement_overrides", rows)
    lines = []
    for row in rows:
        fields = {key: number(float(row[key])) for key in ("criticality", "cost_share") if row[key]}
        fields["from"] = data.origin(row["confidence"], row["source_id"])
        fields |= {"note": note} if (note := clean(row["note"])) else {}
        lines.append(f"{row['input']}: {flow_mapping(fields)}")
    return lines


def requirement(data: Catalogue, row: Row) -> str:
    """One input of a product on one line."""
    fields = {"kind": row["kind"]}
    ranged = {"criticality": 1.0, "buffer_days": None, "reorder_days": None, "requalify_days": 9999.0}
    for name, ceiling in ranged.items():
        low, high = row.get(f"{name}_low", ""), row.get(f"{name}_high", "")
        source = row.get({"buffer_days": "buffer_source", "requalify_days": "requalify_source"}.get(name, ""), "")
        own = re.fullmatch(r"(s\d+) \((\w+)\)", source)
        confidence = own[2] if own else row["confidence"]
        if (row["kind"], name) == ("capital", "buffer_days"):
            require(row[name] == low == high == "0", row)
            continue  # tools are not stocked
        fields[name] = data.amount(row[name], low, high, confidence, ceiling=ceiling)
        if own and own[1] != row["source_id"]:
            fields[name] += f" {data.origin(confidence, own[1])}"
    if row["wear_per_year"]:
        fields["wear_per_year"] = number(float(row["wear_per_year"]))
    cost, least, most = (float(row[name]) for name in ("cost_share", "cost_share_low", "cost_share_high"))
    fields["cost_share"] = f"{cost:.4g} ({least:.2g}..{most:.2g})"  # its error is tens of per cent
    fields["use_share"] = number(float(row["use_share"]))
    require(data.origin(row["confidence"], row["source_id"]) == "assumption" and not clean(row["note"]), row)
    data.count("requirements")
    return f"{row['input']}: {flow_mapping(fields)}"


def product(data: Catalogue, row: Row) -> list[str]:
    """One product with what it needs."""
    name, confidence = row["product_id"], row["market_confidence"]
    market = data.amount(row["market_usd_bn"], row["market_low"], row["market_high"], confidence)
    elasticity = data.amount(
        row["demand_price_elasticity"], row["elasticity_low"], row["elasticity_high"], row["elasticity_confidence"]
    )
    require(row["elasticity_confidence"] == "assumption", row)
    fields: dict[str, str | list[str]] = {
        "name": row["name"],
        "tier": row["tier"],
        "tier_order": row["tier_order"],
        "kind": row["kind"],
        "pricing": "contract" if name == "consumer_device" else row["pricing"],
        "trade": "local" if name in LOCAL else "",
        "market_usd_bn": f"{market} {data.origin(confidence, row['source_id'], row['market_as_of'])}",
        "from": "assumption",  # of the elasticity and of the needs, unless they say otherwise
        "demand_elasticity": elasticity,
        "note": clean(row["note"]),
    }
    if others := [other for other in data["shares"] if other["company"] == "other" and other["product"] == name]:
        fields["others"] = remainder(data, others[0])
    if needs := [need for need in data["requirements"] if need["product"] == name]:
        fields["needs"] = [requirement(data, need) for need in needs]
    data.count("products")
    return block(fields)


def remainder(data: Catalogue, row: Row) -> list[str]:
    """The unnamed makers of a product."""
    share = data.amount(row["share"], row["low"], row["high"], row["confidence"], ceiling=1)
    fields: dict[str, str | list[str]] = {
        "share": noted(f"{share} {data.origin(row['confidence'], row['source_id'], row['as_of'])}", row["note"]),
        "sites": split(data, "other", row["product"]),
    }
    if own := recipe(data, "other", row["product"]):
        fields["recipe"] = own
    data.count("shares")
    return block(fields)


def products(data: Catalogue) -> list[str]:
    """Products by tier."""
    lines: list[str] = []
    for tier, title in TIER_TITLES.items():
        lines += ["", f"# {title}"]
        for row in data["products"]:
            if row["tier"] == tier:
                lines += ["", f"{row['product_id']}:", *indent(product(data, row))]
    return lines


def finance(data: Catalogue, company: str) -> list[str]:
    """A company's accounts, one fact a line."""
    rows = {row["metric"]: row for row in data["fundamentals"] if row["company"] == company}
    lines = []
    for metric in (*FINANCE, "segment_share:outside_model"):
        if metric not in rows:
            continue
        row = rows[metric]
        name = "outside_model" if ":" in metric else metric
        fact = f"{number(float(row['value']))} {data.origin(row['confidence'], row['source_id'], row['as_of'])}"
        lines.append(f"{name}: {scalar(noted(fact, row['note']))}")
        data.count("fundamentals")
    return lines


GROUPS = re.compile(
    r"top\d*|top\d+_.*|.*_total|CN|us_headquartered|largest_distributor|four_.*|lam_plus_applied|any_single_max|.*_and_.*"
)


def customers(data: Catalogue, company: str) -> tuple[list[str], list[str]]:
    """Shares of a company's revenue by customer, and by group of customers."""
    known = {row["company_id"] for row in data["companies"]}
    single: list[str] = []
    grouped: list[str] = []
    for row in data["company_customer_shares"]:
        if row["supplier"] != company:
            continue
        name = row["customer"]
        share = data.amount(row["share_of_company_revenue"], row["low"], row["high"], row["confidence"], ceiling=1)
        fact = f"{share} {data.origin(row['confidence'], row['source_id'], row['as_of'])}"
        line = f"{name}: {scalar(noted(fact, row['note']))}"
        (single if name in known or name.startswith("unnamed_") else grouped).append(line)
        data.count("company_customer_shares")
    return single, grouped


def links(data: Catalogue, company: str, product: str) -> list[str]:
    """Evidence on who buys the product from this company."""
    lines = []
    for row in data["links"]:
        if (row["supplier"], row["product"]) != (company, product):
            continue
        fields = {}
        for side in ("share_of_customer", "share_of_supplier"):
            if row[side]:
                fields[side] = data.amount(
                    row[side], row[f"{side}_low"], row[f"{side}_high"], row["confidence"], ceiling=1
                )
        if row["captive"]:
            require(row["supplier"] == row["customer"], row)
            fields["captive"] = "true"
        fields["from"] = data.origin(row["confidence"], row["source_id"], row["as_of"])
        note = clean(row["note"])
        note = f"USD {number(float(row['usd_bn']))} bn; {note}" if row["usd_bn"] else note
        fields |= {"note": note} if note and note != "captive" else {}
        key = f"{row['customer']}/{row['customer_product']}" if row["customer_product"] else row["customer"]
        lines.append(f"{key}: {flow_mapping(fields)}")
        data.count("links")
    return lines


def make(data: Catalogue, row: Row, segments: Mapping[str, Row]) -> list[str]:
    """One activity of a company."""
    company, name = row["company"], row["product"]
    share = data.amount(row["share"], row["low"], row["high"], row["confidence"], ceiling=1)
    fields: dict[str, str | list[str]] = {
        "share": noted(f"{share} {data.origin(row['confidence'], row['source_id'], row['as_of'])}", row["note"])
    }
    if segment := segments.get(f"segment_share:{name}"):
        origin = data.origin(segment["confidence"], segment["source_id"], segment["as_of"])
        fields["revenue_share"] = noted(f"{number(float(segment['value']))} {origin}", segment["note"])
        data.count("fundamentals")
    fields["sites"] = split(data, company, name)
    if own := recipe(data, company, name):
        fields["recipe"] = own
    if sold := links(data, company, name):
        fields["sells_to"] = sold
    data.count("shares")
    return block(fields)


CHECKED = {
    "exchange list 2026-08-21": "exchange",
    "list, not verified": "list",
    "memory, not verified": "memory",
    "": "",
}


def company(data: Catalogue, row: Row) -> list[str]:
    """One company: who it is, its accounts, its customers, what it makes."""
    name = row["company_id"]
    segments = {fact["metric"]: fact for fact in data["fundamentals"] if fact["company"] == name}
    made = [share for share in data["shares"] if share["company"] == name]
    single, grouped = customers(data, name)
    fields: dict[str, str | list[str]] = {
        "name": row["name"],
        "ticker": row["ticker"],
        "other_tickers": row["other_tickers"],
        "ticker_check": CHECKED[row["ticker_check"]],
        "country": row["country"],
        "listed": row["listed"],
        "note": row["note"],
    }
    blocks = {
        "finance": finance(data, name),
        "customers": single,
        "customer_groups": grouped,
        "makes": [line for share in made for line in (f"{share['product']}:", *indent(make(data, share, segments)))],
    }
    data.count("companies")
    return block(fields | {key: lines for key, lines in blocks.items() if lines})


def companies(data: Catalogue) -> list[str]:
    """Companies by the tier of their largest activity, then those that are only in indices."""
    weight: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in data["shares"]:
        weight[row["company"]][data.tiers[row["product"]]] += float(row["share"]) * data.markets[row["product"]]
    main = {name: max(tiers, key=tiers.__getitem__) for name, tiers in weight.items()}
    lines: list[str] = []
    for tier, title in {**TIER_TITLES, "": "In an index or among the customers only"}.items():
        lines += ["", f"# {title}"]
        for row in data["companies"]:
            if row["company_id"] != "other" and main.get(row["company_id"], "") == tier:
                lines += ["", f"{row['company_id']}:", *indent(company(data, row))]
    return lines


def sources(data: Catalogue, scenario_sources: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Sources by what they are good for."""
    groups: dict[str, list[str]] = {title: [] for title in SOURCE_GROUPS}
    for row in data["sources"]:
        slug = data.slugs[row["source_id"]]
        title = next(title for title, pattern in SOURCE_GROUPS.items() if re.match(pattern, slug))
        groups[title] += [f"{slug}:", *indent(block(dict(describe_source(row))))]
        data.count("sources")
    for key, record in scenario_sources.items():
        slug, title, publisher, published = SCENARIO_SOURCES[key]
        fields = {"title": title, "publisher": publisher, "published": published, "url": record["url"]}
        groups["Scenarios"] += [f"{slug}:", *indent(block(fields))]
    return [line for title, lines in groups.items() for line in ("", f"# {title}", *lines)]


def indices(data: Catalogue) -> list[str]:
    """Indices with their snapshots."""
    lines: list[str] = []
    grouped: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in data["index_weights"]:
        grouped[row["index"]][row["as_of"]].append(row)
    for name, snapshots in grouped.items():
        lines += ["", f"{name}:", f"  name: {INDEX_NAMES[name]}", "  snapshots:"]
        for day, rows in snapshots.items():
            lines += [f"    {day}:", *indent(snapshot(data, day, rows), 6)]
            data.count("index_weights", rows)
    return lines


def snapshot(data: Catalogue, day: str, rows: list[Row]) -> list[str]:
    """The weights of one index on one day."""
    common = data.origin(rows[0]["confidence"], rows[0]["source_id"], day)
    lines = [f"from: {common}"]
    if note := index_note(rows[0]["note"]):
        lines.append(f"note: {scalar(note)}")
    for kind, title in (("holding", "holdings"), ("sector_or_group", "groups")):
        chosen = [row for row in rows if row["row_type"] == kind]
        lines += [f"{title}:"] if chosen else []
        for row in chosen:
            weight = number(float(row["weight"]))
            own = data.origin(row["confidence"], row["source_id"], day)
            weight += "" if own == common else f" {own}; {index_note(row['note'])}"
            fields = {"weight": weight}
            fields |= (
                {"label": row["label"].removeprefix("sector_")} if kind != "holding" else {"ticker": row["ticker"]}
            )
            fields |= {"company": row["company_id"]} if row["company_id"] else {}
            lines.append(f"  - {flow_mapping(fields)}")
    return lines


def index_note(note: str) -> str:
    """How an estimated weight was derived, in short."""
    if "NAME" in note.upper() and "BANK" in note:
        return f"financial holdings whose name says bank ({re.findall(r'[0-9]+', note)[-1]} names)"
    if "inclusion factor" in note:
        return "market value x free-float factor / sum over 503 members (USD 66.7 trn)"
    if "plain market-cap" in note:
        return "plain market-value weights of 102 members (USD 40.6 trn); the index caps the largest, too high here"
    if "1076" in note:
        return "market value / sum over 1,076 listed companies (NT$ 148.8 trn)"
    require(not note, note)
    return ""


def main(facts: Path, scenarios: Path, folder: Path) -> None:
    """Write the three files that come from the catalogue; parameters.yaml is written by hand."""
    data = Catalogue(facts)
    header = Path(__file__).with_name("headers")
    scenario_sources: Mapping[str, Row] = json.loads(scenarios.read_text(encoding="utf-8"))["sources"]
    data.count("confidence_classes", data["confidence_classes"])  # in parameters.yaml
    parts = {
        "suppliers": [
            f"as_of: {AS_OF}",
            "\nsites:",
            *indent(sites(data)),
            "\nproducts:",
            *indent(products(data)),
            "\ncompanies:",
            *indent(companies(data)),
        ],
        "sources": ["sources:", *indent(sources(data, scenario_sources))],
        "indices": ["indices:", *indent(indices(data))],
    }
    data.check_complete()
    require(
        not any((folder / f"{name}.yaml").exists() for name in parts), f"{folder} already holds data, edited by hand"
    )
    for name, lines in parts.items():
        comment = (header / f"{name}.txt").read_text(encoding="utf-8").rstrip().splitlines()
        text = "\n".join(
            ["# yaml-language-server: $schema=schema.json", *(f"# {line}".rstrip() for line in comment), "", *lines, ""]
        )
        (folder / f"{name}.yaml").write_text(re.sub(r"\n{3,}", "\n\n", text), encoding="utf-8")


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
