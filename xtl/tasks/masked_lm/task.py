"""Raw text from files to scores: what the phases ask of a task, composed from the parts below."""

from collections.abc import Sequence

import pyarrow as pa
from transformers import PreTrainedTokenizerBase

from xtl.errors import ConfigError
from xtl.metrics import MaskedAccuracy
from xtl.models import HFBackbone
from xtl.modules.optim import OptimizerFactory
from xtl.schemas.backbone import EmbeddingConfig
from xtl.schemas.data import DataConfig
from xtl.tasks.base import Task, source_of
from xtl.tasks.masked_lm.collate import MaskedLMCollator
from xtl.tasks.masked_lm.config import MaskedLMConfig
from xtl.tasks.masked_lm.encode import pack_lines
from xtl.tasks.masked_lm.module import MaskedLM
from xtl.tasks.masked_lm.reader import MaskedLMReader
from xtl.tasks.masked_lm.types import MaskedLMFeature, MaskedLMPrediction, PackIds
from xtl.types import MaskedLMExample

SCHEMA = pa.schema(
    [("uid", pa.string()), ("hidden", pa.int64()), ("right", pa.int64()), ("loss", pa.float64())]
)
"""Columns of a file of predictions: one row a block of packed lines; ``loss`` is summed, in nats."""


class MaskedLMTask(Task):
    """One task of raw text over one source of data."""

    def __init__(self, config: MaskedLMConfig, data: DataConfig, embedding: EmbeddingConfig) -> None:  # noqa: ARG002  no vectors
        super().__init__(config)
        self._labels = ("token",)
        self._share = config.share
        self.source = source_of(config, data, MaskedLMReader(task=config.name))

    def encode(
        self, examples: Sequence[MaskedLMExample], tokenizer: PreTrainedTokenizerBase
    ) -> list[MaskedLMFeature]:
        """Pack lines into full blocks.

        Raises:
            ConfigError: if the tokenizer has no mask token.
        """
        if not examples:
            return []
        if tokenizer.mask_token_id is None:
            raise ConfigError(
                f"task '{self.config.name}': expected an encoder whose tokenizer has a mask token, such as "
                f"XLM-R, got {tokenizer.name_or_path or type(tokenizer).__name__}"
            )
        encoded = tokenizer([example.text for example in examples], add_special_tokens=False, verbose=False)
        ids = PackIds(
            begin=tokenizer.bos_token_id,
            end=tokenizer.eos_token_id,
            mask=tokenizer.mask_token_id,
            vocab_size=len(tokenizer),
        )
        return list(pack_lines(examples, encoded["input_ids"], ids=ids, max_len=self.config.max_len))

    def collator(self, pad_id: int) -> MaskedLMCollator:
        """Build what makes a padded batch."""
        return MaskedLMCollator(pad_id=pad_id)

    def module(
        self,
        backbone: HFBackbone,
        optimizer: OptimizerFactory,
        *,
        dropout: float,  # noqa: ARG002  there is no head
    ) -> MaskedLM:
        """Build a module with a new head."""
        return MaskedLM(backbone, metric=MaskedAccuracy(), optimizer=optimizer, share=self._share)

    def table(
        self,
        examples: Sequence[MaskedLMExample],
        predictions: Sequence[MaskedLMPrediction],
        threshold: float | None = None,  # noqa: ARG002  vectors have none
    ) -> pa.Table:
        """Lay out how well each block was guessed.

        Raises:
            ValueError: if there are lines and no predictions.
        """
        if examples and not predictions:
            raise ValueError(f"expected predictions for {len(examples)} lines, got none")
        rows = sorted(predictions, key=lambda one: int(one["id"].uid.rpartition("#")[2]))
        return pa.Table.from_pylist(
            [
                {"uid": row["id"].uid, **{name: row[name] for name in ("hidden", "right", "loss")}}
                for row in rows
            ],
            schema=SCHEMA,
        )

    def scores(self, table: pa.Table) -> dict[str, float]:
        """Share of hidden tokens that were guessed right, in [0, 100]."""
        right, hidden = (sum(table.column(name).to_pylist()) for name in ("right", "hidden"))
        return {"accuracy": 100.0 * right / max(hidden, 1)}
