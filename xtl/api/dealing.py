"""Batches dealt out to the processes of a plain Trainer, without a sampler of Lightning's own."""

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

from torch.utils.data import DataLoader, Dataset, DistributedSampler


class DealtBatches(DistributedSampler[list[int]]):
    """Batches of a sampler, dealt out in turn: with N processes the one of rank r gets batch r, r + N, ...

    A ``DistributedSampler`` of torch, since Lightning puts one of its own, which would tear batches apart,
    before every other sampler where several processes train.
    """

    def __init__(self, batches: Any, *, rank: int, processes: int, is_even: bool) -> None:  # noqa: ANN401
        """Deal out batches.

        Args:
            batches: Batch sampler with a length; one with ``set_epoch`` is told the epoch.
            rank: Number of this process, from 0.
            processes: Number of processes.
            is_even: Whether all processes get as many, as training needs: the first batches of the epoch are
                given again at its end where they do not come out even. Otherwise each is given once.
        """
        super().__init__(batches, num_replicas=processes, rank=rank, shuffle=False)
        self._batches = batches
        self._is_even = is_even

    def __len__(self) -> int:
        """Batches of this process in one epoch."""
        total = len(self._batches)
        if self._is_even:
            return math.ceil(total / self.num_replicas)
        return len(range(self.rank, total, self.num_replicas))

    def __iter__(self) -> Iterator[list[int]]:
        """Give the indices of each batch of this process."""
        batches = list(self._batches)
        for turn in range(len(self)):
            yield batches[(self.rank + turn * self.num_replicas) % len(batches)]

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose batches come next, from 0."""
        super().set_epoch(epoch)
        if hasattr(self._batches, "set_epoch"):
            self._batches.set_epoch(epoch)


class _Batched(Dataset[list[Any]]):
    """Features, of which the indices of a batch give a list."""

    def __init__(self, features: Sequence[Any], batches: Iterable[list[int]]) -> None:
        self._features = features
        self._batches = batches

    def __len__(self) -> int:
        return len(self._features)

    def __getitem__(self, indices: list[int] | int) -> list[Any]:
        # overfit_batches of Lightning reads the first ones, by a sampler of its own.
        if isinstance(indices, int):
            indices = self._in_order[indices % len(self._in_order)]
        return [self._features[index] for index in indices]

    @cached_property
    def _in_order(self) -> list[list[int]]:
        return list(self._batches)


def dealt_loader(loader: DataLoader[Any], *, rank: int, processes: int, is_even: bool) -> DataLoader[Any]:
    """Loader of one process's batches among those of ``loader``, which has a batch sampler of its own.

    Args:
        loader: Loader of all batches.
        rank: Number of this process, from 0.
        processes: Number of processes.
        is_even: Whether all processes get as many batches, see :class:`DealtBatches`.
    """
    batches = DealtBatches(loader.batch_sampler, rank=rank, processes=processes, is_even=is_even)
    # The sampler's indices are those of a whole batch, so the loader itself is to batch nothing.
    return DataLoader(
        _Batched(loader.dataset, batches),  # type: ignore[arg-type]  # a list
        sampler=batches,
        batch_size=None,
        collate_fn=loader.collate_fn,
    )
