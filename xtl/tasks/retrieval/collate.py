"""Sentences to padded batches."""

from collections.abc import Sequence
from dataclasses import dataclass

from xtl.data.collate import pad
from xtl.tasks.retrieval.types import RetrievalBatch, RetrievalFeature


@dataclass(frozen=True, kw_only=True, slots=True)
class RetrievalCollator:
    """Puts the sentences of all features one below the other, padded to the longest."""

    pad_id: int

    def __call__(self, features: Sequence[RetrievalFeature]) -> RetrievalBatch:
        """Batch ``features`` in the order given."""
        rows = [(feature, row) for feature in features for row in feature["rows"]]
        return {
            "input_ids": pad([row.input_ids for _, row in rows], self.pad_id),
            "attention_mask": pad([[1] * len(row.input_ids) for _, row in rows], 0),
            "kept": pad([row.kept for _, row in rows], 0),
            "sides": [row.side for _, row in rows],
            "views": [row.view for _, row in rows],
            "names": [feature["name"] for feature, _ in rows],
            "row_ids": [feature["id"] for feature, _ in rows],
            "ids": [feature["id"] for feature in features],
            "num_tokens": sum(len(row.input_ids) for _, row in rows),
        }
