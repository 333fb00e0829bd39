import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from xtl.statistics import Scope, components, crossed, fixed
from xtl.statistics.variance import crossed_moments, fixed_moments, mean_squares

tables = st.tuples(st.integers(2, 6), st.integers(2, 6)).flatmap(
    lambda shape: arrays(float, shape, elements=st.integers(-2000, 2000).map(lambda n: n / 100))
)


def test_crossed_agrees_with_lmer_where_no_component_is_0(golden):
    cases = [case for case in golden("statistics")["cases"] if not case["is_singular"]]
    assert len(cases) >= 8
    for case in cases:
        estimate = crossed(case["values"])
        assert estimate.value == pytest.approx(case["estimate"], abs=1e-12)
        assert estimate.se == pytest.approx(case["se"], rel=1e-6)
        assert estimate.df == pytest.approx(case["df"], rel=1e-5)
        assert estimate.p_value() == pytest.approx(case["p"], rel=1e-5)
        parts = components(case["values"])
        for name in ("seeds", "langs", "residual"):
            assert getattr(parts, name) == pytest.approx(case["components"][name], rel=1e-5)


def test_on_the_boundary_crossed_is_the_more_careful_one(golden):
    """REML puts a component to 0 and counts its degrees of freedom to the others."""
    cases = [case for case in golden("statistics")["cases"] if case["is_singular"]]
    assert cases
    for case in cases:
        estimate = crossed(case["values"])
        assert estimate.se >= case["se"] * (1 - 1e-6)
        assert estimate.df <= case["df"]


def test_mean_squares_are_those_of_the_analysis_of_variance():
    y = np.random.default_rng(0).normal(size=(4, 5))
    seeds, langs, residual = mean_squares(y)
    total = ((y - y.mean()) ** 2).sum()
    assert seeds == pytest.approx(5 * y.mean(1).var(ddof=1))
    assert langs == pytest.approx(4 * y.mean(0).var(ddof=1))
    assert 3 * seeds + 4 * langs + 12 * residual == pytest.approx(total)


def test_many_tables_in_one_go_are_each_of_them():
    y = np.random.default_rng(0).normal(size=(7, 3, 4))
    v = np.array([0.1, 0.2, 0.3, 0.4])
    for index, table in enumerate(y):
        for moments, single in ((crossed_moments(y), crossed(table)), (fixed_moments(y, v), fixed(table, v))):
            assert (moments.mean[index], moments.se[index], moments.df[index]) == pytest.approx(
                (single.value, single.se, single.df)
            )


def test_fixed_without_examples_is_the_t_test_of_seed_means():
    y = np.random.default_rng(0).normal(0.3, 1, (5, 4))
    estimate, reference = fixed(y), stats.ttest_1samp(y.mean(1), 0)
    assert estimate.scope is Scope.THESE_EXAMPLES
    assert estimate.df == pytest.approx(4)
    assert estimate.p_value() == pytest.approx(reference.pvalue)
    interval, other = estimate.interval(0.9), reference.confidence_interval(0.9)
    assert (interval.low, interval.high, interval.level) == pytest.approx((other.low, other.high, 0.9))


def test_examples_widen_the_interval_of_fixed():
    y = np.random.default_rng(0).normal(0.3, 1, (5, 4))
    wide = fixed(y, [1.0, 1.0, 1.0, 1.0])
    assert wide.scope is Scope.THESE_LANGUAGES
    assert wide.se**2 == pytest.approx(fixed(y).se ** 2 + 4 / 16)
    assert wide.df > fixed(y).df


def test_p_values_of_one_side_sum_to_one():
    estimate = crossed(np.random.default_rng(0).normal(0.3, 1, (5, 4)))
    assert estimate.p_above(0.2) + estimate.p_below(0.2) == pytest.approx(1)
    assert estimate.p_value(0.2) == pytest.approx(2 * min(estimate.p_above(0.2), estimate.p_below(0.2)))
    assert estimate.p_value(estimate.interval(0.95).low) == pytest.approx(0.05)


@pytest.mark.parametrize("estimate_of", [crossed, fixed])
@given(tables, st.integers(-50, 50), st.randoms(use_true_random=False))
def test_shift_moves_the_estimate_alone_and_order_changes_nothing(estimate_of, y, shift, random):
    estimate, shifted = estimate_of(y), estimate_of(y + shift)
    assert shifted.value == pytest.approx(estimate.value + shift, abs=1e-9)
    assert (shifted.se, shifted.df) == pytest.approx((estimate.se, estimate.df), rel=1e-6, abs=1e-9)
    seeds, langs = list(range(y.shape[0])), list(range(y.shape[1]))
    random.shuffle(seeds)
    random.shuffle(langs)
    permuted = estimate_of(y[seeds][:, langs])
    assert (permuted.value, permuted.se, permuted.df) == pytest.approx(
        (estimate.value, estimate.se, estimate.df), rel=1e-6, abs=1e-9
    )


@pytest.mark.parametrize("estimate_of", [crossed, fixed])
@given(tables, st.sampled_from([-100.0, -1.0, 0.5, 10.0]))
def test_scale_scales_estimate_and_error(estimate_of, y, factor):
    estimate, scaled = estimate_of(y), estimate_of(factor * y)
    assert scaled.value == pytest.approx(factor * estimate.value, abs=1e-9)
    assert (scaled.se, scaled.df) == pytest.approx(
        (abs(factor) * estimate.se, estimate.df), rel=1e-6, abs=1e-9
    )


@given(tables)
def test_the_error_is_never_that_of_the_seeds_or_the_languages_alone_or_less(y):
    seeds, langs, _ = mean_squares(y)
    estimate = crossed(y)
    assert estimate.se**2 * y.size >= max(seeds, langs) * (1 - 1e-9)
    assert 1 <= estimate.df <= sum(y.shape) + y.size


def test_one_seed_has_no_interval_and_says_so():
    for estimate in (crossed([[1.0, 2.0]]), fixed([[1.0, 2.0]], [0.1, 0.1])):
        assert (estimate.value, estimate.se, estimate.df) == (1.5, None, None)
        assert estimate.interval() is estimate.p_value() is estimate.p_above() is None
        assert "one seed: no interval" in estimate.note


def test_two_seeds_have_a_wide_one():
    estimate = fixed([[1.0], [2.0]])
    assert estimate.df == 1
    assert estimate.interval().high - estimate.value == pytest.approx(0.5 * stats.t.ppf(0.975, 1))


@pytest.mark.parametrize("estimate_of", [crossed, fixed])
@pytest.mark.parametrize("level", [0.0, 0.1 + 0.2, 63.7 - 63.6])
def test_scores_that_do_not_vary_are_told(estimate_of, level):
    estimate = estimate_of(np.full((3, 4), level) + np.array([[0, 1e-14, 0, 0]]))
    assert estimate.se == 0
    assert estimate.interval().low == estimate.interval().high
    assert "did the seed reach the runs?" in estimate.note
    assert estimate.p_value(estimate.value) == 1
    assert estimate.p_value(estimate.value - 1) == 0


def test_languages_that_differ_keep_their_error_though_seeds_do_not():
    estimate = crossed(np.tile([1.0, 2.0, 4.0], (3, 1)))
    assert estimate.se == pytest.approx(np.std([1, 2, 4], ddof=1) / 3**0.5)
    assert estimate.df == pytest.approx(2)


def test_an_interaction_alone_is_no_certainty():
    assert crossed([[1.0, -1.0], [-1.0, 1.0]]).se > 0


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1.0, 2.0], r"shape \(seeds, languages\), got shape \(2,\)"),
        (np.zeros((0, 3)), r"got shape \(0, 3\)"),
        ([[1.0, float("nan")], [1.0, 2.0]], r"finite numbers, got nan at index \(0, 1\)"),
        ([[1.0, float("inf")], [1.0, 2.0]], "finite numbers, got inf"),
        ([[1.0], [2.0, 3.0]], "array of numbers"),
        ([["a"]], "array of numbers"),
    ],
)
def test_what_is_no_table_is_refused(values, message):
    for estimate_of in (crossed, fixed, components):
        with pytest.raises(ValueError, match=message):
            estimate_of(values)


def test_one_language_is_no_sample_of_languages():
    with pytest.raises(ValueError, match="two languages at least, got 1"):
        crossed([[1.0], [2.0]])


@pytest.mark.parametrize("v", [[0.1], [0.1, -0.1], [0.1, float("nan")], [[0.1, 0.1]]])
def test_variances_of_examples_are_one_for_each_language(v):
    with pytest.raises(ValueError, match="v: expected 2 variances"):
        fixed([[1.0, 2.0], [2.0, 3.0]], v)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_is_a_share(level):
    with pytest.raises(ValueError, match="level: expected a number between 0 and 1"):
        fixed([[1.0, 2.0], [2.0, 3.0]]).interval(level)
