"""Two processes that know of each other, as torch's launcher starts them."""

import os
import socket
from collections.abc import Callable
from typing import Any

from tests.helpers.commands import context, ended


def run_two(function: Callable[[int], Any]) -> list[Any]:
    """Call ``function(rank)`` in two processes; give what they return, by rank."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    queue = context().Queue()
    processes = [context().Process(target=_run, args=(function, rank, port, queue)) for rank in (0, 1)]
    for process in processes:
        process.start()
    result_of_rank = dict(queue.get(timeout=300) for _ in processes)
    assert [ended(process) for process in processes] == [0, 0]
    return [result_of_rank[rank] for rank in (0, 1)]


def _run(function, rank, port, queue):
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": "2", "NODE_RANK": "0"}
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank)}
    try:
        queue.put((rank, function(rank)))
    except Exception as error:
        queue.put((rank, repr(error)))
        raise
