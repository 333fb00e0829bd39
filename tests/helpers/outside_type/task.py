"""The type from files to scores."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from transformers import PreTrainedTokenizerBase

from tests.helpers.outside_type.config import CapitalConfig
from tests.helpers.outside_type.module import CapitalCollator, CapitalModule
from tests.helpers.outside_type.reader import CapitalExample, CapitalReader, RawCapitalReader
from xtl.metrics.functional import accuracy
from xtl.models import HFBackbone
from xtl.modules.optim import OptimizerFactory
from xtl.schemas.backbone import EmbeddingConfig
from xtl.schemas.data import DataConfig
from xtl.tasks.base import Task, pair_by_id
from xtl.tasks.sources import source_of

SCHEMA = pa.schema([("uid", pa.string()), ("gold", pa.bool_()), ("predicted", pa.bool_())])


class CapitalTask(Task):
    """Capital task over one source of data."""

    def __init__(self, config: CapitalConfig, data: DataConfig, embedding: EmbeddingConfig) -> None:
        super().__init__(config)
        self._labels = ("small", "capital")
        self.source = source_of(config, data, CapitalReader(task=config.name, skip=config.skip))
        self.raw = RawCapitalReader()
        self.answers: tuple[str, ...] = ("is_capital",)

    def encode(
        self, examples: Sequence[CapitalExample], tokenizer: PreTrainedTokenizerBase
    ) -> list[dict[str, Any]]:
        """Features of sentences."""
        texts = [example.text for example in examples]
        encoded = tokenizer(texts, truncation=True, max_length=self.config.max_len)["input_ids"]
        return [
            {"id": example.id, "input_ids": input_ids, "label": bool(example.is_capital)}
            for example, input_ids in zip(examples, encoded, strict=True)
        ]

    raw_features = encode

    def collator(self, pad_id: int) -> CapitalCollator:
        """Collator of padded batches."""
        return CapitalCollator(pad_id)

    def module(self, backbone: HFBackbone, optimizer: OptimizerFactory, *, dropout: float) -> CapitalModule:
        """Module with a new head."""
        return CapitalModule(backbone, optimizer=optimizer)

    def table(
        self, examples: Sequence[Any], predictions: Sequence[Any], threshold: float | None = None
    ) -> pa.Table:
        """Predictions beside the sentences they are for."""
        rows = [
            {"uid": example.uid, "gold": example.is_capital, "predicted": prediction["is_capital"]}
            for example, prediction in pair_by_id(examples, predictions)
        ]
        return pa.Table.from_pylist(rows, schema=SCHEMA)

    def records(
        self, examples: Sequence[Any], predictions: Sequence[Any], threshold: float | None = None
    ) -> list[dict[str, Any]]:
        """Record of each sentence."""
        return [
            {"is_capital": prediction["is_capital"]} for _, prediction in pair_by_id(examples, predictions)
        ]

    def scores(self, table: pa.Table) -> dict[str, float]:
        """Accuracy."""
        predicted, gold = table.column("predicted").to_pylist(), table.column("gold").to_pylist()
        return {"accuracy": accuracy(predicted, gold)}
