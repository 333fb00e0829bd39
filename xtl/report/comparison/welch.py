"""Difference of two groups of seeds that share none."""

import numpy as np

from xtl.statistics import Estimate, Scope
from xtl.statistics.arrays import ROUNDING


def welch(before: np.ndarray, after: np.ndarray) -> Estimate:
    """Mean of the second group less that of the first, over seeds, after Welch.

        se^2 = v1 / S1 + v2 / S2,   df = se^4 / ((v1 / S1)^2 / (S1 - 1) + (v2 / S2)^2 / (S2 - 1))

    with v the variance of the seeds' means over languages. It speaks of these languages and these examples
    alone. Source: B. L. Welch, Biometrika 34 (1947).

    Args:
        before: Scores of shape (seeds, languages) of the first group, two seeds at least.
        after: Those of the second one, in the same languages.

    Example:
        >>> estimate = welch(np.array([[1.0], [2.0], [3.0]]), np.array([[3.0], [5.0], [4.0], [8.0]]))
        >>> estimate.value, round(estimate.se, 3), round(estimate.df, 2)
        (3.0, 1.225, 4.42)
    """
    groups = [group.mean(axis=1) for group in (before, after)]
    shares = [float(means.var(ddof=1)) / len(means) for means in groups]
    variance = sum(shares)
    if variance <= ROUNDING**2:
        variance, df = 0.0, float(sum(map(len, groups)) - 2)
    else:
        df = variance**2 / sum(
            share**2 / (len(means) - 1) for share, means in zip(shares, groups, strict=True)
        )
    return Estimate(
        value=float(groups[1].mean() - groups[0].mean()),
        se=float(np.sqrt(variance)),
        df=df,
        scope=Scope.THESE_EXAMPLES,
        num_seeds=min(map(len, groups)),
        num_langs=before.shape[1],
        note="" if variance else "no seed differs from another: did the seed reach the runs?",
    )
