"""Threads of a CPU, each with its share of the cores, for work that has parts which need not wait.

Torch shares each product, sum and copy out to all cores and waits for the slowest; what is small runs on one
core while the others wait. Parts that are computed beside each other, each by a core, wait for nothing.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import TypeVar

import torch

from xtl.threads import usable_cores

Part = TypeVar("Part")
Result = TypeVar("Result")

_MOST = 8
"""Threads beyond which they would wait for each other's Python; each gets more cores then."""


def available_threads() -> int:
    """Number of threads that can compute beside each other in this process: as torch may use, at most eight.

    Fewer where the operating system gives this thread fewer processors (``OMP_PROC_BIND``).
    """
    return min(torch.get_num_threads(), usable_cores(), _MOST)


@contextmanager
def core_threads(number: int) -> Iterator[ThreadPoolExecutor]:
    """Threads among which torch's threads of this process are shared out, until the block is left.

    What has not begun by then is not computed any more.

    Args:
        number: Number of threads, 1 or more.
    """
    before = torch.get_num_threads()
    share, is_ready = max(1, before // number), Barrier(number + 1)

    def begin() -> None:
        torch.get_num_threads()  # the first time that a thread asks, torch sets the number of the process
        torch.set_num_threads(share)

    pool = ThreadPoolExecutor(number, thread_name_prefix="xtl-core", initializer=begin)
    try:
        for _ in range(number):
            pool.submit(is_ready.wait)  # each thread waits, so that none takes two
        is_ready.wait()
        torch.set_num_threads(before)  # of this thread, and of those that others begin
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def mapped(
    pool: ThreadPoolExecutor, compute: Callable[[Part], Result], parts: Iterable[Part], *, ahead: int
) -> Iterator[tuple[Part, Result]]:
    """Parts and their results in the order of the parts, which are read as they are needed.

    Args:
        pool: Threads to compute in.
        compute: Result of a part.
        parts: What to compute.
        ahead: Number of parts that are given to the threads before the first result is awaited.
    """
    waiting: deque[tuple[Part, Future[Result]]] = deque()
    for part in parts:
        waiting.append((part, pool.submit(compute, part)))
        if len(waiting) > ahead:
            first, result = waiting.popleft()
            yield first, result.result()
    for part, result in waiting:
        yield part, result.result()
