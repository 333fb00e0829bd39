"""Raw sentences, and features, batches and predictions of sentences that become vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, NotRequired, TypedDict

from xtl.types import Example, ExampleId

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentence(Example):
    """A raw sentence that becomes a vector; it has no translation."""

    text: str

    @property
    def texts(self) -> Sequence[str]:
        """The sentence."""
        return [self.text]


class RetrievalSequence(NamedTuple):
    """One sentence, encoded for one way of embedding."""

    side: int
    """0: the task's language; 1: its translation."""
    view: int
    """Index of the way of embedding."""
    input_ids: Sequence[int]
    """Sub-word ids with special tokens, length S."""
    pooling_mask: Sequence[int]
    """1 on the tokens that pooling reads, length S."""


class RetrievalFeature(TypedDict):
    """The sentences of one example, or one of many sentences of an example."""

    id: ExampleId
    group: NotRequired[str]
    """Name that the features of one batch share; features without one may go into any batch."""
    name: str
    """Which sentence of the example it is, where it has many; empty otherwise."""
    input_ids: Sequence[int]
    """The longest of ``sequences``, which decides the length of a batch."""
    sequences: list[RetrievalSequence]


class RetrievalBatch(TypedDict):
    """A padded batch of R sentences of B features."""

    input_ids: Tensor  # (R, S) int64
    attention_mask: Tensor  # (R, S) int64, 1 on real tokens
    pooling_mask: Tensor  # (R, S) int64, 1 on the tokens that pooling reads
    sides: list[int]  # of the R sentences, as the next three
    views: list[int]
    names: list[str]
    sequence_ids: list[ExampleId]
    ids: list[ExampleId]  # of the B features
    num_tokens: int  # real tokens of the batch, known without asking the device


class RetrievalPrediction(TypedDict):
    """The vector of one sentence."""

    id: ExampleId
    name: str
    side: int
    view: int
    vector: Tensor  # (H,) float32, of length 1, on the CPU
