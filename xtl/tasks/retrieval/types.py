"""Features and batches of sentences that become vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypedDict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


from xtl.types import ExampleId


class RetrievalRow(NamedTuple):
    """One sentence, encoded for one way of embedding."""

    side: int
    """0: the task's language; 1: its translation."""
    view: int
    """Index of the way of embedding."""
    input_ids: Sequence[int]
    kept: Sequence[int]
    """1 on the tokens that pooling reads."""


class RetrievalFeature(TypedDict):
    """The sentences of one example, or one of many sentences of an example."""

    id: ExampleId
    group: str
    """Features of one group go into one batch."""
    name: str
    """Which sentence of the example it is, where it has many; empty otherwise."""
    input_ids: Sequence[int]
    """The longest of ``rows``."""
    rows: list[RetrievalRow]


class RetrievalBatch(TypedDict):
    """A padded batch of R sentences."""

    input_ids: Tensor  # (R, S) int64
    attention_mask: Tensor  # (R, S) int64, 1 on real tokens
    kept: Tensor  # (R, S) int64, 1 on the tokens that pooling reads
    sides: list[int]
    views: list[int]
    names: list[str]
    row_ids: list[ExampleId]
    ids: list[ExampleId]  # of the B features
    num_tokens: int  # real tokens of the batch, known without asking the device


class RetrievalPrediction(TypedDict):
    """The vector of one sentence."""

    id: ExampleId
    name: str
    side: int
    view: int
    vector: Tensor  # (H,) float32, of length 1, on the CPU
