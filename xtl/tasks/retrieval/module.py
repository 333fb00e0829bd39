"""Sentences to vectors: a pooled hidden state of the encoder."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Optimizer
from torchmetrics import Metric

from xtl.models import HFBackbone, pooled
from xtl.modules.arguments import checked_backbone
from xtl.modules.base import XtlModule
from xtl.modules.optim import OptimizerFactory
from xtl.tasks.retrieval.types import RetrievalBatch, RetrievalPrediction


@dataclass(frozen=True, kw_only=True)  # no slots, as AdamWLinear
class Embedding:
    """Way to make a vector of a sentence.

    Attributes:
        layer: Layer whose states are read; 0 is the embedding layer, ``num_layers`` the last one.
        pooling: Way of pooling, ``mean`` or ``cls``.
    """

    layer: int
    pooling: str


BENCHMARK_LAYERS = {12: 8, 24: 14}
"""XTREME's layers for Tatoeba by depth: block 8 of 12 and 14 of 24 (``run_tatoeba.sh``, jiant)."""


def layer_index(layer: str | float, num_layers: int) -> int:
    """Number of a layer.

    Args:
        layer: Layer as a config names it: ``last``; ``benchmark`` (XTREME's: block 8 of 12, 14 of 24; in
            other depths at 7/12, rounded); a whole number; or a share of the depth between 0 and 1, rounded.
        num_layers: Depth of the encoder.

    Raises:
        ValueError: if there is no such layer.

    Example:
        >>> [layer_index(layer, 12) for layer in ("last", "benchmark", 8, 0.5, -1)]
        [12, 8, 8, 6, 11]
    """
    if layer == "last":
        return num_layers
    if layer == "benchmark":
        return BENCHMARK_LAYERS.get(num_layers, round(num_layers * 7 / 12))
    number = float(layer)
    if 0 < number < 1:
        return round(number * num_layers)
    index = int(number) + (num_layers if number < 0 else 0)
    if not number.is_integer() or not 0 <= index <= num_layers:
        raise ValueError(
            f"expected last, benchmark, a layer from {-num_layers} to {num_layers} or a share of the depth "
            f"between 0 and 1, got {layer}"
        )
    return index


class SentenceEncoder(XtlModule):
    """Backbone and pooling, no weights beside the encoder's. Made of built parts, never of a config."""

    def __init__(
        self,
        backbone: HFBackbone,
        *,
        embeddings: Sequence[Embedding],
        metric: Metric,
        optimizer: OptimizerFactory,
        temperature: float = 0.05,
    ) -> None:
        """Put pooling on ``backbone``.

        Args:
            backbone: Encoder; other modules may hold the same object.
            embeddings: Ways of embedding, which sequences name by index. The first one is trained.
            metric: Metric of source and translation vectors that validation is scored with, such as
                :class:`xtl.modules.RetrievalAccuracy`.
            optimizer: Optimiser factory, called with this module when a fit begins, such as
                :class:`xtl.modules.AdamWLinear`.
            temperature: Divisor of the similarities in training.
        """
        super().__init__(optimizer)
        self.backbone = checked_backbone(backbone)
        self.embeddings = tuple(embeddings)
        self.metric = metric
        self.temperature = temperature  # 0.05 is that of SimCSE (Gao et al. 2021)
        self.head = nn.Identity()

    def forward(self, batch: RetrievalBatch) -> Tensor:
        """Vectors of length 1, ``(R, H)``."""
        return self._vectors(self.backbone.all_states(batch["input_ids"], batch["attention_mask"]), batch)

    def _vectors(self, states: Sequence[Tensor], batch: RetrievalBatch) -> Tensor:
        views = batch["views"]
        mask_RS = batch["pooling_mask"]
        vectors_RH = torch.empty(
            len(views), self.backbone.hidden_size, dtype=torch.float32, device=mask_RS.device
        )
        for view in sorted(set(views)):
            embedding = self.embeddings[view]
            rows = [row for row, view_of_row in enumerate(views) if view_of_row == view]
            # float32 before pooling: a mean over hundreds of bfloat16 states would lose its last digits.
            vectors_RH[rows] = pooled(states[embedding.layer][rows].float(), mask_RS[rows], embedding.pooling)
        return F.normalize(vectors_RH, dim=-1)

    def loss(self, batch: RetrievalBatch) -> Tensor:
        """Contrastive loss both ways: a sentence must find its translation among those of the batch.

        A candidate that is the same sentence as the right one is right too, and left out, as where several
        languages are trained whose sentences have one translation. With several processes the others'
        sentences are candidates too, if those too read sentences.
        """
        # Softmax over the batch in both directions, as LaBSE (Feng et al. 2022) without its margin.
        states = self.backbone.all_states(batch["input_ids"], batch["attention_mask"])
        rows = _rows(batch)
        vectors = _sides(self._vectors(states, batch), rows)
        texts = _sides(_fingerprints(batch), rows)
        if self._world_size() > 1 and self.gathers:
            vectors, texts = self._gathered(*vectors), self._gathered(*texts)
        loss = self._contrast(vectors, texts)
        if (self._leaves_blocks_out or self.stands_in) and self._world_size() > 1:
            loss = loss + 0.0 * states[-1].sum()  # distributed training wants a gradient for every weight
        return loss

    def _contrast(self, vectors: Sequence[Tensor], texts: Sequence[Tensor]) -> Tensor:
        source_BH, translation_BH = vectors
        # In 32 bits: over the temperature, steps of bfloat16 are as large as what tells neighbours apart.
        with torch.autocast(source_BH.device.type, enabled=False):
            similarity_BB = source_BH @ translation_BH.T / self.temperature
        target_B = torch.arange(len(similarity_BB), device=similarity_BB.device)
        # A translation of the same sentence, or the same translation, is no wrong answer.
        same_BB = torch.stack([text_B[:, None] == text_B for text_B in texts]).any(0)
        twin_BB = same_BB & ~torch.eye(len(same_BB), dtype=torch.bool, device=same_BB.device)
        similarity_BB = similarity_BB.masked_fill(twin_BB, torch.finfo(similarity_BB.dtype).min)
        return (F.cross_entropy(similarity_BB, target_B) + F.cross_entropy(similarity_BB.T, target_B)) / 2

    def on_before_optimizer_step(self, optimizer: Optimizer) -> None:  # noqa: ARG002
        """Remove the zero gradients of blocks above the layer, or weight decay would go on moving them."""
        if self._world_size() > 1:
            for weight in self.unread_weights():
                weight.grad = None

    def unread_weights(self) -> set[nn.Parameter]:
        """Weights of the blocks above the layer."""
        return {*self.backbone.weights_behind(self.embeddings[0].layer)} if self._leaves_blocks_out else set()

    @property
    def _leaves_blocks_out(self) -> bool:
        # States of a lower layer need no block above it, which then gets no gradient.
        return self.embeddings[0].layer < self.backbone.num_layers

    def validate(self, batch: RetrievalBatch) -> Tensor:
        """Add the batch to the metric; the loss is that among the batch, whatever other processes read.

        Raises:
            ValueError: if sentences and translations are not in pairs, as where pairs are to be mined.
        """
        rows = _rows(batch)
        sides = _sides(self(batch), rows)
        if len(sides[0]) != len(sides[1]):
            raise ValueError(
                f"batch: expected sentences beside translations, got {len(sides[0])} and {len(sides[1])}; "
                "score a task that mines pairs by task.scores(task.table(examples, predictions)), from "
                "trainer.predict"
            )
        # One number of a language on all processes.
        langs = [zlib.crc32(batch["sequence_ids"][row].lang.encode()) for row in rows[0]]
        self.metric.update(*sides, torch.tensor(langs, device=sides[0].device))
        return self._contrast(sides, _sides(_fingerprints(batch), rows))

    def predict_step(
        self,
        batch: RetrievalBatch,
        batch_idx: int = 0,  # noqa: ARG002
        dataloader_idx: int = 0,  # noqa: ARG002
    ) -> list[RetrievalPrediction]:
        """Vector of each sentence."""
        vectors_RH = self(batch).cpu()
        return [
            {"id": id_, "name": name, "side": side, "view": view, "vector": vector}
            for id_, name, side, view, vector in zip(
                batch["sequence_ids"], batch["names"], batch["sides"], batch["views"], vectors_RH, strict=True
            )
        ]

    def _gathered(self, *sides: Tensor) -> Sequence[Tensor]:
        """What belongs to each side on all processes, of which some may have more than others or none."""
        size = 0 if self.stands_in else len(sides[0])
        counts = cast(Tensor, self.all_gather(torch.tensor(size, device=sides[0].device))).tolist()
        longest = max(counts)
        # With gradients: each process's vectors are candidates of the others, and must learn from that too.
        padded = [
            F.pad(side[:size], (*[0] * (2 * side.ndim - 2), 0, longest - size)) for side in sides
        ]  # fmt: skip
        gathered = [
            cast(Tensor, self.all_gather(side, sync_grads=side.is_floating_point())) for side in padded
        ]
        return [
            torch.cat([rows[:count] for rows, count in zip(side, counts, strict=True)]) for side in gathered
        ]


_FACTOR = 6364136223846793005
"""Factor of a power series that tells sequences apart (Knuth's for numbers of 64 bits)."""


def _fingerprints(batch: RetrievalBatch) -> Tensor:
    """Number of each sequence, ``(R,)`` int64: the same for the same sub-words, however they are padded."""
    ids_RS = batch["input_ids"] * batch["attention_mask"]
    factors_S = torch.full_like(ids_RS[0], _FACTOR).cumprod(0)  # modulo 2^64, as the sum
    return (ids_RS * factors_S).sum(1)


def _rows(batch: RetrievalBatch) -> list[list[int]]:
    """Rows of the sources and of the translations, embedded in the first way."""
    return [
        [row for row, (row_side, view) in enumerate(zip(batch["sides"], batch["views"], strict=True))
         if row_side == side and view == 0]
        for side in (0, 1)
    ]  # fmt: skip


def _sides(values: Tensor, rows: Sequence[Sequence[int]]) -> Sequence[Tensor]:
    """What belongs to sources and to translations, in the order of the examples."""
    return [values[of_side] for of_side in rows]
