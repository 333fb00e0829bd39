"""Resampling of examples: how much of a contrast is owed to the sentences that are in the test set."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from xtl.statistics.arrays import FloatArray, as_floats, check_finite
from xtl.statistics.contrasts import Contrast
from xtl.statistics.table import ScoreTable

Metric = Callable[[FloatArray], FloatArray]
"""Score of summed counts: an array (..., counts) in, an array (...) out, in points."""

MIN_DRAWS = 1000
"""Smallest number of draws."""

_BLOCK = 2**21
"""Numbers of one block of draws: memory stays small, and a block is one matrix product."""


def resampled_variance(
    counts: ArrayLike,
    metric: Metric,
    weights: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    draws: int = MIN_DRAWS,
    seed: int = 0,
) -> float:
    """Variance v[l] of one language's contrast, mean over seeds, under resampling of its examples.

        v = Var over draws of sum_k w[k] * mean_s metric(sum_i n[i] * counts[s, k, i])

    n[i] is how often a draw has example i. One draw serves all cells of the language, since all are scored on
    the same examples, and the metric is computed anew from the sums: F1 is no mean over sentences. Source:
    the cluster bootstrap, A. C. Davison and D. V. Hinkley, Bootstrap Methods (1997), section 3.8.

    Args:
        counts: Counts of shape (seeds, cells, examples, counts), such as true positives, false positives and
            false negatives of each sentence.
        metric: Function from summed counts to the score.
        weights: Weights of the contrast, one for each cell: ``contrast.weights[contrast.weights != 0]``.
        groups: Group of each example, such as the paragraph of a question; examples of one group stay
            together. Without it each example is a group.
        draws: Number of draws, at least 1,000.
        seed: Seed of the draws; the same for all contrasts of a language.

    Raises:
        ValueError: if shapes do not fit, a count is NaN, there are fewer than two groups or 1,000 draws, or
            the metric's result has another shape or is no number.

    Example:
        >>> right = np.array([1, 0, 1, 1, 0, 1, 1, 1, 0, 1.0])
        >>> counts = np.stack([right, np.ones(10)], axis=-1)[None, None]
        >>> accuracy = lambda sums: 100 * sums[..., 0] / sums[..., 1]
        >>> v = resampled_variance(counts, accuracy, [1.0], draws=4000)
        >>> round(v / (100 * 100 * 0.7 * 0.3 / 10), 1)  # p (1 - p) / n
        1.0
    """
    array, w = as_floats(counts, name="counts"), as_floats(weights, name="weights")
    if array.ndim != 4 or 0 in array.shape:
        raise ValueError(f"counts: expected shape (seeds, cells, examples, counts), got {array.shape}")
    check_finite(array, name="counts")
    if w.shape != array.shape[1:2]:
        raise ValueError(f"weights: expected {array.shape[1]}, one for each cell, got shape {w.shape}")
    if draws < MIN_DRAWS:
        raise ValueError(f"draws: expected {MIN_DRAWS} at least, got {draws}")
    grouped = _sum_by_group(array, groups)
    num_groups, *cell_shape = grouped.shape
    columns = grouped.reshape(num_groups, -1)
    rng = np.random.default_rng(seed)
    contrasts = []
    for start in range(0, draws, step := max(1, _BLOCK // num_groups)):
        times = draw_times(rng, min(step, draws - start), num_groups)
        sums = (times @ columns).reshape(len(times), *cell_shape)
        scores = np.asarray(metric(sums))
        if scores.shape != sums.shape[:-1] or not np.isfinite(scores).all():
            raise ValueError(
                f"metric: expected finite scores of shape {sums.shape[:-1]}, got shape {scores.shape}; where "
                "counts may sum to 0, the metric must say what the score is"
            )
        contrasts.append(scores.mean(axis=1) @ w)
    return float(np.concatenate(contrasts).var(ddof=1))


def drawn_variance(table: ScoreTable, contrast: Contrast) -> FloatArray:
    """Variances v[l] of a contrast, mean over seeds, over the draws that come with a table.

        c[d, l] = mean_s sum_kj w[k, j] * draws[d, s, l, k, j]
        v[l]    = f * Var_d c[d, l],    f = Var_d (sum_l c[d, l]) / sum_l Var_d c[d, l]

    The same as :func:`resampled_variance` where the scores of the draws are known: ``example_variance`` of
    ``judge``, and v of :func:`xtl.statistics.fixed`. f is 1 but for noise where each language has draws of
    its own. Where one draw of rows serves languages whose rows are translations of each other, their noise
    is shared, and sum_l v[l] / L^2 is what it makes the mean over languages vary by. Source: as there.

    Args:
        table: Scores with their draws, in points or logits.
        contrast: Contrast of the same table.

    Raises:
        ValueError: if the table has no draws, or they lack a cell of the contrast.

    Example:
        >>> from xtl.statistics import Question, contrast
        >>> draws = np.array([[50.0, 52.0], [50.0, 54.0], [50.0, 56.0]]).reshape(3, 1, 1, 2, 1)
        >>> table = ScoreTable(
        ...     scores=draws[1], seeds=(1,), langs=("de",), sizes=(0, 100), intermediates=("en",), draws=draws
        ... )
        >>> drawn_variance(table, contrast(table, Question.TOTAL_GAIN, "en")).tolist()  # of 2, 4, 6
        [4.0]
    """
    if table.draws is None:
        raise ValueError(f"table: expected draws of the scores of {table.task or 'the table'}, got none")
    rows = [table.seeds.index(seed) for seed in contrast.seeds]
    is_touched = contrast.weights != 0
    drawn = table.draws[:, rows][..., is_touched].mean(axis=1) @ contrast.weights[is_touched]
    check_finite(drawn, name="draws")
    variances: FloatArray = drawn.var(axis=0, ddof=1)
    total = float(variances.sum())
    return variances * (float(drawn.sum(axis=1).var(ddof=1)) / total) if total > 0 else variances


def _sum_by_group(counts: FloatArray, groups: ArrayLike | None) -> FloatArray:
    """Counts of shape (groups, seeds, cells, counts)."""
    num_examples = counts.shape[2]
    labels = np.arange(num_examples) if groups is None else np.asarray(groups)
    if labels.shape != (num_examples,):
        raise ValueError(f"groups: expected {num_examples}, one for each example, got shape {labels.shape}")
    names, index = np.unique(labels, return_inverse=True)
    if len(names) < 2:
        raise ValueError(f"groups: expected two at least, got {len(names)} for {num_examples} example(s)")
    by_example = counts.transpose(2, 0, 1, 3)
    if groups is None:
        return by_example
    sums = np.zeros((len(names), *by_example.shape[1:]))
    np.add.at(sums, index, by_example)
    return sums


def draw_times(rng: np.random.Generator, draws: int, num_groups: int) -> FloatArray:
    """How often each draw has each group, an array of shape (draws, groups)."""
    picks = rng.integers(num_groups, size=(draws, num_groups)) + num_groups * np.arange(draws)[:, None]
    times = np.bincount(picks.ravel(), minlength=draws * num_groups)
    return times.reshape(draws, num_groups).astype(np.float64)
