"""Readable ids for the sources of the research catalogue.

Ids come from publisher, topic and year; a hand map names the documents that many figures rest on and those
whose automatic id would say nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from urllib.parse import urlparse

NAMED = {
    "s001": "assumption",
    "s002": "derived",
    "s008": "memory",
    "s003": "ccl-market-2026",
    "s004": "asml-results-2025",
    "s005": "eetimes-japan-2025",
    "s006": "ate-market-2026",
    "s007": "yole-probe-cards-2023",
    "s009": "idc-servers-2026-06",
    "s010": "idc-servers-copy-2026-06",
    "s011": "helium-prices-2026-03",
    "s012": "meti-report-2013",
    "s013": "semianalysis-digest-2026",
    "s014": "gallium-ban-2025",
    "s015": "toyo-keizai-resist-2025",
    "s016": "photoresist-2021",
    "s017": "shin-etsu-resist-2021",
    "s018": "fujifilm-euv-resist",
    "s019": "toyo-keizai-materials-2025",
    "s020": "nf3-japan-2025",
    "s021": "kanto-denka-explosion-2025",
    "s022": "techcet-gases-2011",
    "s023": "techcet-cmp-2024",
    "s024": "gunma-monozukuri-2025",
    "s025": "silicon-analysts-2026",
    "s026": "nittobo-glass-2026",
    "s027": "inp-substrates-2026",
    "s028": "wafer-statistics-2023",
    "s029": "cymer-2009",
    "s030": "vat-profile-2025",
    "s031": "ichor-page-2025",
    "s032": "eetimes-japan-2023",
    "s033": "kla-thesis-2026",
    "s034": "kla-share-2021",
    "s035": "mask-blanks-theme",
    "s036": "ims-stake-2023",
    "s037": "teradyne-call-2026",
    "s038": "disco-business-2026",
    "s039": "disco-page",
    "s040": "tc-bonders-2024",
    "s041": "applied-call-2025",
    "s042": "umc-2025-q4",
    "s043": "trendforce-foundry-2026",
    "s044": "globalfoundries-2026-q1",
    "s045": "ibiden-substrates-2026",
    "s046": "amkor-page",
    "s047": "trendforce-dram-2025-q4",
    "s048": "dram-vendors-2025-q2",
    "s049": "hbm-shares-2026-05",
    "s050": "trendforce-nand-2025-q4",
    "s051": "trendforce-essd-2025-q3",
    "s052": "hdd-shortage-2026",
    "s053": "counterpoint-server-asic",
    "s054": "alchip-2026",
    "s058": "infineon-2025",
    "s060": "tomahawk6-shipments",
    "s062": "aspeed-bmc-2026",
    "s063": "donga-business-review-2025",
    "s064": "delta-power-2026",
    "s065": "idc-dc-switch-2026-q1",
    "s066": "crehan-dc-switch-2026-q1",
    "s067": "gas-turbines-2025",
    "s068": "coreweave-2026-q1",
    "s069": "nebius-page",
    "s070": "anthropic-tpu",
    "s071": "qatar-embargo-2017",
    "s072": "neon-war-2022",
    "s073": "yttrium-shortage-2025",
    "s074": "resist-inventory-2022",
    "s075": "arf-delivery-times-2021",
    "s076": "ase-leap-ramp",
    "s078": "hbm3e-samples",
    "s079": "trendforce-transceivers-2025",
    "s080": "auras-industry-page",
    "s081": "vertiv-conference",
    "s082": "agc-mask-blanks-2023",
    "s083": "mitsui-kinzoku-vsp-2025",
    "s084": "trendforce-ims-2023",
    "s085": "tsmc-2nm-fabs",
    "s086": "tsmc-fab18-3nm",
    "s087": "sk-hynix-m16-wuxi-2025",
    "s088": "micron-taiwan-2017",
    "s089": "micron-taiwan-hbm-2025",
    "s090": "samsung-xian-2025",
    "s094": "amd-samsung-2nm",
    "s095": "hbm-market-2026-05",
    "s096": "tsmc-packaging-ramp",
    "s097": "axiomatic-osat",
    "s098": "jpmorgan-cowos",
    "s099": "tsmc-packaging-nvidia",
    "s100": "rubin-hbm4-2026",
    "s101": "google-hbm-2026",
    "s102": "asic-hbm-supply",
    "s103": "ibiden-2024-12",
    "s104": "king-yuan-2025",
    "s105": "glass-cloth-2026",
    "s106": "tpca-t-glass-2026",
    "s107": "abf-shortage",
    "s108": "kanto-denka-fire-2025",
    "s109": "hbm-korea-2022",
    "s110": "trendforce-nikkei-2025-11",
    "s111": "photronics-2026",
    "s112": "tokyo-electron-2025",
    "s113": "kla-company-graph",
    "s114": "besi-profile",
    "s115": "qatar-helium-2026-03",
    "s116": "celestica-page",
    "s117": "digitimes-2017-04",
    "s118": "foxconn-profile",
    "s119": "comsoc-servers",
    "s120": "digitimes-2023-02",
    "s121": "arista-customers-2025",
    "s122": "fabrinet-page-2025",
    "s123": "innolight-customers",
    "s124": "microsoft-10k-2026",
    "s125": "tsmc-20f-2025",
    "s126": "tsmc-largest-customer",
    "s127": "tsmc-top5-customers",
    "s128": "broadcom-ai-semi",
    "s129": "micron-10k-2025",
    "s130": "intel-10k-2025",
    "s131": "sk-hynix-half-year-2025",
    "s132": "asml-page-2025",
    "s133": "asml-china-2025",
    "s134": "lam-call-2025-10",
    "s135": "tokyo-electron-2026-q2",
    "s136": "advanced-energy-10q-2024-09",
    "s137": "coreweave-summary-2025",
    "s138": "coreweave-s1",
    "s139": "oracle-backlog-2026",
    "s140": "supermicro-2025-q4",
    "s141": "celestica-customers-2024",
    "s142": "credo-2026-q2",
    "s143": "cadence-page-2025",
    "s144": "tsmc-6k-2026-q2",
    "s147": "semi-equipment-report-2026",
    "s148": "nasdaq-screener-2026",
    "s149": "applied-page-2025",
    "s150": "yahoo-info-2026",
    "s151": "tokyo-electron-income-2026",
    "s152": "acwi-holdings-2026",
    "s153": "advantest-statistics-2026",
    "s154": "advantest-ratios-2025",
    "s155": "shin-etsu-statistics-2026",
    "s156": "shin-etsu-statistics-2025",
    "s157": "lasertec-statistics-2025",
    "s158": "tokyo-seimitsu-2026",
    "s159": "kokusai-report-2025",
    "s160": "ibiden-2026",
    "s161": "asm-2025-q3",
    "s162": "vat-2025-q3",
    "s163": "axcelis-veeco-2025",
    "s164": "axcelis-page",
    "s165": "mks-results-2025",
    "s166": "mks-call-2025",
    "s167": "synopsys-results-2025",
    "s168": "cadence-2025-q2",
    "s169": "us-stock-monitor",
    "s170": "disco-statistics-2026",
    "s171": "lasertec-statistics-2026",
    "s172": "hoya-statistics-2026",
    "s173": "besi-2026",
    "s174": "entegris-2026",
    "s175": "entegris-statistics-2026",
    "s178": "taiwan-quarterly-accounts",
    "s180": "nvidia-2027-q1",
    "s183": "micron-2026-q3",
    "s184": "marvell-2027-q1",
    "s185": "astera-2025-q3",
    "s189": "fabrinet-2025-q4",
    "s190": "western-digital-2026-q2",
    "s191": "arista-page",
    "s192": "broadcom-2025-q3",
    "s193": "taiwan-market-values-2026",
    "s194": "intel-2026-q1",
    "s195": "lumentum-2026-q3",
    "s196": "coherent-2026-q3",
    "s197": "innolight-market-value",
    "s198": "innolight-income",
    "s199": "seagate-2026-q2",
    "s200": "seagate-2026-q1",
    "s201": "sandisk-2026-q2",
    "s202": "amd-2026-q1",
    "s203": "amkor-report",
    "s204": "infineon-2026-q1",
    "s205": "kioxia-2026-q2",
    "s206": "kioxia-statistics",
    "s207": "mps-story",
    "s208": "supermicro-register",
    "s209": "arista-earnings",
    "s210": "arista-10q",
    "s211": "celestica-research-page",
    "s212": "vertiv-2026",
    "s213": "vertiv-2025-q2",
    "s291": "taiwan-market-map-2026",
    "s292": "daily-closes-us",
    "s293": "daily-closes-asia",
    "s297": "apple-product-mix-2026",
    "s298": "russell2000-holdings-2026-01",
    "s299": "russell2000-holdings-2026-05",
    "s300": "us-stock-symbols-2026",
    "s301": "dow30-weights-2026",
    "s302": "soxx-holdings-2026",
    "s303": "msci-taiwan-2025",
    "s304": "kospi-weights-2026",
    "s377": "returns-ai-supply-chain",
    "s379": "returns-yfinance",
    "s380": "returns-market-base",
}

TITLES = {
    "s001": "Assumption made for this data; the note gives the reasoning",
    "s002": "Estimate derived in this data; the note gives the arithmetic",
    "s003": "Copper-clad laminate market 2025-2026, shares by maker",
    "s004": "ASML fourth quarter 2025: sales by system type",
    "s006": "Test equipment market 2025 and tester shares",
    "s007": "Probe card revenue 2022-2028 (Yole)",
    "s008": "From memory; no page found, treat as unverified",
    "s009": "IDC server tracker, first quarter 2026",
    "s010": "IDC server tracker, first quarter 2026 (Tom's Hardware copy)",
    "s022": "Electronic gases, shares of the three largest makers (Techcet)",
    "s027": "Indium phosphide substrate makers, market note",
    "s053": "AI server ASIC outlook to 2027 (Counterpoint)",
    "s062": "ASPEED and Lattice partnership, share of BMC chips",
    "s064": "Delta Electronics, AI server power supplies",
    "s067": "Gas turbine makers, share of the three largest",
    "s068": "CoreWeave first quarter 2026",
    "s070": "Anthropic, Google TPU and energy",
    "s085": "TSMC 2 nm fabs and monthly capacity",
    "s086": "TSMC 3 nm production at Fab 18 (Commercial Times)",
    "s094": "AMD and Samsung 2 nm",
    "s096": "TSMC advanced packaging capacity 2026",
    "s099": "TSMC advanced packaging allocation to 2026",
    "s100": "Vera Rubin HBM4 suppliers",
    "s101": "Google's HBM by supplier 2026 (Samsung Securities)",
    "s103": "Ibiden and AI substrates (Bloomberg)",
    "s116": "Celestica in the S&P/TSX index",
    "s119": "High-performance computing servers, tagged posts",
    "s120": "DigiTimes page of 2023-02-23",
    "s117": "DigiTimes page of 2017-04-25",
    "s126": "NVIDIA as TSMC's largest customer (CNBC copy)",
    "s127": "TSMC's five largest customers",
    "s139": "Oracle filing, remaining performance obligations; OpenAI part derived as 300 / 638",
    "s140": "Supermicro quarter to December 2025 (The Register)",
    "s208": "The Register on Supermicro (copy)",
    "s209": "Arista Networks after earnings",
    "s211": "Celestica research page",
    "s212": "Vertiv earnings and backlog",
    "s213": "Vertiv second quarter 2025",
}

_TICKER = re.compile(r"/([A-Za-z0-9.]+)\.csv$")
_FILING = re.compile(r"^(?P<firm>\w+) Form (?P<form>10-[KQ]) .*?(?P<day>\d{4}-\d{2})")
_DATE = re.compile(r",? (?P<date>(?:19|20)\d{2}(?:-\d{2}){0,2})$")


def name_sources(rows: list[dict[str, str]]) -> dict[str, str]:
    """Catalogue id to readable id, unique."""
    slugs = {row["source_id"]: _slug(row) for row in rows}
    repeated = {slug: number for slug, number in Counter(slugs.values()).items() if number > 1}
    if repeated:
        raise ValueError(f"source ids are not unique: {repeated}")
    return slugs


def _slug(row: Mapping[str, str]) -> str:
    number, title, url = row["source_id"], row["title"], row["url"]
    if number in NAMED:
        return NAMED[number]
    if filing := _FILING.search(title):
        year = re.findall(r"(?:for|fiscal) (\d{4})", title)[0] if filing["form"] == "10-K" else filing["day"]
        return f"{filing['firm']}-{filing['form'].replace('-', '')}-{year}".lower()
    if title.startswith("market-base financials"):
        return f"accounts-{url.rsplit('/', 1)[1]}".lower()
    if title.startswith("computed from daily"):
        return f"closes-{_plain(_TICKER.findall(url)[0])}"
    if title.startswith("Derived return, GitHub"):
        return f"returns-{_plain(_TICKER.findall(url)[0])}"
    if title.startswith("Derived return, press"):
        return f"returns-press-{_site(url)}"
    raise ValueError(f"no readable id for {number}: {title}")


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _site(url: str) -> str:
    parts = [part for part in urlparse(url).netloc.split(".") if part not in {"www", "com", "au", "st", "amp"}]
    return _plain(max(parts, key=len))


def describe_source(row: Mapping[str, str]) -> dict[str, str]:
    """Title, publisher, date and address of a source as they stand in sources.yaml."""
    title, publisher, url = TITLES.get(row["source_id"], row["title"]), row["publisher"], row["url"]
    published, note = row["published"], ""
    if mark := re.search(r" \[(.*?)\]| \((AI-generated)[^)]*\)", title):
        title, note = title.replace(mark[0], ""), "machine-written or unverified secondary page"
    if not published and (date := _DATE.search(title)):
        title, published = title[: date.start()], date["date"]
    if ticker := _TICKER.search(url):
        if title.startswith("computed from daily"):
            title = f"Daily closes of {ticker[1]}; only derived numbers are kept"
        elif title.startswith("Derived return"):
            title = f"Event-day returns of {ticker[1]}, derived from daily closes"
    if title == "market-base financials (Yahoo Finance)":
        title = f"Accounts of {url.rsplit('/', 1)[1]} (Yahoo Finance)"
    if title == "Derived return, press":
        title = "Event-day return reported in the press"
    publisher = "" if publisher in url and not publisher.startswith("github.com") else publisher
    if row["source_id"] in {"s001", "s002", "s008"}:
        publisher = "supplychain_risk"
    return {"title": title, "publisher": publisher, "published": published, "url": url, "note": note}


SCENARIO_SOURCES = {
    "BE24": (
        "bloomberg-taiwan-2024",
        "Cost of war or blockade of Taiwan",
        "Bloomberg Economics via Taiwan News",
        "2024-01",
    ),
    "BE24M": (
        "bloomberg-taiwan-method-2024",
        "Cost of war over Taiwan: method",
        "Bloomberg Economics via The Columbian",
        "2024-01-14",
    ),
    "RHG22": (
        "rhodium-blockade-2022",
        "Economic disruption from a blockade of Taiwan",
        "Rhodium Group via Fox Business",
        "2022-12",
    ),
    "SIA22": (
        "sia-mckinsey-taiwan-2022",
        "Output lost without Taiwan's chips",
        "SIA and McKinsey via Newsmax",
        "2026-02-24",
    ),
    "CSIS25": (
        "csis-lights-out-2025",
        "Lights Out? Wargames of a blockade of Taiwan",
        "CSIS via Small Wars Journal",
        "2025-08-02",
    ),
    "FDD25": ("fdd-energy-siege-2025", "Energy siege of Taiwan", "FDD via crbcnews", "2025"),
    "CSIS24": ("csis-survey-2024", "Survey of experts on what China is able to do", "CSIS via Axios copy", "2024-01"),
    "PM26": ("polymarket-blockade-2026", "Market on a blockade of Taiwan in 2026", "Polymarket mirror", "2026"),
    "GJ24": (
        "good-judgment-taiwan-2024",
        "Forecasts for the Taiwan Strait",
        "Good Judgment via Telling the Future",
        "2024",
    ),
    "SAM24": (
        "samotsvety-taiwan-2024",
        "Forecasts of control of Taiwan by 2030",
        "Samotsvety via Vox copy",
        "2024-02-13",
    ),
    "BCA25": ("bca-taiwan-2025", "Odds of a conflict over Taiwan", "BCA Research via Business Insider copy", "2025-04"),
    "LLOYD24": (
        "lloyds-conflict-2024",
        "Systemic risk scenario: geopolitical conflict",
        "Lloyd's and Cambridge",
        "2024",
    ),
    "CAMB": ("cambridge-china-japan", "China-Japan conflict stress test", "Cambridge Centre for Risk Studies", ""),
    "BCG490": (
        "bcg-taiwan-foundry-stop",
        "Cost of a stop of Taiwan's foundries",
        "BCG via a Chinese-language page",
        "",
    ),
    "SIA65": (
        "sia-bcg-supply-chain-2021",
        "Strengthening the global semiconductor supply chain",
        "SIA and BCG",
        "2021",
    ),
    "CAPEC17": (
        "capital-economics-korea-2017",
        "Cost of a war in Korea",
        "Capital Economics via Nghe An newspaper",
        "2017",
    ),
    "Q1999": (
        "quake-1999-fab-restart",
        "Restart of Hsinchu's fabs after the 1999 earthquake",
        "Semiconductor Digest",
        "1999-11",
    ),
    "Q1999b": (
        "quake-1999-tsmc-estimate",
        "TSMC's first estimate after the 1999 earthquake",
        "Taiwan Economic News copy",
        "1999-09-23",
    ),
    "Q2024": ("quake-2024-tsmc", "TSMC after the earthquake of April 2024", "Taiwan News", "2024-04-04"),
    "Q2025": ("quake-2025-tsmc", "TSMC after the earthquake of December 2025", "imdcontrols", "2025-12-28"),
    "HSIN": ("hsincheng-fault-2021", "Hsincheng fault: ground motion and losses", "Journal of Earth Science", "2021"),
    "ASML22": ("asml-berlin-fire-2022", "Fire at ASML Berlin", "BNN Bloomberg", "2022-01-04"),
    "SAMS26": ("samsung-strike-2026", "Samsung strike and HBM", "Fortune copy", "2026-05-17"),
    "MEM26": ("memory-shortage-2026", "Memory supply and contract prices in 2026", "TrendForce via ixbt", "2026-01-17"),
    "KOR24": (
        "bloomberg-korea-2024",
        "Cost of a conflict in Korea",
        "Bloomberg Economics via brief.news",
        "2024-07-29",
    ),
    "H20": ("h20-controls-2025", "NVIDIA's charge for H20 export licences", "Winbuzzer", "2025-04-16"),
    "XC": ("export-control-rounds-2025", "Rounds of US export controls on AI chips", "Silicon UK", "2025-04-16"),
    "CNMIN": (
        "china-minerals-2025",
        "China suspends export bans on gallium, germanium, antimony",
        "Fastmarkets",
        "2025-11",
    ),
    "USGS25": ("usgs-minerals-2025", "Mineral trade disruption scenarios, Open-File Report 2025-1047", "USGS", "2025"),
    "HPQ24": ("spruce-pine-2024", "Spruce Pine quartz after Hurricane Helene", "Project Blue", "2024-10"),
    "NEON22": ("neon-2022", "Neon from Ukraine", "Reuters and Techcet via TechCentral", "2022-03"),
    "HE26": ("qatar-helium-2026", "Helium after the stop of Ras Laffan", "Tom's Hardware", "2026-03-12"),
    "REN21": ("renesas-naka-2021", "Renesas Naka fire: recovery, sixth update", "Renesas", "2021-04-20"),
    "RSL": ("resilinc-fires-2022", "Factory fire alerts 2020-2022", "Resilinc via IEN", "2022"),
    "BIS26": (
        "bis-ai-capex-2026",
        "AI investment in the Annual Economic Report 2026",
        "BIS via dailynews.us",
        "2026-06",
    ),
    "MSCI25": ("msci-tech-correction-2025", "Scenarios of a US technology correction", "MSCI", "2025-11"),
    "WEF26": ("wef-economists-2026", "Chief economists on US AI stocks", "World Economic Forum via MENAFN", "2026-01"),
    "GOP": ("gopinath-ai-fall-2025", "Wealth lost in a fall of the size of 2000", "Gita Gopinath, copy", "2025"),
    "RFI22": (
        "commerce-chip-inventory-2022",
        "Request for information on the chip supply chain",
        "US Department of Commerce via Green Car Congress",
        "2022-01-26",
    ),
}
