from dataclasses import replace

import numpy as np
import pytest

from xtl.statistics import Question, ScoreTable, contrast, drawn_variance, resampled_variance


def f1(sums):
    right, wrong, missed = np.moveaxis(sums, -1, 0)
    return 100 * 2 * right / np.maximum(2 * right + wrong + missed, 1)


def accuracy(sums):
    return 100 * sums[..., 0] / sums[..., 1]


def counts_of(seed=0, shape=(2, 2, 200)):
    return np.random.default_rng(seed).integers(0, 4, (*shape, 3)).astype(float)


def test_the_variance_is_that_of_slow_resampling():
    counts, weights, draws = counts_of(), np.array([1.0, -1.0]), 4000
    rng = np.random.default_rng(9)
    examples = rng.integers(200, size=(draws, 200))
    sums = np.stack([counts[:, :, drawn].sum(axis=2) for drawn in examples], axis=2)
    slow = (weights[:, None] * f1(sums).mean(axis=0)).sum(axis=0)
    v = resampled_variance(counts, f1, weights, draws=draws)
    assert v == pytest.approx(np.var(slow), rel=0.1)  # each has an error of 2 %


def test_one_draw_serves_all_cells_so_that_equal_cells_differ_by_nothing():
    counts = np.repeat(counts_of(shape=(2, 1, 50)), 2, axis=1)
    assert resampled_variance(counts, f1, [1.0, -1.0]) == pytest.approx(0, abs=1e-20)
    assert resampled_variance(counts, f1, [1.0, 0.0]) > 1


def test_seeds_share_their_examples_so_that_equal_seeds_are_no_more_certain():
    counts = counts_of(shape=(1, 1, 50))
    several = np.repeat(counts, 5, axis=0)
    assert resampled_variance(several, f1, [1.0]) == pytest.approx(resampled_variance(counts, f1, [1.0]))


def test_questions_of_one_paragraph_stay_together():
    """Ten equal questions a paragraph are worth one: the variance is that of the paragraphs."""
    right = np.random.default_rng(0).integers(0, 2, 40).astype(float)
    one = np.stack([right, np.ones(40)], axis=-1)[None, None]
    ten = np.repeat(one, 10, axis=2)
    groups = np.repeat([f"p{index:02}" for index in range(40)], 10)
    grouped = resampled_variance(ten, accuracy, [1.0], groups=groups)
    assert grouped == pytest.approx(resampled_variance(one, accuracy, [1.0]))
    assert resampled_variance(ten, accuracy, [1.0]) == pytest.approx(grouped / 10, rel=0.15)


def test_draws_are_the_same_for_the_same_seed_however_they_are_cut_into_blocks(monkeypatch):
    counts = counts_of()
    expected = resampled_variance(counts, f1, [1.0, -1.0], seed=3)
    assert resampled_variance(counts, f1, [1.0, -1.0], seed=3) == expected
    assert resampled_variance(counts, f1, [1.0, -1.0], seed=4) != expected
    monkeypatch.setattr("xtl.statistics.resampling._BLOCK", 200 * 7)
    assert resampled_variance(counts, f1, [1.0, -1.0], seed=3) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"counts": np.zeros((2, 3, 4))}, r"shape \(seeds, cells, examples, counts\), got \(2, 3, 4\)"),
        ({"counts": np.full((1, 2, 5, 3), np.nan)}, "finite numbers, got nan"),
        ({"weights": [1.0]}, "weights: expected 2"),
        ({"draws": 100}, "draws: expected 1000 at least, got 100"),
        ({"groups": [1, 2]}, "groups: expected 200, one for each example"),
        ({"groups": [1] * 200}, "groups: expected two at least, got 1"),
        ({"metric": lambda sums: sums.sum()}, "metric: expected finite scores of shape"),
        ({"metric": lambda sums: sums[..., 0] * np.nan}, "metric: expected finite scores"),
    ],
)
def test_what_cannot_be_resampled_is_refused(arguments, message):
    settings = {"counts": counts_of(), "metric": f1, "weights": [1.0, -1.0], **arguments}
    with pytest.raises(ValueError, match=message):
        resampled_variance(
            settings.pop("counts"), settings.pop("metric"), settings.pop("weights"), **settings
        )


def test_draws_of_a_table_give_the_variance_on_both_scales():
    rng = np.random.default_rng(3)
    draws = 70 + rng.normal(0, 1, (3000, 2, 2, 3, 1))
    table = ScoreTable(
        scores=np.full((2, 2, 3, 1), 70.0), draws=draws, seeds=(1, 2), langs=("a", "b"), sizes=(0, 10, 20),
        intermediates=("de",),
    )  # fmt: skip
    gain = contrast(table, Question.TOTAL_GAIN, "de")
    # Two cells of two seeds: (1 + 1) / 2.
    assert drawn_variance(table, gain) == pytest.approx([1.0, 1.0], rel=0.1)
    logits = table.logits()
    slope = 1 / (100 * 0.7 * 0.3)
    on_logits = drawn_variance(logits, contrast(logits, Question.TOTAL_GAIN, "de"))
    assert on_logits == pytest.approx([slope**2] * 2, rel=0.1)
    second = table.select(["b"])
    assert drawn_variance(second, contrast(second, Question.TOTAL_GAIN, "de")).shape == (1,)


@pytest.mark.parametrize("shared", [0.0, 0.5, 1.0])
def test_noise_that_languages_share_is_part_of_the_variance_of_their_mean(shared):
    """Rows that are translations of each other are drawn together: their luck does not average out."""
    rng = np.random.default_rng(4)
    common, own = rng.normal(0, 2, (4000, 1, 1, 2, 1)), rng.normal(0, 2, (4000, 1, 5, 2, 1))
    draws = 70 + np.sqrt(shared) * common + np.sqrt(1 - shared) * own
    table = ScoreTable(
        scores=np.full((1, 5, 2, 1), 70.0), draws=draws, seeds=(1,), langs=tuple("abcde"), sizes=(0, 10),
        intermediates=("de",),
    )  # fmt: skip
    v = drawn_variance(table, contrast(table, Question.TOTAL_GAIN, "de"))
    # A gain has the noise of two cells: 2 * 2^2 = 8 in a language.
    assert v.sum() / 5**2 == pytest.approx(8 * (shared + (1 - shared) / 5), rel=0.1)
    still = replace(table, draws=np.full((5, 1, 5, 2, 1), 70.0))
    assert drawn_variance(still, contrast(still, Question.TOTAL_GAIN, "de")).tolist() == [0.0] * 5


def test_tables_without_draws_or_with_gaps_are_refused():
    table = ScoreTable(
        scores=np.full((1, 1, 2, 1), 70.0), seeds=(1,), langs=("a",), sizes=(0, 10), intermediates=("de",)
    )
    gain = contrast(table, Question.TOTAL_GAIN, "de")
    with pytest.raises(ValueError, match="expected draws"):
        drawn_variance(table, gain)
    with pytest.raises(ValueError, match="expected finite numbers"):
        drawn_variance(replace(table, draws=np.full((5, 1, 1, 2, 1), np.nan)), gain)
    with pytest.raises(ValueError, match="draws: expected shape"):
        replace(table, draws=np.zeros((5, 1, 1, 1, 1)))
