"""Variance components of a contrast, and the standard error that a plan of seeds and languages will have."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from xtl.statistics.arrays import FloatArray, as_contrast_values, as_floats
from xtl.statistics.intervals import Scope
from xtl.statistics.variance import MeanSquares, Moments, crossed_of, fixed_of, mean_squares

RUNS = 20_000
"""Number of simulated plans."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Components:
    """Variance components of a contrast.

    Attributes:
        seeds: s2_S, variance between seeds.
        langs: s2_L, variance between languages; in these languages alone, the mean of v, the variance that
            each one's examples bring.
        residual: s2_E, variance of the interaction.
        scope: What the interval will speak of.
    """

    seeds: float
    langs: float
    residual: float
    scope: Scope = Scope.LANGUAGES


def components(values: ArrayLike, *, example_variance: ArrayLike | None = None) -> Components:
    """Estimate the variance components of a contrast; those below 0 are 0.

        s2_S = max(0, (MSs - MSe) / L)    s2_L = max(0, (MSl - MSe) / S)    s2_E = MSe

    Args:
        values: Values c[s, l] of a contrast. One language has no interaction, and all is between seeds.
        example_variance: Variances v[l] for a plan of intervals in these languages alone, see
            :func:`xtl.statistics.fixed`.

    Raises:
        ValueError: if there are fewer than two seeds, the shape is another one, or a value is NaN.

    Example:
        >>> parts = components([[1.0, 2.0], [3.0, 6.0]])
        >>> parts.seeds, parts.langs, parts.residual
        (4.0, 1.5, 1.0)
    """
    array = as_contrast_values(values)
    num_seeds, num_langs = array.shape
    if num_seeds < 2:
        raise ValueError(
            "c: expected two seeds at least, got 1, which says nothing of the variance between seeds"
        )
    seeds, langs, residual = (float(square) for square in mean_squares(array))
    if example_variance is not None or num_langs == 1:
        v = as_floats(0.0 if example_variance is None else example_variance, name="v")
        between, scope = float(v.mean()), Scope.THESE_LANGUAGES
    else:
        between, scope = max(0.0, (langs - residual) / num_seeds), Scope.LANGUAGES
    return Components(
        seeds=max(0.0, (seeds - residual) / num_langs), langs=between, residual=residual, scope=scope
    )


def planned_error(parts: Components, num_seeds: ArrayLike, num_langs: int) -> tuple[FloatArray, FloatArray]:
    """Standard error and degrees of freedom of a plan, or of many numbers of seeds in one go.

        se^2 = s2_S / S' + s2_L / L' + s2_E / (S' L')

    with Satterthwaite's degrees of freedom at the expected mean squares.

    Args:
        parts: Components of the variance, in points squared.
        num_seeds: Number of seeds, or several of them.
        num_langs: Number of languages.

    Raises:
        ValueError: if seeds are fewer than two, or languages than two where they are a sample.

    Example:
        >>> se, df = planned_error(Components(seeds=0.12, langs=0.18, residual=0.36), 3, 9)
        >>> round(float(se), 4), round(float(df), 2)
        (0.2708, 3.42)
    """
    S = as_floats(num_seeds, name="num_seeds")
    is_sample = parts.scope is Scope.LANGUAGES
    if (S < 2).any() or num_langs < (2 if is_sample else 1):
        raise ValueError(
            f"plan: expected two seeds and two languages at least, got {S.tolist()} and {num_langs}"
        )
    variance = parts.seeds / S + parts.langs / num_langs + parts.residual / (S * num_langs)
    seeds = (num_langs * parts.seeds + parts.residual) / (S * num_langs)  # mean squares by S' L'
    spread = seeds**2 / (S - 1)
    if is_sample:
        langs = (S * parts.langs + parts.residual) / (S * num_langs)
        residual = parts.residual / (S * num_langs)
        spread = spread + langs**2 / (num_langs - 1) + residual**2 / ((S - 1) * (num_langs - 1))
    df = np.where(spread > 0, variance**2 / np.where(spread > 0, spread, 1.0), S - 1)
    return np.sqrt(variance), np.maximum(df, 1.0)


def planned_moments(
    parts: Components, effect: float, num_seeds: int, num_langs: int, *, runs: int = RUNS, seed: int = 0
) -> Moments:
    """Moments of simulated plans, whose values are normal with these components; one number a plan each.

        MSs ~ (L s2_S + s2_E) chi2(S-1) / (S-1)    MSl ~ (S s2_L + s2_E) chi2(L-1) / (L-1)
        MSe ~ s2_E chi2((S-1)(L-1)) / ((S-1)(L-1))    mean ~ N(d, s2_S / S + s2_L / L + s2_E / (S L))

    and all four are independent (W. G. Cochran, Proc. Cambridge Phil. Soc. 30 (1934)), so that no table is
    drawn.

    Args:
        parts: Components of the variance, in points squared.
        effect: True value d.
        num_seeds: Number S of seeds.
        num_langs: Number L of languages.
        runs: Number of plans.
        seed: Seed of the draws.
    """
    rng = np.random.default_rng(seed)
    se, _ = planned_error(parts, num_seeds, num_langs)
    mean = effect + se * rng.standard_normal(runs)

    def drawn(expected: float, df: int) -> FloatArray:
        return np.asarray(expected * rng.chisquare(df, runs) / df)

    seeds = drawn(num_langs * parts.seeds + parts.residual, num_seeds - 1)
    if parts.scope is not Scope.LANGUAGES:
        return fixed_of(mean, seeds, np.full(num_langs, parts.langs), num_seeds, num_langs)
    langs = drawn(num_seeds * parts.langs + parts.residual, num_langs - 1)
    residual = drawn(parts.residual, (num_seeds - 1) * (num_langs - 1))
    return crossed_of(mean, MeanSquares(seeds, langs, residual), num_seeds, num_langs)
