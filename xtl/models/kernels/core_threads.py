"""Threads of a CPU, each with its share of the cores, for work that has parts which need not wait.

Torch shares each product, sum and copy out to all cores and waits for the slowest; what is small runs on one
core while the others wait. Parts that are computed beside each other, each by cores of its own, wait for
nothing.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Barrier, Lock
from typing import Any, TypeVar

import torch

from xtl.threads import usable_cores

Part = TypeVar("Part")
Result = TypeVar("Result")

_MOST = 8
"""Threads beyond which they would wait for each other's Python; each gets more cores then."""

_POOLS: dict[tuple[int, int], ThreadPoolExecutor] = {}
"""Threads that were begun, by their number and by that of torch's threads, which they share."""

_BEGINNING = Lock()
"""Held while threads are begun, or looked up."""


def available_threads(most: int = _MOST) -> int:
    """Number of threads that can compute beside each other in this process, each with as many of torch's.

    Fewer where the operating system gives this thread fewer processors (``OMP_PROC_BIND``). No thread has
    more cores than another: with another number of them what one computes may be rounded otherwise.

    Args:
        most: Largest number to give; eight at most.
    """
    available = torch.get_num_threads()
    number = max(1, min(available, usable_cores(), most, _MOST))
    return next(divisor for divisor in range(number, 0, -1) if available % divisor == 0)


def can_share_evenly(number: int) -> bool:
    """Whether a number of parts that cost about the same can be computed beside each other at no loss."""
    return available_threads(number) == number


def each_of(
    compute: Callable[[Part], Result], parts: Iterable[Part], *, num_threads: int, ahead: int | None = None
) -> Iterator[tuple[Part, Result]]:
    """Parts and what is computed of them, in the order of the parts, which are read as they are needed.

    What has not begun is not computed any more where the caller stops, or a part fails.

    Args:
        compute: Function of a part.
        parts: What to compute.
        num_threads: Number of threads; with 1 the caller's own computes.
        ahead: Number of parts that threads are given beside the one whose result is awaited; ``None``: all.
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
        _end([result for _, result in waiting])
        waiting.clear()  # an error that is kept would keep its part


def results_of(compute: Callable[[Part], Result], parts: Sequence[Part], *, num_threads: int) -> list[Result]:
    """What is computed of each part; see :func:`each_of`.

    A thread takes the next part itself when it is done with one, so that the caller is woken only at the end.
    """
    if num_threads == 1:
        return [compute(part) for part in parts]
    numbers = deque(range(len(parts)))
    results: dict[int, Result] = {}

    def compute_some() -> None:
        try:
            while (number := _first(numbers)) is not None:
                results[number] = compute(parts[number])
        finally:
            numbers.clear()  # after an error no other thread goes on

    pool = _pool(num_threads)
    working: list[Future[None]] = []
    try:
        for _ in range(num_threads):
            working.append(pool.submit(compute_some))  # noqa: PERF401  those that began are waited for
        for number in range(num_threads):
            working[number].result()
    finally:
        numbers.clear()  # after an interrupt of the caller, who waits, none goes on either
        _end(working)
        working.clear()  # an error of one, which holds this frame, would hold itself
    return [results[number] for number in range(len(parts))]


def _end(futures: Sequence[Future[Any]]) -> None:
    """Let what has begun come to its end, and nothing else begin."""
    wait([future for future in futures if not future.cancel()])


def _first(numbers: deque[int]) -> int | None:
    """Take the first number, if another thread has left one."""
    try:
        return numbers.popleft()
    except IndexError:
        return None


def _pool(number: int) -> ThreadPoolExecutor:
    """Threads among which torch's threads of this process are shared out; they stay for the next call."""
    with _BEGINNING:
        available = torch.get_num_threads()
        if (number, available) not in _POOLS:
            _POOLS[number, available] = _begun(number, available)
        return _POOLS[number, available]


def _begun(number: int, available: int) -> ThreadPoolExecutor:
    is_ready = Barrier(number + 1)
    shares = iter([available // number + (rank < available % number) for rank in range(number)])

    def begin() -> None:
        torch.get_num_threads()  # the first time that a thread asks, torch sets the number of the process
        torch.set_num_threads(max(1, next(shares)))

    pool = ThreadPoolExecutor(number, thread_name_prefix="xtl-core", initializer=begin)
    try:
        for _ in range(number):
            pool.submit(is_ready.wait)  # each thread waits, so that none takes two
        is_ready.wait()
    except BaseException:  # a limit of threads, or a signal
        is_ready.abort()
        pool.shutdown(cancel_futures=True)  # waits: a thread that begins late sets torch's number
        raise
    finally:
        torch.set_num_threads(available)  # of this thread, and of those that others begin
    return pool


def _forget() -> None:
    """Begin anew in a forked process, which has no threads but one."""
    global _BEGINNING
    _BEGINNING = Lock()
    _POOLS.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
