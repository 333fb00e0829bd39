"""Features to batches, and the module that is trained on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from xtl.data.collate import pad
from xtl.metrics import classification_metric
from xtl.models import Backbone
from xtl.modules import XtlModule
from xtl.modules.optim import OptimizerFactory


@dataclass(frozen=True, slots=True)
class CapitalCollator:
    """Collator that pads to the longest sentence."""

    pad_id: int

    def __call__(self, features: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Batch of ``features`` in the order given."""
        return {
            "input_ids": pad([feature["input_ids"] for feature in features], self.pad_id),
            "attention_mask": pad([[1] * len(feature["input_ids"]) for feature in features], 0),
            "labels": torch.tensor([float(feature["label"]) for feature in features]),
            "ids": [feature["id"] for feature in features],
            "num_tokens": sum(len(feature["input_ids"]) for feature in features),
        }


class CapitalModule(XtlModule):
    """Backbone and a linear layer over the state of the first sub-word."""

    def __init__(self, backbone: Backbone, *, optimizer: OptimizerFactory) -> None:
        super().__init__(optimizer)
        self.backbone = backbone
        self.metric = classification_metric("accuracy")
        self.head = nn.Linear(backbone.hidden_size, 1)

    def forward(self, batch: dict[str, Any]) -> Tensor:
        """Scores of a capital letter, ``(B,)``."""
        states_BSH = self.backbone(batch["input_ids"], batch["attention_mask"])
        scores: Tensor = self.head(states_BSH[:, 1])[:, 0]
        return scores

    def loss(self, batch: dict[str, Any]) -> Tensor:
        """Mean cross-entropy."""
        return F.binary_cross_entropy_with_logits(self(batch), batch["labels"])

    def validate(self, batch: dict[str, Any]) -> Tensor:
        """Add the batch to the metric."""
        self.metric.update((self(batch) > 0).long(), batch["labels"])
        return self.loss(batch)

    def predict_step(self, batch: dict[str, Any], batch_idx: int = 0) -> list[dict[str, Any]]:
        """Whether each sentence begins with a capital letter."""
        predicted = (self(batch) > 0).tolist()
        return [{"id": id_, "is_capital": value} for id_, value in zip(batch["ids"], predicted, strict=True)]
