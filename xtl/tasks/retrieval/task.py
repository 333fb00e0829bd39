"""Sentence retrieval from files to scores."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
from transformers import PreTrainedTokenizerBase

from xtl.data.raw import RawReader
from xtl.data.splits import Subset
from xtl.metrics.functional import accuracy
from xtl.models import HFBackbone
from xtl.modules.optim import OptimizerFactory
from xtl.schemas.backbone import EmbeddingConfig
from xtl.schemas.data import DataConfig
from xtl.statistics.examples import ExampleCounts, Formula, Kind
from xtl.tasks.base import Task
from xtl.tasks.chance import Chance, chance_of_share
from xtl.tasks.cut import count_cut
from xtl.tasks.retrieval.collate import RetrievalCollator
from xtl.tasks.retrieval.config import RetrievalConfig
from xtl.tasks.retrieval.decode import nearest_uids, vector_records
from xtl.tasks.retrieval.embedding import BENCHMARK, embedding_of, resolved, tokenised
from xtl.tasks.retrieval.encode import encode_retrieval, encode_sequences
from xtl.tasks.retrieval.module import SentenceEncoder
from xtl.tasks.retrieval.reader import RawRetrievalReader, RetrievalReader
from xtl.tasks.retrieval.retrieval_accuracy import RetrievalAccuracy
from xtl.tasks.retrieval.types import RetrievalFeature, RetrievalPrediction, RetrievalSequence, Sentence
from xtl.tasks.sources import source_of
from xtl.types import Example, RetrievalExample

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
benchmark's own vectors, null where ``accuracy_benchmark`` is not asked for."""


class RetrievalTask(Task):
    """Retrieval task over one source of data."""

    example_type = RetrievalExample
    feature_type = RetrievalFeature

    def __init__(self, config: RetrievalConfig, data: DataConfig, embedding: EmbeddingConfig) -> None:
        view = resolved(config.embedding, embedding)
        super().__init__(replace(config, embedding=view))
        self.raw: RawReader = RawRetrievalReader()
        self.answers: tuple[str, ...] = ("vector",)
        self._temperature = config.temperature
        self._views = [view, BENCHMARK] if "accuracy_benchmark" in config.metrics else [view]
        reader = RetrievalReader(task=config.name, pivot=config.pivot)
        self.source = source_of(config, data, reader)

    def encode(
        self, examples: Sequence[RetrievalExample], tokenizer: PreTrainedTokenizerBase
    ) -> list[RetrievalFeature]:
        """Features with both sentences of each example, for each way of embedding."""
        columns = [
            self._sequences(
                examples,
                [example.translation if side else example.text for example in examples],
                tokenizer,
                side=side,
                view=view,
            )
            for view in range(len(self._views))
            for side in (0, 1)
        ]
        return list(encode_retrieval(examples, zip(*columns, strict=True)))

    def raw_features(
        self, examples: Sequence[Sentence], tokenizer: PreTrainedTokenizerBase
    ) -> list[RetrievalFeature]:
        """Features of single sentences, for the task's own way of embedding."""
        texts = [example.text for example in examples]
        sequences = self._sequences(examples, texts, tokenizer, side=0, view=0)
        return list(encode_retrieval(examples, zip(sequences, strict=True)))

    def _sequences(
        self,
        examples: Sequence[Example],
        texts: Sequence[str],
        tokenizer: PreTrainedTokenizerBase,
        *,
        side: int,
        view: int,
    ) -> list[RetrievalSequence]:
        config = self._views[view]
        encoded = tokenised(texts, tokenizer, config, max_len=self.config.max_len)
        cut = [encoding.overflowing for encoding in encoded]
        count_cut(examples, cut, self.skip_counts, max_len=self.config.max_len)
        special_tokens = bool(config.special_tokens)
        return list(encode_sequences(encoded, special_tokens=special_tokens, side=side, view=view))

    def chance(self, validation: Sequence[Subset], tokenizer: PreTrainedTokenizerBase) -> Chance | None:  # noqa: ARG002
        """One hit at random in each language, whose rows are the candidates."""
        count = sum(map(len, validation))
        langs = {subset.split.lang for subset in validation if len(subset)}
        return chance_of_share(100 * len(langs) / count, count) if count else None

    @property
    def reads_first_token(self) -> bool:
        """Whether the first token stands for a sentence, as ``embedding.pooling`` says."""
        return self._views[0].pooling == "cls"

    def collator(self, pad_id: int) -> RetrievalCollator:
        """Collator of padded batches."""
        return RetrievalCollator(pad_id=pad_id)

    def module(
        self,
        backbone: HFBackbone,
        optimizer: OptimizerFactory,
        *,
        dropout: float,  # noqa: ARG002  there is no head
    ) -> SentenceEncoder:
        """Module without weights but the encoder's.

        Raises:
            ConfigError: if the encoder has no layer that is to be pooled.
        """
        embeddings = [embedding_of(view, backbone.num_layers, task=self.name) for view in self._views]
        return SentenceEncoder(
            backbone,
            embeddings=embeddings,
            metric=RetrievalAccuracy(),
            optimizer=optimizer,
            temperature=self._temperature,
        )

    def table(
        self,
        examples: Sequence[RetrievalExample],
        predictions: Sequence[RetrievalPrediction],
        threshold: float | None = None,  # noqa: ARG002  a search has none
    ) -> pa.Table:
        """Pairs of sentences, and beside each what a search found.

        Raises:
            ValueError: if a sentence has no vector.
        """
        self._count_twins(examples)
        uids = nearest_uids([example.id for example in examples], predictions, num_views=len(self._views))
        texts = {
            "uid": [example.uid for example in examples],
            "text": [example.text for example in examples],
            "translation": [example.translation for example in examples],
        }
        absent = dict.fromkeys(_COLUMN_OF_SCORE.values(), [None] * len(examples))
        return pa.table({**texts, **absent, **uids}, schema=SCHEMA)

    def records(
        self,
        examples: Sequence[Sentence],
        predictions: Sequence[RetrievalPrediction],
        threshold: float | None = None,  # noqa: ARG002  vectors have none
    ) -> list[dict[str, Any]]:
        """Record of each sentence: its vector."""
        return vector_records(examples, predictions)

    def scores(self, table: pa.Table) -> dict[str, float]:
        """Each of the task's metrics, in [0, 100], from a table of predictions of one language."""
        uids = table.column("uid").to_pylist()
        return {
            metric: accuracy(table.column(_COLUMN_OF_SCORE[metric]).to_pylist(), uids)
            for metric in self.config.metrics
        }

    def counts(self, examples: Sequence[RetrievalExample], table: pa.Table) -> ExampleCounts:  # noqa: ARG002
        """Whether each search found the translation."""
        uids = table.column("uid").to_pylist()
        columns = [_COLUMN_OF_SCORE[metric] for metric in self.config.metrics]
        return ExampleCounts.of(
            uids,
            {
                column: [
                    uid == other for uid, other in zip(uids, table.column(column).to_pylist(), strict=True)
                ]
                for column in columns
            },
            {metric: Formula(Kind.SHARE, (_COLUMN_OF_SCORE[metric],)) for metric in self.config.metrics},
        )

    def _count_twins(self, examples: Sequence[RetrievalExample]) -> None:
        """Count sentences that stand in the data more than once: only one of them can be found."""
        for name, attribute in (("sentence", "text"), ("translation", "translation")):
            counts = Counter(getattr(example, attribute) for example in examples)
            for example in examples:
                if counts[getattr(example, attribute)] > 1:
                    reason = f"kept, but the same {name} stands there more than once"
                    self.skip_counts.add(reason, f"{example.lang}:{example.uid}")
