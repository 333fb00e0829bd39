"""The environment variables of the processes of a cell, made from those of the process that starts them."""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_OF_GROUPS = (
    "RANK", "LOCAL_RANK", "GROUP_RANK", "ROLE_RANK", "NODE_RANK", "ROLE_NAME", "WORLD_SIZE",
    "LOCAL_WORLD_SIZE", "GROUP_WORLD_SIZE", "ROLE_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT",
)  # fmt: skip
_OF_GROUPS_BEGIN_WITH = ("TORCHELASTIC_", "PET_", "PL_")
"""Variables that say who is who in a group of processes: those of another group, or of another cell."""

CLAIMED = "XTL_CLAIMED"
"""Variable of processes whose run folder the process that started them has claimed."""


def is_claimed_for(environment: Mapping[str, str]) -> bool:
    """Whether a process works under the claim of the one that started it.

    Args:
        environment: Variables of the process.
    """
    return CLAIMED in environment


def worker_environment(environment: Mapping[str, str], *, threads: int) -> dict[str, str]:
    """Variables that the launcher of a cell gives its processes, before it adds their ranks.

    Args:
        environment: Variables of the process that starts them.
        threads: CPU threads of each process.

    Example:
        >>> worker_environment({"HOME": "/home/a", "LOCAL_RANK": "1", "PL_GLOBAL_SEED": "3"}, threads=2)
        {'HOME': '/home/a', 'OMP_NUM_THREADS': '2'}
    """
    variables = {
        name: value
        for name, value in environment.items()
        if name not in (*_OF_GROUPS, CLAIMED) and not name.startswith(_OF_GROUPS_BEGIN_WITH)
    }
    return {**variables, "OMP_NUM_THREADS": str(threads)}


@contextmanager
def only(environment: Mapping[str, str]) -> Iterator[None]:
    """Have these variables and no others in the block; afterwards those from before, whatever it set."""
    before = dict(os.environ)
    _replace(environment)
    try:
        yield
    finally:
        _replace(before)


@contextmanager
def signals_kept() -> Iterator[None]:
    """Put back the handlers of signals that the block has replaced."""
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
    handlers = {number: signal.getsignal(number) for number in numbers}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            if handler is not signal.getsignal(number) and handler is not None:
                signal.signal(number, handler)


def _replace(environment: Mapping[str, str]) -> None:
    for name in set(os.environ) - set(environment):
        del os.environ[name]
    os.environ.update(environment)
