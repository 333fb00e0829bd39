"""What of a batch, which is that of an update, one process computes, and how much of it at once."""

from collections.abc import Callable, Sequence, Sized
from dataclasses import dataclass
from itertools import pairwise
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
        micro_batch_tokens: Most positions that are computed at once, padding included; ``None``: any number.
    """

    rank: int = 0
    processes: int = 1
    micro_batch: int | None = None
    micro_batch_tokens: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether every batch is computed at once, by one process."""
        return self.processes == 1 and self.micro_batch is None and self.micro_batch_tokens is None

    def parts(
        self, batch: Sequence[T], inputs: Callable[[T], Sequence[Sized]] = lambda member: [[member]]
    ) -> list[Part[T]]:
        """Parts that the process computes one after the other; all processes get the same number of them.

        Args:
            batch: Members of a whole batch, sorted by length: each process gets long and short ones.
            inputs: Function that gives the sequences of a member, which are padded to the longest of a part;
                asked where positions are counted.

        Example:
            >>> [part.members for part in Share(rank=1, processes=2, micro_batch=2).parts("abcdefg")]
            ['bd', 'f']
            >>> Share(rank=2, processes=3).parts("ab")
            [Part(members='a', stands_in=True)]
            >>> texts = ["a", "bb", "cc", "dddd", "eeeeee"]
            >>> [part.members for part in Share(micro_batch_tokens=4).parts(texts, lambda text: [text])]
            [['a', 'bb'], ['cc'], ['dddd'], ['eeeeee']]
        """
        own = batch[self.rank :: self.processes]
        turns = [batch[start : start + self.processes] for start in range(0, len(batch), self.processes)]
        ends = self._ends([[inputs(member) for member in turn] for turn in turns])
        cut = [own[start:end] for start, end in pairwise([0, *ends])]
        return [Part(part) if part else Part(batch[:1], stands_in=True) for part in cut]

    def _ends(self, turns: Sequence[Sequence[Sequence[Sized]]]) -> list[int]:
        """Where parts end, in members of a process.

        It follows from what all processes get in a turn, so that each finds the same.
        """
        ends: list[int] = []
        count = width = inputs = 0
        for number, turn in enumerate(turns):
            widest = max(len(sequence) for member in turn for sequence in member)
            most = max(map(len, turn))
            if count and not self._fits(count + 1, (inputs + most) * max(width, widest)):
                ends.append(number)
                count = width = inputs = 0
            count, width, inputs = count + 1, max(width, widest), inputs + most
        return [*ends, len(turns)]

    def _fits(self, members: int, positions: int) -> bool:
        return (self.micro_batch is None or members <= self.micro_batch) and (
            self.micro_batch_tokens is None or positions <= self.micro_batch_tokens
        )
