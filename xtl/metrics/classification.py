"""Stateful twins of the scores of classes and numbers: values that add up over batches and processes."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor
from torchmetrics import Metric

from xtl.metrics.functional import score_classes, score_numbers
from xtl.types import CLASSIFICATION_METRICS


class ClassificationScore(Metric):
    """Collects predictions and gold values, and scores all of them at once.

    Most of these scores are no sums over examples, so that only the whole can be scored.
    """

    is_differentiable = False
    higher_is_better = True
    full_state_update = False
    predicted: list[Tensor]
    gold: list[Tensor]

    def __init__(self, score: Callable[[Sequence[float], Sequence[float]], float]) -> None:
        """Build a twin.

        Args:
            score: Pure function: predicted and gold values to a number.
        """
        super().__init__()
        self._score = score
        for name in ("predicted", "gold"):
            self.add_state(name, [], dist_reduce_fx="cat")

    def update(self, preds: Tensor, target: Tensor) -> None:
        """Add class indices or numbers, ``(B,)`` each."""
        # float32 holds every class index exactly, which bfloat16 does not beyond 256.
        self.predicted.append(preds.detach().float())
        self.gold.append(target.detach().float())

    def compute(self) -> Tensor:
        """Score everything so far."""
        # Twin and pure function share all arithmetic, so that they cannot drift apart.
        predicted, gold = (_joined(side) for side in (self.predicted, self.gold))
        return torch.tensor(self._score(predicted, gold))


def classification_metric(name: str, *, positive: int = 1) -> ClassificationScore:
    """Build the stateful twin of the score called ``name``.

    Args:
        name: Score, one of ``CLASSIFICATION_METRICS`` or ``REGRESSION_METRICS``.
        positive: Index of the class that ``f1`` is about.

    Raises:
        ValueError: at the first use, if there is no such score.
    """
    if name in CLASSIFICATION_METRICS:
        return ClassificationScore(partial(score_classes, name, positive=positive))
    return ClassificationScore(partial(score_numbers, name))


def _joined(values: list[Tensor] | Tensor) -> list[float]:
    if isinstance(values, list):  # a tensor after the processes' values were put together
        values = torch.cat(values) if values else torch.empty(0)
    joined: list[float] = values.tolist()
    return joined
