"""Mining from files to scores: what the phases ask of a task, composed from the parts below."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import pyarrow as pa
import torch
from transformers import PreTrainedTokenizerBase

from xtl.data.raw import RawReader
from xtl.metrics.functional import score_pairs
from xtl.models import HFBackbone
from xtl.modules.optim import OptimizerFactory
from xtl.schemas.backbone import EmbeddingConfig
from xtl.schemas.data import DataConfig
from xtl.tasks.base import Task, source_of
from xtl.tasks.bitext_mining.config import BitextMiningConfig
from xtl.tasks.bitext_mining.decode import best_margin, mine
from xtl.tasks.bitext_mining.reader import BitextMiningReader
from xtl.tasks.retrieval.collate import RetrievalCollator
from xtl.tasks.retrieval.embedding import embedding_of, encoded, resolved, text_features, vector_records
from xtl.tasks.retrieval.module import SentenceEncoder
from xtl.tasks.retrieval.reader import RawRetrievalReader
from xtl.tasks.retrieval.retrieval_accuracy import RetrievalAccuracy
from xtl.tasks.retrieval.types import RetrievalFeature, RetrievalPrediction, RetrievalRow
from xtl.types import BitextMiningExample, MaskedLMExample

SCHEMA = pa.schema(
    [
        ("uid", pa.string()),
        ("source", pa.string()),
        ("target", pa.string()),
        ("margin", pa.float64()),
        ("gold", pa.bool_()),
        ("predicted", pa.bool_()),
    ]
)
"""Columns of a file of predictions: a row for each mined pair, best first, then one without a margin for each
translation that was not mined. ``predicted``: its margin reaches the threshold."""


class BitextMiningTask(Task):
    """One mining task over one source of data."""

    def __init__(self, config: BitextMiningConfig, data: DataConfig, embedding: EmbeddingConfig) -> None:
        self._view = resolved(config.embedding, embedding)
        super().__init__(replace(config, embedding=self._view))
        self.raw: RawReader = RawRetrievalReader()
        self.answers: tuple[str, ...] = ("vector",)
        self._neighbours = config.neighbours
        self._index = config.index
        reader = BitextMiningReader(task=config.name, pivot=config.pivot)
        self.source = source_of(config, data, reader)

    def encode(
        self, examples: Sequence[BitextMiningExample], tokenizer: PreTrainedTokenizerBase
    ) -> list[RetrievalFeature]:
        """Encode each different sentence once; its features are free to go into different batches."""
        features: list[RetrievalFeature] = []
        for example in examples:
            for side, texts in enumerate((example.text_of_id, example.translation_of_id)):
                different = list(dict.fromkeys(texts.values()))
                found = encoded(different, tokenizer, self._view, max_len=self.config.max_len)
                for text, (ids, kept) in zip(different, found, strict=True):
                    features.append(
                        {
                            "id": example.id,
                            "group": f"{example.uid}/{side}/{text}",
                            "name": text,
                            "input_ids": ids,
                            "rows": [RetrievalRow(side, 0, ids, kept)],
                        }
                    )
        return features

    def raw_features(
        self, examples: Sequence[MaskedLMExample], tokenizer: PreTrainedTokenizerBase
    ) -> list[RetrievalFeature]:
        """Encode single sentences."""
        return text_features(examples, tokenizer, self._view, max_len=self.config.max_len)

    def feature_from_json(self, values: dict[str, Any]) -> RetrievalFeature:
        """Feature with its rows as :meth:`encode` made them."""
        rows = [RetrievalRow(*row) for row in values["rows"]]
        return cast(RetrievalFeature, {**values, "rows": rows})

    def collator(self, pad_id: int) -> RetrievalCollator:
        """Build what makes a padded batch."""
        return RetrievalCollator(pad_id=pad_id)

    def module(
        self,
        backbone: HFBackbone,
        optimizer: OptimizerFactory,
        *,
        dropout: float,  # noqa: ARG002  there is no head
    ) -> SentenceEncoder:
        """Build a module; it has no weights but the encoder's."""
        embedding = embedding_of(self._view, backbone.num_layers)
        return SentenceEncoder(
            backbone, embeddings=[embedding], metric=RetrievalAccuracy(), optimizer=optimizer
        )

    def tune(
        self, examples: Sequence[BitextMiningExample], predictions: Sequence[RetrievalPrediction]
    ) -> float:
        """Choose the margin with the best F1."""
        (example,) = examples
        found = self._mined(example, predictions)
        return best_margin([(score, pair in example.gold) for score, pair in found], len(example.gold))

    def table(
        self,
        examples: Sequence[BitextMiningExample],
        predictions: Sequence[RetrievalPrediction],
        threshold: float | None = None,
    ) -> pa.Table:
        """Mine pairs of ids, and mark those whose margin reaches the threshold (0 without one)."""
        (example,) = examples
        least = threshold or 0.0
        found = self._mined(example, predictions)
        missed = sorted(example.gold - {pair for _, pair in found})
        every: list[tuple[float | None, tuple[str, str]]] = [*found, *((None, pair) for pair in missed)]
        rows = [
            {
                "uid": example.uid,
                "source": source,
                "target": target,
                "margin": score,
                "gold": (source, target) in example.gold,
                "predicted": score is not None and score >= least,
            }
            for score, (source, target) in every
        ]
        return pa.Table.from_pylist(rows, schema=SCHEMA)

    def records(
        self,
        examples: Sequence[MaskedLMExample],
        predictions: Sequence[RetrievalPrediction],
        threshold: float | None = None,  # noqa: ARG002  vectors have none
    ) -> list[dict[str, Any]]:
        """Give the vector of each sentence."""
        return vector_records(examples, predictions)

    def scores(self, table: pa.Table) -> dict[str, float]:
        """Compute each of the task's metrics from a table of predictions, in [0, 100]."""
        rows = table.to_pylist()
        predicted, gold = (
            [(row["source"], row["target"]) for row in rows if row[kind]] for kind in ("predicted", "gold")
        )
        return {metric: score_pairs(metric, predicted, gold) for metric in self.config.metrics}

    def _mined(
        self, example: BitextMiningExample, predictions: Sequence[RetrievalPrediction]
    ) -> list[tuple[float, tuple[str, str]]]:
        """Mine pairs of sentences; those that stand there twice are dropped, as in XTREME."""
        texts: list[list[str]] = []
        matrices = []
        for side in (0, 1):
            mine_ = [one for one in predictions if one["side"] == side and one["id"] == example.id]
            texts.append([one["name"] for one in mine_])
            matrices.append(torch.stack([one["vector"] for one in mine_]))
        ids = [self._id_of(example, side) for side in (0, 1)]
        found = []
        mined = mine(matrices[0], matrices[1], k=self._neighbours, index=self._index)
        for score, source, target in mined:
            pair = ids[0].get(texts[0][source]), ids[1].get(texts[1][target])
            if pair[0] is not None and pair[1] is not None:
                found.append((score, (pair[0], pair[1])))
        return found

    def _id_of(self, example: BitextMiningExample, side: int) -> Mapping[str, str]:
        texts = example.translation_of_id if side else example.text_of_id
        count = Counter(texts.values())
        for id_, text in texts.items():
            if count[text] > 1:
                reason = "not mined: the same sentence stands there more than once"
                self.skip_counts.add(reason, f"{example.lang}:{id_}")
        return {text: id_ for id_, text in texts.items() if count[text] == 1}
