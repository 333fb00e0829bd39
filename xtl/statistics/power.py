"""Power: what a plan of seeds and target languages can find, and how many seeds a question needs."""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from xtl.statistics.arrays import FloatArray, check_margin, check_share
from xtl.statistics.components import Components, planned_error, planned_moments
from xtl.statistics.intervals import Scope
from xtl.statistics.variance import Moments

FORMULA_FROM = 10
"""Seeds from which the formula is good; at 3 it may be off by more than 20 points of power."""

FORMULA_LANGS = 9
"""Languages of a sample from which it is good; with 3 it may be off by 20 points, whatever the seeds."""

MOST_SEEDS = 1000
"""Largest number of seeds that is looked for."""

MOST_LANGS = 100
"""Largest number of target languages that is looked for."""

_LANGS_TRIED = (*range(2, 13), 16, 24, 36, 54, 80, MOST_LANGS)


@dataclass(frozen=True, kw_only=True, slots=True)
class SeedsNeeded:
    """Answer to the question how many seeds will do.

    Attributes:
        num_seeds: Smallest number of seeds; ``None`` where no number up to 1,000 will do.
        reason: Answer in words.
    """

    num_seeds: int | None
    reason: str


def minimum_detectable_effect(
    parts: Components, num_seeds: int, num_langs: int, *, alpha: float = 0.05, power: float = 0.8
) -> float:
    """Smallest effect that a plan finds with the power asked for.

        from 10 seeds and 9 languages on: (t(1 - alpha/2) + t(power)) se

    Below, where that may be far off, by 20,000 simulated plans with these components, as
    :func:`planned_power`: an effect shifts their means alone, so that the smallest one is the quantile of
    t(1 - alpha/2) se - mean over the plans without any.

    Args:
        parts: Components of the variance, in points squared.
        num_seeds: Number of seeds.
        num_langs: Number of languages.
        alpha: Level of a two-sided test, in (0, 1).
        power: Chance to find it, in (0, 1).

    Raises:
        ValueError: if alpha or power is no share, or the plan too small.

    Example:
        >>> parts = Components(seeds=0.12, langs=0.18, residual=0.36)
        >>> [round(minimum_detectable_effect(parts, num_seeds, 9), 2) for num_seeds in (3, 10)]
        [1.18, 0.58]
    """
    check_share(alpha, name="alpha")
    check_share(power, name="power")
    se, df = planned_error(parts, num_seeds, num_langs)
    if not _by_formula(parts, num_seeds, num_langs):
        moments = planned_moments(parts, 0.0, num_seeds, num_langs)
        return float(np.quantile(stdtrit(moments.df, 1 - alpha / 2) * moments.se - moments.mean, power))
    return float((stdtrit(df, 1 - alpha / 2) + stdtrit(df, power)) * se)


def planned_power(
    parts: Components,
    effect: float,
    num_seeds: int,
    num_langs: int,
    *,
    margin: float | None = None,
    alpha: float = 0.05,
) -> float:
    """Chance that a plan finds an effect, or shows that it lies within a margin.

    From 10 seeds on, and 9 languages where they are a sample, by formula, P(t > t(1 - alpha/2) - d / se);
    below, where that may be far off, by 20,000 simulated plans with these components.

    Args:
        parts: Variance components.
        effect: True value d of the contrast.
        num_seeds: Number of seeds of the plan.
        num_langs: Number of target languages of the plan.
        margin: Margin m: power of the equivalence test rather than of the test against 0.
        alpha: Level.

    Raises:
        ValueError: if alpha is no share, the margin not above 0, or the plan too small.

    Example:
        >>> parts = Components(seeds=0.3, langs=0.1, residual=0.2)
        >>> round(planned_power(parts, 0.8, 10, 9), 2)
        0.94
    """
    check_share(alpha, name="alpha")
    if margin is not None:
        check_margin(margin)
    se, df = planned_error(parts, num_seeds, num_langs)
    if _by_formula(parts, num_seeds, num_langs):
        return float(_share(Moments(np.asarray(effect), se, df), margin, alpha))
    moments = planned_moments(parts, effect, num_seeds, num_langs)
    return float(_hits(moments, margin, alpha, sign=1.0 if effect >= 0 else -1.0).mean())


def seeds_needed(
    parts: Components,
    effect: float,
    num_langs: int,
    *,
    margin: float | None = None,
    alpha: float = 0.05,
    power: float = 0.8,
) -> SeedsNeeded:
    """Smallest number of seeds with the power asked for.

    Args:
        parts: Variance components, estimated or assumed.
        effect: Effect d to find; with a margin, the true value, 0 as a rule.
        num_langs: Number of target languages.
        margin: Margin m: seeds for the equivalence test rather than for the test against 0.
        alpha: Level.
        power: Chance of success.

    Raises:
        ValueError: if a number is no share, or there are too few languages.

    Example:
        >>> seeds_needed(Components(seeds=0.3, langs=0.1, residual=0.2), 0.8, 9).num_seeds
        7
        >>> seeds_needed(Components(seeds=0.3, langs=9.0, residual=0.2), 0.8, 9).reason
        'needs more target languages: with 9 no number of seeds will do'
    """
    check_share(power, name="power")
    check_share(alpha, name="alpha")
    if margin is not None:
        check_margin(margin)
    elif effect == 0:
        raise ValueError("effect: expected another one than 0, which no number of seeds finds, or a margin")

    def does(num_seeds: int) -> bool:
        reached = planned_power(parts, abs(effect), num_seeds, num_langs, margin=margin, alpha=alpha)
        return reached >= power

    if not does(MOST_SEEDS):
        return _out_of_reach(parts, num_langs)
    # Power rises with seeds, but formula and simulation may differ by a little where they meet.
    smallest = _first_that(does, range(FORMULA_FROM, MOST_SEEDS))
    if smallest == FORMULA_FROM:
        smallest = _first_that(does, range(2, FORMULA_FROM))
    return SeedsNeeded(num_seeds=smallest, reason=f"{smallest} seeds")


def langs_needed(
    parts: Components,
    effect: float,
    num_seeds: int,
    *,
    margin: float | None = None,
    alpha: float = 0.05,
    power: float = 0.8,
) -> int | None:
    """Smallest number of target languages with the power asked for, at a fixed number of seeds.

    Args:
        parts: Variance components of a contrast in languages.
        effect: Effect d to find; with a margin, the true value, 0 as a rule.
        num_seeds: Number of seeds.
        margin: Margin m: languages for the equivalence test rather than for the test against 0.
        alpha: Level.
        power: Chance of success.

    Returns:
        Number of languages; ``None`` where no number up to 100 will do, or where languages are no sample.

    Raises:
        ValueError: if a number is no share, or there are too few seeds.

    Example:
        >>> langs_needed(Components(seeds=0.02, langs=0.5, residual=0.1), 0.5, 10)
        19
    """
    check_share(power, name="power")
    if parts.scope is not Scope.LANGUAGES:
        return None

    def does(num_langs: int) -> bool:
        return planned_power(parts, abs(effect), num_seeds, num_langs, margin=margin, alpha=alpha) >= power

    below = 1
    for num_langs in _LANGS_TRIED:  # in order: with few seeds power falls again where only seeds still count
        if does(num_langs):
            return _first_that(does, range(below + 1, num_langs))
        below = num_langs
    return None


def _by_formula(parts: Components, num_seeds: int, num_langs: int) -> bool:
    """Whether a plan is large enough for the formula; of a fixed set of languages none is estimated."""
    has_langs = parts.scope is not Scope.LANGUAGES or num_langs >= FORMULA_LANGS
    return num_seeds >= FORMULA_FROM and has_langs


def _first_that(does: Callable[[int], bool], numbers: range) -> int:
    """First of rising numbers that does, by halving; the one behind them if none does."""
    return numbers.start + bisect_left(numbers, 1, key=does)


def _out_of_reach(parts: Components, num_langs: int) -> SeedsNeeded:
    by_langs = parts.langs / num_langs
    by_seeds = (parts.seeds + parts.residual / num_langs) / MOST_SEEDS
    if by_langs <= by_seeds:
        return SeedsNeeded(num_seeds=None, reason=f"more than {MOST_SEEDS} seeds")
    reason = (
        f"needs more target languages: with {num_langs} no number of seeds will do"
        if parts.scope is Scope.LANGUAGES
        else "needs more test examples: no number of seeds will do"
    )
    return SeedsNeeded(num_seeds=None, reason=reason)


def _share(moments: Moments, margin: float | None, alpha: float) -> FloatArray:
    """Power by formula, one number for each plan."""
    effect, se, df = moments
    se = np.maximum(se, 1e-300)
    if margin is None:
        return np.asarray(stdtr(df, np.abs(effect) / se - stdtrit(df, 1 - alpha / 2)))
    critical = stdtrit(df, 1 - alpha)
    inside = stdtr(df, (margin - effect) / se - critical) + stdtr(df, (margin + effect) / se - critical)
    return np.asarray(np.maximum(inside - 1, 0.0))


def _hits(moments: Moments, margin: float | None, alpha: float, *, sign: float) -> FloatArray:
    """Whether each simulated plan found what is there: 1 or 0."""
    mean, se, df = moments
    if margin is None:
        return np.asarray(sign * mean > stdtrit(df, 1 - alpha / 2) * se, dtype=np.float64)
    return np.asarray(margin - np.abs(mean) > stdtrit(df, 1 - alpha) * se, dtype=np.float64)
