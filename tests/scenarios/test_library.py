"""Packaged scenarios say what they must, and files that are wrong are refused with place and remedy."""

from __future__ import annotations

import pytest
import yaml

from supplychain_risk.dataset.load import data_folder, load_dataset
from supplychain_risk.errors import DataError, UnknownNameError
from supplychain_risk.network.network import SupplyNetwork
from supplychain_risk.scenarios.checks import check_scenario
from supplychain_risk.scenarios.library import list_scenarios, load_scenario
from supplychain_risk.scenarios.sampling import sample_paths

NAMES = (
    "euv-outage",
    "hbm-shortage",
    "taiwan",
    "taiwan-blockade",
    "taiwan-invasion",
    "taiwan-quake",
    "taiwan-quake-minor",
    "taiwan-quake-severe",
    "taiwan-quarantine",
)


@pytest.fixture(scope="module")
def network():
    return SupplyNetwork.from_dataset(load_dataset())


@pytest.fixture
def folder(tmp_path, make_record):
    """A data folder with the packaged parameters, one scenario "test" and a function that writes more."""
    (tmp_path / "parameters.yaml").write_bytes((data_folder() / "parameters.yaml").read_bytes())
    (tmp_path / "scenarios").mkdir()

    def write(name="test", **changes):
        record = {key: value for key, value in make_record(**changes).items() if key != "name"}
        (tmp_path / "scenarios" / f"{name}.yaml").write_text(yaml.safe_dump(record, sort_keys=False))
        return tmp_path

    return write


def mixture_of(*parts):
    return {"hits": None, "frequency": None, "common_factor": None, "mixture": {"parts": list(parts)}}


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
    ],
)
def test_what_is_hit_and_what_is_not_is_as_the_scenario_says(network, name, hit, spared):
    paths = sample_paths(load_scenario(name), network, n_draws=8, horizon_days=364.0, seed=7)
    touched = {network.activities[i] for path in paths.hits for i in path.activities}
    assert touched >= set(hit)
    assert not touched & set(spared)
    assert set(spared) <= set(network.activities)


def test_taiwan_takes_its_weights_from_the_rates_of_its_parts():
    weights = {part.name: round(weight, 2) for part, weight in load_scenario("taiwan").components()}
    assert weights == {"taiwan-quarantine": 0.53, "taiwan-blockade": 0.32, "taiwan-invasion": 0.16}  # MODEL 14


def test_taiwan_can_take_the_capability_survey_instead():
    weights = [weight for _, weight in load_scenario("taiwan", weights="capability").components()]
    assert weights == pytest.approx([0.45, 0.42, 0.13])  # SCENARIOS section 3


def test_an_unknown_scenario_offers_the_nearest():
    with pytest.raises(UnknownNameError, match="no scenario is called 'taiwan-blokade'; nearest: taiwan-blockade"):
        load_scenario("taiwan-blokade")
    with pytest.raises(UnknownNameError):
        load_scenario("../parameters")


def test_a_folder_of_one_s_own_is_read(folder):
    place = folder("mine", title="Mine")
    assert list_scenarios(place) == ("mine",)
    assert load_scenario("mine", folder=place).title == "Mine"


def test_all_that_is_wrong_with_a_file_is_told_at_once_with_lines(folder, make_hit):
    hit = make_hit(severity="pert(0.9, 0.5, 1)", surprise="x")
    place = folder(hits={"blow": hit}, **{"class": "accidnet"})
    with pytest.raises(DataError) as caught:
        load_scenario("test", folder=place)
    problems = {(problem.record, problem.field): problem for problem in caught.value.problems}
    assert "low <= mode <= high" in problems["hits.blow", "severity"].expected
    assert problems["", "class"].nearest == ("accident",)
    assert ("hits.blow", "surprise") in problems
    assert all(problem.line > 0 and problem.file == "scenarios/test.yaml" for problem in problems.values())


def test_a_mixture_that_leads_back_to_itself_is_refused(folder):
    folder("one", **mixture_of("two"))
    place = folder("two", **mixture_of("one"))
    with pytest.raises(DataError, match="one -> two -> one"):
        load_scenario("one", folder=place)
    folder("self", **mixture_of("self"))
    with pytest.raises(DataError, match="self -> self"):
        load_scenario("self", folder=place)


def test_a_mixture_of_an_unknown_scenario_says_which_file_asks_for_it(folder):
    folder("storm")
    with pytest.raises(UnknownNameError, match="mix: no scenario is called 'strom'; nearest: storm"):
        load_scenario("mix", folder=folder("mix", **mixture_of("strom")))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a\n- b\n", "a record without a name"),
        ("name: test\ntitle: x\n", "the field 'name'"),
        ("title: &a x\n", "no anchors"),
        ("title: x\ntitle: y\n", "each key once"),
        ("title: [x\n", "complete YAML"),
        ("mixture: x\n", "a record"),
        ("", "records"),
    ],
)
def test_a_broken_file_is_refused_with_its_name(folder, text, expected):
    place = folder()
    (place / "scenarios" / "test.yaml").write_text(text)
    with pytest.raises(DataError, match=r"scenarios/test\.yaml") as caught:
        load_scenario("test", folder=place)
    assert expected in str(caught.value)


def test_a_folder_without_parameters_or_with_broken_ones_is_refused(folder):
    place = folder()
    (place / "parameters.yaml").write_text("a: *b\n")
    with pytest.raises(DataError, match=r"parameters\.yaml"):
        load_scenario("test", folder=place)
    (place / "parameters.yaml").write_text("a: b\n")
    with pytest.raises(DataError, match="confidence_classes"):
        load_scenario("test", folder=place)
    (place / "parameters.yaml").unlink()
    with pytest.raises(DataError, match="the confidence classes"):
        load_scenario("test", folder=place)


def test_a_folder_without_scenarios_has_none(tmp_path):
    assert list_scenarios(tmp_path) == ()
