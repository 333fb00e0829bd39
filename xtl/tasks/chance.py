"""Chance: what a task scores that has learned nothing, against which a phase is seen to have trained or not.

One definition for every task: the best score that is reached without a look at what differs between the
examples, such as one and the same answer for all of them. A phase stayed at chance if its validation score is
no higher than that score may be by luck, two standard errors above it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import sqrt
from typing import Any

_ERRORS = 2.0
"""Standard errors above chance that may be luck: in about one phase of forty they are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Chance:
    """Score of a task that has learned nothing.

    Attributes:
        score: Expected score, in points.
        bound: Highest score that may still be luck, in points.
    """

    score: float
    bound: float


def chance_of_share(score: float, count: int) -> Chance:
    """Chance of a share of right answers, or of a mean of such.

    The bound is the upper end of Wilson's interval (1927), which is above 0 for a score of 0 too::

        (p + z^2 / 2n + z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n),  z = 2

    Args:
        score: Expected score, in points.
        count: Number of answers n, at least one.

    Example:
        >>> round(chance_of_share(50.0, 396).bound, 6)
        55.0
        >>> round(chance_of_share(0.0, 196).bound, 6)
        2.0
    """
    p, z2 = score / 100, _ERRORS**2
    spread = _ERRORS * sqrt(p * (1 - p) / count + z2 / (4 * count**2))
    bound = (p + z2 / (2 * count) + spread) / (1 + z2 / count)
    return Chance(score=score, bound=100 * bound)


def chance_of_correlation(count: int) -> Chance:
    """Chance of a correlation, 0, whose standard error is 1 / sqrt(n - 1) where nothing correlates.

    Args:
        count: Number of pairs n.

    Example:
        >>> chance_of_correlation(401)
        Chance(score=0.0, bound=10.0)
    """
    return Chance(score=0.0, bound=100 * min(1.0, _ERRORS / sqrt(max(count - 1, 1))))


def best_constant(score: Callable[[Any], float], answers: Iterable[Any]) -> float:
    """Best score that one answer for all examples reaches.

    Args:
        score: Function of an answer that gives its score if all examples get it.
        answers: All answers, at least one.
    """
    return max(map(score, answers))
