"""Formulas: how columns of counts per example become a metric, for any number of draws in one go.

All but one add up over examples, so that draws are one product of two matrices; ranks have to be found anew
in each draw.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from xtl.statistics.arrays import FloatArray
from xtl.statistics.examples.ranks import rank_correlations


class Kind(StrEnum):
    """What is computed, and from which columns, in their order."""

    MEAN = "mean"
    """Mean of a score in points: value."""
    SHARE = "share"
    """Share in points: right, total; without a total, each example is one."""
    F1 = "f1"
    """F1 of sums: right, predicted, gold."""
    MACRO_F1 = "macro_f1"
    """Mean over classes of their F1: predicted, gold, as whole numbers from 0."""
    MATTHEWS = "matthews"
    """Correlation of Matthews times 100: predicted, gold, as whole numbers from 0."""
    PEARSON = "pearson"
    """Linear correlation times 100: predicted, gold."""
    SPEARMAN = "spearman"
    """Correlation of ranks times 100: predicted, gold."""


@dataclass(frozen=True, slots=True)
class Formula:
    """How one metric comes from counts.

    Attributes:
        kind: What is computed.
        columns: Columns that it is computed from, in the order that the kind says.
    """

    kind: Kind
    columns: tuple[str, ...]


def weighted_scores(
    kind: Kind, values: FloatArray, times: FloatArray, groups: NDArray[np.int64]
) -> FloatArray:
    """Score of each draw of each cell, ``(draws, cells)``.

    Args:
        kind: What is computed.
        values: Columns of each cell, ``(cells, examples, columns)``.
        times: How often each draw has each group, ``(draws, groups)``.
        groups: Group of each example, whole numbers from 0.
    """
    if kind is Kind.SPEARMAN:
        # Draws need no more than 0.001 points, and half of the time; the score itself is exact.
        precision = np.float64 if len(times) == 1 else np.float32
        return rank_correlations(values, times[:, groups].astype(precision))
    parts, score = _SUMS[kind]
    additive = parts(values)
    num_cells, _, num_sums = additive.shape
    by_group = additive.transpose(1, 0, 2)
    if times.shape[1] < len(by_group):
        by_group = np.zeros((times.shape[1], num_cells, num_sums))
        np.add.at(by_group, groups, additive.transpose(1, 0, 2))
    sums = times @ by_group.reshape(len(by_group), num_cells * num_sums)
    return score(sums.reshape(len(times), num_cells, num_sums))


def _share_parts(values: FloatArray) -> FloatArray:
    total = values[..., 1] if values.shape[-1] > 1 else np.ones(values.shape[:-1])
    return np.stack([100.0 * values[..., 0], total], axis=-1)


def _mean_parts(values: FloatArray) -> FloatArray:
    return np.stack([values[..., 0], np.ones(values.shape[:-1])], axis=-1)


def _class_parts(values: FloatArray) -> FloatArray:
    """Right, predicted and gold of each class, one class behind the other."""
    classes = np.arange(values.max(initial=0) + 1)
    predicted, gold = (values[..., side, None] == classes for side in (0, 1))
    counts = np.stack([predicted & gold, predicted, gold], axis=-1)
    return counts.reshape(*counts.shape[:-2], -1).astype(np.float64)


def _moments(values: FloatArray) -> FloatArray:
    # The means off first: sums of raw products would lose the digits of values far from 0.
    count = max(values.shape[1], 1)
    predicted, gold = np.moveaxis(values - values.sum(axis=1, keepdims=True) / count, -1, 0)
    products = (predicted**2, gold**2, predicted * gold)
    return np.stack([np.ones_like(gold), predicted, gold, *products], axis=-1)


def _ratio(sums: FloatArray) -> FloatArray:
    return _divided(sums[..., 0], sums[..., 1])


def _f1(sums: FloatArray) -> FloatArray:
    return _divided(200.0 * sums[..., 0], sums[..., 1] + sums[..., 2])


def _macro_f1(sums: FloatArray) -> FloatArray:
    right, predicted, gold = _by_class(sums)
    number = ((predicted + gold) > 0).sum(axis=-1)
    return _divided(_divided(200.0 * right, predicted + gold).sum(axis=-1), number.astype(np.float64))


def _matthews(sums: FloatArray) -> FloatArray:
    right, predicted, gold = _by_class(sums)
    total = gold.sum(axis=-1)
    spread = (total**2 - (predicted**2).sum(axis=-1)) * (total**2 - (gold**2).sum(axis=-1))
    above = right.sum(axis=-1) * total - (predicted * gold).sum(axis=-1)
    return _divided(100.0 * above, np.sqrt(np.maximum(spread, 0.0)))


def _pearson(sums: FloatArray) -> FloatArray:
    n, first, second, squares_first, squares_second, products = np.moveaxis(sums, -1, 0)
    spread_first = n * squares_first - first**2
    spread_second = n * squares_second - second**2
    # A draw of equal values has no spread but that of rounding.
    spread_first = np.where(spread_first > 1e-12 * n * squares_first, spread_first, 0.0)
    spread_second = np.where(spread_second > 1e-12 * n * squares_second, spread_second, 0.0)
    correlation = _divided(n * products - first * second, np.sqrt(spread_first * spread_second))
    return np.clip(100.0 * correlation, -100.0, 100.0)


def _by_class(sums: FloatArray) -> FloatArray:
    return np.moveaxis(sums.reshape(*sums.shape[:-1], -1, 3), -1, 0)


def _divided(above: FloatArray, below: FloatArray) -> FloatArray:
    """Quotient; 0 where there is nothing to divide by, as the metrics have it."""
    return np.where(below > 0, above / np.where(below > 0, below, 1.0), 0.0)


_Parts = Callable[[FloatArray], FloatArray]

_SUMS: Mapping[Kind, tuple[_Parts, _Parts]] = {
    Kind.MEAN: (_mean_parts, _ratio),
    Kind.SHARE: (_share_parts, _ratio),
    Kind.F1: (lambda values: values, _f1),
    Kind.MACRO_F1: (_class_parts, _macro_f1),
    Kind.MATTHEWS: (_class_parts, _matthews),
    Kind.PEARSON: (_moments, _pearson),
}
"""What adds up over examples, ``(cells, examples, columns)`` to ``(cells, examples, sums)``, and the score of
sums, ``(..., sums)`` to ``(...)``."""
