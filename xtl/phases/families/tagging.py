"""Tagging from files to scores: what the phases ask of a task, composed from the parts below."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
from torch.utils.data import DataLoader
from transformers import PreTrainedTokenizerBase

from xtl.config import DataConfig, TaggingConfig, TaskConfig
from xtl.data import (
    LengthBatchSampler,
    LocalSource,
    LocalTagging,
    PocketTagging,
    TaggingCollator,
    TaggingReader,
    TaggingSource,
    evaluation_batches,
)
from xtl.decoding import join_pieces
from xtl.encoding import SpecialIds, encode_tagging
from xtl.metrics import tagging_metric
from xtl.metrics.functional import score_tags
from xtl.models import Backbone
from xtl.modules import TokenTagging
from xtl.modules.optim import OptimizerFactory
from xtl.types import Split, TaggingExample, TaggingFeature, TagPiece

SCHEMA = pa.schema(
    [
        ("uid", pa.string()),
        ("words", pa.list_(pa.string())),
        ("gold", pa.list_(pa.string())),
        ("predicted", pa.list_(pa.string())),
    ]
)
"""Columns of a file of predictions: one row a sentence, in the order of the data file."""


class TaggingFamily:
    """One tagging task over one source of data."""

    def __init__(self, task: TaggingConfig, source: TaggingSource) -> None:
        self.task = task
        self.tags = tuple(task.labels.split())
        self._source = source

    @classmethod
    def of(cls, task: TaskConfig, data: DataConfig) -> "TaggingFamily":
        """Compose the family of a task from its config."""
        if not isinstance(task, TaggingConfig):
            raise TypeError(f"expected a tagging task, got {type(task).__name__}")
        if data.source == "pocket":
            return cls(task, PocketTagging(task.name, data.sizes, data.seed))
        reader = TaggingReader(
            task=task.name,
            labels=tuple(task.labels.split()),
            replace=task.replace,
            fused_forms=task.fused_forms,
            word_prefix=task.word_prefix,
        )
        return cls(task, LocalTagging(LocalSource(Path(str(data.root)).expanduser()), reader))

    def languages(self, split: Split) -> list[str]:
        """List the task's languages that have ``split``."""
        there = self._source.languages(split)
        return [lang for lang in self.task.languages.split() if lang in there]

    def examples(self, lang: str, split: Split) -> list[TaggingExample]:
        """Give the sentences of one language and split."""
        return self._source.examples(lang, split)

    def features(
        self, examples: Sequence[TaggingExample], tokenizer: PreTrainedTokenizerBase
    ) -> list[TaggingFeature]:
        """Encode sentences, long ones in pieces. Each word is tokenised alone, each different word once."""
        vocabulary = list(dict.fromkeys(word for example in examples for word in example.words))
        encoded = (
            tokenizer(vocabulary, add_special_tokens=False, verbose=False)["input_ids"] if vocabulary else []
        )
        ids_of_word = dict(zip(vocabulary, encoded, strict=True))
        special = SpecialIds(
            prefix=(tokenizer.bos_token_id,), suffix=(tokenizer.eos_token_id,), unknown=tokenizer.unk_token_id
        )
        label_ids = {tag: index for index, tag in enumerate(self.tags)}
        return [
            feature
            for example in examples
            for feature in encode_tagging(
                example,
                [ids_of_word[word] for word in example.words],
                label_ids=label_ids,
                special=special,
                max_len=self.task.max_len,
            )
        ]

    def training_loader(
        self, features: Sequence[TaggingFeature], sampler: LengthBatchSampler, *, pad_id: int
    ) -> DataLoader[Any]:
        """Batches for training, in the sampler's order."""
        return DataLoader(features, batch_sampler=sampler, collate_fn=TaggingCollator(pad_id=pad_id))  # type: ignore[arg-type]  # a list is a Dataset

    def evaluation_loader(
        self, features: Sequence[TaggingFeature], *, pad_id: int, max_tokens: int
    ) -> DataLoader[Any]:
        """Batches for evaluation; the pieces of a sentence stay together."""
        lengths = [len(feature["input_ids"]) for feature in features]
        batches = evaluation_batches(lengths, [feature["uid"] for feature in features], max_tokens=max_tokens)
        return DataLoader(features, batch_sampler=batches, collate_fn=TaggingCollator(pad_id=pad_id))  # type: ignore[arg-type]  # a list is a Dataset

    def module(self, backbone: Backbone, optimizer: OptimizerFactory, *, dropout: float) -> TokenTagging:
        """Build a module with a new head."""
        metric = tagging_metric(self.task.metrics[0])
        return TokenTagging(backbone, tags=self.tags, metric=metric, optimizer=optimizer, dropout=dropout)

    def table(self, examples: Sequence[TaggingExample], pieces: Sequence[TagPiece]) -> pa.Table:
        """Put predictions beside the sentences they are for.

        Raises:
            ValueError: if a sentence has no prediction, or a number of tags that is not its number of words.
        """
        predicted = join_pieces(pieces)
        rows = []
        for example in examples:
            tags = predicted.pop(example.uid, [])
            if len(tags) != len(example.words):
                raise ValueError(
                    f"{example.uid}: expected {len(example.words)} predicted tags, got {len(tags)}"
                )
            rows.append({"uid": example.uid, "words": example.words, "gold": example.tags, "predicted": tags})
        if predicted:
            raise ValueError(
                f"expected predictions for the given sentences only, got {', '.join(list(predicted)[:5])}"
            )
        return pa.Table.from_pylist(rows, schema=SCHEMA)

    def scores(self, table: pa.Table) -> dict[str, float]:
        """Compute each of the task's metrics from a table of predictions, in [0, 100]."""
        predicted, gold = table.column("predicted").to_pylist(), table.column("gold").to_pylist()
        return {metric: score_tags(metric, predicted, gold) for metric in self.task.metrics}


def named_by_language(examples: Sequence[TaggingExample]) -> list[TaggingExample]:
    """Put the language in front of uids, so that translations of one row can train side by side."""
    return [replace(example, uid=f"{example.lang}:{example.uid}") for example in examples]
