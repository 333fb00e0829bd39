"""Processes that know of each other, as torch's launcher starts them."""

import os
import socket
from collections.abc import Callable
from functools import partial
from multiprocessing.context import ForkServerProcess
from typing import Any

from tests.helpers.commands import context, ended


def start_group(function: Callable[[int], Any], processes: int) -> list[ForkServerProcess]:
    """Start processes that know of each other and call ``function(rank)``; its value is their exit status."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = [
        context().Process(target=_run_rank, args=(function, rank, processes, port))
        for rank in range(processes)
    ]
    for process in started:
        process.start()
    return started


def run_group(function: Callable[[int], Any], processes: int) -> list[Any]:
    """Call ``function(rank)`` in several processes; give what they return, by rank."""
    queue = context().Queue()
    started = start_group(partial(_put, function, queue), processes)
    result_of_rank = dict(queue.get(timeout=300) for _ in started)
    assert [ended(process) for process in started] == [0] * processes, result_of_rank
    return [result_of_rank[rank] for rank in range(processes)]


def run_two(function: Callable[[int], Any]) -> list[Any]:
    """Call ``function(rank)`` in two processes; give what they return, by rank."""
    return run_group(function, 2)


def _run_rank(function, rank, processes, port):
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "NODE_RANK": "0"}
    os.environ |= {"WORLD_SIZE": str(processes), "LOCAL_WORLD_SIZE": str(processes)}
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "TORCHELASTIC_RUN_ID": "test"}
    raise SystemExit(function(rank))


def _put(function, queue, rank):
    try:
        queue.put((rank, function(rank)))
    except Exception as error:
        queue.put((rank, repr(error)))
        raise
