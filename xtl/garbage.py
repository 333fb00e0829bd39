"""Python's collector of garbage, where it would look at millions of objects in vain."""

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache


@contextmanager
def collector_paused() -> Iterator[None]:
    """No search for cycles in a block that makes many objects and none of these.

    What nothing refers to any more is freed as ever.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def modules_kept() -> Iterator[None]:
    """No search for cycles in a block of imports, nor later among what the first such block has left.

    Modules of torch, Lightning and transformers are millions of objects that stay. To look at them again and
    again takes a quarter of the time of their imports, and once more a second when the process ends: nothing
    is searched at that moment either, so that no ``__del__`` of a cycle is called. For programs: what imports
    xtl decides for itself.
    """
    with collector_paused():
        yield
    _freeze_once()


@cache
def _freeze_once() -> None:
    """Leave out all that there is now; what cells that have run leave later must be found."""
    gc.freeze()
    atexit.register(gc.freeze)
