"""Question-answering features to padded batches."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from xtl.data.collate import pad
from xtl.tasks.span_qa.types import SpanQABatch, SpanQAFeature


@dataclass(frozen=True, kw_only=True, slots=True)
class SpanQACollator:
    """Collator that pads to the longest window of the batch.

    Attributes:
        pad_id: Id of the tokenizer's padding.
    """

    pad_id: int

    def __call__(self, features: Sequence[SpanQAFeature]) -> SpanQABatch:
        """Batch of ``features`` in the order given."""
        return {
            "input_ids": pad([feature["input_ids"] for feature in features], self.pad_id),
            "attention_mask": pad([[1] * len(feature["input_ids"]) for feature in features], 0),
            "starts": torch.tensor([feature["start"] for feature in features]),
            "ends": torch.tensor([feature["end"] for feature in features]),
            "windows": list(features),
            "ids": [feature["id"] for feature in features],
            "num_tokens": sum(len(feature["input_ids"]) for feature in features),
        }
