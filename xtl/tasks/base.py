"""Base of the tasks of all types: what the engine asks of a task, and what all of them share."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
from torch.utils.data import Sampler
from transformers import PreTrainedTokenizerBase

from xtl.counts import SkipCounts
from xtl.data.batching import LengthBatchSampler, StepBatchSampler, Stream
from xtl.data.source import Source
from xtl.data.splits import Subset
from xtl.data.stored import FeatureSet, Layout, as_features
from xtl.models import HFBackbone
from xtl.modules.base import XtlModule
from xtl.modules.optim import AdamWLinear, OptimizerFactory
from xtl.schemas.task import TaskConfig
from xtl.statistics.examples import ExampleCounts
from xtl.tasks.chance import Chance
from xtl.tasks.registry import task_type
from xtl.tasks.task_type import TaskType

logger = logging.getLogger(__name__)

Chunk = tuple[Sequence[Any], Sequence[Any]]
"""Examples and their features."""

CHUNK_SIZE = 4096
"""Examples that are encoded at once: enough for the tokenizer to use all cores."""


class Task(ABC):
    """Task over one source of data: examples to features, module, predictions to scores.

    What the engine must do differently for a kind of task stands in :attr:`type`.

    Attributes:
        config: Config of the task.
        type: Type of the task.
        source: Source of its examples.
    """

    source: Source
    example_type: type | None = None
    """Dataclass of an example, whose annotations are the columns of a file; ``None``: no file holds them."""
    feature_type: type | None = None
    """``TypedDict`` of a feature, whose annotations are the columns of a file; ``None``: JSON."""

    def __init__(self, config: TaskConfig) -> None:
        self.config = config
        self.type: TaskType = task_type(config.task_type)
        self._labels: tuple[str, ...] = ()
        self._skip_counts = SkipCounts()

    @property
    def name(self) -> str:
        """Name of the task in results."""
        return self.config.name

    @property
    def skip_counts(self) -> SkipCounts:
        """Examples that reading or encoding left out or mended, by reason."""
        return self._skip_counts

    @property
    def members(self) -> Mapping[str, "Task"]:
        """Tasks that it is made of, by name; none for most."""
        return {}

    @property
    def parts(self) -> Mapping[str, "Task"]:
        """Tasks that train, by name: its members, or itself where it has none."""
        return self.members or {self.name: self}

    @property
    def trains_whole_table(self) -> bool:
        """Whether training reads the whole embedding table."""
        return self.type.trains_whole_table

    @property
    def reads_first_token(self) -> bool:
        """Whether the state of an input's first token stands for the whole input."""
        return False

    @property
    def threshold_rule(self) -> str:
        """Validation sets on which a threshold is tuned: ``train``, ``each`` or empty (no threshold)."""
        return self.type.threshold(self.config)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the output units, none of a regression; reading the training set may give them."""
        return self._labels

    @abstractmethod
    def encode(self, examples: Sequence[Any], tokenizer: PreTrainedTokenizerBase) -> list[Any]:
        """Features of examples: mappings with ``id`` and ``input_ids``; those of an example are neighbours.

        One with several inputs has them as ``sequences``, the longest as ``input_ids``; features that must go
        into one evaluation batch share a ``group``. It gets at most :data:`CHUNK_SIZE` examples at a time.
        """

    def encode_in_chunks(
        self, examples: Sequence[Any], tokenizer: PreTrainedTokenizerBase
    ) -> Iterator[Chunk]:
        """Features of a few thousand examples at a time, so that memory does not grow with the data.

        Yields:
            Examples, and what :meth:`encode` makes of them.
        """
        for start in range(0, len(examples), CHUNK_SIZE):
            chunk = examples[start : start + CHUNK_SIZE]
            yield chunk, self.encode(chunk, tokenizer)

    @abstractmethod
    def collator(self, pad_id: int) -> Callable[[Sequence[Any]], Any]:
        """Function of features that gives a padded batch, with ``ids`` and ``num_tokens``."""

    @abstractmethod
    def module(self, backbone: HFBackbone, optimizer: OptimizerFactory, *, dropout: float) -> XtlModule:
        """Module with a new head around ``backbone``."""

    @abstractmethod
    def table(
        self, examples: Sequence[Any], predictions: Sequence[Any], threshold: float | None = None
    ) -> pa.Table:
        """Predictions beside the examples they are for, in the order of the examples."""

    @abstractmethod
    def scores(self, table: pa.Table) -> dict[str, float]:
        """Each of the task's metrics, in [0, 100], from a table of predictions of one language."""

    def chance(self, validation: Sequence[Subset], tokenizer: PreTrainedTokenizerBase) -> Chance | None:  # noqa: ARG002
        """What a module that has learned nothing scores on validation rows, by the first metric.

        Args:
            validation: Rows, all scored together; a mixture gets those of its members, told apart by their
                split's task.
            tokenizer: Tokenizer of the encoder.

        Returns:
            Chance, or ``None`` where the task does not know it or there are no rows.
        """
        return None

    def counts(self, examples: Sequence[Any], table: pa.Table) -> ExampleCounts | None:  # noqa: ARG002
        """Counts per example that :meth:`scores` can be computed from again; ``None``: the type keeps none.

        They hold no text: a report draws intervals over examples from them, where predictions stay behind.

        Args:
            examples: Examples that the predictions are for.
            table: What :meth:`table` made of them.
        """
        return None

    def training_batches(
        self, features: Sequence[Any], *, updates: int | None, seed: int
    ) -> tuple[Sampler[list[int]], int]:
        """Sampler of the training batches, and the number of epochs.

        Args:
            features: Features to train on.
            updates: Number of updates; ``None``: as many as the epochs of the recipe give.
            seed: Seed of the order.

        Returns:
            A batch sampler with ``set_epoch`` and ``skip``, and the number of epochs, each of which ends with
            a validation.
        """
        recipe = self.config.recipe
        batches = LengthBatchSampler(lengths_of(features), batch_size=recipe.batch_size, seed=seed)
        if updates is None:
            return batches, recipe.epochs
        return self._steps(batches, updates)

    def _steps(self, batches: Stream, updates: int) -> tuple[StepBatchSampler, int]:
        """Sampler of a number of updates, and its epochs, which are of equal size and so may be fewer."""
        epochs = self.config.recipe.epochs
        steps = StepBatchSampler(batches, total=updates, parts=epochs)
        if steps.parts < min(epochs, updates):
            logger.warning(
                "%s: %s updates are no multiple of the recipe's %s epochs, and are validated %s time%s only, "
                "among which the best weights are chosen; %s updates would have %s epochs",
                self.name, f"{updates:,}", epochs, steps.parts, "" if steps.parts == 1 else "s",
                f"{round(updates / epochs) * epochs:,}", epochs,
            )  # fmt: skip
        return steps, steps.parts

    def join(self, features: Mapping[str, Sequence[Any]]) -> FeatureSet:
        """Features of its members, by name, put together; a task without members has nothing to join.

        Raises:
            TypeError: if it has no members.
        """
        raise TypeError(
            f"task '{self.name}' is not made of other tasks, got features of {', '.join(features)}"
        )

    @property
    def feature_layout(self) -> Layout:
        """Columns of a file of features."""
        return Layout.of(self.feature_type) if self.feature_type else Layout.json(self.feature_from_json)

    def feature_from_json(self, values: dict[str, Any]) -> Any:  # noqa: ANN401  a feature of the type
        """Feature as :meth:`encode` gave it, from what JSON made of it: where it has no ``feature_type``."""
        return values


def rounded(values: Mapping[str, float] | Sequence[float]) -> Any:  # noqa: ANN401  what came, in the same shape
    """Probabilities with the six decimals that mean something."""
    if isinstance(values, Mapping):
        return {name: round(value, 6) for name, value in values.items()}
    return [round(value, 6) for value in values]


def pair_by_id(examples: Sequence[Any], predictions: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """Each example with its one prediction, in the order of the examples.

    Raises:
        ValueError: if an example has none, or there is one for none of them.
    """
    by_id = {prediction["id"]: prediction for prediction in predictions}
    if len(by_id) != len(predictions) or by_id.keys() != {example.id for example in examples}:
        raise ValueError(
            f"expected one prediction for each of {len(examples)} examples, got {len(predictions)} "
            f"for {len(by_id)}"
        )
    for example in examples:
        yield example, by_id[example.id]


def lengths_of(features: Sequence[Any]) -> list[int]:
    """Length of each feature in sub-words; of one with several sequences, that of the longest."""
    return as_features(features).lengths()


def untrained_module(task: Task, backbone: HFBackbone) -> XtlModule:
    """Module whose head is loaded, or has nothing to learn: it is never trained."""
    return task.module(backbone, AdamWLinear(lr=1.0, total_steps=1), dropout=0.0)
