"""Scores of mined pairs: pure functions."""

from collections.abc import Collection

from xtl.types import BITEXT_MINING_METRICS

Pair = tuple[str, str]


def score_pairs(name: str, predicted: Collection[Pair], gold: Collection[Pair]) -> float:
    """F1, precision or recall of a set of pairs, in [0, 100], as BUCC scores them.

    Args:
        name: Score, one of ``BITEXT_MINING_METRICS``.
        predicted: Predicted pairs of source and target ids; each counts once.
        gold: Pairs that are translations.

    Raises:
        ValueError: if there is no such score.

    Example:
        >>> round(score_pairs("f1", [("a", "x"), ("b", "y")], [("a", "x")]), 1)
        66.7
    """
    if name not in BITEXT_MINING_METRICS:
        raise ValueError(f"expected one of {', '.join(BITEXT_MINING_METRICS)}, got {name!r}")
    predicted_set, gold_set = set(predicted), set(gold)
    right = len(predicted_set & gold_set)
    # F1 too is a share: of the mean size of the two sets, which is its harmonic mean written in counts.
    denominator = {
        "f1": (len(predicted_set) + len(gold_set)) / 2,
        "precision": len(predicted_set),
        "recall": len(gold_set),
    }[name]
    return 100.0 * right / denominator if denominator else 0.0
