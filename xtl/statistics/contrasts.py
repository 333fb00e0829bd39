"""Contrasts: each question about a sweep as weights on its cells, and one number for each seed and language.

    c[s, l] = sum over sizes k and intermediate languages j of w[k, j] * y[s, l, k, j]

with x_k = log2 of a size. All cells of a contrast are of the same seed, and so paired by it.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from xtl.statistics.arrays import FloatArray, as_floats, as_sizes
from xtl.statistics.table import ScoreTable


class Question(StrEnum):
    """What can be asked of one intermediate language, or of two by their difference."""

    TOTAL_GAIN = "total gain"
    GAIN_PER_DOUBLING = "gain per doubling"
    CURVATURE = "curvature"
    LATE_MINUS_EARLY = "late minus early"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Contrast:
    """A question and its answer for each seed and target language.

    Attributes:
        name: Question in words, such as ``curvature of de less that of en``.
        weights: Weights w[k, j] on the sizes and intermediate languages of the table.
        values: Numbers c[s, l], of shape (complete seeds, languages), in points (or logits) of the score.
        seeds: Seeds that have all cells of the contrast, the labels of the first axis.
        langs: Target languages, the labels of the second axis.
        sizes: Sizes that have a weight.
        incomplete: Seeds that lack a cell, and so do not count.
        scale: ``points`` or ``logits``.
    """

    name: str
    weights: FloatArray
    values: FloatArray
    seeds: tuple[int, ...]
    langs: tuple[str, ...]
    sizes: tuple[int, ...]
    incomplete: tuple[int, ...]
    scale: str


def total_gain(sizes: ArrayLike) -> FloatArray:
    """Weights of the total gain: +1 at the largest size, -1 at size 0.

    Args:
        sizes: Numbers of rows, ascending, ``(K,)``; 0 is the baseline.

    Raises:
        ValueError: if size 0, the baseline, is not among the sizes, or none is above it.

    Example:
        >>> total_gain([0, 100, 200]).tolist()
        [-1.0, 0.0, 1.0]
    """
    rows = as_sizes(sizes)
    if rows[0] != 0:
        raise ValueError(f"sizes: expected 0, the baseline, among them, got {rows.tolist()}")
    weights = np.zeros(len(rows))
    weights[[0, -1]] = -1.0, 1.0
    return weights


def gain_per_doubling(sizes: ArrayLike) -> FloatArray:
    """Weights of the least-squares slope on x = log2 of the sizes above 0: (x - mean x) / sum (x - mean x)^2.

    Args:
        sizes: Numbers of rows, ascending, ``(K,)``; 0 is the baseline.

    Raises:
        ValueError: if fewer than two sizes are above 0.

    Example:
        >>> gain_per_doubling([0, 100, 200]).tolist()
        [0.0, -1.0, 1.0]
    """
    rows = as_sizes(sizes, at_least=2)
    x = _centred_log2(rows)
    return _above_zero(rows, x / (x @ x))


def curvature(sizes: ArrayLike) -> FloatArray:
    """Weights of the coefficient of x^2 in the least-squares parabola on x = log2 of the sizes above 0.

    q / sum q^2, where q is x^2 made orthogonal to 1 and x (Gram-Schmidt). A straight line in log2 has 0;
    below 0, each doubling brings less than the one before: twice the number is the change of the gain per
    doubling from one doubling to the next.

    Args:
        sizes: Numbers of rows, ascending, ``(K,)``; 0 is the baseline.

    Raises:
        ValueError: if fewer than three sizes are above 0.

    Example:
        >>> weights = curvature([0, 1, 2, 4, 8, 16, 32])
        >>> (weights * 5 / weights[-1]).round(9).tolist()
        [0.0, 5.0, -1.0, -4.0, -4.0, -1.0, 5.0]
    """
    rows = as_sizes(sizes, at_least=3)
    x = _centred_log2(rows)
    q = x**2 - (x**2).mean() - x * (x**3).sum() / (x**2).sum()
    weights = q / (q @ q)
    weights[np.abs(weights) < 1e-12 * np.abs(weights).max()] = 0.0
    return _above_zero(rows, weights)


def late_minus_early(sizes: ArrayLike) -> FloatArray:
    """Weights of the mean of the last two steps less the mean of the first two, each a doubling.

    A step is (y[k+1] - y[k]) / (x[k+1] - x[k]), so that a straight line in log2 has 0 whatever the sizes. It
    rests on less of a model than :func:`curvature`, and is noisier. With three sizes, which have two steps,
    it is the last step less the first, and a multiple of the curvature.

    Args:
        sizes: Numbers of rows, ascending, ``(K,)``; 0 is the baseline.

    Raises:
        ValueError: if fewer than three sizes are above 0.

    Example:
        >>> late_minus_early([1, 2, 4, 8, 16, 32]).tolist()
        [0.5, 0.0, -0.5, -0.5, 0.0, 0.5]
    """
    rows = as_sizes(sizes, at_least=3)
    x = _centred_log2(rows)
    steps = np.diff(np.eye(len(x)), axis=0) / np.diff(x)[:, None]
    taken = 2 if len(steps) > 2 else 1
    return _above_zero(rows, steps[-taken:].mean(axis=0) - steps[:taken].mean(axis=0))


WEIGHTS = {
    Question.TOTAL_GAIN: total_gain,
    Question.GAIN_PER_DOUBLING: gain_per_doubling,
    Question.CURVATURE: curvature,
    Question.LATE_MINUS_EARLY: late_minus_early,
}
"""Weights of each question, by sizes."""


def contrast(table: ScoreTable, question: Question, lang: str, *, versus: str | None = None) -> Contrast:
    """Answer a question about one intermediate language in each seed and target language.

    Args:
        table: Scores of one target task.
        question: Question, which decides the weights.
        lang: Intermediate language.
        versus: Second intermediate language, such as English, whose answer is subtracted; the sizes that both
            have count.

    Raises:
        ValueError: if the languages are not in the table, sizes are too few for the question, or no seed has
            all cells.

    Example:
        >>> scores = np.array([50.0, 53.0]).reshape(1, 1, 2, 1)
        >>> table = ScoreTable(
        ...     scores=scores, seeds=(1,), langs=("de",), sizes=(0, 100), intermediates=("en",)
        ... )
        >>> contrast(table, Question.TOTAL_GAIN, "en").values.tolist()
        [[3.0]]
    """
    sizes = [size for size in table.sizes_of(lang) if versus is None or size in table.sizes_of(versus)]
    rows = [table.sizes.index(size) for size in sizes]
    weights = np.zeros(table.scores.shape[2:])
    weights[rows, table.index_of(lang)] += WEIGHTS[question](sizes)
    name = f"{question} of {lang}"
    if versus is not None:
        weights[rows, table.index_of(versus)] -= WEIGHTS[question](sizes)
        name += f" less that of {versus}"
    return weighted(table, weights, name=name)


def weighted(table: ScoreTable, weights: ArrayLike, *, name: str) -> Contrast:
    """Apply weights of one's own, in the complete seeds alone.

    Args:
        table: Scores of one target task.
        weights: Array of shape (sizes, intermediate languages).
        name: Question in words.

    Raises:
        ValueError: if the weights have another shape or no seed has all cells that they touch.
    """
    w = as_floats(weights, name="weights")
    if w.shape != table.scores.shape[2:] or not np.isfinite(w).all():
        raise ValueError(
            f"weights: expected finite ones of shape {table.scores.shape[2:]}, got shape {w.shape}"
        )
    touched = table.scores[:, :, w != 0]
    complete = np.asarray(~np.isnan(touched).any(axis=(1, 2)))
    if not complete.any():
        gaps = np.isnan(touched).any(axis=2).sum(axis=0)
        worst = {lang: int(gap) for lang, gap in zip(table.langs, gaps, strict=True) if gap}
        raise ValueError(
            f"{name}: expected a seed with all cells in all languages of {table.task or 'the table'}, "
            f"got none of {len(table.seeds)}; seeds with gaps by language: {worst}"
        )
    return Contrast(
        name=name,
        weights=w,
        values=touched[complete] @ w[w != 0],
        seeds=tuple(seed for seed, is_complete in zip(table.seeds, complete, strict=True) if is_complete),
        langs=table.langs,
        sizes=tuple(size for size, row in zip(table.sizes, w, strict=True) if row.any()),
        incomplete=tuple(
            seed for seed, is_complete in zip(table.seeds, complete, strict=True) if not is_complete
        ),
        scale=table.scale,
    )


def _centred_log2(rows: FloatArray) -> FloatArray:
    x = np.log2(rows[rows > 0])
    centred: FloatArray = x - x.mean()
    return centred


def _above_zero(rows: FloatArray, weights: FloatArray) -> FloatArray:
    """Weights with 0 at the baseline."""
    return np.concatenate([np.zeros(len(rows) - len(weights)), weights])
