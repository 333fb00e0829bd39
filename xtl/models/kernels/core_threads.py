"""Threads of a CPU, each with its share of the cores, for work that has parts which need not wait.

Torch shares each product, sum and copy out to all cores and waits for the slowest; what is small runs on one
core while the others wait. Parts that are computed beside each other, each by cores of its own, wait for
nothing.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Barrier
from typing import TypeVar

import torch

from xtl.threads import usable_cores

Part = TypeVar("Part")
Result = TypeVar("Result")

_MOST = 8
"""Threads beyond which they would wait for each other's Python; each gets more cores then."""

_POOLS: dict[tuple[int, int], ThreadPoolExecutor] = {}
"""Threads that were begun, by their number and by that of torch's threads, which they share."""

os.register_at_fork(after_in_child=_POOLS.clear)  # a forked process has no threads but one


def available_threads() -> int:
    """Number of threads that can compute beside each other in this process: as torch may use, at most eight.

    Fewer where the operating system gives this thread fewer processors (``OMP_PROC_BIND``).
    """
    return min(torch.get_num_threads(), usable_cores(), _MOST)


def each_of(
    compute: Callable[[Part], Result], parts: Iterable[Part], *, num_threads: int, ahead: int | None = None
) -> Iterator[tuple[Part, Result]]:
    """Parts and what is computed of them, in the order of the parts, which are read as they are needed.

    What has not begun is not computed any more where the caller stops, or a part fails.

    Args:
        compute: Function of a part.
        parts: What to compute.
        num_threads: Number of threads; with 1 the caller's own computes.
        ahead: Number of parts that threads are given before the first result is awaited; ``None``: all.
    """
    if num_threads == 1:
        for part in parts:
            yield part, compute(part)
        return
    pool = _pool(num_threads)
    waiting: deque[tuple[Part, Future[Result]]] = deque()
    try:
        for part in parts:
            waiting.append((part, pool.submit(compute, part)))
            if ahead is not None and len(waiting) > ahead:
                yield waiting[0][0], waiting[0][1].result()
                waiting.popleft()
        while waiting:
            yield waiting[0][0], waiting[0][1].result()
            waiting.popleft()
    finally:
        for _, result in waiting:
            result.cancel()
        wait([result for _, result in waiting])


def results_of(compute: Callable[[Part], Result], parts: Sequence[Part], *, num_threads: int) -> list[Result]:
    """What is computed of each part; see :func:`each_of`."""
    return [result for _, result in each_of(compute, parts, num_threads=num_threads)]


def _pool(number: int) -> ThreadPoolExecutor:
    """Threads among which torch's threads of this process are shared out."""
    before = torch.get_num_threads()
    if (number, before) not in _POOLS:
        for pool in _POOLS.values():  # torch was given another number of threads since
            pool.shutdown(wait=False)
        _POOLS.clear()
        _POOLS[number, before] = _begun(number, before)
    return _POOLS[number, before]


def _begun(number: int, before: int) -> ThreadPoolExecutor:
    share, is_ready = max(1, before // number), Barrier(number + 1)

    def begin() -> None:
        torch.get_num_threads()  # the first time that a thread asks, torch sets the number of the process
        torch.set_num_threads(share)

    pool = ThreadPoolExecutor(number, thread_name_prefix="xtl-core", initializer=begin)
    for _ in range(number):
        pool.submit(is_ready.wait)  # each thread waits, so that none takes two
    is_ready.wait()
    torch.set_num_threads(before)  # of this thread, and of those that others begin
    return pool
