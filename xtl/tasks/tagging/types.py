"""Features and batches of tagged sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

from xtl.types import ExampleId

if TYPE_CHECKING:
    from torch import Tensor

UNSEEN = "<unseen>"
"""Stands for a tag that is none of a task's labels. It is never predicted."""


class TaggingFeature(TypedDict):
    """One piece of a sentence, ready for the encoder. A short sentence is one piece."""

    id: ExampleId
    first_word: int
    """Index, in the whole sentence, of the first word of this piece."""
    input_ids: list[int]
    """Sub-word ids with special tokens, length S."""
    labels: list[int]
    """Tag index on first sub-words, ``IGNORE`` elsewhere, length S."""


class TaggingBatch(TypedDict):
    """A padded batch of pieces."""

    input_ids: Tensor  # (B, S) int64
    attention_mask: Tensor  # (B, S) int64, 1 on real tokens
    labels: Tensor  # (B, S) int64, IGNORE off first sub-words
    ids: list[ExampleId]
    first_word: list[int]
    num_tokens: int  # real tokens of the batch, known without asking the device


class TaggingPrediction(TypedDict):
    """The predicted tags of one piece, in the order of its words."""

    id: ExampleId
    first_word: int
    tags: Sequence[str]
