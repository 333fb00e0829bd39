import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from xtl.statistics import ScoreTable
from xtl.statistics.curves import Place, english_equivalents, transfer_exponent
from xtl.statistics.inversion import invert_curve, isotonic

SIZES = (0, 100, 200, 400, 800, 1600)
scores_of_curves = st.lists(st.integers(0, 1000).map(lambda n: n / 10), min_size=2, max_size=7)


def table(english, other, *, noise=0.0, seeds=4, langs=3):
    """Two curves over the same sizes, with noise of each cell."""
    rng = np.random.default_rng(0)
    curves = np.stack([np.asarray(other, dtype=float), np.asarray(english, dtype=float)], axis=-1)
    scores = curves + np.arange(langs)[:, None, None] + noise * rng.normal(size=(seeds, langs, *curves.shape))
    return ScoreTable(
        scores=scores, seeds=tuple(range(seeds)), langs=tuple("abcdefgh"[:langs]), sizes=SIZES,
        intermediates=("de", "en"),
    )  # fmt: skip


@given(scores_of_curves)
def test_ascending_curves_are_those_of_scipy(scores):
    assert isotonic(scores) == pytest.approx(optimize.isotonic_regression(scores).x, abs=1e-9)


def test_many_curves_are_made_ascending_in_one_go():
    y = np.random.default_rng(0).normal(size=(3, 4, 6))
    expected = [[optimize.isotonic_regression(curve).x for curve in curves] for curves in y]
    assert isotonic(y) == pytest.approx(np.array(expected))


def test_inversion_reads_the_curve_backwards_in_doublings():
    sizes, curve = [100, 200, 800], [60.0, 62.0, 66.0]
    assert invert_curve(sizes, curve, 60.0) == pytest.approx(100)
    assert invert_curve(sizes, curve, 62.0) == pytest.approx(200)
    assert invert_curve(sizes, curve, 64.0) == pytest.approx(400)
    assert invert_curve(sizes, curve, 66.0) == pytest.approx(800)


def test_nothing_is_said_beyond_the_measured_sizes():
    assert invert_curve([100, 200], [60.0, 62.0], 59.9) == 0
    assert invert_curve([100, 200], [60.0, 62.0], 62.1) == np.inf


def test_equal_scores_are_within_the_range_whatever_rounding_leaves_of_them():
    curve = [60.0, 62.0, 63.3]
    above, below = 63.3 * (1 + 1e-15), 60.0 * (1 - 1e-15)
    assert above > curve[-1]
    assert invert_curve([100, 200, 400], curve, above) == pytest.approx(400)
    assert invert_curve([100, 200, 400], curve, below) == pytest.approx(100)
    assert invert_curve([100, 200, 400, 800], [1.0, 2.0, 2.0, 2.0], 2.0 + 1e-12) == pytest.approx(200)


def test_a_level_stretch_is_reached_at_its_beginning():
    assert invert_curve([100, 200, 400, 800], [60.0, 62.0, 62.0, 64.0], 62.0) == pytest.approx(200)
    assert invert_curve([100, 200, 400], [62.0, 62.0, 62.0], 62.0) == pytest.approx(100)


@given(scores_of_curves, st.floats(0, 100))
def test_more_score_needs_more_rows(curve, score):
    sizes = 100 * 2.0 ** np.arange(len(curve))
    fewer, more = invert_curve(sizes, curve, score), invert_curve(sizes, curve, score + 1)
    assert fewer <= more
    if 0 < fewer < np.inf:
        ascending = isotonic(curve)
        reached = np.interp(np.log2(fewer), np.log2(sizes), ascending)
        assert reached == pytest.approx(score, abs=1e-6)


def test_equivalent_sizes_of_half_as_good_a_language_are_half():
    english = np.array([50.0, 60, 62, 64, 66, 68])
    equivalents = english_equivalents(table(english, english - 2), "de")
    assert [item.size for item in equivalents] == list(SIZES[1:])
    assert equivalents[0].english.place is Place.BELOW
    assert equivalents[0].ratio is equivalents[0].english.rows is None
    assert [item.ratio for item in equivalents[1:]] == pytest.approx([0.5] * 4)
    better = english_equivalents(table(english, english + 2), "de")
    assert better[-1].english.place is Place.ABOVE
    assert [item.ratio for item in better[:-1]] == pytest.approx([2.0] * 4)


def test_intervals_are_over_seeds_and_may_reach_beyond_the_sizes():
    english = np.array([50.0, 60, 62, 64, 66, 68])
    equivalents = english_equivalents(table(english, english - 2, noise=0.8), "de")
    middle = equivalents[2]
    assert middle.low.rows < middle.english.rows < middle.high.rows
    assert equivalents[1].low.place is Place.BELOW
    again = english_equivalents(table(english, english - 2, noise=0.8), "de")
    assert again == equivalents


def test_the_exponent_of_a_language_that_falls_behind_is_below_one():
    x = np.log2(np.array(SIZES[1:]) / 100)
    english = np.array([50.0, *(60 + 2 * x)])
    other = np.array([50.0, *(61 + 1.2 * x)])  # n_en = 100 * 2^(0.5 + 0.6 x)
    law = transfer_exponent(table(english, other), "de")
    assert law.alpha.value == pytest.approx(0.6)
    assert law.by_seed == pytest.approx([0.6] * 4)
    assert law.k == pytest.approx(100**0.4 * 2**0.5)
    assert (law.too_few, law.beyond) == ((), 0)


def test_the_interval_of_the_exponent_is_the_t_interval_of_seeds():
    english = np.array([50.0, 60, 62, 64, 66, 68])
    law = transfer_exponent(table(english, english - 1, noise=0.5), "de")
    reference = stats.ttest_1samp(law.by_seed, 0).confidence_interval(0.95)
    interval = law.alpha.interval()
    assert (interval.low, interval.high) == pytest.approx((reference.low, reference.high))


def test_seeds_with_too_few_measured_sizes_do_not_count():
    english = np.array([50.0, 60, 62, 64, 66, 68])
    scores = table(english, english - 1).scores.copy()
    scores[2, :, 3:, 0] += 50
    law = transfer_exponent(
        ScoreTable(
            scores=scores, seeds=(5, 6, 7, 8), langs=("a", "b", "c"), sizes=SIZES, intermediates=("de", "en")
        ),
        "de",
    )
    assert law.too_few == (7,)
    assert len(law.by_seed) == 3
    assert law.beyond == 3  # the smallest size of each
    with pytest.raises(
        ValueError, match="a seed with 3 sizes whose score lies inside the range of en's, got 0"
    ):
        transfer_exponent(table(english, english + 50), "de")


def test_one_seed_has_an_exponent_without_an_interval():
    english = np.array([50.0, 60, 62, 64, 66, 68])
    law = transfer_exponent(table(english, english - 1, seeds=1), "de")
    assert law.alpha.value == pytest.approx(1)
    assert law.alpha.interval() is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0, 100], [1.0, 2.0], 1.0), "at least 2 above 0"),
        (([0, 100, 200], [1.0, 2.0, 3.0], 1.0), "for each size above 0"),
        (([100, 200], [1.0, 2.0, 3.0], 1.0), "for each size above 0"),
        (([100, 200], [1.0, float("nan")], 1.0), "finite"),
        (([100, 200], [1.0, 2.0], float("nan")), "finite"),
    ],
)
def test_what_cannot_be_inverted_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        invert_curve(*arguments)


def test_no_complete_seed_is_refused():
    scores = table(np.zeros(6), np.zeros(6)).scores.copy()
    scores[:, 0, 1:, 0] = np.nan
    gapped = ScoreTable(
        scores=scores, seeds=(5, 6, 7, 8), langs=("a", "b", "c"), sizes=SIZES, intermediates=("de", "en")
    )
    with pytest.raises(ValueError, match="a seed with all cells of de and en, got none"):
        english_equivalents(gapped, "de")
    with pytest.raises(ValueError, match="got 'xx'"):
        english_equivalents(gapped, "xx")
    with pytest.raises(ValueError, match="level"):
        english_equivalents(gapped, "de", level=95)


def test_one_seed_has_sizes_without_intervals():
    english = np.array([50.0, 60, 62, 64, 66, 68])
    for item in english_equivalents(table(english, english - 1, seeds=1), "de"):
        assert (item.low, item.high, item.num_seeds) == (None, None, 1)
    assert english_equivalents(table(english, english - 1), "de")[0].num_seeds == 4


def test_more_sizes_are_advised_only_where_the_curve_of_english_rises():
    english = np.array([50.0, 60, 62, 64, 66, 68])
    with pytest.raises(ValueError, match="the sizes of en must reach further"):
        transfer_exponent(table(english, english + 50), "de")
    falling = np.array([50.0, 60, 59, 58, 57, 56])
    with pytest.raises(ValueError, match="the curve of en does not rise, so that more sizes"):
        transfer_exponent(table(falling, falling + 50), "de")
