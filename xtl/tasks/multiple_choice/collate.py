"""Multiple-choice features to padded batches."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from xtl.data.collate import pad
from xtl.tasks.multiple_choice.types import MultipleChoiceBatch, MultipleChoiceFeature


@dataclass(frozen=True, kw_only=True, slots=True)
class MultipleChoiceCollator:
    """Puts the options of all questions one below the other, padded to the longest."""

    pad_id: int

    def __call__(self, features: Sequence[MultipleChoiceFeature]) -> MultipleChoiceBatch:
        """Batch ``features`` in the order given."""
        rows = [row.input_ids for feature in features for row in feature["rows"]]
        return {
            "input_ids": pad(rows, self.pad_id),
            "attention_mask": pad([[1] * len(row) for row in rows], 0),
            "num_options": [len(feature["rows"]) for feature in features],
            "labels": torch.tensor([feature["label"] for feature in features]),
            "ids": [feature["id"] for feature in features],
            "num_tokens": sum(map(len, rows)),
        }
