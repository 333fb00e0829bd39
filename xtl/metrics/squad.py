"""Stateful twin of the scores of answers: sums that add up over batches and processes."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torchmetrics import Metric

from xtl.metrics.functional import answer_scores
from xtl.types import ANSWER_RULES, SPAN_QA_METRICS

_PARTS = 10**9
"""Parts of a point that are counted: sums of ninety million questions fit into 64 bits."""


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
            ValueError: if there is no such score, or there are no such rules.
        """
        super().__init__()
        if name not in SPAN_QA_METRICS:
            raise ValueError(f"expected one of {', '.join(SPAN_QA_METRICS)}, got {name!r}")
        if rules not in ANSWER_RULES:
            raise ValueError(f"rules: expected one of {', '.join(ANSWER_RULES)}, got {rules!r}")
        self._column = SPAN_QA_METRICS.index(name)
        self._rules = rules
        self._unanswerable = unanswerable
        # In whole parts of a point: what moves a module to half precision moves floating point numbers too,
        # in which a sum of thousands of scores would stand still.
        self.add_state("score", torch.tensor(0), dist_reduce_fx="sum")
        self.add_state("total", torch.tensor(0), dist_reduce_fx="sum")

    def update(self, preds: Sequence[str], target: Sequence[Sequence[str]], langs: Sequence[str]) -> None:
        """Add questions: the answer given, the accepted ones, and the language of each."""
        for answer, golds, lang in zip(preds, target, langs, strict=True):
            scores = answer_scores(
                answer, golds, lang=lang, rules=self._rules, unanswerable=self._unanswerable
            )
            self.score += round(scores[self._column] * _PARTS)
            self.total += 1

    def compute(self) -> Tensor:
        """Divide once."""
        return self.score.double() / (_PARTS * self.total.clamp(min=1))
