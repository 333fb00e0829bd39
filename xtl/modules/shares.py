"""What of a batch, which is that of an update, one process computes, and how much of it at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """Members of a batch that are computed at once.

    Attributes:
        members: At least one.
        stands_in: Whether there was nothing to compute and another process's member stands in, whose loss
            counts nothing: all processes do the same steps, or they would wait for one another for ever.
    """

    members: Sequence[T]
    stands_in: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """The part of each batch that is one process's.

    Attributes:
        rank: Number of the process, from 0.
        processes: Number of processes.
        micro_batch: Most members that are computed at once; ``None``: the whole share.
    """

    rank: int = 0
    processes: int = 1
    micro_batch: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether every batch is computed at once, by one process."""
        return self.processes == 1 and self.micro_batch is None

    def parts(self, batch: Sequence[T]) -> list[Part[T]]:
        """Parts that the process computes one after the other; all processes get the same number of them.

        Args:
            batch: Members of a whole batch, sorted by length: each process gets long and short ones.

        Example:
            >>> [part.members for part in Share(rank=1, processes=2, micro_batch=2).parts("abcdefg")]
            ['bd', 'f']
            >>> Share(rank=2, processes=3).parts("ab")
            [Part(members='a', stands_in=True)]
        """
        own = batch[self.rank :: self.processes]
        largest = -(-len(batch) // self.processes)
        size = self.micro_batch or largest
        cut = [own[start : start + size] for start in range(0, largest, size)]
        return [Part(part) if part else Part(batch[:1], stands_in=True) for part in cut]
