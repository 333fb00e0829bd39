"""Features to loaders, the same for every family."""

from collections.abc import Sequence
from typing import Any

from torch.utils.data import DataLoader

from xtl.data import LengthBatchSampler, evaluation_batches
from xtl.phases.families import Family


def training_loader(
    family: Family, features: Sequence[Any], *, pad_id: int, batch_size: int, seed: int
) -> DataLoader[Any]:
    """Batches of similar length, in an order that depends on seed and epoch alone."""
    sampler = LengthBatchSampler(_lengths(features), batch_size=batch_size, seed=seed)
    return DataLoader(features, batch_sampler=sampler, collate_fn=family.collator(pad_id))  # type: ignore[arg-type]  # a list is a Dataset


def evaluation_loader(
    family: Family, features: Sequence[Any], *, pad_id: int, max_tokens: int
) -> DataLoader[Any]:
    """Batches of bounded size; the features of one example stay together."""
    uids = [feature["uid"] for feature in features]
    batches = evaluation_batches(_lengths(features), uids, max_tokens=max_tokens)
    return DataLoader(features, batch_sampler=batches, collate_fn=family.collator(pad_id))  # type: ignore[arg-type]  # a list is a Dataset


def _lengths(features: Sequence[Any]) -> list[int]:
    return [len(feature["input_ids"]) for feature in features]
