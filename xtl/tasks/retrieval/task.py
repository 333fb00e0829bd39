"""Sentence retrieval from files to scores: what the phases ask of a task, composed from the parts below."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import pyarrow as pa
import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from xtl.data.raw import RawReader
from xtl.metrics.functional import accuracy
from xtl.models import HFBackbone
from xtl.modules.optim import OptimizerFactory
from xtl.schemas.backbone import EmbeddingConfig
from xtl.schemas.data import DataConfig
from xtl.tasks.base import Task, source_of
from xtl.tasks.retrieval.collate import RetrievalCollator
from xtl.tasks.retrieval.config import RetrievalConfig
from xtl.tasks.retrieval.embedding import (
    BENCHMARK,
    embedding_of,
    encoded,
    longest,
    resolved,
    text_features,
    vector_records,
)
from xtl.tasks.retrieval.module import SentenceEncoder
from xtl.tasks.retrieval.reader import RawRetrievalReader, RetrievalReader
from xtl.tasks.retrieval.retrieval_accuracy import RetrievalAccuracy
from xtl.tasks.retrieval.search import nearest
from xtl.tasks.retrieval.types import RetrievalFeature, RetrievalPrediction, RetrievalRow
from xtl.types import ExampleId, MaskedLMExample, RetrievalExample

_COLUMN_OF_SCORE = {
    "accuracy": "found",
    "accuracy_back": "found_back",
    "accuracy_benchmark": "found_benchmark",
}


SCHEMA = pa.schema(
    [
        ("uid", pa.string()),
        ("text", pa.string()),
        ("translation", pa.string()),
        *((column, pa.string()) for column in _COLUMN_OF_SCORE.values()),
    ]
)
"""Columns of a file of predictions: ``found`` is the uid of the sentence nearest to the translation,
``found_back`` that of the translation nearest to the sentence, ``found_benchmark`` as ``found`` with the
benchmark's own vectors."""


class RetrievalTask(Task):
    """One retrieval task over one source of data."""

    def __init__(self, config: RetrievalConfig, data: DataConfig, embedding: EmbeddingConfig) -> None:
        own = resolved(config.embedding, embedding)
        super().__init__(replace(config, embedding=own))
        self.raw: RawReader = RawRetrievalReader()
        self.answers: tuple[str, ...] = ("vector",)
        self._temperature = config.temperature
        self._views = [own, BENCHMARK] if "accuracy_benchmark" in config.metrics else [own]
        reader = RetrievalReader(task=config.name, pivot=config.pivot)
        self.source = source_of(config, data, reader)

    def encode(
        self, examples: Sequence[RetrievalExample], tokenizer: PreTrainedTokenizerBase
    ) -> list[RetrievalFeature]:
        """Encode both sentences of each example, for each way of embedding."""
        rows: list[list[RetrievalRow]] = [[] for _ in examples]
        for number, view in enumerate(self._views):
            for side in (0, 1):
                texts = [example.translation if side else example.text for example in examples]
                found = encoded(texts, tokenizer, view, max_len=self.config.max_len)
                for mine, (ids, kept) in zip(rows, found, strict=True):
                    mine.append(RetrievalRow(side, number, ids, kept))
        return [
            {
                "id": example.id,
                "name": "",
                "input_ids": longest(mine),
                "rows": mine,
            }
            for example, mine in zip(examples, rows, strict=True)
        ]

    def raw_features(
        self, examples: Sequence[MaskedLMExample], tokenizer: PreTrainedTokenizerBase
    ) -> list[RetrievalFeature]:
        """Encode single sentences."""
        return text_features(examples, tokenizer, self._views[0], max_len=self.config.max_len)

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
        return SentenceEncoder(
            backbone,
            embeddings=[embedding_of(view, backbone.num_layers) for view in self._views],
            metric=RetrievalAccuracy(),
            optimizer=optimizer,
            temperature=self._temperature,
        )

    def table(
        self,
        examples: Sequence[RetrievalExample],
        predictions: Sequence[RetrievalPrediction],
        threshold: float | None = None,  # noqa: ARG002  vectors have none
    ) -> pa.Table:
        """Search, and put what was found beside each pair.

        Raises:
            ValueError: if a sentence has no vector.
        """
        self._count_twins(examples)
        ids = [example.id for example in examples]
        sides = {
            (side, view): _matrix(ids, predictions, side=side, view=view)
            for side in (0, 1)
            for view in range(len(self._views))
        }
        benchmark = len(self._views) - 1
        found = {
            "found": nearest(sides[1, 0], sides[0, 0]),
            "found_back": nearest(sides[0, 0], sides[1, 0]),
            "found_benchmark": nearest(sides[1, benchmark], sides[0, benchmark]),
        }
        columns = {name: [ids[index].uid for index in indices.tolist()] for name, indices in found.items()}
        texts = {
            "uid": [id_.uid for id_ in ids],
            "text": [example.text for example in examples],
            "translation": [example.translation for example in examples],
        }
        return pa.table({**texts, **columns}, schema=SCHEMA)

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
        uids = table.column("uid").to_pylist()
        return {
            metric: accuracy(table.column(_COLUMN_OF_SCORE[metric]).to_pylist(), uids)
            for metric in self.config.metrics
        }

    def _count_twins(self, examples: Sequence[RetrievalExample]) -> None:
        """Say which sentences stand there twice: only one of them can be found."""
        for name, attribute in (("sentence", "text"), ("translation", "translation")):
            count = Counter(getattr(example, attribute) for example in examples)
            for example in examples:
                if count[getattr(example, attribute)] > 1:
                    reason = f"kept, but the same {name} stands there more than once"
                    self.skip_counts.add(reason, f"{example.lang}:{example.uid}")


def _matrix(
    ids: Sequence[ExampleId], predictions: Sequence[RetrievalPrediction], *, side: int, view: int
) -> Tensor:
    vectors = {
        prediction["id"]: prediction["vector"]
        for prediction in predictions
        if prediction["side"] == side and prediction["view"] == view
    }
    missing = [str(id_) for id_ in ids if id_ not in vectors]
    if missing:
        raise ValueError(f"expected a vector for each sentence, got none for {', '.join(missing[:5])}")
    return torch.stack([vectors[id_] for id_ in ids])
