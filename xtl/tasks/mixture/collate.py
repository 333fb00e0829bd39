"""Features of several tasks to batches of one task each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xtl.tasks.mixture.types import MixtureBatch, MixtureFeature


@dataclass(frozen=True, slots=True)
class MixtureCollator:
    """Batches features of one task with that task's own collator."""

    collators: Mapping[str, Callable[[Sequence[Any]], Any]]

    def __call__(self, features: Sequence[MixtureFeature]) -> MixtureBatch:
        """Batch ``features`` in the order given.

        Raises:
            ValueError: if they are of several tasks.
        """
        part, *other_parts = dict.fromkeys(feature["part"] for feature in features)
        if other_parts:
            raise ValueError(f"expected a batch of one task, got {', '.join([part, *other_parts])}")
        batch = self.collators[part]([feature["feature"] for feature in features])
        return {"part": part, "batch": batch, "uid": batch["uid"], "num_tokens": batch["num_tokens"]}
