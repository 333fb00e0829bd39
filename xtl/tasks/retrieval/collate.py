"""Sentences to padded batches."""

from collections.abc import Sequence
from dataclasses import dataclass

from xtl.data.collate import pad
from xtl.tasks.retrieval.types import RetrievalBatch, RetrievalFeature


@dataclass(frozen=True, kw_only=True, slots=True)
class RetrievalCollator:
    """Collator that puts the sentences of all features one below the other, padded to the longest.

    Attributes:
        pad_id: Id of the tokenizer's padding.
    """

    pad_id: int

    def __call__(self, features: Sequence[RetrievalFeature]) -> RetrievalBatch:
        """Batch of ``features`` in the order given."""
        pairs = [(feature, sequence) for feature in features for sequence in feature["sequences"]]
        return {
            "input_ids": pad([sequence.input_ids for _, sequence in pairs], self.pad_id),
            "attention_mask": pad([[1] * len(sequence.input_ids) for _, sequence in pairs], 0),
            "pooling_mask": pad([sequence.pooling_mask for _, sequence in pairs], 0),
            "sides": [sequence.side for _, sequence in pairs],
            "views": [sequence.view for _, sequence in pairs],
            "names": [feature["name"] for feature, _ in pairs],
            "sequence_ids": [feature["id"] for feature, _ in pairs],
            "ids": [feature["id"] for feature in features],
            "num_tokens": sum(len(sequence.input_ids) for _, sequence in pairs),
        }
