"""Scores of predicted classes and numbers: pure functions, results in [0, 100] or [-100, 100]."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from xtl.types import CLASSIFICATION_METRICS, REGRESSION_METRICS

Classes = Sequence[Hashable]


Numbers = Sequence[float]

_Value = TypeVar("_Value")


def accuracy(predicted: Classes, gold: Classes) -> float:
    """Share of right predictions, in [0, 100]; 0 where there is nothing to predict.

    Args:
        predicted: Predicted classes, by name or by index.
        gold: Right classes, as many.

    Raises:
        ValueError: if the lengths differ.

    Example:
        >>> accuracy(["a", "b", "b", "b"], ["a", "b", "b", "a"])
        75.0
    """
    predicted, gold = _aligned(predicted, gold)
    return 100.0 * sum(map(_equal, predicted, gold)) / max(len(gold), 1)


def f1(predicted: Classes, gold: Classes, *, positive: Hashable) -> float:
    """F1 of one class, in [0, 100]; 0 where it is neither predicted nor there.

    Args:
        predicted: Predicted classes, by name or by index.
        gold: Right classes, as many.
        positive: The class, such as ``1`` of paraphrases.

    Raises:
        ValueError: if the lengths differ.

    Example:
        >>> round(f1([1, 1, 0, 0], [1, 0, 0, 1], positive=1), 1)
        50.0
    """
    predicted, gold = _aligned(predicted, gold)
    right = sum(guess == truth == positive for guess, truth in zip(predicted, gold, strict=True))
    num_predicted = sum(guess == positive for guess in predicted)
    num_gold = sum(truth == positive for truth in gold)
    # 2PR / (P + R) in counts: no special case where precision or recall has nothing to divide by.
    return 200.0 * right / max(num_predicted + num_gold, 1)


def class_counts(predicted: Classes, gold: Classes, *, positive: Hashable) -> dict[str, list[int]]:
    """Counts of each example, whose sums give accuracy and the F1 of one class.

    Args:
        predicted: Predicted classes, by name or by index.
        gold: Right classes, as many.
        positive: Class of the F1.

    Raises:
        ValueError: if the lengths differ.

    Example:
        >>> class_counts([1, 1, 0], [1, 0, 0], positive=1)["right_positive"]
        [1, 0, 0]
    """
    predicted, gold = _aligned(predicted, gold)
    right = list(map(int, map(_equal, predicted, gold)))
    predicted_positive = [int(guess == positive) for guess in predicted]
    gold_positive = [int(truth == positive) for truth in gold]
    return {
        "right": right,
        "right_positive": [a * b for a, b in zip(right, gold_positive, strict=True)],
        "predicted_positive": predicted_positive,
        "gold_positive": gold_positive,
    }


def f1_macro(predicted: Classes, gold: Classes) -> float:
    """Mean over all classes that are predicted or there of their F1, in [0, 100].

    Args:
        predicted: Predicted classes, by name or by index.
        gold: Right classes, as many.

    Raises:
        ValueError: if the lengths differ.
    """
    predicted, gold = _aligned(predicted, gold)
    # Sorted, so that the mean is added up in one order in every process; by repr, for classes of any type.
    classes = sorted({*predicted, *gold}, key=repr)
    if not classes:
        return 0.0
    return sum(f1(predicted, gold, positive=class_) for class_ in classes) / len(classes)


def matthews(predicted: Classes, gold: Classes) -> float:
    """Correlation of Matthews over any number of classes (Gorodkin 2004), times 100; 0 where it is undefined.

    Args:
        predicted: Predicted classes, by name or by index.
        gold: Right classes, as many.

    Raises:
        ValueError: if the lengths differ.

    Example:
        >>> matthews([1, 1, 0, 0], [1, 0, 0, 1])
        0.0
    """
    predicted, gold = _aligned(predicted, gold)
    classes = sorted({*predicted, *gold}, key=repr)
    # float64: squares of the number of examples are multiplied, which float32 would round.
    num_predicted = np.array([sum(guess == class_ for guess in predicted) for class_ in classes], np.float64)
    num_gold = np.array([sum(truth == class_ for truth in gold) for class_ in classes], np.float64)
    right, total = sum(map(_equal, predicted, gold)), len(gold)
    spread = np.sqrt(float((total**2 - (num_predicted**2).sum()) * (total**2 - (num_gold**2).sum())))
    # No spread: one side has a single class, and a correlation with a constant has no value.
    return 0.0 if spread == 0 else float(100.0 * (right * total - num_predicted @ num_gold) / spread)


def pearson(predicted: Numbers, gold: Numbers) -> float:
    """Linear correlation times 100; 0 where one side is constant.

    Args:
        predicted: Predicted numbers.
        gold: Right numbers, as many.

    Raises:
        ValueError: if the lengths differ.

    Example:
        >>> round(pearson([1.0, 2.0, 3.0], [2.0, 4.0, 6.0]), 6)
        100.0
    """
    predicted, gold = _aligned(predicted, gold)
    if len(gold) < 2:
        return 0.0
    first, second = (np.asarray(side, dtype=np.float64) for side in (predicted, gold))
    # The mean of equal values may be rounded, which would leave each of them a spread.
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    # The means off first: sums of raw products would lose the digits of values far from 0.
    first, second = first - first.mean(), second - second.mean()
    spread = float(np.linalg.norm(first) * np.linalg.norm(second))
    # Rounding may carry a perfect correlation beyond 1.
    return 0.0 if spread == 0 else float(np.clip(100.0 * (first @ second) / spread, -100, 100))


def spearman(predicted: Numbers, gold: Numbers) -> float:
    """Correlation of ranks times 100, equal values sharing their mean rank; 0 where one side is constant.

    Args:
        predicted: Predicted numbers.
        gold: Right numbers, as many.

    Raises:
        ValueError: if the lengths differ.

    Example:
        >>> round(spearman([1.0, 2.0, 30.0], [2.0, 4.0, 6.0]), 6)
        100.0
    """
    from scipy.stats import rankdata  # takes a second to load, which most tasks would wait for in vain

    predicted, gold = _aligned(predicted, gold)
    # Correlation of mean ranks: the formula with squared differences holds only without equal values.
    return pearson(list(rankdata(predicted)), list(rankdata(gold)))


_CLASSES: Mapping[str, Callable[[Classes, Classes], float]] = {
    "accuracy": accuracy,
    "f1_macro": f1_macro,
    "matthews": matthews,
}


_NUMBERS: Mapping[str, Callable[[Numbers, Numbers], float]] = {"pearson": pearson, "spearman": spearman}


def score_classes(name: str, predicted: Classes, gold: Classes, *, positive: Hashable) -> float:
    """Compute the score called ``name``.

    Args:
        name: Score, one of ``CLASSIFICATION_METRICS``.
        predicted: Predicted classes, by name or by index.
        gold: Right classes, as many.
        positive: Class that ``f1`` is about.

    Raises:
        ValueError: if there is no such score, or the lengths differ.
    """
    if name not in CLASSIFICATION_METRICS:
        raise ValueError(f"expected one of {', '.join(CLASSIFICATION_METRICS)}, got {name!r}")
    return f1(predicted, gold, positive=positive) if name == "f1" else _CLASSES[name](predicted, gold)


def score_numbers(name: str, predicted: Numbers, gold: Numbers) -> float:
    """Compute the correlation called ``name``, in [-100, 100].

    Args:
        name: Correlation, one of ``REGRESSION_METRICS``.
        predicted: Predicted numbers.
        gold: Right numbers, as many.

    Raises:
        ValueError: if there is no such score, or the lengths differ.
    """
    if name not in REGRESSION_METRICS:
        raise ValueError(f"expected one of {', '.join(REGRESSION_METRICS)}, got {name!r}")
    return _NUMBERS[name](predicted, gold)


def _equal(guess: Hashable, truth: Hashable) -> bool:
    return guess == truth


def _aligned(
    predicted: Sequence[_Value], gold: Sequence[_Value]
) -> tuple[Sequence[_Value], Sequence[_Value]]:
    """Both sides with Python's own values: elements of a tensor can be equal and no same key of a set."""
    if len(predicted) != len(gold):
        raise ValueError(f"expected one prediction for each of {len(gold)} examples, got {len(predicted)}")
    return _plain(predicted), _plain(gold)


def _plain(values: Sequence[_Value]) -> Sequence[_Value]:
    to_list: Callable[[], Sequence[_Value]] | None = getattr(values, "tolist", None)
    return values if to_list is None else to_list()
