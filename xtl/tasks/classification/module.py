"""Classes, or a number, of one or two texts."""

from collections.abc import Sequence
from typing import cast

import torch.nn.functional as F
from torch import Tensor, nn
from torchmetrics import Metric

from xtl.data.stored import as_features
from xtl.models import Backbone, pooled
from xtl.modules.arguments import checked_backbone
from xtl.modules.base import XtlModule
from xtl.modules.heads import SentenceHead, first_only, read_states
from xtl.modules.optim import OptimizerFactory
from xtl.tasks.classification.types import (
    ClassificationBatch,
    ClassificationFeature,
    ClassificationPrediction,
)
from xtl.types import IGNORE


class SequenceClassification(XtlModule):
    """Backbone, pooling and a sentence head. Made of built parts, never of a config."""

    def __init__(
        self,
        backbone: Backbone,
        *,
        num_classes: int,
        metric: Metric,
        optimizer: OptimizerFactory,
        pooling: str = "cls",
        dropout: float = 0.1,
    ) -> None:
        """Put a new head on ``backbone``.

        Args:
            backbone: Encoder; other modules may hold the same object.
            num_classes: Number C of classes; 0: one number is predicted (regression).
            metric: Metric that validation is scored with, such as ``classification_metric("accuracy")``.
            optimizer: Optimiser factory, called with this module when a fit begins, such as
                :class:`xtl.modules.AdamWLinear`.
            pooling: Way of pooling: ``cls``: the state of the first token, as the benchmark has it; ``mean``:
                the mean over all tokens.
            dropout: Share of entries that training sets to 0, in the head.
        """
        super().__init__(optimizer)
        if num_classes < 0:
            raise ValueError(f"num_classes: expected a number from 0, got {num_classes}")
        self.backbone = checked_backbone(backbone)
        self.num_classes = num_classes
        self.metric = metric
        self.pooling = pooling
        self.head = SentenceHead(backbone.hidden_size, max(num_classes, 1), dropout=dropout)

    def initialize_head(self, features: Sequence[ClassificationFeature]) -> None:
        """Let a regression begin at the mean label; from 0, the encoder would make up for the distance."""
        if self.num_classes:
            return
        labels = [label for label in as_features(features).values("label") if label != IGNORE]
        if labels:
            nn.init.constant_(cast(SentenceHead, self.head).out.bias, sum(labels) / len(labels))

    def forward(self, batch: ClassificationBatch) -> Tensor:
        """Outputs, ``(B, C)``; ``(B, 1)`` for regression."""
        ids_BS, mask_BS = batch["input_ids"], batch["attention_mask"]
        is_read_BS = first_only(mask_BS) if self.pooling == "cls" else None
        states_BSH = read_states(self.backbone, ids_BS, mask_BS, is_read_BS)
        outputs: Tensor = self.head(pooled(states_BSH, mask_BS, self.pooling))
        return outputs

    def loss(self, batch: ClassificationBatch) -> Tensor:
        """Mean cross-entropy, or mean squared error."""
        return self._loss(self(batch), batch["labels"])

    def count(self, batch: ClassificationBatch) -> float:
        """Rows with a label."""
        return int((batch["labels"] != IGNORE).sum())

    def validate(self, batch: ClassificationBatch) -> Tensor:
        """Add the batch to the metric."""
        outputs_BC = self(batch)
        # Rows without a label are predicted, and neither learned nor scored.
        labelled = batch["labels"] != IGNORE
        best = outputs_BC.argmax(-1) if self.num_classes else outputs_BC[:, 0]
        self.metric.update(best[labelled], batch["labels"][labelled])
        return self._loss(outputs_BC, batch["labels"])

    def predict_step(
        self,
        batch: ClassificationBatch,
        batch_idx: int = 0,  # noqa: ARG002
        dataloader_idx: int = 0,  # noqa: ARG002
    ) -> list[ClassificationPrediction]:
        """Class probabilities, or the predicted number."""
        # float32 before the softmax: probabilities of three digits, as in bfloat16, would not sum to 1.
        outputs_BC = self(batch).float()
        values = outputs_BC.softmax(-1) if self.num_classes else outputs_BC
        return [{"id": id_, "outputs": row} for id_, row in zip(batch["ids"], values.tolist(), strict=True)]

    def _loss(self, outputs_BC: Tensor, labels_B: Tensor) -> Tensor:
        # Losses are computed in float32 whatever the precision: exp and log magnify rounding errors.
        labelled = labels_B != IGNORE
        outputs_BC, labels_B = outputs_BC[labelled].float(), labels_B[labelled]
        if not len(labels_B):  # a mean over none would be no number
            return outputs_BC.sum()
        if self.num_classes:
            # Floats become indices here: classes and scores share a field of the batch.
            return F.cross_entropy(outputs_BC, labels_B.long())
        return F.mse_loss(outputs_BC[:, 0], labels_B.float())
