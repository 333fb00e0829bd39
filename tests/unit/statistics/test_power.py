import numpy as np
import pytest
from scipy import stats

from xtl.statistics import (
    Components,
    Scope,
    components,
    crossed,
    fixed,
    langs_needed,
    minimum_detectable_effect,
    planned_error,
    planned_power,
    seeds_needed,
)

PARTS = Components(seeds=0.12, langs=0.18, residual=0.36)
FEW_LANGUAGES = Components(seeds=0.3, langs=9.0, residual=0.2)
THESE = Components(seeds=0.12, langs=0.18, residual=0.36, scope=Scope.THESE_LANGUAGES)


def test_components_reproduce_the_mean_squares_they_came_from():
    y = np.random.default_rng(3).normal(size=(5, 1)) + np.random.default_rng(4).normal(size=(1, 8))
    y = y + 0.3 * np.random.default_rng(5).normal(size=(5, 8))
    parts, estimate = components(y), crossed(y)
    assert min(parts.seeds, parts.langs, parts.residual) > 0
    se, df = planned_error(parts, 5, 8)
    assert (float(se), float(df)) == pytest.approx((estimate.se, estimate.df))


def test_components_in_these_languages_reproduce_fixed():
    y, v = np.random.default_rng(3).normal(size=(5, 1)) + np.zeros((1, 4)), np.array([0.1, 0.2, 0.3, 0.4])
    parts, estimate = components(y, example_variance=v), fixed(y, v)
    se, df = planned_error(parts, 5, 4)
    assert parts.scope is Scope.THESE_LANGUAGES
    assert (float(se), float(df)) == pytest.approx((estimate.se, estimate.df))


def test_one_language_is_planned_as_the_t_test():
    y = np.random.default_rng(3).normal(size=(5, 1))
    se, df = planned_error(components(y), 5, 1)
    assert (float(se), float(df)) == pytest.approx((y.std(ddof=1) / 5**0.5, 4))


def test_components_below_0_are_0():
    parts = components([[1.0, -1.0], [-1.0, 1.0]])
    assert (parts.seeds, parts.langs) == (0, 0)
    assert parts.residual == 4


def test_more_seeds_and_more_languages_lower_the_error():
    se, df = planned_error(PARTS, [2, 5, 20, 1000], 9)
    assert (np.diff(se) < 0).all()
    assert se[-1] == pytest.approx((0.18 / 9) ** 0.5, rel=0.01)  # what seeds cannot lower
    assert df[-1] == pytest.approx(8, rel=0.05)
    assert planned_error(PARTS, 5, 18)[0] < se[1]


def test_the_smallest_effect_has_the_power_that_it_was_counted_for():
    effect = minimum_detectable_effect(PARTS, 12, 9, power=0.9)
    assert planned_power(PARTS, effect, 12, 9) == pytest.approx(0.9)
    assert planned_power(PARTS, -effect, 12, 9) == pytest.approx(0.9)


@pytest.mark.parametrize("parts", [PARTS, THESE])
@pytest.mark.parametrize("margin", [None, 1.0])
def test_seeds_needed_is_the_smallest_number_that_does(parts, margin):
    effect = 0.8 if margin is None else 0.0
    need = seeds_needed(parts, effect, 9, margin=margin).num_seeds
    assert planned_power(parts, effect, need, 9, margin=margin) >= 0.8
    assert planned_power(parts, effect, need - 1, 9, margin=margin) < 0.8


def test_beyond_ten_seeds_the_formula_counts():
    need = seeds_needed(PARTS, 0.5, 9).num_seeds
    assert need > 10
    for num_seeds, does in ((need, True), (need - 1, False)):
        se, df = planned_error(PARTS, num_seeds, 9)
        assert (0.5 / se >= stats.t.ppf(0.975, df) + stats.t.ppf(0.8, df)) == does


@pytest.mark.parametrize("num_seeds", [3, 12])
@pytest.mark.parametrize("parts", [Components(seeds=0.01, langs=0.02, residual=0.01), PARTS])
@pytest.mark.parametrize("effect", [0.58])
def test_languages_needed_are_the_first_number_that_does(parts, effect, num_seeds):
    # With 3 seeds power falls again with many languages, whose luck no longer hides that of the seeds.
    does = [
        planned_power(parts, effect, num_seeds, num_langs, alpha=0.0125) >= 0.8 for num_langs in range(2, 101)
    ]
    expected = 2 + does.index(True) if True in does else None
    assert langs_needed(parts, effect, num_seeds, alpha=0.0125) == expected


def test_a_tenth_seed_makes_no_plan_weaker():
    parts = Components(seeds=0.05, langs=0.5, residual=0.1)
    nine, ten = (planned_power(parts, 1.5, num_seeds, 3) for num_seeds in (9, 10))
    assert ten == pytest.approx(nine, abs=0.03)
    few = planned_power(Components(seeds=0.05, langs=0.5, residual=0.1), 1.5, 10, 3, alpha=0.01)
    assert few == pytest.approx(0.2, abs=0.03)  # the formula says 0.014


def test_where_languages_vary_too_much_no_number_of_seeds_will_do():
    need = seeds_needed(FEW_LANGUAGES, 0.5, 9)
    assert need.num_seeds is None
    assert need.reason == "needs more target languages: with 9 no number of seeds will do"
    assert seeds_needed(FEW_LANGUAGES, 0.5, 2000).num_seeds is not None


def test_where_examples_vary_too_much_more_of_them_are_needed():
    parts = Components(seeds=0.3, langs=9.0, residual=0.2, scope=Scope.THESE_LANGUAGES)
    assert "needs more test examples" in seeds_needed(parts, 0.5, 9).reason


def test_where_seeds_vary_too_much_their_number_has_an_end():
    need = seeds_needed(Components(seeds=1000.0, langs=0.0, residual=0.2), 0.5, 9)
    assert (need.num_seeds, need.reason) == (None, "more than 1000 seeds")


def test_without_any_variance_two_seeds_do():
    nothing = Components(seeds=0.0, langs=0.0, residual=0.0)
    assert seeds_needed(nothing, 0.5, 9).num_seeds == 2
    assert seeds_needed(nothing, 0.0, 9, margin=0.5).num_seeds == 2
    assert minimum_detectable_effect(nothing, 3, 9) == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: components([[1.0, 2.0]]), "two seeds at least"),
        (lambda: planned_error(PARTS, 1, 9), "two seeds and two languages"),
        (lambda: planned_error(PARTS, 3, 1), "two seeds and two languages"),
        (lambda: planned_power(PARTS, 0.5, 3, 9, alpha=5), "alpha"),
        (lambda: planned_power(PARTS, 0.5, 3, 9, margin=-1), "margin"),
        (lambda: minimum_detectable_effect(PARTS, 3, 9, power=80), "power"),
        (lambda: seeds_needed(PARTS, 0.0, 9), "another one than 0"),
        (lambda: seeds_needed(PARTS, 0.0, 9, margin=0), "margin"),
        (lambda: seeds_needed(PARTS, 0.5, 9, power=1), "power"),
    ],
)
def test_what_is_no_plan_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
