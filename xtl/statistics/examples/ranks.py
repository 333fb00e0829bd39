"""Correlations of ranks under draws of examples, without sorting each draw anew.

An example that a draw has w times is w equal values. Values are sorted once; the mean rank of a value is then
the weight of all smaller ones and half of its own, which is a cumulative sum over the sorted examples.
"""

import numpy as np
from numpy.typing import NDArray

from xtl.statistics.arrays import FloatArray

Weights = NDArray[np.floating]

_BLOCK = 2**18
"""Numbers of one block of draws: all steps on it stay in the processor's cache, which halves the time."""

Indices = NDArray[np.intp]


def rank_correlations(values: FloatArray, weights: Weights) -> FloatArray:
    """Spearman's correlation times 100 of each draw of each cell, ``(draws, cells)``; 0 where undefined.

    Args:
        values: Two numbers of each example of each cell, ``(cells, examples, 2)``.
        weights: How often each draw has each example, ``(draws, examples)``; their precision is that of all
            steps. Ranks are exact in 32 bits up to 4 million examples, correlations to 0.001 points.

    Example:
        >>> values = np.array([[[1.0, 2.0], [2.0, 4.0], [30.0, 6.0]]])
        >>> rank_correlations(values, np.ones((1, 3))).round(6).tolist()
        [[100.0]]
    """
    num_draws, num_examples = weights.shape
    is_same_gold = np.append(False, (values[1:, :, 1] == values[:-1, :, 1]).all(axis=1))
    sorted_values = [[_Order.of(cell[:, side]) for side in (0, 1)] for cell in values]
    scores = np.zeros((num_draws, len(values)))
    step = max(1, _BLOCK // num_examples)
    for start in range(0, num_draws, step):
        # Draws on the last axis: an example's row then lies in one piece, and taking rows is a copy.
        block = np.ascontiguousarray(weights[start : start + step].T)
        for index, (predicted_order, gold_order) in enumerate(sorted_values):
            if not is_same_gold[index]:
                gold = gold_order.centred_ranks(block)
                weighted_gold = block * gold
                spread_gold = np.einsum("ij,ij->j", weighted_gold, gold)
            predicted = predicted_order.centred_ranks(block)
            both = np.einsum("ij,ij->j", weighted_gold, predicted)
            predicted *= predicted
            spread = np.sqrt(spread_gold * np.einsum("ij,ij->j", block, predicted))
            correlation = np.where(spread > 0, both / np.where(spread > 0, spread, 1.0), 0.0)
            scores[start : start + step, index] = 100.0 * correlation
    return np.clip(scores, -100.0, 100.0)


class _Order:
    """Order of a column's values, and where its different values begin."""

    def __init__(self, order: Indices, starts: Indices) -> None:
        self._order, self._starts = order, starts
        self._place = np.empty_like(order)
        lengths = np.diff(starts, append=len(order))
        self._place[order] = np.repeat(np.arange(len(starts)), lengths)

    @classmethod
    def of(cls, column: FloatArray) -> "_Order":
        order = np.argsort(column, kind="stable")
        return cls(order, np.flatnonzero(np.diff(column[order], prepend=np.nan) != 0))

    def centred_ranks(self, weights: Weights) -> Weights:
        """Mean rank of each example in each draw, less the mean of all ranks, ``(examples, draws)``."""
        by_value = weights[self._order]
        if len(self._starts) < len(self._order):
            by_value = np.add.reduceat(by_value, self._starts, axis=0)
        middle = np.cumsum(by_value, axis=0)
        # The mean rank of a draw is half of its weight, counted from 0.
        total = middle[-1] / 2
        by_value *= 0.5
        middle -= by_value
        middle -= total
        return middle[self._place]
