"""Classification, and the prediction of a number, from files to scores."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pyarrow as pa
from transformers import PreTrainedTokenizerBase

from xtl.data.raw import RawReader
from xtl.data.source import FilteredSource
from xtl.data.splits import Subset, examples_of
from xtl.metrics import classification_metric
from xtl.metrics.functional import class_counts, score_classes, score_numbers
from xtl.models import Backbone, encode_texts
from xtl.modules.optim import OptimizerFactory
from xtl.schemas.backbone import EmbeddingConfig
from xtl.schemas.data import DataConfig
from xtl.statistics.examples import ExampleCounts, Formula, Kind
from xtl.tasks.base import Task, pair_by_id
from xtl.tasks.chance import Chance, best_constant, chance_of_correlation, chance_of_share
from xtl.tasks.classification.collate import ClassificationCollator
from xtl.tasks.classification.config import ClassificationConfig
from xtl.tasks.classification.decode import best_label, class_record, number_record
from xtl.tasks.classification.encode import encode_classification
from xtl.tasks.classification.module import SequenceClassification
from xtl.tasks.classification.reader import (
    ClassificationReader,
    RawClassificationReader,
    filter_classification,
)
from xtl.tasks.classification.types import ClassificationFeature, ClassificationPrediction
from xtl.tasks.cut import count_cut
from xtl.tasks.sources import source_of
from xtl.types import ClassificationExample

_TEXTS = [("uid", pa.string()), ("first", pa.string()), ("second", pa.string())]

CLASS_SCHEMA = pa.schema(
    [
        *_TEXTS,
        ("gold", pa.string()),
        ("predicted", pa.string()),
        ("probabilities", pa.list_(pa.float32())),
    ]
)
"""Columns of a file of predicted classes; probabilities in the order of the task's labels."""

NUMBER_SCHEMA = pa.schema([*_TEXTS, ("gold", pa.float64()), ("predicted", pa.float64())])
"""Columns of a file of predicted numbers."""


_FORMULAS = {
    "accuracy": Formula(Kind.SHARE, ("right",)),
    "f1": Formula(Kind.F1, ("right_positive", "predicted_positive", "gold_positive")),
    "f1_macro": Formula(Kind.MACRO_F1, ("predicted", "gold")),
    "matthews": Formula(Kind.MATTHEWS, ("predicted", "gold")),
    "pearson": Formula(Kind.PEARSON, ("predicted", "gold")),
    "spearman": Formula(Kind.SPEARMAN, ("predicted", "gold")),
}
"""How each score comes from counts per example."""


class ClassificationTask(Task):
    """Classification or regression task over one source of data."""

    example_type = ClassificationExample
    feature_type = ClassificationFeature

    def __init__(self, config: ClassificationConfig, data: DataConfig, embedding: EmbeddingConfig) -> None:  # noqa: ARG002  no vectors
        super().__init__(config)
        self._labels = tuple(config.labels.split())
        self._pooling = config.pooling
        self.raw: RawReader = RawClassificationReader(
            first=config.columns.first, second=config.columns.second
        )
        self.answers: tuple[str, ...] = ("label", "probabilities") if self.labels else ("score",)
        reader = ClassificationReader(
            task=config.name,
            labels=self.labels,
            first=config.columns.first,
            second=config.columns.second,
            label=config.columns.label,
            replace=config.replace,
            quoted=config.quoted,
        )
        filter_ = partial(filter_classification, skip_counts=self.skip_counts)
        self.source = FilteredSource(source_of(config, data, reader), filter_, self.skip_counts)

    def encode(
        self, examples: Sequence[ClassificationExample], tokenizer: PreTrainedTokenizerBase
    ) -> list[ClassificationFeature]:
        """Features of texts; of two that are too long together the longer one is cut first, as in XTREME."""
        if not examples:
            return []
        two = examples[0].second is not None
        encodings = encode_texts(
            tokenizer,
            [example.first for example in examples],
            [example.second or "" for example in examples] if two else None,
            max_len=self.config.max_len,
        )
        cut = [encoding.overflowing for encoding in encodings]
        count_cut(examples, cut, self.skip_counts, max_len=self.config.max_len)
        label_ids = {label: index for index, label in enumerate(self.labels)}
        encoded_ids = [encoding.ids for encoding in encodings]
        return list(encode_classification(examples, encoded_ids, label_ids=label_ids))

    raw_features = encode

    def chance(self, validation: Sequence[Subset], tokenizer: PreTrainedTokenizerBase) -> Chance | None:  # noqa: ARG002
        """Best score of one class for all rows; of numbers a correlation of 0."""
        gold = [example.label for example in examples_of(validation)]
        metric = self.config.metrics[0]
        if not gold:
            return None
        if not self.labels or metric == "matthews":
            return chance_of_correlation(len(gold))
        positive = self.labels[-1]
        score = best_constant(
            lambda label: score_classes(metric, [label] * len(gold), gold, positive=positive), self.labels
        )
        return chance_of_share(score, len(gold))

    @property
    def reads_first_token(self) -> bool:
        """Whether the first token stands for the texts, as ``pooling`` says."""
        return self._pooling == "cls"

    def collator(self, pad_id: int) -> ClassificationCollator:
        """Collator of padded batches."""
        return ClassificationCollator(pad_id=pad_id)

    def module(
        self, backbone: Backbone, optimizer: OptimizerFactory, *, dropout: float
    ) -> SequenceClassification:
        """Module with a new head."""
        return SequenceClassification(
            backbone,
            num_classes=len(self.labels),
            metric=classification_metric(self.config.metrics[0], positive=len(self.labels) - 1),
            optimizer=optimizer,
            pooling=self._pooling,
            dropout=dropout,
        )

    def table(
        self,
        examples: Sequence[ClassificationExample],
        predictions: Sequence[ClassificationPrediction],
        threshold: float | None = None,  # noqa: ARG002  classes have none
    ) -> pa.Table:
        """Predictions beside the examples they are for.

        Raises:
            ValueError: if an example has no prediction, or there is one for none of them.
        """
        rows = []
        for example, prediction in pair_by_id(examples, predictions):
            row: dict[str, Any] = {"uid": example.uid, "first": example.first, "second": example.second}
            outputs = prediction["outputs"]
            if self.labels:
                row |= {"predicted": best_label(outputs, self.labels), "probabilities": outputs}
            else:
                row |= {"predicted": outputs[0]}
            rows.append(row | {"gold": example.label})
        return pa.Table.from_pylist(rows, schema=CLASS_SCHEMA if self.labels else NUMBER_SCHEMA)

    def records(
        self,
        examples: Sequence[ClassificationExample],
        predictions: Sequence[ClassificationPrediction],
        threshold: float | None = None,
    ) -> list[dict[str, Any]]:
        """Record of each example: its class and the probability of each class, or its number."""
        rows = self.table(examples, predictions, threshold).to_pylist()
        if not self.labels:
            return [number_record(row["predicted"]) for row in rows]
        return [class_record(row["predicted"], row["probabilities"], self.labels) for row in rows]

    def scores(self, table: pa.Table) -> dict[str, float]:
        """Each of the task's metrics, in [0, 100], from a table of predictions of one language."""
        predicted, gold = table.column("predicted").to_pylist(), table.column("gold").to_pylist()
        if not self.labels:
            return {metric: score_numbers(metric, predicted, gold) for metric in self.config.metrics}
        positive = self.labels[-1]
        return {
            metric: score_classes(metric, predicted, gold, positive=positive)
            for metric in self.config.metrics
        }

    def counts(self, examples: Sequence[ClassificationExample], table: pa.Table) -> ExampleCounts:  # noqa: ARG002
        """Predicted and right class of each example as numbers, or the two numbers themselves."""
        predicted, gold = (table.column(name).to_pylist() for name in ("predicted", "gold"))
        columns: dict[str, Sequence[float]] = {"predicted": predicted, "gold": gold}
        if self.labels:
            number_of = {label: number for number, label in enumerate(dict.fromkeys([*self.labels, *gold]))}
            classes = [[number_of[label] for label in side] for side in (predicted, gold)]
            columns = dict(zip(("predicted", "gold"), classes, strict=True))
            columns |= class_counts(*classes, positive=len(self.labels) - 1)
        formulas = {metric: _FORMULAS[metric] for metric in self.config.metrics}
        used = {name for formula in formulas.values() for name in formula.columns}
        return ExampleCounts.of(
            table.column("uid").to_pylist(),
            {name: values for name, values in columns.items() if name in used},
            formulas,
        )
