"""Multiple-choice features to padded batches."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from xtl.data.collate import pad
from xtl.tasks.multiple_choice.types import MultipleChoiceBatch, MultipleChoiceFeature


@dataclass(frozen=True, kw_only=True, slots=True)
class MultipleChoiceCollator:
    """Collator that puts the options of all questions one below the other, padded to the longest.

    Attributes:
        pad_id: Id of the tokenizer's padding.
    """

    pad_id: int

    def __call__(self, features: Sequence[MultipleChoiceFeature]) -> MultipleChoiceBatch:
        """Batch of ``features`` in the order given."""
        inputs = [sequence.input_ids for feature in features for sequence in feature["sequences"]]
        return {
            "input_ids": pad(inputs, self.pad_id),
            "attention_mask": pad([[1] * len(input_ids) for input_ids in inputs], 0),
            "num_options": [len(feature["sequences"]) for feature in features],
            "labels": torch.tensor([feature["label"] for feature in features]),
            "ids": [feature["id"] for feature in features],
            "num_tokens": sum(map(len, inputs)),
        }
