"""Tagging from files to scores."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from transformers import PreTrainedTokenizerBase

from xtl.data.raw import RawReader
from xtl.data.splits import Subset, examples_of
from xtl.metrics import tagging_metric
from xtl.metrics.functional import score_tags, sentence_counts
from xtl.models import Backbone, encode_texts
from xtl.models.tokenizer import special_id, word_prefix
from xtl.modules.optim import OptimizerFactory
from xtl.schemas.backbone import EmbeddingConfig
from xtl.schemas.data import DataConfig
from xtl.statistics.examples import ExampleCounts, Formula, Kind
from xtl.tasks.base import Task
from xtl.tasks.chance import Chance, best_constant, chance_of_share
from xtl.tasks.sources import source_of
from xtl.tasks.tagging.collate import TaggingCollator
from xtl.tasks.tagging.config import TaggingConfig
from xtl.tasks.tagging.decode import join_pieces
from xtl.tasks.tagging.encode import SpecialIds, encode_tagging
from xtl.tasks.tagging.module import TokenTagging
from xtl.tasks.tagging.reader import RawTaggingReader, TaggingReader, labels_of
from xtl.tasks.tagging.types import TaggingFeature, TaggingPrediction
from xtl.types import TaggingExample

SCHEMA = pa.schema(
    [
        ("uid", pa.string()),
        ("words", pa.list_(pa.string())),
        ("gold", pa.list_(pa.string())),
        ("predicted", pa.list_(pa.string())),
    ]
)
"""Columns of a file of predictions: one row a sentence, in the order of the data file."""


_FORMULAS = {
    "accuracy": Formula(Kind.SHARE, ("right_words", "words")),
    "f1": Formula(Kind.F1, ("right_spans", "predicted_spans", "gold_spans")),
    "f1_strict": Formula(Kind.F1, ("right_entities", "predicted_entities", "gold_entities")),
}
"""How each score comes from counts per sentence."""


class TaggingTask(Task):
    """Tagging task over one source of data."""

    example_type = TaggingExample
    feature_type = TaggingFeature

    def __init__(self, config: TaggingConfig, data: DataConfig, embedding: EmbeddingConfig) -> None:  # noqa: ARG002  no vectors
        super().__init__(config)
        self._labels = tuple(config.labels.split())
        self._most_labels = config.most_labels
        reader = TaggingReader(
            task=config.name,
            labels=self._labels,
            replace=config.replace,
            fused_forms=config.fused_forms,
            word_prefix=config.word_prefix,
            supertags=config.supertags,
            skip_counts=self.skip_counts,
            scores_entities=bool(set(config.metrics) - {"accuracy"}),
        )
        self.source = source_of(config, data, reader)
        self.answers: tuple[str, ...] = ("words", "tags")

    @property
    def raw(self) -> RawReader:
        """Reader of raw sentences; any tag stands where a word will get one."""
        return RawTaggingReader(filler=self.labels[0])

    @property
    def labels(self) -> tuple[str, ...]:
        """The task's tags, or those of its training set where it names none.

        Raises:
            DataNotFoundError: if the training set is needed and not there.
        """
        if not self._labels:
            train = [row for lang in self.config.lang for row in self.source.examples(lang, "train")]
            self._labels = labels_of(train, most=self._most_labels)
        return self._labels

    @property
    def knows_labels(self) -> bool:
        """Whether the task names its tags, or they were read or adopted before."""
        return bool(self._labels)

    def adopt_labels(self, labels: Sequence[str]) -> None:
        """Take the tags of a trained head where the task names none."""
        self._labels = self._labels or tuple(labels)

    def encode(
        self, examples: Sequence[TaggingExample], tokenizer: PreTrainedTokenizerBase
    ) -> list[TaggingFeature]:
        """Features of sentences, long ones in pieces. Words are tokenised alone, each different one once."""
        vocabulary = list(dict.fromkeys(word for example in examples for word in example.words))
        prefix = word_prefix(tokenizer)
        encodings = encode_texts(tokenizer, [prefix + word for word in vocabulary], special_tokens=False)
        ids_of_word = {word: encoding.ids for word, encoding in zip(vocabulary, encodings, strict=True)}
        special = SpecialIds(
            prefix=(special_id(tokenizer, "bos", "cls"),),
            suffix=(special_id(tokenizer, "eos", "sep"),),
            unknown=special_id(tokenizer, "unk", "mask"),
        )
        label_ids = self._label_ids(examples)
        return [
            feature
            for example in examples
            for feature in encode_tagging(
                example,
                [ids_of_word[word] for word in example.words],
                label_ids=label_ids,
                special=special,
                max_len=self.config.max_len,
            )
        ]

    raw_features = encode

    def _label_ids(self, examples: Sequence[TaggingExample]) -> dict[str, int]:
        """Numbers of the tags; those that are no label get the number behind the last, and are counted."""
        label_ids = {tag: index for index, tag in enumerate(self.labels)}
        for example in examples:
            unseen = [
                tag for tag in example.tags if tag not in label_ids or label_ids[tag] == len(self.labels)
            ]
            if unseen:
                reason = "has tags that are no label, which count as wrong"
                self.skip_counts.add(reason, f"{example.lang}:{example.uid}")
                label_ids |= dict.fromkeys(unseen, len(self.labels))
        return label_ids

    def chance(self, validation: Sequence[Subset], tokenizer: PreTrainedTokenizerBase) -> Chance | None:  # noqa: ARG002
        """Best score of one tag for all words; a word counts for the share of right ones, else a sentence."""
        gold = [example.tags for example in examples_of(validation)]
        if not gold:
            return None
        metric = self.config.metrics[0]
        seen = [tag for tag in self.labels if any(tag in tags for tags in gold)]
        score = best_constant(
            lambda tag: score_tags(metric, [[tag] * len(tags) for tags in gold], gold), seen or self.labels
        )
        return chance_of_share(score, sum(map(len, gold)) if metric == "accuracy" else len(gold))

    def collator(self, pad_id: int) -> TaggingCollator:
        """Collator of padded batches."""
        return TaggingCollator(pad_id=pad_id)

    def module(self, backbone: Backbone, optimizer: OptimizerFactory, *, dropout: float) -> TokenTagging:
        """Module with a new head."""
        metric = tagging_metric(self.config.metrics[0])
        return TokenTagging(backbone, tags=self.labels, metric=metric, optimizer=optimizer, dropout=dropout)

    def table(
        self,
        examples: Sequence[TaggingExample],
        predictions: Sequence[TaggingPrediction],
        threshold: float | None = None,  # noqa: ARG002  tags have none
    ) -> pa.Table:
        """Predictions beside the sentences they are for.

        Raises:
            ValueError: if a sentence has no prediction, or a number of tags that is not its number of words.
        """
        predicted = join_pieces(predictions)
        rows = []
        for example in examples:
            tags = predicted.pop(example.id, [])
            if len(tags) != len(example.words):
                raise ValueError(
                    f"{example.uid}: expected {len(example.words)} predicted tags, got {len(tags)}"
                )
            rows.append({"uid": example.uid, "words": example.words, "gold": example.tags, "predicted": tags})
        if predicted:
            first_ids = ", ".join(map(str, list(predicted)[:5]))
            raise ValueError(f"expected predictions for the given sentences only, got {first_ids}")
        return pa.Table.from_pylist(rows, schema=SCHEMA)

    def records(
        self,
        examples: Sequence[TaggingExample],
        predictions: Sequence[TaggingPrediction],
        threshold: float | None = None,
    ) -> list[dict[str, Any]]:
        """Record of each sentence: its words and tags."""
        rows = self.table(examples, predictions, threshold).to_pylist()
        return [{"words": row["words"], "tags": row["predicted"]} for row in rows]

    def scores(self, table: pa.Table) -> dict[str, float]:
        """Each of the task's metrics, in [0, 100], from a table of predictions of one language."""
        predicted, gold = table.column("predicted").to_pylist(), table.column("gold").to_pylist()
        return {metric: score_tags(metric, predicted, gold) for metric in self.config.metrics}

    def counts(self, examples: Sequence[TaggingExample], table: pa.Table) -> ExampleCounts:  # noqa: ARG002
        """Words and spans of each sentence: how many are right, predicted and wanted."""
        predicted, gold = table.column("predicted").to_pylist(), table.column("gold").to_pylist()
        columns: dict[str, Sequence[int]] = {}
        for metric in self.config.metrics:
            names = _FORMULAS[metric].columns
            rows = [sentence_counts(metric, *tags) for tags in zip(predicted, gold, strict=True)]
            columns |= {name: [row[index] for row in rows] for index, name in enumerate(names)}
        formulas = {metric: _FORMULAS[metric] for metric in self.config.metrics}
        return ExampleCounts.of(table.column("uid").to_pylist(), columns, formulas)
