"""Which features go into one batch: of similar length, in an order that depends on seed and epoch alone."""

import math
import random
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Protocol

from torch.utils.data import Sampler

_BUCKET_BATCHES = 50
"""Batches whose features are sorted by length together. More save padding, fewer mix better; at 50 almost no
padding is left and every epoch still draws new batches."""


class LengthBatchSampler(Sampler[list[int]]):
    """Batches of equal size and similar length for training, one an update.

    The list of batches is a function of ``seed`` and the epoch, the same on all processes; which part of a
    batch is whose is said by :class:`xtl.modules.shares.Share`. Lightning tells the epoch through
    :meth:`set_epoch`.
    """

    def __init__(self, lengths: Sequence[int], *, batch_size: int, seed: int) -> None:
        """Plan batches over features 0 to ``len(lengths) - 1``.

        Args:
            lengths: Length of each feature in sub-words.
            batch_size: Number of features in a batch; the last one of an epoch may be smaller.
            seed: Seed of the order.

        Raises:
            ValueError: if there are no features.
        """
        self._lengths = lengths
        self._batch_size = batch_size
        self._seed = seed
        self._epoch = 0
        self._skipped = 0
        if not lengths:
            raise ValueError("expected features to make batches of, got none")

    @property
    def num_features(self) -> int:
        """Features that batches are made of."""
        return len(self._lengths)

    @property
    def sampler(self) -> "LengthBatchSampler":
        """Where Lightning looks for ``set_epoch``."""
        return self

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose batches come next, from 0."""
        self._epoch = epoch

    def skip(self, batches: int) -> None:
        """Leave out the first batches of the next epoch that is given: a killed run had read them."""
        self._skipped = batches

    def __len__(self) -> int:
        """Batches of one epoch, the same in every epoch."""
        return math.ceil(len(self._lengths) / self._batch_size)

    def __iter__(self) -> Iterator[list[int]]:
        """Give the indices of each batch."""
        batches = self.epoch_batches(self._epoch)
        skipped, self._skipped = self._skipped, 0
        yield from batches[skipped:]

    def span(self, start: int, end: int) -> Iterator[list[int]]:
        """Give the batches from place ``start`` to ``end`` (exclusive), over epochs."""
        while start < end:
            epoch, offset = divmod(start, len(self))
            taken = self.epoch_batches(epoch)[offset : offset + end - start]
            yield from taken
            start += len(taken)

    def epoch_batches(self, epoch: int) -> list[list[int]]:
        """Plan the batches of one epoch."""
        # Integers alone seed Python's generator alike on every platform and version.
        # The factor, a prime, keeps pairs of seed and epoch apart: seed 0 epoch 1 is not seed 1 epoch 0.
        rng = random.Random(self._seed * 1_000_003 + epoch)  # noqa: S311  not for secrets
        order = list(range(len(self._lengths)))
        rng.shuffle(order)
        bucket = self._batch_size * _BUCKET_BATCHES
        batches: list[list[int]] = []
        for start in range(0, len(order), bucket):
            members = sorted(order[start : start + bucket], key=self._lengths.__getitem__)
            batches += [
                members[first : first + self._batch_size]
                for first in range(0, len(members), self._batch_size)
            ]
        # Within a bucket batches are sorted by length; training must not meet them in that order.
        rng.shuffle(batches)
        return batches


class FixedBatches(Sampler[list[int]]):
    """The same batches in the same order each time; a list, as an object that Lightning can wrap."""

    def __init__(self, batches: Sequence[list[int]]) -> None:
        """Hold batches.

        Args:
            batches: Indices of each batch.
        """
        self._batches = batches

    def __len__(self) -> int:
        """Number of batches."""
        return len(self._batches)

    def __iter__(self) -> Iterator[list[int]]:
        """Give the indices of each batch."""
        return iter(self._batches)


class Stream(Protocol):
    """Batches without an end in the data."""

    def span(self, start: int, end: int) -> Iterator[list[int]]:
        """Give the indices of the batches from place ``start`` to ``end`` (exclusive)."""


class StepBatchSampler(Sampler[list[int]]):
    """A fixed number of batches, whatever the number of examples: epochs of ``batches`` that pass over them.

    Where the examples end, their next epoch begins; where the budget ends, they need not have.
    """

    def __init__(self, batches: Stream, *, total: int, parts: int) -> None:
        """Cut a budget into parts.

        Args:
            batches: Stream of batches that is passed over.
            total: Number of batches in all.
            parts: Largest number of parts of equal size to cut ``total`` into; the largest number up to it
                that divides ``total`` is taken. Each counts as an epoch, after which there is a validation.
        """
        self._batches = batches
        self.parts = next(number for number in range(parts, 0, -1) if total % number == 0)
        self._size = total // self.parts
        self._part = 0
        self._skipped = 0

    @property
    def sampler(self) -> "StepBatchSampler":
        """Where Lightning looks for ``set_epoch``."""
        return self

    def set_epoch(self, epoch: int) -> None:
        """Choose the part whose batches come next, from 0."""
        self._part = epoch

    def skip(self, batches: int) -> None:
        """Leave out the first batches of the next part that is given."""
        self._skipped = batches

    def __len__(self) -> int:
        """Batches of one part."""
        return self._size

    def __iter__(self) -> Iterator[list[int]]:
        """Give the indices of each batch of the part."""
        skipped, self._skipped = self._skipped, 0
        start, end = self._part * self._size + skipped, (self._part + 1) * self._size
        yield from self._batches.span(start, end)


def evaluation_batches(lengths: Sequence[int], groups: Sequence[str], *, max_tokens: int) -> list[list[int]]:
    """Batch features for evaluation: similar lengths, bounded size, and never a group torn apart.

    Args:
        lengths: Length of each feature in sub-words.
        groups: Group of each feature, such as its sentence; members stand next to each other.
        max_tokens: Largest number of positions of a batch, padding included, if each feature is one sequence;
            those with several take as many times more. A group that has more is a batch of its own.

    Returns:
        Indices of each batch, longest first, so that too little memory shows at once.

    Example:
        >>> evaluation_batches([3, 9, 2, 4], ["a", "b", "b", "c"], max_tokens=18)
        [[1, 2], [3, 0]]
    """
    members = [list(group) for _, group in groupby(range(len(lengths)), key=groups.__getitem__)]
    members.sort(key=lambda group: -max(lengths[index] for index in group))
    batches: list[list[int]] = []
    width = 0  # of the longest feature of the batch, its first: all others are padded to it
    for group in members:
        if batches and (len(batches[-1]) + len(group)) * width <= max_tokens:
            batches[-1] += group
        else:
            batches.append(group)
            width = max(lengths[index] for index in group)
    return batches
