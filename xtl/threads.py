"""CPU threads of a guest on a machine: how many may run, and that those without work do not spin."""

import os
from collections.abc import MutableMapping

IDLE_THREADS = {"GOMP_SPINCOUNT": "1000", "KMP_BLOCKTIME": "1"}
"""How long threads of OpenMP spin before they sleep: rounds in GNU's library, milliseconds in the others.

By default they spin for long, and two processes with as many threads as there are processors keep each other
from working: both together are several times slower than one after the other.
"""


def let_idle_threads_sleep(environment: MutableMapping[str, str] = os.environ) -> None:
    """Set :data:`IDLE_THREADS` where the user has not decided; child processes inherit it.

    Only what is set before torch is imported counts: OpenMP reads it when it is loaded.

    Args:
        environment: Environment variables. With ``OMP_WAIT_POLICY`` in it nothing is set.
    """
    if "OMP_WAIT_POLICY" not in environment:
        for name, value in IDLE_THREADS.items():
            environment.setdefault(name, value)


def usable_cores() -> int:
    """Processors that this process may use, by its affinity and the quota of its cgroup (containers)."""
    # Imported late: this module is loaded before anything else is.
    from loky import cpu_count

    return int(cpu_count())
