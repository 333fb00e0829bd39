"""Features and batches of questions with options."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypedDict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


from xtl.types import ExampleId


class MultipleChoiceRow(NamedTuple):
    """One option behind its context."""

    input_ids: Sequence[int]


class MultipleChoiceFeature(TypedDict):
    """One question, ready for the encoder."""

    id: ExampleId
    input_ids: Sequence[int]
    """The longest of ``rows``."""
    rows: list[MultipleChoiceRow]
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
