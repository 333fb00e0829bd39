"""Curves against English: how many English examples would have done the same.

After Hernandez et al. 2021 (arXiv 2102.01293), who measure the effective data transferred by losses.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from xtl.statistics.arrays import FloatArray, check_share
from xtl.statistics.intervals import Estimate, fixed
from xtl.statistics.inversion import invert_curve
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
        low: Lower end of its interval; ``None`` for one seed.
        high: Upper end of its interval; ``None`` for one seed.
        level: Level of the interval, over draws of seeds; with few seeds it is too narrow.
        ratio: n_en / n; ``None`` beyond the measured sizes.
        num_seeds: Number of seeds that have all cells of both languages.
    """

    size: int
    english: EnglishSize
    low: EnglishSize | None
    high: EnglishSize | None
    level: float
    ratio: float | None
    num_seeds: int


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


def english_equivalents(
    table: ScoreTable, lang: str, *, english: str = "en", level: float = 0.95, seed: int = 0
) -> list[Equivalent]:
    """English-equivalent size of each size of a language, on the mean over target languages.

    n_en(n): English's mean curve, made ascending and inverted at the language's mean score; interval: the
    same over 2,000 draws of seeds with replacement, one draw for both languages. Sizes of fewer than three
    complete seeds do not count where most of their language have three.

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
                low=_placed(float(ends[0])) if num_seeds > 1 else None,
                high=_placed(float(ends[1])) if num_seeds > 1 else None,
                level=level,
                ratio=rows / size if 0 < rows < np.inf else None,
                num_seeds=num_seeds,
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
            f"{english}'s, got {int(is_measured.sum(1).max())}; {_advice(curves, english)}"
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
    table = table.without_sparse_sizes()
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


def _advice(curves: _Curves, english: str) -> str:
    """What would bring more scores into the range of English's."""
    mean = curves.english.mean(0)
    if mean[-1] > mean[0]:
        return f"the sizes of {english} must reach further"
    return f"the curve of {english} does not rise, so that more sizes of it would not help"


def _placed(rows: float) -> EnglishSize:
    if 0 < rows < np.inf:
        return EnglishSize(rows=rows, place=Place.MEASURED)
    return EnglishSize(rows=None, place=Place.BELOW if rows == 0 else Place.ABOVE)
