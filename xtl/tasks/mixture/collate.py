"""Features of several tasks to batches of one task each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xtl.tasks.mixture.types import MixtureBatch, MixtureFeature


@dataclass(frozen=True, slots=True)
class MixtureCollator:
    """Collator of features of one task, which hands them to that task's own collator.

    Attributes:
        collators: Collators by name of their task.
    """

    collators: Mapping[str, Callable[[Sequence[Any]], Any]]

    def __call__(self, features: Sequence[MixtureFeature]) -> MixtureBatch:
        """Batch ``features`` in the order given.

        Raises:
            ValueError: if they are of several tasks.
        """
        member, *further = dict.fromkeys(feature["member"] for feature in features)
        if further:
            raise ValueError(f"expected a batch of one task, got {', '.join([member, *further])}")
        batch = self.collators[member]([feature["feature"] for feature in features])
        return {"member": member, "batch": batch, "ids": batch["ids"], "num_tokens": batch["num_tokens"]}
