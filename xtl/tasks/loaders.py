"""Features to loaders, the same for every task type."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from torch.utils.data import DataLoader

from xtl.data.batching import FixedBatches, evaluation_batches
from xtl.data.stored import as_features, inputs_of
from xtl.modules.shares import Share
from xtl.modules.updates import PartedBatch
from xtl.tasks.base import Task

_WHOLE = Share()


def training_loader(
    task: Task,
    features: Sequence[Any],
    *,
    pad_id: int,
    updates: int | None,
    seed: int,
    share: Share = _WHOLE,
) -> tuple[DataLoader[Any], int]:
    """Loader of batches of similar length, in an order that depends on seed and epoch alone.

    Args:
        task: Task that makes the batches, with its recipe.
        features: Features to train on.
        pad_id: Id of the tokenizer's padding.
        updates: Number of updates; ``None``: as many as the epochs of the recipe give.
        seed: Seed of the order.
        share: Share of each batch that this process computes.

    Returns:
        The loader, and how often it is gone through, with a validation after each time. Where the share is
        not all of a batch, its batches are :class:`PartedBatch`.
    """
    batches, epochs = task.training_batches(features, updates=updates, seed=seed)
    return _loader(task, features, batches, pad_id, share), epochs


def evaluation_loader(
    task: Task,
    features: Sequence[Any],
    *,
    pad_id: int,
    max_tokens: int,
    rank: int = 0,
    processes: int = 1,
) -> DataLoader[Any]:
    """Loader of batches of bounded size and one task, in which an example, or a group, is not parted.

    Args:
        task: Task that makes the batches.
        features: Features in the order of their examples.
        pad_id: Id of the tokenizer's padding.
        max_tokens: Most positions of a batch, padding included; of a feature's sequences the longest counts.
        rank: Number of this process among those that share out the batches, which are the same for any
            number of them.
        processes: Number of these processes.
    """
    whole_set = as_features(features)
    lengths, ids = whole_set.lengths(), whole_set.values("id")
    groups = [
        id_ if group is None else group for id_, group in zip(ids, whole_set.values("group"), strict=True)
    ]
    batches: list[list[int]] = []
    start = 0
    # A batch of a mixture is of one member, whose features stand together.
    for _, run in groupby(whole_set.values("member", "")):
        end = start + sum(1 for _ in run)
        planned = evaluation_batches(lengths[start:end], groups[start:end], max_tokens=max_tokens)
        batches += [[start + index for index in batch] for batch in planned]
        start = end
    return _loader(task, features, FixedBatches(batches[rank::processes]), pad_id)


@dataclass(frozen=True, kw_only=True, slots=True)
class ShareCollator:
    """Collator of a whole batch that makes tensors of this process's share alone, part by part.

    Attributes:
        collate: Collator of the task.
        share: Share of this process.
    """

    collate: Callable[[Sequence[Any]], Any]
    share: Share

    def __call__(self, features: Sequence[Any]) -> PartedBatch:
        """Parts of ``features``, which are those of an update."""
        parts = self.share.parts(features, inputs_of)
        return {
            "parts": [self.collate(part.members) for part in parts],
            "stands_in": [part.stands_in for part in parts],
            "counts": [],
            "ids": [feature["id"] for feature in features],
            "num_tokens": sum(len(ids) for feature in features for ids in inputs_of(feature)),
        }


def _loader(
    task: Task, features: Sequence[Any], batches: Iterable[list[int]], pad_id: int, share: Share = _WHOLE
) -> DataLoader[Any]:
    collate = task.collator(pad_id)
    if not share.is_whole:
        collate = ShareCollator(collate=collate, share=share)
    return DataLoader(features, batch_sampler=batches, collate_fn=collate)  # type: ignore[arg-type]  # a list is a Dataset
