"""Classification from files to scores: what the phases ask of a task, composed from the parts below."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from transformers import PreTrainedTokenizerBase

from xtl.config import ClassificationConfig, DataConfig, TaskConfig
from xtl.data import Flaw, PairCollator, PairReader, RawPairs, RawReader, Source, Usable
from xtl.encoding import encode_pairs
from xtl.metrics import pair_metric
from xtl.metrics.functional import score_classes, score_numbers
from xtl.models import Backbone
from xtl.modules import SequenceClassification
from xtl.modules.optim import OptimizerFactory
from xtl.phases.families.family import one_each, rounded, source_of
from xtl.tally import Tally
from xtl.types import PairExample, PairFeature, PairPrediction, Split

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


class ClassificationFamily:
    """One classification or regression task over one source of data."""

    def __init__(self, task: ClassificationConfig, data: DataConfig) -> None:
        self.task: TaskConfig = task
        self.labels = tuple(task.labels.split())
        self._pooling = task.pooling
        self.tally = Tally()
        self.tuned_on = ""
        self.raw: RawReader = RawPairs(first=task.columns.first, second=task.columns.second)
        self.answers: tuple[str, ...] = ("label", "probabilities") if self.labels else ("score",)
        reader = PairReader(
            task=task.name,
            labels=self.labels,
            first=task.columns.first,
            second=task.columns.second,
            label=task.columns.label,
            replace=task.replace,
            quoted=task.quoted,
        )
        self.source: Source = Usable(source_of(task, data, reader), _sift, self.tally)

    def features(
        self, examples: Sequence[PairExample], tokenizer: PreTrainedTokenizerBase
    ) -> list[PairFeature]:
        """Encode texts; of two that are too long together, the longer one is cut first, as XTREME does it."""
        if not examples:
            return []
        two = examples[0].second is not None
        encoded = tokenizer(
            [example.first for example in examples],
            [example.second or "" for example in examples] if two else None,
            truncation="longest_first",
            max_length=self.task.max_len,
            verbose=False,
        )
        for example, encoding in zip(examples, encoded.encodings or (), strict=True):
            if encoding.overflowing:
                self.tally.add(
                    f"cut to max_len={self.task.max_len} sub-words", f"{example.lang}:{example.uid}"
                )
        label_ids = {label: index for index, label in enumerate(self.labels)}
        return list(encode_pairs(examples, encoded["input_ids"], label_ids=label_ids))

    raw_features = features

    def collator(self, pad_id: int) -> PairCollator:
        """Build what makes a padded batch."""
        return PairCollator(pad_id=pad_id)

    def module(
        self, backbone: Backbone, optimizer: OptimizerFactory, *, dropout: float
    ) -> SequenceClassification:
        """Build a module with a new head."""
        return SequenceClassification(
            backbone,
            num_classes=len(self.labels),
            metric=pair_metric(self.task.metrics[0], positive=len(self.labels) - 1),
            optimizer=optimizer,
            pooling=self._pooling,
            dropout=dropout,
        )

    def table(
        self,
        examples: Sequence[PairExample],
        predictions: Sequence[PairPrediction],
        threshold: float | None = None,  # noqa: ARG002  classes have none
    ) -> pa.Table:
        """Put predictions beside the examples they are for.

        Raises:
            ValueError: if an example has no prediction, or there is one for none of them.
        """
        rows = []
        for example, prediction in one_each(examples, predictions):
            row: dict[str, Any] = {"uid": example.uid, "first": example.first, "second": example.second}
            outputs = prediction["outputs"]
            if self.labels:
                best = max(range(len(outputs)), key=outputs.__getitem__)
                row |= {"predicted": self.labels[best], "probabilities": outputs}
            else:
                row |= {"predicted": outputs[0]}
            rows.append(row | {"gold": example.label})
        return pa.Table.from_pylist(rows, schema=CLASS_SCHEMA if self.labels else NUMBER_SCHEMA)

    def records(
        self,
        examples: Sequence[PairExample],
        predictions: Sequence[PairPrediction],
        threshold: float | None = None,
    ) -> list[dict[str, Any]]:
        """Give the class and the probability of each class, or the number."""
        rows = self.table(examples, predictions, threshold).to_pylist()
        if not self.labels:
            return [{"score": round(row["predicted"], 6)} for row in rows]
        return [
            {
                "label": row["predicted"],
                "probabilities": rounded(dict(zip(self.labels, row["probabilities"], strict=True))),
            }
            for row in rows
        ]

    def scores(self, table: pa.Table) -> dict[str, float]:
        """Compute each of the task's metrics from a table of predictions."""
        predicted, gold = table.column("predicted").to_pylist(), table.column("gold").to_pylist()
        if not self.labels:
            return {metric: score_numbers(metric, predicted, gold) for metric in self.task.metrics}
        positive = self.labels[-1]
        return {
            metric: score_classes(metric, predicted, gold, positive=positive) for metric in self.task.metrics
        }


def _sift(example: PairExample, split: Split) -> PairExample | Flaw:  # noqa: ARG001  all splits are alike
    return Flaw("no label") if example.label is None else example
