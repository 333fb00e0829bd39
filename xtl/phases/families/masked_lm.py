"""Raw text from files to scores: what the phases ask of a task, composed from the parts below."""

from collections.abc import Sequence

import pyarrow as pa
from transformers import PreTrainedTokenizerBase

from xtl.config import DataConfig, MaskedLMConfig, TaskConfig
from xtl.data import TextCollator, TextReader
from xtl.encoding import pack_lines
from xtl.errors import ConfigError
from xtl.metrics import ShareRight
from xtl.models import HFBackbone
from xtl.modules import MaskedLM
from xtl.modules.optim import OptimizerFactory
from xtl.phases.families.family import source_of
from xtl.tally import Tally
from xtl.types import PackIds, TextExample, TextFeature, TextPrediction

SCHEMA = pa.schema(
    [("uid", pa.string()), ("hidden", pa.int64()), ("right", pa.int64()), ("loss", pa.float64())]
)
"""Columns of a file of predictions: one row a block of packed lines; ``loss`` is summed, in nats."""


class MaskedLMFamily:
    """One task of raw text over one source of data."""

    reads_every_row = True
    """Each entry of the vocabulary gets a score, so the embedding table is trained whole."""
    packs_examples = True
    """Lines are packed one behind the other."""

    def __init__(self, task: MaskedLMConfig, data: DataConfig) -> None:
        self.task: TaskConfig = task
        self.labels: tuple[str, ...] = ("token",)
        self.tally = Tally()
        self.tuned_on = ""
        self._share = task.share
        self.source = source_of(task, data, TextReader(task=task.name))

    def features(
        self, examples: Sequence[TextExample], tokenizer: PreTrainedTokenizerBase
    ) -> list[TextFeature]:
        """Pack lines into full blocks.

        Raises:
            ConfigError: if the tokenizer has no mask token.
        """
        if not examples:
            return []
        if tokenizer.mask_token_id is None:
            raise ConfigError(
                f"task '{self.task.name}': expected an encoder whose tokenizer has a mask token, such as "
                f"XLM-R, got {tokenizer.name_or_path or type(tokenizer).__name__}"
            )
        encoded = tokenizer([example.text for example in examples], add_special_tokens=False, verbose=False)
        ids = PackIds(
            begin=tokenizer.bos_token_id,
            end=tokenizer.eos_token_id,
            mask=tokenizer.mask_token_id,
            vocab_size=len(tokenizer),
        )
        return list(pack_lines(examples, encoded["input_ids"], ids=ids, max_len=self.task.max_len))

    def collator(self, pad_id: int) -> TextCollator:
        """Build what makes a padded batch."""
        return TextCollator(pad_id=pad_id)

    def module(
        self,
        backbone: HFBackbone,
        optimizer: OptimizerFactory,
        *,
        dropout: float,  # noqa: ARG002  the head of XLM-R has none
    ) -> MaskedLM:
        """Build a module with a new head."""
        return MaskedLM(backbone, metric=ShareRight(), optimizer=optimizer, share=self._share)

    def table(
        self,
        examples: Sequence[TextExample],
        predictions: Sequence[TextPrediction],
        threshold: float | None = None,  # noqa: ARG002  tokens have none
    ) -> pa.Table:
        """Lay out how well each block was guessed.

        Raises:
            ValueError: if there are lines and no predictions.
        """
        if examples and not predictions:
            raise ValueError(f"expected predictions for {len(examples)} lines, got none")
        rows = sorted(predictions, key=lambda one: int(one["uid"].rpartition("#")[2]))
        return pa.Table.from_pylist([dict(row) for row in rows], schema=SCHEMA)

    def scores(self, table: pa.Table) -> dict[str, float]:
        """Share of hidden tokens that were guessed right, in [0, 100]."""
        right, hidden = (sum(table.column(name).to_pylist()) for name in ("right", "hidden"))
        return {"accuracy": 100.0 * right / max(hidden, 1)}
