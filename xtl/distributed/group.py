"""The processes that run one cell together, as one of them sees them; a process alone is a group of one."""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist

from xtl.errors import ProcessGroupError

T = TypeVar("T")

MAIN = 0
"""Rank of the process that writes files."""

_PATIENCE = timedelta(hours=24)
"""Time that processes wait for one another outside training: the main one may wait for the lock of a phase
that another cell trains. A process that ended is noticed at once, by the one that started it."""

_SECONDS_BETWEEN_LOOKS = 1.0

_LOST = ("by peer", "broken pipe", "connection closed", "socket", "timed out", "remote process", "aborted")
"""What the networks under torch say when another process is gone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessGroup:
    """A process among those of its cell.

    Attributes:
        rank: Number of this process, from 0.
        size: Number of processes, of all nodes together.
        local_size: Number of processes on this node.
        control: Group of torch that plain objects go through, on the CPU; ``None`` in a group of one.
    """

    rank: int = MAIN
    size: int = 1
    local_size: int = 1
    control: Any = None

    @property
    def is_main(self) -> bool:
        """Whether this process writes the files of the cell."""
        return self.rank == MAIN

    @property
    def is_alone(self) -> bool:
        """Whether there is no other process."""
        return self.size == 1

    def barrier(self, what: str) -> None:
        """Wait until all processes are here.

        Args:
            what: What the processes wait for, for the error.

        Raises:
            ProcessGroupError: if one does not come, with its rank.
        """
        if self.is_alone:
            return
        try:
            dist.monitored_barrier(self.control, timeout=_PATIENCE, wait_all_ranks=True)
        except RuntimeError as error:
            raise ProcessGroupError(
                f"rank {self.rank} of {self.size}: waited for the other processes ({what}), got: {error}"
            ) from error

    def from_main(self, compute: Callable[[], T]) -> T:
        """What ``compute`` gives on the main process, on all of them; the others do not call it."""
        if self.is_alone:
            return compute()
        values = [compute() if self.is_main else None]
        dist.broadcast_object_list(values, src=MAIN, group=self.control)
        return values[0]  # type: ignore[return-value]  # the main process has put it there

    def decided_by_main(self, decide: Callable[[], int]) -> int:
        """Number that the main process gives, on all of them: a cheap :meth:`from_main` for each update."""
        if self.is_alone:
            return decide()
        number = torch.tensor(decide() if self.is_main else 0)
        dist.broadcast(number, src=MAIN, group=self.control)
        return int(number)

    def gathered(self, value: T) -> list[T]:
        """What each process has, by rank, on all of them."""
        if self.is_alone:
            return [value]
        values: list[Any] = [None] * self.size
        dist.all_gather_object(values, value, group=self.control)
        return values

    def gathered_on_main(self, value: T) -> list[T]:
        """What each process has, by rank, on the main process; nothing on the others."""
        if self.is_alone:
            return [value]
        values: list[Any] | None = [None] * self.size if self.is_main else None
        dist.gather_object(value, values, dst=MAIN, group=self.control)
        return values or []

    def held_by_main(self, context: AbstractContextManager[object]) -> AbstractContextManager[object]:
        """``context`` on the main process, nothing on the others."""
        return context if self.is_main else nullcontext()


ALONE = ProcessGroup()
"""The group of a process that runs a cell by itself."""

_joined: ProcessGroup = ALONE


def current_group() -> ProcessGroup:
    """The group that this process has joined; :data:`ALONE` if none."""
    return _joined


def is_worker() -> bool:
    """Whether torch's launcher has started this process as one of several, or as the only one of a node."""
    return "TORCHELASTIC_RUN_ID" in os.environ and "RANK" in os.environ


def launched_rank() -> int:
    """Number that torch's launcher has given this process; :data:`MAIN` where it did not start it.

    A variable ``RANK`` alone is of something else, such as a container or a queue.
    """
    return int(os.environ["RANK"]) if is_worker() else MAIN


@contextmanager
def joined(device: str) -> Iterator[ProcessGroup]:
    """Join the processes that torch's launcher has started together with this one.

    Args:
        device: Kind of device that they compute on, such as ``cpu`` or ``cuda``.
    """
    global _joined
    end_with(os.getppid())
    if device == "cuda":
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    dist.init_process_group("nccl" if device == "cuda" else "gloo")
    rank, size = dist.get_rank(), dist.get_world_size()
    if size > 1:
        _joined = ProcessGroup(
            rank=rank,
            size=size,
            local_size=int(os.environ["LOCAL_WORLD_SIZE"]),
            control=dist.new_group(backend="gloo", timeout=_PATIENCE),
        )
    try:
        yield _joined
    finally:
        _joined = ALONE
    # Not after an error: it would wait for processes that are gone.
    dist.destroy_process_group()


def lost_another(error: Exception) -> bool:
    """Whether an error says no more than that another process is gone, or does not answer."""
    return isinstance(error, RuntimeError) and any(text in str(error).lower() for text in _LOST)


def check_size(group: ProcessGroup, expected: int, counts: Sequence[tuple[str, int]] = ()) -> None:
    """Refuse a group that has not as many processes as the config says: a part of the data would not be seen.

    Args:
        group: Group that this process has joined.
        expected: Number of processes that the config asks for.
        counts: Other numbers that must be the same, such as the trainer's, with their names.

    Raises:
        ProcessGroupError: if one of them is another.
    """
    sizes = [("processes of the group", group.size), *counts]
    if any(size != expected for _, size in sizes):
        text = ", ".join(f"{name}: {size}" for name, size in sizes)
        raise ProcessGroupError(
            f"rank {group.rank}: expected {expected} processes (trainer.devices x trainer.nodes), got "
            f"{text}; start xtl-train as one process, which starts the others"
        )


def end_with(parent: int) -> None:
    """End this process when its parent is gone: killed, it could not end its children.

    Args:
        parent: Number of the process that started this one.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
