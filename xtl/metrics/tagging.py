"""Stateful twins of the tagging scores: counts that add up over batches and processes."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torchmetrics import Metric

from xtl.metrics.functional.tagging import (
    SpanCounts,
    Tags,
    check_lengths,
    count_equal,
    span_counts,
    span_scores,
)
from xtl.types import TAGGING_METRICS


class TokenAccuracy(Metric):
    """Share of words with the right tag, in [0, 100]; 0 before any word."""

    is_differentiable = False
    higher_is_better = True
    full_state_update = False
    correct: Tensor
    total: Tensor

    def __init__(self) -> None:
        super().__init__()
        # Counts are whole numbers, so sums over batches and processes are exact in any order.
        self.add_state("correct", torch.tensor(0), dist_reduce_fx="sum")
        self.add_state("total", torch.tensor(0), dist_reduce_fx="sum")

    def update(self, preds: Sequence[Tags], target: Sequence[Tags]) -> None:
        """Add whole sentences."""
        check_lengths(preds, target)
        self.correct += count_equal(preds, target)
        self.total += sum(map(len, target))

    def compute(self) -> Tensor:
        """Divide once, so that the result does not depend on how sentences were batched."""
        return 100.0 * self.correct / self.total.clamp(min=1)


class SpanF1(Metric):
    """Micro F1 over spans, in [0, 100], by the rules of :func:`xtl.metrics.functional.tagging.span_f1`."""

    is_differentiable = False
    higher_is_better = True
    full_state_update = False
    correct: Tensor
    predicted: Tensor
    gold: Tensor

    def __init__(self, *, strict: bool = False) -> None:
        """Count nothing yet.

        Args:
            strict: Whether only spans that begin with ``B-`` count (IOB2); by default conlleval's do.
        """
        super().__init__()
        self.strict = strict
        for name in ("correct", "predicted", "gold"):
            self.add_state(name, torch.tensor(0), dist_reduce_fx="sum")

    def update(self, preds: Sequence[Tags], target: Sequence[Tags]) -> None:
        """Add whole sentences: an entity that lies across two pieces must be joined before."""
        check_lengths(preds, target)
        counts = span_counts(preds, target, strict=self.strict)
        self.correct += counts.correct
        self.predicted += counts.predicted
        self.gold += counts.gold

    def compute(self) -> Tensor:
        """F1 of all sentences so far."""
        counts = SpanCounts(int(self.correct), int(self.predicted), int(self.gold))
        return torch.tensor(span_scores(counts).f1, device=self.correct.device)


def tagging_metric(name: str) -> Metric:
    """Build the stateful twin of the score called ``name``.

    Args:
        name: Name of a score: one of :data:`xtl.types.TAGGING_METRICS`.

    Raises:
        ValueError: if there is no such score.
    """
    if name not in TAGGING_METRICS:
        raise ValueError(f"expected one of {', '.join(TAGGING_METRICS)}, got {name!r}")
    return TokenAccuracy() if name == "accuracy" else SpanF1(strict=name == "f1_strict")
