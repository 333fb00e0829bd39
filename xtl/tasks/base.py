"""What the phases ask of a task of tasks. A new task is one class that has these members."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import pyarrow as pa
from transformers import PreTrainedTokenizerBase

from xtl.counts import SkipCounts
from xtl.data.hub import HubRows, HubTable
from xtl.data.local import LocalSource
from xtl.data.raw import RawReader
from xtl.data.rows import Reader
from xtl.data.source import LocalFiles, PocketRows, Source
from xtl.models import HFBackbone
from xtl.modules.base import XtlModule
from xtl.modules.optim import AdamWLinear, OptimizerFactory
from xtl.schemas.data import DataConfig
from xtl.schemas.task import HubSet, TaskConfig


class Task(Protocol):
    """One task of a task: examples to features, module, predictions to scores.

    Attributes:
        task: Its config.
        tuned_on: Where the threshold of its predictions is tuned: on the validation set of the training
            languages (``train``), of each scored language (``each``), or it has none (empty).
    """

    task: TaskConfig
    tuned_on: str

    @property
    def labels(self) -> tuple[str, ...]:
        """What the output units stand for; a task may read its training set to know."""

    @property
    def source(self) -> Source:
        """Where its examples come from."""

    @property
    def skip_counts(self) -> SkipCounts:
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


def trains_whole_table(task: Task) -> bool:
    """Whether training reads the whole embedding table, as an output layer that is tied to it does."""
    return bool(getattr(task, "trains_whole_table", False))


def packs_examples(task: Task) -> bool:
    """Whether a feature holds several examples, so that what one becomes hangs on the others."""
    return bool(getattr(task, "packs_examples", False))


@runtime_checkable
class Thresholded(Protocol):
    """A task whose ``tuned_on`` is not empty."""

    def tune(self, examples: Sequence[Any], predictions: Sequence[Any]) -> float:
        """Choose the threshold that scores best on these examples."""


@runtime_checkable
class Predicting(Protocol):
    """A task that predicts for raw text.

    Attributes:
        answers: Names of what a record of a prediction holds.
    """

    answers: tuple[str, ...]

    @property
    def raw(self) -> RawReader:
        """Reads a line of text, or a JSON object, as an example without a label."""

    def raw_features(self, examples: Sequence[Any], tokenizer: PreTrainedTokenizerBase) -> list[Any]:
        """Encode what ``raw`` reads, as :meth:`Task.features` encodes what files hold."""

    def records(
        self, examples: Sequence[Any], predictions: Sequence[Any], threshold: float | None = None
    ) -> list[dict[str, Any]]:
        """Say what was predicted, a record for each example, in their order."""


def rounded(values: Mapping[str, float] | Sequence[float]) -> Any:  # noqa: ANN401  what came, in the same shape
    """Leave the six decimals of probabilities that mean something."""
    if isinstance(values, Mapping):
        return {name: round(value, 6) for name, value in values.items()}
    return [round(value, 6) for value in values]


def pair_by_uid(examples: Sequence[Any], predictions: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
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


def source_of(task: TaskConfig, data: DataConfig, reader: Reader) -> Source:
    """Choose where the examples of a task come from."""
    parts = {split: tuple(names.split()) for split, names in task.parts.items()}
    match data.source:
        case "pocket":
            return PocketRows(task.name, data.sizes, data.seed)
        case "hub":
            tables = {name: _table(task, held) for name, held in task.hub.sets.items()}
            absent = task.hub.absent
            return HubRows(reader=reader, tables=tables, parts=parts, patterns=task.rows, absent=absent)
        case _:
            files = LocalSource(Path(str(data.root)).expanduser())
            return LocalFiles(files=files, reader=reader, folder=task.folder, parts=parts, patterns=task.rows)


def _table(task: TaskConfig, held: HubSet) -> HubTable:
    return HubTable(
        repository=held.repository,
        config=held.config,
        revision=held.revision or task.hub.revision,
        langs=tuple((held.langs or task.languages).split()),
        splits=held.splits,
        lacks={split: tuple(langs.split()) for split, langs in held.lacks.items()},
        columns=held.columns,
    )


def untrained_module(task: Task, backbone: HFBackbone) -> XtlModule:
    """Build a module whose head is loaded, or has nothing to learn: it is never trained."""
    return task.module(backbone, AdamWLinear(lr=1.0, total_steps=1), dropout=0.0)


def named_by_language(examples: Sequence[Any]) -> list[Any]:
    """Put the language in front of uids, so that translations of one row can stand side by side."""
    return [replace(example, uid=f"{example.lang}:{example.uid}") for example in examples]
