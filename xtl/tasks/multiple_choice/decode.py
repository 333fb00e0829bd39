"""Probabilities of options to the chosen one, and to records."""

from collections.abc import Sequence
from typing import Any

from xtl.tasks.base import rounded


def best_option(outputs: Sequence[float]) -> int:
    """Index of the likeliest option; of equal ones the first."""
    return max(range(len(outputs)), key=outputs.__getitem__)


def option_record(index: int, options: Sequence[str], probabilities: Sequence[float]) -> dict[str, Any]:
    """Record of a question: index (from 0) and text of the chosen option, and each option's probability."""
    return {"chosen": index, "option": options[index], "probabilities": rounded(probabilities)}
