"""Token tagging: a linear layer over the state of each word's first sub-word."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import torch.nn.functional as F
from torch import Tensor, nn
from torchmetrics import Metric

from xtl.models import Backbone
from xtl.models.kernels import Dropout
from xtl.modules.arguments import checked_backbone
from xtl.modules.base import XtlModule
from xtl.modules.heads import read_states
from xtl.modules.optim import OptimizerFactory
from xtl.tasks.tagging.decode import best_tags, gold_tags, join_pieces
from xtl.tasks.tagging.types import UNSEEN, TaggingBatch, TaggingPrediction
from xtl.types import IGNORE


class TokenTagging(XtlModule):
    """Backbone, dropout and one linear layer. Made of built parts, never of a config."""

    def __init__(
        self,
        backbone: Backbone,
        *,
        tags: Sequence[str],
        metric: Metric,
        optimizer: OptimizerFactory,
        dropout: float = 0.1,
    ) -> None:
        """Put a new head on ``backbone``.

        Args:
            backbone: Encoder; other modules may hold the same object.
            tags: Names of the T tags, in the order of the output units.
            metric: Metric that validation is scored with, such as :class:`xtl.metrics.TokenAccuracy`.
            optimizer: Optimiser factory, called with this module when a fit begins, such as
                :class:`xtl.modules.AdamWLinear`.
            dropout: Share of the states' entries that training sets to 0.
        """
        super().__init__(optimizer)
        self.backbone = checked_backbone(backbone)
        self.tags = tuple(tags)
        self.metric = metric
        self.dropout = Dropout(dropout)
        self.head = nn.Linear(backbone.hidden_size, len(self.tags))
        nn.init.normal_(self.head.weight, std=0.02)  # as XLM-R's own heads
        nn.init.zeros_(self.head.bias)

    def forward(self, batch: TaggingBatch) -> Tensor:
        """Tag scores, ``(B, S, T)``.

        Of a batch with ``labels`` those of first sub-words alone, which have one, need be right; of a batch
        without them all are.
        """
        ids_BS, mask_BS = batch["input_ids"], batch["attention_mask"]
        labels_BS = cast(Mapping[str, Any], batch).get("labels")
        is_read_BS = None if labels_BS is None else labels_BS != IGNORE
        scores: Tensor = self.head(self.dropout(read_states(self.backbone, ids_BS, mask_BS, is_read_BS)))
        return scores

    def loss(self, batch: TaggingBatch) -> Tensor:
        """Mean cross-entropy over the words of the batch."""
        return self._loss(self(batch), batch)

    def count(self, batch: TaggingBatch) -> float:
        """Words with a tag of the task's."""
        return int((self._targets(batch) != IGNORE).sum())

    def validate(self, batch: TaggingBatch) -> Tensor:
        """Add whole sentences to the metric."""
        scores_BST = self(batch)
        # A gold tag that is none of the task's counts, and is never right: leaving it out would flatter.
        predicted = join_pieces(_pieces(batch, best_tags(scores_BST, batch["labels"], self.tags)))
        gold = join_pieces(_pieces(batch, gold_tags(batch["labels"], (*self.tags, UNSEEN))))
        self.metric.update(list(predicted.values()), list(gold.values()))
        return self._loss(scores_BST, batch)

    def predict_step(
        self,
        batch: TaggingBatch,
        batch_idx: int = 0,  # noqa: ARG002
        dataloader_idx: int = 0,  # noqa: ARG002
    ) -> list[TaggingPrediction]:
        """Best tags of the words of each piece."""
        return _pieces(batch, best_tags(self(batch), batch["labels"], self.tags))

    def _loss(self, scores_BST: Tensor, batch: TaggingBatch) -> Tensor:
        targets_BS = self._targets(batch)
        # A sum, divided here: the mean over no words, as of rows without tags, would be no number.
        total = F.cross_entropy(
            scores_BST.flatten(0, 1).float(), targets_BS.flatten(), ignore_index=IGNORE, reduction="sum"
        )
        return total / (targets_BS != IGNORE).sum().clamp(min=1)

    def _targets(self, batch: TaggingBatch) -> Tensor:
        labels_BS = batch["labels"]
        return labels_BS.masked_fill(labels_BS == len(self.tags), IGNORE)  # unseen: nothing to learn


def _pieces(batch: TaggingBatch, tags: Sequence[Sequence[str]]) -> list[TaggingPrediction]:
    return [
        {"id": id_, "first_word": first_word, "tags": piece_tags}
        for id_, first_word, piece_tags in zip(batch["ids"], batch["first_word"], tags, strict=True)
    ]
