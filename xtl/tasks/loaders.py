"""Features to loaders, the same for every task."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from torch.utils.data import DataLoader

from xtl.data.batching import LengthBatchSampler, StepBatchSampler, evaluation_batches
from xtl.schemas.recipe import RecipeConfig
from xtl.tasks.base import Task
from xtl.tasks.mixture.task import MixtureTask


def training_loader(
    task: Task,
    features: Sequence[Any],
    *,
    pad_id: int,
    recipe: RecipeConfig,
    updates: int | None,
    seed: int,
) -> tuple[DataLoader[Any], int]:
    """Batches of similar length, in an order that depends on seed and epoch alone.

    Args:
        task: Makes the batches.
        features: What to train on.
        pad_id: Of the tokenizer.
        recipe: Batch size and epochs.
        updates: Number of updates; ``None``: as many as the epochs of the recipe give.
        seed: Of the order.

    Returns:
        The loader, and how often it is gone through, with a validation after each time.
    """
    if isinstance(task, MixtureTask):
        stream, total = task.stream(features, updates=updates, seed=seed)
        mixed = StepBatchSampler(stream, total=total, parts=recipe.epochs)
        return _loader(task, features, mixed, pad_id), mixed.parts
    batches = LengthBatchSampler(_lengths(features), batch_size=recipe.batch_size, seed=seed)
    if updates is None:
        return _loader(task, features, batches, pad_id), recipe.epochs
    steps = StepBatchSampler(batches, total=updates, parts=recipe.epochs)
    return _loader(task, features, steps, pad_id), steps.parts


def evaluation_loader(
    task: Task, features: Sequence[Any], *, pad_id: int, max_tokens: int
) -> DataLoader[Any]:
    """Batches of bounded size and one task; the features of one example, or of one group, stay together."""
    batches: list[list[int]] = []
    start = 0
    for _, members in groupby(features, key=lambda feature: feature.get("part", "")):
        own = list(members)
        groups = [feature.get("group", feature["uid"]) for feature in own]
        found = evaluation_batches(_lengths(own), groups, max_tokens=max_tokens)
        batches += [[start + index for index in batch] for batch in found]
        start += len(own)
    return _loader(task, features, batches, pad_id)


def inputs_of(feature: Mapping[str, Any]) -> list[Sequence[int]]:
    """List everything that an encoder reads of a feature: its ids, or those of each of its rows."""
    return [row.input_ids for row in feature["rows"]] if "rows" in feature else [feature["input_ids"]]


def _loader(
    task: Task, features: Sequence[Any], batches: Iterable[list[int]], pad_id: int
) -> DataLoader[Any]:
    collate = task.collator(pad_id)
    return DataLoader(features, batch_sampler=batches, collate_fn=collate)  # type: ignore[arg-type]  # a list is a Dataset


def _lengths(features: Sequence[Any]) -> list[int]:
    return [len(feature["input_ids"]) for feature in features]
