"""Words the whole package shares: what an example is, what a feature is, what a batch is.

Shape letters, used as suffixes of tensor names everywhere in ``xtl``:
    B  pieces or examples in the batch   S  sub-word positions     H  hidden size
    T  tag labels                        C  classes                L  words in a sentence
    V  entries of the vocabulary         A  entries in use (the active vocabulary)
"""

from __future__ import annotations  # a command that only checks a config need not import torch

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from torch import Tensor

IGNORE = -100
"""Target of positions that have no label; what ``torch.nn.functional.cross_entropy`` leaves out."""

Split = Literal["train", "validation", "test"]
"""The three splits, as they are spelled in file names and in results."""

TAGGING_SCORES = ("accuracy", "f1", "f1_strict")
"""Scores of tag sequences, as configs and results name them: share of right words; lenient span F1, which is
XTREME's; IOB2 span F1."""

SPLITS: tuple[Split, ...] = ("train", "validation", "test")


@dataclass(frozen=True, kw_only=True, slots=True)
class TaggingExample:
    """One sentence with one tag a word, as it stands in the file.

    Attributes:
        uid: ``<task>/<split>/<row id>``, without the language: translations of one row share it.
        lang: The task's own code of the language.
        words: The words, length L.
        tags: One tag a word, length L.

    Raises:
        ValueError: if the numbers of words and tags differ.
    """

    uid: str
    lang: str
    words: tuple[str, ...]
    tags: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.words) != len(self.tags):
            raise ValueError(
                f"{self.uid} ({self.lang}): expected one tag a word, got {len(self.words)} words and "
                f"{len(self.tags)} tags; each line of the file needs exactly one word and one tag"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class PairExample:
    """One or two texts with a class or a score.

    Attributes:
        uid: ``<task>/<split>/<row id>``.
        lang: The task's own code of the language.
        first: The premise, or the only text.
        second: The hypothesis; ``None`` where the task has one text.
        label: A class by name, a score as a number, or ``None`` where the file gives none.
    """

    uid: str
    lang: str
    first: str
    second: str | None
    label: str | float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One accepted answer: its text, and where it starts in the context (characters from 0)."""

    text: str
    start: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SpanExample:
    """A question about a context; no answers means that it cannot be answered."""

    uid: str
    lang: str
    context: str
    question: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ChoiceExample:
    """A context, a question about it (may be empty) and options of which one is right.

    Attributes:
        label: Index of the right option from 0, or ``None`` where the file gives none.
    """

    uid: str
    lang: str
    context: str
    question: str
    options: tuple[str, ...]
    label: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ParallelExample:
    """A sentence in ``lang`` and its translation, in English unless the task says otherwise."""

    uid: str
    lang: str
    text: str
    translation: str


@dataclass(frozen=True, kw_only=True, slots=True)
class MiningExample:
    """Two comparable corpora and the pairs of ids that are translations (``gold``)."""

    uid: str
    lang: str
    text_of_id: dict[str, str]
    translation_of_id: dict[str, str]
    gold: frozenset[tuple[str, str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class TextExample:
    """One line of raw text."""

    uid: str
    lang: str
    text: str


class TaggingFeature(TypedDict):
    """One piece of a sentence, ready for the encoder. A short sentence is one piece."""

    uid: str
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
    uid: list[str]
    first_word: list[int]
    num_tokens: int  # real tokens of the batch, known without asking the device


class TagPiece(TypedDict):
    """The predicted tags of one piece, in the order of its words."""

    uid: str
    first_word: int
    tags: Sequence[str]
