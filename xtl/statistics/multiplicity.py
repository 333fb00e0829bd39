"""Many comparisons: p-values adjusted for their number, and ranks that ties share."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from xtl.statistics.arrays import FloatArray, as_floats, check_labels, check_share
from xtl.statistics.intervals import crossed, fixed


@dataclass(frozen=True, kw_only=True, slots=True)
class Rank:
    """Place of one item in a ranking with ties.

    Attributes:
        name: Name of the item.
        mean: Mean of its scores.
        rank: 1 plus the number of items in better groups; items of one group share it.
    """

    name: str
    mean: float
    rank: int


def holm(p_values: ArrayLike) -> FloatArray:
    """Adjust p-values after Holm: those at or below alpha keep the chance of any false claim below alpha.

    In ascending order, adjusted p(i) = max over k <= i of min(1, (n - k + 1) p(k)). Source: S. Holm,
    Scandinavian J. of Statistics 6 (1979).

    Args:
        p_values: p-values of one family, in any order; they may depend on each other.

    Returns:
        Adjusted p-values in the order of the input.

    Raises:
        ValueError: if one does not lie in [0, 1].

    Example:
        >>> holm([0.01, 0.04, 0.03]).round(3).tolist()
        [0.03, 0.06, 0.06]
    """
    p = _as_p_values(p_values)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def benjamini_hochberg(p_values: ArrayLike) -> FloatArray:
    """Adjust p-values after Benjamini and Hochberg: of the claims at or below q, q are false on average.

    For heat maps, where a few false cells do no harm. In ascending order, adjusted
    p(i) = min over k >= i of min(1, n p(k) / k). Source: J. R. Statist. Soc. B 57 (1995).

    Args:
        p_values: P-values of n claims, ``(n,)``, in any order.

    Raises:
        ValueError: if one does not lie in [0, 1].

    Example:
        >>> benjamini_hochberg([0.01, 0.04, 0.03]).round(3).tolist()
        [0.03, 0.04, 0.04]
    """
    p = _as_p_values(p_values)
    order = np.argsort(p, kind="stable")
    stepped = p[order] * len(p) / np.arange(1, len(p) + 1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum.accumulate(stepped[::-1])[::-1]
    return np.minimum(adjusted, 1.0)


def ranked(names: Sequence[str], scores: ArrayLike, *, alpha: float = 0.05) -> list[Rank]:
    """Rank items, the best first; what cannot be told apart shares a rank.

    All pairs are compared by :func:`crossed` (:func:`fixed` for one language) with Holm over the pairs. A
    group ends where each item above is better than each item below.

    Args:
        names: Names of the items, such as intermediate languages.
        scores: Scores of shape (items, seeds, languages), higher being better.
        alpha: Level of the family of all pairs.

    Raises:
        ValueError: if names do not fit the shape, there are fewer than two seeds, or a score is NaN.

    Example:
        >>> scores = [[[70.0], [70.2], [69.9]], [[60.0], [60.1], [60.3]], [[69.9], [70.3], [70.0]]]
        >>> [(item.name, item.rank) for item in ranked(["de", "zh", "fr"], scores)]
        [('fr', 1), ('de', 1), ('zh', 3)]
    """
    check_share(alpha, name="alpha")
    array = as_floats(scores, name="scores")
    if array.ndim != 3 or array.shape[1] < 2 or 0 in array.shape:
        raise ValueError(f"scores: expected shape (items, 2 seeds or more, languages), got {array.shape}")
    check_labels(names, len(array), name="names")
    means = array.mean(axis=(1, 2))
    order = np.argsort(-means, kind="stable")
    pairs = list(combinations(range(len(order)), 2))
    estimate = crossed if array.shape[2] > 1 else fixed
    p = [estimate(array[order[i]] - array[order[k]]).p_value() for i, k in pairs]
    tied = np.eye(len(order), dtype=bool)
    for (i, k), adjusted in zip(pairs, holm([1.0 if value is None else value for value in p]), strict=True):
        tied[i, k] = adjusted > alpha
    ranks: list[Rank] = []
    for place, index in enumerate(order):
        is_new_group = not tied[:place, place:].any()
        rank = place + 1 if is_new_group else ranks[-1].rank
        ranks.append(Rank(name=names[index], mean=float(means[index]), rank=rank))
    return ranks


def _as_p_values(p_values: ArrayLike) -> FloatArray:
    p = as_floats(p_values, name="p_values")
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"p_values: expected numbers in [0, 1] along one axis, got {np.array2string(p)}")
    return p
