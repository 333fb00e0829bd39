"""Features and batches of one or two texts with a class or a score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

from xtl.types import ExampleId

if TYPE_CHECKING:
    from torch import Tensor


class ClassificationFeature(TypedDict):
    """One example, ready for the encoder."""

    id: ExampleId
    input_ids: list[int]
    """Sub-word ids with special tokens, length S."""
    label: float
    """Index of the class, or the score; ``IGNORE`` where there is none to learn or score."""


class ClassificationBatch(TypedDict):
    """A padded batch."""

    input_ids: Tensor  # (B, S) int64
    attention_mask: Tensor  # (B, S) int64, 1 on real tokens
    labels: Tensor  # (B,) float32: class indices or scores, IGNORE where there is none
    ids: list[ExampleId]
    num_tokens: int  # real tokens of the batch, known without asking the device


class ClassificationPrediction(TypedDict):
    """The output units of one example: C class probabilities, or one predicted score."""

    id: ExampleId
    outputs: Sequence[float]
