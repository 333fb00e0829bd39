"""Blocks of packed text to padded batches."""

from collections.abc import Sequence
from dataclasses import dataclass

from xtl.data.collate import pad
from xtl.tasks.masked_lm.types import MaskedLMBatch, MaskedLMFeature


@dataclass(frozen=True, kw_only=True, slots=True)
class MaskedLMCollator:
    """Collator that pads to the longest block of the batch; tokens are hidden later, anew at each reading.

    Attributes:
        pad_id: Id of the tokenizer's padding.
    """

    pad_id: int

    def __call__(self, features: Sequence[MaskedLMFeature]) -> MaskedLMBatch:
        """Batch of ``features`` in the order given."""
        return {
            "input_ids": pad([feature["input_ids"] for feature in features], self.pad_id),
            "attention_mask": pad([[1] * len(feature["input_ids"]) for feature in features], 0),
            "maskable": pad([feature["maskable"] for feature in features], 0),
            "mask_id": features[0]["mask_id"],
            "vocab_size": features[0]["vocab_size"],
            "fill": features[0].get("fill", False),
            "ids": [feature["id"] for feature in features],
            "num_tokens": sum(len(feature["input_ids"]) for feature in features),
        }
