"""Intervals of a contrast: in languages (crossed random effects), or in these languages (fixed)."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from xtl.statistics.arrays import ROUNDING, FloatArray, as_contrast_values, as_floats, check_share
from xtl.statistics.variance import Moments, crossed_moments, fixed_moments


class Scope(StrEnum):
    """What an interval speaks of; a report says it beside each."""

    LANGUAGES = "in languages"
    THESE_LANGUAGES = "in these languages"
    THESE_EXAMPLES = "in these languages, on these examples"


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """Range of a contrast's true value.

    Attributes:
        low: Lower end.
        high: Upper end.
        level: Level, such as 0.95.
    """

    low: float
    high: float
    level: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """Mean of a contrast, and how well it is known.

    Attributes:
        value: Mean over seeds and languages, in points (or logits) of the score.
        se: Standard error; ``None`` for one seed.
        df: Degrees of freedom of t; ``None`` for one seed.
        scope: What the interval speaks of.
        num_seeds: Number of seeds.
        num_langs: Number of target languages.
        note: What a reader must know beside the numbers: that one seed has no interval, or that no seed
            differs from another.
    """

    value: float
    se: float | None
    df: float | None
    scope: Scope
    num_seeds: int
    num_langs: int
    note: str = ""

    def interval(self, level: float = 0.95) -> Interval | None:
        """Range value +- t(df) * se; ``None`` for one seed.

        Raises:
            ValueError: if the level does not lie between 0 and 1.
        """
        check_share(level, name="level")
        if self.se is None or self.df is None:
            return None
        half = float(special.stdtrit(self.df, (1 + level) / 2)) * self.se
        return Interval(low=self.value - half, high=self.value + half, level=level)

    def p_value(self, null: float = 0.0) -> float | None:
        """Two-sided p-value against a true value of ``null``; ``None`` for one seed."""
        above, below = self.p_above(null), self.p_below(null)
        return None if above is None or below is None else min(1.0, 2 * min(above, below))

    def p_above(self, null: float = 0.0) -> float | None:
        """One-sided p-value for the claim that the true value lies above ``null``."""
        return None if self.df is None else float(special.stdtr(self.df, -self._t(null)))

    def p_below(self, null: float = 0.0) -> float | None:
        """One-sided p-value for the claim that the true value lies below ``null``."""
        return None if self.df is None else float(special.stdtr(self.df, self._t(null)))

    def _t(self, null: float) -> float:
        distance = self.value - null
        if self.se:
            return distance / self.se
        # Without any variation, what rounding leaves of equal scores is no difference.
        return 0.0 if abs(distance) <= ROUNDING else float(np.copysign(np.inf, distance))


def crossed(values: ArrayLike) -> Estimate:
    """Estimate in languages: target languages are a sample of languages.

        g +- t(df) se,   se^2 = V / (S L),   V = max(MSs + MSl - MSe, MSs, MSl)
        df = max(V^2 / (MSs^2/(S-1) + MSl^2/(L-1) + MSe^2/((S-1)(L-1))), 1)

    The mean squares of seeds, languages and their interaction, :func:`xtl.statistics.variance.mean_squares`;
    degrees of freedom after Satterthwaite (1946), as in R's lmerTest. The noise of a language's examples
    is shared by its seeds and so is part of MSl: nothing need be resampled. A 95 % interval holds the true
    value in 94 to 96 % from 5 seeds on, in 92 to 96 % at 3 (least where seeds and languages vary as much as
    each other), and in more where only their interaction varies.

    Args:
        values: Values c[s, l] of a contrast.

    Raises:
        ValueError: if the shape is not (seeds, languages), a value is NaN, or there is one language.

    Example:
        >>> estimate = crossed([[1.0, 2.0, 3.0], [2.0, 3.0, 4.0], [1.0, 4.0, 4.0]])
        >>> round(estimate.value, 3), round(estimate.se, 3), round(estimate.df, 3)
        (2.667, 0.745, 2.521)
    """
    array = as_contrast_values(values)
    if array.shape[1] < 2:
        raise ValueError(
            "c: expected two languages at least, got 1, which is no sample of languages; use fixed(), which "
            "speaks of this language alone"
        )
    moments = crossed_moments(array) if len(array) > 1 else None
    return _estimate(array, moments, Scope.LANGUAGES)


def fixed(values: ArrayLike, example_variance: ArrayLike | None = None) -> Estimate:
    """Estimate in these languages alone, over seeds and, if their variance is passed, over examples.

        a = MSs / (S L),   se^2 = a + sum_l v[l] / L^2,   df = max(se^4 / (a^2 / (S - 1)), 1)

    Without v, this is the one-sample t over the seeds' means. A 95 % interval holds the true value in 92 to
    95 % at 3 seeds, in 94 to 95 % from 5 on.

    Args:
        values: Values c[s, l] of a contrast.
        example_variance: Variance v[l] of the mean over seeds of c[:, l] under resampling of the language's
            examples (:func:`xtl.statistics.resampled_variance`), one for each language. Without it the
            interval speaks of these examples alone.

    Raises:
        ValueError: if the shape is not (seeds, languages), a value is NaN, or v is not one number, 0 or more,
            for each language.

    Example:
        >>> estimate = fixed([[1.0, 2.0, 3.0], [2.0, 3.0, 4.0], [1.0, 4.0, 4.0]], [0.1, 0.1, 0.1])
        >>> round(estimate.value, 3), round(estimate.se, 3), round(estimate.df, 3)
        (2.667, 0.38, 3.38)
    """
    array = as_contrast_values(values)
    v = np.zeros(array.shape[1]) if example_variance is None else as_floats(example_variance, name="v")
    if v.shape != array.shape[1:] or not np.isfinite(v).all() or (v < 0).any():
        raise ValueError(
            f"v: expected {array.shape[1]} variances, one for each language, got {np.array2string(v)}"
        )
    scope = Scope.THESE_EXAMPLES if example_variance is None else Scope.THESE_LANGUAGES
    moments = fixed_moments(array, v) if len(array) > 1 else None
    return _estimate(array, moments, scope)


def _estimate(values: FloatArray, moments: Moments | None, scope: Scope) -> Estimate:
    num_seeds, num_langs = values.shape
    if moments is None:
        se, df, note = None, None, "one seed: no interval; a second one would give it"
    else:
        se, df = float(moments.se), float(moments.df)
        is_one = bool((values == values[0]).all())
        note = "no seed differs from another: did the seed reach the runs?" if is_one else ""
    mean = float(values.mean())
    return Estimate(
        value=mean, se=se, df=df, scope=scope, num_seeds=num_seeds, num_langs=num_langs, note=note
    )
