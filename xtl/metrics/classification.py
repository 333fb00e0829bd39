"""Stateful twins of the scores of classes and numbers: values that add up over batches and processes."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor
from torchmetrics import Metric

from xtl.metrics.functional import score_classes, score_numbers
from xtl.types import CLASSIFICATION_METRICS, REGRESSION_METRICS


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
        """Add class indices or numbers.

        Args:
            preds: Predicted ones, ``(B,)``.
            target: Right ones, ``(B,)``.

        Raises:
            ValueError: for other shapes.
        """
        if preds.ndim != 1 or preds.shape != target.shape:
            raise ValueError(
                "expected class indices or numbers of a batch, (B,) each, got shapes "
                f"{tuple(preds.shape)} and {tuple(target.shape)}; of logits (B, C) take .argmax(-1)"
            )
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
        ValueError: if there is no such score.
    """
    names = (*CLASSIFICATION_METRICS, *REGRESSION_METRICS)
    if name not in names:
        raise ValueError(f"expected one of {', '.join(names)}, got {name!r}")
    if name in CLASSIFICATION_METRICS:
        return ClassificationScore(partial(score_classes, name, positive=positive))
    return ClassificationScore(partial(score_numbers, name))


def _joined(values: list[Tensor] | Tensor) -> list[float]:
    if isinstance(values, list):  # a tensor after the processes' values were put together
        values = torch.cat(values) if values else torch.empty(0)
    joined: list[float] = values.tolist()
    return joined
