"""Scores of mined pairs: pure functions."""

from collections.abc import Collection

from xtl.types import MINING_SCORES

Pair = tuple[str, str]


def score_pairs(name: str, predicted: Collection[Pair], gold: Collection[Pair]) -> float:
    """F1, precision or recall of a set of pairs, in [0, 100], as BUCC scores them.

    Args:
        name: One of ``MINING_SCORES``.
        predicted: Pairs of source and target ids; each counts once.
        gold: Those that are translations.

    Raises:
        ValueError: if there is no such score.

    Example:
        >>> round(score_pairs("f1", [("a", "x"), ("b", "y")], [("a", "x")]), 1)
        66.7
    """
    if name not in MINING_SCORES:
        raise ValueError(f"expected one of {', '.join(MINING_SCORES)}, got {name!r}")
    found, wanted = set(predicted), set(gold)
    right = len(found & wanted)
    below = {"f1": (len(found) + len(wanted)) / 2, "precision": len(found), "recall": len(wanted)}[name]
    return 100.0 * right / below if below else 0.0
