"""Sentence retrieval from files to scores: what the phases ask of a task, composed from the parts below."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from xtl.config import DataConfig, EmbeddingConfig, RetrievalConfig, TaskConfig
from xtl.data import ParallelReader, RawReader, RawTexts, SentenceCollator, Source
from xtl.decoding import nearest
from xtl.metrics.functional import accuracy
from xtl.models import HFBackbone
from xtl.modules import RetrievalAccuracy, SentenceEncoder
from xtl.modules.optim import OptimizerFactory
from xtl.phases.families.embedding import (
    BENCHMARK,
    embedding_of,
    encoded,
    longest,
    resolved,
    text_features,
    vector_records,
)
from xtl.phases.families.family import source_of
from xtl.tally import Tally
from xtl.types import ParallelExample, SentenceFeature, SentenceRow, SentenceVector, TextExample

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


class RetrievalFamily:
    """One retrieval task over one source of data."""

    def __init__(self, task: RetrievalConfig, data: DataConfig, backbone: EmbeddingConfig) -> None:
        own = resolved(task.embedding, backbone)
        self.task: TaskConfig = replace(task, embedding=own)
        self.labels: tuple[str, ...] = ()
        self.tally = Tally()
        self.raw: RawReader = RawTexts()
        self.answers: tuple[str, ...] = ("vector",)
        self.tuned_on = ""
        self._temperature = task.temperature
        self._views = [own, BENCHMARK] if "accuracy_benchmark" in task.metrics else [own]
        reader = ParallelReader(task=task.name, pivot=task.pivot)
        self.source: Source = source_of(task, data, reader)

    def features(
        self, examples: Sequence[ParallelExample], tokenizer: PreTrainedTokenizerBase
    ) -> list[SentenceFeature]:
        """Encode both sentences of each example, for each way of embedding."""
        rows: list[list[SentenceRow]] = [[] for _ in examples]
        for number, view in enumerate(self._views):
            for side in (0, 1):
                texts = [example.translation if side else example.text for example in examples]
                found = encoded(texts, tokenizer, view, max_len=self.task.max_len)
                for mine, (ids, kept) in zip(rows, found, strict=True):
                    mine.append(SentenceRow(side, number, ids, kept))
        return [
            {
                "uid": example.uid,
                "group": example.uid,
                "name": "",
                "input_ids": longest(mine),
                "rows": mine,
            }
            for example, mine in zip(examples, rows, strict=True)
        ]

    def raw_features(
        self, examples: Sequence[TextExample], tokenizer: PreTrainedTokenizerBase
    ) -> list[SentenceFeature]:
        """Encode single sentences."""
        return text_features(examples, tokenizer, self._views[0], max_len=self.task.max_len)

    def collator(self, pad_id: int) -> SentenceCollator:
        """Build what makes a padded batch."""
        return SentenceCollator(pad_id=pad_id)

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
        examples: Sequence[ParallelExample],
        predictions: Sequence[SentenceVector],
        threshold: float | None = None,  # noqa: ARG002  the nearest one is always given
    ) -> pa.Table:
        """Search, and put what was found beside each pair.

        Raises:
            ValueError: if a sentence has no vector.
        """
        self._count_twins(examples)
        uids = [example.uid for example in examples]
        sides = {
            (side, view): _matrix(uids, predictions, side=side, view=view)
            for side in (0, 1)
            for view in range(len(self._views))
        }
        benchmark = len(self._views) - 1
        found = {
            "found": nearest(sides[1, 0], sides[0, 0]),
            "found_back": nearest(sides[0, 0], sides[1, 0]),
            "found_benchmark": nearest(sides[1, benchmark], sides[0, benchmark]),
        }
        columns = {name: [uids[at] for at in indices.tolist()] for name, indices in found.items()}
        texts = {
            "uid": uids,
            "text": [example.text for example in examples],
            "translation": [example.translation for example in examples],
        }
        return pa.table({**texts, **columns}, schema=SCHEMA)

    def records(
        self,
        examples: Sequence[TextExample],
        predictions: Sequence[SentenceVector],
        threshold: float | None = None,  # noqa: ARG002  vectors have none
    ) -> list[dict[str, Any]]:
        """Give the vector of each sentence."""
        return vector_records(examples, predictions)

    def scores(self, table: pa.Table) -> dict[str, float]:
        """Compute each of the task's metrics from a table of predictions, in [0, 100]."""
        uids = table.column("uid").to_pylist()
        return {
            metric: accuracy(table.column(_COLUMN_OF_SCORE[metric]).to_pylist(), uids)
            for metric in self.task.metrics
        }

    def _count_twins(self, examples: Sequence[ParallelExample]) -> None:
        """Say which sentences stand there twice: only one of them can be found."""
        for name, attribute in (("sentence", "text"), ("translation", "translation")):
            count = Counter(getattr(example, attribute) for example in examples)
            for example in examples:
                if count[getattr(example, attribute)] > 1:
                    reason = f"kept, but the same {name} stands there more than once"
                    self.tally.add(reason, f"{example.lang}:{example.uid}")


def _matrix(uids: Sequence[str], predictions: Sequence[SentenceVector], *, side: int, view: int) -> Tensor:
    vectors = {
        one["uid"]: one["vector"] for one in predictions if one["side"] == side and one["view"] == view
    }
    missing = [uid for uid in uids if uid not in vectors]
    if missing:
        raise ValueError(f"expected a vector for each sentence, got none for {', '.join(missing[:5])}")
    return torch.stack([vectors[uid] for uid in uids])
