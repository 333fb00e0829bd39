"""Classification features to padded batches."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from xtl.data.collate import pad
from xtl.tasks.classification.types import ClassificationBatch, ClassificationFeature


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassificationCollator:
    """Collator that pads to the longest input of the batch.

    Attributes:
        pad_id: Id of the tokenizer's padding.
    """

    pad_id: int

    def __call__(self, features: Sequence[ClassificationFeature]) -> ClassificationBatch:
        """Batch of ``features`` in the order given."""
        return {
            "input_ids": pad([feature["input_ids"] for feature in features], self.pad_id),
            "attention_mask": pad([[1] * len(feature["input_ids"]) for feature in features], 0),
            # float32: an index of a class or a score, whichever the task has.
            "labels": torch.tensor([feature["label"] for feature in features]),
            "ids": [feature["id"] for feature in features],
            "num_tokens": sum(len(feature["input_ids"]) for feature in features),
        }
