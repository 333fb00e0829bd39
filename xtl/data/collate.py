"""Features to padded batches: one small collator for each kind of batch."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from xtl.types import (
    IGNORE,
    ChoiceBatch,
    ChoiceFeature,
    PairBatch,
    PairFeature,
    SentenceBatch,
    SentenceFeature,
    SpanBatch,
    SpanFeature,
    TaggingBatch,
    TaggingFeature,
    TextBatch,
    TextFeature,
)


def pad(rows: Sequence[Sequence[int]], value: int) -> Tensor:
    """Fill short rows up at their end: ``(B, S)`` int64, S the longest row.

    Example:
        >>> pad([[5], [6, 7]], 1).tolist()
        [[5, 1], [6, 7]]
    """
    width = max(map(len, rows))
    return torch.tensor([[*row, *[value] * (width - len(row))] for row in rows], dtype=torch.int64)


@dataclass(frozen=True, kw_only=True, slots=True)
class TaggingCollator:
    """Pads to the longest piece of the batch, not of the data set."""

    pad_id: int

    def __call__(self, features: Sequence[TaggingFeature]) -> TaggingBatch:
        """Batch ``features`` in the order given."""
        return {
            "input_ids": pad([feature["input_ids"] for feature in features], self.pad_id),
            "attention_mask": pad([[1] * len(feature["input_ids"]) for feature in features], 0),
            "labels": pad([feature["labels"] for feature in features], IGNORE),
            "uid": [feature["uid"] for feature in features],
            "first_word": [feature["first_word"] for feature in features],
            "num_tokens": sum(len(feature["input_ids"]) for feature in features),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class PairCollator:
    """Pads to the longest input of the batch."""

    pad_id: int

    def __call__(self, features: Sequence[PairFeature]) -> PairBatch:
        """Batch ``features`` in the order given."""
        return {
            "input_ids": pad([feature["input_ids"] for feature in features], self.pad_id),
            "attention_mask": pad([[1] * len(feature["input_ids"]) for feature in features], 0),
            # float32: an index of a class or a score, whichever the task has.
            "labels": torch.tensor([feature["label"] for feature in features]),
            "uid": [feature["uid"] for feature in features],
            "num_tokens": sum(len(feature["input_ids"]) for feature in features),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class SpanCollator:
    """Pads to the longest window of the batch."""

    pad_id: int

    def __call__(self, features: Sequence[SpanFeature]) -> SpanBatch:
        """Batch ``features`` in the order given."""
        return {
            "input_ids": pad([feature["input_ids"] for feature in features], self.pad_id),
            "attention_mask": pad([[1] * len(feature["input_ids"]) for feature in features], 0),
            "starts": torch.tensor([feature["start"] for feature in features]),
            "ends": torch.tensor([feature["end"] for feature in features]),
            "windows": list(features),
            "uid": [feature["uid"] for feature in features],
            "num_tokens": sum(len(feature["input_ids"]) for feature in features),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class SentenceCollator:
    """Puts the sentences of all features one below the other, padded to the longest."""

    pad_id: int

    def __call__(self, features: Sequence[SentenceFeature]) -> SentenceBatch:
        """Batch ``features`` in the order given."""
        rows = [(feature, row) for feature in features for row in feature["rows"]]
        return {
            "input_ids": pad([row.input_ids for _, row in rows], self.pad_id),
            "attention_mask": pad([[1] * len(row.input_ids) for _, row in rows], 0),
            "kept": pad([row.kept for _, row in rows], 0),
            "sides": [row.side for _, row in rows],
            "views": [row.view for _, row in rows],
            "names": [feature["name"] for feature, _ in rows],
            "row_uid": [feature["uid"] for feature, _ in rows],
            "uid": [feature["uid"] for feature in features],
            "num_tokens": sum(len(row.input_ids) for _, row in rows),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class ChoiceCollator:
    """Puts the options of all questions one below the other, padded to the longest."""

    pad_id: int

    def __call__(self, features: Sequence[ChoiceFeature]) -> ChoiceBatch:
        """Batch ``features`` in the order given."""
        rows = [row.input_ids for feature in features for row in feature["rows"]]
        return {
            "input_ids": pad(rows, self.pad_id),
            "attention_mask": pad([[1] * len(row) for row in rows], 0),
            "num_options": [len(feature["rows"]) for feature in features],
            "labels": torch.tensor([feature["label"] for feature in features]),
            "uid": [feature["uid"] for feature in features],
            "num_tokens": sum(map(len, rows)),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class TextCollator:
    """Pads to the longest block of the batch; tokens are hidden later, anew at each reading."""

    pad_id: int

    def __call__(self, features: Sequence[TextFeature]) -> TextBatch:
        """Batch ``features`` in the order given."""
        return {
            "input_ids": pad([feature["input_ids"] for feature in features], self.pad_id),
            "attention_mask": pad([[1] * len(feature["input_ids"]) for feature in features], 0),
            "maskable": pad([feature["maskable"] for feature in features], 0),
            "mask_id": features[0]["mask_id"],
            "vocab_size": features[0]["vocab_size"],
            "uid": [feature["uid"] for feature in features],
            "num_tokens": sum(len(feature["input_ids"]) for feature in features),
        }
