"""Ways of sampling: stated standard errors are the spread over seeds, and weights undo what they make up for."""

from __future__ import annotations

import numpy as np
import pytest

from supplychain_risk.errors import InputError, UnknownNameError
from supplychain_risk.kernels import tail
from supplychain_risk.scenarios.design import Sampling, order_coordinates
from supplychain_risk.scenarios.sampling import find_drivers, sample_paths

YEAR = 364.0
N_DRAWS, SEEDS = 512, 200
WAYS = {
    "random": Sampling(),
    "antithetic": Sampling("antithetic"),
    "sobol": Sampling("sobol"),
    "tilted": Sampling("random", tilts={"severity": 3.0, "storm/duration_weeks": 2.0}),
    "shares": Sampling("random", shares={"fire": 0.7}),
    "all": Sampling("sobol", tilts={"duration_weeks": 3.0}, shares={"fire": 0.6}),
}


@pytest.fixture(scope="module")
def weather(make_scenario, make_hit):
    """A storm everywhere in Taiwan, three times as likely as a fire at one place."""
    half = "uniform(0, 1)"
    storm = make_scenario({"storm": make_hit(severity=half, duration_weeks="uniform(0, 10)")}, name="storm")
    site = {"site": ["tw_hsinchu", "tw_tainan"]}
    blaze = make_hit(targets=site, places="one", severity=half, duration_weeks="uniform(0, 30)")
    fire = make_scenario({"blaze": blaze}, name="fire")
    weights = {
        "odds": {"definition": "x", "from": "assumption", "parts": {"storm": "0.75 (0..1)", "fire": "0.25 (0..1)"}}
    }
    mixture = {"parts": [storm, fire], "weights": "odds", "alternatives": weights}
    return make_scenario({}, name="weather", mixture=mixture, frequency=None, common_factor=None)


def outage_weeks(paths):
    """Equivalent full-outage weeks of the first activity hit, (D,): severity x time."""
    return sum(hit.intensity[0] * hit.profile.sum(axis=0) for hit in paths.hits)


def sample(scenario, network, **changes):
    return sample_paths(scenario, network, **({"n_draws": N_DRAWS, "horizon_days": YEAR, "seed": 7} | changes))


@pytest.fixture(scope="module")
def replications(weather, island):
    """Way -> mean, 90 % quantile and their errors for 200 seeds."""

    def estimates(sampling):
        for seed in range(SEEDS):
            paths = sample(weather, island, seed=seed, sampling=sampling)
            weeks, design = outage_weeks(paths), sampling.design(paths.weight)
            yield *tail.mean(weeks, design), *tail.quantile(weeks, 0.9, design)

    return {name: np.array(list(estimates(sampling))).T for name, sampling in WAYS.items()}


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_the_stated_error_of_the_mean_is_its_spread_over_seeds(replications, way):
    mean, error, *_ = replications[way]
    spread = mean.std(ddof=1)  # of 200 seeds: known to 1 / sqrt(400) = 5 %
    assert np.sqrt((error**2).mean()) == pytest.approx(spread, rel=0.2)


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_the_stated_error_of_a_quantile_is_its_spread_over_seeds(replications, way):
    *_, quantile, error = replications[way]
    assert np.sqrt((error**2).mean()) == pytest.approx(quantile.std(ddof=1), rel=0.25)


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_sampling_estimates_the_same(replications, way):
    plain, other = replications["random"], replications[way]
    for row in (0, 2):
        apart = np.hypot(plain[row].std(ddof=1), other[row].std(ddof=1)) / np.sqrt(SEEDS)
        bias = 3.0 * apart + 2e-3 * plain[row].mean()  # of quantiles and of weighted means, of order 1 / n
        assert plain[row].mean() == pytest.approx(other[row].mean(), abs=bias)


def test_sobol_points_reduce_the_error_of_a_smooth_mean_at_least_fivefold(weather, island):
    """A storm alone, which has neither parts nor places to choose from."""
    storm, _ = (part for part, _ in weather.components())

    def spread(way):
        runs = (sample(storm, island, n_draws=4_096, seed=seed, sampling=way) for seed in range(40))
        return np.std([outage_weeks(run).mean() for run in runs])

    assert spread("sobol") < spread("random") / 5


@pytest.mark.parametrize("way", WAYS)
def test_any_slice_of_draws_has_the_same_bytes_as_the_whole(weather, island, way):
    whole = sample(weather, island, n_draws=2_500, sampling=WAYS[way])
    part = sample(weather, island, n_draws=700, first_draw=800, sampling=WAYS[way])
    assert part.weight.tobytes() == whole.weight[800:1_500].tobytes()
    for a, b in zip(part.hits, whole.hits, strict=True):
        assert a.intensity.tobytes() == np.ascontiguousarray(b.intensity[:, 800:1_500]).tobytes()
        assert a.profile.tobytes() == np.ascontiguousarray(b.profile[:, 800:1_500]).tobytes()


def test_sobol_draws_do_not_depend_on_the_order_of_sites(weather, make_network):
    forward, backward = (sample(weather, make_network(*order), sampling="sobol") for order in ((), (-1,)))
    assert forward.hits[0].profile.tobytes() == backward.hits[0].profile.tobytes()
    assert forward.component.tobytes() == backward.component.tobytes()


def test_parts_get_the_shares_of_draws_asked_for_and_weights_that_make_up_for_it(weather, island):
    paths = sample(weather, island, n_draws=4_096, sampling=Sampling("sobol", shares={"fire": 0.5}))
    fire = paths.component == 1
    assert fire.mean() == pytest.approx(0.5, abs=0.01)
    assert paths.weight[fire] == pytest.approx(0.25 / 0.5)
    assert paths.weight[~fire] == pytest.approx(0.75 / 0.5)


def test_only_tilted_drivers_of_the_part_that_happens_weigh(weather, island):
    paths = sample(weather, island, sampling=Sampling(tilts={"blaze/duration_weeks": 4.0}))
    assert (paths.weight[paths.component == 0] == 1.0).all()
    assert np.ptp(paths.weight[paths.component == 1]) > 0.5


def test_scenarios_with_hits_of_one_name_share_their_uniforms(make_scenario, make_hit, island):
    mild = make_scenario({"blow": make_hit(duration_weeks="uniform(0, 4)")}, name="mild")
    long = make_scenario({"blow": make_hit(duration_weeks="uniform(0, 8)")}, name="long")
    for way in ("random", "antithetic", "sobol"):
        a, b = (sample(each, island, sampling=way) for each in (mild, long))
        assert a.hits[0].intensity.tobytes() == b.hits[0].intensity.tobytes()


def test_coordinates_can_be_shared_by_scenarios_with_other_drivers(weather, island):
    drivers = find_drivers(weather, island, horizon_days=YEAR)
    storm = next(part for part, _ in weather.components())
    shared = Sampling("sobol", coordinates=drivers)
    mixed, alone = sample(weather, island, sampling="sobol"), sample(storm, island, sampling=shared)
    own = mixed.component == 0
    assert np.array_equal(mixed.hits[0].profile[:, own], alone.hits[0].profile[:, own])


def test_coordinates_do_not_depend_on_the_order_of_drivers():
    drivers = ["b/severity/x", "component", "a/severity", "b/severity/a"]
    assert order_coordinates(drivers) == order_coordinates(reversed(drivers))


@pytest.mark.parametrize(
    ("sampling", "message"),
    [
        ({"tilts": {"severitty": 2.0}}, "severity"),
        ({"tilts": {"component": 2.0}}, "no driver is called 'component'"),
        ({"shares": {"fyre": 0.5}}, "fire"),
        ({"shares": {"fire": 1.0}}, "the rest of 1"),
        ({"shares": {"fire": 0.4, "storm": 0.4}}, "the rest of 1"),
    ],
)
def test_names_and_shares_that_do_not_fit_the_scenario_are_refused(weather, island, sampling, message):
    with pytest.raises((InputError, UnknownNameError), match=message):
        sample(weather, island, sampling=Sampling(**sampling))


@pytest.mark.parametrize(
    "arguments",
    [{"method": "halton"}, {"tilts": {"x": 0.0}}, {"tilts": {"x": float("nan")}}, {"shares": {"x": 1.5}}],
)
def test_what_is_no_way_of_sampling_is_refused(arguments):
    with pytest.raises((InputError, UnknownNameError)):
        Sampling(**arguments)


def test_a_driver_without_a_coordinate_is_named(weather, island):
    with pytest.raises(UnknownNameError, match="component"):
        sample(weather, island, sampling=Sampling("sobol", coordinates=("storm/severity",)))


def test_only_sobol_points_ask_for_sixteen_times_a_power_of_two_draws():
    balanced = [n for n in range(1, 300) if Sampling("sobol").balances(n)]
    assert balanced == [16, 32, 64, 128, 256]
    assert Sampling("random").balances(100)
    assert Sampling("antithetic").balances(101)
