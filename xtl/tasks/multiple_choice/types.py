"""Features and batches of questions with options."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from xtl.types import ExampleId

if TYPE_CHECKING:
    from torch import Tensor


class MultipleChoiceSequence(NamedTuple):
    """One option behind its context."""

    input_ids: Sequence[int]
    """Sub-word ids with special tokens, length S."""


class MultipleChoiceFeature(TypedDict):
    """One question, ready for the encoder."""

    id: ExampleId
    input_ids: Sequence[int]
    """The longest of ``sequences``, which decides the length of a batch."""
    sequences: list[MultipleChoiceSequence]
    """A sequence for each option, in their order."""
    label: int
    """Index of the right option, ``IGNORE`` where it is not known."""


class MultipleChoiceBatch(TypedDict):
    """A padded batch of B questions with R options in all; questions may have different numbers of them."""

    input_ids: Tensor  # (R, S) int64
    attention_mask: Tensor  # (R, S) int64, 1 on real tokens
    num_options: list[int]  # of each question
    labels: Tensor  # (B,) int64
    ids: list[ExampleId]
    num_tokens: int  # real tokens of the batch, known without asking the device


class MultipleChoicePrediction(TypedDict):
    """The probability of each option of one question, in their order."""

    id: ExampleId
    outputs: Sequence[float]
