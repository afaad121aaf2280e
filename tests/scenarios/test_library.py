"""Files become scenarios, with their parts and bases; those that are wrong are refused with place and remedy."""

from __future__ import annotations

import pytest
import yaml

from supplychain_risk.dataset.load import data_folder
from supplychain_risk.errors import DataError, UnknownNameError
from supplychain_risk.scenarios.library import list_scenarios, load_scenario


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


def _write(place, name, record):
    """A file of its own, without what `folder` adds."""
    (place / "scenarios" / f"{name}.yaml").write_text(yaml.safe_dump(record, sort_keys=False))
    return place


def mixture_of(*parts):
    return {"hits": None, "frequency": None, "common_factor": None, "mixture": {"parts": list(parts)}}


def test_an_unknown_scenario_offers_the_nearest():
    with pytest.raises(UnknownNameError, match="no scenario is called 'taiwan-blokade'; nearest: taiwan-blockade"):
        load_scenario("taiwan-blokade")
    for name in ("../parameters", ""):
        with pytest.raises(UnknownNameError):
            load_scenario(name)


def test_a_folder_of_one_s_own_is_read(folder):
    place = folder("mine", title="Mine")
    assert list_scenarios(place) == ("mine",)
    assert load_scenario("mine", folder=place).title == "Mine"


def test_a_file_of_one_s_own_may_extend_a_packaged_scenario_and_lie_anywhere(tmp_path, monkeypatch):
    (tmp_path / "outages.csv").write_text("weeks\n1\n9\n")
    change = {"extends": "neon", "hits": {"ukraine": {"duration_weeks": "empirical(outages.csv) assumption"}}}
    (tmp_path / "my-neon.yaml").write_text(yaml.safe_dump(change))
    mine = load_scenario(str(tmp_path / "my-neon.yaml"))
    assert (mine.name, mine.extends) == ("my-neon", "neon")
    assert mine.hits["ukraine"].duration_weeks.parameters == (1.0, 9.0)
    assert mine.hits["ukraine"].severity == load_scenario("neon").hits["ukraine"].severity
    monkeypatch.chdir(tmp_path)
    assert load_scenario("my-neon.yaml") == mine


def test_what_is_wrong_with_a_file_of_one_s_own_is_told_with_its_path(tmp_path):
    (tmp_path / "mine.yaml").write_text("extends: neon\nregime: never\n")
    with pytest.raises(DataError, match=r"mine\.yaml: found .*either a frequency or a regime") as caught:
        load_scenario(str(tmp_path / "mine.yaml"))
    assert caught.value.problems[0].file == str(tmp_path / "mine.yaml")
    with pytest.raises(UnknownNameError, match=r"no scenario file is called '.*min\.yaml'; nearest: .*mine\.yaml"):
        load_scenario(str(tmp_path / "min.yaml"))


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


def test_a_scenario_that_extends_another_takes_what_it_does_not_state(folder):
    folder("fire")
    small = {"extends": "fire", "hits": {"blow": {"severity": "0.1"}}, "regime": "never"}
    place = _write(folder(), "small-fire", small)
    _write(place, "smaller-fire", {"extends": "small-fire", "frequency": "", "title": "Smaller"})
    smaller = load_scenario("smaller-fire", folder=place)
    assert (smaller.name, smaller.title, smaller.extends) == ("smaller-fire", "Smaller", "small-fire")
    assert str(smaller.hits["blow"].severity) == "0.1"
    assert str(smaller.hits["blow"].duration_weeks) == "lognormal(median 10, p90 30)"
    assert smaller.frequency is None


def test_scenarios_that_extend_each_other_are_refused(folder):
    _write(folder(), "one", {"extends": "two"})
    place = _write(folder(), "two", {"extends": "one"})
    message = r"scenarios/two\.yaml:1, extends: found one -> two -> one, expected a scenario that does not lead back"
    with pytest.raises(DataError, match=message):
        load_scenario("one", folder=place)
    with pytest.raises(DataError, match="self -> self"):
        load_scenario("self", folder=_write(place, "self", {"extends": "self"}))
    with pytest.raises(DataError, match="itself -> itself"):
        load_scenario("itself", folder=_write(place, "itself", {"extends": "itself.yaml"}))


def test_a_mixture_whose_part_extends_the_mixture_is_refused(folder):
    folder("mix", **mixture_of("part"))
    place = _write(folder(), "part", {"extends": "mix", "title": "A part"})
    with pytest.raises(DataError, match="mix -> part -> part"):
        load_scenario("mix", folder=place)


def test_a_change_that_breaks_a_scenario_is_told_where_it_stands(folder):
    folder("fire")
    place = _write(folder(), "worse", {"extends": "fire", "hits": {"blow": {"severity": "pert(0, 1, 2) assumption"}}})
    with pytest.raises(DataError, match=r"scenarios/worse\.yaml:\d+, hits\.blow, severity: .* values of at most 1"):
        load_scenario("worse", folder=place)


def test_what_a_scenario_inherits_broken_is_told_in_the_file_that_states_it(folder):
    folder("fire", hits={"blow": {"severity": "2"}})
    place = _write(folder(), "other", {"extends": "fire", "title": "Other"})
    with pytest.raises(DataError, match=r"scenarios/fire\.yaml:\d+, hits\.blow, severity"):
        load_scenario("other", folder=place)


def test_an_unknown_base_offers_the_nearest(folder):
    folder("fire")
    place = _write(folder(), "small", {"extends": "fier"})
    with pytest.raises(UnknownNameError, match="small: no scenario is called 'fier'; nearest: fire"):
        load_scenario("small", folder=place)


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({"duration_weeks": "lognormal(median 20, p90 10)"}, "duration_weeks", "median <= p90"),
        ({"duration_weeks": "-3"}, "duration_weeks", "values of at least 0"),
        ({"recovery_weeks": "uniform(-1, 3)"}, "recovery_weeks", "values of at least 0"),
        ({"severity": "discrete(0 0.5, 1 0.4)"}, "severity", "probabilities that sum to 1"),
        ({"severity": "empirical(../parameters.csv)"}, "severity", "the file beside the scenario"),
        ({"severity": "empirical(outage.csv)"}, "severity", "a CSV file beside the scenario; nearest: outages.csv"),
        ({"severity": "empirical(outages.csv los)"}, "severity", "a column of outages.csv: days, loss; nearest: loss"),
    ],
)
def test_a_bad_number_is_one_message_with_file_and_field(folder, make_hit, changes, field, expected):
    place = folder(hits={"blow": make_hit(**changes)})
    (place / "scenarios" / "outages.csv").write_text("days,loss\n7,0.2\n90,0.9\n")
    with pytest.raises(DataError) as caught:
        load_scenario("test", folder=place)
    (problem,) = caught.value.problems
    assert (problem.file, problem.record, problem.field) == ("scenarios/test.yaml", "hits.blow", field)
    assert problem.line > 0
    assert expected in problem.expected


def test_weights_of_a_mixture_that_do_not_sum_to_1_are_refused(folder):
    for name in ("fire", "flood"):
        folder(name)
    parts = {"fire": "0.5 (0..1)", "flood": "0.4 (0..1)"}
    odd = {"from": "assumption", "definition": "x", "parts": parts}
    record = mixture_of("fire", "flood")
    record["mixture"] |= {"weights": "odd", "alternatives": {"odd": odd}}
    with pytest.raises(DataError, match=r"scenarios/mix\.yaml:\d+, mixture.*summing to 1, not to 0\.9"):
        load_scenario("mix", folder=folder("mix", **record))


def test_a_sample_beside_the_scenario_is_read_and_counts_in_its_digest(folder, make_hit):
    place = folder(hits={"blow": make_hit(severity="empirical(outages.csv loss)")})
    sample = place / "scenarios" / "outages.csv"
    sample.write_text("days,loss\n7,0.2\n90,0.9\n")
    first = load_scenario("test", folder=place)
    assert first.hits["blow"].severity.parameters == (0.2, 0.9)
    sample.write_text("days,loss\n7,0.2\n90,0.8\n")
    assert load_scenario("test", folder=place).digest != first.digest


def test_a_bomb_of_aliases_is_refused_before_it_goes_off(folder):
    place = folder()
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 12)]
    (place / "scenarios" / "test.yaml").write_text("\n".join(["l0: &l0 [lol]", *levels]))
    with pytest.raises(DataError, match=r"scenarios/test\.yaml:1, l0: found the anchor &l0, expected no anchors"):
        load_scenario("test", folder=place)


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
