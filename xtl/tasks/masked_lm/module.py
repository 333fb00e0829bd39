"""Masked language modelling: guess hidden tokens with the encoder's own embedding table as output layer."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchmetrics import Metric

from xtl.models import HFBackbone
from xtl.modules.arguments import checked_backbone
from xtl.modules.base import XtlModule
from xtl.modules.heads import read_states
from xtl.modules.optim import OptimizerFactory
from xtl.tasks.masked_lm.masking import mask_by_name, mask_tokens
from xtl.tasks.masked_lm.types import MaskedLMBatch, MaskedLMFillings, MaskedLMPrediction
from xtl.types import IGNORE

MAX_FILLINGS = 5
"""Number of tokens that are predicted for a mask."""


class LanguageHead(nn.Module):
    """Linear, GELU, layer norm, then the embedding table and a bias: the head of RoBERTa and XLM-R."""

    def __init__(self, hidden_size: int, vocab_size: int) -> None:
        """Draw new weights.

        Args:
            hidden_size: Width H of the states.
            vocab_size: Entries V of the table.
        """
        super().__init__()
        self.dense = nn.Linear(hidden_size, hidden_size)
        self.norm = nn.LayerNorm(hidden_size)
        self.bias = nn.Parameter(torch.zeros(vocab_size))
        nn.init.normal_(self.dense.weight, std=0.02)  # as XLM-R's own heads
        nn.init.zeros_(self.dense.bias)

    def forward(self, states_NH: Tensor, table_VH: Tensor) -> Tensor:
        """``(N, H)`` states to ``(N, V)`` scores; the table is the encoder's and gets gradients here too."""
        hidden_NH = self.norm(F.gelu(self.dense(states_NH)))
        return F.linear(hidden_NH, table_VH, self.bias)


class MaskedLM(XtlModule):
    """Backbone and a language head tied to its table. Made of built parts, never of a config.

    Every entry of the vocabulary has a score, so the table must be whole: not inside
    :func:`xtl.models.active_vocabulary`.
    """

    reads_table = True
    predicts_in_threads = False  # a score for every entry of the vocabulary is enough memory for one batch

    def __init__(
        self,
        backbone: HFBackbone,
        *,
        metric: Metric,
        optimizer: OptimizerFactory,
        share: float = 0.15,
    ) -> None:
        """Put a head on ``backbone``: the one that its checkpoint brought, or a new one.

        Args:
            backbone: Encoder; other modules may hold the same object.
            metric: Metric that validation is scored with, of numbers of right and of hidden tokens, such as
                :class:`xtl.metrics.MaskedAccuracy`.
            optimizer: Optimiser factory, called with this module when a fit begins, such as
                :class:`xtl.modules.AdamWLinear`.
            share: Chance of each token to be hidden, anew whenever it is read in training.
        """
        super().__init__(optimizer)
        self.backbone = checked_backbone(backbone)
        self.metric = metric
        self.share = share
        self.head = LanguageHead(backbone.hidden_size, backbone.vocab_size)
        # A checkpoint's own head has learned from far more text than a phase has.
        if backbone.language_head is not None:
            self.head.load_state_dict(backbone.language_head)

    def forward(self, read_BS: Tensor, mask_BS: Tensor, target_BS: Tensor) -> Tensor:
        """Scores of the whole vocabulary where there is a target, ``(N, V)``, row by row."""
        # Hidden tokens alone: scores of 250,000 pieces at every token would fill the memory.
        is_hidden_BS = target_BS != IGNORE
        states_BSH = read_states(self.backbone, read_BS, mask_BS, is_hidden_BS)
        table_VH = self.backbone.encoder.get_input_embeddings().weight
        scores_NV: Tensor = self.head(states_BSH[is_hidden_BS], table_VH)
        return scores_NV.float()

    def loss(self, batch: MaskedLMBatch) -> Tensor:
        """Mean cross-entropy over the hidden tokens; which ones those are is drawn at each call.

        A batch that :meth:`prepare` gave has them already.
        """
        read_BS, target_BS = batch["drawn"] if "drawn" in batch else self._draw(batch)
        return _mean(self._losses(read_BS, target_BS, batch)[1])

    def prepare(self, batch: MaskedLMBatch) -> MaskedLMBatch:
        """Hide tokens."""
        return {**batch, "drawn": self._draw(batch)}

    def count(self, batch: MaskedLMBatch) -> float:
        """Tokens that :meth:`prepare` hid."""
        return int((batch["drawn"][1] != IGNORE).sum())

    def _draw(self, batch: MaskedLMBatch) -> tuple[Tensor, Tensor]:
        return mask_tokens(
            batch["input_ids"],
            batch["maskable"],
            share=self.share,
            mask_id=batch["mask_id"],
            vocab_size=batch["vocab_size"],
        )

    def validate(self, batch: MaskedLMBatch) -> Tensor:
        """Add the batch to the metric; the hidden tokens are the same in every epoch."""
        # Tokens hidden anew in each epoch would move the score without any weight having moved.
        read_BS, target_BS = self._fixed(batch, [str(id_) for id_ in batch["ids"]])
        right_N, losses_N = self._losses(read_BS, target_BS, batch)
        self.metric.update(int(right_N.sum()), len(right_N))
        return _mean(losses_N)

    def predict_step(
        self,
        batch: MaskedLMBatch,
        batch_idx: int = 0,  # noqa: ARG002
        dataloader_idx: int = 0,  # noqa: ARG002
    ) -> list[MaskedLMPrediction] | list[MaskedLMFillings]:
        """Tokens hidden and guessed right in each block, and their loss; or fillings of its masks."""
        if batch["fill"]:
            return self._fill(batch)
        read_BS, target_BS = self._fixed(batch, [id_.uid for id_ in batch["ids"]])
        right_N, losses_N = self._losses(read_BS, target_BS, batch)
        hidden = (target_BS != IGNORE).sum(1).tolist()
        predictions: list[MaskedLMPrediction] = [
            {"id": id_, "hidden": len(right), "right": int(right.sum()), "loss": float(losses.sum())}
            for id_, right, losses in zip(
                batch["ids"], torch.split(right_N, hidden), torch.split(losses_N, hidden), strict=True
            )
        ]
        return predictions

    def _fill(self, batch: MaskedLMBatch) -> list[MaskedLMFillings]:
        """Likeliest tokens for each mask of the text."""
        read_BS = batch["input_ids"]
        target_BS = read_BS.masked_fill(read_BS != batch["mask_id"], IGNORE)
        scores_NV = self(read_BS, batch["attention_mask"], target_BS)
        # A table may have more rows than there are tokens: rounded up, or reserved.
        best = scores_NV[:, : batch["vocab_size"]].softmax(-1).topk(min(MAX_FILLINGS, batch["vocab_size"]))
        masks = (target_BS != IGNORE).sum(1).tolist()
        return [
            {
                "id": id_,
                "fillings": [
                    list(zip(*mask, strict=True))
                    for mask in zip(tokens.tolist(), shares.tolist(), strict=True)
                ],
            }
            for id_, tokens, shares in zip(
                batch["ids"], torch.split(best.indices, masks), torch.split(best.values, masks), strict=True
            )
        ]

    def _fixed(self, batch: MaskedLMBatch, names: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Tokens hidden by the names of the rows, which have the language where a batch may hold several."""
        return mask_by_name(
            batch["input_ids"],
            batch["maskable"],
            names,
            share=self.share,
            mask_id=batch["mask_id"],
            vocab_size=batch["vocab_size"],
        )

    def _losses(self, read_BS: Tensor, target_BS: Tensor, batch: MaskedLMBatch) -> tuple[Tensor, Tensor]:
        """Whether each of the N hidden tokens is the likeliest, and its negative log-likelihood."""
        scores_NV = self(read_BS, batch["attention_mask"], target_BS)
        target_N = target_BS[target_BS != IGNORE]
        return scores_NV.argmax(-1) == target_N, F.cross_entropy(scores_NV, target_N, reduction="none")


def _mean(losses_N: Tensor) -> Tensor:
    """Mean, or 0 where no token was hidden, as can be in a batch of a few words."""
    return losses_N.sum() / max(len(losses_N), 1)
