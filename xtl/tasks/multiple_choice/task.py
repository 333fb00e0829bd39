"""Multiple choice from files to scores: what the phases ask of a task, composed from the parts below."""

from collections.abc import Sequence
from typing import Any, cast

import pyarrow as pa
from transformers import PreTrainedTokenizerBase

from xtl.data.raw import RawReader
from xtl.data.source import FilteredSource
from xtl.metrics import classification_metric
from xtl.metrics.functional import accuracy
from xtl.models import Backbone
from xtl.modules.optim import OptimizerFactory
from xtl.schemas.backbone import EmbeddingConfig
from xtl.schemas.data import DataConfig
from xtl.tasks.base import Task, pair_by_id, rounded, source_of
from xtl.tasks.classification.types import ClassificationPrediction
from xtl.tasks.multiple_choice.collate import MultipleChoiceCollator
from xtl.tasks.multiple_choice.config import MultipleChoiceConfig
from xtl.tasks.multiple_choice.module import MultipleChoice
from xtl.tasks.multiple_choice.reader import (
    MultipleChoiceReader,
    RawMultipleChoiceReader,
    filter_multiple_choice,
)
from xtl.tasks.multiple_choice.types import MultipleChoiceFeature, MultipleChoiceRow
from xtl.types import IGNORE, MultipleChoiceExample

SCHEMA = pa.schema(
    [
        ("uid", pa.string()),
        ("question", pa.string()),
        ("options", pa.list_(pa.string())),
        ("gold", pa.int64()),
        ("predicted", pa.int64()),
        ("probabilities", pa.list_(pa.float32())),
    ]
)
"""Columns of a file of predictions: one row a question; options are counted from 0."""


class MultipleChoiceTask(Task):
    """One multiple-choice task over one source of data."""

    def __init__(self, config: MultipleChoiceConfig, data: DataConfig, embedding: EmbeddingConfig) -> None:  # noqa: ARG002  no vectors
        super().__init__(config)
        self._labels = ("option",)
        columns = config.columns
        self.raw: RawReader = RawMultipleChoiceReader(
            context=columns.context,
            question=columns.question,
            options=tuple(columns.options.split()),
            prompts=config.prompts,
        )
        self.answers: tuple[str, ...] = ("chosen", "option", "probabilities")
        reader = MultipleChoiceReader(
            task=config.name,
            context=columns.context,
            question=columns.question,
            options=tuple(columns.options.split()),
            label=columns.label,
            prompts=config.prompts,
        )
        self.source = FilteredSource(
            source_of(config, data, reader), filter_multiple_choice, self.skip_counts
        )

    def encode(
        self, examples: Sequence[MultipleChoiceExample], tokenizer: PreTrainedTokenizerBase
    ) -> list[MultipleChoiceFeature]:
        """Encode the context beside question and option; of texts that are too long the longer one is cut."""
        if not examples:
            return []
        encoded = tokenizer(
            [example.context for example in examples for _ in example.options],
            [f"{example.question} {option}".strip() for example in examples for option in example.options],
            truncation="longest_first",
            max_length=self.config.max_len,
            verbose=False,
        )["input_ids"]
        features: list[MultipleChoiceFeature] = []
        at = 0
        for example in examples:
            rows = [MultipleChoiceRow(ids) for ids in encoded[at : at + len(example.options)]]
            at += len(rows)
            features.append(
                {
                    "id": example.id,
                    "input_ids": max((row.input_ids for row in rows), key=len),
                    "rows": rows,
                    "label": IGNORE if example.label is None else example.label,
                }
            )
        return features

    raw_features = encode

    def feature_from_json(self, values: dict[str, Any]) -> MultipleChoiceFeature:
        """Feature with its rows as :meth:`encode` made them."""
        rows = [MultipleChoiceRow(*row) for row in values["rows"]]
        return cast(MultipleChoiceFeature, {**values, "rows": rows})

    def collator(self, pad_id: int) -> MultipleChoiceCollator:
        """Build what makes a padded batch."""
        return MultipleChoiceCollator(pad_id=pad_id)

    def module(self, backbone: Backbone, optimizer: OptimizerFactory, *, dropout: float) -> MultipleChoice:
        """Build a module with a new head."""
        return MultipleChoice(
            backbone, metric=classification_metric("accuracy"), optimizer=optimizer, dropout=dropout
        )

    def table(
        self,
        examples: Sequence[MultipleChoiceExample],
        predictions: Sequence[ClassificationPrediction],
        threshold: float | None = None,  # noqa: ARG002  vectors have none
    ) -> pa.Table:
        """Put predictions beside the questions they are for.

        Raises:
            ValueError: if a question has no prediction, or there is one for none of them.
        """
        rows = []
        for example, prediction in pair_by_id(examples, predictions):
            outputs = prediction["outputs"]
            rows.append(
                {
                    "uid": example.uid,
                    "question": example.question,
                    "options": example.options,
                    "gold": example.label,
                    "predicted": max(range(len(outputs)), key=outputs.__getitem__),
                    "probabilities": outputs,
                }
            )
        return pa.Table.from_pylist(rows, schema=SCHEMA)

    def records(
        self,
        examples: Sequence[MultipleChoiceExample],
        predictions: Sequence[ClassificationPrediction],
        threshold: float | None = None,
    ) -> list[dict[str, Any]]:
        """Give the chosen option, its index from 0, and the probability of each option."""
        rows = self.table(examples, predictions, threshold).to_pylist()
        return [
            {
                "chosen": row["predicted"],
                "option": row["options"][row["predicted"]],
                "probabilities": rounded(row["probabilities"]),
            }
            for row in rows
        ]

    def scores(self, table: pa.Table) -> dict[str, float]:
        """Compute accuracy from a table of predictions, in [0, 100]."""
        predicted, gold = table.column("predicted").to_pylist(), table.column("gold").to_pylist()
        return {"accuracy": accuracy(predicted, gold)}
