"""Examples, features and batches of a mixture of tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypedDict


@dataclass(frozen=True, kw_only=True, slots=True)
class MixtureExample:
    """An example of one of several tasks.

    Attributes:
        uid: Uid of ``example``; it begins with its task.
        lang: Language of ``example``.
        part: Name of the task.
        example: Example as its own task gives it.
    """

    uid: str
    lang: str
    part: str
    example: Any


class MixtureRow(NamedTuple):
    """One input of the encoder."""

    input_ids: Sequence[int]


class MixtureFeature(TypedDict):
    """A feature of one of several tasks, ready for the encoder."""

    uid: str
    group: str
    """Features of one group go into one evaluation batch."""
    part: str
    """Name of the task; a batch has one only."""
    input_ids: Sequence[int]
    """The longest of ``rows``."""
    rows: list[MixtureRow]
    """All that the encoder reads of it."""
    feature: Any
    """Feature as its own task encodes it."""


class MixtureBatch(TypedDict):
    """A batch of one of several tasks."""

    part: str
    batch: Any
    """Batch as the task's own collator makes it."""
    uid: list[str]
    num_tokens: int  # real tokens of the batch, known without asking the device
