"""What both sides train on: made rows with the lengths of real tasks, and an encoder with random weights."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from xtl.distributed.estimate import XLMR_BASE, EncoderShape
from xtl.types import IGNORE, ExampleId

PAIRS, QUESTIONS, TAGGING = "pairs", "questions", "tagging"
"""Rows as of XNLI: log-normal lengths, mean 33; windows of questions, 384 sub-words each; sentences with a
tag for each word, as long as pairs."""

NUM_CLASSES, NUM_TAGS = 3, 17
PAD_ID = 1

_SMALL = EncoderShape(layers=2, hidden=64, inner=256, vocabulary=2_000)
"""For a CPU: that everything works is all that it shows."""

_E5_SMALL = EncoderShape(layers=12, hidden=384, inner=1536, vocabulary=250_037)

_USED_ROWS = 8_000
"""About what two thousand sentences of a treebank use of XLM-R's vocabulary."""

_MARK = 99
"""Id of the sub-word that begins each answer."""

_FIRST_ID = 100
_BAND = 20
"""Ids that stand for a class: the first ones, so many a class."""

_MEAN, _SIGMA, _SHORTEST, _LONGEST = 33, 0.5, 8, 128
_WINDOW = 384


class Row(NamedTuple):
    """A row to train on.

    Attributes:
        input_ids: Sub-word ids.
        label: Class of a pair.
        start: Position of the first sub-word of the answer.
        end: Position of its last one.
        tags: Tag of each sub-word that begins a word, ``IGNORE`` elsewhere; empty: the row has none.
    """

    input_ids: list[int]
    label: int = 0
    start: int = 0
    end: int = 0
    tags: Sequence[int] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Workload:
    """Training that both sides do: two epochs, of which the second one is timed.

    Attributes:
        kind: :data:`PAIRS`, :data:`QUESTIONS` or :data:`TAGGING`.
        shape: Encoder.
        used_rows: Rows of its embedding table that the text uses at most.
        batch_size: Rows of an update.
        updates: Updates of an epoch.
        lr: Highest learning rate, after a warm-up of a tenth.
        loss_margin: Losses of the timed epoch differ by less where both sides train alike: batches come in
            another order, and dropout draws other masks.
        head_size: Width of a head of attention.
    """

    kind: str
    shape: EncoderShape
    used_rows: int
    batch_size: int
    updates: int
    lr: float = 1e-4
    loss_margin: float = 0.15
    head_size: int = 64

    def rows(self) -> list[Row]:
        """Rows of an epoch, the same each time."""
        make = {PAIRS: pair_rows, QUESTIONS: question_rows, TAGGING: tagged_rows}[self.kind]
        return make(self.batch_size * self.updates, used_rows=self.used_rows)

    @property
    def longest(self) -> int:
        """Most sub-words that a row can have."""
        return _WINDOW if self.kind == QUESTIONS else _LONGEST

    def encoder_config(self, **more: object) -> Any:
        """Configuration of the encoder, from nothing but its sizes."""
        return encoder_config(self.shape, head_size=self.head_size, **more)


def workload(kind: str, device: str, *, quick: bool, updates: int | None = None) -> Workload:
    """Training of a size that suits the device.

    Args:
        kind: :data:`PAIRS` or :data:`QUESTIONS`.
        device: ``cuda`` or ``cpu``.
        quick: Whether a fifth of the updates will do.
        updates: Updates of an epoch; ``None``: what takes some seconds.

    Example:
        >>> workload("pairs", "cuda", quick=False).updates, workload("questions", "cuda", quick=True).updates
        (300, 20)
    """
    if device == "cpu":
        usual = 24 if kind == PAIRS else 3
        # So few updates that the loss is still falling fast: runs of one side were 0.2 apart.
        return Workload(
            kind=kind, shape=_SMALL, used_rows=500, batch_size=16, updates=updates or usual, lr=2e-3,
            loss_margin=0.5,
        )  # fmt: skip
    usual = (300 if kind == PAIRS else 100) // (5 if quick else 1)
    return Workload(kind=kind, shape=XLMR_BASE, used_rows=30_000, batch_size=32, updates=updates or usual)


def small_encoder_workload(kind: str, *, updates: int) -> Workload:
    """Training of an encoder of multilingual-e5-small's shape, which a CPU can do.

    Args:
        kind: :data:`PAIRS`, :data:`QUESTIONS` or :data:`TAGGING`.
        updates: Updates of an epoch. A few leave the loss falling fast, so that the margin is wide.

    Example:
        >>> work = small_encoder_workload("questions", updates=24)
        >>> work.batch_size, work.shape.block_weights, work.loss_margin
        (8, 21293568, 0.5)
    """
    return Workload(
        kind=kind, shape=_E5_SMALL, used_rows=_USED_ROWS, batch_size=8 if kind == QUESTIONS else 32,
        updates=updates, loss_margin=0.5, head_size=32,
    )  # fmt: skip


def pair_lengths(count: int, rng: random.Random) -> list[int]:
    """Lengths as of XNLI in sub-words: log-normal.

    Example:
        >>> lengths = pair_lengths(5000, random.Random(0))
        >>> round(sum(lengths) / 5000), min(lengths) >= 8, max(lengths) <= 128
        (33, True, True)
    """
    centre = math.log(_MEAN) - _SIGMA**2 / 2
    drawn = (round(rng.lognormvariate(centre, _SIGMA)) for _ in range(count))
    return [min(max(length, _SHORTEST), _LONGEST) for length in drawn]


def pair_rows(count: int, *, used_rows: int, seed: int = 0) -> list[Row]:
    """Rows whose class shows in a third of their sub-words, so that a new encoder can learn it."""
    rng = random.Random(seed)  # noqa: S311
    made = []
    for length in pair_lengths(count, rng):
        label = rng.randrange(NUM_CLASSES)
        band = _FIRST_ID + label * _BAND
        inner = [
            band + rng.randrange(_BAND) if rng.random() < 1 / 3 else _word(used_rows, rng)
            for _ in range(length - 2)
        ]
        made.append(Row([0, *inner, 2], label=label))
    return made


def tagged_rows(count: int, *, used_rows: int, seed: int = 0) -> list[Row]:
    """Sentences whose first sub-words say the tags of words; a quarter of sub-words begin no word."""
    rng = random.Random(seed)  # noqa: S311
    made = []
    for length in pair_lengths(count, rng):
        inner = [_word(used_rows, rng) for _ in range(length - 2)]
        tags = [IGNORE if rng.random() < 1 / 4 else id_ % NUM_TAGS for id_ in inner]
        made.append(Row([0, *inner, 2], tags=[IGNORE, *tags, IGNORE]))
    return made


def question_rows(count: int, *, used_rows: int, seed: int = 0) -> list[Row]:
    """Full windows with an answer of three sub-words, the first of which is always the same one."""
    rng = random.Random(seed)  # noqa: S311
    made = []
    for _ in range(count):
        ids = [0, *(_word(used_rows, rng) for _ in range(_WINDOW - 2)), 2]
        start = rng.randrange(1, _WINDOW - 4)
        ids[start] = _MARK
        made.append(Row(ids, start=start, end=start + 2))
    return made


def _word(used_rows: int, rng: random.Random) -> int:
    """An id as text has them: a few often, most of them seldom."""
    common = _FIRST_ID + NUM_CLASSES * _BAND
    return common + int((used_rows - common) * rng.random() ** 3)


def feature_of(row: Row, number: int, kind: str) -> dict[str, Any]:
    """Row as the collator of its task type takes it."""
    feature: dict[str, Any] = {"id": ExampleId("en", f"made/train/{number}"), "input_ids": row.input_ids}
    if kind == PAIRS:
        return feature | {"label": float(row.label)}
    if kind == TAGGING:
        return feature | {"first_word": 0, "labels": row.tags}
    return feature | {"start": row.start, "end": row.end}


def record_of(row: Row, kind: str) -> dict[str, Any]:
    """Row as the models of transformers take it."""
    record: dict[str, Any] = {"input_ids": row.input_ids, "attention_mask": [1] * len(row.input_ids)}
    if kind == PAIRS:
        return record | {"labels": row.label}
    if kind == TAGGING:
        return record | {"labels": list(row.tags)}
    return record | {"start_positions": row.start, "end_positions": row.end}


def encoder_config(shape: EncoderShape, *, head_size: int = 64, **more: object) -> Any:
    """Configuration of an encoder of XLM-R's kind, from nothing but its sizes."""
    from transformers import XLMRobertaConfig

    return XLMRobertaConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.hidden // head_size,
        intermediate_size=shape.inner,
        max_position_embeddings=shape.positions,
        type_vocab_size=1,
        layer_norm_eps=1e-5,
        pad_token_id=PAD_ID,
        bos_token_id=0,
        eos_token_id=2,
        **more,
    )


def real_tokens(rows: Sequence[Row]) -> int:
    """Tokens of an epoch, padding left out."""
    return sum(len(row.input_ids) for row in rows)


Hook = Callable[[], None]
"""What is done at the beginning, or at the end, of what is timed."""
