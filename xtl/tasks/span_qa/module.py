"""Answers as spans of a context: one linear layer gives each token a start and an end score."""

from collections.abc import Sequence
from itertools import groupby

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchmetrics import Metric

from xtl.models import Backbone
from xtl.models.kernels import Dropout
from xtl.modules.arguments import checked_backbone
from xtl.modules.base import XtlModule
from xtl.modules.optim import OptimizerFactory
from xtl.tasks.span_qa.decode import best_answer, different_texts, window_candidates
from xtl.tasks.span_qa.types import SpanQABatch, SpanQAFeature, SpanQAPrediction


class SpanQA(XtlModule):
    """Backbone, dropout and one linear layer. Made of built parts, never of a config."""

    def __init__(
        self,
        backbone: Backbone,
        *,
        metric: Metric,
        optimizer: OptimizerFactory,
        unanswerable: bool = False,
        dropout: float = 0.0,
    ) -> None:
        """Put a new head on ``backbone``.

        Args:
            backbone: Encoder; other modules may hold the same object.
            metric: Metric that validation is scored with, such as :class:`xtl.metrics.SquadScore`.
            optimizer: Optimiser factory, called with this module when a fit begins, such as
                :class:`xtl.modules.AdamWLinear`.
            unanswerable: Whether there are questions without an answer (SQuAD v2); validation then gives
                none where the null score is higher.
            dropout: Share of the states' entries that training sets to 0.
        """
        super().__init__(optimizer)
        self.backbone = checked_backbone(backbone)
        self.metric = metric
        self.unanswerable = unanswerable
        self.dropout = Dropout(dropout)
        self.head = nn.Linear(backbone.hidden_size, 2)
        nn.init.normal_(self.head.weight, std=0.02)  # as XLM-R's own heads
        nn.init.zeros_(self.head.bias)

    def forward(self, batch: SpanQABatch) -> tuple[Tensor, Tensor]:
        """Start and end scores, ``(B, S)`` each; padding gets the lowest number there is."""
        states_BSH = self.dropout(self.backbone(batch["input_ids"], batch["attention_mask"]))
        # float32 for the losses, and for a lowest number that float16 does not have.
        scores_BS2 = self.head(states_BSH).float()
        scores_BS2 = scores_BS2.masked_fill(
            batch["attention_mask"].unsqueeze(-1) == 0, torch.finfo(torch.float32).min
        )
        return scores_BS2[..., 0], scores_BS2[..., 1]

    def loss(self, batch: SpanQABatch) -> Tensor:
        """Mean cross-entropy of start and end; windows without the answer point at position 0."""
        return self._loss(self(batch), batch)

    def validate(self, batch: SpanQABatch) -> Tensor:
        """Add whole questions to the metric."""
        scores = self(batch)
        predictions = self._decode(scores, batch)
        for _, group in groupby(range(len(predictions)), key=batch["ids"].__getitem__):
            indices = list(group)
            window = batch["windows"][indices[0]]
            answer = best_answer(
                [predictions[index] for index in indices],
                window["context"],
                unanswerable=self.unanswerable,
            )
            # Threshold 0, run_squad's default: the one that is tuned needs all of the validation set.
            is_answered = not self.unanswerable or answer.null_margin <= 0
            text = window["context"][answer.start : answer.end].strip() if is_answered else ""
            self.metric.update([text], [window["golds"]], [window["lang"]])
        return self._loss(scores, batch)

    def predict_step(
        self,
        batch: SpanQABatch,
        batch_idx: int = 0,  # noqa: ARG002
        dataloader_idx: int = 0,  # noqa: ARG002
    ) -> list[SpanQAPrediction]:
        """Best spans of each window, as characters of the context."""
        return self._decode(self(batch), batch)

    def _decode(self, scores: tuple[Tensor, Tensor], batch: SpanQABatch) -> list[SpanQAPrediction]:
        # Without padding: a window's lowest numbers must not stand among its highest starts and ends.
        starts_BS, ends_BS = (side.cpu().numpy() for side in scores)
        return [
            _window_prediction(window, starts[: len(window["input_ids"])], ends[: len(window["input_ids"])])
            for window, starts, ends in zip(batch["windows"], starts_BS, ends_BS, strict=True)
        ]

    def _loss(self, scores: tuple[Tensor, Tensor], batch: SpanQABatch) -> Tensor:
        starts_BS, ends_BS = scores
        return (F.cross_entropy(starts_BS, batch["starts"]) + F.cross_entropy(ends_BS, batch["ends"])) / 2


def _window_prediction(
    window: SpanQAFeature, start_logits: Sequence[float], end_logits: Sequence[float]
) -> SpanQAPrediction:
    first, offsets = window["context_start"], window["offsets"]
    candidates = window_candidates(
        start_logits, end_logits, context_start=first, is_max_context=window["is_max_context"]
    )
    spans = (
        (candidate.score, offsets[candidate.start - first][0], offsets[candidate.end - first][1])
        for candidate in candidates
    )
    return {
        "id": window["id"],
        "window": window["window"],
        "null_score": float(start_logits[0]) + float(end_logits[0]),
        "candidates": different_texts(spans, window["context"]),
    }
