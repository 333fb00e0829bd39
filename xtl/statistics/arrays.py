"""Arrays that the statistics take, and checks that say what was expected and what came."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

ROUNDING = 1e-10
"""Deviations below it are no variation but rounding: scores lie in [0, 100], logits in [-8, 8]."""

_FEWEST_SEEDS = 3
"""Seeds that a size needs to count where most sizes have as many."""


def sparse_sizes(counts: Mapping[int, int]) -> dict[int, int]:
    """Sizes of fewer than three seeds beside a majority of sizes that have three, and their seeds.

    A few cells that ran ahead of the others, or are of another grid, would leave a curve without seeds. Where
    half of the sizes or more have fewer, it would be left without sizes: then all count.

    Args:
        counts: Number of complete seeds of each size above 0.

    Example:
        >>> sparse_sizes({100: 5, 200: 5, 400: 1}), sparse_sizes({100: 3, 200: 2, 400: 2})
        ({400: 1}, {})
    """
    sparse = {size: count for size, count in counts.items() if count < _FEWEST_SEEDS}
    return sparse if 2 * len(sparse) < len(counts) else {}


def as_contrast_values(values: ArrayLike, *, name: str = "c") -> FloatArray:
    """Array of shape (seeds, languages), without gaps.

    Args:
        values: One number for each seed and target language.
        name: Name of the argument, for the message.

    Raises:
        ValueError: if it has another shape, is empty, or holds NaN or infinity.

    Example:
        >>> as_contrast_values([[1, 2, 3]]).shape
        (1, 3)
    """
    array = as_floats(values, name=name)
    if array.ndim != 2 or 0 in array.shape:
        raise ValueError(f"{name}: expected an array of shape (seeds, languages), got shape {array.shape}")
    check_finite(array, name=name)
    return array


def as_sizes(sizes: ArrayLike, *, at_least: int = 1, name: str = "sizes") -> FloatArray:
    """Sizes in rows, ascending, each one once.

    Args:
        sizes: Numbers of rows; 0 is the baseline without intermediate data.
        at_least: Smallest number of sizes above 0.
        name: Name of the argument, for the message.

    Raises:
        ValueError: if they are not ascending, negative, or too few of them are above 0.

    Example:
        >>> as_sizes([0, 100, 200], at_least=2).tolist()
        [0.0, 100.0, 200.0]
    """
    array = as_floats(sizes, name=name)
    if array.ndim != 1 or not np.isfinite(array).all() or (array < 0).any() or (np.diff(array) <= 0).any():
        raise ValueError(f"{name}: expected ascending numbers of rows, 0 or more, got {array.tolist()}")
    if (array > 0).sum() < at_least:
        raise ValueError(f"{name}: expected at least {at_least} above 0, got {array.tolist()}")
    return array


def as_floats(values: ArrayLike, *, name: str) -> FloatArray:
    """Array of 64-bit floats.

    Raises:
        ValueError: if the values are no numbers, or rows of different lengths.
    """
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: expected an array of numbers, got {type(values).__name__}") from error


def check_finite(array: FloatArray, *, name: str) -> None:
    """Refuse NaN and infinity.

    Raises:
        ValueError: with the first place that holds one.
    """
    gaps = np.argwhere(~np.isfinite(array))
    if len(gaps):
        first = tuple(gaps[0].tolist())
        raise ValueError(
            f"{name}: expected finite numbers, got {array[first]} at index {first} ({len(gaps)} in all); "
            "leave incomplete seeds out, as xtl.statistics.contrast does"
        )


def check_share(value: float, *, name: str) -> None:
    """Refuse what does not lie between 0 and 1, such as a level in per cent.

    Raises:
        ValueError: with what came.
    """
    if not 0 < value < 1:
        raise ValueError(f"{name}: expected a number between 0 and 1, got {value}")


def check_margin(value: float, *, name: str = "margin") -> None:
    """Refuse a margin that is not above 0.

    Raises:
        ValueError: with what came.
    """
    if not (np.isfinite(value) and value > 0):
        raise ValueError(f"{name}: expected a number above 0, in the unit of the contrast, got {value}")


def check_labels(labels: Sequence[object], count: int, *, name: str) -> None:
    """Refuse labels of an axis that are not one for each index, each one once.

    Raises:
        ValueError: with the labels and the length of the axis.
    """
    if len(labels) != count or len(set(labels)) != count:
        raise ValueError(f"{name}: expected {count} different labels, one for each index, got {labels!r}")
