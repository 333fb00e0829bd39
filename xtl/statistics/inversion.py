"""Curves read backwards: made ascending, and the rows at which they reach a score."""

import numpy as np
from numpy.typing import ArrayLike

from xtl.statistics.arrays import ROUNDING, FloatArray, as_floats, as_sizes, check_finite


def isotonic(scores: ArrayLike) -> FloatArray:
    """Nearest ascending sequence along the last axis, in squares, for any number of sequences in one go.

    y[k] = max over a <= k of min over b >= k of mean(scores[a..b]). Source: R. E. Barlow et al., Statistical
    Inference under Order Restrictions (1972), the max-min formula; the same as scipy's isotonic_regression.

    Raises:
        ValueError: if a score is NaN.

    Example:
        >>> isotonic([1.0, 3.0, 2.0, 4.0]).tolist()
        [1.0, 2.5, 2.5, 4.0]
    """
    array = as_floats(scores, name="scores")
    check_finite(array, name="scores")
    count = array.shape[-1]
    sums = np.concatenate([np.zeros((*array.shape[:-1], 1)), array.cumsum(-1)], axis=-1)
    first, last = np.arange(count)[:, None], np.arange(count)[None]
    lengths = np.where(last >= first, last - first + 1, 1)
    means = (sums[..., None, 1:] - sums[..., :-1, None]) / lengths
    means = np.where(last >= first, means, np.inf)  # [..., a, b]
    minima = np.minimum.accumulate(means[..., ::-1], axis=-1)[..., ::-1]  # over b >= k
    minima = np.where(last >= first, minima, -np.inf)
    ascending: FloatArray = minima.max(axis=-2)
    return ascending


def invert_curve(sizes: ArrayLike, curve: ArrayLike, score: ArrayLike) -> FloatArray:
    """Fewest rows at which a curve reaches a score, made ascending and interpolated in log2 of the rows.

    Args:
        sizes: Sizes above 0, ascending, of the last axis of the curve.
        curve: Scores by size, of shape (..., sizes).
        score: Scores to reach, of a shape that goes with (...).

    Returns:
        Numbers of rows; 0 below the smallest size's score, infinity above the largest's: no extrapolation.

    Raises:
        ValueError: if shapes do not fit, or a number is NaN.

    Example:
        >>> invert_curve([100, 200, 400], [60.0, 62.0, 64.0], 63.0).round(1).item()
        282.8
    """
    rows, y = as_sizes(sizes, at_least=2), as_floats(curve, name="curve")
    if rows[0] == 0 or y.shape[-1:] != rows.shape:
        raise ValueError(f"curve: expected a score for each size above 0, got {y.shape} for {rows.tolist()}")
    target = as_floats(score, name="score")
    check_finite(target, name="score")
    shape = np.broadcast_shapes(y.shape[:-1], target.shape)
    y, target = np.broadcast_to(isotonic(y), (*shape, len(rows))), np.broadcast_to(target, shape)[..., None]
    # What rounding has moved out of the range is at its end.
    lowest, largest = y[..., :1], y[..., -1:]
    target = np.where(np.abs(target - largest) <= ROUNDING, largest, target)
    target = np.where(np.abs(target - lowest) <= ROUNDING, lowest, target)
    x = np.log2(rows)
    upper = np.clip((y < target).sum(-1, keepdims=True), 1, len(x) - 1)
    low, high = np.take_along_axis(y, upper - 1, -1), np.take_along_axis(y, upper, -1)
    share = np.clip((target - low) / np.where(high > low, high - low, 1.0), 0, 1)
    reached = 2.0 ** (x[upper - 1] + share * (x[upper] - x[upper - 1]))
    reached = np.where(target < lowest, 0.0, np.where(target > largest, np.inf, reached))
    return np.asarray(reached[..., 0])
