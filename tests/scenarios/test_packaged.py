"""Packaged scenarios say what they must, and hit what they say and nothing else."""

from __future__ import annotations

import pytest

from supplychain_risk.dataset.load import load_dataset
from supplychain_risk.network.network import SupplyNetwork
from supplychain_risk.scenarios.checks import check_scenario
from supplychain_risk.scenarios.library import list_scenarios, load_scenario
from supplychain_risk.scenarios.sampling import sample_paths

NAMES = (
    "ase-osat-fire",
    "china-minerals",
    "cowos-fire",
    "euv-outage",
    "export-controls",
    "hbm-shortage",
    "helium",
    "hyperscaler-capex-cut",
    "japan-materials",
    "korea-conflict",
    "korea-strike",
    "neon",
    "spruce-pine",
    "t-glass-shortage",
    "taiwan",
    "taiwan-blockade",
    "taiwan-invasion",
    "taiwan-quake",
    "taiwan-quake-minor",
    "taiwan-quake-severe",
    "taiwan-quarantine",
    "tsmc-arizona-only",
)


@pytest.fixture(scope="module")
def network():
    return SupplyNetwork.from_dataset(load_dataset())


def test_the_scenarios_of_this_release_are_there():
    assert set(NAMES) <= set(list_scenarios())


@pytest.mark.parametrize("name", list_scenarios())
def test_every_packaged_scenario_names_only_what_the_data_know(name):
    assert check_scenario(load_scenario(name), load_dataset()) == []


@pytest.mark.parametrize("name", list_scenarios())
def test_every_packaged_scenario_states_what_a_reader_needs(name):
    scenario = load_scenario(name)
    assert scenario.trigger
    assert scenario.not_hit
    assert scenario.assumptions
    if scenario.mixture is None:
        assert scenario.market is not None
        assert scenario.benchmarks


@pytest.mark.parametrize(
    ("name", "hit", "spared"),
    [
        ("taiwan-blockade", ["tsmc:cowos", "taipower:electricity"], ["sk_hynix:hbm", "alphabet:general_cloud"]),
        ("taiwan-quarantine", ["tsmc:cowos", "hon_hai:ai_server_gpu"], ["taipower:electricity", "linde:bulk_gas"]),
        ("taiwan-invasion", ["taipower:electricity", "sk_hynix:hbm"], ["asml:euv_scanner", "nvidia:ai_accelerator"]),
        ("taiwan-quake-severe", ["tsmc:mature_wafer"], ["micron:hbm", "taipower:electricity"]),
        ("taiwan-quake-minor", ["micron:hbm"], ["taipower:electricity", "asml:litho_service"]),
        ("euv-outage", ["asml:euv_scanner", "asml:litho_service"], ["asml:arf_immersion_scanner", "tsmc:cowos"]),
        ("hbm-shortage", ["sk_hynix:hbm", "micron:dram"], ["sk_hynix:nand", "tsmc:cowos"]),
        ("korea-strike", ["samsung_electronics:hbm"], ["sk_hynix:hbm", "samsung_electronics:consumer_device"]),
        ("korea-conflict", ["sk_hynix:dram", "amkor:cowos"], ["tsmc:cowos", "micron:hbm"]),
        (
            "export-controls",
            ["hon_hai:ai_server_gpu", "kla:process_control_tool"],
            ["asml:euv_scanner", "kla:wfe_service"],
        ),
        ("china-minerals", ["china_gallium:gallium"], ["china_neon:neon", "china_fluorspar:fluorspar_acid"]),
        ("spruce-pine", ["sibelco:high_purity_quartz"], ["shin_etsu:silicon_wafer", "us_utilities:electricity"]),
        ("neon", ["ukraine_neon:neon"], ["china_neon:neon", "linde:neon"]),
        ("neon-half", ["china_neon:neon"], ["ukraine_neon:neon", "china_gallium:gallium"]),
        ("helium", ["qatar_helium:helium", "linde:helium"], ["exxonmobil:helium", "linde:bulk_gas"]),
        ("cowos-fire", ["tsmc:cowos"], ["ase_technology:cowos", "tsmc:leading_edge_wafer_3nm"]),
        (
            "hyperscaler-capex-cut",
            ["meta:ai_enabled_platform"],
            ["coreweave:cloud_ai_compute", "microsoft:general_cloud"],
        ),
        (
            "japan-materials",
            ["ajinomoto:abf_film", "tok:photoresist_euv"],
            ["jsr:photoresist_euv", "tekscend:photomask"],
        ),
        ("t-glass-shortage", ["nittobo:t_glass"], ["ajinomoto:abf_film", "elite_material:ccl"]),
        ("ase-osat-fire", ["ase_technology:osat", "ase_technology:cowos"], ["tsmc:cowos", "amkor:osat"]),
        (
            "tsmc-arizona-only",
            ["tsmc:leading_edge_wafer_5nm", "tsmc:photomask"],
            ["taipower:electricity", "umc:mature_wafer"],
        ),
    ],
)
def test_what_is_hit_and_what_is_not_is_as_the_scenario_says(network, name, hit, spared):
    paths = sample_paths(load_scenario(name), network, n_draws=8, horizon_days=364.0, seed=7)
    touched = {network.activities[i] for path in paths.all_hits for i in path.activities}
    assert touched >= set(hit)
    assert not touched & set(spared)
    assert set(spared) <= set(network.activities)


def test_only_the_place_or_the_customers_named_are_hit(network):
    """In words under not_hit: Samsung's plant in Xi'an, ASE's other sites, TSMC's fabs abroad, customers elsewhere."""
    reaches = [
        ("korea-strike", "samsung_electronics:nand", 0.58),
        ("ase-osat-fire", "ase_technology:osat", 0.55),
        ("tsmc-arizona-only", "tsmc:leading_edge_wafer_5nm", 0.85),
        ("helium", "linde:helium", 0.1),
    ]
    for name, activity, share in reaches:
        (hit, *_) = sample_paths(load_scenario(name), network, n_draws=2, horizon_days=364.0, seed=7).all_hits
        assert hit.reach[list(hit.activities).index(network.activity_index(activity))] == pytest.approx(share, abs=0.01)
    paths = sample_paths(load_scenario("export-controls"), network, n_draws=2, horizon_days=364.0, seed=7)
    plants = paths.deliveries[0].buyers.any(axis=0)
    assert set(network.site_table["country"][plants]) == {"CN"}


def test_taiwan_takes_its_weights_from_the_rates_of_its_parts():
    weights = {part.name: round(weight, 2) for part, weight in load_scenario("taiwan").components()}
    assert weights == {"taiwan-quarantine": 0.53, "taiwan-blockade": 0.32, "taiwan-invasion": 0.16}  # MODEL 14


def test_taiwan_can_take_the_capability_survey_instead():
    weights = [weight for _, weight in load_scenario("taiwan", weights="capability").components()]
    assert weights == pytest.approx([0.45, 0.42, 0.13])  # SCENARIOS section 3


def test_the_capability_survey_is_a_scenario_of_its_own_too():
    chosen = load_scenario("taiwan-capability")
    survey = load_scenario("taiwan", weights="capability")
    assert list(chosen.components()) == list(survey.components())
    assert chosen.title != survey.title


def test_half_of_the_neon_is_half_of_the_neon(network):
    """45 to 54 % of chip-grade neon stopped in 2022 (neon-2022 in sources.yaml)."""
    (hit,) = sample_paths(load_scenario("neon-half"), network, n_draws=2, horizon_days=364.0, seed=7).hits
    of_neon = network.activity_product == network.products.index("neon")
    assert network.x0[hit.activities].sum() / network.x0[of_neon].sum() == pytest.approx(0.5, abs=0.06)


def test_states_in_force_are_those_of_the_model():
    """MODEL 14 names the first three; the shortage of T-glass was in force too when the data were made."""
    known = {name for name in list_scenarios() if load_scenario(name).in_force is not None}
    assert known == {"hbm-shortage", "export-controls", "china-minerals", "t-glass-shortage"}


def test_families_are_those_of_the_model_from_mild_to_grave():
    families = {}
    for name in list_scenarios():
        if family := load_scenario(name).family:
            families.setdefault(family.name, []).append((family.gravity, name))
    assert {name: [member for _, member in sorted(members)] for name, members in families.items()} == {
        "taiwan": ["taiwan-quarantine", "taiwan-blockade", "taiwan-invasion"],
        "korea": ["korea-strike", "korea-conflict"],
        "quake": ["taiwan-quake-minor", "taiwan-quake-severe"],
    }
