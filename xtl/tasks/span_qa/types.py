"""Features and batches of questions about a context."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from xtl.types import ExampleId

if TYPE_CHECKING:
    from torch import Tensor


class SpanQAFeature(TypedDict):
    """One window of a context behind its question, ready for the encoder."""

    id: ExampleId
    lang: str
    window: int
    """Number of the window, from 0."""
    input_ids: list[int]
    """Special tokens, question, context; length S."""
    context_start: int
    """Position of the first context token."""
    offsets: list[tuple[int, int]]
    """Characters of the context, from 0, that each context token of the window stands for; never a part of
    a letter with its marks."""
    is_max_context: list[bool]
    """Whether no other window shows a context token with more around it."""
    start: int
    """Position of the first token of the answer; 0 where the window does not hold it whole."""
    end: int
    """Position of the last token of the answer."""
    context: str
    """Text that the answer is cut from."""
    golds: tuple[str, ...]
    """Texts of the accepted answers."""


class SpanQABatch(TypedDict):
    """A padded batch of windows."""

    input_ids: Tensor  # (B, S) int64
    attention_mask: Tensor  # (B, S) int64, 1 on real tokens
    starts: Tensor  # (B,) int64
    ends: Tensor  # (B,) int64
    windows: list[SpanQAFeature]
    ids: list[ExampleId]
    num_tokens: int  # real tokens of the batch, known without asking the device


class Candidate(NamedTuple):
    """A span of context tokens that may be the answer."""

    score: float
    """Start logit plus end logit."""
    start: int
    """Position of the first token in the window."""
    end: int
    """Position of the last token in the window."""


class Scoring(TypedDict):
    """Settings that decide how answers are scored, see :func:`xtl.metrics.functional.answer_scores`."""

    rules: str
    unanswerable: bool


class SpanQAPrediction(TypedDict):
    """Best answers of one window to its question."""

    id: ExampleId
    window: int
    null_score: float
    """Logits of position 0: nothing here answers the question."""
    candidates: Sequence[tuple[float, int, int]]
    """Scores and characters of the context (end exclusive), best first, each with another text."""
