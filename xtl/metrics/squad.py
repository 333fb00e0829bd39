"""Stateful twin of the scores of answers: sums that add up over batches and processes."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torchmetrics import Metric

from xtl.metrics.functional import answer_scores
from xtl.types import SPAN_QA_METRICS


class SquadScore(Metric):
    """Mean exact match or F1 of answers, in [0, 100]; 0 before any question."""

    is_differentiable = False
    higher_is_better = True
    full_state_update = False
    score: Tensor
    total: Tensor

    def __init__(self, name: str, *, rules: str = "squad", unanswerable: bool = False) -> None:
        """Build a twin.

        Args:
            name: Score, one of ``SPAN_QA_METRICS``.
            rules: Rules of normalisation, one of ``ANSWER_RULES``.
            unanswerable: Whether the task has questions without an answer, see
                :func:`xtl.metrics.functional.answer_scores`.

        Raises:
            ValueError: if there is no such score.
        """
        super().__init__()
        if name not in SPAN_QA_METRICS:
            raise ValueError(f"expected one of {', '.join(SPAN_QA_METRICS)}, got {name!r}")
        self._column = SPAN_QA_METRICS.index(name)
        self._rules = rules
        self._unanswerable = unanswerable
        # float64: F1 is no whole number, and thousands of them are added up one by one.
        self.add_state("score", torch.tensor(0.0, dtype=torch.float64), dist_reduce_fx="sum")
        self.add_state("total", torch.tensor(0), dist_reduce_fx="sum")

    def update(self, preds: Sequence[str], target: Sequence[Sequence[str]], langs: Sequence[str]) -> None:
        """Add questions: the answer given, the accepted ones, and the language of each."""
        for answer, golds, lang in zip(preds, target, langs, strict=True):
            scores = answer_scores(
                answer, golds, lang=lang, rules=self._rules, unanswerable=self._unanswerable
            )
            self.score += scores[self._column]
            self.total += 1

    def compute(self) -> Tensor:
        """Divide once."""
        return self.score / self.total.clamp(min=1)
