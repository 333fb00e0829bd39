"""Features and batches of a mixture of tasks."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple, TypedDict

from xtl.types import ExampleId


class MixtureSequence(NamedTuple):
    """One input of the encoder."""

    input_ids: Sequence[int]


class MixtureFeature(TypedDict):
    """A feature of one of several tasks, wrapped with the name of its task."""

    id: ExampleId
    group: Hashable
    """Name that the features of one evaluation batch share."""
    member: str
    """Name of the task; a batch has one only."""
    input_ids: Sequence[int]
    """The longest of ``sequences``, which decides the length of a batch."""
    sequences: list[MixtureSequence]
    """All that the encoder reads of it."""
    feature: Any
    """The feature as its own task makes it."""


class MixtureBatch(TypedDict):
    """A batch of one of several tasks."""

    member: str
    batch: Any
    """The batch as its own task makes it."""
    ids: list[ExampleId]
    num_tokens: int  # real tokens of the batch, known without asking the device
