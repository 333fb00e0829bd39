"""Tagging features to padded batches."""

from collections.abc import Sequence
from dataclasses import dataclass

from xtl.data.collate import pad
from xtl.tasks.tagging.types import TaggingBatch, TaggingFeature
from xtl.types import IGNORE


@dataclass(frozen=True, kw_only=True, slots=True)
class TaggingCollator:
    """Collator that pads to the longest piece of the batch, not of the data set.

    Attributes:
        pad_id: Id of the tokenizer's padding.
    """

    pad_id: int

    def __call__(self, features: Sequence[TaggingFeature]) -> TaggingBatch:
        """Batch of ``features`` in the order given."""
        return {
            "input_ids": pad([feature["input_ids"] for feature in features], self.pad_id),
            "attention_mask": pad([[1] * len(feature["input_ids"]) for feature in features], 0),
            "labels": pad([feature["labels"] for feature in features], IGNORE),
            "ids": [feature["id"] for feature in features],
            "first_word": [feature["first_word"] for feature in features],
            "num_tokens": sum(len(feature["input_ids"]) for feature in features),
        }
