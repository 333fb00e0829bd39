"""Features and batches of raw text whose tokens are hidden and guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NotRequired, TypedDict

from xtl.types import ExampleId

if TYPE_CHECKING:
    from torch import Tensor


class MaskedLMFeature(TypedDict):
    """A block of packed lines, ready for the encoder."""

    id: ExampleId
    """Uid of the line that the block begins in, and the block's number behind it."""
    input_ids: list[int]
    """``<s>``, lines with ``</s>`` behind each, cut where the block is full; length S."""
    maskable: list[int]
    """1 on tokens of the text, 0 on special ones."""
    mask_id: int
    """Id of the mask token."""
    vocab_size: int
    """Ids that a random token is drawn from."""
    fill: NotRequired[bool]
    """Whether the text has masks of its own, to be filled; if not, tokens are hidden to score a model."""


class MaskedLMBatch(TypedDict):
    """A padded batch of blocks; nothing is masked yet, unless it has been drawn already."""

    input_ids: Tensor  # (B, S) int64
    attention_mask: Tensor  # (B, S) int64, 1 on real tokens
    maskable: Tensor  # (B, S) int64
    mask_id: int
    vocab_size: int
    fill: bool
    ids: list[ExampleId]
    num_tokens: int  # real tokens of the batch, known without asking the device
    drawn: NotRequired[tuple[Tensor, Tensor]]  # (B, S) what is read, and the targets


class MaskedLMPrediction(TypedDict):
    """How well the hidden tokens of one block were guessed."""

    id: ExampleId
    hidden: int
    """Number of tokens that were hidden or replaced, or are to be guessed as they stand."""
    right: int
    """Number of them that were the likeliest."""
    loss: float
    """Sum of their negative log-likelihoods, natural logarithm."""


class MaskedLMFillings(TypedDict):
    """What may stand in place of the masks of one block."""

    id: ExampleId
    fillings: list[list[tuple[int, float]]]
    """For each mask, from left to right, the likeliest tokens with their probabilities, the best first."""


class PackIds(TypedDict):
    """Special ids of a tokenizer, and the number of all its ids."""

    begin: int
    end: int
    mask: int
    vocab_size: int
