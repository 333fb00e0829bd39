"""Mean squares and variance components of contrast values, over any number of tables in one go.

The model of c[s, l] is a two-way one without replication, seeds and languages crossed and both drawn:

    c[s, l] = mu + seed[s] + lang[l] + residual[s, l]

One seed's model is scored in all languages, so its luck is shared by them; a language's difficulty and the
noise of its examples are shared by its seeds.
"""

from typing import NamedTuple

import numpy as np

from xtl.statistics.arrays import ROUNDING, FloatArray


class MeanSquares(NamedTuple):
    """Mean squares, an array each over the leading axes.

    Attributes:
        seeds: MSs; its expectation is L s2_S + s2_E.
        langs: MSl; its expectation is S s2_L + s2_E; 0 for one language.
        residual: MSe; its expectation is s2_E; 0 for one language.
    """

    seeds: FloatArray
    langs: FloatArray
    residual: FloatArray


class Moments(NamedTuple):
    """What a t interval needs, an array each over the leading axes.

    Attributes:
        mean: Estimate, the mean over seeds and languages.
        se: Standard error.
        df: Degrees of freedom after Satterthwaite, at least 1.
    """

    mean: FloatArray
    se: FloatArray
    df: FloatArray


def mean_squares(values: FloatArray) -> MeanSquares:
    """Mean squares of c[..., s, l]; two seeds at least.

        MSs = L sum_s (m_s - g)^2 / (S - 1)    MSl = S sum_l (k_l - g)^2 / (L - 1)
        MSe = sum_sl (c - m_s - k_l + g)^2 / ((S - 1)(L - 1))

    Example:
        >>> [float(square) for square in mean_squares(np.array([[1.0, 2.0], [3.0, 6.0]]))]
        [9.0, 4.0, 1.0]
    """
    num_seeds, num_langs = values.shape[-2:]
    seed_means, lang_means = values.mean(-1, keepdims=True), values.mean(-2, keepdims=True)
    mean = values.mean((-2, -1), keepdims=True)
    seed_part, lang_part = seed_means - mean, lang_means - mean
    residual = values - mean - seed_part - lang_part
    df = num_seeds - 1, max(num_langs - 1, 1)
    return MeanSquares(
        seeds=num_langs * _squares(seed_part) / df[0],
        langs=num_seeds * _squares(lang_part) / df[1],
        residual=_squares(residual) / (df[0] * df[1]),
    )


def crossed_moments(values: FloatArray) -> Moments:
    """Mean, standard error and degrees of freedom with languages drawn; two seeds and two languages at least.

        V  = max(MSs + MSl - MSe, MSs, MSl)    se^2 = V / (S L)
        df = V^2 / (MSs^2 / (S-1) + MSl^2 / (L-1) + MSe^2 / ((S-1)(L-1)))

    Source: expected mean squares of the model above; F. E. Satterthwaite, Biometrics Bulletin 2 (1946).
    """
    return crossed_of(values.mean((-2, -1)), mean_squares(values), *values.shape[-2:])


def crossed_of(mean: FloatArray, squares: MeanSquares, num_seeds: int, num_langs: int) -> Moments:
    """Moments with languages drawn, of means and mean squares; see :func:`crossed_moments`."""
    seeds, langs, residual = squares
    variance = np.maximum(np.maximum(seeds + langs - residual, seeds), langs)
    variance = np.where(variance > 0, variance, residual)  # margins that are exactly 0 are no certainty
    df_seeds, df_langs = num_seeds - 1, num_langs - 1
    spread = seeds**2 / df_seeds + langs**2 / df_langs + residual**2 / (df_seeds * df_langs)
    df = _ratio(variance**2, spread, otherwise=min(df_seeds, df_langs))
    return Moments(mean, np.sqrt(variance / (num_seeds * num_langs)), np.maximum(df, 1))


def fixed_moments(values: FloatArray, example_variance: FloatArray) -> Moments:
    """Mean, standard error and degrees of freedom in these languages alone; two seeds at least.

        a = MSs / (S L)    se^2 = a + sum_l v[l] / L^2    df = se^4 / (a^2 / (S - 1))

    Args:
        values: Values c[..., s, l].
        example_variance: Variance v[l] of the mean over seeds of c[:, l] under resampling of examples.
    """
    seed_squares = mean_squares(values).seeds
    return fixed_of(values.mean((-2, -1)), seed_squares, example_variance, *values.shape[-2:])


def fixed_of(
    mean: FloatArray, seed_squares: FloatArray, example_variance: FloatArray, num_seeds: int, num_langs: int
) -> Moments:
    """Moments in these languages alone, of means and mean squares of seeds; see :func:`fixed_moments`."""
    seed_part = seed_squares / (num_seeds * num_langs)
    variance = seed_part + example_variance.sum() / num_langs**2
    df = _ratio(variance**2, seed_part**2 / (num_seeds - 1), otherwise=num_seeds - 1)
    return Moments(mean, np.sqrt(variance), np.maximum(df, 1))


def _squares(parts: FloatArray) -> FloatArray:
    """Sum of squares of deviations, those of rounding being none."""
    squares: FloatArray = (np.where(np.abs(parts) > ROUNDING, parts, 0.0) ** 2).sum((-2, -1))
    return squares


def _ratio(above: FloatArray, below: FloatArray, *, otherwise: int) -> FloatArray:
    """Quotient, or a fixed number where both are 0; large where only the part of the seeds is."""
    is_zero = below <= 0
    quotient = above / np.where(is_zero, 1.0, below)
    return np.where(is_zero, np.where(above > 0, 1e9, float(otherwise)), quotient)
