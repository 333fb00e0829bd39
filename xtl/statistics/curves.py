"""Curves against English: how many English examples would have done the same.

After Hernandez et al. 2021 (arXiv 2102.01293), who measure the effective data transferred by losses.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from xtl.statistics.arrays import FloatArray, as_floats, as_sizes, check_finite, check_share
from xtl.statistics.intervals import Estimate, fixed
from xtl.statistics.table import ScoreTable

_DRAWS = 2000
_MIN_SIZES = 3


class Place(StrEnum):
    """Where an English-equivalent size lies; beyond the measured sizes nothing is said of it."""

    MEASURED = "measured"
    BELOW = "below the smallest"
    ABOVE = "above the largest"


@dataclass(frozen=True, kw_only=True, slots=True)
class EnglishSize:
    """English-equivalent size.

    Attributes:
        rows: Number of English rows; ``None`` beyond the measured sizes.
        place: Where it lies.
    """

    rows: float | None
    place: Place


@dataclass(frozen=True, kw_only=True, slots=True)
class Equivalent:
    """English-equivalent size of one size of another language.

    Attributes:
        size: Rows n of the language.
        english: English rows with the same score, n_en(n).
        low: Lower end of its interval.
        high: Upper end of its interval.
        level: Level of the interval, over draws of seeds; with few seeds it is too narrow.
        ratio: n_en / n; ``None`` beyond the measured sizes.
    """

    size: int
    english: EnglishSize
    low: EnglishSize
    high: EnglishSize
    level: float
    ratio: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class TransferExponent:
    """Power law n_en = k n^alpha; alpha below 1 is diminishing against English.

    Attributes:
        alpha: Exponent, mean over seeds, with a t interval.
        k: Factor, geometric mean over seeds.
        by_seed: Exponent of each seed that counts.
        too_few: Seeds with fewer than three sizes inside English's range, which do not count.
        beyond: Number of points that lie beyond the measured sizes, in the seeds that count; they are left
            out, so that alpha speaks of the range of English's scores.
    """

    alpha: Estimate
    k: float
    by_seed: tuple[float, ...]
    too_few: tuple[int, ...]
    beyond: int


def isotonic(scores: ArrayLike) -> FloatArray:
    """Nearest ascending sequence along the last axis, in squares, for any number of sequences in one go.

    y[k] = max over a <= k of min over b >= k of mean(scores[a..b]). Source: R. E. Barlow et al., Statistical
    Inference under Order Restrictions (1972), the max-min formula; the same as scipy's isotonic_regression.

    Raises:
        ValueError: if a score is NaN.

    Example:
        >>> isotonic([1.0, 3.0, 2.0, 4.0]).tolist()
        [1.0, 2.5, 2.5, 4.0]
    """
    array = as_floats(scores, name="scores")
    check_finite(array, name="scores")
    count = array.shape[-1]
    sums = np.concatenate([np.zeros((*array.shape[:-1], 1)), array.cumsum(-1)], axis=-1)
    first, last = np.arange(count)[:, None], np.arange(count)[None]
    lengths = np.where(last >= first, last - first + 1, 1)
    means = (sums[..., None, 1:] - sums[..., :-1, None]) / lengths
    means = np.where(last >= first, means, np.inf)  # [..., a, b]
    minima = np.minimum.accumulate(means[..., ::-1], axis=-1)[..., ::-1]  # over b >= k
    minima = np.where(last >= first, minima, -np.inf)
    ascending: FloatArray = minima.max(axis=-2)
    return ascending


def invert_curve(sizes: ArrayLike, curve: ArrayLike, score: ArrayLike) -> FloatArray:
    """Fewest rows at which a curve reaches a score, made ascending and interpolated in log2 of the rows.

    Args:
        sizes: Sizes above 0, ascending, of the last axis of the curve.
        curve: Scores by size, of shape (..., sizes).
        score: Scores to reach, of a shape that goes with (...).

    Returns:
        Numbers of rows; 0 below the smallest size's score, infinity above the largest's: no extrapolation.

    Raises:
        ValueError: if shapes do not fit, or a number is NaN.

    Example:
        >>> invert_curve([100, 200, 400], [60.0, 62.0, 64.0], 63.0).round(1).item()
        282.8
    """
    rows, y = as_sizes(sizes, at_least=2), as_floats(curve, name="curve")
    if rows[0] == 0 or y.shape[-1:] != rows.shape:
        raise ValueError(f"curve: expected a score for each size above 0, got {y.shape} for {rows.tolist()}")
    target = as_floats(score, name="score")
    check_finite(target, name="score")
    shape = np.broadcast_shapes(y.shape[:-1], target.shape)
    y, target = np.broadcast_to(isotonic(y), (*shape, len(rows))), np.broadcast_to(target, shape)[..., None]
    x = np.log2(rows)
    upper = np.clip((y < target).sum(-1, keepdims=True), 1, len(x) - 1)
    low, high = np.take_along_axis(y, upper - 1, -1), np.take_along_axis(y, upper, -1)
    share = np.clip((target - low) / np.where(high > low, high - low, 1.0), 0, 1)
    reached = 2.0 ** (x[upper - 1] + share * (x[upper] - x[upper - 1]))
    reached = np.where(target < y[..., :1], 0.0, np.where(target > y[..., -1:], np.inf, reached))
    return np.asarray(reached[..., 0])


def english_equivalents(
    table: ScoreTable, lang: str, *, english: str = "en", level: float = 0.95, seed: int = 0
) -> list[Equivalent]:
    """English-equivalent size of each size of a language, on the mean over target languages.

    n_en(n): English's mean curve, made ascending and inverted at the language's mean score; interval: the
    same over 2,000 draws of seeds with replacement, one draw for both languages.

    Args:
        table: Scores of one target task.
        lang: Intermediate language.
        english: Intermediate language that it is measured in.
        level: Level of the intervals.
        seed: Seed of the draws.

    Raises:
        ValueError: if a language is not in the table, no seed is complete, or English has one size alone.
    """
    check_share(level, name="level")
    curves = _paired_curves(table, lang, english)
    num_seeds = len(curves.seeds)
    draws = np.random.default_rng(seed).integers(num_seeds, size=(_DRAWS, num_seeds))
    means = curves.english.mean(0), curves.lang.mean(0)
    drawn = curves.english[draws].mean(1), curves.lang[draws].mean(1)
    equivalents = []
    for index, size in enumerate(curves.lang_sizes):
        rows = float(invert_curve(curves.english_sizes, means[0], means[1][index]))
        draws_of_size = invert_curve(curves.english_sizes, drawn[0], drawn[1][:, index])
        ends = np.quantile(draws_of_size, [(1 - level) / 2, (1 + level) / 2], method="inverted_cdf")
        equivalents.append(
            Equivalent(
                size=size,
                english=_placed(rows),
                low=_placed(float(ends[0])),
                high=_placed(float(ends[1])),
                level=level,
                ratio=rows / size if 0 < rows < np.inf else None,
            )
        )
    return equivalents


def transfer_exponent(table: ScoreTable, lang: str, *, english: str = "en") -> TransferExponent:
    """Exponent of log n_en = log k + alpha log n: least squares in each seed, a t interval over seeds.

    Raises:
        ValueError: if a language is not in the table, no seed is complete, or none has three sizes whose
            score lies inside the range of English's.
    """
    curves = _paired_curves(table, lang, english)
    rows = invert_curve(curves.english_sizes, curves.english[:, None], curves.lang)
    is_measured = (rows > 0) & np.isfinite(rows)
    counts = is_measured.sum(1) >= _MIN_SIZES
    if not counts.any():
        raise ValueError(
            f"{lang}: expected a seed with {_MIN_SIZES} sizes whose score lies inside the range of "
            f"{english}'s, got {int(is_measured.sum(1).max())}; the sizes of {english} must reach further"
        )
    weight = is_measured[counts].astype(np.float64)
    x = np.log2(np.array(curves.lang_sizes, dtype=np.float64))
    y = np.log2(np.where(is_measured, rows, 1.0))[counts]
    total = weight.sum(1)
    x_mean, y_mean = (weight * x).sum(1) / total, (weight * y).sum(1) / total
    x_centred = weight * (x - x_mean[:, None])
    alpha = (x_centred * y).sum(1) / (x_centred**2).sum(1)
    return TransferExponent(
        alpha=fixed(alpha[:, None]),
        k=float(2 ** (y_mean - alpha * x_mean).mean()),
        by_seed=tuple(alpha.tolist()),
        too_few=tuple(seed for seed, does in zip(curves.seeds, counts, strict=True) if not does),
        beyond=int((weight == 0).sum()),
    )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Curves:
    """Curves of two languages by complete seed, means over target languages."""

    seeds: tuple[int, ...]
    english: FloatArray
    english_sizes: tuple[int, ...]
    lang: FloatArray
    lang_sizes: tuple[int, ...]


def _paired_curves(table: ScoreTable, lang: str, english: str) -> _Curves:
    sizes = {code: tuple(n for n in table.sizes_of(code) if n > 0) for code in (english, lang)}
    by_lang = {
        code: table.scores[:, :, [table.sizes.index(n) for n in sizes[code]], table.index_of(code)]
        for code in sizes
    }
    complete = ~np.logical_or.reduce([np.isnan(scores).any(axis=(1, 2)) for scores in by_lang.values()])
    if not complete.any():
        raise ValueError(f"{lang}: expected a seed with all cells of {lang} and {english}, got none")
    means = {code: scores[complete].mean(axis=1) for code, scores in by_lang.items()}
    return _Curves(
        seeds=tuple(seed for seed, is_complete in zip(table.seeds, complete, strict=True) if is_complete),
        english=means[english],
        english_sizes=sizes[english],
        lang=means[lang],
        lang_sizes=sizes[lang],
    )


def _placed(rows: float) -> EnglishSize:
    if 0 < rows < np.inf:
        return EnglishSize(rows=rows, place=Place.MEASURED)
    return EnglishSize(rows=None, place=Place.BELOW if rows == 0 else Place.ABOVE)
