"""Outputs of examples to classes, numbers and records."""

from collections.abc import Sequence
from typing import Any

from xtl.tasks.base import rounded


def best_label(outputs: Sequence[float], labels: Sequence[str]) -> str:
    """Label with the highest output; of equal ones the first.

    Example:
        >>> best_label([0.2, 0.4, 0.4], ["contradiction", "entailment", "neutral"])
        'entailment'
    """
    return labels[max(range(len(outputs)), key=outputs.__getitem__)]


def class_record(label: str, probabilities: Sequence[float], labels: Sequence[str]) -> dict[str, Any]:
    """Record of an example: its class, and the probability of each class by name."""
    return {"label": label, "probabilities": rounded(dict(zip(labels, probabilities, strict=True)))}


def number_record(number: float) -> dict[str, Any]:
    """Record of an example: the predicted number."""
    return {"score": round(number, 6)}
