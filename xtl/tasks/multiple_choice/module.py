"""The right one of several options: a score for each, compared within the question."""

import torch
import torch.nn.functional as F
from torch import Tensor
from torchmetrics import Metric

from xtl.models import Backbone, pooled
from xtl.modules.arguments import checked_backbone
from xtl.modules.base import XtlModule
from xtl.modules.heads import SentenceHead, first_only, read_states
from xtl.modules.optim import OptimizerFactory
from xtl.tasks.multiple_choice.types import MultipleChoiceBatch, MultipleChoicePrediction


class MultipleChoice(XtlModule):
    """Backbone and a sentence head, one output an option. Made of built parts, never of a config."""

    def __init__(
        self, backbone: Backbone, *, metric: Metric, optimizer: OptimizerFactory, dropout: float = 0.1
    ) -> None:
        """Put a new head on ``backbone``.

        Args:
            backbone: Encoder; other modules may hold the same object.
            metric: Metric that validation is scored with, such as ``classification_metric("accuracy")``.
            optimizer: Optimiser factory, called with this module when a fit begins, such as
                :class:`xtl.modules.AdamWLinear`.
            dropout: Share of entries that training sets to 0, in the head.
        """
        super().__init__(optimizer)
        self.backbone = checked_backbone(backbone)
        self.metric = metric
        self.head = SentenceHead(backbone.hidden_size, 1, dropout=dropout)

    def forward(self, batch: MultipleChoiceBatch) -> Tensor:
        """Scores, ``(B, C)``, C the most options of a question; where one has fewer, the lowest number."""
        ids_RS, mask_RS = batch["input_ids"], batch["attention_mask"]
        states_RSH = read_states(self.backbone, ids_RS, mask_RS, first_only(mask_RS))
        scores_R = self.head(pooled(states_RSH, mask_RS, "cls"))[:, 0].float()
        # Options of all questions are rows of one batch; questions may have different numbers of them.
        rows = scores_R.split(batch["num_options"])
        # The lowest finite number: softmax makes it 0, and unlike -inf it gives no nan when multiplied by 0.
        lowest = torch.finfo(torch.float32).min
        return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=lowest)

    def loss(self, batch: MultipleChoiceBatch) -> Tensor:
        """Mean cross-entropy over the options of each question."""
        return F.cross_entropy(self(batch), batch["labels"])

    def validate(self, batch: MultipleChoiceBatch) -> Tensor:
        """Add the batch to the metric."""
        scores_BC = self(batch)
        self.metric.update(scores_BC.argmax(-1), batch["labels"])
        return F.cross_entropy(scores_BC, batch["labels"])

    def predict_step(
        self,
        batch: MultipleChoiceBatch,
        batch_idx: int = 0,  # noqa: ARG002
        dataloader_idx: int = 0,  # noqa: ARG002
    ) -> list[MultipleChoicePrediction]:
        """Probabilities of the options of each question."""
        probabilities = self(batch).softmax(-1).tolist()
        return [
            {"id": id_, "outputs": row[:count]}
            for id_, row, count in zip(batch["ids"], probabilities, batch["num_options"], strict=True)
        ]
