"""What the phases ask of a family of tasks. A new family is one class that has these members."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import pyarrow as pa
from transformers import PreTrainedTokenizerBase

from xtl.config import DataConfig, TaskConfig
from xtl.data import LocalFiles, LocalSource, PocketRows, Reader, Source
from xtl.models import HFBackbone
from xtl.modules import AdamWLinear, XtlModule
from xtl.modules.optim import OptimizerFactory
from xtl.tally import Tally


class Family(Protocol):
    """One task of a family: examples to features, module, predictions to scores.

    Attributes:
        task: Its config.
        labels: What the output units of its head stand for.
        tuned_on: Where the threshold of its predictions is tuned: on the validation set of the training
            languages (``train``), of each scored language (``each``), or it has none (empty).
    """

    task: TaskConfig
    labels: tuple[str, ...]
    tuned_on: str

    @property
    def source(self) -> Source:
        """Where its examples come from."""

    @property
    def tally(self) -> Tally:
        """Examples that reading or encoding left out or mended, by reason."""

    def features(self, examples: Sequence[Any], tokenizer: PreTrainedTokenizerBase) -> list[Any]:
        """Encode examples: features have ``uid`` and ``input_ids``; those of an example are neighbours."""

    def collator(self, pad_id: int) -> Callable[[Sequence[Any]], Any]:
        """Build what makes a padded batch, with ``num_tokens``, of features."""

    def module(self, backbone: HFBackbone, optimizer: OptimizerFactory, *, dropout: float) -> XtlModule:
        """Build a module with a new head."""

    def table(
        self, examples: Sequence[Any], predictions: Sequence[Any], threshold: float | None = None
    ) -> pa.Table:
        """Put predictions beside the examples they are for: a row for each example, in their order."""

    def scores(self, table: pa.Table) -> dict[str, float]:
        """Compute each of the task's metrics from a table of predictions, in [0, 100]."""


def reads_every_row(family: Family) -> bool:
    """Whether training reads the whole embedding table, as an output layer that is tied to it does."""
    return bool(getattr(family, "reads_every_row", False))


@runtime_checkable
class Thresholded(Protocol):
    """A family whose ``tuned_on`` is not empty."""

    def tune(self, examples: Sequence[Any], predictions: Sequence[Any]) -> float:
        """Choose the threshold that scores best on these examples."""


def one_each(examples: Sequence[Any], predictions: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """Put the one prediction of each example beside it.

    Raises:
        ValueError: if an example has none, or there is one for none of them.
    """
    by_uid = {prediction["uid"]: prediction for prediction in predictions}
    if len(by_uid) != len(predictions) or by_uid.keys() != {example.uid for example in examples}:
        raise ValueError(
            f"expected one prediction for each of {len(examples)} examples, got {len(predictions)} "
            f"for {len(by_uid)}"
        )
    for example in examples:
        yield example, by_uid[example.uid]


def source_of(data: DataConfig, reader: Reader) -> Source:
    """Choose where the examples of a task come from."""
    if data.source == "pocket":
        return PocketRows(reader.task, data.sizes, data.seed)
    return LocalFiles(LocalSource(Path(str(data.root)).expanduser()), reader)


def scoring_module(family: Family, backbone: HFBackbone) -> XtlModule:
    """Build a module whose head is loaded, or has nothing to learn: it is never trained."""
    return family.module(backbone, AdamWLinear(lr=1.0, total_steps=1), dropout=0.0)


def named_by_language(examples: Sequence[Any]) -> list[Any]:
    """Put the language in front of uids, so that translations of one row can stand side by side."""
    return [replace(example, uid=f"{example.lang}:{example.uid}") for example in examples]
