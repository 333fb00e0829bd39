import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xtl.statistics import (
    Question,
    ScoreTable,
    contrast,
    curvature,
    gain_per_doubling,
    late_minus_early,
    total_gain,
    weighted,
)
from xtl.statistics.contrasts import WEIGHTS

SIZES = (0, 1000, 2000, 4000, 8000, 16000, 32000)
UNEVEN = (0, 100, 350, 1200, 7000, 9000)

sizes_of_sweeps = st.lists(st.integers(1, 10**6), min_size=4, max_size=8, unique=True).map(
    lambda sizes: [0, *sorted(sizes)]
)


def table(scores, *, sizes=SIZES, intermediates=("de", "en")):
    scores = np.asarray(scores, dtype=float)
    return ScoreTable(
        scores=scores, seeds=tuple(range(len(scores))), langs=tuple(f"l{i}" for i in range(scores.shape[1])),
        sizes=sizes, intermediates=intermediates, task="udpos",
    )  # fmt: skip


def random_table(seed=0):
    return table(np.random.default_rng(seed).normal(60, 5, (3, 4, 7, 2)))


def test_weights_of_six_doublings_are_those_of_the_textbook():
    assert total_gain(SIZES).tolist() == [-1, 0, 0, 0, 0, 0, 1]
    assert gain_per_doubling(SIZES) == pytest.approx(np.array([0, -5, -3, -1, 1, 3, 5]) / 35)
    assert curvature(SIZES) == pytest.approx(np.array([0, 5, -1, -4, -4, -1, 5]) / 56)
    assert late_minus_early(SIZES) == pytest.approx([0, 0.5, 0, -0.5, -0.5, 0, 0.5])


@pytest.mark.parametrize("sizes", [SIZES, UNEVEN])
def test_weights_are_the_coefficients_of_least_squares(sizes):
    x, y = np.log2(sizes[1:]), np.random.default_rng(1).normal(size=len(sizes))
    assert gain_per_doubling(sizes) @ y == pytest.approx(np.polyfit(x, y[1:], 1)[0])
    assert curvature(sizes) @ y == pytest.approx(np.polyfit(x, y[1:], 2)[0])


@given(sizes_of_sweeps, st.floats(-50, 50), st.floats(-10, 10))
def test_a_straight_line_has_its_slope_and_no_bend(sizes, level, slope):
    y = level + slope * np.log2(np.maximum(sizes, 1))
    scale = 1 / np.diff(np.log2(sizes[1:])).min()
    assert gain_per_doubling(sizes) @ y == pytest.approx(slope, abs=1e-9 * scale)
    assert curvature(sizes) @ y == pytest.approx(0, abs=1e-8 * scale**2)
    assert late_minus_early(sizes) @ y == pytest.approx(0, abs=1e-9 * scale)


@given(sizes_of_sweeps)
def test_no_question_answers_to_a_shift_of_all_scores(sizes):
    for question in Question:
        weights = WEIGHTS[question](sizes)
        assert weights.sum() == pytest.approx(0, abs=1e-9 * np.abs(weights).max())


@given(st.lists(st.integers(1, 10_000), min_size=3, max_size=3, unique=True).map(sorted))
def test_of_three_sizes_late_minus_early_has_the_sign_of_the_curvature(sizes):
    late, bend = late_minus_early(sizes), curvature(sizes)
    assert late / late[0] == pytest.approx(bend / bend[0])
    assert late[0] > 0 < bend[0]


@pytest.mark.parametrize(
    ("question", "sizes", "message"),
    [
        (total_gain, (100, 200), "expected 0, the baseline"),
        (total_gain, (0,), "expected at least 1 above 0"),
        (gain_per_doubling, (0, 100), "expected at least 2 above 0"),
        (curvature, (0, 100, 200), "expected at least 3 above 0"),
        (late_minus_early, (0, 100, 200), "expected at least 3 above 0"),
        (curvature, (0, 100, float("nan"), 400), "expected ascending"),
        (curvature, (0, 400, 200, 100), "expected ascending"),
    ],
)
def test_too_few_sizes_are_refused(question, sizes, message):
    with pytest.raises(ValueError, match=message):
        question(sizes)


def test_values_are_one_number_for_each_seed_and_language():
    scores = random_table()
    gain = contrast(scores, Question.TOTAL_GAIN, "de")
    assert gain.values == pytest.approx(scores.scores[:, :, -1, 0] - scores.scores[:, :, 0, 0])
    assert (gain.name, gain.sizes, gain.incomplete) == ("total gain of de", (0, 32000), ())
    bend = contrast(scores, Question.CURVATURE, "de", versus="en")
    difference = scores.scores[..., 0] - scores.scores[..., 1]
    assert bend.values == pytest.approx(difference @ curvature(SIZES))
    assert bend.name == "curvature of de less that of en"


def test_complete_seeds_alone_count_and_the_others_are_named():
    scores = random_table().scores.copy()
    scores[1, 2, 3, 0] = np.nan  # a middle size: the curvature lacks it, the gain does not
    gapped = table(scores)
    assert contrast(gapped, Question.TOTAL_GAIN, "de").seeds == (0, 1, 2)
    bend = contrast(gapped, Question.CURVATURE, "de")
    assert (bend.seeds, bend.incomplete) == ((0, 2), (1,))
    assert bend.values == pytest.approx(scores[[0, 2], :, :, 0] @ curvature(SIZES))


def test_no_complete_seed_is_told_with_the_gaps():
    scores = random_table().scores.copy()
    scores[:, 2, 0, 0] = np.nan
    message = r"total gain of de: expected a seed with all cells .* of udpos, got none of 3; .* \{'l2': 3\}"
    with pytest.raises(ValueError, match=message):
        contrast(table(scores), Question.TOTAL_GAIN, "de")


def test_sizes_that_a_language_lacks_altogether_are_not_asked_of_it():
    scores = random_table().scores.copy()
    scores[:, :, 6, 0] = np.nan
    gapped = table(scores)
    assert contrast(gapped, Question.TOTAL_GAIN, "de").sizes == (0, 16000)
    assert contrast(gapped, Question.CURVATURE, "en", versus="de").sizes == SIZES[1:6]


def test_weights_of_ones_own_have_the_shape_of_the_cells():
    scores = random_table()
    weights = np.zeros((7, 2))
    weights[1, 0], weights[1, 1] = 1, -1
    assert weighted(scores, weights, name="de less en at 1000").values == pytest.approx(
        scores.scores[:, :, 1, 0] - scores.scores[:, :, 1, 1]
    )
    with pytest.raises(ValueError, match=r"shape \(7, 2\), got shape \(2, 7\)"):
        weighted(scores, weights.T, name="")
