"""Multiple choice from files to scores."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

import pyarrow as pa
from transformers import PreTrainedTokenizerBase

from xtl.data.raw import RawReader
from xtl.data.source import FilteredSource
from xtl.data.splits import Subset, examples_of
from xtl.metrics import classification_metric
from xtl.metrics.functional import accuracy
from xtl.models import Backbone, encode_texts
from xtl.modules.optim import OptimizerFactory
from xtl.schemas.backbone import EmbeddingConfig
from xtl.schemas.data import DataConfig
from xtl.statistics.examples import ExampleCounts, Formula, Kind
from xtl.tasks.base import Task, pair_by_id
from xtl.tasks.chance import Chance, best_constant, chance_of_share
from xtl.tasks.cut import count_cut
from xtl.tasks.multiple_choice.collate import MultipleChoiceCollator
from xtl.tasks.multiple_choice.config import MultipleChoiceConfig
from xtl.tasks.multiple_choice.decode import best_option, option_record
from xtl.tasks.multiple_choice.encode import encode_multiple_choice, texts_to_encode
from xtl.tasks.multiple_choice.module import MultipleChoice
from xtl.tasks.multiple_choice.reader import (
    MultipleChoiceReader,
    RawMultipleChoiceReader,
    filter_multiple_choice,
)
from xtl.tasks.multiple_choice.types import (
    MultipleChoiceFeature,
    MultipleChoicePrediction,
)
from xtl.tasks.sources import source_of
from xtl.types import MultipleChoiceExample

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
    """Multiple-choice task over one source of data."""

    example_type = MultipleChoiceExample
    feature_type = MultipleChoiceFeature

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
        """Features of questions; of context and option that are too long together the longer one is cut."""
        if not examples:
            return []
        encodings = encode_texts(tokenizer, *texts_to_encode(examples), max_len=self.config.max_len)
        of_options = iter(encodings)
        cut = [
            [bool(encoding.overflowing) for encoding in islice(of_options, len(example.options))]
            for example in examples
        ]
        count_cut(examples, map(any, cut), self.skip_counts, max_len=self.config.max_len)
        return list(encode_multiple_choice(examples, [encoding.ids for encoding in encodings]))

    raw_features = encode

    def chance(self, validation: Sequence[Subset], tokenizer: PreTrainedTokenizerBase) -> Chance | None:  # noqa: ARG002
        """Best score of one position for all rows."""
        gold = [example.label for example in examples_of(validation)]
        if not gold:
            return None
        score = best_constant(lambda position: accuracy([position] * len(gold), gold), set(gold))
        return chance_of_share(score, len(gold))

    @property
    def reads_first_token(self) -> bool:
        """Whether the first token stands for a question with an option: always."""
        return True

    def collator(self, pad_id: int) -> MultipleChoiceCollator:
        """Collator of padded batches."""
        return MultipleChoiceCollator(pad_id=pad_id)

    def module(self, backbone: Backbone, optimizer: OptimizerFactory, *, dropout: float) -> MultipleChoice:
        """Module with a new head."""
        return MultipleChoice(
            backbone, metric=classification_metric("accuracy"), optimizer=optimizer, dropout=dropout
        )

    def table(
        self,
        examples: Sequence[MultipleChoiceExample],
        predictions: Sequence[MultipleChoicePrediction],
        threshold: float | None = None,  # noqa: ARG002  options have none
    ) -> pa.Table:
        """Predictions beside the questions they are for.

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
                    "predicted": best_option(outputs),
                    "probabilities": outputs,
                }
            )
        return pa.Table.from_pylist(rows, schema=SCHEMA)

    def records(
        self,
        examples: Sequence[MultipleChoiceExample],
        predictions: Sequence[MultipleChoicePrediction],
        threshold: float | None = None,
    ) -> list[dict[str, Any]]:
        """Record of each question: the chosen option, its index from 0, and each option's probability."""
        rows = self.table(examples, predictions, threshold).to_pylist()
        return [option_record(row["predicted"], row["options"], row["probabilities"]) for row in rows]

    def scores(self, table: pa.Table) -> dict[str, float]:
        """Accuracy, in [0, 100], from a table of predictions of one language."""
        predicted, gold = table.column("predicted").to_pylist(), table.column("gold").to_pylist()
        return {"accuracy": accuracy(predicted, gold)}

    def counts(self, examples: Sequence[MultipleChoiceExample], table: pa.Table) -> ExampleCounts:
        """Whether each question was answered right, beside its context."""
        predicted, gold = table.column("predicted").to_pylist(), table.column("gold").to_pylist()
        return ExampleCounts.of(
            table.column("uid").to_pylist(),
            {"right": [guess == truth for guess, truth in zip(predicted, gold, strict=True)]},
            {"accuracy": Formula(Kind.SHARE, ("right",))},
            groups=[example.group for example in examples],
        )
